"""What an .xlsx says in its XML that calamine does not hand on.

Error values, formulas whose value was never saved, all digits of long numbers, what a format shows beside a number,
text that is struck out, raised or lowered, rows and columns that are hidden. The XML is searched as bytes first; only a
sheet in which one of these is found is parsed, so that plain workbooks cost one more look.
"""

import functools
import itertools
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from lxml import etree

from pipelines.ingest.reading.grid import Note
from pipelines.ingest.reading.limits import MIB
from pipelines.ingest.reading.marks import marked
from pipelines.ingest.reading.number_formats import Shown, telling_styles

Cells = dict[int, dict[int, str]]
"""Texts by row and column, both counted from 0."""

_PLACE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_SIGNS: Final = tuple(
    re.compile(sign)
    for sign in (
        rb"t=[\"']e[\"']",
        rb"hidden=[\"'](?:1|true)[\"']",
        rb"f>\s*</(?:\w+:)?c>",
        rb"/>\s*</(?:\w+:)?c>",
        rb"<v></",
        rb"v></\w+:v>",
        rb"v>-?(?:\d{16}|\d(?:\.\d+)?[Ee]\+?(?:1[5-9]|[2-9]\d))",
        rb"strike",
        rb"vertAlign",
    )
)
"""What calls for a closer look: each begins with plain characters, for which bytes are searched many times faster."""
_MARKED: Final = (re.compile(rb"strike"), re.compile(rb"vertAlign"))
_ZERO: Final = re.compile(rb"f><(?:\w+:)?v>0</")
_ROW: Final = re.compile(rb"""row\s[^>]*?\br=["'](\d+)""")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_OVERLAP: Final = 1024
_TRUE: Final = frozenset({"1", "true"})
_EXACT_DIGITS: Final = 15
_LARGEST_EXACT: Final = 2**53


@dataclass
class SheetFacts:
    """What the XML says of one sheet: texts that replace or fill calamine's, and notes."""

    texts: Cells = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    fault: str = ""
    """Why the sheet cannot be read for certain, though calamine made something of it."""

    def width(self) -> int:
        """Columns up to the last of these texts."""
        return max((column + 1 for cells in self.texts.values() for column in cells), default=0)

    def put(self, row: int, column: int, text: str) -> None:
        self.texts.setdefault(row, {})[column] = text


@dataclass(frozen=True)
class Package:
    """The parts of a workbook that are looked into; `sheets` by name. Empty for what is no .xlsx."""

    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    since_1904: bool = False

    @classmethod
    def of(cls, path: Path) -> "Package":
        """Look into a workbook; an unusual or slightly damaged package that calamine could read tells nothing."""
        if not zipfile.is_zipfile(path):
            return cls()
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return cls()
            try:
                return _looked_into(archive)
            except (KeyError, ValueError, etree.XMLSyntaxError, zipfile.BadZipFile):
                return cls()


