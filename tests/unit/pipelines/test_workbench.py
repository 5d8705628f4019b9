"""Only its own pages may ask anything of the server that may start runs."""

import asyncio
from typing import Any

import pytest

from pipelines.schedule.workbench import OwnPagesOnly

OWN = {"host": "127.0.0.1:3000"}
JSON = {**OWN, "content-type": "application/json"}


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "reached"})


def ask(method: str, address: str, headers: dict[str, str], kind: str = "http") -> bool:
    """Whether a request comes through."""
    path, _, query = address.partition("?")
    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(OwnPagesOnly(_app, 3000)(scope, None, send))
    return sent == ["reached"]


@pytest.mark.parametrize(
    ("method", "address", "headers"),
    [
        ("GET", "/assets/core/dim_teacher", OWN),
        ("GET", "/assets", {"host": "localhost:3000", "sec-fetch-site": "none"}),
        ("POST", "/graphql", {**JSON, "origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-origin"}),
        ("POST", "/graphql", {**JSON, "content-type": "application/json; charset=utf-8"}),
    ],
)
def test_its_own_pages_may_ask(method, address, headers):
    assert ask(method, address, headers)


@pytest.mark.parametrize(
    ("method", "address", "headers"),
    [
        ("GET", "/assets", {}),
        ("GET", "/assets", {"host": "evil.example"}),
        ("GET", "/assets", {"host": "127.0.0.1"}),
        ("GET", "/graphql?query=mutation", OWN),
        ("GET", "/graphql?query=mutation", {**OWN, "sec-fetch-site": "cross-site"}),
        ("GET", "/assets", {**OWN, "sec-fetch-site": "same-site"}),
        ("POST", "/graphql?query=mutation", {**OWN, "content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/graphql?query=mutation", {**OWN, "content-type": "text/plain"}),
        ("POST", "/graphql?query=mutation", OWN),
        ("POST", "/graphql", {**OWN, "content-type": "application/graphql"}),
        ("POST", "/graphql", {**JSON, "origin": "https://evil.example"}),
        ("POST", "/graphql", {**JSON, "origin": "null"}),
        ("POST", "/graphql", {**JSON, "origin": "https://127.0.0.1:3000"}),
        ("POST", "/report_asset_materialization/core/dim_teacher", {**OWN, "content-type": "text/plain"}),
        ("POST", "/graphql", {**JSON, "host": "127.0.0.1.evil.example:3000"}),
        ("DELETE", "/assets", OWN),
    ],
)
def test_nobody_else_may(method, address, headers):
    assert not ask(method, address, headers)


def test_a_socket_is_opened_by_its_own_pages_alone():
    assert ask("GET", "/graphql", {**OWN, "origin": "http://localhost:3000"}, "websocket")
    for headers in (OWN, {**OWN, "origin": "https://evil.example"}, {"host": "x", "origin": "http://127.0.0.1:3000"}):
        assert not ask("GET", "/graphql", headers, "websocket")
