"""How fast a page is ready and how much it weighs: the median of ten openings from disk in Chromium.

Run on a machine that does nothing else: `python -m tests.bench.pages HOME/site/330000/index.html`.
"""

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import chromium

OPENINGS: Final = 10
MOST_MILLISECONDS, MOST_BYTES = 1500, 1_000_000
READY: Final = "() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0"
"""All scripts that wait for the page have run: tables can be sorted, charts in view are drawn."""


@dataclass(frozen=True)
class Opening:
    """One opening: milliseconds until ready, and the bytes of everything it loaded, uncompressed."""

    milliseconds: float
    size: int


def openings(browser: Browser, address: str, count: int = OPENINGS) -> list[Opening]:
    """The page opened anew so often, each time in a fresh context; the first warms the disk and is left out."""
    return [_opened(browser, address) for _ in range(count + 1)][1:]


def _opened(browser: Browser, address: str) -> Opening:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())) if response.ok else None)
    page.goto(address, wait_until="load")
    page.wait_for_function(READY)
    taken = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    context.close()
    return Opening(float(taken), sum(sizes))


def main(path: Path) -> int:
    """Prints the median and the weight; 1 where either is over its limit."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        found = openings(browser, path.resolve().as_uri())
        browser.close()
    median, size = statistics.median(one.milliseconds for one in found), max(one.size for one in found)
    print(f"{path}：{OPENINGS} 次的中位数 {median:,.0f} 毫秒（上限 {MOST_MILLISECONDS}）")
    print(f"共载入 {size:,} 字节（上限 {MOST_BYTES:,}）")
    return int(median > MOST_MILLISECONDS or size > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
