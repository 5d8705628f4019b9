"""What can be asked on 自助制表, and the cubes behind it as scripts that a page loads from a disk.

Belongs here: measures with their words, places, periods, and the packing. Sums and what may be told of them come from
the warehouse (marts.public_cube_*, marts.public_clause_year); nothing is counted here or hidden.
"""

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from dashboards.site.region import Region
from models.contracts import contract, staging_contracts
from models.explanation import SUBJECTS
from models.marts.cubes import KINDS, OF_PROJECTS, POOLED_FROM, VERDICT, WHOLE
from models.marts.leaves import OF_RECORDS, OF_TEACHERS
from models.marts.publication import PUBLISHED
from models.marts.suppression import OnlyTold
from models.vocabulary import VERDICT_WORDS

UNIT: Final = "unit_id"
COUNTY: Final = "县"
"""The level of counties of the state, without development zones and units run by a city."""
_COLUMNS: Final = (
    *("numerator", "denominator", "rounded_percent", "rounded_step"),
    *("teachers", "trained", "records", "hours", "projects", "projects_checked", "projects_checked_any_level"),
    *("planned_hours", "budget", "received", "spent", "suppression"),
)


@dataclass(frozen=True)
class Asked:
    """One measure: `upper` is its figure, or what is divided by `lower`; `part` chooses the rows of its cube.

    `scale` is 100 for a share told in per cent, 1 for any other figure.
    """

    key: str
    title: str
    cube: str
    upper: str
    breakdowns: tuple[str, ...]
    unit: str
    definition: str
    lower: str = ""
    part: str = ""
    scale: int = 1


def _share(key: str, title: str, cube: str, breakdowns: tuple[str, ...], definition: str, **more: str) -> Asked:
    columns = {"upper": "numerator", "lower": "denominator"} | more
    return Asked(key, title, cube, breakdowns=breakdowns, unit="%", definition=definition, scale=100, **columns)


_OF_PEOPLE: Final = (VERDICT, *OF_TEACHERS)
_OF_TRAINED: Final = (*OF_RECORDS, *OF_TEACHERS)
MEASURES: Final = (
    _share("cycle", "周期达标率", "reached", OF_TEACHERS, "周期达标教师÷参加周期考核的教师", part="cycle"),
    _share("annual", "年度达标率", "reached", OF_TEACHERS, "年度达标教师÷参加年度考核的教师", part="annual"),
    _share(
        "coverage",
        "抽查覆盖率",
        "check",
        OF_PROJECTS,
        "当年由本县抽查过的项目÷当年项目",
        upper="projects_checked",
        lower="projects",
    ),
    _share(
        "coverage_any_level",
        "抽查覆盖率（含省市抽查）",
        "check",
        OF_PROJECTS,
        "当年由任何一级抽查过的项目÷当年项目",
        upper="projects_checked_any_level",
        lower="projects",
    ),
    _share(
        "satisfaction", "学员满意率", "answer", OF_PROJECTS, "很满意与满意的答卷÷有效的匿名答卷", part="satisfaction"
    ),
    _share(
        "with_basic",
        "学员满意率（含基本满意）",
        "answer",
        OF_PROJECTS,
        "很满意、满意与基本满意的答卷÷有效的匿名答卷",
        part="with_basic",
    ),
    _share("presence", "全勤率", "presence", OF_PROJECTS, "没有请假和旷课的报名÷有考勤记录的报名，公假算到"),
    Asked(
        "cycle_teachers",
        "周期考核教师",
        "verdict",
        "teachers",
        _OF_PEOPLE,
        "人",
        "有该周期的教师，各种结论都计",
        part="cycle",
    ),
    Asked(
        "annual_teachers",
        "年度考核教师",
        "verdict",
        "teachers",
        _OF_PEOPLE,
        "人",
        "有该年度的教师，各种结论都计",
        part="annual",
    ),
    Asked("trained", "参训教师", "record", "trained", _OF_TRAINED, "人", "有计入登记的教师，一格内一人只计一次"),
    Asked("records", "参训人次", "record", "records", _OF_TRAINED, "人次", "计入的学分学时登记条数"),
    Asked("hours", "登记学时", "record", "hours", _OF_TRAINED, "学时", "计入登记的学时之和"),
    Asked(
        "hours_each", "人均登记学时", "record", "hours", _OF_TRAINED, "学时/人", "登记学时÷参训教师", lower="trained"
    ),
    Asked("projects", "培训项目", "project", "projects", OF_PROJECTS, "个", "未取消的项目，按培训年度"),
    Asked(
        "planned_hours", "计划学时", "project", "planned_hours", OF_PROJECTS, "学时", "各项目计划学时之和，按培训年度"
    ),
    Asked("budget", "经费预算", "project", "budget", OF_PROJECTS, "元", "各项目预算之和，按培训年度"),
    Asked("received", "经费实收", "project", "received", OF_PROJECTS, "元", "各项目实收之和，按培训年度"),
    Asked("spent", "经费实支", "project", "spent", OF_PROJECTS, "元", "各项目实支之和，按培训年度"),
)
CLAUSE: Final = "clause"
_OF_TOLD_ROWS: Final = {each.name for each in PUBLISHED if isinstance(each.people, OnlyTold)}
"""Cubes of people, where a row that is not there is of few or nobody."""


