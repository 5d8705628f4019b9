"""The analyst's private copy: sheets of rows behind the published figures, and the marks on the published pages.

Here belongs how rows are shown to the one analyst who may see them. Nothing here is ever written into a release:
sheets are rendered one at a time, each marked as internal. Which rows a figure has is asked in
`pipelines.questions.behind`; what a finding says is told by `models.explanation`.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from dashboards.site.region import SIGNS
from dashboards.site.render import environment
from dashboards.site.verdicts import mark
from models.contracts import core_contracts, marts_contracts, staging_contracts
from models.explanation import (
    LEDGER_HEAD,
    SUBJECTS,
    Explained,
    SourceRows,
    answers,
    heading,
    ledger_line,
    place,
)
from models.explanation import (
    counted as rows_counted,
)
from models.numbers import plain
from models.vocabulary import Verdict

WARNING: Final = "内部·含明细·不得外传"
STYLESHEET: Final = "/private.css"
ROWS: Final = "rows"
"""The folder below a province in which sheets answer."""
PLACE: Final = "文件·表·行"
_LAYERS: Final = {"staging": staging_contracts, "core": core_contracts, "marts": marts_contracts}
_FIGURE: Final = re.compile(r'(<(?:p|td)\b[^>]*\bdata-rows="([^"]+)"[^>]*>)')
_LISTED: Final = re.compile(r'(<tr id="([^"]+)"[^>]*><th scope="row">)')
_MAIN: Final = '<main id="content"'


@dataclass(frozen=True)
class Link:
    """Text that leads to another sheet or page; `href` is below the server's root."""

    text: str
    href: str


Shown = str | Link


@dataclass(frozen=True)
class Table:
    """Rows of a sheet; `more` leads to the next ones."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Shown]]
    note: str = ""
    more: Link | None = None


@dataclass(frozen=True)
class Sheet:
    """One page of the private copy."""

    title: str
    lines: Sequence[str] = ()
    crumbs: Sequence[Link] = ()
    sections: Sequence[tuple[str, Sequence[str]]] = ()
    links: Sequence[tuple[str, Sequence[Link]]] = ()
    tables: Sequence[Table] = ()
    asks: bool = False


def rendered(sheet: Sheet, province: str) -> str:
    """The sheet as a page of its own."""
    template = environment().get_template("private.html")
    return template.render(
        sheet=sheet,
        title=sheet.title,
        warning=WARNING,
        stylesheet=STYLESHEET,
        root=f"/{province}/",
        has_charts=False,
        search_index="search-index.js",
    )


def stylesheet() -> bytes:
    """What the marks look like; no release carries it, so that it is always that of the running code."""
    return files("dashboards.site").joinpath("assets", "private.css").read_bytes()


def marked(page: str, province: str, links: Sequence[Link], listed: str | None) -> str:
    """A published page with the warning on top, and a link to its rows beside every figure that names them.

    Args:
        page: the page as published.
        province: whose sheets the links lead to.
        links: what the strip on top offers for the page as a whole.
        listed: kind of subject whose id each table row of the page has as its anchor, None for other pages.
    """
    template = environment().get_template("private_strip.html")
    strip = template.render(warning=WARNING, stylesheet=STYLESHEET, links=links)
    page = _FIGURE.sub(lambda found: found[1] + _to_rows(f"/{province}/{ROWS}/{html.unescape(found[2])}/"), page)
    if listed is not None:
        page = _LISTED.sub(
            lambda found: found[1] + _to_rows(subject_href(province, listed, html.unescape(found[2]))), page
        )
    before, main, after = page.partition(_MAIN)
    if not main:
        raise ValueError("page without main content")
    return f"{before}{strip}{main}{after}"


def _to_rows(href: str) -> str:
    return f'<a class="to-rows" href="{html.escape(href)}" title="{WARNING}">明细</a> '


# ---- addresses


def figure_href(province: str, measure: str, period: str, place_id: str) -> str:
    return f"/{province}/{ROWS}/figure/{measure}/{period}/{quote(place_id, safe='')}/"


def subject_href(province: str, kind: str, subject: str) -> str:
    return f"/{province}/{ROWS}/subject/{kind}/{quote(subject, safe='')}/"


def unit_href(province: str, unit: str) -> str:
    return f"/{province}/{ROWS}/unit/{quote(unit, safe='')}/"


def at_risk_href(province: str, place: str) -> str:
    return f"/{province}/{ROWS}/at-risk/{quote(place, safe='')}/"


def finding_href(province: str, finding: str) -> str:
    return f"/{province}/{ROWS}/finding/{quote(finding, safe='')}/"


def findings_href(province: str, clause: str, **asked: object) -> str:
    """A clause's findings; `asked` are unit, verdict, span and start."""
    told = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in asked.items() if value not in (None, ""))
    return f"/{province}/{ROWS}/findings/{quote(clause)}/" + (f"?{told}" if told else "")


# ---- tables


def subject_word(kind: str) -> str:
    """A kind of subject in Chinese."""
    return SUBJECTS.get(kind, kind)


