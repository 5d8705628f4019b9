"""Sentences by rule: what may be said is written in `sentences/*.yaml`, each sentence with the condition it stands on.

A topic's file holds groups; of a group at most one sentence is said, the first whose condition holds and whose figures
are all known. Conditions compare exact values, never rounded ones, and nothing holds of what is not known. Here are
the reading and the choosing; the figures come from `dashboards.report.figures`, the words from the files.
"""

import operator
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Final

from dashboards.report.model import Cite, Inline, Kind, Note, Number, Paragraph, Ref
from models.yaml_files import parse_yaml

SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "≠": operator.ne,
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
}
ABSENT: Final = ".absent"
"""A rule of this name says that evidence is missing; its paragraph is marked as such."""
_TEST: Final = re.compile(r"^(\w+) ([=≠<≤>≥]) (\S+)$")
_KNOWN: Final = re.compile(r"^(known|unknown) (\w+)$")


class RuleWrong(ValueError):
    """A sentence file says something that can't be read: which file, which rule."""


@dataclass(frozen=True)
class Said:
    """Why something is said: the rule and the figures it named."""

    rule: str
    figures: Mapping[str, "Value"]


@dataclass(frozen=True)
class Phrase:
    """A part of a sentence that has a rule of its own."""

    parts: tuple[Inline, ...]
    why: tuple[Said, ...] = ()


Value = Number | Phrase | Note | Ref | Cite | Fraction | Decimal | int | str | None
Figures = Mapping[str, Value]
Named = dict[str, Value]
"""Figures by name, before they are handed to sentences."""


@dataclass(frozen=True)
class Condition:
    """One comparison of a figure with another or with a constant."""

    left: str
    sign: str
    right: str

    def holds(self, figures: Figures) -> bool:
        """Whether it surely holds."""
        if self.sign in {"known", "unknown"}:
            return is_known(figures[self.left]) is (self.sign == "known")
        one, other = (
            exact(figures[self.left]),
            exact(figures[self.right]) if self.right in figures else _constant(self.right),
        )
        if one is None or other is None:
            return False
        return SIGNS[self.sign](one, other)

    @property
    def names(self) -> Iterator[str]:
        """Names it may look up; a word that is no figure stands for itself."""
        yield self.left
        if self.right and not _is_constant(self.right):
            yield self.right


@dataclass(frozen=True)
class Rule:
    """One sentence and the condition it stands on."""

    name: str
    when: tuple[Condition, ...]
    says: str

    @property
    def places(self) -> list[str]:
        """The figures its text names, in order."""
        return [name for _, name, _, _ in string.Formatter().parse(self.says) if name]

    def stands(self, figures: Figures) -> bool:
        """Whether its conditions hold and all it names is known."""
        return all(is_known(figures[name]) for name in self.places) and all(test.holds(figures) for test in self.when)

    def said(self, figures: Figures) -> Phrase:
        """The sentence with its figures in their places."""
        parts: list[Inline] = []
        why: list[Said] = []
        for text, name, _, _ in string.Formatter().parse(self.says):
            if text:
                parts.append(text)
            value = figures[name] if name else None
            if isinstance(value, Phrase):
                parts += value.parts
                why += value.why
            elif isinstance(value, (Number, Note, Ref, Cite)):
                parts.append(value)
            elif name:
                parts.append(str(value))
        used = {
            name: figures[name]
            for name in (*self.places, *(n for test in self.when for n in test.names))
            if name in figures
        }
        return Phrase(tuple(parts), (Said(self.name, used), *why))


def exact(value: Value) -> Fraction | str | None:
    """A value as conditions compare it: never rounded; None where it isn't known."""
    if isinstance(value, Number):
        return value.exact if value.is_known else None
    if isinstance(value, (int, Decimal, Fraction)):
        return Fraction(value)
    return value if isinstance(value, str) else None


def is_known(value: Value) -> bool:
    """Whether there is something to say; an empty phrase is something: nothing to add."""
    return value.is_known if isinstance(value, Number) else value is not None


def phrase(topic: str, group: str, figures: Figures) -> Phrase:
    """The sentence a group gives for these figures; an empty one where none stands."""
    for rule in rules(topic)[group]:
        if rule.stands(figures):
            return rule.said(figures)
    return Phrase(())


def say(topic: str, group: str, figures: Figures, kind: Kind = "body") -> list[Paragraph]:
    """As `phrase`, as a paragraph; none where no sentence stands."""
    found = phrase(topic, group, figures)
    if found.why and found.why[0].rule.endswith(ABSENT):
        kind = "absent"
    return [Paragraph(found.parts, kind, found.why)] if found.parts else []


def joined(*found: Phrase, kind: Kind = "body") -> list[Paragraph]:
    """Sentences that follow one another in one paragraph."""
    parts = tuple(part for one in found for part in one.parts)
    return [Paragraph(parts, kind, tuple(why for one in found for why in one.why))] if parts else []


def heading(topic: str, figures: Figures) -> tuple[str, tuple[Said, ...]]:
    """The topic's finding in one line, and why it may be said."""
    found = phrase(topic, "heading", figures)
    if not found.parts:
        raise RuleWrong(f"{topic}: no heading stands")
    return "".join(part.text if isinstance(part, Number) else str(part) for part in found.parts), found.why


@cache
def rules(topic: str) -> Mapping[str, Sequence[Rule]]:
    """A topic's rules by group, in the order they are tried."""
    text = files("dashboards.report").joinpath("sentences", f"{topic}.yaml").read_text(encoding="utf-8")
    groups: Any = parse_yaml(text).content
    return {
        group: tuple(_rule(f"{topic}.{group}.{name}", written) for name, written in listed.items())
        for group, listed in groups.items()
    }


def topics() -> list[str]:
    """Every topic there are sentences for."""
    folder = files("dashboards.report").joinpath("sentences")
    return sorted(each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml"))


def _rule(name: str, written: Any) -> Rule:
    if isinstance(written, str):
        return Rule(name, (), written)
    if not isinstance(written, dict) or set(written) != {"when", "says"}:
        raise RuleWrong(f"{name}: a rule has when and says, or is a sentence alone")
    return Rule(
        name, tuple(_condition(name, part.strip()) for part in str(written["when"]).split(";")), written["says"]
    )


def _condition(rule: str, text: str) -> Condition:
    if known := _KNOWN.match(text):
        return Condition(known[2], known[1], "")
    if test := _TEST.match(text):
        return Condition(*test.groups())
    raise RuleWrong(f"{rule}: “{text}” is no comparison")


def _is_constant(text: str) -> bool:
    return re.fullmatch(r"\d+(/\d+)?", text) is not None


def _constant(text: str) -> Fraction | str:
    return Fraction(text) if _is_constant(text) else text
