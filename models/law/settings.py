"""The conventions a policy file may set: what each is for, what its value may be, whether it may change on a day.

Belongs here: names and shapes. What a document sets is in its file; what credit arithmetic makes of it is in
`models.core` and `models.marts.credits`, which get it by way of `models.law.credit_systems`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from models.contracts import staging_contracts

Kind = Literal["number", "words", "table", "text", "flag"]


def _words_of(table: str, column: str) -> Callable[[], tuple[str, ...]]:
    """The canonical values that a column of a dump may have."""
    return lambda: tuple(staging_contracts()[table].field(column).values or ())


KINDS = _words_of("credit_record", "source_type")
LEVELS = _words_of("credit_record", "level")
CATEGORIES = _words_of("credit_record", "category")


@dataclass(frozen=True)
class Setting:
    """One convention: `words` are what its list, its table's names or its text may hold; `needs` go along with it.

    `is_dated`: it may be written several times, each for its own days. `only`: the one value that is implemented.
    """

    meaning: str
    kind: Kind
    example: str
    words: Callable[[], tuple[str, ...]] | None = None
    needs: tuple[str, ...] = ()
    is_dated: bool = False
    only: object = field(default=None)


SETTINGS: Final[Mapping[str, Setting]] = {
    "credit_system": Setting(
        "学分（学时）体系的名称",
        "text",
        "HI-2017",
        needs=("counted_statuses", "counted_completion", "scope_posts", "scope_school_types"),
    ),
    "counted_units": Setting("计什么", "words", "[学分, 学时]", lambda: ("学分", "学时")),
    "counted_statuses": Setting(
        "哪些登记状态计入", "words", "[已登记, 市县已审]", _words_of("credit_record", "status"), is_dated=True
    ),
    "counted_completion": Setting(
        "哪些结业状态计入", "words", "[合格]", _words_of("credit_record", "completion"), is_dated=True
    ),
    "scope_posts": Setting("哪些岗位参加考核", "words", "[专任教师, 校长]", _words_of("teacher", "post_type")),
    "scope_school_types": Setting(
        "哪些学校的教师参加考核", "words", "[小学, 初中]", _words_of("school", "school_type")
    ),
    "assessed_after_years": Setting("聘用或引进之后第几年起考核", "number", "1"),
    "daily_credits": Setting(
        "各级每天几学分",
        "table",
        "{省: 1.5, 县: 1}",
        LEVELS,
        ("day_sources", "hours_per_day", "part_day_credits_per_hour"),
        is_dated=True,
    ),
    "day_sources": Setting("哪些来源按天折算", "words", "[集中, 跟班]", KINDS, is_dated=True),
    "hours_per_day": Setting("一天折合几学时", "number", "8", is_dated=True),
    "part_day_credits_per_hour": Setting("不足一天的每学时几学分", "number", "0.2", is_dated=True),
    "hourly_credits": Setting(
        "各来源每学时几学分，优先于按天折算", "table", '{网络: 0.05, 校本: "1/12"}', KINDS, is_dated=True
    ),
    "lecture_credits_per_period": Setting(
        "各级主讲每课时几学分", "table", "{省: 3, 县: 2}", LEVELS, ("lecture_sources",), is_dated=True
    ),
    "lecture_sources": Setting("哪些来源按主讲计", "words", "[主讲]", KINDS, is_dated=True),
    "online_credits_per_hour": Setting(
        "线上每学时几学分", "number", "0.1", needs=("online_sources", "mixed_sources"), is_dated=True
    ),
    "online_sources": Setting("哪些来源全按线上折算", "words", "[网络]", KINDS, is_dated=True),
    "mixed_sources": Setting("哪些来源线上线下分开折算", "words", "[混合]", KINDS, is_dated=True),
    "mentorship_hours": Setting("师徒结对一律登记几学时", "number", "60", needs=("mentorship_sources",), is_dated=True),
    "mentorship_min_months": Setting("师徒结对至少几个月", "number", "2", needs=("mentorship_sources",), is_dated=True),
    "mentorship_sources": Setting("哪些来源是师徒结对", "words", "[师徒]", KINDS, is_dated=True),
    "dispatched_sources": Setting("哪些来源随派出单位定级", "words", "[跟班]", KINDS, is_dated=True),
    "project_credit_cap": Setting("单个项目最高几学分", "number", "10", needs=("project_cap_sources",), is_dated=True),
    "project_cap_sources": Setting("哪些来源受单个项目上限", "words", "[集中, 网络]", KINDS, is_dated=True),
    "school_credit_cap": Setting(
        "每年合计最高几学分",
        "number",
        "6",
        needs=("school_pool_sources", "school_pool_levels"),
        is_dated=True,
    ),
    "school_pool_sources": Setting("哪些来源共用每年的上限", "words", "[校本, 网络]", KINDS, is_dated=True),
    "school_pool_levels": Setting("哪些级别共用每年的上限", "words", "[校]", LEVELS, is_dated=True),
    "carry_over": Setting("超过上限的学分可否结转", "flag", "false", only=False),
    "category_weights": Setting(
        "各类别计入周期的份额", "table", "{新任教师: 0, 任职资格: 0.5}", CATEGORIES, is_dated=True
    ),
    "excluded_categories": Setting("哪些类别不计入周期", "words", "[新任教师]", CATEGORIES, is_dated=True),
    "makeup_levels": Setting("哪些级别的培训可以补修往年", "words", "[县, 市, 省, 国]", LEVELS, is_dated=True),
    "year_of_credit": Setting("学分归哪一年", "text", "证书日期", lambda: ("证书日期", "结束日期"), is_dated=True),
    "table_rate_credits": Setting("折算率缺失的来源，用平台登记的学分", "table", "{考试: null}", KINDS),
    "registered_tolerance": Setting("登记学分与应得学分相差多少以内视为一致", "number", "0.05"),
    "max_hours_per_day_delivery": Setting("哪些来源一天不超过规定学时", "words", "[集中, 跟班]", KINDS),
    "alert_hours_per_day": Setting("日学时超过多少就提示（不作结论）", "number", "8"),
    "alert_day_sources": Setting("哪些来源核对日学时（不作结论）", "words", "[集中, 跟班]", KINDS),
    "minimum_answers": Setting("有效答卷少于几份不作结论", "number", "10"),
    "exam_minutes_per_hour": Setting("考试多少分钟折1学时", "number", "45"),
    "applied_from": Setting("标准从哪一天起适用", "text", '"2016-01-01"'),
}
"""Every convention there is. Others have to be read by some clause's options as `$name`."""
CREDITS_ONLY: Final = frozenset(
    {
        "daily_credits",
        "hourly_credits",
        "lecture_credits_per_period",
        "online_credits_per_hour",
        "project_credit_cap",
        "school_credit_cap",
    }
)
"""Conventions that say nothing where only hours are counted."""
NEEDED: Final = SETTINGS["credit_system"].needs
"""Conventions that a credit system cannot do without on any day."""
THOUSANDTHS: Final = 1000


