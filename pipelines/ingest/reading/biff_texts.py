"""Shared texts of an old .xls of which a part is struck out, raised or lowered.

They lie in one record after the other, cut anywhere; a text that is cut says anew how wide its characters are.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipelines.ingest.reading.marks import marked

_WIDE, _EXTENDED, _RUNS = 1, 4, 8


class Font(NamedTuple):
    """How a font's characters are shown."""

    is_struck: bool
    is_raised: bool


class _Stream:
    """Bytes that run over several records."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._records = records
        self._at, self._position = 0, 0

    def numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack(f"<{form}", self.skip(struct.calcsize(f"<{form}")))

    def skip(self, count: int) -> bytes:
        """The next bytes as they are."""
        found = b""
        while len(found) < count:
            piece = self._rest()[: count - len(found)]
            self._position += len(piece)
            found += piece
        return found

    def text(self, count: int, *, is_wide: bool) -> str:
        """The next characters."""
        found = ""
        while len(found) < count:
            if self._position == len(self._records[self._at]):
                is_wide = bool(self._rest()[0] & _WIDE)
                self._position += 1
            size = 2 if is_wide else 1
            piece = self._rest()[: (count - len(found)) * size]
            if len(piece) < size:
                raise ValueError("a character is cut")
            found += piece[: len(piece) // size * size].decode("utf-16-le" if is_wide else "latin-1", "replace")
            self._position += len(piece) // size * size
        return found

    def _rest(self) -> bytes:
        if self._position == len(self._records[self._at]):
            self._at, self._position = self._at + 1, 0
        return self._records[self._at][self._position :]


def marked_texts(records: Sequence[bytes], fonts: Mapping[int, Font]) -> dict[int, str]:
    """Texts with their marks, by their number; `fonts` are those that strike out or raise.

    Raises:
        ValueError, IndexError, struct.error: the records are damaged.
    """
    stream = _Stream(records)
    _, unique = stream.numbers("II")
    found = {}
    for number in range(unique):
        length, flags = stream.numbers("HB")
        (runs,) = stream.numbers("H") if flags & _RUNS else (0,)
        (extension,) = stream.numbers("I") if flags & _EXTENDED else (0,)
        text = stream.text(length, is_wide=bool(flags & _WIDE))
        starts = [stream.numbers("HH") for _ in range(runs)]
        stream.skip(extension)
        if any(font in fonts for _, font in starts):
            found[number] = "".join(_parts(text, starts, fonts))
    return found


def _parts(text: str, starts: Sequence[tuple[int, ...]], fonts: Mapping[int, Font]) -> Iterator[str]:
    ends = [*starts, (len(text), -1)]
    yield text[: ends[0][0]]
    for (start, font), (end, _) in pairwise(ends):
        shown = fonts.get(font, Font(is_struck=False, is_raised=False))
        yield marked(text[start:end], struck=shown.is_struck, raised=shown.is_raised)
