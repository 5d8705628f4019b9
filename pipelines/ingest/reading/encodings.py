"""From a text file's bytes to clean UTF-8, whatever Excel, WPS or a platform made of it.

Encoding by byte order mark, else strict UTF-8, else GB18030 with its four-byte characters. GB18030 must never be
tried first: it reads most UTF-8 text without complaint, as nonsense. Files put together from several have lines in
both: each is judged by itself, and what is certain in neither is refused.
"""

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note
from pipelines.ingest.reading.limits import CHUNK_BYTES, MAX_RECORD_BYTES

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
_LONGEST_END: Final = 4
"""Bytes of a line end in UTF-32, or in UTF-16 with the old end sign of DOS behind it."""
_FEW: Final = 3
_DAMAGE_SHARE: Final = 100
_GOOD_PER_BAD: Final = 20
LINE_ENCODINGS: Final = frozenset({"utf-8", "gb18030"})
"""Encodings in which a line end is never part of a character, so that lines can be judged one by one."""
_DIVIDING: Final = b"\n\t,;|<"
_LINE_SIGNS: Final = ("\u2028", "\u2029", "\x85")
"""Unicode's own line ends; they end lines where nothing else does."""
_CHINESE: Final = "[\u4e00-\u9fff]"
_KINDS: Final = b"A" * 0x80 + b"C" * 0x40 + b"-" * 0x23 + b"E" * 0x07 + b"-" * 0x16
"""What a byte is in UTF-8: ASCII, one that continues a character, one that begins a Chinese one, or another."""
_TWO_OF_UTF8: Final = (b"ECCA", b"ECCECC")
"""A Chinese character in UTF-8 with ASCII or another behind it: hardly ever in GB18030, and quickly looked for."""
_MAYBE_UTF8: Final = re.compile(rb"(?m)^[\x00-\x09\x0b-\x7f]*+[\xe3-\xef][\x80-\xbf][\x80-\xbf][^\n]*$")
"""Lines whose first character beyond ASCII may be a Chinese one of UTF-8; few lines of GB18030 are."""
_SEPARATORS: Final = re.compile(rb'([,\t";])')
_QUOTED: Final = re.compile(r'"[^"]*+"')
_PAIRS: Final = re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]")
_FEWEST_PAIRS: Final = 8


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
        self.other_lines = OtherLines()
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE)
        self.mark, self.encoding = _by_mark(head) or (b"", _without_mark(path, head))
        if self.encoding == "gb18030" and _is_big5(head):
            raise UnreadableFile(label, "big5")
        start = "".join(_decoded(head[len(self.mark) :], self.encoding))
        self._lone_returns = returns_end_lines(start)
        self._line_signs = () if "\n" in start or "\r" in start else tuple(s for s in _LINE_SIGNS if s in start)
        self.start = self._cleaned(_with_newlines(start) if self._lone_returns else start)

    def utf8_chunks(self) -> Iterator[bytes]:
        """The text in UTF-8, in bounded pieces that may break anywhere.

        NUL becomes ␀ and undecodable bytes become U+FFFD, counted in `damage`. Lines in the other encoding are decoded
        by it, counted in `other_lines`.

        Raises:
            UnreadableFile: too much of it is no text in any of the encodings.
        """
        self.damage.count = 0
        self.other_lines = OtherLines()
        newlines = io.IncrementalNewlineDecoder(None, translate=True) if self._lone_returns else None
        for text in self._texts():
            ended = newlines.decode(text) if newlines else text
            yield self._cleaned(ended).encode("utf-8", "replace")
        if newlines and (rest := newlines.decode("", final=True)):
            yield self._cleaned(rest).encode("utf-8", "replace")
        self.damage.insist_readable(self.label, self.path.stat().st_size)

    def ends_in_line_end(self) -> bool:
        """Whether the last line is finished; programs that write whole lines always finish it."""
        with self.path.open("rb") as stream:
            stream.seek(-min(_LONGEST_END, self.path.stat().st_size), io.SEEK_END)
            end = stream.read().rstrip(b"\0\x1a")
        return bool(self._line_signs) or end.endswith((b"\n", b"\r"))

    def notes(self) -> list[Note]:
        """What people should know about the encoding."""
        if not self.other_lines.count:
            return []
        own, other = ("GB18030", "UTF-8") if self.encoding == "gb18030" else ("UTF-8", "GB18030")
        count, first = self.other_lines.count, self.other_lines.first
        reason = f"两种编码混用：{count} 行是 {other}，其余是 {own}，已逐行辨认，{other} 的首先在第 {first} 行附近"
        return [Note("mixed_encodings", reason, "repaired", row=first)]

    def _texts(self) -> Iterator[str]:
        if self.encoding in LINE_ENCODINGS:
            for block in _line_blocks(self.path, len(self.mark)):
                yield decoded_lines(block, self.encoding, self.damage, self.other_lines)
            return
        codecs.register_error("shixun-damage", self.damage)
        decoder = codecs.getincrementaldecoder(self.encoding)("shixun-damage")
        with self.path.open("rb") as stream:
            stream.seek(len(self.mark))
            while chunk := stream.read(CHUNK_BYTES):
                yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)

    def _cleaned(self, text: str) -> str:
        for sign in self._line_signs:
            text = text.replace(sign, "\n")
        return text.replace("\0", NUL_SIGN) if "\0" in text else text


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def returns_end_lines(start: str) -> bool:
    """Whether a carriage return by itself ends a line here, as on old Macintoshes.

    It does where there is no other line end but perhaps the last, or where lines so divided are more alike.
    """
    body = _QUOTED.sub("", start.rstrip("\r\n"))
    if not re.search(r"\r(?!\n)", body):
        return False
    if "\n" not in body:
        return True
    return _evenness(re.split(r"\r\n|\r|\n", body)) > _evenness(body.split("\n"))


