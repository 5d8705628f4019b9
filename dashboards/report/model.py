"""The yearly report as data: sections, paragraphs, tables, figures, notes, and the numbers in them.

Everything a renderer prints is here, and nothing of how it prints. A number is fetched once, rounded once (half up)
when it is made, and carries its unit, its formula, the clauses it answers to and the release it came from.
Content (which sections, which sentences) belongs to `dashboards.report.content`.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from dashboards.site import numbers
from dashboards.site.region import HIDDEN
from dashboards.site.verdicts import Mark
from models.law import load_policies
from models.marts.suppression import ROUNDED

Scale = Literal["count", "percent", "points", "decimal", "change", "amount"]
LARGEST_TITLE: Final = 30
LINE_POINTS: Final = 440
CHARACTERS: Final = 42
"""Characters of a table's type on a line of the page."""
SHORT_LINES: Final = 12
PLACES: Final[Mapping[str, int]] = {"count": 0, "percent": 1, "points": 1, "decimal": 1, "change": 0, "amount": 1}
UNSIGNED: Final[Mapping[str, Scale]] = {"points": "amount", "change": "count"}
"""How the size of a change reads: points without the sign, counts as counts."""
MINUS: Final = "－"
IN_MASTHEAD: Final = frozenset({"编制单位", "成文日期"})


@dataclass(frozen=True)
class Indicator:
    """What a number is: its name, unit and formula, and the roles of the clauses it answers to."""

    key: str
    title: str
    unit: str
    formula: str
    scale: Scale = "count"
    roles: tuple[str, ...] = ()

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses it answers to, in whatever province."""
        return load_policies().roles(*self.roles)


@dataclass(frozen=True)
class Number:
    """One figure of the report, rounded for good.

    `id` is the indicator and what it is of (`coverage/330106/2019`). `value` is None where the release has no figure
    or may not show it; `hidden` says why in the second case. `places` may be fewer than usual where only a coarse
    figure may be shown.
    """

    id: str
    indicator: Indicator
    value: Decimal | None
    release: str
    hidden: str | None = None
    places: int = 0
    exact: Fraction | None = None
    """The value before rounding, for comparing; a share as a fraction of one."""

    def size(self) -> "Number":
        """How large it is, whichever way it points."""
        value = None if self.value is None else abs(self.value)
        positive = None if self.exact is None else abs(self.exact)
        unsigned = replace(self.indicator, scale=UNSIGNED.get(self.indicator.scale, self.indicator.scale))
        return replace(self, id=f"{self.id}/size", indicator=unsigned, value=value, exact=positive)

    @property
    def text(self) -> str:
        """As printed, the per cent sign included; other units stand in the sentence or the column head."""
        if self.hidden:
            return HIDDEN
        if self.value is None:
            return numbers.MISSING
        if self.indicator.scale == "percent":
            return f"{'约' if self.is_coarse else ''}{self.value}%"
        return f"{self.value:,}".replace("-", MINUS)

    @property
    def is_known(self) -> bool:
        return self.value is not None and not self.hidden

    @property
    def is_coarse(self) -> bool:
        """Whether only a coarse ratio may be shown, because few stand on one side of it."""
        return self.indicator.scale == "percent" and self.is_known and self.places == 0


def number(
    indicator: Indicator,
    of: str,
    value: Fraction | Decimal | int | None,
    release: str,
    *,
    hidden: str | None = None,
    places: int | None = None,
) -> Number:
    """A number rounded half up from its exact value. A ratio is given as a fraction of one."""
    shown = PLACES[indicator.scale] if places is None else places
    exact = None if value is None or hidden else Fraction(value)
    if exact is not None and indicator.scale in {"percent", "points"}:
        exact *= 100
    rounded = None if exact is None else numbers.rounded(exact, shown)
    told = None if value is None or hidden else Fraction(value)
    return Number(f"{indicator.key}/{of}", indicator, rounded, release, hidden, shown, told)


@dataclass(frozen=True)
class Note:
    """A footnote, set where it stands in the text."""

    text: str


@dataclass(frozen=True)
class Ref:
    """A mention of a table or figure by key; it prints as that table's number (表2-1, 附表3)."""

    key: str


