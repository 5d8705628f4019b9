"""What an old .xls says in its records that calamine does not hand on.

A password, errors, days counted from 1904, cells and parts of texts that are struck out or raised, what a format shows
beside a number, rows and columns that are hidden. Records are walked only where their bytes may hold one of these,
since that is a loop over every cell.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import olefile

from pipelines.ingest.reading.biff_texts import Font, marked_texts
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.number_formats import Shown, shown_by
from pipelines.ingest.reading.package import STRUCK_WHOLE, SheetFacts, hidden_notes

_STREAMS: Final = ("Workbook", "Book", "WORKBOOK", "BOOK")
_PASSWORD: Final = 0x002F
_SINCE_1904: Final = 0x0022
_SHEET: Final = 0x0085
_FONT: Final = 0x0031
_FORMAT: Final = 0x041E
_STYLE: Final = 0x00E0
_BEGIN: Final = 0x0809
_END: Final = 0x000A
_FORMULA: Final = 0x0006
_ERROR: Final = 0x0205
_NUMBER: Final = 0x0203
_SHORT_NUMBER: Final = 0x027E
_SHORT_NUMBERS: Final = 0x00BD
_SHARED: Final = 0x00FC
_CONTINUED: Final = 0x003C
_SHARED_TEXT: Final = 0x00FD
_TEXTS: Final = (0x0204, _SHARED_TEXT)
_ROW: Final = 0x0208
_COLUMNS: Final = 0x007D
_GLOBALS_REACH: Final = 10_000
_LATEST: Final = b"\x00\x06"
"""The version whose styles are known: Excel 97 and later."""
_STRUCK: Final = 0x0008
_NO_FONT: Final = 4
"""Fonts are numbered without a fourth."""
_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_MAYBE: Final = re.compile(
    rb"\x05\x02\x08\x00|\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff"
    rb"|\x08\x02\x10\x00.{12}[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]|\x7d\x00[\x0b\x0c]\x00.{8}[\x01\x03\x05\x07]",
    re.DOTALL,
)


@dataclass(frozen=True)
class OldBook:
    """What was found: facts by the sheet's place in the workbook, and the first day."""

    sheets: dict[int, SheetFacts] = field(default_factory=dict)
    since_1904: bool = False
    is_unclear: bool = False
    """Whether its records could not be followed to the end."""

    @classmethod
    def of(cls, path: Path, label: str) -> "OldBook":
        """Look into an .xls; nothing is told of what is none.

        Raises:
            UnreadableFile: it has a password.
        """
        if not olefile.isOleFile(str(path)):
            return cls()
        try:
            with olefile.OleFileIO(str(path)) as container:
                name = next((name for name in _STREAMS if container.exists(name)), None)
                if container.exists("EncryptedPackage"):
                    raise UnreadableFile(label, "encrypted")
                stream = container.openstream(name).read() if name else b""
        except (OSError, ValueError, IndexError, struct.error):
            return cls()
        return cls._of_stream(stream, label)

    @classmethod
    def _of_stream(cls, stream: bytes, label: str) -> "OldBook":
        since_1904 = False
        looks: list[tuple[int, bytes]] = []
        for number, (kind, body) in enumerate(_records(stream, 0)):
            if kind == _PASSWORD:
                raise UnreadableFile(label, "encrypted")
            if kind == _SINCE_1904:
                since_1904 = body[:1] == b"\x01"
            if kind in {_FONT, _FORMAT, _STYLE}:
                looks.append((kind, body))
            if kind == _SHEET or number > _GLOBALS_REACH:
                break
        try:
            styles = _Styles.of(looks if stream[4:6] == _LATEST else [])
            is_worth_it = styles.fonts or styles.shown or _MAYBE.search(stream)
            return cls(_Walk(styles).facts(stream) if is_worth_it else {}, since_1904)
        except (ValueError, IndexError, struct.error):
            return cls({}, since_1904, is_unclear=True)


@dataclass(frozen=True)
class _Styles:
    """Numbers of the cell styles that are struck out, and of those whose format shows more than the number.

    `fonts` are those that strike out or raise, by the number under which they are named.
    """

    struck: frozenset[int]
    shown: dict[int, Shown]
    fonts: dict[int, Font]

    @classmethod
    def of(cls, looks: Sequence[tuple[int, bytes]]) -> "_Styles":
        fonts = dict(_fonts([body for kind, body in looks if kind == _FONT]))
        formats = dict(_format(body) for kind, body in looks if kind == _FORMAT)
        telling = {number: found for number, code in formats.items() if (found := shown_by(code))}
        struck: set[int] = set()
        shown: dict[int, Shown] = {}
        for number, body in enumerate(body for kind, body in looks if kind == _STYLE):
            font, form = struct.unpack_from("<HH", body)
            if font in fonts and fonts[font].is_struck:
                struck.add(number)
            if form in telling:
                shown[number] = telling[form]
        return cls(frozenset(struck), shown, fonts)


