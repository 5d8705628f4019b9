"""The published pages on this machine, as they are.

Belongs here: serving HOME/site for looking, and to a proxy on the same machine. The private copy is in private_copy.py.
"""

import mimetypes
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from pipelines.questions.local_server import LocalServer

mimetypes.add_type("application/vnd.apache.parquet", ".parquet")


def preview(site: Path, port: int) -> LocalServer:
    """A server of the portal's link, not yet running: each request finds what the link leads to at that moment."""
    pages = StaticFiles(directory=site, html=True, follow_symlink=True)
    return LocalServer(Starlette(routes=[Mount("/", pages)]), port, {"Cache-Control": "no-cache"})
