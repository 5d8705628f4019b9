"""Counts and sums that a dump file states itself, held against what was read of it.

Here belong 海南省（27所） over 28 rows, 共10条 under five, a 合计 line whose sum is another. A difference is told with
its place and both numbers; nothing is corrected by it, since nobody knows which of the two is wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from models.contracts import Contract, Field, normalised_name
from models.staging.headers import HeaderMatch
from models.staging.lines import stated_count
from models.staging.problems import Problem
from models.staging.spelling import parser_of
from models.staging.unreadable import Unreadable

_SUMMED = frozenset({"decimal", "integer"})
_COUNT = r"^\d{1,9}(?:条|行|人|个|所|项|家|份|名|位)?$"


@dataclass(frozen=True)
class Stated:
    """A number of rows that a line of a sheet states: the line, the number, how many rows it may be of."""

    row: int
    count: int
    found: tuple[int, ...]


def stated_above(top: pl.DataFrame, match: HeaderMatch) -> Iterator[tuple[int, int]]:
    """Row and number of the lines above a header that state how many rows follow."""
    for line in top.filter(pl.col("_row") < match.row).iter_rows():
        texts = ["".join(cell.split()) for cell in line[2:] if cell]
        if texts and (count := stated_count(texts[0])) is not None:
            yield line[1], count


def counts(lines: pl.DataFrame, rows: Sequence[int]) -> Iterator[Stated]:
    """What the lines set apart state, with the numbers of rows that each may mean.

    `lines`: `_row`, `reason_code`, `text` in order; `rows`: the data rows' numbers in order. A group's line is of the
    rows up to the next such line; one with another right below it is of several groups. A footer or total is of the
    rows since the last one, of its group, or of all above.
    """
    marks = [line for line in lines.iter_rows(named=True) if line["reason_code"] in {"group", "total", "footer"}]
    groups = [line["_row"] for line in marks if line["reason_code"] == "group"]
    above = pl.Series(rows, dtype=pl.Int64)
    start = 0
    for mark in marks:
        row, count = mark["_row"], stated_count(mark["text"])
        if mark["reason_code"] == "group":
            if count is not None:
                yield Stated(row, count, _of_group(row, groups, above))
            continue
        if count is not None:
            group = max((each for each in groups if each < row), default=0)
            yield Stated(row, count, tuple(_between(above, since, row) for since in (start, group, 0)))
        start = row


def _of_group(row: int, groups: Sequence[int], rows: pl.Series) -> tuple[int, ...]:
    later = [each for each in groups if each > row]
    ends = [*later, int(rows.max() or 0) + 1]  # type: ignore[arg-type]
    found = [_between(rows, row, end) for end in ends]
    return tuple(found) if found[0] == 0 else (found[0],)


def _between(rows: pl.Series, after: int, before: int) -> int:
    return int(((rows > after) & (rows < before)).sum())


def differing_counts(contract: Contract, file: str, sheet: str, stated: Sequence[Stated]) -> Iterator[Problem]:
    """A problem for each stated number that is none of those it may mean."""
    for each in stated:
        if each.count not in each.found:
            yield Problem(
                table_name=contract.table,
                file=file,
                sheet=sheet,
                row_number=each.row,
                reason_code="count_differs",
                reason=f"第 {each.row} 行写着共 {each.count} 行，实际读到 {each.found[0]} 行，请核对是否漏行或多行。",
                kind="unreconciled",
            )


def differing_sums(
    body: pl.LazyFrame, set_apart: pl.DataFrame, match: HeaderMatch, contract: Contract
) -> Iterator[tuple[int, Field, str, str]]:
    """Figures of total lines that are not the sum of the rows above them: row, field, what is stated and what was read.

    A sum may begin at the top, or below the last line of a group or total.
    """
    totals = set_apart.filter(reason_code="total")["_row"].to_list()
    starts = sorted([*set_apart.filter(reason_code="group")["_row"], *totals])
    if not totals:
        return
    summed = [
        field for field in contract.fields if field.type in _SUMMED and field.unit and field.name in match.columns
    ]
    lines = body.filter(pl.col("_row").is_in(totals)).collect(engine="streaming")
    for field in summed:
        column = match.columns[field.name]
        stated = {
            row: value for row, text in lines.select("_row", column).iter_rows() if (value := _value(text, field))
        }
        if not stated:
            continue
        cells = (
            body.filter(~pl.col("_row").is_in([*totals, *starts])).select("_row", column).collect(engine="streaming")
        )
        values = _values(cells[column], field)
        sums = cells.select(
            "_row", value=pl.col(column).replace_strict(values, default=None, return_dtype=pl.Decimal(38, 3))
        )
        for row, value in stated.items():
            since = max((each for each in starts if each < row), default=0)
            read = [_sum(sums, after, row) for after in (since, 0)]
            if value not in read:
                yield row, field, _plain(value), _plain(read[0])


_SERIALS = frozenset({"序号", "行号", "顺序号", "no", "no.", "#"})


def is_serial(label: str) -> bool:
    """Whether a header is that of the lines' running numbers: no field, but a count of the lines there should be."""
    return normalised_name(label) in _SERIALS


def missing_serials(data: pl.LazyFrame, column: str) -> tuple[int, int, int] | None:
    """First and last running number and how many rows there are, where numbers between them are missing.

    Numbers that begin again or go back are of several lists, and say nothing.
    """
    number = pl.col(column).str.strip_chars().str.strip_suffix(".0").cast(pl.Int64, strict=False)
    found = data.select(
        first=number.min(),
        last=number.max(),
        rows=pl.len(),
        is_running=(number.diff().drop_nulls() > 0).all() & (number.count() > 1),
    ).collect(engine="streaming")
    first, last, rows, is_running = found.row(0)
    return (first, last, rows) if is_running and last - first + 1 != rows else None


def _sum(values: pl.DataFrame, after: int, before: int) -> Decimal:
    found = values.filter(pl.col("_row").is_between(after, before, closed="none"))["value"].sum()
    return Decimal(found or 0)


def _value(text: str | None, field: Field) -> Decimal | None:
    return _values(pl.Series([text], dtype=pl.String), field).get(text or "")


def _values(cells: pl.Series, field: Field) -> Mapping[str, Decimal]:
    """Each spelling's figure; totals are larger than any one figure, and may be."""
    free = field.model_copy(update={"maximum": None})
    parse = parser_of(free, {})
    found: dict[str, Decimal] = {}
    for cell in cells.drop_nulls().unique():
        try:
            value = parse(cell)
        except Unreadable:
            continue
        if value is not None:
            found[cell] = Decimal(value)
    return found


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