def _looked_into(archive: zipfile.ZipFile) -> Package:
    book = etree.fromstring(archive.read("xl/workbook.xml"), _parser())
    settings = book.find("{*}workbookPr")
    strings = _marked_strings(archive)
    struck, shown = _telling_styles(archive)
    parts = _sheet_parts(archive, book)
    # a program that leaves the reckoning to Excel puts a 0 where a value would be
    reckoning = book.find("{*}calcPr")
    is_left = reckoning is not None and reckoning.get("fullCalcOnLoad") in _TRUE
    looks = _Looks(strings, struck, shown, is_left)
    sheets = {name: _Sheet(archive, part, looks).facts() for name, part in parts.items()}
    return Package(sheets, settings is not None and settings.get("date1904") in _TRUE)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _sheet_parts(archive: zipfile.ZipFile, book: etree._Element) -> dict[str, str]:
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), _parser())
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    parts = {}
    for sheet in book.iter("{*}sheet"):
        target = targets.get(next((v for k, v in sheet.attrib.items() if str(k).endswith("}id")), ""), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.namelist():
            parts[str(sheet.get("name"))] = part
    return parts


def _marked_strings(archive: zipfile.ZipFile) -> dict[int, str]:
    """Shared strings of which a part is struck out, raised or lowered, by their number."""
    part = "xl/sharedStrings.xml"
    if part not in archive.namelist() or not _mentions(archive, part, _MARKED):
        return {}
    found = {}
    number = 0
    with archive.open(part) as stream:
        for _, item in etree.iterparse(stream, tag="{*}si", resolve_entities=False, no_network=True, huge_tree=True):
            text = rich_text(item)
            if text is not None:
                found[number] = text
            number += 1
            item.clear()
    return found


def rich_text(item: etree._Element) -> str | None:
    """A text of several runs with its marks; None where no run has any."""
    runs = [child for child in item if etree.QName(child).localname == "r"]
    texts = []
    is_marked = False
    for run in runs:
        strike, raised = run.find("{*}rPr/{*}strike"), run.find("{*}rPr/{*}vertAlign")
        is_struck = strike is not None and strike.get("val", "1") in _TRUE
        is_raised = raised is not None and raised.get("val") in {"superscript", "subscript"}
        is_marked = is_marked or is_struck or is_raised
        texts.append(marked(run.findtext("{*}t") or "", struck=is_struck, raised=is_raised))
    return "".join(texts) if is_marked else None


def _telling_styles(archive: zipfile.ZipFile) -> tuple[frozenset[str], dict[str, Shown]]:
    """Numbers of the cell styles whose font is struck out, and of those whose format shows more than the number."""
    part = "xl/styles.xml"
    if part not in archive.namelist():
        return frozenset(), {}
    styles = etree.fromstring(archive.read(part), _parser())
    fonts = [font.find("{*}strike") for font in styles.iterfind("{*}fonts/{*}font")]
    struck = {str(n) for n, sign in enumerate(fonts) if sign is not None and sign.get("val", "1") in _TRUE}
    formats = styles.iterfind("{*}cellXfs/{*}xf")
    return frozenset(str(n) for n, each in enumerate(formats) if each.get("fontId") in struck), telling_styles(styles)


@dataclass(frozen=True)
class _Looks:
    """What holds for all sheets: marked shared strings, struck-out styles, formats that show more than a number."""

    strings: dict[int, str]
    styles: frozenset[str]
    shown: dict[str, Shown]
    zeros_are_unsaved: bool

    def signs(self) -> Sequence[re.Pattern[bytes]]:
        """What in a sheet's XML calls for a closer look."""
        zero = [_ZERO] if self.zeros_are_unsaved else []
        numbers = "|".join(self.shown).encode()
        styled = [re.compile(rb"s=[\"'](?:" + numbers + rb")[\"']")] if numbers else []
        return [*_SIGNS, *zero, *styled]


class _Sheet:
    """One sheet's XML on its way to its facts."""

    def __init__(self, archive: zipfile.ZipFile, part: str, looks: _Looks) -> None:
        self._archive, self._part = archive, part
        self._looks = looks
        self._facts = SheetFacts()
        self._long: dict[int, list[tuple[int, str]]] = {}
        self._hidden = {"row": 0, "col": 0}
        self._is_filtered = False

    def facts(self) -> SheetFacts:
        looks = self._looks
        has_signs, self._facts.fault = _glance(self._archive, self._part, looks.signs())
        if not self._facts.fault and (looks.strings or looks.styles or has_signs):
            for element in self._elements():
                self._look(element)
            for column, numbers in self._long.items():
                self._decide(column, numbers)
            self._facts.notes += hidden_notes(**self._hidden, is_filtered=self._is_filtered)
        return self._facts

    def _elements(self) -> Iterator[etree._Element]:
        tags = tuple(f"{{*}}{name}" for name in ("c", "row", "col", "autoFilter"))
        with self._archive.open(self._part) as stream:
            for _, element in etree.iterparse(
                stream, tag=tags, resolve_entities=False, no_network=True, huge_tree=True
            ):
                yield element
                if etree.QName(element).localname != "c":
                    element.clear()

    def _look(self, element: etree._Element) -> None:
        name = etree.QName(element).localname
        if name == "c":
            place = _PLACE.fullmatch(element.get("r") or "")
            if place:
                self._cell(element, int(place[2]) - 1, _number(place[1]))
        elif name == "autoFilter":
            self._is_filtered = True
        elif element.get("hidden") in _TRUE:
            span = int(element.get("max") or 1) - int(element.get("min") or 1) + 1 if name == "col" else 1
            self._hidden[name] += span

    def _cell(self, cell: etree._Element, row: int, column: int) -> None:
        kind, value, formula = cell.get("t") or "n", cell.find("{*}v"), cell.find("{*}f")
        text = value.text if value is not None else None
        if kind == "e":
            self._facts.put(row, column, text or "#VALUE!")
        elif formula is not None and self._is_unsaved(text, kind):
            self._facts.put(row, column, f"={formula.text or '公式'}")
        elif kind == "s" and text and text.isdecimal() and int(text) in self._looks.strings:
            self._facts.put(row, column, self._looks.strings[int(text)])
        elif kind == "inlineStr" and (inline := cell.find("{*}is")) is not None and (rich := rich_text(inline)):
            self._facts.put(row, column, rich)
        elif kind == "n" and text and is_long(text):
            self._long.setdefault(column, []).append((row, text))
        elif kind == "n" and text and (shown := self._looks.shown.get(cell.get("s") or "")):
            self._facts.put(row, column, shown.text(text))
        elif cell.get("s") in self._looks.styles and (text or kind == "inlineStr"):
            self._facts.put(row, column, STRUCK_WHOLE)

    def _is_unsaved(self, text: str | None, kind: str) -> bool:
        return (text == "0" and self._looks.zeros_are_unsaved) if text else kind != "str"

    def _decide(self, column: int, numbers: list[tuple[int, str]]) -> None:
        """Long numbers keep their digits if some of the column cannot have lost any; else all are shown as lossy."""
        are_exact = any(not may_have_lost_digits(text) for _, text in numbers)
        for row, text in numbers:
            is_plain = text.lstrip("-").isdecimal()
            self._facts.put(row, column, text if are_exact and is_plain else lossy(Decimal(text)))


def hidden_notes(row: int, col: int, *, is_filtered: bool = False) -> Iterator[Note]:
    """What is told of so many hidden rows and columns."""
    if row:
        how = "（表上有筛选）" if is_filtered else ""
        yield Note("hidden_rows", f"有 {row} 行是隐藏的{how}，已照常读取，请核对是否应当计入")
    if col:
        yield Note("hidden_columns", f"有 {col} 列是隐藏的，已照常读取，请核对是否应当采用")


STRUCK_WHOLE: Final = "\u0336"
"""Stands for a cell that is struck out as a whole: its text is calamine's."""


def is_long(text: str) -> bool:
    """Whether a number as written has more than fifteen digits before the point."""
    try:
        return abs(Decimal(text)) >= Decimal(10) ** _EXACT_DIGITS
    except ArithmeticError:
        return False


def may_have_lost_digits(text: str) -> bool:
    """Whether a long number may have gone through a spreadsheet or a floating point number on its way.

    A spreadsheet leaves fifteen digits and zeros; a program that writes floating point numbers leaves the shortest text
    that gives the same one.
    """
    digits = text.lstrip("-")
    if not digits.isdecimal() or not digits[_EXACT_DIGITS:].strip("0"):
        return True
    return int(digits) > _LARGEST_EXACT and Decimal(repr(float(digits))) == Decimal(digits)


def lossy(value: Decimal) -> str:
    """A number of which the last digits are not known, in the form in which staging refuses it as a code."""
    return f"{value:.14E}"


def _number(letters: str) -> int:
    return functools.reduce(lambda n, letter: n * 26 + ord(letter) - 64, letters, 0) - 1


def _mentions(archive: zipfile.ZipFile, part: str, signs: Sequence[re.Pattern[bytes]]) -> bool:
    return any(sign.search(piece) for piece, _ in _pieces(archive, part) for sign in signs)


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[bytes, bytes]]:
    """A part's bytes, piece by piece: with the end of the piece before, and without."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(MIB):
            yield tail + chunk, chunk
            tail = chunk[-_OVERLAP:]


def _glance(archive: zipfile.ZipFile, part: str, signs: Sequence[re.Pattern[bytes]]) -> tuple[bool, str]:
    """Whether a sheet has one of the signs, and what is wrong with its XML, as two rows of one number are."""
    has_sign = False
    last, rest = 0, b""
    for piece, fresh in _pieces(archive, part):
        if not last and fresh.startswith(_WIDE):
            return False, "工作表的内容是 UTF-16 编码"
        has_sign = has_sign or any(sign.search(piece) for sign in signs)
        text = rest + fresh
        whole = text.rfind(b">") + 1
        numbers = [last, *map(int, _ROW.findall(text, 0, whole))]
        if any(below <= above for above, below in itertools.pairwise(numbers)):
            return False, "工作表的行号有重复或倒退"
        last, rest = numbers[-1], text[whole:]
    return has_sign, ""
