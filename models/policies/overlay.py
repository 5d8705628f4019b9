"""What if a clause were different: a small file of changed values laid over the law.

Here belongs only reading such a file. Which verdicts then flip is for whoever judges with both.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from models.policies.reading import PolicyError, line_of, parse
from models.policies.schema import Clause

CHANGEABLE: Final = ("thresholds", "compare", "options", "where", "trigger", "quota")


def read_overlay(path: Path, clauses: Mapping[str, Clause]) -> tuple[Clause, ...]:
    """The clauses an overlay file changes, with its values in place of the law's.

    The file lists `clauses:`, each with its `id` and the keys to change (`thresholds`, `compare`, `options`,
    `where`, `trigger`, `quota`); what isn't named stays.

    Raises:
        PolicyError: an unknown clause or key, or a value that can't be; with file, line and what to write instead.
    """
    raw = parse(path)
    entries = raw.get("clauses")
    if not isinstance(entries, list) or not entries or set(raw) != {"clauses"}:
        raise PolicyError(f"{path}:1: 假设文件只有一个键 clauses，下列要改的条款（id 加要改的键）")
    return tuple(_changed(path, raw, index, entry, clauses) for index, entry in enumerate(entries))


def _changed(path: Path, raw: CommentedMap, index: int, entry: Any, clauses: Mapping[str, Clause]) -> Clause:
    place = f"{path}:{line_of(raw, ('clauses', index))}"
    name = str(entry.get("id")) if isinstance(entry, Mapping) else str(entry)
    if name not in clauses:
        near = get_close_matches(name, list(clauses), n=3, cutoff=0.3)
        raise PolicyError(f"{place}: 没有条款“{name}”；是否想写 {'、'.join(near) or '（见条款目录）'}")
    changes = {key: value for key, value in entry.items() if key != "id"}
    for key in changes:
        if key not in CHANGEABLE:
            line = line_of(raw, ("clauses", index, key))
            raise PolicyError(f"{path}:{line}: 不能改“{key}”；能改的有 {'、'.join(CHANGEABLE)}")
    if not changes:
        raise PolicyError(f"{place}: {name} 没有写要改什么；能改的有 {'、'.join(CHANGEABLE)}")
    base = clauses[name].model_dump(by_alias=True, exclude={"options", "where", "also"})
    kept = {"options": clauses[name].options, "where": clauses[name].where, "also": clauses[name].also}
    try:
        return Clause.model_validate({**base, **kept, **changes})
    except ValidationError as error:
        fault = error.errors()[0]
        words = fault["msg"].removeprefix("Value error, ")
        raise PolicyError(f"{path}:{line_of(raw, ('clauses', index, *fault['loc']))}: {words}") from error
