"""Reading a published release for an explanation: the finding, its clause, and the dump rows behind it by key.

Belongs here: queries on a release's warehouse, and which release to ask. Which tables and keys lead to the rows is
stored with the release (audit.sources); what is told of them is `models.explanation`. Kept light: no frames, no
policies, so that an answer comes at once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import duckdb

from models.explanation import Explained, SourceRows, verdict_words
from models.vocabulary import ANY_OF, ClauseStatus, Verdict
from pipelines.release.home import Home
from pipelines.release.versions import other_law

SHOWN: Final = 20
NEAR: Final = 5
NAMES: Final = {
    "project": ("core.dim_project", "project_id", "project_name"),
    "institution": ("core.dim_institution", "institution_id", "institution_name"),
    "school": ("core.dim_school", "school_id", "school_name"),
    "county": ("core.dim_unit", "unit_id", "unit_name"),
    "city": ("core.dim_unit", "unit_id", "unit_name"),
    "province": ("core.dim_unit", "unit_id", "unit_name"),
}
"""Kinds of subject that have a name to show. People have none here."""
LIMITS: Final = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "since": ">=", "until": "<="}
"""What each limit of a condition asks of a cell."""
UNDER: Final = "(SELECT unit_id FROM core.dim_unit WHERE ? IN (unit_id, county_id, city_id) UNION SELECT ?)"
"""A unit and those that lie in it."""
PLACES: Final = frozenset({"county", "city"})


class NotFound(Exception):
    """No such finding; the message names the nearest ones."""


@dataclass(frozen=True)
class Question:
    """What is to be explained: a finding by its id, or by clause, subject and perhaps period."""

    finding_id: str | None = None
    clause: str | None = None
    subject: str | None = None
    period: str | None = None


def explained(home: Home, asked: Question, region: str | None = None) -> Explained:
    """The explanation's material, from the first current release that knows the finding.

    Raises:
        NotFound: no release, no such finding, or several that fit; the message says which ones there are.
    """
    releases = [home.current_release(one) for one in ([region] if region else home.provinces())]
    folders = [folder for folder in releases if folder is not None]
    if not folders:
        raise NotFound(f"{home.path} 里还没有{region or ''}发布。请先运行 shixun refresh。")
    near: list[str] = []
    for folder in folders:
        with _opened(folder) as warehouse:
            found = _findings(warehouse, asked)
            if len(found) == 1:
                return _gathered(warehouse, folder, found[0])
            if found:
                lines = [_line(row) for row in found[: 4 * NEAR]]
                raise NotFound("符合的结论不止一条，请用 --period 或结论编号指明：\n" + "\n".join(lines))
            near += _nearest(warehouse, asked)
    what = asked.finding_id or f"{asked.clause} × {asked.subject}" + (f" × {asked.period}" if asked.period else "")
    raise NotFound(f"没有结论 {what}。最接近的是：\n" + "\n".join(near[: 2 * NEAR]))


def _opened(folder: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(folder / "warehouse.duckdb"),
        read_only=True,
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
    )


def _rows(warehouse: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    found = warehouse.execute(_bound(sql, values))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _bound(sql: str, values: Sequence[object]) -> str:
    """The statement with its values written as literals.

    DuckDB imports pandas to take parameters, which costs more than the whole answer. A quoted string of its SQL
    knows no escape but the doubled quote.
    """
    pieces = sql.split("?")
    literals = [str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'" for value in values]
    return "".join(part for pair in zip(pieces, [*literals, ""], strict=True) for part in pair)


def _findings(warehouse: duckdb.DuckDBPyConnection, asked: Question) -> list[dict[str, Any]]:
    if asked.finding_id is not None:
        return _rows(warehouse, "SELECT * FROM audit.findings WHERE finding_id = ?", [asked.finding_id])
    sql = "SELECT * FROM audit.findings WHERE clause_id = ? AND subject_id = ?"
    values: list[object] = [asked.clause, asked.subject]
    if asked.period is not None:
        sql += " AND period = ?"
        values.append(asked.period)
    return _rows(warehouse, f"{sql} ORDER BY period, part", values)


def _line(row: Mapping[str, Any]) -> str:
    return f"  {row['finding_id']}  {row['clause_id']} × {row['subject_id']} × {row['period']}：{verdict_words(row)}"


def _nearest(warehouse: duckdb.DuckDBPyConnection, asked: Question) -> list[str]:
    if asked.finding_id is not None:
        order, value = "levenshtein(finding_id, ?)", asked.finding_id
        where, values = "TRUE", []
    elif _rows(warehouse, "SELECT 1 FROM audit.findings WHERE clause_id = ? LIMIT 1", [asked.clause]):
        order, value = "levenshtein(subject_id, ?)", asked.subject or ""
        where, values = "clause_id = ?", [asked.clause]
    else:
        return _nearest_clauses(warehouse, asked.clause or "")
    found = _rows(
        warehouse,
        f"SELECT * FROM audit.findings WHERE {where} ORDER BY {order}, clause_id, subject_id, period LIMIT {NEAR}",
        [*values, value],
    )
    return [_line(row) for row in found]


def _nearest_clauses(warehouse: duckdb.DuckDBPyConnection, clause: str) -> list[str]:
    """Clauses of a like name; one that was not judged says why."""
    found = _rows(
        warehouse,
        "SELECT clause_id, title, status, reason FROM audit.clauses "
        f"ORDER BY levenshtein(clause_id, ?), clause_id LIMIT {NEAR}",
        [clause],
    )
    states = {
        ClauseStatus.DATA_MISSING: "缺数据",
        ClauseStatus.MANUAL: "须人工判断",
        ClauseStatus.EVALUATED: "已判定",
    }
    return [
        f"  {row['clause_id']} {row['title']}（{states[row['status']]}{'：' + row['reason'] if row['reason'] else ''}）"
        for row in found
    ]


def _gathered(warehouse: duckdb.DuckDBPyConnection, folder: Path, finding: Mapping[str, Any]) -> Explained:
    key = [finding["clause_id"], finding["subject_type"]]
    clause = _rows(warehouse, "SELECT * FROM audit.clauses WHERE clause_id = ?", key[:1])[0]
    if not _has_trace(warehouse):
        notes = ["这次发布没有存溯源表，只能说明结论本身。重新运行 shixun refresh 后可看到来源行。"]
        return Explained(finding, clause, {}, folder.name, _as_of(folder), notes=[*_law_notes(folder), *notes])
    formulas = _rows(warehouse, "SELECT * FROM audit.formulas WHERE clause_id = ? AND subject_type = ?", key)
    formula = next(iter(_of_binding(formulas, finding)), {})
    tables = _of_binding(
        _rows(warehouse, "SELECT * FROM audit.sources WHERE clause_id = ? AND subject_type = ? ORDER BY rowid", key),
        finding,
    )
    has_ledger = bool(formula.get("has_ledger"))
    behind = [
        _source(warehouse, source, finding)
        for source in tables
        if not (has_ledger and source["table_name"] == "credit_record")
    ]
    return Explained(
        finding,
        clause,
        formula,
        folder.name,
        _as_of(folder),
        sources=[source for source in behind if source is not None],
        ledger=_ledger(warehouse, finding, _of_records(tables)) if has_ledger else (),
        subject_name=_name(warehouse, finding),
        notes=_law_notes(folder),
    )


def _of_binding(rows: list[dict[str, Any]], finding: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the binding that the finding comes from; all of them in a release that tells none apart."""
    number = json.loads(finding["detail"] or "{}").get("binding", 0)
    return [one for one in rows if one.get("binding", number) == number]


