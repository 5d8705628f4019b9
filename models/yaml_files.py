"""YAML that people write: read strictly and quickly, and where in its text everything stands.

Belongs here: text in, plain values and line numbers out. What the values may be, and the sentence that tells a fault,
belong to those who read: contracts, policies, cases, a commentary's head, an executor's choice.

libyaml reads it, for every command and every worker begins with some hundred files. Plain words and numbers mean what
YAML 1.2 says (`no` and `on` are words, `0123` keeps its zero and is text), and a key written twice is an error.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, Final

from yaml import CSafeLoader, MappingNode, Node, SequenceNode
from yaml.constructor import ConstructorError
from yaml.error import MarkedYAMLError
from yaml.reader import ReaderError

__all__ = ["NotYaml", "Yaml", "parse_yaml", "read_yaml"]

_TAG: Final = "tag:yaml.org,2002:"
_DIGITS: Final = "0123456789"
_PLAIN: Final = (
    ("null", r"~|null|Null|NULL|", ("", *"~nN")),
    ("bool", r"true|True|TRUE|false|False|FALSE", tuple("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", tuple("-+" + _DIGITS)),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", tuple("-+." + _DIGITS)),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", tuple(_DIGITS)),
)
"""Types that need no mark: how one is written, whole, and what it may begin with; anything else is text."""


class NotYaml(Exception):
    """Text that cannot be read; `twice` is the key that is written twice, if that is what is wrong."""

    def __init__(self, problem: str, line: int, twice: str | None = None) -> None:
        super().__init__(f"{problem}（第 {line} 行）")
        self.problem = problem
        self.line = line
        self.twice = twice


@dataclass(frozen=True)
class Yaml:
    """What was read: plain values (dict, list, str, int, float, bool, date, None), and the places they came from."""

    content: Any
    _root: Node | None

    def line_of(self, location: Sequence[str | int]) -> int:
        """The 1-based line of a place, or of the nearest place above it that exists."""
        node, line = self._root, _line(self._root)
        for step in location:
            found = _below(node, step)
            if found is None:
                break
            line, node = found
        return line


def read_yaml(path: Path) -> Yaml:
    """One file, in UTF-8.

    Raises:
        NotYaml: it cannot be read, or has a key twice.
    """
    return parse_yaml(path.read_text(encoding="utf-8-sig"))


def parse_yaml(text: str) -> Yaml:
    """One document; an empty one is None.

    Raises:
        NotYaml: it cannot be read, or has a key twice.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return Yaml(None if root is None else loader.construct_document(root), root)
    except _KeyTwice as error:
        raise NotYaml(str(error.problem), _line_at(error), twice=error.key) from error
    except MarkedYAMLError as error:
        raise NotYaml(str(error.problem), _line_at(error)) from error
    except ReaderError as error:
        raise NotYaml(f"unacceptable character #x{error.character:04x}", 1) from error
    except RecursionError as error:
        raise NotYaml("nested too deeply", 1) from error


class _KeyTwice(ConstructorError):  # type: ignore[misc] # PyYAML has no types
    def __init__(self, node: Node) -> None:
        super().__init__(None, None, f'found duplicate key "{node.value}"', node.start_mark)
        self.key = str(node.value)


class _Loader(CSafeLoader):  # type: ignore[misc]
    """libyaml's events, YAML 1.2's plain values, no key twice."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_yaml_timestamp(self, node: Node) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise ConstructorError(None, None, f"no such day: {node.value}", node.start_mark) from error

    def construct_yaml_float(self, node: Node) -> Any:
        number = super().construct_yaml_float(node)
        if not isfinite(number):
            raise ConstructorError(None, None, f"no number that can be held: {node.value}", node.start_mark)
        return number

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            name = (key.tag, str(key.value))
            if name in seen:
                raise _KeyTwice(key)
            seen.add(name)
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


_Loader.add_constructor(f"{_TAG}timestamp", _Loader.construct_yaml_timestamp)
_Loader.add_constructor(f"{_TAG}float", _Loader.construct_yaml_float)
for _type, _written, _begins in _PLAIN:
    _Loader.add_implicit_resolver(_TAG + _type, re.compile(rf"(?:{_written})\Z"), list(_begins))


def _line(node: Node | None) -> int:
    return 1 if node is None else int(node.start_mark.line) + 1


def _line_at(error: MarkedYAMLError) -> int:
    return 1 if error.problem_mark is None else int(error.problem_mark.line) + 1


def _below(node: Node | None, step: str | int) -> tuple[int, Node] | None:
    """One step down: the line of the key or item, and what stands there."""
    if isinstance(node, MappingNode):
        return next(((_line(key), value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        return _line(node.value[step]), node.value[step]
    return None