@dataclass(frozen=True)
class Packed:
    """One grouping of one cube: its name, and its rows as a script."""

    name: str
    script: str


def packed(region: Region) -> Iterator[Packed]:
    """Every grouping of every cube that has rows, each for a script of its own, so that a question loads little."""
    for name in sorted({measure.cube for measure in MEASURES}):
        rows = region.table(f"marts.public_cube_{name}")
        for (first, second), part in sorted(rows.group_by("breakdown", "second_breakdown")):
            yield _pack(f"{name}.{first}.{second}", _coded(part.drop("breakdown", "second_breakdown")))
    clauses = _clauses(region)
    if clauses.height:
        yield _pack(f"{CLAUSE}.{WHOLE}.{WHOLE}", _coded(clauses))


def _clauses(region: Region) -> pl.DataFrame:
    """How clauses were kept, as a cube that is not broken down."""
    return (
        region.table("marts.public_clause_year")
        .select(
            UNIT,
            "period",
            pl.format("{} {}", "clause_id", "subject_type").alias("measure"),
            pl.lit(WHOLE).alias("value"),
            pl.lit(WHOLE).alias("second_value"),
            pl.col("met").alias("numerator"),
            (pl.col("met") + pl.col("not_met")).alias("denominator"),
            "rounded_percent",
            "rounded_step",
            "suppression",
        )
        .filter(pl.col("denominator").fill_null(1) > 0)
    )


def _coded(rows: pl.DataFrame) -> str:
    """Rows as JSON of columns: keys as places in a list of their values, figures as they are."""
    keys = [name for name in ("measure", UNIT, "period", "value", "second_value") if name in rows.columns]
    ordered = rows.sort(keys)
    values = {key: ordered[key].unique().sort().to_list() for key in keys}
    places = ordered.select(pl.col(keys).rank("dense") - 1)
    figures = ordered.select(
        pl.col(name).is_not_null().cast(pl.Int64) if name == "suppression" else pl.col(name)
        for name in _COLUMNS
        if name in ordered.columns and ordered[name].null_count() < ordered.height
    )
    listed = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return f'{{"keys":{listed},"at":{_listed(places)},"columns":{_listed(figures)}}}'


def _listed(frame: pl.DataFrame) -> str:
    """Columns of numbers as JSON: a list each. Of decimals what is whole is a whole number, the rest is exact."""
    columns = ",".join(f'"{column.name}":[{_joined(column)}]' for column in frame)
    return f"{{{columns}}}"


def _joined(column: pl.Series) -> str:
    text = column.cast(pl.String)
    if isinstance(column.dtype, pl.Decimal) and column.dtype.scale:
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    return str(text.fill_null("null").str.join(",").item())


def _pack(name: str, content: str) -> Packed:
    body = base64.b64encode(zlib.compress(content.encode())).decode()
    held = "(window.SHIXUN_CUBES = window.SHIXUN_CUBES || {})"
    return Packed(name, f'{held}["{name}"] = "{body}";\n')


def offer(region: Region) -> dict[str, Any]:
    """What the page lets a reader choose from, as data for its script."""
    periods: dict[str, list[str]] = {}
    measures = [*_offered(region, periods), *_offered_clauses(region, periods)]
    return {
        "whole": WHOLE,
        "measures": measures,
        "periods": periods,
        "breakdowns": _breakdowns(),
        "places": _places(region),
        "groups": _groups(region),
        "province": region.province.id,
        "definition": "method/index.html",
    }


