"""What lies behind a published figure: its teachers, projects, surveys and findings, each with its dump row.

Belongs here: queries on a release's warehouse for the analyst's private copy of the site. Teachers are told by their
id only: no query here touches a name, an id hash or any other column the contracts call personal. What one finding is
made of is in `explaining`; how any of it looks is in `dashboards.site.private`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from models.marts.coverage import project_years
from models.marts.publication import counted_surveys
from pipelines.release import warehouse

Row = dict[str, Any]
TRACE: Final = "_file, _sheet, _row"
AT_ONCE: Final = 500
"""Rows of a page."""
_UNDER: Final = "SELECT unit_id FROM core.dim_unit WHERE $unit IN (unit_id, county_id, city_id) UNION SELECT $unit"
_PEOPLE: Final = {
    "cycle": (
        "marts.teacher_cycle",
        "m.period = $period",
        ("credits", "hours", "school_based_hours", "longest_concentrated_hours"),
    ),
    "annual": ("marts.teacher_year", "m.year::VARCHAR = $period", ("credits", "hours", "school_based_hours")),
}
"""Measure of people → its mart, the condition on the period and the amounts that lead to the verdict."""
TEACHER_COLUMNS: Final = {
    measure: ("teacher_id", "school_id", "stage", *amounts, "shortfall_credits", "shortfall_hours", "verdict")
    for measure, (_, _, amounts) in _PEOPLE.items()
}
"""What is told of each teacher behind a figure of people."""
_JUDGED: Final = "('met', 'not_met', 'in_progress')"


@dataclass(frozen=True)
class Place:
    """A unit, school or institution that a figure is told of."""

    id: str
    name: str
    kind: str  # province, city, county, school, institution


@dataclass(frozen=True)
class Slice:
    """Some rows of many: those from `start` on, and how many there are."""

    rows: Sequence[Row]
    total: int
    start: int


def _query(path: Path, sql: str, **values: object) -> list[Row]:
    return warehouse.query(path, sql, values).to_dicts()


def place(path: Path, code: str) -> Place | None:
    """The unit, school or institution of this code, None where the release knows none."""
    units = _query(
        path,
        "SELECT unit_name AS name, CASE WHEN is_county THEN 'county' WHEN level = '省' THEN 'province' ELSE 'city' END"
        " AS kind FROM core.dim_unit WHERE unit_id = $code",
        code=code,
    )
    found = units or _query(
        path,
        "SELECT school_name AS name, 'school' AS kind FROM core.dim_school WHERE school_id = $code "
        "UNION ALL SELECT institution_name, 'institution' FROM core.dim_institution WHERE institution_id = $code",
        code=code,
    )
    return Place(code, found[0]["name"] or code, found[0]["kind"]) if found else None


def teachers(path: Path, measure: str, period: str, where: Place, start: int = 0) -> Slice:
    """The teachers of a county or school behind a figure of people: those judged first, those who missed it on top."""
    mart, in_period, amounts = _PEOPLE[measure]
    column = "school_id" if where.kind == "school" else "county_id"
    sql = (
        f"FROM {mart} m JOIN core.dim_teacher t USING (teacher_id) LEFT JOIN staging.teacher s USING (teacher_id) "
        f"WHERE t.{column} = $code AND {in_period}"
    )
    told = ", ".join(f"m.{name}" for name in (*amounts, "shortfall_credits", "shortfall_hours", "verdict"))
    rows = _query(
        path,
        f"SELECT m.teacher_id, t.school_id, t.stage, {told}, s._file, s._sheet, s._row {sql} "
        f"ORDER BY m.verdict NOT IN {_JUDGED}, m.verdict <> 'not_met', m.verdict, m.teacher_id "
        f"LIMIT {AT_ONCE} OFFSET $start",
        code=where.id,
        period=period,
        start=start,
    )
    return Slice(rows, _count(path, sql, code=where.id, period=period), start)


def people_by_verdict(path: Path, measure: str, period: str, where: Place) -> dict[str, int]:
    """How many teachers of a place have each verdict; the figure is met over met, not_met and in_progress."""
    mart, in_period, _ = _PEOPLE[measure]
    columns = {"province": "province", "city": "city_id", "school": "school_id"}
    rows = _query(
        path,
        f"SELECT m.verdict, count(*) AS teachers FROM {mart} m JOIN core.dim_teacher t USING (teacher_id) "
        f"WHERE t.{columns.get(where.kind, 'county_id')} = $code AND {in_period} GROUP BY m.verdict",
        code=where.id,
        period=period,
    )
    return {row["verdict"]: row["teachers"] for row in rows}


def counties_under(path: Path, where: Place) -> list[Place]:
    """County-level units of a city or province."""
    rows = _query(
        path,
        f"SELECT unit_id, unit_name FROM core.dim_unit WHERE is_county AND ($unit = province OR unit_id IN ({_UNDER}))"
        " ORDER BY unit_id",
        unit=where.id,
    )
    return [Place(row["unit_id"], row["unit_name"] or row["unit_id"], "county") for row in rows]


def projects(path: Path, year: int, where: Place) -> pl.DataFrame:
    """Projects of a county that count in a year, with the checks dated in it: who checked, and each one's dump row."""
    listed = warehouse.query(
        path,
        "SELECT p.province, p.project_id, p.project_name, p.level, p.is_school_based, p.status, p.year, p.start_date,"
        " p.end_date, s._file, s._sheet, s._row FROM core.dim_project p LEFT JOIN staging.project s USING (project_id)"
        " WHERE p.county_unit_id = $code",
        {"code": where.id},
    )
    checks = warehouse.query(
        path,
        "SELECT c.project_id, string_agg(c.check_id, '、' ORDER BY c.check_id) AS check_ids,"
        " string_agg(DISTINCT c.checker_unit_id, '、' ORDER BY c.checker_unit_id) AS checkers,"
        " bool_or(c.checker_unit_id = $code) AS is_checked_by_own,"
        " string_agg(s._file || ' 第 ' || s._row || ' 行', '、' ORDER BY c.check_id) AS check_places"
        " FROM core.fct_spot_check c LEFT JOIN staging.spot_check s USING (check_id)"
        " WHERE c.year = $year GROUP BY c.project_id",
        {"code": where.id, "year": year},
    )
    counted = project_years(listed.lazy()).filter(pl.col("year") == year).collect()
    return counted.join(checks, on="project_id", how="left").sort("project_id")


