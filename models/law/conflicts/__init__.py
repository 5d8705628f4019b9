"""Where documents differ on one thing, and how that is resolved: conflicts.yaml as checked values.

Belongs here: what differs between clauses and which of them is judged where. What a clause says stands with the
clause, how it is judged in `models.findings`; nothing here changes a verdict.
"""

import difflib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from models.law import Policies, PolicyError, load_policies
from models.law.reading import parse
from models.law.schema import Jurisdiction, Strict
from models.yaml_files import Yaml

__all__ = ["Conflict", "Resolution", "Saying", "conflicts_of", "load_conflicts", "read_conflicts"]

FILE = Path(__file__).parent / "conflicts.yaml"
Resolution = Literal["most_specific", "both_apply", "each_in_its_place"]
Text = Annotated[str, Field(min_length=1)]


class Saying(Strict):
    """What one clause says of the matter, in a few words."""

    clause: Text
    says: Text


class Conflict(Strict):
    """One matter on which clauses of several documents differ.

    `settings` are conventions (document/name) that carry the difference into the figures; `basis` is 文 where the
    texts themselves settle it, 推 where we infer it.
    """

    id: Text
    title: Text
    resolved: Resolution
    basis: Literal["文", "推"]
    differs: Annotated[tuple[Saying, ...], Field(min_length=2)]
    settings: tuple[Text, ...] = ()
    resolution: Text

    @property
    def clauses(self) -> tuple[str, ...]:
        """The ids of the clauses that differ, in the order they are told."""
        return tuple(saying.clause for saying in self.differs)

    @property
    def documents(self) -> tuple[str, ...]:
        """The ids of their documents, each once."""
        return tuple(dict.fromkeys(clause.partition("/")[0] for clause in self.clauses))

    @property
    def binds_one_place(self) -> bool:
        """Whether some county answers to more than one of the documents."""
        return self.resolved != "each_in_its_place"


class _Register(Strict):
    conflicts: tuple[Conflict, ...]


@lru_cache(maxsize=1)
def load_conflicts() -> tuple[Conflict, ...]:
    """All conflicts of the project's documents, read once a process.

    Raises:
        PolicyError: any fault in the file.
    """
    return read_conflicts(FILE, load_policies())


def conflicts_of(clause_id: str) -> tuple[Conflict, ...]:
    """The conflicts a clause is part of; empty for one that no other document speaks of."""
    return tuple(conflict for conflict in load_conflicts() if clause_id in conflict.clauses)


def in_words(clause_id: str) -> str:
    """What other documents say otherwise of the clause's matter and which was judged; empty where none does."""
    return "；".join(_said(conflict, clause_id) for conflict in conflicts_of(clause_id))


def _said(conflict: Conflict, clause_id: str) -> str:
    others = "，".join(f"{saying.clause}“{saying.says}”" for saying in conflict.differs if saying.clause != clause_id)
    return f"关于{conflict.title}，另有 {others}：{conflict.resolution}"


def read_conflicts(path: Path, book: Policies) -> tuple[Conflict, ...]:
    """The conflicts of one file, checked against the documents they speak of.

    Raises:
        PolicyError: not YAML, unknown or missing keys, an id written twice, a clause or setting that no document
            has, or a resolution that does not fit the places the documents are law in. Every fault is named with
            its line.
    """
    raw = parse(path)
    try:
        conflicts = _Register.model_validate(raw.content).conflicts
    except ValidationError as error:
        faults = [f"{path}:{raw.line_of(fault['loc'])}: {_in_words(fault)}" for fault in error.errors()]
        raise PolicyError("\n".join(faults)) from error
    faults = list(_faults(path, raw, conflicts, book))
    if faults:
        raise PolicyError("\n".join(faults))
    return conflicts


def _in_words(fault: ErrorDetails) -> str:
    name = str(fault["loc"][-1]) if fault["loc"] else "文件"
    if fault["type"] == "extra_forbidden":
        return f"不认识键“{name}”；{_nearest(name, [*Conflict.model_fields, *Saying.model_fields])}"
    if fault["type"] == "missing":
        return f"缺少“{name}”；补上这一键"
    return f"“{name}”不能用：{fault['msg']}"


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"是否想写“{near[0]}”？" if near else f"可用的有：{'、'.join(known)}"


def _faults(path: Path, raw: Yaml, conflicts: tuple[Conflict, ...], book: Policies) -> Iterator[str]:
    seen: set[str] = set()
    for index, conflict in enumerate(conflicts):
        place = f"{path}:{raw.line_of(('conflicts', index))}: {conflict.id}"
        if conflict.id in seen:
            yield f"{place} 写了两次；编号要唯一"
        seen.add(conflict.id)
        unknown = list(_unknown(path, raw, index, conflict, book))
        yield from unknown
        if not unknown:
            yield from (f"{place} {fault}" for fault in _misfits(conflict, book))


def _unknown(path: Path, raw: Yaml, index: int, conflict: Conflict, book: Policies) -> Iterator[str]:
    for number, saying in enumerate(conflict.differs):
        if saying.clause not in book.clauses:
            line = raw.line_of(("conflicts", index, "differs", number, "clause"))
            near = difflib.get_close_matches(saying.clause, book.clauses, n=3)
            yield f"{path}:{line}: 没有条款“{saying.clause}”；相近的有：{'、'.join(near)}"
    known = [f"{document.id}/{setting.id}" for document in book for setting in document.conventions]
    for number, name in enumerate(conflict.settings):
        if name not in known:
            line = raw.line_of(("conflicts", index, "settings", number))
            near = difflib.get_close_matches(name, known, n=3)
            yield f"{path}:{line}: 没有设置“{name}”；相近的有：{'、'.join(near)}"


def _misfits(conflict: Conflict, book: Policies) -> Iterator[str]:
    """A resolution that cannot be, given where the documents are law."""
    if len(set(conflict.clauses)) != len(conflict.clauses):
        yield "同一条款写了两次；删去一处"
    places = {book.document(document).jurisdiction for document in conflict.documents}
    if len(places) == 1:
        yield "只涉及一个辖区的文件；冲突要有两个辖区的条款"
    overlap = any(_holds(wide, narrow) for wide in places for narrow in places if wide != narrow)
    if overlap != conflict.binds_one_place:
        fitting = "most_specific 或 both_apply" if overlap else "each_in_its_place"
        yield f"的 resolved 与辖区不符；应写 {fitting}"


def _holds(wide: Jurisdiction, narrow: Jurisdiction) -> bool:
    return narrow.prefix.startswith(wide.prefix)
