"""Servers on this machine: who asks by another name, to change something, too much or nothing at all."""

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.questions import local_server
from pipelines.questions.local_server import LocalServer
from pipelines.questions.preview import preview

PAGE = "<!doctype html><title>师训</title>"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    monkeypatch.setattr(local_server, "IDLE_SECONDS", 0.5)
    pages = tmp_path / "portals" / "1"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "identity.key").write_text("secret")
    (tmp_path / "site").symlink_to("portals/1")
    with preview(tmp_path / "site", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asked(
    server: LocalServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, answer.headers


def test_pages_are_shown_under_safe_headers(running: LocalServer) -> None:
    status, body, headers = asked(running, "/")
    assert (status, body) == (200, PAGE)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Server"] is None
    assert asked(running, "/", "HEAD")[:2] == (200, "")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example", ""])
def test_another_name_is_turned_away(running: LocalServer, host: str) -> None:
    assert asked(running, "/", Host=host)[0] in (400, 403)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_is_taken(running: LocalServer, method: str) -> None:
    assert asked(running, "/", method)[0] == 405


@pytest.mark.parametrize(
    "path", ["/../identity.key", "/%2e%2e/identity.key", "/..%2f..%2fidentity.key", "//identity.key"]
)
def test_only_the_site_is_served(running: LocalServer, path: str) -> None:
    status, body, _ = asked(running, path)
    assert (status, "secret" in body) == (404, False)


def test_a_published_night_is_shown_without_a_restart(running: LocalServer, tmp_path: Path) -> None:
    (tmp_path / "portals" / "2").mkdir()
    (tmp_path / "portals" / "2" / "index.html").write_text("new", encoding="utf-8")
    (tmp_path / "next").symlink_to("portals/2")
    (tmp_path / "next").rename(tmp_path / "site")
    assert asked(running, "/")[1] == "new"


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"], ids=["nothing", "half a request"])
def test_whoever_asks_nothing_is_hung_up_on(running: LocalServer, said: bytes) -> None:
    with socket.create_connection(running.server_address, timeout=30) as idle:
        idle.sendall(said)
        assert idle.recv(100) == b""


def test_a_head_without_end_is_refused(running: LocalServer) -> None:
    with socket.create_connection(running.server_address, timeout=30) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000)
        assert endless.recv(100).startswith(b"HTTP/1.1 400")