def faults_of(name: str, value: Any) -> Iterator[str]:
    """What is wrong with the value of a convention that is known, as clauses of a sentence."""
    setting = SETTINGS[name]
    fits = _FITS[setting.kind]
    if not fits(value):
        yield f"“{name}”（{setting.meaning}）应写成 {setting.example} 的样子，现为 {written(value)}"
        return
    if setting.only is not None and value != setting.only:
        yield f"“{name}”目前只支持 {written(setting.only)}"
    known = setting.words() if setting.words else ()
    if known:
        names = value if isinstance(value, tuple) else [value] if isinstance(value, str) else list(value)
        for unknown in (one for one in names if one not in known):
            yield f"“{name}”里的“{unknown}”不是转储里的值；可用：{'、'.join(known)}"
    for number in _numbers(value):
        if number < 0:
            yield f"“{name}”不能是负数"
        elif isinstance(number, Decimal) and number * THOUSANDTHS != int(number * THOUSANDTHS):
            yield f'“{name}”最多写三位小数，现为 {number}；除不尽的每学时学分写成 "1/12" 的样子'
        elif isinstance(number, Fraction) and name != "hourly_credits":
            yield f"“{name}”要写成小数，不能写成分数 {number}"


def written(value: Any) -> str:
    """A value as a policy file would write it."""
    match value:
        case None:
            return "空"
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(str, value))}]"
        case Mapping():
            return "{" + ", ".join(f"{key}: {one}" for key, one in value.items()) + "}"
    return str(value)


def _numbers(value: Any) -> Iterator[Decimal | Fraction]:
    for one in value.values() if isinstance(value, Mapping) else [value]:
        if isinstance(one, Decimal | Fraction):
            yield one


_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "number": lambda value: isinstance(value, Decimal),
    "words": lambda value: isinstance(value, tuple) and bool(value),
    "table": lambda value: isinstance(value, Mapping) and bool(value),
    "text": lambda value: isinstance(value, str) and bool(value),
    "flag": lambda value: isinstance(value, bool),
}
