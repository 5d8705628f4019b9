"""From the raw grid of a dump file to rows under named fields, still as text.

Here belong: finding the header row (also two-line and merged ones), matching its cells to the contract, and
setting apart the lines that are no data (totals, footers, group titles, repeated headers). Every non-blank line
below the header is either landed or dropped with a reason.
Not here: reading files, and turning text into typed values (`models.staging.typing`).
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from models.contracts import Contract, Field, match_field, normalised_name

#: How far down a header is looked for: title lines, notices and blank lines seldom take more.
HEADER_SEARCH_ROWS = 40
_FEWEST_HITS = 2
_TRACE = ("_sheet", "_row")
_CJK = r"[\u3400-\u9fff]"
_PLAIN_CODE = r"^[!-~]+$"
_TOTAL = r"^[^0-9A-Za-z]{0,12}(合计|小计|总计|共计|累计|总数)"
_FOOTER = (
    r"^(填表|制表|填报|审核|复核|负责|单位负责|经办|联系|打印|导出|数据来源|数据截止|公章|盖章|以上|以下空白)"
    r"[^0-9A-Za-z]{0,6}([:：]|$)"
    r"|^(注|备注|说明|附注|附件|日期|电话|制表时间|单位)\d*[:：]"
    r"|制表$|^[(（]?(公章|盖章)|^共\d+(条|行|人|个|所|项|家|份)|^第\d+页|^[-—=*_.·]+$"
)
_GROUP_COUNT = r"[(（]共?\d+[^()（）0-9]{0,3}[)）]$"


@dataclass(frozen=True)
class HeaderMatch:
    """Where the header is and what its columns mean.

    `row` is the first header line, `last_row` the last (they differ for a two-line header); `columns` maps a
    field name to its grid column; `labels` gives the text found there; `unmatched` are the headers that mean
    nothing in this table; `missing_required` are required fields that the sheet has no column for.
    """

    row: int
    last_row: int
    columns: Mapping[str, str]
    labels: Mapping[str, str]
    unmatched: tuple[str, ...]
    missing_required: tuple[Field, ...]


@dataclass(frozen=True)
class SheetProblem:
    """A sheet that gave no rows, and why: `message` (Chinese) says what was looked for and what to do."""

    file: str
    sheet: str
    table: str
    reason_code: str
    message: str


@dataclass(frozen=True)
class LandedSheet:
    """One sheet under named fields.

    `rows`: `_file`, `_sheet`, `_row` and every contract field as text, null where the sheet has no such column.
    `set_apart`: `_file`, `_sheet`, `_row`, `reason_code` (total, footer, group, repeated_header, blank), `text`.
    """

    file: str
    sheet: str
    match: HeaderMatch
    rows: pl.LazyFrame
    set_apart: pl.DataFrame

    @property
    def dropped(self) -> pl.DataFrame:
        """Lines set apart that somebody wrote: all but the blank ones."""
        return self.set_apart.filter(pl.col("reason_code") != "blank")


@dataclass(frozen=True)
class Landing:
    """All sheets of one file: those that landed and those that could not. Empty sheets are neither."""

    sheets: tuple[LandedSheet, ...]
    problems: tuple[SheetProblem, ...]


def land_file(grid: pl.LazyFrame, file: str, contract: Contract) -> Landing:
    """Land each sheet of a file's raw grid (`_sheet`, `_row`, `c000`, `c001`, … all text)."""
    names = grid.select(pl.col("_sheet").unique(maintain_order=True)).collect(engine="streaming")["_sheet"].to_list()
    sheets: list[LandedSheet] = []
    problems: list[SheetProblem] = []
    for name in names:
        sheet = grid if len(names) == 1 else grid.filter(pl.col("_sheet") == name)
        found = find_header(sheet, file, name, contract)
        if isinstance(found, SheetProblem):
            problems.append(found)
        elif found is not None:
            sheets.append(land(sheet, found, file, name, contract))
    return Landing(tuple(sheets), tuple(problems))


