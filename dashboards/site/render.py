"""Templates to files: the one place that writes pages and copies what they share.

Templates escape everything (autoescape) and stop on a missing name (StrictUndefined). Figure data is embedded as
JSON that cannot end its own script element.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboards.site import numbers, theme, verdicts
from dashboards.site.measures import HEADLINES

SHARED = (
    "site.css",
    "site.js",
    "menu.js",
    "save.js",
    "tables.js",
    "search.js",
    "charts.js",
    "whatif.js",
    "ask.js",
    "ask-page.js",
    "plotly-style.css",
    "icon.svg",
)
VENDOR = (
    "plotly-cartesian.min.js",
    "plotly-LICENSE.txt",
    "dataTables.min.js",
    "dataTables-LICENSE.txt",
    "fflate.js",
    "fflate-LICENSE.txt",
)
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def embedded(data: Any) -> Markup:
    """Data as JSON that is safe inside `<script type="application/json">`."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704 - every character that could leave the element is escaped above


def spanned(period: str | None) -> str:
    """A period as it is written: `2016-2020` with a dash between its years."""
    return (period or "").replace("-", "—")


@cache
def environment() -> Environment:
    """The templates with the filters they use, compiled once a process."""
    env = Environment(
        loader=PackageLoader("dashboards.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # nobody edits a template while pages are made
    )
    env.filters |= {
        "embedded": embedded,
        "count": numbers.count,
        "percent": numbers.percent,
        "roughly": numbers.roughly,
        "points": numbers.points,
        "spanned": spanned,
        "mark": verdicts.mark,
    }
    env.globals |= {"HEADLINES": HEADLINES, "VERDICTS": verdicts.VERDICTS, "HIDDEN": "＊"}
    return env


class Writer:
    """Writes the pages of one site below `out` and remembers what it wrote."""

    def __init__(self, out: Path) -> None:
        if out.exists() and any(out.iterdir()):
            raise FileExistsError(f"{out} 不是空目录：页面只写进新的目录，不改已有的发布")
        self.out = out
        self.written: list[Path] = []
        self._folders: set[Path] = set()
        self._env = environment()

    def page(self, address: str, template: str, context: Mapping[str, Any]) -> None:
        """Render a template to `address` (`county/330106/index.html`); `root` leads back to the top."""
        depth = len(PurePosixPath(address).parts) - 1
        text = self._env.get_template(template).render(root="../" * depth, **context)
        self.text(address, text)

    def text(self, address: str, text: str) -> None:
        self.binary(address, text.encode())

    def _inside(self, address: str) -> Path:
        if ".." in PurePosixPath(address).parts or address.startswith("/"):
            raise ValueError(f"页面地址 {address} 会落到站点目录之外")
        return self.out / address

    def assets(self) -> None:
        """Copy the stylesheet, the scripts and the vendored libraries, and write the chart themes."""
        source = files("dashboards.site").joinpath("assets")
        for name in SHARED:
            self.binary(f"assets/{name}", source.joinpath(name).read_bytes())
        for name in VENDOR:
            self.binary(f"assets/{name}", source.joinpath("vendor", name).read_bytes())
        themes = {
            "SHIXUN_THEME": theme.template(theme.LIGHT),
            "SHIXUN_DARK": theme.template(theme.DARK),
            "SHIXUN_NIGHT": theme.NIGHT,
        }
        self.text("assets/theme.js", "".join(f"window.{name} = {embedded(one)};\n" for name, one in themes.items()))

    def binary(self, address: str, content: bytes) -> None:
        target = self._inside(address)
        if target.parent not in self._folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(target.parent)
        target.write_bytes(content)
        self.written.append(target)
