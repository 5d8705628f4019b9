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
SIGNS: Final = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "=", "within": "在……之内"}
ENDPOINT: Final = {">=": ">", ">": ">=", "<=": "<", "<": "<="}
"""The same comparison with its endpoint taken out or in."""
OTHER_COUNTS: Final = {
    "satisfied_with_basic": ("把“基本满意”也算满意", "numerator"),
    "projects_checked_any_level": ("任何一级的抽查都算", "numerator"),
}
"""Input that another published convention would take for the numerator."""
FLIPS: Final = "会改变"
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


@dataclass(frozen=True)
class SourceRows:
    """Rows of one staging table behind a finding: the first few, those at fault first."""

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    total: int
    at_fault: frozenset[str] = frozenset()
    scope: str = ""
    row_key: tuple[str, ...] = ()

    def is_at_fault(self, row: Mapping[str, Any]) -> bool:
        """Whether the finding names this very row."""
        return any(str(row.get(name)) in self.at_fault for name in self.row_key)


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
    lines = [f"《{title}》{number}，条款号 {clause['article']}"]
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
    lines = [f"{formula.get('measure_title') or '数值'} = {formula.get('formula') or '见来源'}"]
    lines += _substituted(finding, detail, formula)
    inputs = detail.get("inputs")
    if _is_composite(inputs):
        lines += [f"- {part}" for part in _parts(inputs)]
    elif isinstance(inputs, Mapping):
        labels = _json(formula.get("labels"), {})
        shown = [
            f"{labels.get(name, name)} {plain(value)}" for name, value in inputs.items() if value not in (None, [])
        ]
        if shown:
            lines.append("其中：" + "；".join(shown))
    if detail.get("is_lower_bound"):
        lines.append("有登记的学分不可知：以上是下限，只会更多，不会更少。")
    return lines


def _substituted(finding: Mapping[str, Any], detail: Mapping[str, Any], formula: Mapping[str, Any]) -> Iterator[str]:
    numerator, denominator = _exact(detail.get("numerator")), _exact(detail.get("denominator"))
    unit = str(finding.get("unit") or "")
    sign = SIGNS.get(str(finding["operator"]), str(finding["operator"]))
    limit = _limit_words(finding, detail)
    if numerator is None:
        yield f"数值不可知；应 {sign} {limit}"
        return
    if formula.get("quota") and denominator is not None:
        rounded = {"ceil": "向上取整", "floor": "向下取整"}[str(formula["quota"])]
        due = f"{limit} × {_number(denominator)}，{rounded}"
        yield f"{_number(numerator)} {sign} {plain(finding['threshold'])}（{due}）"
    elif denominator is not None:
        share = f"{_percent(numerator / denominator)}" if denominator else "分母为零"
        yield f"{_number(numerator)} ÷ {_number(denominator)} = {share}；比较：{share} {sign} {limit}"
        if denominator:
            yield "比较用交叉相乘，不先取整。"
    else:
        shown = plain(finding["value"]) if finding["value"] is not None else _number(numerator)
        yield f"{shown} {_unit(unit)}{sign} {limit} {_unit(unit)}".rstrip()


def _unit(unit: str) -> str:
    return "" if unit in ("", "布尔", "比例") else f"{unit} "