def _offered(region: Region, periods: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    for measure in MEASURES:
        rows = region.table(f"marts.public_cube_{measure.cube}")
        if measure.part:
            rows = rows.filter(pl.col("measure") == measure.part)
        if measure.cube == "project":
            rows = rows.filter(pl.col(measure.upper).is_not_null())
        if rows.height:
            periods[measure.key] = rows["period"].unique().sort().to_list()
            yield {
                **{name: getattr(measure, name) for name in ("key", "title", "cube", "upper", "lower", "part")},
                **{name: getattr(measure, name) for name in ("breakdowns", "unit", "definition", "scale")},
                "hides": f"marts.public_cube_{measure.cube}" in _OF_TOLD_ROWS,
            }


def _offered_clauses(region: Region, periods: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    rows = _clauses(region)
    for (clause, subject), found in sorted(
        region.table("marts.public_clause_year").group_by("clause_id", "subject_type"), key=lambda pair: pair[0]
    ):
        part = f"{clause} {subject}"
        told = rows.filter(pl.col("measure") == part)
        if not told.height or clause not in region.clauses:
            continue
        key = f"{CLAUSE}:{clause}:{subject}"
        periods[key] = told["period"].unique().sort().to_list()
        law = region.clauses[clause]
        who = SUBJECTS.get(subject, subject)
        words = "未触发" if law["is_trigger"] else "达标"
        yield {
            "key": key,
            "title": f"{law['title']}（{clause}，{who}）：{words}比例",
            "cube": CLAUSE,
            "part": part,
            "upper": "numerator",
            "lower": "denominator",
            "breakdowns": [],
            "unit": "%",
            "scale": 100,
            "definition": f"{words}的{who}÷已判定的{who}",
            "hides": False,
        }
        del found


def _breakdowns() -> dict[str, dict[str, Any]]:
    """Each breakdown with its title and its parts in the order of the contracts."""
    titles = contract("marts", "public_cube_reached").field("breakdown").values or {}
    tables = {
        **dict.fromkeys(OF_TEACHERS, "teacher"),
        **dict.fromkeys(("urban_rural", "ownership"), "school"),
        **dict.fromkeys(OF_PROJECTS, "project"),
        **dict.fromkeys(("institution_type", "authority_level"), "institution"),
        **dict.fromkeys(("source_type",), "credit_record"),
    }
    found: dict[str, dict[str, Any]] = {}
    for name, words in titles.items():
        if name == WHOLE:
            continue
        field = (
            next((one for one in staging_contracts()[tables[name]].fields if one.name == name), None)
            if name in tables
            else None
        )
        order = list(field.values or {}) if field else []
        found[name] = {"title": words[0] if words else name, "order": order}
    found["is_school_based"]["order"] = ["校本", "非校本"]
    found["record_level"]["order"] = ["国", "省", "市", "县", "校"]
    found[VERDICT]["order"] = list(VERDICT_WORDS)
    found[VERDICT]["words"] = dict(VERDICT_WORDS)
    return found


def _places(region: Region) -> list[list[Any]]:
    """Code, name, level and address of every place, from the province down, each city followed by its counties."""
    ordered = [region.province]
    for city in region.cities:
        ordered += [city, *region.counties_of(city)]
    known = {unit.id for unit in ordered}
    ordered += [county for county in region.counties if county.id not in known]
    told = [[unit.id, unit.name, unit.kind, unit.city_id or ""] for unit in ordered]
    pooled = [
        [f"{region.province.id}-{kind}", f"{word}合计", "kind", ""]
        for kind, (word, endings) in KINDS.items()
        if sum(unit.level == COUNTY and unit.name.endswith(endings) for unit in region.counties) >= POOLED_FROM
    ]
    return [*told[:1], *pooled, *told[1:]]


def _groups(region: Region) -> list[list[Any]]:
    """Places that are chosen together: key, name, codes."""
    groups: list[tuple[str, str, Sequence[str]]] = [
        ("cities", f"各{region.city_word}", [unit.id for unit in region.cities]),
        ("counties", "各县（市、区）", [unit.id for unit in region.counties]),
    ]
    for kind, (word, endings) in KINDS.items():
        alike = [unit.id for unit in region.counties if unit.level == COUNTY and unit.name.endswith(endings)]
        groups.append((kind, f"各{word}", alike))
    groups += [
        (f"in-{city.id}", f"{city.name}各县（市、区）", [one.id for one in region.counties_of(city)])
        for city in region.cities
    ]
    return [[key, name, list(codes)] for key, name, codes in groups if codes]


EXAMPLES: Final = (
    ("满意率按机构类型、年度和培训方式分", "measure=satisfaction&by=institution_type,delivery_mode&across=period"),
    ("各市逐年抽查覆盖率", "measure=coverage&place=province,cities&across=period"),
    ("周期达标率：城乡之间、职称之间", "measure=cycle&by=title,urban_rural&across=second"),
    ("登记学时按来源类型逐年分", "measure=hours&by=source_type&across=period"),
    ("未达标的教师在哪些学段", "measure=cycle_teachers&by=stage,verdict&across=second"),
    ("经费预算与实支按项目级别分", "measure=budget,spent&by=level&across=measure"),
)


def examples(measures: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """The worked examples whose measures this province has."""
    known = {measure["key"] for measure in measures}
    return [
        (title, query) for title, query in EXAMPLES if set(query.split("measure=")[1].split("&")[0].split(",")) <= known
    ]
