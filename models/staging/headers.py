"""Where the header of a sheet is, and which of its columns is which field's.

Here belong the search for the header line (or two lines read as one), the claims of several columns to one field, and
what units and remarks do to a column. What one header cell says is `models.staging.headings`.

Of several columns that claim a field, those without content are nobody's. Then one headed by a spelling the contract
prefers (认定学时) decides, else the one under the canonical header, else none: its cells are refused.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from models.contracts import Contract, Field, normalised_name
from models.staging import headings
from models.staging.headings import Heading
from models.staging.spelling import REFUSED

#: How far down a header is looked for: title lines, notices and blank lines seldom take more.
HEADER_SEARCH_ROWS = 40
FEWEST_HITS = 2
TRACE = ("_sheet", "_row")


@dataclass(frozen=True)
class HeaderMatch:
    """Where the header is and what its columns mean.

    `row` is the first header line, `last_row` the last (they differ for a two-line header); `columns` maps a
    field name to its grid column; `labels` gives the text found there; `headings` what it says; `unknown` are grid
    columns with a header that means nothing in this table; `rivals` are the other columns that claim a field;
    `missing_required` are required fields that the sheet has no column for; `width` is how many columns the header has.
    """

    row: int
    last_row: int
    columns: Mapping[str, str]
    labels: Mapping[str, str]
    headings: Mapping[str, Heading]
    unknown: Mapping[str, str]
    rivals: Mapping[str, tuple[str, ...]]
    missing_required: tuple[Field, ...]
    width: int

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Headers that mean nothing in this table, or whose field another column holds."""
        return tuple(self.unknown.values())

    def contexts(self) -> dict[str, str]:
        """What the header says of a field's cells, as `doubts.with_context` takes it: a unit, or a refusal."""
        found = {
            name: f"{REFUSED}{heading.fault}" if heading.fault else headings.context_of(heading)
            for name, heading in self.headings.items()
        }
        return {name: context for name, context in found.items() if context}


@dataclass(frozen=True)
class _Line:
    row: int
    cells: Mapping[str, str | None]


@dataclass
class _Claims:
    """The columns of a header line under the fields they claim, and those nobody knows."""

    contract: Contract
    filled: Mapping[str, bool]
    """Which grid columns have any content below; those not named have."""
    units: tuple[str, ...]
    """What a line above says its figures are in."""
    of_field: dict[str, list[tuple[str, str, Heading]]] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def add(self, column: str, label: str, heading: Heading | None) -> None:
        if heading is None:
            self.unknown[column] = label
            return
        claims = self.of_field.setdefault(heading.field.name, [])
        # the rest of a merged header, or a second column that nobody filled in, claims nothing
        if not claims or self.filled.get(column, True):
            claims.append((column, label, headings.with_stated_unit(heading, self.units)))

    def match(self, row: int, last_row: int, width: int) -> HeaderMatch:
        chosen = {name: _decided(claims) for name, claims in self.of_field.items()}
        rivals = {
            name: tuple(column for column, _, _ in claims if column != chosen[name][0])
            for name, claims in self.of_field.items()
            if len(claims) > 1
        }
        others = {
            column: label
            for claims in self.of_field.values()
            for column, label, _ in claims
            if column not in {found[0] for found in chosen.values()}
        }
        return HeaderMatch(
            row,
            last_row,
            {name: column for name, (column, _, _) in chosen.items()},
            {name: label for name, (_, label, _) in chosen.items()},
            {name: heading for name, (_, _, heading) in chosen.items()},
            dict(sorted({**self.unknown, **others}.items())),
            rivals,
            tuple(each for each in self.contract.fields if each.required and each.name not in chosen),
            width,
        )


def _decided(claims: Sequence[tuple[str, str, Heading]]) -> tuple[str, str, Heading]:
    """The column that is the field's; where none can be told from the others, the first with its cells refused."""
    if len(claims) == 1:
        return claims[0]
    sound = [claim for claim in claims if not claim[2].fault] or list(claims)
    for wanted in (
        [claim for claim in sound if claim[2].is_preferred],
        [claim for claim in sound if claim[2].is_canonical],
        sound,
    ):
        if len(wanted) == 1:
            return wanted[0]
        if wanted:
            column, label, heading = wanted[0]
            return column, label, replace(heading, fault=heading.fault or "column_twice")
    return claims[0]


def best_header(top: pl.DataFrame, filled: Mapping[str, bool], contract: Contract) -> HeaderMatch | None:
    """The header among the first lines of a sheet, however few fields it names; None for a sheet without any line.

    The line (or two lines read together) with the most matched fields wins; a pair that is one header for certain goes
    before its upper line alone, then the higher one. `filled` says which grid columns have any content below.
    """
    lines = [_Line(row["_row"], {c: v for c, v in row.items() if c not in TRACE}) for row in top.iter_rows(named=True)]
    lines = [line for line in lines if any(cell and cell.strip() for cell in line.cells.values())]
    if not lines:
        return None
    units = _units_above(lines)
    found = [_single(line, contract, filled, units[at]) for at, line in enumerate(lines)]
    candidates = [(len(match.columns), 0, -match.last_row, match) for match in found]
    for at, (above, below) in enumerate(itertools.pairwise(lines)):
        # only beside a line that names something can a second header line be: data lines name nothing
        if (found[at].columns or found[at + 1].columns) and _is_second(above, below, contract):
            double = _double(above, below, contract, filled, units[at])
            alone = max(len(found[at].columns), len(found[at + 1].columns))
            if len(double.columns) > alone or (len(double.columns) == alone and found[at].columns):
                candidates.append((len(double.columns), 1, -double.last_row, double))
    return max(candidates, key=lambda candidate: candidate[:3])[3]


