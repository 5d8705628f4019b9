"""Pages for whoever sits at this machine: a server on 127.0.0.1 that knows its name, its limits and when to hang up.

Belongs here: what the preview and the private copy share. What they answer is theirs; passwords, and readers on other
machines, are a web server's affair (docs/intranet.md).
"""

import socket
from asyncio import TimerHandle, Transport
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

ADDRESS: Final = "127.0.0.1"
IDLE_SECONDS: Final = 15
"""A connection without a whole request for so long is closed."""
AT_ONCE: Final = 64
"""Connections at a time; one more is told to come back."""
LONGEST_HEAD: Final = 16 * 1024
HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer; pages bring their own content security policy."""


class LocalServer:
    """Serves an application on this machine only; bound at once, answering from `serve_forever` on."""

    def __init__(self, app: ASGIApp, port: int, headers: Mapping[str, str]) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((ADDRESS, port))
        self._socket.listen(AT_ONCE)
        self.server_address: tuple[str, int] = self._socket.getsockname()
        config = uvicorn.Config(
            _Guard(app, self.server_port, {**HEADERS, **headers}),
            http=_Impatient,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses hold ids
            server_header=False,
            proxy_headers=False,
            limit_concurrency=AT_ONCE,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=LONGEST_HEAD,
        )
        self._server = uvicorn.Server(config)

    @property
    def server_port(self) -> int:
        return self.server_address[1]

    def serve_forever(self) -> None:
        """Answers until `shutdown`, or a signal to stop."""
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        self._server.should_exit = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()


class _Guard:
    """Lets through what asks this very server by name, and only to read; puts the headers on every answer."""

    def __init__(self, app: ASGIApp, port: int, headers: Mapping[str, str]) -> None:
        self._app = app
        self._names = {f"{ADDRESS}:{port}", f"localhost:{port}"}
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        app = self._app
        if Headers(scope=scope).get("host") not in self._names:  # a foreign page that had its own name point here
            app = PlainTextResponse("请从本机打开。", 403)
        elif scope["method"] not in ("GET", "HEAD"):
            app = PlainTextResponse("这里只供查看。", 405, {"Allow": "GET, HEAD"})
        await app(scope, receive, told)


class _Impatient(H11Protocol):
    """Hangs up on whoever connects and asks nothing, or asks ever so slowly; uvicorn itself would wait for ever."""

    _timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._timer = self.loop.call_later(IDLE_SECONDS, self._look, self.cycle)

    def _look(self, seen: Any) -> None:
        """Closes unless a request was begun since the last look, or is being answered."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self.cycle is seen and not is_answering:
            self.transport.close()
        else:
            self._look_later()
