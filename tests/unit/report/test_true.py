"""Every sentence is true: a hundred releases are drawn, each figure and condition is worked out again from the tables.

A figure is looked up by its id with nothing but the tables at hand (`Again`), so that a figure taken from the wrong
place, year or column, hidden or not, shows. A rule's conditions are tried on what was found again. Rules that claim
something of all (均, 全部, 没有) are held against the rows themselves.
"""

import importlib.util
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from dashboards.report import indicators
from dashboards.report.build import build_report
from dashboards.report.errors import NothingToReport
from dashboards.report.facts import Facts
from dashboards.report.model import Number, Paragraph, Report, Section
from dashboards.report.rules import Said, rules, topics
from dashboards.site.numbers import rounded

_SPEC = importlib.util.spec_from_file_location("random_release", Path(__file__).parent / "random_release.py")
assert _SPEC
assert _SPEC.loader
drawing = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(drawing)
CITIES, COUNTIES, PROVINCE = drawing.CITIES, drawing.COUNTIES, drawing.PROVINCE
RELEASES = 100
UNKNOWN = object()
"""What the tables do not say, or must not."""
MEASURES = {"coverage": "coverage", "coverage_any": "coverage", "yearly": "annual", "cycle": "cycle"}
MEASURES |= {"satisfaction": "satisfaction", "satisfaction_basic": "satisfaction"}
SIDES = {
    "check_base": "coverage",
    "checked": "coverage",
    "yearly_count": "annual",
    "cycle_count": "cycle",
    "answers": "satisfaction",
}


