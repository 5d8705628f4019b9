"""Why a finding says what it says, told in Chinese.

Belongs here: the wording and the small exact arithmetic of an explanation (would the verdict flip?), made from rows of
a published release. Nothing is read here, and nothing but the standard library is needed: an explanation must come at
once. What a figure is made of is in `models.trace`, where the rows come from in `pipelines.questions.explaining`.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from models.numbers import plain
from models.relation import SIGNS, Relation, Window, compared, compares, exact, in_words, number, relation_of, written
from models.vocabulary import CLOSED, TRIGGER_WORDS, VERDICT_WORDS, LineStatus, Verdict

SUSPECTED: Final = f"{TRIGGER_WORDS[Verdict.NOT_MET]}（须人工确认）"
STRENGTHS: Final = {
    "must": "必须",
    "default": "原则上",
    "target": "目标",
    "scope": "范围",
    "config": "设置",
}
SUBJECTS: Final = {
    "teacher": "教师",
    "project": "项目",
    "class": "班级",
    "institution": "机构",
    "school": "学校",
    "county": "县级单位",
    "city": "市",
    "province": "省",
    "leader": "管理人员",
    "org": "单位",
}
BASES: Final = {"文": "原文写明", "推": "原文未写，本仓推定", "缺": "所依附表缺失"}
ENDPOINT: Final = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
"""The same comparison with its endpoint taken out or in."""
OTHER_COUNTS: Final = {
    "satisfied_with_basic": ("把“基本满意”也算满意", "numerator"),
    "projects_checked_any_level": ("任何一级的抽查都算", "numerator"),
}
"""Input that another published convention would take for the numerator."""
FLIPS: Final = "会改变"
UNTOLD: Final = frozenset({"missing", "no_figure"})
"""What decides a finding of which the figure at hand says nothing."""
OF_COLUMNS: Final = frozenset({"empty", "role"})
"""Inputs whose values are names of columns."""
CAP_LOSSES: Final = ("credits_lost_project_cap", "credits_lost_school_cap")
STATUSES: Final[Mapping[str, str]] = {
    LineStatus.OK: "计入",
    LineStatus.NEED_TABLE: "学时计入，学分缺折算表",
    LineStatus.INELIGIBLE: "不计",
    LineStatus.QUARANTINE: "隔离",
}
REASONS: Final = {
    "not_registered": "未登记或已退回、撤销",
    "not_passed": "未合格",
    "mentorship_start_missing": "师徒结对缺开始日期",
    "mentorship_too_short": "师徒结对不足规定月数",
    "registered_at_two_levels": "同一项目两级重复登记",
    "rate_table_missing": "折算表缺失且平台无登记学分",
}

LEDGER_HEAD: Final = (
    *("年度", "登记编号", "结束日期", "来源·级别", "学时", "折算学分"),
    *("单项封顶截", "校级封顶截", "实计学分", "处理", "文件·表·行"),
)


FAULT: Final = "← 不符合"
UNCOUNTED: Final = "不计入本条"


@dataclass(frozen=True)
class SourceRows:
    """Rows of one staging table behind a finding: the first few, those at fault first.

    `at_fault` names rows by key, `deciding` the columns whose cells decide; `left_out` counts rows of the same subject
    and period that don't pass the clause's filters and aren't listed.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    total: int
    at_fault: frozenset[str] = frozenset()
    scope: str = ""
    row_key: tuple[str, ...] = ()
    table: str = ""
    deciding: frozenset[str] = frozenset()
    left_out: int = 0

    def is_at_fault(self, row: Mapping[str, Any]) -> bool:
        """Whether the finding names this very row."""
        return any(str(row.get(name)) in self.at_fault for name in self.row_key)

    def cell(self, row: Mapping[str, Any], name: str) -> str:
        """A cell as text, marked where it decides."""
        return f"{plain(row.get(name))}{f' {FAULT}' if name in self.decisive(row) else ''}"

    def decisive(self, row: Mapping[str, Any]) -> frozenset[str]:
        """The columns of a row at fault whose cells decide: those left empty, where any is, else all."""
        if not self.is_at_fault(row):
            return frozenset()
        shown = self.deciding & set(self.columns)
        return frozenset(name for name in shown if row.get(name) in (None, "", [])) or shown

    def mark(self, row: Mapping[str, Any]) -> str:
        """What is said of the row as a whole: that it is at fault, where no cell of it says so."""
        is_told = any(name in self.deciding for name in self.columns)
        return FAULT if self.is_at_fault(row) and not is_told else ""


