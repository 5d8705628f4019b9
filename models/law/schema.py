"""What a policy file may say: documents, cycles, conventions and clauses.

Here belong the shapes and the checks that need nothing but the value itself. Reading files, finding line
numbers and checking quotes against the document's text belong to `models.law.reading`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from models.measures.registry import Condition, exact

Strength = Literal["must", "default", "target", "scope", "config"]
Tier = Literal["A", "B", "C"]
Basis = Literal["文", "推", "缺"]
Comparison = Literal[">=", "<=", ">", "<", "=", "within"]
Status = Literal["evaluated", "manual"]
UnitOfMeasure = Literal[
    "学分", "学时", "比例", "布尔", "元", "年", "月", "天", "工作日",
    "项", "人", "次", "个", "份", "类", "级", "所", "家", "条",
]  # fmt: skip
SubjectType = Literal[
    "teacher", "project", "class", "institution", "school", "county", "city", "province", "leader", "org"
]


class Strict(BaseModel):
    """A value of a policy file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True)


class Window(Strict):
    """Two ends, both included: numbers or dates."""

    low: Annotated[Fraction, BeforeValidator(exact)] = Field(alias="from")
    high: Annotated[Fraction, BeforeValidator(exact)] = Field(alias="to")
    is_date: bool = False

    @model_validator(mode="before")
    @classmethod
    def _note_dates(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get("from"), date):
            return {**value, "is_date": True}
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.low > self.high:
            raise ValueError("窗口的 from 晚于 to；把两端对调")
        return self


def _exact_or_window(value: object) -> Fraction | Window:
    return Window.model_validate(value) if isinstance(value, Mapping) else exact(value)


class Threshold(Strict):
    """A limit and the half-open span of days [from, to) in which it is law."""

    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")
    value: Annotated[Fraction | Window, BeforeValidator(_exact_or_window)]

    @model_validator(mode="after")
    def _in_order(self) -> Threshold:
        if self.end is not None and self.end <= self.start:
            raise ValueError("to 必须晚于 from（半开区间，to 当日已不适用）")
        return self

    def in_force(self, on: date) -> bool:
        """Whether the limit is law on that day."""
        return self.start <= on and (self.end is None or on < self.end)


class Cycle(Strict):
    """A fixed run of years over which training is added up; both ends included."""

    id: str
    start: date
    end: date
    basis: Basis = "推"
    note: str = ""

    @model_validator(mode="after")
    def _whole_years(self) -> Cycle:
        if (self.start.month, self.start.day, self.end.month, self.end.day) != (1, 1, 12, 31):
            raise ValueError(f"周期 {self.id} 不是整年；学分按自然年归集，请写成 1 月 1 日至 12 月 31 日")
        if self.end < self.start:
            raise ValueError(f"周期 {self.id} 的 end 早于 start；把两端对调")
        return self

    @property
    def period(self) -> str:
        """The name readers see, such as `2016-2020`."""
        return f"{self.start.year}-{self.end.year}"

    @property
    def years(self) -> range:
        """The calendar years of the cycle."""
        return range(self.start.year, self.end.year + 1)


_RATIO = re.compile(r"\d+/[1-9]\d*")


def _setting(value: object) -> object:
    match value:
        case bool() | str() | None | Decimal():
            return value
        case int() | float():
            return Decimal(str(value))
        case Mapping():
            return MappingProxyType({str(key): _figure(item) for key, item in value.items()})
        case list() | tuple() if all(isinstance(item, str | int) for item in value):
            return tuple(str(item) for item in value)
    raise ValueError(f"“{value}”不是可用的设置值；写数、是否、文字、文字的列表或“名称: 数”的表")


def _figure(item: object) -> Decimal | Fraction | None:
    """A number of a table; one that has no end is written as a ratio, such as "1/12"."""
    match item:
        case None | Decimal() | Fraction():
            return item
        case int() | float() if not isinstance(item, bool):
            return Decimal(str(item))
        case str() if _RATIO.fullmatch(item):
            return Fraction(item)
    raise ValueError(f'表里的“{item}”不是数；写 0.5 或 "1/12" 的样子')


SettingValue = Annotated[Any, BeforeValidator(_setting)]