class Again:
    """The figures of a release, found again by their ids."""

    def __init__(self, tables: Callable[[str], pl.DataFrame], unit: str) -> None:
        self.tables, self.unit = tables, unit
        self.counties = [one for one in COUNTIES if unit in {one, drawing.city_of(one), PROVINCE}]

    def row(self, table: str, **key: object) -> Mapping[str, object] | None:
        found = self.tables(f"marts.{table}").filter(
            pl.all_horizontal(pl.col(name) == value for name, value in key.items())
        )
        return found.row(0, named=True) if found.height else None

    def value(self, id_: str) -> object:
        """The exact value of a figure, or UNKNOWN."""
        key, *of = id_.split("/")
        if of and of[-1] == "size":
            inside = self.value("/".join([key, *of[:-1]]))
            return inside if inside is UNKNOWN else abs(inside)
        if key.endswith("_change"):
            return self.change(key.removesuffix("_change"), of)
        return self.of_kind(key, of)

    def of_kind(self, key: str, of: list[str]) -> object:
        if key in {"institutions", "projects", "school_projects", "planned_hours", "classes"}:
            return self.told(self.row("public_training", unit_id=of[2] if len(of) > 2 else of[0], year=int(of[1])), key)
        if key in {"trained", "records", "hours"}:
            return self.participation(key, of)
        if key in MEASURES and len(of) > 2 and (of[2].startswith("I") or of[2] == "type"):
            return self.institution(of)
        if key in MEASURES:
            return self.measure(key, of)
        if key in SIDES and not (key in {"checked", "check_base"} and of[2] not in {"numerator", "denominator"}):
            return self.side(SIDES[key], of)
        name = f"_{key}"
        if not hasattr(self, name):
            raise KeyError(f"no second way to find {key}/{'/'.join(of)}")
        return getattr(self, name)(of)

    @staticmethod
    def told(row: Mapping[str, object] | None, column: str) -> object:
        if row is None or row[column] is None or row.get("suppression"):
            return UNKNOWN
        return Fraction(row[column])

    def change(self, key: str, of: list[str]) -> object:
        before = [of[0], str(int(of[1]) - 1), *of[2:]]
        now, then = self.of_kind(key, of), self.of_kind(key, before)
        return UNKNOWN if UNKNOWN in (now, then) else now - then

    def participation(self, key: str, of: list[str]) -> object:
        unit, year, *rest = of
        if len(rest) == 2:
            row = self.row("public_participation", unit_id=unit, year=int(year), dimension=rest[0], value=rest[1])
        else:
            row = self.row(
                "public_participation", unit_id=(rest or [unit])[0], year=int(year), dimension="全部", value="全部"
            )
        return self.told(row, key)

    def cell(self, measure: str, unit: str, period: str, stage: str = "全部", convention: str = "default") -> object:
        return self.row(
            "public_measure", measure=measure, unit_id=unit, period=period, stage=stage, convention=convention
        )

    def measure(self, key: str, of: list[str]) -> object:
        unit, period, *rest = of
        last = (rest or [""])[0]
        stage = last if last in {"小学", "初中"} else "全部"
        convention = {"coverage_any": "any_level", "satisfaction_basic": "with_basic"}.get(key, "default")
        row = self.cell(MEASURES[key], unit, period, stage, convention)
        if row is None or row["suppression"]:
            return UNKNOWN
        if row["rounded_percent"] is not None:
            return Fraction(row["rounded_percent"], 100)
        return Fraction(row["numerator"], row["denominator"])

    def side(self, measure: str, of: list[str]) -> object:
        unit, period, side, *less = of
        row = self.cell(measure, unit, period)
        if row is None or row["numerator"] is None:
            return UNKNOWN
        if less == ["missed"]:
            return Fraction(row["denominator"] - row["numerator"])
        if less == ["more"]:
            before = self.cell(measure, unit, str(int(period) - 1))
            return UNKNOWN if before is None else Fraction(row[side] - before[side])
        return Fraction(row[side])

    def rated(self, year: str) -> list[Mapping[str, object]]:
        rows = self.tables("marts.public_institution").filter(
            pl.col("year") == int(year), pl.col("satisfied").is_not_null()
        )
        return [row for row in rows.iter_rows(named=True) if self.unit in {row["county_id"], row["city_id"], PROVINCE}]

    def institution(self, of: list[str]) -> object:
        rows = self.rated(of[1])
        mine = [row for row in rows if of[-1] in {row["institution_id"], row["institution_type"]}]
        valid = sum(row["responses_valid"] for row in mine)
        return Fraction(sum(row["satisfied"] for row in mine), valid) if valid else UNKNOWN

    def quotient(self, part: object, whole: object) -> object:
        return UNKNOWN if UNKNOWN in (part, whole) or not whole else part / whole

    def _school_share(self, of: list[str]) -> object:
        return self.quotient(self.value(f"school_projects/{of[0]}/{of[1]}"), self.value(f"projects/{of[0]}/{of[1]}"))

    def _hours_each(self, of: list[str]) -> object:
        place = "" if len(of) < 3 or of[2] == of[0] else f"/{of[2]}"
        return self.quotient(*(self.value(f"{one}/{of[0]}/{of[1]}{place}") for one in ("hours", "trained")))

    def _hours_share(self, of: list[str]) -> object:
        part = self.value(f"hours/{of[0]}/{of[1]}/source_type/{of[2]}")
        return self.quotient(part, self.value(f"hours/{of[0]}/{of[1]}"))

    def _kinds(self, of: list[str]) -> object:
        rows = self.tables("marts.public_participation")
        return Fraction(rows.filter(unit_id=of[0], year=int(of[1]), dimension="source_type").height)

    def clause(self, of: list[str]) -> Mapping[str, object] | None:
        return self.row(
            "public_clause_year", unit_id=of[0], period=of[1], clause_id="/".join(of[2:4]), subject_type=of[4]
        )

    def _not_met(self, of: list[str]) -> object:
        if of[2] == "money":
            return Fraction(0)
        if of[-1] == "more":
            return self.change("not_met", of[:-1])
        return self.told(self.clause(of), "not_met")

    def _met(self, of: list[str]) -> object:
        return self.told(self.clause(of), "met")

    def _undetermined(self, of: list[str]) -> object:
        return self.told(self.clause(of), "undetermined")

    def _missed_share(self, of: list[str]) -> object:
        what = of[2]
        if what in {"cycle", "annual"}:
            key, periods = {"cycle": ("cycle", ["2016-2020", "2021-2025"]), "annual": ("annual", [of[1]])}[what]
            period = next((one for one in periods if int(one[:4]) <= int(of[1]) <= int(one[-4:])), "")
            row = self.cell(key, of[0], period)
            return (
                UNKNOWN
                if row is None or row["numerator"] is None
                else 1 - Fraction(row["numerator"], row["denominator"])
            )
        if what == "spot_check":
            rows = self.quota(int(of[1]))
            return Fraction(sum(bool(row["gap"]) for row in rows), len(rows))
        if what == "satisfaction":
            rows = self.rated(of[1])
            return Fraction(sum(row["verdict"] == "not_met" for row in rows), len(rows))
        row = self.clause(of)
        if row is None or row["met"] is None or not row["met"] + row["not_met"]:
            return UNKNOWN
        return Fraction(row["not_met"], row["met"] + row["not_met"])

    def quota(self, year: int) -> list[Mapping[str, object]]:
        rows = self.tables("marts.county_spot_check").filter(pl.col("year") == year, pl.col("projects") > 0)
        return [row for row in rows.iter_rows(named=True) if row["unit_id"] in self.counties]

    def _gap(self, of: list[str]) -> object:
        rows = self.quota(int(of[1]))
        return Fraction(sum(row["gap"] for row in rows)) if rows else UNKNOWN

    def _required(self, of: list[str]) -> object:
        rows = self.quota(int(of[1]))
        if of[2] == "own":
            return Fraction(rows[0]["required"]) if rows and self.unit in COUNTIES else UNKNOWN
        worst = max(rows, key=lambda row: (row["gap"], [-ord(c) for c in row["unit_id"]]), default=None)
        return Fraction(worst["required"]) if worst and worst["gap"] else UNKNOWN

    def _checked(self, of: list[str]) -> object:
        rows = [row for row in self.quota(int(of[1])) if row["gap"]]
        worst = min(rows, key=lambda row: (-row["gap"], row["unit_id"]), default=None)
        return Fraction(worst["projects_checked"]) if worst else UNKNOWN

    def _checked_by_day(self, of: list[str]) -> object:
        if of[-1] == "more":
            return self.change("checked_by_day", of[:-1])
        return self.told(self.row("public_same_day", unit_id=of[0], year=int(of[1])), "projects_checked")

    def events(self, kind: str, of: list[str], value: str | None = None) -> object:
        rows = self.tables("marts.public_supervision")
        if rows.filter(kind=kind).is_empty():
            return UNKNOWN
        mine = rows.filter(unit_id=of[0], year=int(of[1]), kind=kind)
        return Fraction(int((mine if value is None else mine.filter(value=value))["events"].sum()))

    def _checks(self, of: list[str]) -> object:
        return self.events("spot_check", of, "不合格" if of[2:] == ["failed"] else None)

    def _check_findings(self, of: list[str]) -> object:
        return self.events("problem", of, of[2])

    def _observations(self, of: list[str]) -> object:
        return self.events("visit", of, "随机" if of[2:] == ["random"] else None)

    def _sanctions(self, of: list[str]) -> object:
        return self.events("sanction", of, of[2] if len(of) > 2 else None)

    def _response(self, of: list[str]) -> object:
        rows = [row for row in self.rated(of[1]) if row["invited"]]
        return Fraction(sum(r["responses"] for r in rows), sum(r["invited"] for r in rows)) if rows else UNKNOWN

    def _rated(self, of: list[str]) -> object:
        return Fraction(len(self.rated(of[1])))

    def _suspected(self, of: list[str]) -> object:
        return Fraction(sum(row["verdict"] == "not_met" for row in self.rated(of[1])))

    def _outcome(self, of: list[str]) -> object:
        period = "2016-2020" if int(of[1]) <= 2020 else "2021-2025"
        rows = self.tables("marts.public_cycle").filter(unit_id=of[0], period=period)
        row = next(rows.filter(outcome=of[2]).iter_rows(named=True), None)
        return self.told(row, "teachers") if row else Fraction(0) if rows.height else UNKNOWN

    def _cause(self, of: list[str]) -> object:
        return self.told(self.row("public_shortfall", unit_id=of[0], period=of[2], cause=of[3]), "teachers")

    def risk(self, of: list[str]) -> tuple[object, object]:
        rows = self.tables("marts.public_risk").filter(unit_id=of[0], period=of[1])
        if rows.is_empty() or rows["suppression"].null_count() < rows.height:
            return UNKNOWN, UNKNOWN
        return Fraction(int(rows["numerator"].sum())), Fraction(int(rows["denominator"].sum()))

    def _behind(self, of: list[str]) -> object:
        return self.quotient(*self.risk(of))

    def _behind_count(self, of: list[str]) -> object:
        return self.risk(of)[0]

    def _reporting(self, of: list[str]) -> object:
        return self.told(self.row("public_money", unit_id=of[0], year=int(of[1])), "reporting")

    def _payroll_share(self, of: list[str]) -> object:
        row = self.row("public_money", unit_id=of[0], year=int(of[1]))
        return self.quotient(self.told(row, "budget_of_paid"), self.told(row, "payroll_of_paid"))

    def spent(self, of: list[str], item: str | None = None) -> object:
        rows = self.tables("marts.public_project_money").filter(unit_id=of[0], year=int(of[1]))
        mine = rows if item is None else rows.filter(item=item)
        return Fraction(mine["spent"].sum()) if mine.height else UNKNOWN

    def _money(self, of: list[str]) -> object:
        if of[2] == "projects":
            whole = self.spent(of)
        else:
            whole = self.told(self.row("public_money", unit_id=of[0], year=int(of[1])), "training_budget")
        return whole if whole is UNKNOWN else whole / 10000

    def _money_share(self, of: list[str]) -> object:
        return self.quotient(self.spent(of, of[2]), self.spent(of))

    def parts(self) -> list[str]:
        return list(CITIES) if self.unit == PROVINCE else self.counties

    def _counties(self, of: list[str]) -> object:
        year, what = int(of[1]), of[2]
        verdicts = [row["verdict"] for row in self.quota(year)]
        simple = {"placed": len(verdicts), "met": verdicts.count("met"), "behind": verdicts.count("in_progress")}
        simple |= {"judged": sum(one in {"met", "not_met"} for one in verdicts), "places": len(self.parts())}
        if what == "short":
            return Fraction(verdicts.count("not_met"))
        if what in simple:
            return Fraction(simple[what])
        if what == "again":
            missed = {row["unit_id"] for row in self.quota(year - 1) if row["verdict"] == "not_met"}
            return Fraction(sum(bool(row["gap"]) and row["unit_id"] in missed for row in self.quota(year)))
        return UNKNOWN

    def clauses(self) -> list[Mapping[str, object]]:
        return list(self.tables("audit.clauses").iter_rows(named=True))

    def judged(self, year: int) -> list[tuple[Mapping[str, object], Mapping[str, object]]]:
        """Clauses of a year with their rows, but for those of the headline measures."""
        known = {row["clause_id"]: row for row in self.clauses()}
        rows = self.tables("marts.public_clause_year").filter(unit_id=self.unit, period=str(year))
        return [(known[row["clause_id"]], row) for row in rows.iter_rows(named=True)]