def _fonts(bodies: Sequence[bytes]) -> Iterator[tuple[int, Font]]:
    for place, body in enumerate(bodies):
        attributes, _, _, script = struct.unpack_from("<HHHH", body, 2)
        font = Font(bool(attributes & _STRUCK), script > 0)
        if font.is_struck or font.is_raised:
            yield place + (place >= _NO_FONT), font


def _format(body: bytes) -> tuple[int, str]:
    number, length, is_wide = struct.unpack_from("<HHB", body)
    text = body[5 : 5 + length * 2].decode("utf-16-le") if is_wide & 1 else body[5 : 5 + length].decode("latin-1")
    return number, text


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


class _Walk:
    """All records once, from the first sheet to the last."""

    def __init__(self, styles: _Styles) -> None:
        self._styles = styles
        self._found: dict[int, SheetFacts] = {}
        self._hidden: dict[int, list[int]] = {}
        self._shared: list[bytes] = []
        self._marked: dict[int, str] = {}
        self._part = -2  # the workbook's own records come first

    def facts(self, stream: bytes) -> dict[int, SheetFacts]:
        depth = 0  # charts lie inside sheets
        for kind, body in _records(stream, 0):
            if kind in {_BEGIN, _END}:
                depth += 1 if kind == _BEGIN else -1
                self._part += kind == _BEGIN and depth == 1
                if self._part == 0 and self._shared and self._styles.fonts:
                    self._marked, self._shared = marked_texts(self._shared, self._styles.fonts), []
            elif self._part < 0 and (kind == _SHARED or (kind == _CONTINUED and self._shared)):
                self._shared.append(body)
            elif self._part >= 0:
                self._look(kind, body)
        for part, (rows, columns) in self._hidden.items():
            self._sheet(part).notes += hidden_notes(rows, columns)
        return self._found

    def _look(self, kind: int, body: bytes) -> None:
        if kind == _ERROR and len(body) >= 8 and body[7] == 1:  # noqa: PLR2004 - row, column, style, value, kind
            self._put(body, _ERRORS.get(body[6], "#VALUE!"))
        elif kind == _FORMULA and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":  # noqa: PLR2004
            self._put(body, _ERRORS.get(body[8], "#VALUE!"))
        elif kind in {_NUMBER, _SHORT_NUMBER, *_TEXTS}:
            self._cell(kind, body)
        elif kind == _SHORT_NUMBERS:
            row, first = struct.unpack_from("<HH", body)
            for place, at in enumerate(range(4, len(body) - 7, 6)):
                self._cell(_SHORT_NUMBER, struct.pack("<HH", row, first + place) + body[at : at + 6])
        elif kind == _ROW and body[12] & 0x20:
            self._hidden.setdefault(self._part, [0, 0])[0] += 1
        elif kind == _COLUMNS and body[8] & 1:
            first, last = struct.unpack_from("<HH", body)
            self._hidden.setdefault(self._part, [0, 0])[1] += last - first + 1

    def _cell(self, kind: int, body: bytes) -> None:
        style = struct.unpack_from("<H", body, 4)[0]
        if style in self._styles.struck:
            self._put(body, STRUCK_WHOLE)
        elif kind == _SHARED_TEXT and (text := self._marked.get(struct.unpack_from("<I", body, 6)[0])):
            self._put(body, text)
        elif kind not in _TEXTS and style in self._styles.shown:
            number = struct.unpack_from("<d", body, 6)[0] if kind == _NUMBER else _short(body[6:10])
            self._put(body, self._styles.shown[style].text(f"{number:.15g}"))

    def _put(self, body: bytes, text: str) -> None:
        row, column = struct.unpack_from("<HH", body)
        self._sheet(self._part).put(row, column, text)

    def _sheet(self, part: int) -> SheetFacts:
        return self._found.setdefault(part, SheetFacts())


def _short(packed: bytes) -> float:
    """A number in four bytes: the upper half of a floating point number or a whole number, perhaps of hundredths."""
    bits = int.from_bytes(packed, "little")
    if bits & 2:
        number = float(int.from_bytes(packed, "little", signed=True) >> 2)
    else:
        number = float(struct.unpack("<d", b"\0\0\0\0" + (bits & ~3).to_bytes(4, "little"))[0])
    return number / 100 if bits & 1 else number
