"""Bad nights are told to a webhook and by e-mail when configured, and only then."""

import json
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pipelines.operations.notice import notify

FACTS = {"province": "330000", "ending": "refused", "ended": "2021-12-01T02:10:00+08:00", "reasons": ["教师信息 缺表"]}


class Inbox(BaseHTTPRequestHandler):
    """Keeps what was posted."""

    received: list[dict[str, object]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).received.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Mailbox(socketserver.StreamRequestHandler):
    """Speaks just enough SMTP to take one message."""

    received: list[str]

    def handle(self) -> None:
        def say(line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        say("220 test")
        in_data, message = False, []
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if in_data:
                if line == ".":
                    in_data = False
                    type(self).received.append("\n".join(message))
                    say("250 taken")
                else:
                    message.append(line)
            elif line.upper() == "DATA":
                in_data = True
                say("354 go on")
            elif line.upper() == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@pytest.fixture
def inbox() -> Iterator[tuple[str, list[dict[str, object]]]]:
    handler = type("Handler", (Inbox,), {"received": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/night", handler.received
        server.shutdown()


@pytest.fixture
def mailbox() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (Mailbox,), {"received": []})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", handler.received
        server.shutdown()


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHIXUN_WEBHOOK", "SHIXUN_MAIL_TO", "SHIXUN_SMTP", "SHIXUN_MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)


def test_nobody_is_told_by_default(inbox: tuple[str, list[dict[str, object]]]) -> None:
    notify(FACTS)
    assert inbox[1] == []


def test_the_webhook_gets_the_nights_facts(
    inbox: tuple[str, list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIXUN_WEBHOOK", inbox[0])
    notify(FACTS)
    assert inbox[1] == [FACTS]


def test_the_mail_names_province_and_reasons(mailbox: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIXUN_MAIL_TO", "duty@example.org")
    monkeypatch.setenv("SHIXUN_SMTP", mailbox[0])
    notify(FACTS)
    assert len(mailbox[1]) == 1
    assert "duty@example.org" in mailbox[1][0]


def test_the_mail_says_what_changed(mailbox: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIXUN_MAIL_TO", "duty@example.org")
    monkeypatch.setenv("SHIXUN_SMTP", mailbox[0])
    told = "“教师信息”的“职称”空缺的比例由不到 1%变为约 20%。"
    notify(FACTS | {"ending": "published", "reasons": [], "drift": [told]})
    (mail,) = mailbox[1]
    assert f"超出平时的变化：\n· {told}" in message_from_string(mail).get_payload(decode=True).decode()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/closed", "ftp://example.org/", "nonsense"])
def test_a_message_that_cannot_be_sent_spoils_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SHIXUN_WEBHOOK", address)
    with caplog.at_level("WARNING", logger="shixun"):
        notify(FACTS)
    assert "没有送达" in caplog.text
