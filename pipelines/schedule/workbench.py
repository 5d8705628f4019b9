"""Dagster's pages for the maintainer who sits at this machine: they may start runs, which the deployed ones may not.

Dagster's web server has no password, answers to any Host and takes mutations by GET and by plain forms, so that a page
open in the same browser could start runs. Here only this server's own pages may ask anything of it. No schedule and
no sensor ticks: they are the daemon's, which is not started. Runs begin at once, without its queue; a province's
nights are kept apart by their lock.
"""

import sys
from typing import Final

import dagster as dg
import uvicorn
from dagster._cli.workspace.cli_target import workspace_opts_to_load_target
from dagster._core.instance import InstanceRef
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._serdes import ConfigurableClassData
from dagster_shared.cli import WorkspaceOpts
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.questions.local_server import ADDRESS
from pipelines.release.home import Home
from pipelines.schedule.dagster_home import prepare_dagster
from pipelines.settings import home_path

AT_ONCE: Final = ConfigurableClassData("dagster._core.run_coordinator", "DefaultRunCoordinator", "{}")
PORT: Final = 3000


class OwnPagesOnly:
    """Lets through what pages of this very server ask, and addresses that a person typed in to read."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._names = {f"{ADDRESS}:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not (reason := self._refusal(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(reason, 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        """Why nothing is answered; None where somebody may ask."""
        headers = Headers(scope=scope)
        if headers.get("host") not in self._names:  # a foreign page that had its own name point here
            return "请从本机打开。"
        origin = headers.get("origin")
        is_foreign = origin is not None and origin.removeprefix("http://") not in self._names
        if is_foreign or headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return "别的网页不能使用这里。"
        if scope["type"] == "websocket":
            return None if origin else "请从本机的网页打开。"
        if scope["method"] in {"GET", "HEAD"}:
            return "这里只用 POST 提问。" if scope["path"] == "/graphql" and b"query" in scope["query_string"] else None
        # a browser asks before it sends JSON to another site, but not before a form
        return None if headers.get("content-type", "").startswith("application/json") else "只收 JSON。"


def serve(home: Home, workspace: str, port: int = PORT) -> None:
    """Answers on this machine until a signal."""
    settings = InstanceRef.from_dir(str(prepare_dagster(home.prepare())))
    at_once = settings._replace(run_coordinator_data=AT_ONCE)
    with (
        dg.DagsterInstance.from_ref(at_once) as instance,
        WorkspaceProcessContext(
            instance,
            version=__version__,
            read_only=False,
            workspace_load_target=workspace_opts_to_load_target(WorkspaceOpts(workspace=(workspace,))),
        ) as context,
    ):
        app = OwnPagesOnly(create_app_from_workspace_process_context(context), port)
        uvicorn.run(app, host=ADDRESS, port=port, log_level="warning", proxy_headers=False)


if __name__ == "__main__":
    serve(Home(home_path()), sys.argv[1])
