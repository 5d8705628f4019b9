"""The words that tables hold: one enumeration for each list of values that code compares with.

Belongs here: the values as they are stored, their names in code, the groups of them that several rules share, and the
words of a verdict for readers. The contracts state the same lists, and a test holds the two together. Names of columns
and tables are in models/contracts; Chinese names of what measures derive are in models/words.

Polars takes a member as plain text in expressions. Of several members in a Series it makes an enumeration of its own,
so what is looked up (`replace`, `pl.Series`) is given `.value`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What is found of a subject; for a trigger `not_met` means that the fault is suspected."""

    MET = "met"
    NOT_MET = "not_met"
    IN_PROGRESS = "in_progress"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


CLOSED: Final = (Verdict.MET, Verdict.NOT_MET)
"""Verdicts that time does not change any more."""
COUNTED_IN_RATIO: Final = (Verdict.MET, Verdict.NOT_MET, Verdict.IN_PROGRESS)
"""Verdicts of those who make up the denominator of an attainment ratio."""
VERDICT_WORDS: Final[Mapping[str, str]] = {
    Verdict.MET: "达标",
    Verdict.NOT_MET: "未达标",
    Verdict.IN_PROGRESS: "进行中",
    Verdict.UNDETERMINED: "无法判定",
    Verdict.NOT_APPLICABLE: "不适用",
}
TRIGGER_WORDS: Final[Mapping[str, str]] = {**VERDICT_WORDS, Verdict.MET: "未触发", Verdict.NOT_MET: "疑似触发"}
"""A trigger clause names a fault; meeting it is suspected until a person confirms it."""


class LineStatus(StrEnum):
    """What becomes of a registered line in core.fct_credit."""

    OK = "ok"
    NEED_TABLE = "need_table"
    INELIGIBLE = "ineligible"
    QUARANTINE = "quarantine"


COUNTED: Final = (LineStatus.OK, LineStatus.NEED_TABLE)
"""Lines whose hours count; the credits of `need_table` are unknown."""


class ClauseStatus(StrEnum):
    """Whether a night judged a clause."""

    EVALUATED = "evaluated"
    DATA_MISSING = "data_missing"
    MANUAL = "manual"


class SourceType(StrEnum):
    """In what kind of training a line of credits was earned."""

    CONCENTRATED = "集中"
    SECONDMENT = "跟班"
    ONLINE = "网络"
    MIXED = "混合"
    SCHOOL_BASED = "校本"
    LECTURE = "主讲"
    MENTORSHIP = "师徒"
    EXAM = "考试"
    DEGREE = "学历"
    RESEARCH_ACTIVITY = "教研活动"
    AID_TEACHING = "支教"
    MAKEUP = "补录"


class CreditLevel(StrEnum):
    """At which level a line of credits was registered."""

    NATION = "国"
    PROVINCE = "省"
    CITY = "市"
    COUNTY = "县"
    SCHOOL = "校"


class RuleLevel(StrEnum):
    """The levels that rules on lectures and examinations tell apart: city and county are one."""

    NATION = "国"
    PROVINCE = "省"
    CITY_OR_COUNTY = "市县"
    SCHOOL = "校"


class ProjectLevel(StrEnum):
    """At which level a project is held."""

    NATION = "国家级"
    PROVINCE = "省级"
    CITY = "地市级"
    COUNTY = "县级"
    SCHOOL = "校级"
    OTHER = "其他"


class UnitLevel(StrEnum):
    """What kind of administrative unit a unit is."""

    PROVINCE = "省"
    CITY = "市"
    COUNTY = "县"
    DEVELOPMENT_ZONE = "开发区"
    DIRECT = "直属"


class RecordStatus(StrEnum):
    """How far a registration of credits has come."""

    DRAFT = "草稿"
    REGISTERED = "已登记"
    COUNTY_AUDITED = "市县已审"
    PROVINCE_CONFIRMED = "省已认定"
    RETURNED = "退回"
    REVOKED = "撤销"


REGISTERED: Final = (RecordStatus.REGISTERED, RecordStatus.COUNTY_AUDITED, RecordStatus.PROVINCE_CONFIRMED)
"""Registrations that stand."""


class Completion(StrEnum):
    """Whether the training was completed."""

    PASSED = "合格"
    FAILED = "不合格"


class ProjectStatus(StrEnum):
    """How far a project has come."""

    APPLIED = "申报"
    PUBLISHED = "已发布"
    RUNNING = "办班中"
    OVER = "已结束"
    CANCELLED = "取消"
    ENDED_EARLY = "终止"


class ClassStatus(StrEnum):
    """How far a class of a project has come."""

    PLANNED = "计划"
    RUNNING = "在办"
    OVER = "结束"
    CANCELLED = "取消"


class AccreditationStatus(StrEnum):
    """What an institution's accreditation is worth."""

    VALID = "有效"
    UNDER_CORRECTION = "整改"
    SUSPENDED = "暂停"
    CANCELLED = "取消"
    EXPIRED = "到期"


class ReviewResult(StrEnum):
    """What the review of a project came to."""

    PASSED = "通过"
    FAILED = "不通过"
    RETURNED = "退回"


class TeacherStatus(StrEnum):
    """Whether a teacher is in service."""

    ON_DUTY = "在职"
    RETIRED = "退休"
    LEFT = "离职"
    MOVED_AWAY = "调出"
    ON_LEAVE = "长假"
    SECONDED = "借调"
    DEAD = "死亡"
    NOT_VERIFIED = "未审核"


ANY_OF: Final = "any"
"""Among the conditions of audit.sources, the name of those any of which is enough."""