@dataclass(frozen=True)
class Cite:
    """A mention of a sheet of the workbook, and of the row that holds all texts of `row`; prints as `附表3第15行`."""

    key: str
    row: tuple[str, ...] = ()


Inline = str | Number | Note | Ref | Cite
Kind = Literal["body", "absent", "blank", "comment", "stale", "small"]


@dataclass(frozen=True)
class Paragraph:
    """A run of text.

    `kind`: `absent` says that data are missing, `blank` is for a person to fill in, `comment` is the analysts' own
    words, `stale` warns that figures under a comment have changed. `why` names the rules it was made by.
    """

    parts: tuple[Inline, ...]
    kind: Kind = "body"
    why: tuple[object, ...] = ()


@dataclass(frozen=True)
class Column:
    """A table column. `share` is its part of the width."""

    title: str
    unit: str = ""
    share: float = 1.0
    is_text: bool = False


Cell = str | Number | Mark | None


@dataclass(frozen=True)
class Table:
    """A table with its notes; `number` is given when the report is put together."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    number: str = ""

    @property
    def notes_told(self) -> tuple[str, ...]:
        """The notes as lines under the table: one word 注 for all of them, numbers where there are several."""
        if len(self.notes) < 2:  # noqa: PLR2004 - one note needs no number
            return tuple(f"注：{note}" for note in self.notes)
        return tuple(f"{'' if at > 1 else '注：'}{at}．{note}" for at, note in enumerate(self.notes, start=1))

    @property
    def is_short(self) -> bool:
        """Whether it stays on one page; one that would fill most of it may break between rows."""
        whole = sum(column.share for column in self.columns)
        room = [max(int(CHARACTERS * column.share / whole) - 1, 1) for column in self.columns]
        lines = (max(-(-len(_said(cell)) // wide) for cell, wide in zip(row, room, strict=True)) for row in self.rows)
        return sum(lines) <= SHORT_LINES


@dataclass(frozen=True)
class Series:
    """One line or bar group of a chart, a number for each category."""

    title: str
    values: tuple[Number, ...]


@dataclass(frozen=True)
class Limit:
    """A line that a law draws across a chart."""

    title: str
    value: Fraction


@dataclass(frozen=True)
class Chart:
    """Bars by category, a trend over years, or points with their interval (`low`, `high` beside one series)."""

    key: str
    title: str
    alt: str
    kind: Literal["bars", "trend", "intervals"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    low: tuple[Number, ...] = ()
    high: tuple[Number, ...] = ()
    limits: tuple[Limit, ...] = ()
    number: str = ""


@dataclass(frozen=True)
class Tile:
    """One county on the tile map; `level` 1–4 on the measure's fixed scale, 0 without a figure to show."""

    row: int
    column: int
    label: str
    city_id: str | None
    value: Number
    level: int


@dataclass(frozen=True)
class Tiles:
    """A map of squares, one a county. `scale` names the levels 0–4."""

    key: str
    title: str
    alt: str
    tiles: tuple[Tile, ...]
    scale: tuple[str, ...]
    number: str = ""


def _said(cell: Cell) -> str:
    return cell.text if isinstance(cell, Number) else cell.word if isinstance(cell, Mark) else cell or ""


Block = Paragraph | Table | Chart | Tiles


@dataclass(frozen=True)
class Section:
    """A chapter or a part of one. `key` names it to the analysts' commentary."""

    key: str
    heading: str
    blocks: tuple[Block, ...] = ()
    parts: tuple["Section", ...] = ()
    why: tuple[object, ...] = ()

    def numbers(self) -> Iterator[Number]:
        """Every number printed in the section, in reading order, charts left out (they repeat figures)."""
        for block in self.blocks:
            yield from numbers_of(block)
        for part in self.parts:
            yield from part.numbers()


def numbers_of(block: Block) -> Iterator[Number]:
    """The numbers a paragraph or table prints, in reading order."""
    if isinstance(block, Paragraph):
        yield from (part for part in block.parts if isinstance(part, Number))
    elif isinstance(block, Table):
        yield from (cell for row in block.rows for cell in row if isinstance(cell, Number))