@dataclass(frozen=True)
class Explained:
    """Everything an explanation is told from: a row each of findings, clauses and formulas, and the rows behind."""

    finding: Mapping[str, Any]
    clause: Mapping[str, Any]
    formula: Mapping[str, Any]
    release: str
    as_of: str
    sources: Sequence[SourceRows] = ()
    ledger: Sequence[Mapping[str, Any]] = ()
    subject_name: str | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def as_text(explained: Explained) -> str:
    """The whole explanation, one paragraph a question."""
    parts = [
        "\n".join(heading(explained)),
        *(_section(title, lines) for title, lines in answers(explained)),
        _section("学分学时账", _ledger(explained.ledger)),
        _section("来源", _sources(explained.sources)),
        _section("说明", _listed(explained.notes)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def answers(explained: Explained) -> list[tuple[str, list[str]]]:
    """Title and lines of each question that the finding itself answers: law, formula, conventions, sensitivity."""
    found = [
        ("条文", _citation(explained)),
        ("算式", _formula(explained)),
        ("过滤条件", _listed(_json(explained.formula.get("filters"), []))),
        ("起作用的约定", _conventions(explained)),
        ("结论", _verdict(explained)),
        ("敏感性", [f"- {line}" for line in sensitivity(explained.finding, explained.formula)]),
    ]
    return [(title, lines) for title, lines in found if lines]


def verdict_words(finding: Mapping[str, Any]) -> str:
    """The verdict in Chinese; of a trigger, whether it is suspected."""
    word = str(finding["verdict"])
    if not finding.get("is_trigger"):
        return VERDICT_WORDS[word]
    return SUSPECTED if word == Verdict.NOT_MET else TRIGGER_WORDS[word]


def heading(explained: Explained) -> list[str]:
    """Clause, subject with verdict, and where the finding stands: a line each."""
    finding = explained.finding
    subject = SUBJECTS.get(str(finding["subject_type"]), str(finding["subject_type"]))
    name = f"（{explained.subject_name}）" if explained.subject_name else ""
    part = f"，{finding['part']}" if finding.get("part") else ""
    return [
        f"{finding['clause_id']} {explained.clause['title']}",
        f"{subject} {finding['subject_id']}{name}{part}，期间 {finding['period'] or '—'}：{verdict_words(finding)}",
        f"结论编号 {finding['finding_id']}　发布 {explained.release}（截至 {explained.as_of}）",
    ]


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"【{title}】", *lines]) if lines else ""


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _citation(explained: Explained) -> list[str]:
    clause, formula = explained.clause, explained.formula
    title = formula.get("document_title") or clause["document"]
    number = f"（{formula['document_no']}）" if formula.get("document_no") else ""
    place = formula.get("cited") or f"，条款号 {clause['article']}"
    lines = [f"《{title}》{number}{place}"]
    lines.append(f"“{clause['quote']}”")
    strength = STRENGTHS.get(str(clause["strength"]), str(clause["strength"]))
    lines.append(f"效力：{strength}；辖区：{clause['jurisdiction']}；自 {clause['effective_from']} 起" + _until(clause))
    if formula.get("consequence"):
        lines.append(f"后果：{formula['consequence']}")
    if clause.get("note"):
        lines.append(f"注：{clause['note']}")
    return lines


def _until(clause: Mapping[str, Any]) -> str:
    return f"，至 {clause['effective_to']} 止（当日起不再适用）" if clause.get("effective_to") else ""


# ---- the formula with the numbers in it


def _formula(explained: Explained) -> list[str]:
    finding, formula = explained.finding, explained.formula
    detail = _json(finding.get("detail"), {})
    lines = [f"{formula.get('measure_title') or '数值'}：{formula.get('formula') or '见来源'}"]
    inputs = detail.get("inputs")
    if _is_composite(inputs):
        return [*lines, *_parts(inputs, formula)]
    lines += in_words(relation_of(finding, formula), is_told=detail.get("by") not in UNTOLD)
    if isinstance(inputs, Mapping):
        labels = _json(formula.get("labels"), {})
        shown = [
            f"{labels.get(name, name)} {_input(name, value, labels)}"
            for name, value in inputs.items()
            if value not in (None, [])
        ]
        if shown:
            lines.append("其中：" + "；".join(shown))
    return lines


def _input(name: str, value: object, labels: Mapping[str, str]) -> str:
    """An input of the figure; columns by what they are called."""
    if name in OF_COLUMNS:
        listed = value if isinstance(value, list) else [value]
        return plain([labels.get(str(one), str(one)) for one in listed])
    return plain(value)


def _is_composite(inputs: object) -> bool:
    """Whether the inputs are the findings of a composite's parts."""
    return isinstance(inputs, Mapping) and any(isinstance(part, Mapping) for part in inputs.values())