def headers(*tables: str) -> Mapping[str, str]:
    """Column name → Chinese header of the given tables (`marts.teacher_cycle`), the first one's where they differ."""
    found: dict[str, str] = {}
    for layer, name in (table.split(".") for table in tables):
        contract = _LAYERS[layer]()[name]
        found = {field.name: field.header for field in contract.fields} | found
    return found


def table_of(
    title: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], province: str, more: Link | None = None
) -> Table:
    """Rows as a table, ids as links to their sheets, the dump row at the end. `columns` maps names to headers."""
    lines = [[*(_cell(province, name, row) for name in columns), place(row)] for row in rows]
    return Table(title, [*columns.values(), PLACE], lines, more=more)


def dumped(table: str, rows: Sequence[Mapping[str, Any]], province: str) -> Table:
    """Rows of one staging table as they are."""
    columns = {name: word for name, word in headers(f"staging.{table}").items() if rows and name in rows[0]}
    return table_of(f"{staging_contracts()[table].title}（{len(rows)} 行）", rows, columns, province)


_LINKED: Final = {"teacher_id": "teacher", "project_id": "project", "institution_id": "institution"}


def _cell(province: str, name: str, row: Mapping[str, Any]) -> Shown:
    value = row[name]
    if value is None:
        return plain(None)
    if name in _LINKED:
        return Link(str(value), subject_href(province, _LINKED[name], str(value)))
    if name == "survey_id":
        return Link(str(value), f"/{province}/{ROWS}/survey/{quote(str(value), safe='')}/")
    if name == "verdict":
        return verdict_text(value, is_trigger=bool(row.get("is_trigger")))
    return plain(value)


def verdict_text(verdict: str, *, is_trigger: bool = False) -> str:
    """Shape and word of a verdict."""
    found = mark(verdict, is_trigger=is_trigger)
    return f"{found.shape} {found.word}" if found else ""


def finding_table(title: str, rows: Sequence[Mapping[str, Any]], province: str, more: Link | None = None) -> Table:
    """Findings, each leading to its explanation and its subject."""
    lines: list[list[Shown]] = [
        [
            Link(
                row["clause_id"] + (f" {row['title']}" if row.get("title") else ""),
                finding_href(province, row["finding_id"]),
            ),
            f"{subject_word(row['subject_type'])}",
            Link(row["subject_id"], subject_href(province, row["subject_type"], row["subject_id"])),
            row["part"] or "—",
            row["period"] or "—",
            plain(row["value"]),
            _limit(row),
            verdict_text(row["verdict"], is_trigger=bool(row["is_trigger"])),
        ]
        for row in rows
    ]
    return Table(title, ["条款·为什么", "对象", "编号", "分项", "期间", "数值", "阈值", "结论"], lines, more=more)


def _limit(row: Mapping[str, Any]) -> str:
    unit = row["unit"] if row["unit"] not in (None, "布尔", "比例") else ""
    return f"{SIGNS.get(row['operator'], row['operator'])} {plain(row['threshold'])} {unit}".strip()


def counted(rows: Sequence[Mapping[str, Any]], key: str, href: Any) -> list[tuple[str, Sequence[Link]]]:
    """Counts of findings as links, one line for each value of `key`, verdicts in their usual order."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row[key], []).append(row)
    return [
        (
            value,
            [
                Link(
                    f"{verdict_text(row['verdict'], is_trigger=bool(row['is_trigger']))} {row['findings']:,}",
                    href(row),
                )
                for row in sorted(found, key=lambda row: list(Verdict).index(row["verdict"]))
            ],
        )
        for value, found in grouped.items()
    ]


# ---- sheets of what is explained elsewhere


def _explained_cell(province: str, name: str, row: Mapping[str, Any], source: SourceRows) -> Shown:
    """A cell of a source row, marked where it decides."""
    return source.cell(row, name) if name in source.decisive(row) else _cell(province, name, row)


def explanation(explained: Explained, province: str, crumbs: Sequence[Link]) -> Sheet:
    """Why a finding says what it says, with the rows behind it."""
    first, *lines = heading(explained)
    finding = explained.finding
    tables = [
        Table(
            f"{source.title}（{rows_counted(source)}）",
            [*source.columns.values(), PLACE, ""],
            [
                [
                    *(_explained_cell(province, name, row, source) for name in source.columns),
                    place(row),
                    source.mark(row),
                ]
                for row in source.rows
            ],
            note=f"只列出 {len(source.rows)} 行。" if len(source.rows) < source.total else source.scope,
        )
        for source in explained.sources
    ]
    if explained.ledger:
        tables.insert(0, ledger(explained.ledger))
    subject = Link(
        f"{subject_word(finding['subject_type'])} {finding['subject_id']} 的全部结论",
        subject_href(province, finding["subject_type"], finding["subject_id"]),
    )
    clause = Link("条款页", f"/{province}/clause/{finding['clause_id']}/index.html")
    notes = [("说明", explained.notes)] if explained.notes else []
    return Sheet(first, lines, crumbs, [*answers(explained), *notes], [("另见", [subject, clause])], tables)


def ledger(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A teacher's credit records, line by line."""
    return Table("学分学时账", LEDGER_HEAD, [ledger_line(row) for row in rows])