def is_gap(row: Mapping[str, object]) -> bool:
    return (row["undetermined"] or 0) > (row["met"] or 0) + (row["not_met"] or 0)


DERIVED = {"problems", "requirements", "extent"}
"""Counts of lines the report itself lists; `test_lists_hold_what_is_counted` counts the lines."""
LOOKED = {"ranked", "cycle_low", "cycle_outside", "annual_outside", "annual_judged"}
"""Counts of places on one side of a line, which the tables beside the sentence show."""


def drawn(seed: int) -> tuple[object, list[tuple[Facts, Report]]]:
    maker = drawing.Maker(seed)
    release = maker.release()
    found = []
    for region in (PROVINCE, CITIES[seed % 2], COUNTIES[seed % 6]):
        year = maker.rng.choice(list(maker.years))
        try:
            facts = Facts(release, year, region)
        except NothingToReport:
            continue
        found.append((facts, build_report(facts, (), lambda _: None)))
    return maker, found


@pytest.fixture(scope="module")
def reports() -> list[tuple[Facts, Report]]:
    return [pair for seed in range(RELEASES) for pair in drawn(seed)[1]]


def reasons(report: Report) -> list[Said]:
    """Why each sentence and heading of a report is said."""
    whys = [why for _, block in report.blocks() if isinstance(block, Paragraph) for why in block.why]
    return [*whys, *(why for chapter in report.chapters for section in _sections(chapter) for why in section.why)]


