"""How a planted case is told: rows with plain defaults, ids made from the case's name, and what must come of it.

Belongs here: the builder and the manifest's shapes. Does not belong here: the cases themselves.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zlib import crc32

from data.synthetic.scenarios import scenery

Row = dict[str, Any]
DAY_HOURS = 8


@dataclass(frozen=True)
class Expected:
    """What must come of a case: a verdict of a clause, or figures of a mart's row (``clause`` is then marts.<name>)."""

    clause: str
    subject: str
    period: str
    verdict: str
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Scenario:
    """A named case: the ids it planted, by table, and what is expected of them."""

    name: str
    province: str
    note: str
    ids: dict[str, list[str]] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the platform's clock (China's, written without a zone)."""
    return datetime.combine(day, time(hour, minute, second))


class Plot:
    """Collects the planted rows of one province, case by case.

    ``case`` starts a case; every row added afterwards belongs to it. Ids are the province, the case's name and a
    running number, so that adding a case changes no other.
    """

    def __init__(self, province: str) -> None:
        self.province = province
        self.rows: dict[str, list[Row]] = {}
        self.scenarios: dict[str, Scenario] = {}
        self._current: Scenario | None = None
        self._count: Counter[tuple[str, str]] = Counter()
        self._schools: dict[str, str] = {}

    def case(self, name: str, note: str) -> Scenario:
        if name in self.scenarios:
            raise ValueError(f"case {name} is told twice")
        self._current = Scenario(name, self.province, note)
        self.scenarios[name] = self._current
        return self._current

    def expect(self, clause: str, subject: str, period: str | int, verdict: str, **figures: str) -> None:
        self._now().expected.append(Expected(clause, subject, str(period), verdict, figures))

    def figures(self, mart: str, subject: str, period: str | int, **figures: str) -> None:
        self._now().expected.append(Expected(f"marts.{mart}", subject, str(period), "", figures))

    def add(self, table: str, key: str, prefix: str, **values: Any) -> str:
        """Adds a row under a fresh id (unless ``values`` bring one) and returns the id."""
        case = self._now()
        self._count[table, case.name] += 1
        number = self._count[table, case.name]
        made = str(values.pop(key, None) or f"{prefix}{self.province[:2]}-{case.name}-{number}")
        self.rows.setdefault(table, []).append({key: made, **self._placed(values), "planted": True})
        case.ids.setdefault(table, []).append(made)
        return made

    def row(self, table: str, **values: Any) -> None:
        """Adds a row of a table whose key is made of given fields."""
        self.rows.setdefault(table, []).append({**self._placed(values), "planted": True})

    def county(self, nth: int = 0) -> str:
        """The county where the current case takes place, or the ``nth`` after it."""
        return scenery.county(self.province, self._now().name, nth)

    def _placed(self, values: Row) -> Row:
        """The values with the case's own county, another one and the county's school in place of the words for them."""
        return {key: self._place(value) if isinstance(value, str) else value for key, value in values.items()}

    def _place(self, value: str) -> str:
        if value == scenery.HOME:
            return self.county()
        if value == scenery.ELSEWHERE:
            return self.county(1)
        if value == scenery.SCHOOL:
            home = self.county()
            if home not in self._schools:
                self._schools[home] = self.school(home, school_id=f"21{home[:2]}99{home[2:]}")
            return self._schools[home]
        return value

    def _now(self) -> Scenario:
        if self._current is None:
            raise ValueError("start a case first")
        return self._current

    def zone(self, name: str, **values: Any) -> str:
        """A zone that only planted cases play in; ``values`` hold the first time it is told."""
        unit, parent = scenery.ZONES[name]
        if all(row["unit_id"] != unit for row in self.rows.get("admin_unit", ())):
            self.add(
                "admin_unit", "unit_id", "", unit_id=unit, unit_name=name, level="开发区", parent_id=parent, **values
            )
        return unit

    def school(self, unit: str, **values: Any) -> str:
        place = self._place(unit)
        word = f"school {self._now().name} {self._count['school', self._now().name]}"
        defaults: Row = {
            "school_id": f"21{self.province[:2]}9{crc32(word.encode()) % 90_000:05d}",
            "school_name": scenery.school_name(place, word),
            "school_type": "小学",
            "ownership": "公办",
            "urban_rural": "镇区",
            "unit_id": place,
        }
        return self.add("school", "school_id", "", **{**defaults, **values})

    def teacher(self, school: str, **values: Any) -> str:
        """A teacher hired long before the cycle, in service, in a primary school."""
        case = self._now().name
        number = crc32(f"{case} {self._count['teacher', case]}".encode())
        defaults: Row = {
            "teacher_id": f"1{self.province[:2]}98{number:014d}",
            "name": scenery.person(f"{case} {self._count['teacher', case]}"),
            "school_id": school,
            "sex": "女",
            "hire_date": date(2005, 8, 20),
            "teaching_start": date(2005, 8, 20),
            "post_type": "专任教师",
            "authorized": "在编",
            "stage": "小学",
            "subject": "语文",
            "title": "一级",
            "backbone_level": "无",
            "is_class_head": False,
            "status": "在职",
        }
        return self.add("teacher", "teacher_id", "", **{**defaults, **values})

    def institution(self, **values: Any) -> str:
        defaults: Row = {
            "institution_type": "社会机构",
            "authority_level": "县",
            "unit_id": self.province,
            "is_remote_provider": False,
            "is_municipal_base": False,
            "mgmt_dept_name": "培训部",
            "school_level_unified": True,
            "quality_dept": "质量管理科",
            "quality_owner": "科长",
            "has_quality_rules": True,
        }
        merged = {**defaults, **values}
        word = f"{self._now().name} {self._count['institution', self._now().name]}"
        home = self._place(merged["unit_id"])
        merged.setdefault("institution_name", scenery.institution_name(home, word, merged["institution_type"]))
        return self.add("institution", "institution_id", "JG", **merged)

    def project(self, institution: str, unit: str, start: date, end: date, **values: Any) -> str:
        days = (end - start).days + 1
        topic = scenery.topic(f"{self._now().name} {self._count['project', self._now().name]}")
        defaults: Row = {
            "batch": f"{start.year}H{1 if start.month < 7 else 2}",  # noqa: PLR2004 — July starts the second half
            "year": start.year,
            "institution_id": institution,
            "actual_operator_id": institution,
            "level": "县级",
            "key_level": "无",
            "scope": "全县",
            "county_unit_id": unit,
            "is_school_based": False,
            "category": "专题",
            "stage": "小学",
            "subject": "语文",
            "topic": topic,
            "delivery_mode": "集中",
            "is_full_release": True,
            "days": float(days),
            "hours_planned": float(days * DAY_HOURS),
            "start_date": start,
            "end_date": end,
            "split_year_registration": False,
            "status": "已结束",
        }
        merged = {**defaults, **values}
        merged.setdefault("hours_planned_approved", merged["hours_planned"])
        merged.setdefault(
            "project_name", f"{start.year}年{merged['stage']}{merged['subject']}教师{merged['topic']}培训"
        )
        return self.add("project", "project_id", "P", **merged)

    def record(self, teacher: str, hours: float, end: date, **values: Any) -> str:
        """A passed, registered record; dates follow its end where they are not given."""
        certificate = values.get("certificate_date") or end
        defaults: Row = {
            "teacher_id": teacher,
            "source_type": "集中",
            "category": "集中",
            "level": "县",
            "hours": float(hours),
            "start_date": end,
            "end_date": end,
            "certificate_date": certificate,
            "completion": "合格",
            "credit_year": certificate.year,
            "register_date": certificate + timedelta(days=5),
            "declare_date": certificate + timedelta(days=6),
            "county_audit_date": certificate + timedelta(days=20),
            "is_makeup": False,
            "status": "市县已审",
            "part_year": end.year,
        }
        return self.add("credit_record", "record_id", "D", **{**defaults, **values})

    def survey(self, project: str, close: date, counts: Mapping[str, int], **values: Any) -> str:
        """An anonymous questionnaire with so many sheets of each rating."""
        survey = self.add(
            "survey",
            "survey_id",
            "S",
            **{
                "project_id": project,
                "survey_type": "学评教",
                "is_anonymous": True,
                "open_date": close - timedelta(days=7),
                "close_date": close,
                "evaluation_round": str(close.year),
                **values,
            },
        )
        for rating, count in counts.items():
            for _ in range(count):
                self.add("survey_response", "response_id", "R", survey_id=survey, overall_rating=rating, is_valid=True)
        return survey

    def check(self, project: str, unit: str, when: date, **values: Any) -> str:
        defaults: Row = {
            "project_id": project,
            "check_date": when,
            "checker_unit_id": unit,
            "checker_level": "县",
            "method_codes": "查看台账、随堂听课",
            "content_codes": "过程管理、培训实效",
            "result": "合格",
            "finding_code": "无",
            "in_platform": True,
        }
        return self.add("spot_check", "check_id", "C", **{**defaults, **values})