def match_line(row: int, cells: Mapping[str, str | None], contract: Contract) -> HeaderMatch:
    """One line read as a header."""
    return _single(_Line(row, cells), contract, {}, ())


def _units_above(lines: Sequence[_Line]) -> list[tuple[str, ...]]:
    """Of each line, the units that the lines above it name."""
    above: list[tuple[str, ...]] = [()]
    for line in lines[:-1]:
        named = (unit for cell in line.cells.values() if cell for unit in headings.stated_units(cell))
        above.append(tuple(dict.fromkeys((*above[-1], *named))))
    return above


def _single(line: _Line, contract: Contract, filled: Mapping[str, bool], units: tuple[str, ...]) -> HeaderMatch:
    claims = _Claims(contract, filled, units)
    width = 0
    for number, (column, label) in enumerate(line.cells.items(), start=1):
        if label and label.strip():
            width = number
            claims.add(column, label, headings.read_heading(label, contract))
    return claims.match(line.row, line.row, width)


def _columns(above: _Line, below: _Line) -> list[tuple[str, str, str | None, str | None]]:
    """Of each column: its name, the label above it (spread from the left), the label of its own above, and below."""
    found = []
    spread = ""
    for column, text in above.cells.items():
        upper = text if text and text.strip() else None
        lower = below.cells.get(column)
        lower = lower if lower and lower.strip() else None
        spread = upper or spread
        found.append((column, spread, upper, lower))
    return found


def _is_second(above: _Line, below: _Line, contract: Contract) -> bool:
    """Whether a line continues the header above it: all it holds are labels, and some make sense only under another.

    Under a cell that already names a field it must be empty, the same, a part of a group, or a field itself: otherwise
    it is the first line of data.
    """
    columns = _columns(above, below)
    groups = {
        group: len(list(members)) for group, members in itertools.groupby(column[1] for column in columns if column[3])
    }
    if _are_parts(columns, groups, contract):
        return True
    makes_sense = False
    for _, spread, upper, lower in columns:
        if lower is None:
            continue
        known = headings.read_heading(upper or "", contract)
        together = headings.under(spread, lower, contract) if spread else headings.read_heading(lower, contract)
        if headings.is_total(lower) and groups.get(spread, 0) == 1:
            return False
        if together is not None:
            makes_sense = makes_sense or lower != upper
        elif not headings.is_label(lower) or (known is not None and groups.get(spread, 0) == 1):
            return False
    return makes_sense


def _are_parts(
    columns: Sequence[tuple[str, str, str | None, str | None]], groups: Mapping[str, int], contract: Contract
) -> bool:
    """Whether a line holds nothing but the parts of merged labels above it (计划｜实际, 2018｜2019), known or not.

    A line of data would fill other columns too, the key's among them.
    """
    parts = [(spread, lower) for _, spread, upper, lower in columns if lower and lower != upper]
    heads = [headings.read_heading(spread, contract) for spread, _ in parts]
    return bool(parts) and all(
        groups[spread] > 1 and headings.is_part(lower) and head is not None and head.field.name not in contract.key
        for (spread, lower), head in zip(parts, heads, strict=True)
    )


def _double(
    above: _Line, below: _Line, contract: Contract, filled: Mapping[str, bool], units: tuple[str, ...]
) -> HeaderMatch:
    """Both lines read as one header."""
    claims = _Claims(contract, filled, units)
    columns = _columns(above, below)
    repeated = _repeated_labels(columns)
    width = 0
    for number, (column, spread, upper, lower) in enumerate(columns, start=1):
        label = lower or upper
        if label is None:
            continue
        width = number
        heading = (
            headings.under(spread, lower, contract) if lower and spread else headings.read_heading(label, contract)
        )
        if heading and lower and normalised_name(lower) in repeated and _by_itself(heading, lower, contract):
            heading = replace(heading, fault="column_part")
        claims.add(column, f"{upper or spread}{lower or ''}" if lower else label, heading)
    _refuse_parts(claims, columns, contract)
    return claims.match(above.row, below.row, width)


def _repeated_labels(columns: Sequence[tuple[str, str, str | None, str | None]]) -> set[str]:
    """Labels that stand under several groups: they do not mean a field by themselves."""
    under: dict[str, set[str]] = {}
    for _, spread, _, lower in columns:
        if lower and spread and normalised_name(lower) != normalised_name(spread):
            under.setdefault(normalised_name(lower), set()).add(normalised_name(spread))
    return {label for label, groups in under.items() if len(groups) > 1}


def _by_itself(heading: Heading, lower: str, contract: Contract) -> bool:
    own = headings.read_heading(lower, contract)
    return own is not None and own.field == heading.field and not headings.is_total(lower)


def _refuse_parts(
    claims: _Claims, columns: Sequence[tuple[str, str, str | None, str | None]], contract: Contract
) -> None:
    """A field whose header stands over several parts and no total is refused: no part of it is the whole."""
    for column, spread, _, lower in columns:
        over = headings.read_heading(spread, contract) if spread and lower else None
        if over is not None and over.field.name not in claims.of_field and lower != spread:
            claims.unknown.pop(column, None)
            claims.add(column, f"{spread}{lower}", replace(over, fault="column_part"))