def _evenness(lines: list[str]) -> float:
    """The largest share of lines that one sign divides into as many cells."""
    filled = [line for line in lines if line.strip()]
    best = 0.0
    for sign in ",\t;|":
        counts = Counter(n for line in filled if (n := line.count(sign)))
        if counts:
            best = max(best, counts.most_common(1)[0][1] / len(filled))
    return best


def _line_blocks(path: Path, start: int) -> Iterator[bytes]:
    """The file's bytes cut behind line ends, so that no character is cut."""
    rest = b""
    with path.open("rb") as stream:
        stream.seek(start)
        while chunk := stream.read(CHUNK_BYTES):
            rest += chunk
            cut = max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1
            if cut or len(rest) > MAX_RECORD_BYTES:
                cut = cut or len(rest)
                yield rest[:cut]
                rest = rest[cut:]
    if rest:
        yield rest


def decoded_lines(block: bytes, encoding: str, damage: "Damage", others: "OtherLines") -> str:
    """Whole lines as text: all at once where they are of one encoding for certain, else line by line."""
    try:
        text = block.decode(encoding)
        if encoding == "utf-8" or not _has_utf8_lines(block):
            others.seen += block.count(b"\n")
            return text
    except UnicodeDecodeError:
        pass
    one = _line_of_utf8 if encoding == "utf-8" else _line_of_gb18030
    lines = []
    for line in block.split(b"\n"):
        text, is_other = (line.decode("ascii"), False) if line.isascii() else one(line)
        damage.count += text.count(DAMAGE_SIGN)
        others.note(is_other)
        lines.append(text)
    others.seen -= 1
    return "\n".join(lines)


@dataclass
class OtherLines:
    """Lines that are in the other encoding: how many, and the first."""

    count: int = 0
    first: int = 0
    seen: int = 0

    def note(self, is_other: bool) -> None:
        self.seen += 1
        if is_other:
            self.count += 1
            self.first = self.first or self.seen