def find_header(sheet: pl.LazyFrame, file: str, name: str, contract: Contract) -> HeaderMatch | SheetProblem | None:
    """The header among the first lines of a sheet; a problem when there is none; None for an empty sheet.

    The line (or two lines read together) with the most matched fields wins; the higher one on a tie.
    """
    top = _without_blank_lines(sheet.head(HEADER_SEARCH_ROWS).collect())
    if top.is_empty():
        return None
    lines = [_Line(row["_row"], {c: v for c, v in row.items() if c not in _TRACE}) for row in top.iter_rows(named=True)]
    singles = [_matched(line.row, line.row, line.cells, contract) for line in lines]
    # Only beside a line that names something can a second header line be: data lines name nothing.
    doubles = (
        _double(above, below, contract)
        for (above, first), (below, second) in itertools.pairwise(zip(lines, singles, strict=True))
        if first.columns or second.columns
    )
    candidates = [*singles, *(double for double in doubles if double is not None)]
    best = max(candidates, key=lambda match: (len(match.columns), -match.last_row))
    if len(best.columns) < _FEWEST_HITS:
        return _no_header(file, name, contract, best)
    missing = [field for field in best.missing_required if field.name in contract.key]
    return _no_key(file, name, contract, best, missing) if missing else best


def land(sheet: pl.LazyFrame, match: HeaderMatch, file: str, name: str, contract: Contract) -> LandedSheet:
    """The rows below the header under their field names, and the lines set apart with a reason."""
    body = _below(sheet, match)
    apart = _not_data(body, match, contract).collect(engine="streaming")
    if not apart.is_empty():
        body = body.filter(~pl.col("_row").is_in(apart["_row"].implode()))
    rows = body.select(
        pl.lit(file).alias("_file"),
        pl.lit(name).alias("_sheet"),
        pl.col("_row").cast(pl.Int64),
        *(
            (pl.col(match.columns[field.name]) if field.name in match.columns else pl.lit(None))
            .cast(pl.String)
            .alias(field.name)
            for field in contract.fields
        ),
    )
    set_apart = apart.select(pl.lit(file).alias("_file"), pl.lit(name).alias("_sheet"), "_row", "reason_code", "text")
    return LandedSheet(file, name, match, rows, set_apart)


def _below(sheet: pl.LazyFrame, match: HeaderMatch) -> pl.LazyFrame:
    """The lines under the header. Grids hold lines in order, so they are cut off rather than sought out by number."""
    top = sheet.head(HEADER_SEARCH_ROWS).select((pl.col("_row") <= match.last_row).sum())
    return sheet.slice(top.collect().item())


@dataclass(frozen=True)
class _Line:
    row: int
    cells: Mapping[str, str | None]


def _without_blank_lines(top: pl.DataFrame) -> pl.DataFrame:
    cells = pl.all().exclude(*_TRACE)
    filled = pl.any_horizontal(cells.cast(pl.String).str.strip_chars().str.len_chars() > 0)
    return top.filter(filled.fill_null(value=False)) if len(top.columns) > len(_TRACE) else top.clear()


def _double(above: _Line, below: _Line, contract: Contract) -> HeaderMatch | None:
    """Both lines as one header, when together they name more than either alone; else None.

    Under a cell that already names a field the second line must be empty or name a field itself: otherwise it
    is the first data line.
    """
    labels: dict[str, str | None] = {}
    spread: str | None = None
    for column, upper in above.cells.items():
        spread = upper or spread
        lower = below.cells.get(column)
        if upper and lower and upper != lower and match_field(upper, contract):
            readings = (lower, upper + lower)
            if not any(match_field(reading, contract) for reading in readings):
                return None
        labels[column] = _joint_label(upper, spread, lower, contract)
    joint = _matched(above.row, below.row, labels, contract)
    alone = max(len(_matched(line.row, line.row, line.cells, contract).columns) for line in (above, below))
    return joint if len(joint.columns) > alone else None


def _joint_label(upper: str | None, spread: str | None, lower: str | None, contract: Contract) -> str | None:
    if lower is None:
        return upper
    tries = ((spread or "") + lower, lower, upper or "")
    return next((label for label in tries if label and match_field(label, contract)), lower)


