"""The top of a unit's page: three questions to ask today, and what changed since the release before.

Belongs here: where a question's evidence stands, and comparing with the release before. The questions, their figures
and their order are made in the warehouse (marts.public_question).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.site import numbers, view
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, HEADLINES, SATISFACTION
from dashboards.site.region import Region, Row, Unit
from models.marts import questions

_SHOWN = 3


@dataclass(frozen=True)
class Question:
    """One question: what to ask, the figures it rests on, how they moved since the last release, where to look."""

    ask: str
    sentence: str
    since: str
    href: str
    evidence: str


def asking(region: Region, unit: Unit, root: str) -> dict[str, Any]:
    """What the templates show at the top: `questions` and `since`. `root` leads from the page to the province."""
    rows = region.questions.get(unit.id, [])[:_SHOWN]
    asked = [
        Question(row["ask"], row["sentence"], _moved(region, unit, row), *_evidence(region, unit, row, root))
        for row in rows
    ]
    return {"questions": asked, "since": since(region, unit)}


def _moved(region: Region, unit: Unit, row: Row) -> str:
    """How the question's figure moved since the release before."""
    if region.before is None:
        return ""
    then = next((one for one in region.before.questions.get(unit.id, []) if one["question"] == row["question"]), None)
    if then is None or then["period"] != row["period"]:
        return "上一次发布没有这一事项"
    step = row["affected"] - then["affected"]
    word = "多" if step > 0 else "少"
    return f"比上一次发布{word}{numbers.count(abs(step))}{row['counted']}" if step else "与上一次发布相同"


def _evidence(region: Region, unit: Unit, row: Row, root: str) -> tuple[str, str]:
    """The address that shows what a question rests on, and its name."""
    if unit.is_county:
        has_schools = bool(region.schools.get(unit.id))
        return {
            questions.COVERAGE: ("project/index.html", "本县项目及抽查情况"),
            questions.RISK: ("#why", "预警情况"),
            questions.MISSED: ("school/index.html", "本县各校达标情况") if has_schools else ("#charts", "逐年走势"),
            questions.SATISFACTION: ("#institutions", "本县培训机构"),
        }[row["question"]]
    measure = CYCLE if "-" in row["period"] else ANNUAL
    return {
        questions.COVERAGE: (f"{root}spot-check/index.html#y{row['period']}", "各县抽查缺口"),
        questions.RISK: (f"{root}cycle/index.html", "各县周期进度与预警"),
        questions.MISSED: (f"?measure={measure.key}&period={row['period']}#map", "各县达标情况"),
        questions.SATISFACTION: (f"{root}institution/index.html", "各机构满意率"),
    }[row["question"]]


def since(region: Region, unit: Unit) -> list[str]:
    """What is different from the release before, in sentences; empty where nothing is; one sentence without any."""
    before = region.before
    if before is None:
        return ["此前没有可比的发布。"]
    return [*_figures(before, region, unit), *_verdicts(before, region, unit), *_rejects(before, region, unit)]


def _figures(before: Region, now: Region, unit: Unit) -> list[str]:
    lines = []
    for measure in HEADLINES:
        period = now.headline_period(measure)
        old, new = before.cell(measure, unit, period), now.cell(measure, unit, period)
        if new.is_told and old.is_told and old.shown != new.shown:
            label = view.period_label(now, measure, period)
            lines.append(f"{measure.title}（{label}）由{old.shown}变为{new.shown}。")
    return lines


def _verdicts(before: Region, now: Region, unit: Unit) -> list[str]:
    """How many counties and institutions of a place have another verdict than before."""
    lines = []
    if now.is_judged(COVERAGE):
        turned = sum(_years(before.spot_checks[one.id]) != _years(now.spot_checks[one.id]) for one in now.among(unit))
        lines += [f"{turned}个县（市、区）的抽查结论有变化。"] if turned else []
    if now.is_judged(SATISFACTION):
        inside = [
            (before.institutions.get(key, []), rows)
            for key, rows in now.institutions.items()
            if unit.id in {rows[-1]["county_id"], rows[-1]["city_id"], rows[-1]["province"]}
        ]
        turned = sum(_years(old) != _years(rows) for old, rows in inside)
        lines += [f"{turned}家机构的满意率结论有变化。"] if turned else []
    return lines


def _years(rows: Sequence[Row]) -> dict[int, str]:
    return {row["year"]: row["verdict"] for row in rows}


def _rejects(before: Region, now: Region, unit: Unit) -> list[str]:
    """How many records of a place were refused, where it is another number than the time before."""
    old, new = before.refused(unit), now.refused(unit)
    return [] if old == new else [f"退回记录{numbers.count(new)}处，上一次{numbers.count(old)}处。"]