def surveys(path: Path, year: int, where: Place, as_of: date) -> pl.DataFrame:
    """Surveys behind a satisfaction figure: those of an institution, or of the projects a county carried out."""
    condition = "v.institution_id = $code" if where.kind == "institution" else "p.county_unit_id = $code"
    listed = warehouse.query(
        path,
        "SELECT v.survey_id, v.project_id, v.institution_id, v.survey_type, v.is_anonymous, v.year, v.close_date,"
        " v.responses, v.responses_valid, v.satisfied, v.satisfied_with_basic, s._file, s._sheet, s._row"
        " FROM core.fct_survey v LEFT JOIN core.dim_project p USING (project_id)"
        f" LEFT JOIN staging.survey s USING (survey_id) WHERE {condition} AND v.year = $year",
        {"code": where.id, "year": year},
    )
    return counted_surveys(listed.lazy(), as_of.year).sort("survey_id").collect()


def answers(path: Path, survey: str) -> list[Row]:
    """The answers of one survey as the dump gave them; an anonymous survey names nobody."""
    return _query(
        path,
        f"SELECT response_id, overall_rating, is_valid, {TRACE} FROM staging.survey_response "
        "WHERE survey_id = $survey ORDER BY response_id",
        survey=survey,
    )


def project(path: Path, code: str) -> dict[str, list[Row]]:
    """A project, its checks and its surveys as the dump gave them, by staging table; empty lists for none."""
    told = {
        "project": "project_id, project_name, institution_id, county_unit_id, level, status, start_date, end_date",
        "spot_check": "check_id, check_date, checker_unit_id, checker_level",
        "survey": "survey_id, survey_type, is_anonymous, close_date",
    }
    return {
        table: _query(
            path, f"SELECT {columns}, {TRACE} FROM staging.{table} WHERE project_id = $code ORDER BY ALL", code=code
        )
        for table, columns in told.items()
    }


