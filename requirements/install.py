"""Installs a lock file into the environment whose Python runs this: `python requirements/install.py LOCK`.

uv does it in seconds where pip takes minutes; pip itself brings uv, checked against a lock of its own. uv doesn't read
how pip is configured, and whoever has a mirror, a proxy or a certificate configured must be sent nowhere else: so pip's
configuration is handed over, uv's own is left out of it, and where pip is told anything that is not known here, or uv
does not succeed, pip installs. Every package must have one of the hashes of the lock either way.

Belongs here: nothing that needs more than the standard library, for nothing is installed yet.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
SPLIT = {
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
    "constraint": "--constraints",
}
"""Options with any number of values, and what they are called by uv."""
YES = {"1", "true", "yes", "on", "t", "y"}
IRRELEVANT = {
    "break-system-packages",
    "cache-dir",
    "default-timeout",
    "disable-pip-version-check",
    "exists-action",
    "log",
    "no-color",
    "no-input",
    "no-python-version-warning",
    "no-warn-script-location",
    "prefer-binary",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "retries",
    "root-user-action",
    "timeout",
    "verbose",
}
"""Options that say neither where packages come from nor which are taken."""
KEPT = ("UV_CACHE_DIR", "UV_LINK_MODE", "UV_CONCURRENT_")
"""Of uv's own environment, what is no source of packages."""


class UnknownSetting(Exception):
    """pip is told something that uv could not be told the same way."""


def pip_settings(listed: str) -> dict[str, str]:
    """What `pip config list` says of installing, from general to particular."""
    settings: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        if section in settings:
            settings[section][option] = str(ast.literal_eval(value))
    return {option: value for section in settings.values() for option, value in section.items()}


def uv_options(settings: Mapping[str, str]) -> Iterator[str]:
    """The settings of pip as options of `uv pip install`.

    Raises:
        UnknownSetting: one of them has no counterpart known here.
    """
    for option, value in settings.items():
        if option in SPLIT:
            for each in value.split():
                yield from (SPLIT[option], each)
        elif option == "index-url":
            yield from ("--default-index", value)
        elif option in {"no-index", "no-cache-dir"}:
            if value.lower() in YES:
                yield "--no-index" if option == "no-index" else "--no-cache"
        elif option not in IRRELEVANT | {"cert", "proxy"}:
            raise UnknownSetting(option)


def uv_environment(settings: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv: pip's proxy and certificates, and nothing that would send it elsewhere."""
    ours = {name: value for name, value in environment.items() if not name.startswith("UV_") or name.startswith(KEPT)}
    cert = settings.get("cert") or ours.get("REQUESTS_CA_BUNDLE") or ours.get("CURL_CA_BUNDLE")
    if cert:
        ours["SSL_CERT_FILE"] = cert
    if proxy := settings.get("proxy"):
        ours |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy)
    return ours


def _pip(*arguments: str) -> int:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=False).returncode


def _uv(lock: str) -> bool:
    """Whether uv installed the lock; says why not."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    settings = pip_settings(listed.stdout)
    try:
        options = list(uv_options(settings))
    except UnknownSetting as setting:
        print(f"pip 设有“{setting}”，uv 无从照办，改由 pip 安装（慢一些）。", flush=True)
        return False
    if _pip("--require-hashes", "-r", str(HERE / "setup.lock")):
        print("装不上 uv，改由 pip 安装（慢一些）。", flush=True)
        return False
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-config", "--python", sys.executable]
    # pip looks into all its indexes; and it lets constraints be without hashes, which --require-hashes would not.
    exact = ["--verify-hashes", "--no-deps", "--index-strategy", "unsafe-best-match"]
    done = subprocess.run(
        [*command, *exact, *options, "-r", lock], check=False, env=uv_environment(settings, os.environ)
    )
    if done.returncode:
        print("uv 没有装成，改由 pip 安装（慢一些）。", flush=True)
    return done.returncode == 0


def main(arguments: Sequence[str]) -> int:
    """Installs the lock file named; returns the exit code."""
    (lock,) = arguments
    return 0 if _uv(lock) else _pip("--require-hashes", "-r", lock)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