class Convention(Strict):
    """A visible setting: what the text says (文), what we infer where it is silent (推), what is lost (缺).

    It holds from `from` until the day before `to`; without them, ever since and until further notice. One that was
    amended stands there several times. A reading that no option names says its `title` and which clauses it `bears_on`.
    """

    id: str
    title: str = ""
    bears_on: tuple[str, ...] = ()
    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    value: SettingValue
    basis: Basis
    quote: str | None = None
    note: str = ""

    @model_validator(mode="after")
    def _cites(self) -> Convention:
        if self.basis == "文" and not self.quote:
            raise ValueError("basis 写了“文”就要有 quote；没有原文可引请改为“推”并在 note 说明理由")
        if self.basis != "文" and not self.note:
            raise ValueError(f"basis 为“{self.basis}”的设置要有 note 说明理由")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("to 必须晚于 from（半开区间，to 当日已不适用）")
        return self

    def in_force(self, on: date) -> bool:
        """Whether it holds on that day."""
        return (self.start is None or self.start <= on) and (self.end is None or on < self.end)


class Binding(Strict):
    """A further grain at which the same sentence is judged, under the same limit."""

    subject: SubjectType
    measure: str
    options: Mapping[str, Any] = Field(default_factory=dict)
    where: Mapping[str, Condition] = Field(default_factory=dict)


class Clause(Strict):
    """A sentence of a document, bound to a measure or marked as one for people."""

    id: str
    article: str
    title: str
    quote: str
    strength: Strength
    tier: Tier
    subject: SubjectType
    status: Status = "evaluated"
    reason: str | None = None
    measure: str | None = None
    all_of: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    options: Mapping[str, Any] = Field(default_factory=dict)
    where: Mapping[str, Condition] = Field(default_factory=dict)
    also: tuple[Binding, ...] = ()
    compare: Comparison | None = None
    quota: Literal["ceil", "floor"] | None = None
    unit: UnitOfMeasure | None = None
    thresholds: tuple[Threshold, ...] = ()
    trigger: bool = False
    consequence: str | None = None
    note: str = ""
    related: tuple[str, ...] = ()

    @field_validator("article", mode="before")
    @classmethod
    def _article_text(cls, value: object) -> object:
        return value if isinstance(value, str) else str(value)

    @model_validator(mode="after")
    def _whole(self) -> Clause:
        if self.status == "manual":
            return self._manual()
        if self.all_of:
            return self._composed()
        lacking = [name for name in ("measure", "compare", "unit", "thresholds") if not getattr(self, name)]
        if lacking:
            raise ValueError(
                f"条款 {self.id} 要由系统判定却缺 {'、'.join(lacking)}；补上，或写 status: manual 和 reason"
            )
        self._check_spans()
        self._check_limits()
        is_window = [isinstance(limit.value, Window) for limit in self.thresholds]
        if any(is_window) != (self.compare == "within"):
            raise ValueError("compare: within 与窗口形式的 value {from, to} 必须一起用")
        return self

    def _manual(self) -> Clause:
        if not self.reason:
            raise ValueError(f"条款 {self.id} 是 manual，要写 reason 说明机器为什么判不了")
        if self.measure or self.thresholds:
            raise ValueError(f"条款 {self.id} 是 manual，就不要写 measure 和 thresholds")
        return self

    def _composed(self) -> Clause:
        if self.measure or self.thresholds or self.where:
            raise ValueError(f"条款 {self.id} 由 all_of 合成，就不要写 measure、thresholds 和 where")
        return self.model_copy(update={"compare": ">=", "unit": "项"})

    def _check_spans(self) -> None:
        ordered = sorted(self.thresholds, key=lambda limit: limit.start)
        for before, after in pairwise(ordered):
            if before.end is None or before.end > after.start:
                raise ValueError(
                    f"条款 {self.id} 的阈值日期重叠：{before.start} 起的一段没有在 {after.start} 前结束；"
                    f"给前一段写 to: {after.start}"
                )

    def _check_limits(self) -> None:
        """A limit that its unit can't have: a percentage for a ratio, less than none, a number for yes or no."""
        for value in (one.value for one in self.thresholds if isinstance(one.value, Fraction)):
            if value < 0:
                raise ValueError(f"条款 {self.id} 的阈值 {float(value):g} 是负数；写不小于零的数")
            if self.unit == "比例" and value > 1:
                raise ValueError(
                    f"条款 {self.id} 的阈值 {float(value):g} 大于 1，而 unit 是 比例；"
                    f"比例写成小数，如 {float(value):g}% 写 {float(value / 100):g}"
                )
            if self.unit == "布尔" and value not in (0, 1):
                raise ValueError(f"条款 {self.id} 的 unit 是 布尔，阈值 {float(value):g} 不是；写 true 或 false")

    @property
    def bindings(self) -> tuple[Clause, ...]:
        """The clause once for each grain it is judged at."""
        further = (
            self.model_copy(
                update={
                    "subject": one.subject,
                    "measure": one.measure,
                    "options": one.options,
                    "where": one.where,
                    "also": (),
                }
            )
            for one in self.also
        )
        return (self, *further)

    @property
    def document(self) -> str:
        """The id of the document, the part before the slash."""
        return self.id.split("/", 1)[0]

    def threshold(self, on: date) -> Fraction | Window | None:
        """The limit in force on a day, or None."""
        return next((limit.value for limit in self.thresholds if limit.in_force(on)), None)


