"""What an old .xls says in its records that calamine does not hand on: a password, errors, days counted from 1904.

Records are walked only where their bytes may hold an error value, since that is a loop over every cell.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import olefile

from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.package import Cells

_STREAMS: Final = ("Workbook", "Book", "WORKBOOK", "BOOK")
_PASSWORD: Final = 0x002F
_SINCE_1904: Final = 0x0022
_SHEET: Final = 0x0085
_BEGIN: Final = 0x0809
_END: Final = 0x000A
_FORMULA: Final = 0x0006
_ERROR: Final = 0x0205
_GLOBALS_REACH: Final = 400
_ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_MAYBE: Final = re.compile(rb"\x05\x02\x08\x00|\x02.[\x00\x07\x0f\x17\x1d\x24\x2a]...\xff\xff", re.DOTALL)


@dataclass(frozen=True)
class OldBook:
    """What was found: error values by the sheet's place in the workbook, and the first day."""

    errors: dict[int, Cells] = field(default_factory=dict)
    since_1904: bool = False

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
        for number, (kind, body) in enumerate(_records(stream, 0)):
            if kind == _PASSWORD:
                raise UnreadableFile(label, "encrypted")
            if kind == _SINCE_1904:
                since_1904 = body[:1] == b"\x01"
            if kind == _SHEET or number > _GLOBALS_REACH:
                break
        errors = _errors(stream) if _MAYBE.search(stream) else {}
        return cls(errors, since_1904)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _errors(stream: bytes) -> dict[int, Cells]:
    """Cells that hold an error, by the place of their sheet in the workbook."""
    found: dict[int, Cells] = {}
    part, depth = -2, 0  # the workbook's own records come first; charts lie inside sheets
    for kind, body in _records(stream, 0):
        if kind in {_BEGIN, _END}:
            depth += 1 if kind == _BEGIN else -1
            part += kind == _BEGIN and depth == 1
        elif kind == _ERROR and len(body) >= 8 and body[7] == 1:  # noqa: PLR2004 - row, column, style, value, kind
            _put(found, part, body, body[6])
        elif kind == _FORMULA and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":  # noqa: PLR2004
            _put(found, part, body, body[8])
    return found


def _put(found: dict[int, Cells], part: int, body: bytes, error: int) -> None:
    row, column = struct.unpack_from("<HH", body)
    found.setdefault(part, {}).setdefault(row, {})[column] = _ERRORS.get(error, "#VALUE!")