def _sections(section: Section) -> list[Section]:
    return [section, *(inside for part in section.parts for inside in _sections(part))]


def test_every_figure_of_every_sentence_is_that_of_the_tables(reports):
    looked_at = 0
    for facts, report in reports:
        again = Again(facts.release.tables, facts.unit.id)
        for why in reasons(report):
            for name, figure in why.figures.items():
                if (
                    not isinstance(figure, Number)
                    or figure.indicator.key in DERIVED
                    or figure.id.split("/")[-1] in LOOKED
                ):
                    continue
                found = again.value(figure.id)
                looked_at += 1
                where = f"{why.rule}: {name} is {figure.text}, id {figure.id}"
                assert figure.is_known == (found is not UNKNOWN), f"{where}, found {found}"
                if found is not UNKNOWN:
                    assert figure.exact == found, f"{where}, found {found}"
                    assert figure.text.strip("约%").replace(",", "").replace("－", "-") == _shown(figure, found), where
    assert looked_at > 100 * RELEASES


def _shown(figure: Number, value: Fraction) -> str:
    hundred = 100 if figure.indicator.scale in {"percent", "points"} or figure.id.startswith("yearly_change") else 1
    if figure.indicator.scale == "amount":
        hundred = 100
    return str(rounded(value * hundred, figure.places))