def _matched(row: int, last_row: int, cells: Mapping[str, str | None], contract: Contract) -> HeaderMatch:
    columns: dict[str, str] = {}
    labels: dict[str, str] = {}
    unmatched: dict[str, str] = {}
    for column, label in cells.items():
        if not label or not label.strip():
            continue
        field = match_field(label, contract)
        if field is None:
            unmatched[column] = label
        elif field.name not in columns:
            columns[field.name], labels[field.name] = column, label
        elif normalised_name(label) == normalised_name(field.header) != normalised_name(labels[field.name]):
            unmatched[columns[field.name]] = labels[field.name]
            columns[field.name], labels[field.name] = column, label
        else:
            unmatched[column] = label
    missing = tuple(field for field in contract.fields if field.required and field.name not in columns)
    return HeaderMatch(row, last_row, columns, labels, tuple(unmatched.values()), missing)


def _not_data(body: pl.LazyFrame, match: HeaderMatch, contract: Contract) -> pl.LazyFrame:
    """Lines that are no data: `_row`, `reason_code`, `text`. Blank lines have the reason `blank`.

    Only lines whose key cell is empty or is no plain code are looked at: a line with a code is data.
    """
    key = match.columns[contract.key[0]]
    columns = [name for name in body.collect_schema().names() if name not in _TRACE]
    suspicious = body.filter(~pl.col(key).str.contains(_PLAIN_CODE).fill_null(value=False))
    flat = suspicious.select(
        "_row", *(pl.col(c).cast(pl.String).str.replace_all(r"[\s\u3000\u00a0\u200b\ufeff]+", "") for c in columns)
    ).with_columns(pl.when(pl.col(c).str.len_chars() > 0).then(pl.col(c)).alias(c) for c in columns)
    first = pl.coalesce(columns)
    header = pl.lit(match.labels[contract.key[0]]).str.replace_all(r"\s+", "")
    filled = pl.sum_horizontal(pl.col(c).is_not_null().cast(pl.Int32) for c in columns)
    same = pl.all_horizontal(((pl.col(c) == first) | pl.col(c).is_null()) for c in columns)
    titled = first.str.contains(_CJK)
    strange = [c for c in columns if c not in match.columns.values()]
    alone = pl.any_horizontal(pl.col(c).is_not_null() for c in [key, *strange]) & (filled == 1)
    keyless = pl.col(key).is_null() | (pl.col(key) == first)
    reason = (
        pl.when(first.is_null())
        .then(pl.lit("blank"))
        .when(pl.col(key) == header)
        .then(pl.lit("repeated_header"))
        .when(keyless & first.str.contains(_TOTAL))
        .then(pl.lit("total"))
        .when(keyless & first.str.contains(_FOOTER))
        .then(pl.lit("footer"))
        .when(same & titled & ((filled > 1) | alone | first.str.contains(_GROUP_COUNT)))
        .then(pl.lit("group"))
    )
    return flat.select(pl.col("_row").cast(pl.Int64), reason_code=reason, text=first).filter(
        pl.col("reason_code").is_not_null()
    )


def _place(file: str, sheet: str) -> str:
    return f"文件“{file}”的工作表“{sheet}”" if sheet else f"文件“{file}”"


def _known(contract: Contract, match: HeaderMatch) -> str:
    """The recognised columns under the contract's own names.

    Never the cells as they stand: what was taken for a header may be a person's row, and messages are published.
    """
    return "、".join(field.header for field in contract.fields if field.name in match.columns)


def _no_header(file: str, sheet: str, contract: Contract, best: HeaderMatch) -> SheetProblem:
    headers = "、".join(field.header for field in contract.fields[:5])
    known = _known(contract, best) or "没有一列"
    message = (
        f"{_place(file, sheet)}：前 {HEADER_SEARCH_ROWS} 行中没有找到《{contract.title}》的表头"
        f"（应有“{headers}”等列；最接近的是第 {best.row} 行，认得出的列：{known}）。"
        f"请确认文件名与内容相符，补上表头后重新导出。"
    )
    return SheetProblem(file, sheet, contract.table, "no_header", message)


def _no_key(file: str, sheet: str, contract: Contract, best: HeaderMatch, missing: Sequence[Field]) -> SheetProblem:
    wanted = "；".join(f"“{field.header}”（也可写作 {'、'.join(field.synonyms) or field.name}）" for field in missing)
    message = (
        f"{_place(file, sheet)}：第 {best.row} 行是《{contract.title}》的表头，但缺少主键列{wanted}，整张表未采用。"
        f"已认出的列：{_known(contract, best)}。请补上该列后重新导出。"
    )
    return SheetProblem(file, sheet, contract.table, "no_key_column", message)
