"""Made-up published tables in every state a release may be in: open, closed and first years, nothing wrong, everything
wrong, half of the evidence missing, cells hidden, tables empty. The same seed gives the same tables.

Only what a report may read is made here, by its columns in the contracts; nothing is counted from people.
"""

import random
from datetime import date
from decimal import Decimal

import polars as pl

from dashboards.report.facts import READS
from dashboards.site import ReleaseData
from models.contracts import audit_contracts, marts_contracts

PROVINCE, CITIES = "330000", ("330100", "330200")
COUNTIES = ("330102", "330105", "330106", "330203", "330205", "X33001")
FIRST = 2016
KINDS = ("project", "class", "county", "institution", "school", "province", "teacher", "leader")
HEADLINES = {"coverage": "ZJ-2014-04/23.1", "cycle": "ZJ-2016-71/03.1", "annual": "ZJ-2016-71/03.2"}
MONEY = "ZJ-2019-357/03.8"
SATISFACTION = ("ZJ-2014-04/27.6", "ZJ-2014-04/28.3")
HIDDEN = "人数或答卷不足10，不予公布"
MOODS = ("mixed", "clean", "bad", "gaps")


def city_of(unit: str) -> str | None:
    return {"X33001": "330200"}.get(unit, f"{unit[:4]}00") if unit in COUNTIES else unit if unit in CITIES else None