def test_every_condition_holds_of_the_figures_it_names(reports):
    book = {rule.name: rule for topic in topics() for group in rules(topic).values() for rule in group}
    said = set()
    for _, report in reports:
        for why in reasons(report):
            said.add(why.rule)
            for test in book[why.rule].when:
                assert test.holds(why.figures), f"{why.rule}: {test}"
            for name in book[why.rule].places:
                figure = why.figures[name]
                assert figure is not None, why.rule
                assert not isinstance(figure, Number) or figure.is_known, f"{why.rule}: {name}"
    never = {name for name in set(book) - said - NEVER if not name.startswith(ELSEWHERE)}
    assert len(never) <= FEW, f"no release drawn says {sorted(never)}"


ELSEWHERE = (
    "school.",
    "attainment.annual.no_amount",
    "attainment.heading.no_amount",
    "attainment.totals.",
    "spot_check.quota.no_law",
)
"""Rules of a school's page, and of provinces whose law asks for no amount or quota: `test_form` and `test_school`."""
NEVER = {"satisfaction.crossed.no_law", "attainment.forecast.coarse"}
FEW = 10
"""So many rules may wait for a rarer release than those drawn; every other one is said at least once."""


def claims(again: Again, facts: Facts) -> dict[str, bool]:
    """What each sentence about all of something claims, asked of the rows themselves."""
    year = facts.year
    quota, before = again.quota(year), again.quota(year - 1)
    missed = [row for row in quota if row["verdict"] == "not_met"]
    known = [(clause, row) for clause, row in again.judged(year) if not is_gap(row) and row["met"] is not None]
    known = [(clause, row) for clause, row in known if row["met"] + row["not_met"]]
    own = [(clause, row) for clause, row in known if not clause["is_trigger"] and not row["is_of_people"]]
    duties = [row for clause, row in own if clause["strength"] in {"must", "config"}]
    triggers = [row for clause, row in known if clause["is_trigger"] and not row["is_of_people"]]
    crossed = [row for row in again.rated(str(year)) if row["verdict"] == "not_met"]
    repeated = {row["unit_id"] for row in before if row["verdict"] == "not_met"}
    return {
        "spot_check.heading.open_done": all(row["verdict"] == "met" for row in quota),
        "spot_check.heading.all": all(row["verdict"] == "met" for row in quota),
        "spot_check.quota.open_done": all(row["verdict"] == "met" for row in quota),
        "spot_check.quota.all_met": all(row["verdict"] == "met" for row in quota),
        "spot_check.streak.none": not [row for row in missed if row["unit_id"] in repeated],
        "spot_check.results.none": not again.events("spot_check", [facts.unit.id, str(year)]),
        "spot_check.results.clean": not again.events("spot_check", [facts.unit.id, str(year)], "不合格"),
        "spot_check.visits.none": not again.events("visit", [facts.unit.id, str(year)]),
        "satisfaction.crossed.none": not crossed,
        "satisfaction.triggers.none": not any(row["not_met"] for row in triggers),
        "satisfaction.sanctions.none": not again.events("sanction", [facts.unit.id, str(year)]),
        "process.heading.clean": not any(row["not_met"] for row in duties),
        "process.lead.clean": not any(row["not_met"] for row in duties),
        "attainment.forecast.none": not again.risk([facts.unit.id, "2021-2025"])[0],
        "attainment.heading.cycle_all": again.value(f"cycle/{facts.unit.id}/{facts.cycle}") == 1,
        "attainment.annual.absent": again.cell("annual", facts.unit.id, str(year)) is None,
        "attainment.cycle.absent": again.cell("cycle", facts.unit.id, facts.cycle or "") is None,
        "satisfaction.lead.absent": again.cell("satisfaction", facts.unit.id, str(year)) is None,
        "satisfaction.compare.absent": not again.rated(str(year)),
        "spot_check.lead.absent": not quota,
        "spot_check.results.absent": again.tables("marts.public_supervision").filter(kind="spot_check").is_empty(),
        "spot_check.visits.absent": again.tables("marts.public_supervision").filter(kind="visit").is_empty(),
        "satisfaction.sanctions.absent": again.tables("marts.public_supervision").filter(kind="sanction").is_empty(),
        "size.people.absent": again.row(
            "public_participation", unit_id=facts.unit.id, year=year, dimension="全部", value="全部"
        )
        is None,
        "money.places.absent": again.row("public_money", unit_id=facts.unit.id, year=year) is None,
        "process.lead.absent": not [row for _, row in own],
        "gaps.lead.none": not [row for _, row in again.judged(year) if is_gap(row)],
    }


