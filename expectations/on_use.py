"""Modules that are loaded when they are first used, instead of when they are imported.

Great Expectations imports scipy's statistics, altair and jsonschema for three expectations that no suite has: half of
its import, where jsonschema comes with all its formats.
Belongs here: how such modules are put off. Which ones is said where Great Expectations is imported.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


@contextmanager
def loaded_on_use(*names: str) -> Iterator[None]:
    """What is imported meanwhile finds these modules not loaded yet; `LazyLoader` loads one when it is first used."""

    class Finder(PathFinder):
        @classmethod
        def find_spec(
            cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
        ) -> ModuleSpec | None:
            spec = super().find_spec(fullname, path, target) if fullname in names else None
            if spec is not None and spec.loader is not None:
                spec.loader = LazyLoader(spec.loader)
            return spec

    sys.meta_path.insert(0, Finder)
    try:
        yield
    finally:
        sys.meta_path.remove(Finder)
