#!/usr/bin/env bash
# Page tests run in a real Chromium: the one named by SHIXUN_CHROMIUM, one on PATH, else Debian's package.
set -euo pipefail
if [ -n "${SHIXUN_CHROMIUM:-}" ] && [ -x "${SHIXUN_CHROMIUM}" ]; then exit 0; fi
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "No Chromium found: installing Debian's package …"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
  command -v chromium >/dev/null 2>&1 && exit 0
fi
echo "The page tests need a Chromium. Install one (Debian/Ubuntu: apt-get install chromium fonts-noto-cjk)" >&2
echo "or name it: SHIXUN_CHROMIUM=/path/to/chromium make test" >&2
exit 1
