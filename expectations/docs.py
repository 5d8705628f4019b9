"""The suites for whoever keeps them: Great Expectations checkpoints, results in a store, Data Docs to open offline.

Here: one warehouse's suites, definitions and checkpoints, their results, the pages. Not here: the night's gate, which
keeps no store, for that costs ten times what it takes. No cell is stored: results are yes or no, queries are asked for
counts, and of an error only its kind stays. The stock pages load scripts, styles and fonts from seven hosts; here they
are made without any, and the list of results, which the stock pages leave to a script, is a table.

Importing this module imports Great Expectations.
"""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import (
    DataContextConfig,
    FilesystemStoreBackendDefaults,
    ProgressBarsConfig,
)
from lxml import html
from lxml.html import builder

from expectations.datasource import Warehouse, configured
from expectations.rules import Rule

YES_OR_NO: Final = {"result_format": "BOOLEAN_ONLY"}
DERIVED: Final = ("expectations", "checkpoints", "validation_definitions", "uncommitted/data_docs")
"""What is made of the rules anew; results of earlier runs stay."""
RESULTS, PAGES = "uncommitted/validations", "uncommitted/data_docs/local_site"
STYLE: Final = """body{font:16px/1.5 sans-serif;margin:2rem;max-width:75rem}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #bbb;padding:.3rem .5rem;text-align:left;vertical-align:top}
button{display:none}
"""
UNTOLD: Final = "检查没有跑成；原话可能引用单元格，不留"
IDLE: Final = "//script | //iframe | //img | //link | //footer | //div[contains(@class, 'card')][.//input]"
"""What does nothing without a script or a network."""
_ELSEWHERE: Final = re.compile(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*;")


def write_docs(warehouse: Path, layers: Mapping[str, Sequence[Rule]], folder: Path, release: str) -> Path:
    """Runs each layer's rules as a checkpoint over a warehouse; returns the page to begin with.

    folder: the store, which is begun where it is not there. Results are kept under the release's name.
    """
    for name in DERIVED:
        shutil.rmtree(folder / name, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    context = _context(folder)
    source = Warehouse(warehouse, context)
    try:
        for layer, rules in layers.items():
            _checkpoint(context, source, layer, rules).run(run_id=RunIdentifier(run_name=release))
    finally:
        source.close()
    for path in (folder / RESULTS).rglob("*.json"):
        _without_messages(path)
    context.build_data_docs()
    for path in (folder / PAGES).rglob("*.html"):
        _at_home(path)
    shutil.rmtree(folder / PAGES / "static")
    return _begin(folder)


def _context(folder: Path) -> Any:
    settings = DataContextConfig(
        store_backend_defaults=FilesystemStoreBackendDefaults(root_directory=str(folder)),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=settings)


def _checkpoint(context: Any, source: Warehouse, layer: str, rules: Sequence[Rule]) -> Any:
    """A layer's checkpoint: a validation definition for each table."""
    by_table = groupby(sorted(rules, key=lambda rule: rule.suite), key=lambda rule: rule.suite)
    definitions = []
    for table, members in by_table:
        asked = gx.ExpectationSuite(name=table, expectations=[configured(rule, counted) for rule in members])
        suite = context.suites.add(asked)
        definition = gx.ValidationDefinition(name=table, data=source.whole(table), suite=suite)
        definitions.append(context.validation_definitions.add(definition))
    made = gx.Checkpoint(name=layer, validation_definitions=definitions, result_format=YES_OR_NO)
    return context.checkpoints.add(made)


def counted(query: str) -> str:
    """The rows query as the count of its rows, and nothing where there are none."""
    return f"SELECT count(*) AS _rows_found FROM ({query}) AS found HAVING count(*) > 0"


def _without_messages(path: Path) -> None:
    """Takes the messages of errors out of a result: they may quote the cell that was stumbled over."""
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(_quiet(told), ensure_ascii=False, indent=1), encoding="utf-8")


def _quiet(told: Any) -> Any:
    if isinstance(told, dict):
        spoken = {"exception_message", "exception_traceback"}
        return {name: UNTOLD if name in spoken and value else _quiet(value) for name, value in told.items()}
    return [_quiet(one) for one in told] if isinstance(told, list) else told


def _at_home(path: Path) -> None:
    """Makes a page ask nothing of anybody: no script, nothing from elsewhere, our few lines of style."""
    page = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
    for element in page.xpath(IDLE):
        element.drop_tree()
    for style in page.xpath("//style"):
        style.text = _ELSEWHERE.sub("none", style.text or "")
    for link in page.xpath("//a[starts-with(@href, 'http') or starts-with(@href, '//')]"):
        link.drop_tag()
    page.find("head").append(builder.STYLE(STYLE))
    path.write_bytes(html.tostring(page, encoding="utf-8", doctype="<!DOCTYPE html>"))


def _begin(folder: Path) -> Path:
    """The page to begin with: every result, the newest release first, with its page and its suite."""
    rows = []
    for path in (folder / RESULTS).rglob("*.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        page = Path("validations") / path.relative_to(folder / RESULTS).with_suffix(".html")
        release, table = told["meta"]["run_id"]["run_name"], told["suite_name"]
        rows.append((release, told["meta"]["run_id"]["run_time"], table, told, page))
    body = [_line(*row) for row in sorted(rows, key=lambda row: (row[1], row[2]), reverse=True)]
    heads = ("发布", "运行时间", "表", "检查", "不符")
    table = builder.TABLE(builder.TR(*map(builder.TH, heads)), *body)
    note = "发布前检查的各套规则及每次运行的结果；只有是否符合，没有任何单元格。"
    made = builder.HTML(
        builder.HEAD(builder.META(charset="utf-8"), builder.TITLE("检查规则与结果"), builder.STYLE(STYLE)),
        builder.BODY(builder.H1("检查规则与结果"), builder.P(note), table),
    )
    path = folder / PAGES / "index.html"
    path.write_bytes(html.tostring(made, encoding="utf-8", doctype="<!DOCTYPE html>"))
    return path


def _line(release: str, time: str, table: str, told: Mapping[str, Any], page: Path) -> Any:
    broken = sum(not result["success"] for result in told["results"])
    cells = (release, time[:19], builder.A(table, href=page.as_posix()), str(len(told["results"])), str(broken))
    return builder.TR(*map(builder.TD, cells))