def _of_records(tables: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """What a credit record must pass to be counted by the clause."""
    found = [one.get("conditions") for one in tables if one["table_name"] == "credit_record"]
    conditions: Mapping[str, Mapping[str, Any]] = json.loads(found[0] or "{}") if found else {}
    return conditions


def _law_notes(folder: Path) -> list[str]:
    """That the release was judged by other law than is at hand, if it was."""
    told = other_law(_manifest(folder))
    return [told] if told else []


def _has_trace(warehouse: duckdb.DuckDBPyConnection) -> bool:
    sql = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'audit' AND table_name = 'sources'"
    return bool(_rows(warehouse, sql))


def _as_of(folder: Path) -> str:
    return str(_manifest(folder)["as_of"])


def _manifest(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return facts


def _name(warehouse: duckdb.DuckDBPyConnection, finding: Mapping[str, Any]) -> str | None:
    if finding["subject_type"] not in NAMES:
        return None
    table, key, name = NAMES[finding["subject_type"]]
    found = _rows(warehouse, f"SELECT {name} AS name FROM {table} WHERE {key} = ?", [finding["subject_id"]])
    return str(found[0]["name"]) if found and found[0]["name"] else None


# ---- source rows


def _source(
    warehouse: duckdb.DuckDBPyConnection, source: Mapping[str, Any], finding: Mapping[str, Any]
) -> SourceRows | None:
    """Rows of one staging table that belong to the finding's subject and period, and pass the clause's filters."""
    table, columns = source["table_name"], json.loads(source["columns"])
    link = json.loads(source["link"]) if source["link"] else []
    timing = json.loads(source["timing"]) if source["timing"] else None
    where, values = _belonging(warehouse, table, link, timing, finding)
    counts, limits = _counts("t0", json.loads(source.get("conditions") or "{}"))
    key = tuple(json.loads(source["row_key"]))
    counted = _rows(
        warehouse,
        f"SELECT count(*) FILTER (WHERE {counts}) AS counted, count(*) AS rows FROM staging.{table} t0 WHERE {where}",
        [*limits, *values],
    )[0]
    total, left_out = int(counted["counted"]), int(counted["rows"]) - int(counted["counted"])
    if total == 0:
        return SourceRows(source["title"], columns, (), 0, table=table, left_out=left_out)
    fault = _at_fault(finding)
    first = " OR ".join(f't0."{name}"::VARCHAR IN (SELECT unnest(string_split(?, chr(31))))' for name in key)
    order = f"({first}) DESC, t0._file, t0._sheet, t0._row"
    shown = ", ".join(f't0."{name}"' for name in columns)
    rows = _rows(
        warehouse,
        f"SELECT {shown}, t0._file, t0._sheet, t0._row FROM staging.{table} t0 WHERE ({where}) AND {counts} "
        f"ORDER BY {order} LIMIT {SHOWN}",
        [*values, *limits, *(["\x1f".join(sorted(fault))] * len(key))],
    )
    deciding = _deciding(source, finding)
    if not fault and deciding and total == 1 and finding["verdict"] == Verdict.NOT_MET:
        fault = {str(rows[0][name]) for name in key}
    scope = "各对象共用" if not link else ""
    return SourceRows(source["title"], columns, rows, total, frozenset(fault), scope, key, table, deciding, left_out)


def _counts(row: str, conditions: Mapping[str, Mapping[str, Any]]) -> tuple[str, list[object]]:
    """Whether a row passes a clause's filters by its own cells, as SQL; what can't be told does not count."""
    tests: list[str] = []
    values: list[object] = []
    for column, test in conditions.items():
        words, more = _passes(row, column, test)
        tests.append(words)
        values += more
    return f"coalesce({' AND '.join(tests) or 'TRUE'}, FALSE)", values


def _passes(row: str, column: str, test: Mapping[str, Any]) -> tuple[str, list[object]]:
    """The same of one column; of the row that it refers to (`of`), or of several columns any of which is enough."""
    if column == ANY_OF:
        each = [_counts(row, {name: one}) for name, one in test.items()]
        return f"({' OR '.join(words for words, _ in each)})", [value for _, more in each for value in more]
    key, is_other, other = column.partition(" of ")
    if is_other:
        inner, values = _counts("o", test)
        return f'{row}."{key}" IN (SELECT o."{key}" FROM staging.{other} o WHERE {inner})', values
    asked = [_compared(f'{row}."{column}"', name, wanted) for name, wanted in test.items()]
    return " AND ".join(words for words, _ in asked) or "TRUE", [value for _, more in asked for value in more]


def _compared(at: str, name: str, wanted: Any) -> tuple[str, list[object]]:
    if name == "is_known":
        return f"{at} IS {'NOT ' if wanted else ''}NULL", []
    if name in ("one_of", "none_of"):
        marks = ", ".join("?" for _ in wanted)
        listed = [str(one).lower() if isinstance(one, bool) else str(one) for one in wanted]
        return f"{at}::VARCHAR {'NOT ' if name == 'none_of' else ''}IN ({marks})", [*listed]
    if name == "contains":
        return f"contains({at}::VARCHAR, ?)", [str(wanted)]
    kind = "DATE" if name in ("since", "until") else "DOUBLE"
    return f"{at}::{kind} {LIMITS[name]} ?::{kind}", [str(float(Fraction(str(wanted))) if kind == "DOUBLE" else wanted)]


def _deciding(source: Mapping[str, Any], finding: Mapping[str, Any]) -> frozenset[str]:
    """The columns whose cells decide: of blanks to be filled those still empty."""
    found = frozenset(json.loads(source.get("deciding") or "[]"))
    empty = _inputs(finding).get("empty")
    return found & set(empty) if isinstance(empty, list) else found


def _inputs(finding: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = json.loads(finding["detail"] or "{}").get("inputs")
    return inputs if isinstance(inputs, Mapping) else {}


def _at_fault(finding: Mapping[str, Any]) -> set[str]:
    """The keys of rows that the finding names: those that fail, or the one that a figure was taken from and missed."""
    inputs = _inputs(finding)
    listed = inputs.get("at_fault") or inputs.get("records_at_fault")
    if isinstance(listed, list):
        return {str(one) for one in listed}
    one = inputs.get("record_id")
    return {str(one)} if one is not None and finding["verdict"] == Verdict.NOT_MET else set()


def _belonging(
    warehouse: duckdb.DuckDBPyConnection,
    table: str,
    link: Sequence[Sequence[str]],
    timing: Mapping[str, Any] | None,
    finding: Mapping[str, Any],
) -> tuple[str, list[object]]:
    """The condition on `t0`, walking the link outward to the subject's id, with the period where it belongs."""
    years = years_of(finding["period"])
    named = None if years else _period_column(warehouse, table, link, finding)
    conditions: list[str] = []
    values: list[object] = []
    closing = ""
    here = table
    for depth, hop in enumerate([*link] or [[]]):
        at = f"t{depth}"
        level: list[str] = []
        if years and timing and timing["depth"] == depth:
            level.append(_timed(at, timing))
            values += _time_values(timing, years)
        if named is not None and named[0] == depth:
            level.append(f'{at}."{named[1]}" = ?')
            values.append(finding["period"])
        if len(hop) == 1:
            condition, subject = _of_subject(f'{at}."{hop[0]}"', finding)
            level.append(condition)
            values += subject
        conditions.append(" AND ".join(level) or "TRUE")
        if len(hop) > 1:
            own, other, theirs = hop
            here = other
            conditions.append(
                f' AND {at}."{own}" IN (SELECT t{depth + 1}."{theirs}" FROM staging.{here} t{depth + 1} WHERE '
            )
            closing += ")"
    return "".join(conditions) + closing, values


def _of_subject(column: str, finding: Mapping[str, Any]) -> tuple[str, list[object]]:
    subject = finding["subject_id"]
    if finding["subject_type"] == "province":
        return "TRUE", []
    if finding["subject_type"] in PLACES:
        return f"{column} IN {UNDER}", [subject, subject]
    return f"{column} = ?", [subject]


def years_of(period: str | None) -> tuple[int, int] | None:
    """First and last year of a period such as `2019` or `2016-2020`; None for a project or batch."""
    parts = (period or "").split("-")
    if len(parts) > 2 or not all(len(part) == 4 and part.isdigit() for part in parts):  # noqa: PLR2004 - two years
        return None
    return int(parts[0]), int(parts[-1])


def _timed(at: str, timing: Mapping[str, Any]) -> str:
    columns = timing["columns"]
    match timing["kind"]:
        case "fact":
            return f"{at}.record_id IN (SELECT record_id FROM core.fct_credit WHERE credit_year BETWEEN ? AND ?)"
        case "span":
            return f'year({at}."{columns[0]}") <= ? AND year({at}."{columns[1]}") >= ?'
        case "date":
            return f'year({at}."{columns[0]}") BETWEEN ? AND ?'
    return f'{at}."{columns[0]}" BETWEEN ? AND ?'


def _time_values(timing: Mapping[str, Any], years: tuple[int, int]) -> list[object]:
    return list(reversed(years)) if timing["kind"] == "span" else list(years)


def _period_column(
    warehouse: duckdb.DuckDBPyConnection, table: str, link: Sequence[Sequence[str]], finding: Mapping[str, Any]
) -> tuple[int, str] | None:
    """Where on the way a column holds the finding's period, when that is a project, class or batch of its own."""
    period = finding["period"]
    if not period or period == finding["subject_id"]:
        return None
    on_the_way = [table, *(hop[1] for hop in link if len(hop) > 1)]
    for depth, name in enumerate(on_the_way):
        for column in _id_columns(warehouse, name):
            if _rows(warehouse, f'SELECT 1 FROM staging.{name} WHERE "{column}" = ? LIMIT 1', [period]):
                return depth, column
    return None


def _id_columns(warehouse: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    sql = (
        "SELECT column_name AS name FROM duckdb_columns() WHERE schema_name = 'staging' AND table_name = ? "
        "AND column_name IN ('project_id', 'class_id', 'batch', 'record_id')"
    )
    yield from (str(row["name"]) for row in _rows(warehouse, sql, [table]))


def records_of(folder: Path, teacher: str) -> list[dict[str, Any]]:
    """All credit records of a teacher in a release, with what the caps took of each."""
    with _opened(folder) as warehouse:
        return _ledger(warehouse, {"subject_id": teacher, "period": None})


def _ledger(
    warehouse: duckdb.DuckDBPyConnection,
    finding: Mapping[str, Any],
    conditions: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """The teacher's records of the period, with what the caps took of each and whether the clause counts it."""
    years = years_of(finding["period"])
    during = "AND c.credit_year BETWEEN ? AND ?" if years else ""
    counts, limits = _counts("s", conditions)
    rows = _rows(
        warehouse,
        f"""
        SELECT c.record_id, c.credit_year, c.end_date, c.source_type, c.level, c.counted_hours, c.base_credits,
            l.credits_lost_project_cap AS lost_project, l.credits_lost_school_cap AS lost_school,
            coalesce(l.credits, c.base_credits) AS credits, c.status, c.reason_code, {counts} AS counts,
            s._file, s._sheet, s._row
        FROM core.fct_credit c
        LEFT JOIN marts.cap_loss_record l USING (record_id)
        LEFT JOIN staging.credit_record s USING (record_id)
        WHERE c.teacher_id = ? {during}
        ORDER BY c.credit_year, c.end_date, c.record_id
        """,
        [*limits, finding["subject_id"], *(years or ())],
    )
    fault = _at_fault(finding) if finding.get("detail") else set()
    return [{**row, "at_fault": str(row["record_id"]) in fault} for row in rows]
