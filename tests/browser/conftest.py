"""Pages opened in a real Chromium: found, never downloaded; a machine without one fails these tests."""

import functools
import importlib.util
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dashboards.site import DumpFile, RefusedNight, ReleaseData, build_portal, build_site, portal_entry

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The Chromium to test in: SHIXUN_CHROMIUM, else one on PATH."""
    found = os.environ.get("SHIXUN_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail("no Chromium found: install one (Debian: apt-get install chromium) or set SHIXUN_CHROMIUM")
    return found


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture(scope="session")
def home(once) -> Path:
    """A portal with one province of every county Zhejiang has."""
    return once("portal", make_portal)


def make_portal(out: Path) -> None:
    path = Path(__file__).parents[1] / "sample_release.py"
    spec = importlib.util.spec_from_file_location("sample_release", path)
    sample = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    release = ReleaseData(
        "330000-20211120-a1b2c3",
        "330000",
        "浙江省",
        sample.AS_OF,
        sample.sample_tables(sample.sample_frames(counties=90, institutions=60)),
        [DumpFile("2021-11-20/教师信息.csv", "ab" * 32, 10230, 1234567)],
        {"code": "0123456789abcdef"},
    )
    refused = RefusedNight("500000", "重庆市", sample.AS_OF, ["学分学时登记退回 8.2%，超过 5%"], None, None)
    build_portal([portal_entry(release)], [refused], out)
    build_site(release, out / "330000")


@pytest.fixture(scope="session")
def address(home) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(home)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")  # it keeps an event loop running, which Dagster's nights in later modules can't bear
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield running
        running.close()


class Watched:
    """A page with everything it said and asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}/{path}", wait_until="load")
        return self.page

    def outside(self) -> list[str]:
        """Requests that left the site's own origin."""
        return [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]


@pytest.fixture
def desk(browser, address) -> Iterator[Watched]:
    """A desktop window, which must have stayed silent and at home when the test ends."""
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    watched = Watched(page, address)
    yield watched
    page.close()
    assert watched.said == []
    assert watched.outside() == []


@pytest.fixture
def phone(browser, address) -> Iterator[Watched]:
    page = browser.new_page(viewport={"width": 414, "height": 896}, locale="zh-CN")
    watched = Watched(page, address)
    yield watched
    page.close()
    assert watched.said == []