def _has_utf8_lines(block: bytes) -> bool:
    """Whether some line of a GB18030 text would be Chinese in UTF-8: GB18030 reads that without complaint."""
    kinds = block.translate(_KINDS) + b"A"
    has_two = any(two in kinds for two in _TWO_OF_UTF8)
    return has_two and any(_is_utf8(line[0]) for line in _MAYBE_UTF8.finditer(block))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_of_utf8(line: bytes) -> tuple[str, bool]:
    """A line of a UTF-8 text; cell by cell where it is damaged."""
    try:
        return line.decode(), False
    except UnicodeDecodeError:
        pieces = [_piece_of_utf8(piece) for piece in _SEPARATORS.split(line)]
        return "".join(text for text, _ in pieces), any(is_other for _, is_other in pieces)


def _piece_of_utf8(piece: bytes) -> tuple[str, bool]:
    try:
        return piece.decode(), False
    except UnicodeDecodeError:
        shown = piece.decode("utf-8", "replace")
    bad = shown.count(DAMAGE_SIGN)
    good = sum(1 for character in shown if character > "\x7f") - bad
    try:
        other = piece.decode("gb18030")
    except UnicodeDecodeError:
        return shown, False
    is_plain = good == 0 and all(_is_common(character) for character in other)
    return (other, True) if is_plain else (shown, False)


def _line_of_gb18030(line: bytes) -> tuple[str, bool]:
    """A line of a GB18030 text: by UTF-8 where that makes it Chinese; refused where both are everyday Chinese."""
    try:
        as_utf8 = line.decode()
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace"), False
    if not re.search(_CHINESE, as_utf8):
        return line.decode("gb18030", "replace"), False
    try:
        own = line.decode("gb18030")
    except UnicodeDecodeError:
        return as_utf8, True
    if all(_is_everyday(character) for character in own):
        return "".join(c if c.isascii() else DAMAGE_SIGN for c in own), False
    return as_utf8, True


def _is_common(character: str) -> bool:
    """ASCII, Chinese characters and punctuation: what a cell of a dump is written in."""
    return (
        character.isascii()
        or re.match("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2027·]", character) is not None
    )


def _is_everyday(character: str) -> bool:
    """ASCII and the 3,755 most frequent Chinese characters (GB 2312 level one)."""
    if character.isascii():
        return True
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return 0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7  # noqa: PLR2004 - rows of GB 2312


def _is_big5(head: bytes) -> bool:
    """Whether text that is no UTF-8 looks like Big5: it has second bytes that Chinese of the mainland hardly uses."""
    pairs = _PAIRS.findall(head)
    if len(pairs) < _FEWEST_PAIRS:
        return False
    try:
        codecs.getincrementaldecoder("cp950")().decode(head)
    except UnicodeDecodeError:
        return False
    low = sum(1 for pair in pairs if pair[1] < 0x7F)  # noqa: PLR2004 - the lower half of Big5's second bytes
    return low * 7 > len(pairs)


def _by_mark(head: bytes) -> tuple[bytes, str] | None:
    return next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), None)


def _without_mark(path: Path, head: bytes) -> str:
    if wide := wide_encoding(head):
        return wide
    around = _around_first_fault(path)
    if around is None:
        return "utf-8"
    # a UTF-8 file with a few damaged bytes must not turn into GB18030 nonsense as a whole
    text = around.decode("utf-8", "replace")
    bad = text.count(DAMAGE_SIGN)
    good = sum(1 for character in text if character > "\x7f") - bad
    return "utf-8" if good > _GOOD_PER_BAD * bad else "gb18030"


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 without a mark gives itself away by line ends and separators with a NUL beside them."""
    if b"\0" not in head:
        return None
    first, second = head[0::2], head[1::2]
    for name, characters, nuls in (("utf-16-le", first, second), ("utf-16-be", second, first)):
        signs = sum(1 for sign, nul in zip(characters, nuls, strict=False) if not nul and sign in _DIVIDING)
        if signs * 100 > len(head) and _is_text(head, name):
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