def _parts(parts: Mapping[str, Mapping[str, Any] | None], formula: Mapping[str, Any]) -> Iterator[str]:
    told = {one["clause"]: one for one in _json(formula.get("part_formulas"), [])}
    for clause, part in parts.items():
        if part is not None:
            verdict = VERDICT_WORDS.get(str(part["verdict"]), str(part["verdict"]))
            words = part_in_words(part, told.get(clause, {}))
            yield f"- {clause} {told.get(clause, {}).get('title', '')}：{words} → {verdict}"


def part_in_words(part: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What one part of a composite compares; `told` is its operator and unit as the formula lists them."""
    relation = Relation(
        str(told.get("operator") or ">="), str(told.get("unit") or ""), exact(part["threshold"]), exact(part["value"])
    )
    if not relation.is_comparable:
        return "数值不可知"
    return f"{compared(relation)}　{'成立' if relation.holds else '不成立'}"


def _conventions(explained: Explained) -> list[str]:
    lines = []
    for setting in _json(explained.formula.get("conventions"), []):
        reason = setting.get("quote") or setting.get("note") or ""
        basis = setting["basis"]
        value = f"{_setting(setting.get('shown', setting['value']))}{_days(setting)}"
        lines.append(f"- [{basis}] {setting.get('title') or setting['id']}：{value}　{BASES[basis]}：{reason}")
    return lines


def _days(setting: Mapping[str, Any]) -> str:
    """The days a convention holds in, where it was amended."""
    since, until = (setting.get(end) for end in ("from", "to"))
    words = [f"自 {since} 起" if since else "", f"至 {until} 前" if until else ""]
    return f"（{'，'.join(filter(None, words))}）" if since or until else ""


def _setting(value: object) -> str:
    if isinstance(value, Mapping):
        return "，".join(f"{name} {'缺' if one is None else plain(one)}" for name, one in value.items())
    return plain(value)


def _verdict(explained: Explained) -> list[str]:
    finding = explained.finding
    detail = _json(finding.get("detail"), {})
    reason = f"：{detail['reason']}" if detail.get("reason") else ""
    return [f"{verdict_words(finding)}{reason}"]


# ---- sensitivity


def sensitivity(finding: Mapping[str, Any], formula: Mapping[str, Any]) -> list[str]:
    """Whether the verdict would flip at the endpoint or under another published convention, and how far it is off."""
    detail = _json(finding.get("detail"), {})
    relation = relation_of(finding, formula)
    numerator, operator, whole = relation.numerator, relation.operator, relation.due
    if finding["verdict"] not in CLOSED:
        return ["没有达标与否的结论，不受其他理解影响。"]
    if _is_composite(detail.get("inputs")):
        return ["由各分项合成：端点与口径的影响见各分项的说明。"]
    measure = str(formula.get("measure"))
    if isinstance(relation.limit, Window):
        return list(_from_window(relation, relation.limit))
    if numerator is None or whole is None:
        return ["数值不可知，说不出离界限多远。"]
    if operator not in ENDPOINT:
        return [_distance(finding, measure, numerator, whole)]
    lines = [_endpoint(operator, numerator, whole), _distance(finding, measure, numerator, whole)]
    inputs = detail.get("inputs")
    if isinstance(inputs, Mapping):
        lines += _other_conventions(inputs, operator, numerator, whole, measure)
    return [line for line in lines if line]


def _endpoint(operator: str, numerator: Fraction, whole: Fraction) -> str:
    other = ENDPOINT[operator]
    included, excluded = ("不含", "含") if "=" in operator else ("含", "不含")
    text = f"若标准{included}本数（“{SIGNS[operator]}”读作“{SIGNS[other]}”）"
    if compares(numerator, operator, whole) != compares(numerator, other, whole):
        return f"{text}：结论{FLIPS}（恰在界上，现按{excluded}本数）。"
    return f"{text}：结论不变。"


COUNTED: Final = {
    "county_spot_check": "项",
    "institution_satisfaction": "份",
    "institution_subject_satisfaction": "份",
    "project_satisfaction": "份",
}
"""Measures of whole things, and what is counted: 94.8 of them lacking means 95."""


def _distance(finding: Mapping[str, Any], measure: str, numerator: Fraction, whole: Fraction) -> str:
    """How much is lacking or how much there is beyond the limit, in what is counted."""
    gap = whole - numerator
    if gap == 0:
        return "恰好等于标准。"
    side, unit = "还差" if gap > 0 else "超出", str(finding.get("unit") or "")
    if unit == "布尔":
        return "只有是与否，没有相差多少。"
    if measure in COUNTED:
        return f"{side}{math.ceil(gap) if gap > 0 else math.floor(-gap)}{COUNTED[measure]}。"
    has_unit = unit not in ("", "比例")
    return f"{side} {number(abs(gap))}" + (f" {unit}。" if has_unit else "（与标准所要求的数量相比）。")


def _from_window(relation: Relation, window: Window) -> Iterator[str]:
    """How far a figure is from either end of a window."""
    first, last = relation.numerator, relation.last or relation.numerator
    if first is None or last is None:
        yield "数值不可知，说不出离窗口多远。"
        return
    unit = "天" if window.is_dated else relation.unit
    if first < window.low:
        yield f"比窗口的起点{'早' if window.is_dated else '少'} {written(window.low - first, unit, 3)}。"
    if last > window.high:
        yield f"比窗口的终点{'晚' if window.is_dated else '多'} {written(last - window.high, unit, 3)}。"
    if relation.holds:
        yield "首尾两端都算在窗口之内。"
    if first == window.low or last == window.high:
        yield f"恰在窗口的端点上；若端点不算：结论{FLIPS}。"


def _other_conventions(
    inputs: Mapping[str, Any],
    operator: str,
    numerator: Fraction,
    whole: Fraction,
    measure: str,
) -> Iterator[str]:
    now = compares(numerator, operator, whole)
    for name, (words, _) in OTHER_COUNTS.items():
        other = exact(inputs.get(name))
        if other is not None and other != numerator and measure != "teacher_cycle_sum":
            flips = compares(other, operator, whole) != now
            yield f"若{words}（{number(other)} 而非 {number(numerator)}）：结论{FLIPS if flips else '不变'}。"
    lost = [exact(inputs.get(name)) for name in CAP_LOSSES]
    known = [amount for amount in lost if amount is not None]
    is_credits = exact(inputs.get("credits")) == numerator
    if known and is_credits and sum(known) > 0:
        without = numerator + sum(known)
        flips = compares(without, operator, whole) != now
        yield f"若不设封顶（{number(without)} 学分）：结论{FLIPS if flips else '不变'}。"


# ---- ledger and sources


def _ledger(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A teacher's records line by line: hours, credits before caps, what each cap took, what is left."""
    if not rows:
        return []
    lines = [" | ".join(LEDGER_HEAD), *(" | ".join(ledger_line(row)) for row in rows)]
    hours = sum((Decimal(str(row["counted_hours"] or 0)) for row in rows), Decimal(0))
    credits_left = sum((Decimal(str(row["credits"] or 0)) for row in rows), Decimal(0))
    unknown = sum(1 for row in rows if row["status"] == LineStatus.NEED_TABLE)
    tail = f"；另有 {unknown} 条学分不可知" if unknown else ""
    lines.append(f"合计 {len(rows)} 条：{plain(hours)} 学时，{plain(credits_left)} 学分{tail}")
    return lines


def ledger_line(row: Mapping[str, Any]) -> list[str]:
    """One record under ``LEDGER_HEAD``."""
    status = STATUSES.get(str(row["status"]), str(row["status"]))
    if row.get("counts") is False:
        status = UNCOUNTED if status == STATUSES[LineStatus.OK] else f"{status}，{UNCOUNTED}"
    if row.get("at_fault"):
        status += f"　{FAULT}"
    reason = REASONS.get(str(row["reason_code"]), str(row["reason_code"])) if row.get("reason_code") else ""
    return [
        str(row["credit_year"] if row["credit_year"] is not None else "—"),
        str(row["record_id"]),
        str(row["end_date"]),
        f"{row['source_type']}·{row['level']}",
        *(plain(row[name]) for name in ("counted_hours", "base_credits", "lost_project", "lost_school", "credits")),
        status + (f"（{reason}）" if reason else ""),
        place(row),
    ]


def _sources(sources: Sequence[SourceRows]) -> list[str]:
    lines = []
    for source in sources:
        lines.append(f"{source.title}：{counted(source)}")
        for row in source.rows:
            cells = "，".join(f"{header} {source.cell(row, name)}" for name, header in source.columns.items())
            mark = source.mark(row)
            lines.append(f"  {place(row)}　{cells}" + (f"　{mark}" if mark else ""))
    return lines


def counted(source: SourceRows) -> str:
    """How many rows there are, how many of them are listed, and how many don't pass the filters."""
    more = f"，列出 {len(source.rows)} 行" if len(source.rows) < source.total else ""
    scope = f"，{source.scope}" if source.scope else ""
    left_out = f"；另有 {source.left_out} 行不合“只计”的条件，{UNCOUNTED}，没有列出" if source.left_out else ""
    return f"{source.total} 行{more}{scope}{left_out}"


def place(row: Mapping[str, Any]) -> str:
    """File, sheet and row as a person finds them."""
    if row.get("_file") is None:
        return "—"
    sheet = f" 工作表“{row['_sheet']}”" if row.get("_sheet") else ""
    return f"{row['_file']}{sheet} 第 {row['_row']} 行"


# ---- values


def _json(text: object, default: Any) -> Any:
    return default if text is None else json.loads(str(text))