def _limit_words(finding: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    words = detail.get("limit")
    return str(words) if words is not None else plain(finding.get("threshold"))


def _is_composite(inputs: object) -> bool:
    """Whether the inputs are the findings of a composite's parts."""
    return isinstance(inputs, Mapping) and any(isinstance(part, Mapping) for part in inputs.values())


def _parts(parts: Mapping[str, Mapping[str, Any] | None]) -> Iterator[str]:
    for clause, part in parts.items():
        if part is not None:
            verdict = VERDICT_WORDS.get(str(part["verdict"]), str(part["verdict"]))
            yield f"{clause}：{plain(part['value'])}，标准 {plain(part['threshold'])}：{verdict}"


def _conventions(explained: Explained) -> list[str]:
    lines = []
    for setting in _json(explained.formula.get("conventions"), []):
        reason = setting.get("quote") or setting.get("note") or ""
        basis = setting["basis"]
        value = f"{_setting(setting['value'])}{_days(setting)}"
        lines.append(f"- [{basis}] {setting['id']} = {value}　{BASES[basis]}：{reason}")
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
    numerator, denominator = _exact(detail.get("numerator")), _exact(detail.get("denominator"))
    operator = str(finding["operator"])
    limit = _limit(finding, detail)
    if finding["verdict"] not in CLOSED:
        return ["没有达标与否的结论，不受其他理解影响。"]
    if _is_composite(detail.get("inputs")):
        return ["由各分项合成：端点与口径的影响见各分项的说明。"]
    if numerator is None or limit is None or operator not in ENDPOINT:
        return ["标准不是单一数值，端点与口径的影响见分项或来源。"]
    whole = limit if denominator is None else limit * denominator
    measure = str(formula.get("measure"))
    lines = [_endpoint(operator, numerator, whole), _distance(finding, measure, numerator, whole)]
    inputs = detail.get("inputs")
    if isinstance(inputs, Mapping):
        lines += _other_conventions(inputs, operator, numerator, whole, measure)
    return [line for line in lines if line]


def _endpoint(operator: str, numerator: Fraction, whole: Fraction) -> str:
    other = ENDPOINT[operator]
    included, excluded = ("不含", "含") if "=" in operator else ("含", "不含")
    text = f"若标准{included}本数（“{SIGNS[operator]}”读作“{SIGNS[other]}”）"
    if _holds(numerator, operator, whole) != _holds(numerator, other, whole):
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
    if measure in COUNTED:
        return f"{side}{math.ceil(gap) if gap > 0 else math.floor(-gap)}{COUNTED[measure]}。"
    return f"{side} {_number(abs(gap))}" + (f" {unit}。" if _unit(unit) else "（与标准所要求的数量相比）。")


def _other_conventions(
    inputs: Mapping[str, Any],
    operator: str,
    numerator: Fraction,
    whole: Fraction,
    measure: str,
) -> Iterator[str]:
    now = _holds(numerator, operator, whole)
    for name, (words, _) in OTHER_COUNTS.items():
        other = _exact(inputs.get(name))
        if other is not None and other != numerator and measure != "teacher_cycle_sum":
            flips = _holds(other, operator, whole) != now
            yield f"若{words}（{_number(other)} 而非 {_number(numerator)}）：结论{FLIPS if flips else '不变'}。"
    lost = [_exact(inputs.get(name)) for name in CAP_LOSSES]
    known = [amount for amount in lost if amount is not None]
    is_credits = _exact(inputs.get("credits")) == numerator
    if known and is_credits and sum(known) > 0:
        without = numerator + sum(known)
        flips = _holds(without, operator, whole) != now
        yield f"若不设封顶（{_number(without)} 学分）：结论{FLIPS if flips else '不变'}。"


def _limit(finding: Mapping[str, Any], detail: Mapping[str, Any]) -> Fraction | None:
    """The limit exactly: `1/3` as written in the law, not as shown."""
    words = detail.get("limit")
    if words is not None:
        try:
            return Fraction(str(words))
        except (ValueError, ZeroDivisionError):
            return None  # a window
    return _exact(finding.get("threshold"))


def _holds(value: Fraction, operator: str, limit: Fraction) -> bool:
    match operator:
        case ">=":
            return value >= limit
        case "<=":
            return value <= limit
        case ">":
            return value > limit
        case "<":
            return value < limit
    return value == limit


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
        more = f"，列出 {len(source.rows)} 行" if len(source.rows) < source.total else ""
        scope = f"，{source.scope}" if source.scope else ""
        lines.append(f"{source.title}：{source.total} 行{more}{scope}")
        for row in source.rows:
            cells = "，".join(f"{header} {plain(row.get(name))}" for name, header in source.columns.items())
            fault = "　← 不符合" if source.is_at_fault(row) else ""
            lines.append(f"  {place(row)}　{cells}{fault}")
    return lines


def place(row: Mapping[str, Any]) -> str:
    """File, sheet and row as a person finds them."""
    if row.get("_file") is None:
        return "—"
    sheet = f" 工作表“{row['_sheet']}”" if row.get("_sheet") else ""
    return f"{row['_file']}{sheet} 第 {row['_row']} 行"


# ---- values


def _json(text: object, default: Any) -> Any:
    return default if text is None else json.loads(str(text))


def _exact(value: object) -> Fraction | None:
    """A stored figure, exactly: figures are whole thousandths."""
    if value is None or isinstance(value, str | bool):
        return _from_text(value)
    return Fraction(str(value))


def _from_text(value: object) -> Fraction | None:
    try:
        return Fraction(str(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(value: Fraction) -> str:
    """A fraction as a plain number where it has an end within thousandths, else as a fraction."""
    scaled = value * 1000
    return plain(Decimal(int(scaled)) / 1000) if scaled.denominator == 1 else str(value)


def _percent(value: Fraction) -> str:
    """A share in per cent, rounded half up to two places for showing only."""
    scaled = value * 10000
    hundredths = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    return f"{plain(Decimal(hundredths) / 100)}%"


def plain(value: object) -> str:
    """A value as people write it: no trailing zeros, 是 and 否, — for nothing."""
    match value:
        case None:
            return "—"
        case bool():
            return "是" if value else "否"
        case float() | Decimal():
            text = format(Decimal(str(value)), "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        case str():
            return _trimmed(value)
        case list() | tuple():
            return "、".join(plain(one) for one in value)
    return str(value)


def _trimmed(text: str) -> str:
    """Stored decimals arrive as text: 12.000 is 12; codes stay as they are."""
    whole, point, rest = text.partition(".")
    if point and whole.lstrip("-").isdigit() and rest.isdigit() and len(rest) >= 3:  # noqa: PLR2004 - scale of amounts
        return text.rstrip("0").rstrip(".")
    return text