def periods(path: Path, where: Place) -> list[tuple[str, str]]:
    """Measure and period of every headline figure a unit has, hidden ones too."""
    rows = _query(
        path,
        "SELECT DISTINCT measure, period FROM marts.public_measure WHERE unit_id = $code AND stage = '全部' "
        "AND convention = 'default' ORDER BY measure, period DESC",
        code=where.id,
    )
    return [(row["measure"], row["period"]) for row in rows]


def institution_years(path: Path, code: str) -> list[int]:
    """Years in which an institution has answers."""
    sql = "SELECT year FROM marts.institution_satisfaction WHERE institution_id = $code ORDER BY year DESC"
    return [row["year"] for row in _query(path, sql, code=code)]


def clause_counts(path: Path, where: Place) -> list[Row]:
    """Findings below a unit by clause and verdict."""
    return _query(
        path,
        "SELECT f.clause_id, c.title, f.is_trigger, f.verdict, count(*) AS findings FROM audit.findings f "
        f"JOIN audit.clauses c USING (clause_id) WHERE f.unit_id IN ({_UNDER}) OR $unit = f.province "
        "GROUP BY ALL ORDER BY f.clause_id, f.verdict",
        unit=where.id,
    )


def finding_counts(path: Path, clause: str, where: Place) -> list[Row]:
    """Findings of a clause below a unit by period and verdict; findings of single projects have no period in common."""
    return _query(
        path,
        "SELECT CASE WHEN regexp_full_match(period, '[0-9]{4}(-[0-9]{4})?') THEN period ELSE '' END AS span,"
        f" verdict, is_trigger, count(*) AS findings FROM audit.findings WHERE clause_id = $clause"
        f" AND (unit_id IN ({_UNDER}) OR $unit = province) GROUP BY ALL ORDER BY span DESC, verdict",
        clause=clause,
        unit=where.id,
    )


@dataclass(frozen=True)
class Verdicts:
    """Findings of a clause with one verdict, of one period or (`span` empty) of single projects."""

    clause: str
    verdict: str
    span: str


def findings(path: Path, which: Verdicts, where: Place, start: int = 0) -> Slice:
    """The findings below a unit."""
    sql = (
        f"FROM audit.findings WHERE clause_id = $clause AND (unit_id IN ({_UNDER}) OR $unit = province) "
        "AND verdict = $verdict AND CASE WHEN $span = '' THEN NOT regexp_full_match(period, '[0-9]{4}(-[0-9]{4})?') "
        "ELSE period = $span END"
    )
    asked = {**vars(which), "unit": where.id}
    rows = _query(
        path, f"SELECT * {sql} ORDER BY subject_id, period, part LIMIT {AT_ONCE} OFFSET $start", **asked, start=start
    )
    return Slice(rows, _count(path, sql, **asked), start)


def findings_of(path: Path, kind: str, code: str) -> list[Row]:
    """Everything found of one subject, missed clauses first."""
    return _query(
        path,
        "SELECT f.*, c.title FROM audit.findings f JOIN audit.clauses c USING (clause_id) "
        "WHERE f.subject_type = $kind AND f.subject_id = $code "
        "ORDER BY f.verdict <> 'not_met', f.clause_id, f.period DESC, f.part",
        kind=kind,
        code=code,
    )


def kinds_of(path: Path, code: str) -> list[str]:
    """As what kinds of subject a code is known: teacher, project, school and so on."""
    rows = _query(
        path, "SELECT DISTINCT subject_type FROM audit.findings WHERE subject_id = $code ORDER BY 1", code=code
    )
    return [row["subject_type"] for row in rows]


def teacher_of_record(path: Path, record: str) -> str | None:
    """The teacher whom a credit record belongs to."""
    rows = _query(path, "SELECT teacher_id FROM core.fct_credit WHERE record_id = $record", record=record)
    return rows[0]["teacher_id"] if rows else None


def has_finding(path: Path, finding: str) -> bool:
    """Whether the release has a finding of this id."""
    return bool(_query(path, "SELECT 1 FROM audit.findings WHERE finding_id = $finding", finding=finding))


def _count(path: Path, sql: str, **values: object) -> int:
    return int(_query(path, f"SELECT count(*) AS rows {sql}", **values)[0]["rows"])
