"""From a text file's bytes to clean UTF-8, whatever Excel, WPS or a platform made of it.

Encoding by byte order mark, else strict UTF-8, else GB18030 with its four-byte characters. GB18030 must never be
tried first: it reads most UTF-8 text without complaint, as nonsense.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.limits import CHUNK_BYTES

NUL_SIGN: Final = "␀"
"""Stands for a NUL byte, so that the row can be shown and rejected instead of being cut short."""

DAMAGE_SIGN: Final = "\ufffd"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 1 << 16
_FEW: Final = 3
_DAMAGE_SHARE: Final = 100
_GOOD_PER_BAD: Final = 20


class Damage:
    """Counts the bytes that no character could be made of, within one file."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, fault: UnicodeError) -> tuple[str, int]:
        if not isinstance(fault, UnicodeDecodeError):
            raise fault
        self.count += 1
        return DAMAGE_SIGN, fault.end

    def insist_readable(self, label: str, size: int) -> None:
        """Raise UnreadableFile when this is not stray damage but another encoding or no text at all."""
        if self.count > max(_FEW, size // _DAMAGE_SHARE):
            raise UnreadableFile(label, "undecodable")


class TextFile:
    """A text file with its encoding found out; `utf8_chunks` may be asked for any number of times."""

    def __init__(self, path: Path, label: str) -> None:
        self.path = path
        self.label = label
        self.damage = Damage()
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE)
        self.mark, self.encoding = _by_mark(head) or (b"", _without_mark(path, head))
        start = "".join(_decoded(head[len(self.mark) :], self.encoding))
        # old Macintosh line ends; a file that has any \n keeps its \r as they are
        self._lone_returns = "\r" in start[:-1] and "\n" not in start
        self.start = self._cleaned(start)

    def utf8_chunks(self) -> Iterator[bytes]:
        """The text in UTF-8, in bounded pieces that may break anywhere.

        NUL becomes ␀ and undecodable bytes become U+FFFD, counted in `damage`.

        Raises:
            UnreadableFile: too much of it is no text in any of the encodings.
        """
        self.damage.count = 0
        codecs.register_error("shixun-damage", self.damage)
        decoder = codecs.getincrementaldecoder(self.encoding)("shixun-damage")
        with self.path.open("rb") as stream:
            stream.seek(len(self.mark))
            while chunk := stream.read(CHUNK_BYTES):
                yield self._cleaned(decoder.decode(chunk)).encode("utf-8", "replace")
        yield self._cleaned(decoder.decode(b"", final=True)).encode("utf-8", "replace")
        self.damage.insist_readable(self.label, self.path.stat().st_size)

    def _cleaned(self, text: str) -> str:
        if "\0" in text:
            text = text.replace("\0", NUL_SIGN)
        return text.replace("\r", "\n") if self._lone_returns else text


def _by_mark(head: bytes) -> tuple[bytes, str] | None:
    return next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), None)


def _without_mark(path: Path, head: bytes) -> str:
    if wide := _wide_encoding(head):
        return wide
    around = _around_first_fault(path)
    if around is None:
        return "utf-8"
    # a UTF-8 file with a few damaged bytes must not turn into GB18030 nonsense as a whole
    text = around.decode("utf-8", "replace")
    bad = text.count(DAMAGE_SIGN)
    good = sum(1 for character in text if character > "\x7f") - bad
    return "utf-8" if good > _GOOD_PER_BAD * bad else "gb18030"


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 without a mark gives itself away by line ends and separators with a NUL beside them."""
    for name, signs in (
        ("utf-16-le", (b"\n\0", b"\t\0", b",\0")),
        ("utf-16-be", (b"\0\n", b"\0\t", b"\0,")),
    ):
        if sum(head.count(sign) for sign in signs) * 100 > len(head) and _is_text(head, name):
            return name
    return None


def _is_text(head: bytes, encoding: str) -> bool:
    try:
        text = head[: len(head) // 2 * 2].decode(encoding)
    except UnicodeDecodeError as fault:
        # a surrogate pair cut by the end of the sample is no fault
        return fault.start >= len(head) - 4
    return "\0" not in text


def _around_first_fault(path: Path) -> bytes | None:
    """Some bytes before and after the first place that is not UTF-8; None when all of the file is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as fault:
                window = before[-_SAMPLE:] + chunk
                at = min(len(before), _SAMPLE) + fault.start
                return window[max(0, at - _SAMPLE) : at + _SAMPLE]
            before = chunk
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return before[-_SAMPLE:]
    return None


def _decoded(head: bytes, encoding: str) -> Iterator[str]:
    yield codecs.getincrementaldecoder(encoding)("replace").decode(head)