def test_what_is_claimed_of_all_is_true_of_each_row(reports):
    tried = set()
    for facts, report in reports:
        held = claims(Again(facts.release.tables, facts.unit.id), facts)
        for why in reasons(report):
            if why.rule in held:
                tried.add(why.rule)
                assert held[why.rule], f"{why.rule} in {facts.unit.id} {facts.year}"
    assert len(tried) > 10


def test_an_open_year_is_never_held_against_a_whole_one(reports):
    opened = 0
    for facts, report in reports:
        if not facts.is_open:
            continue
        opened += 1
        text = "".join(
            str(getattr(part, "text", part)) for _, b in report.blocks() if isinstance(b, Paragraph) for part in b.parts
        )
        text += "".join(chapter.heading for chapter in report.chapters)
        assert "比上年" not in text.replace("不与上年全年比较", "")
        assert "与上年持平" not in text
        assert "全年" not in text.replace("不与上年全年比较", "").replace("不是全年结论", "")
    assert opened > RELEASES // 4


def test_no_sentence_is_left_with_a_hole(reports):
    for _, report in reports:
        for _, block in report.blocks():
            if isinstance(block, Paragraph):
                text = "".join(str(getattr(part, "text", part)) for part in block.parts)
                assert not re.search(r"None|\{|\}|＊|，。|；。|：。|^，", text), text
                assert text.endswith("。"), text


def test_lists_hold_what_is_counted(reports):
    for _, report in reports:
        sheets = {table.key: table for table in report.annex}
        for why in reasons(report):
            if why.rule.startswith("problems.lead.") and "problems" in why.figures:
                count = why.figures["problems"]
                assert isinstance(count, Number)
                assert count.exact == (len(sheets["all_problems"].rows) if "all_problems" in sheets else 0)


def test_indicators_are_told_apart_by_their_keys():
    keys = [one.key for one in vars(indicators).values() if isinstance(one, indicators.Indicator)]
    assert len(keys) == len(set(keys))