@dataclass(frozen=True)
class Signed:
    """Who put their names to a final report, and on which day."""

    compiled_by: str
    reviewed_by: str
    approved_by: str
    on: date


@dataclass(frozen=True)
class Cover:
    """What the first page says."""

    title: str
    year: int
    region: str
    issuer: str
    basis: str
    release: str
    as_of: date
    is_open: bool
    size: str = "province"
    """What it is about: `province`, `city`, `county` or `school`."""
    signed: "Signed | None" = None
    is_sample: bool = False

    @property
    def marked_stage(self) -> str:
        """What stands in the corner of the first page: the stage, and that a sample's figures are made up."""
        return f"{self.stage}　样例数据，全部虚构" if self.is_sample else self.stage

    @property
    def stage(self) -> str:
        """What kind of paper it is: 征求意见稿 until three people have put their names to it."""
        return "正式稿" if self.signed else "征求意见稿"

    @property
    def is_short(self) -> bool:
        """Whether the report begins on its first page, without a cover and contents of its own."""
        return self.size != "province"

    @property
    def dated(self) -> str:
        """The day on the document: when it was signed; blank until then."""
        return f"{self.signed.on:%Y年%-m月%-d日}" if self.signed else "　　　　年　　月　　日"

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """What the cover says besides the title, name and value."""
        signed = self.signed or Signed("　", "　", "　", self.as_of)
        return (
            ("编制单位", self.issuer or "　　　　　　　　（盖章）"),
            ("编　　制", signed.compiled_by),
            ("审　　核", signed.reviewed_by),
            ("签发（负责人）", signed.approved_by),
            ("成文日期", self.dated),
            ("数据截至", f"{self.as_of:%Y年%-m月%-d日}"),
            ("数据版本", self.release),
        )

    @property
    def imprint(self) -> tuple[str, ...]:
        """The last lines of a report without a cover: who signs it, and on what it rests."""
        names = (f"{name.replace('　', '')}：{value}" for name, value in self.lines if name not in IN_MASTHEAD)
        return "　".join(names), f"依据：{self.basis}。{ROUNDED}。指标口径与核验方法见附表工作簿。"

    @property
    def title_points(self) -> int:
        """The type size that keeps the title on one line of 156 mm, 30 pt at most."""
        return min(LARGEST_TITLE, LINE_POINTS // max(len(self.title), 1))


@dataclass(frozen=True)
class Report:
    """The whole report: its cover, its chapters, and the sheets (`annex`) that only the workbook has."""

    cover: Cover
    chapters: tuple[Section, ...]
    annex: tuple[Table, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    check_code: str = field(default="")

    def printed(self) -> Iterator[Number]:
        """Every number the document prints, in reading order, charts left out."""
        for chapter in self.chapters:
            yield from chapter.numbers()

    def numbers(self) -> Iterator[Number]:
        """Every number of the document, then those of the workbook's own sheets."""
        yield from self.printed()
        for table in self.annex:
            yield from numbers_of(table)

    def blocks(self) -> Iterator[tuple[Section, Block]]:
        """Every block with its chapter, in reading order."""
        for chapter in self.chapters:
            for block in blocks_of(chapter):
                yield chapter, block


def blocks_of(section: Section) -> Iterator[Block]:
    yield from section.blocks
    for part in section.parts:
        yield from blocks_of(part)


def check_lines(figures: Sequence[Number]) -> list[str]:
    """The lines a check code is made of: id, value and unit of each distinct number, tab-separated, in order."""
    seen = dict.fromkeys((n.id, n.text, n.indicator.unit) for n in figures)
    return ["\t".join(line) for line in seen]


def check_code(release: str, figures: Sequence[Number]) -> str:
    """Sixteen hex digits over the release id and every number, in groups of four."""
    digest = hashlib.sha256("\n".join([release, *check_lines(figures)]).encode()).hexdigest()[:16].upper()
    return "-".join(digest[start : start + 4] for start in range(0, 16, 4))


def plain(text: str | None) -> str:
    """Text from a dump made harmless for every renderer: one line, no control or direction-changing characters."""
    kept = (" " if c in "\t\r\n\u2028\u2029" else c for c in text or "")
    harmless = "".join(c for c in kept if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join(harmless.split())
