"""Turns of phrase the chapters share: sentences from parts, changes on last year, lists of names."""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.report.facts import Facts
from dashboards.report.model import Indicator, Inline, Kind, Note, Number, Paragraph, Ref, plain
from models.marts.suppression import HIDDEN, ROUNDED

NAMED = 10
"""So many names are listed in a sentence; the table has the rest."""

HIDDEN_NOTE = f"＊：{HIDDEN}。{ROUNDED}；没有人数的百分数是所在区间的中点。"
MISSING_NOTE = "—表示没有数据或不适用。"


def say(*parts: Inline | Sequence[Inline], kind: Kind = "body") -> Paragraph:
    """A paragraph from text, numbers and runs of them."""
    return Paragraph(tuple(run(*parts)), kind)


def run(*parts: Inline | Sequence[Inline]) -> list[Inline]:
    """Text, numbers and runs of them as one run."""
    flat: list[Inline] = []
    for part in parts:
        if isinstance(part, (str, Number, Note, Ref)):
            flat.append(part)
        else:
            flat.extend(part)
    return flat


def absent(text: str) -> Paragraph:
    """Says plainly that something is not there."""
    return Paragraph((text,), "absent")


def defined(facts: Facts, indicator: Indicator) -> Note:
    """The footnote at an indicator's first mention: its formula, and the clauses in force that it answers to."""
    clauses = [f"“{plain(facts.clauses[id_]['title'])}”（{id_}）" for id_ in indicator.clauses if id_ in facts.clauses]
    basis = f"相关条款：{'；'.join(clauses)}。" if clauses else ""
    return Note(f"{indicator.title}＝{indicator.formula}。{basis}")


def moved(facts: Facts, now: Number, before: Number) -> list[Inline]:
    """`比上年增加12项`, `比上年提高1.3个百分点`, `与上年持平`; nothing where last year is unknown."""
    change = facts.change(now, before)
    if not change.is_known or change.value is None:
        return []
    if not change.value:
        return ["，与上年持平"]
    is_share = now.indicator.scale == "percent"
    up, down = ("提高", "下降") if is_share else ("增加", "减少")
    amount = replace(change, value=abs(change.value), indicator=replace(change.indicator, scale="decimal"))
    amount = replace(amount, id=f"{change.id}/abs")
    return [f"，比上年{up if change.value > 0 else down}", amount, change.indicator.unit]


def names(listed: Sequence[str]) -> str:
    """`西湖区、上城区`, from the eleventh on only `等`; the sentence or the table says how many there are."""
    clean = [plain(name) for name in listed]
    return "、".join(clean[:NAMED]) + ("等" if len(clean) > NAMED else "")