class Maker:
    """One random release."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - made-up tables, no secret
        self.mood = MOODS[seed % len(MOODS)]
        self.as_of = date(
            *self.rng.choice(((2016, 11, 30), (2019, 3, 1), (2020, 12, 31), (2021, 11, 30), (2022, 6, 1)))
        )
        self.years = range(FIRST, self.as_of.year + 1)
        self.hides = self.rng.choice((0.0, 0.1, 0.5))
        self.clauses = [
            (
                f"ZJ-2014-04/{number:02d}.9",
                self.rng.choice(KINDS),
                self.rng.choice(("must", "must", "default", "config")),
            )
            for number in range(1, 15)
        ]
        self.clauses.append((MONEY, "school", "must"))
        self.without = {one for one in ("annual", "cycle", "satisfaction") if self.rng.random() < 0.1}
        self.kinds = self.rng.choice((("集中", "网络", "校本"), ("集中", "网络", "校本"), ("校本",)))
        self.triggers = [("ZJ-2014-04/27.9", "project"), ("ZJ-2014-04/28.9", "institution")]

    def release(self) -> ReleaseData:
        """The release; some of its tables are empty."""
        made = {
            "marts.public_unit": self.units(),
            "marts.public_measure": self.measures(),
            "marts.county_spot_check": self.checks,
            "marts.public_institution": self.institutions(),
            "marts.public_training": self.training(),
            "marts.public_participation": self.participation(),
            "marts.public_clause_year": self.clause_years(),
            "marts.public_supervision": self.supervision(),
            "marts.public_money": self.money(),
            "marts.public_project_money": self.project_money(),
            "marts.public_same_day": self.same_day(),
            "marts.public_cycle": self.outcomes(),
            "marts.public_shortfall": self.causes(),
            "marts.public_risk": self.risks(),
            "marts.public_target": self.targets(),
            "audit.clauses": self.catalogue(),
        }
        may_go = ("public_institution", "public_supervision", "public_money", "public_project_money", "public_cycle")
        may_go += ("public_shortfall", "public_risk", "public_clause_year", "public_participation", "public_same_day")
        gone = {f"marts.{name}" for name in may_go if self.rng.random() < 0.1}
        frames = {name: empty(name) if name in gone or name not in made else made[name] for name in READS}
        return ReleaseData(
            "20211130-0123456789", PROVINCE, "浙江省", self.as_of, frames.__getitem__, versions={"code": "x"}
        )

    def hidden(self) -> str | None:
        return HIDDEN if self.rng.random() < self.hides else None

    def part(self, whole: int) -> int:
        """How many of a whole did well."""
        if self.mood == "clean":
            return whole
        return self.rng.randint(0, whole) if self.mood != "bad" else 0

    def places(self) -> list[tuple[str, str]]:
        return [(PROVINCE, "province"), *((city, "city") for city in CITIES), *((one, "county") for one in COUNTIES)]

    def units(self) -> pl.DataFrame:
        rows = [
            {
                "unit_id": unit,
                "unit_name": {"province": "浙江省", "city": f"某{unit[2:4]}市", "county": f"县{unit[-2:]}区"}[level],
                "level": {"province": "省", "city": "市", "county": "县"}[level],
                "city_id": city_of(unit),
                "is_county": level == "county",
            }
            for unit, level in self.places()
        ]
        return filled("marts.public_unit", rows)

    @property
    def checks(self) -> pl.DataFrame:
        if not hasattr(self, "_checks"):
            self._checks = filled("marts.county_spot_check", [self.check(u, y) for u in COUNTIES for y in self.years])
        return self._checks

    def check(self, unit: str, year: int) -> dict[str, object]:
        projects = self.rng.choice((0, 1, 4, 5, 23))
        checked = self.part(projects)
        required = -(-projects // 5)
        is_open = date(year, 12, 31) >= self.as_of
        verdict = "met" if checked >= required else "in_progress" if is_open else "not_met"
        return {
            "unit_id": unit,
            "year": year,
            "projects": projects,
            "projects_checked": checked,
            "required": required,
            "gap": max(required - checked, 0),
            "projects_checked_any_level": checked,
            "verdict": verdict if projects else "not_applicable",
        }

    def measures(self) -> pl.DataFrame:
        rows = []
        for unit, level in self.places():
            for measure, period in self.periods():
                base = self.rng.choice((1, 3, 30, 400))
                met, hidden = self.part(base), self.hidden()
                if measure == "coverage":
                    inside = self.checks.filter(pl.col("year") == int(period)).filter(self.within(unit))
                    base, met, hidden = int(inside["projects"].sum()), int(inside["projects_checked"].sum()), None
                if not base or (measure in self.without):
                    continue
                coarse = hidden is None and measure != "coverage" and self.rng.random() < 0.15
                told = hidden is None and not coarse
                common = {"measure": measure, "unit_id": unit, "unit_level": level, "period": period}
                row = common | {
                    "suppression": hidden,
                    "numerator": met if told else None,
                    "denominator": base if told else None,
                }
                row |= {
                    "rounded_percent": 95 if coarse else None,
                    "rounded_step": 10 if coarse else None,
                    "stage": "全部",
                }
                other = {"coverage": "any_level", "satisfaction": "with_basic"}.get(measure)
                rows += [row | {"convention": name} for name in ("default", other) if name]
                if measure == "cycle":
                    better = row | {"numerator": base if told else None, "stage": "初中", "convention": "default"}
                    rows += [row | {"stage": "小学", "convention": "default"}, better]
        return filled("marts.public_measure", rows)

    def periods(self) -> list[tuple[str, str]]:
        spans = [f"{start}-{start + 4}" for start in (2016, 2021) if start <= self.as_of.year]
        yearly = [(one, str(year)) for one in ("annual", "coverage", "satisfaction") for year in self.years]
        return [*yearly, *(("cycle", span) for span in spans)]

    @staticmethod
    def within(unit: str) -> pl.Expr:
        mine = [county for county in COUNTIES if unit in {county, city_of(county), PROVINCE}]
        return pl.col("unit_id").is_in(mine)

    def institutions(self) -> pl.DataFrame:
        rows = []
        for place in range(6):
            county = COUNTIES[place % len(COUNTIES)]
            for year in self.years:
                valid, hidden = self.rng.choice((4, 10, 50)), None
                hidden = HIDDEN if valid < 10 else None
                happy = self.part(valid)
                told = hidden is None
                low = happy * 10 < valid * 7
                row = {
                    "institution_id": f"I{place}",
                    "institution_name": f"机构{place}",
                    "institution_type": ("高等学校", "县级机构")[place % 2],
                    "county_id": county,
                    "city_id": city_of(county),
                    "year": year,
                    "responses": valid + 1 if told else None,
                    "responses_valid": valid if told else None,
                    "satisfied": happy if told else None,
                    "invited": self.rng.choice((None, 60)),
                    "wilson_low": 0.1,
                    "wilson_high": 0.9,
                    "verdict": "undetermined" if not told else "not_met" if low else "met",
                    "suppression": hidden,
                }
                rows.append(row)
        return filled("marts.public_institution", rows)

    def training(self) -> pl.DataFrame:
        rows = []
        for unit, _ in self.places():
            for year in self.years:
                projects = self.rng.choice((1, 7, 120))
                rows.append(
                    {
                        "unit_id": unit,
                        "year": year,
                        "institutions": self.rng.randint(1, 9),
                        "projects": projects,
                        "school_projects": self.rng.randint(0, projects),
                        "planned_hours": Decimal(24),
                        "classes": self.rng.choice((None, 5)),
                    }
                )
        return filled("marts.public_training", rows)

    def participation(self) -> pl.DataFrame:
        rows = []
        for unit, level in self.places():
            for year in self.years:
                values = [
                    ("全部", "全部"),
                    *(("source_type", kind) for kind in self.kinds),
                    ("level", "县"),
                    ("stage", "小学"),
                ]
                for dimension, value in values:
                    hidden = self.hidden()
                    told = hidden is None
                    row = {"unit_id": unit, "unit_level": level, "year": year, "dimension": dimension, "value": value}
                    row |= {"records": self.rng.randint(10, 900) if told else None, "suppression": hidden}
                    row |= {"hours": Decimal(self.rng.randint(10, 9000)) / 2 if told else None}
                    row |= {"trained": self.rng.choice((None, 20, 120, 300)) if told else None}
                    rows.append(row)
        return filled("marts.public_participation", rows)

    def clause_years(self) -> pl.DataFrame:
        listed = [(id_, kind) for id_, kind, _ in self.clauses] + self.triggers
        rows = [
            self.clause_year(clause, kind, unit, level, year)
            for clause, kind in listed
            for unit, level in self.places()
            for year in self.years
            if self.rng.random() < 0.8
        ]
        return filled("marts.public_clause_year", rows)

    def clause_year(self, clause: str, kind: str, unit: str, level: str, year: int) -> dict[str, object]:
        whole = self.rng.choice((1, 4, 12, 90))
        met = self.part(whole)
        unclear = whole * self.rng.choice((2, 9)) if self.mood == "gaps" else self.rng.choice((0, 0, 2))
        people = kind in {"teacher", "leader"}
        hidden = self.hidden() if people else None
        row: dict[str, object] = {"clause_id": clause, "subject_type": kind, "unit_id": unit, "unit_level": level}
        row |= {"period": str(year), "is_of_people": people, "suppression": hidden}
        row |= {"met": None if hidden else met, "not_met": None if hidden else whole - met}
        return row if people else row | {"in_progress": 0, "undetermined": unclear}

    def supervision(self) -> pl.DataFrame:
        kinds = {
            "spot_check": ("合格", "不合格"),
            "problem": ("考勤",),
            "method": ("听课",),
            "visit": ("随机", "指定"),
            "sanction": ("约谈",),
        }
        rows = [
            {"unit_id": unit, "year": year, "kind": kind, "value": value, "events": self.rng.randint(1, 9)}
            for unit, _ in self.places()
            for year in self.years
            for kind, values in kinds.items()
            for value in values
            if self.rng.random() < 0.6
        ]
        return filled("marts.public_supervision", rows)

    def money(self) -> pl.DataFrame:
        rows = []
        for unit, _ in self.places():
            for year in self.years:
                budget, payroll = self.rng.choice((None, Decimal(30000))), self.rng.choice((None, Decimal(1000000)))
                both = budget is not None and payroll is not None
                row = {
                    "unit_id": unit,
                    "year": year,
                    "reporting": 3,
                    "training_budget": budget,
                    "payroll_total": payroll,
                }
                rows.append(
                    row | {"budget_of_paid": budget if both else None, "payroll_of_paid": payroll if both else None}
                )
        return filled("marts.public_money", [row for row in rows if self.rng.random() < 0.7])

    def project_money(self) -> pl.DataFrame:
        rows = [
            {"unit_id": unit, "year": year, "item": item, "spent": self.rng.choice((None, Decimal(0), Decimal(123450)))}
            for unit, _ in self.places()
            for year in self.years
            for item in ("培训费", "授课费")
        ]
        return filled("marts.public_project_money", rows)

    def same_day(self) -> pl.DataFrame:
        rows = [
            {"unit_id": u, "year": y, "projects_checked": self.rng.randint(0, 4)}
            for u, _ in self.places()
            for y in self.years
        ]
        return filled("marts.public_same_day", rows)

    def outcomes(self) -> pl.DataFrame:
        rows = []
        for unit, level in self.places():
            for outcome in ("met", "not_met:学分", "not_met:学时", "not_met:两者"):
                hidden = self.hidden()
                row = {"unit_id": unit, "unit_level": level, "period": "2016-2020", "outcome": outcome}
                rows.append(row | {"teachers": None if hidden else self.rng.choice((10, 40)), "suppression": hidden})
        return filled("marts.public_cycle", [row for row in rows if self.rng.random() < 0.8])

    def causes(self) -> pl.DataFrame:
        rows = []
        for unit, level in self.places():
            for cause in ("below_yearly_minimum", "without_online"):
                hidden = self.hidden()
                row = {"unit_id": unit, "unit_level": level, "period": "2016-2020", "cause": cause}
                rows.append(row | {"teachers": None if hidden else self.rng.choice((0, 10, 40)), "suppression": hidden})
        return filled("marts.public_shortfall", rows)

    def risks(self) -> pl.DataFrame:
        rows = []
        for unit, level in self.places():
            for system in ("ZJ-2016", "WZ-2012"):
                hidden, base = self.hidden(), self.rng.choice((20, 200))
                late = base - self.part(base)
                row = {"unit_id": unit, "unit_level": level, "period": "2021-2025", "credit_system": system}
                row |= {"numerator": None if hidden else late, "denominator": None if hidden else base}
                rows.append(row | {"suppression": hidden})
        return filled("marts.public_risk", [row for row in rows if self.rng.random() < 0.7])

    def targets(self) -> pl.DataFrame:
        rows = [
            {
                "clause_id": HEADLINES["coverage"],
                "period": str(year),
                "operator": ">=",
                "threshold": "0.2",
                "unit": "比例",
            }
            for year in self.years
        ]
        return filled("marts.public_target", rows)

    def catalogue(self) -> pl.DataFrame:
        own = [(id_, strength, False) for id_, _, strength in self.clauses]
        own += [(id_, "must", True) for id_, _ in self.triggers]
        own += [(id_, "must", False) for id_ in HEADLINES.values()] + [(id_, "trigger", True) for id_ in SATISFACTION]
        rows = [
            {
                "clause_id": id_,
                "jurisdiction": PROVINCE,
                "jurisdiction_code": PROVINCE,
                "document": id_.split("/")[0],
                "article": id_.split("/")[1],
                "title": f"要求{id_[-4:]}",
                "strength": strength,
                "is_trigger": is_trigger,
                "status": self.rng.choice(("evaluated", "evaluated", "data_missing", "manual")),
            }
            for id_, strength, is_trigger in own
        ]
        return filled("audit.clauses", rows)


def schema_of(name: str) -> pl.Schema:
    layer, table = name.split(".")
    return {"marts": marts_contracts, "audit": audit_contracts}[layer]()[table].schema()


def empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=schema_of(name))


def filled(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a table of the contracts, what is not said left blank."""
    schema = schema_of(name)
    made = [dict.fromkeys(schema, None) | {"province": PROVINCE} | row for row in rows]
    return pl.DataFrame(made, schema=schema)