class Jurisdiction(Strict):
    """Whose law it is: a GB/T 2260 code of a province or a city."""

    code: str = Field(pattern=r"^\d{6}$")
    name: str

    @property
    def is_province(self) -> bool:
        """Whether the whole province answers to it."""
        return self.code.endswith("0000")

    @property
    def prefix(self) -> str:
        """The leading digits that codes within share: 33 for a province, 3303 for a city, all six for a county."""
        if self.is_province:
            return self.code[:2]
        return self.code[:4] if self.code.endswith("00") else self.code

    def covers(self, place: str) -> bool:
        """Whether a place lies in it, told by its code."""
        return place.startswith(self.prefix)

    def lies_in(self, province: str) -> bool:
        """Whether this is the province or a part of it."""
        return self.code[:2] == province[:2]


class Frame(Strict):
    """What the yearly report says of the law it rests on, where the title and number alone would not do."""

    basis: str = ""
    issuer: str = ""
    no_quota: str = ""
    no_cycle_amount: str = ""


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Named = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
"""Ids of clauses; one may be written without a list."""


DIGITS = "〇一二三四五六七八九"


def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese: 10 is 十, 23 is 二十三."""
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, f"{DIGITS[tens]}十")
    return head + (DIGITS[ones] if ones else "")


class Document(Strict):
    """One policy document with everything taken from it."""

    id: str
    title: str
    doc_no: str
    jurisdiction: Jurisdiction
    published: date
    effective_from: date
    effective_to: date | None = None
    basis: Literal["原文", "二手转述"] = "原文"
    text: str
    cited_as: str = ""
    """How an article is cited: `第{cn}条` with its number in Chinese, `第{n}条` in digits."""
    cited_parts: Mapping[str, str] = Field(default_factory=dict)
    """Words for what stands outside the articles, by what their numbers begin with: `A3: 附件3`."""
    source: str = ""
    note: str = ""
    cycles: tuple[Cycle, ...] = ()
    conventions: tuple[Convention, ...] = ()
    roles: Mapping[str, Named] = Field(default_factory=dict)
    topics: Mapping[str, Named] = Field(default_factory=dict)
    report: Frame = Frame()
    clauses: tuple[Clause, ...]

    @property
    def known_as(self) -> str:
        """How the document is cited: by its number (湘教发〔2018〕12号), by its title where it was given none."""
        return self.doc_no if re.search(r"〔\d{4}〕\d+号", self.doc_no) else f"《{self.title}》"

    def cite(self, article: str) -> str:
        """A number within the document as its readers cite it: `23.1` is 第二十三条; as it stands without a way."""
        head = article.partition(".")[0]
        if head in self.cited_parts:
            return self.cited_parts[head]
        if not self.cited_as or not head.isdigit():
            return article.lstrip("0")
        return self.cited_as.format(n=int(head), cn=numeral(int(head)))

    @property
    def credit_system(self) -> str | None:
        """The id of the credit system this document sets up; None where it sets up none."""
        found = self.setting("credit_system")
        return None if found is None else str(found)

    @property
    def counts_credits(self) -> bool:
        """Whether its credit system counts credits; one that counts hours only has none."""
        units = self.setting("counted_units")
        return units is None or "学分" in units

    @property
    def system_title(self) -> str:
        """Its credit system as readers know it: the jurisdiction and what is counted."""
        return f"{self.jurisdiction.name}{'学分制' if self.counts_credits else '学时制'}"

    def setting(self, name: str, on: date | None = None) -> Any:
        """The value of a convention on a day, without one its latest; None where the document does not set it."""
        held = [one for one in self.conventions if one.id == name and (on is None or one.in_force(on))]
        return max(held, key=lambda one: one.start or date.min).value if held else None

    @property
    def turning_days(self) -> tuple[date, ...]:
        """The days on which some convention changes, in order."""
        return tuple(sorted({day for one in self.conventions for day in (one.start, one.end) if day is not None}))

    def convention(self, name: str) -> Any:
        """The latest value of a setting; KeyError for one that the document does not set."""
        if not any(one.id == name for one in self.conventions):
            known = "、".join(dict.fromkeys(one.id for one in self.conventions))
            raise KeyError(f"{self.id} 没有名为 {name} 的约定；有：{known}")
        return self.setting(name)
