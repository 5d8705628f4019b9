"""From the raw grid of a dump file to rows under named fields, still as text.

Here belongs bringing together what the header says (`headers`), which lines are no data (`lines`), and what the file
states of itself (`tally`), so that every non-blank line below the header is landed, refused or dropped with a reason.
Not here: reading files, and turning text into typed values (`models.staging.typing`).

What had to be assumed or left out is told as problems. A sheet without a header of its own goes on under that of the
sheet before it if its cells fit; else its lines are refused, one by one, so that they are counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from models.contracts import Contract, audit_contracts, is_set_aside
from models.staging import headers, headings, lines, tally
from models.staging.deletions import deletion_columns, is_deleted
from models.staging.doubts import with_context
from models.staging.headers import HEADER_SEARCH_ROWS, TRACE, HeaderMatch
from models.staging.problems import Kind, Problem
from models.staging.reasons import sentence
from models.staging.spelling import SINCE_1904, parser_of
from models.staging.unreadable import Unreadable

_SERIAL = r"^\s*\d{5}(\.\d+)?\s*$"
_DATES = frozenset({"date", "datetime"})
_SAMPLES = 3
_HIDDEN_DIGITS = r"\d{7,}[\dXx]?"
_FITTING = 50
_NOT_ALL = (
    r"[仅只](?:显示|导出|列出|包含|展示|查询)了?前|部分数据|导出上限|已截断|被截断|数据量过大|导出失败|导出中断|未(?:全部|完全)导出"
    r"|(?i:lost connection|ora-\d{5}|sqlexception|traceback \(most|memoryerror|out of memory|more rows\)|truncated)"
)
_VOID = "作废|撤销|撤消|无效|不计|不算|已删|停用"
_KEY = re.compile(r"[!-~]*\d[!-~]*")
"""A key: plain signs with a digit among them."""
_TYPED = frozenset({"date", "datetime", "decimal", "integer", "enum", "bool", "rating", "ratio"})
_DELIMITED = frozenset({"text", "page"})
"""Kinds of file in which a row with more cells than the header has lost its columns."""


@dataclass(frozen=True)
class FileFacts:
    """What reading found out about a file beside its cells.

    `kind`: what it is; `since_1904`: its days are counted from 1904; `broken`: lines that are no rows.
    """

    kind: str = "xlsx"
    since_1904: bool = False
    broken: tuple[int, ...] = ()


@dataclass(frozen=True)
class LandedSheet:
    """One sheet, or the part of it under one header, under named fields.

    `rows`: `_file`, `_sheet`, `_row` and every contract field as text, null where the sheet has no such column, and
    `_fault`, the reason code of a line that is refused as it stands. `set_apart`: `_file`, `_sheet`, `_row`,
    `reason_code` (as audit.dropped_lines has it), `text`. `until`: the row at which the next header begins. `rejects`:
    audit.rejects of the header itself. `stated_above`: row and number of the lines above the header that say how many
    rows follow.
    """

    file: str
    sheet: str
    match: HeaderMatch
    rows: pl.LazyFrame
    set_apart: pl.DataFrame
    until: int | None = None
    problems: tuple[Problem, ...] = ()
    rejects: tuple[Mapping[str, object], ...] = ()
    may_be_refused: bool = False
    stated_above: tuple[tuple[int, int], ...] = ()

    @property
    def dropped(self) -> pl.DataFrame:
        """Lines set apart that somebody wrote: all but the blank ones."""
        return self.set_apart.filter(pl.col("reason_code") != "blank")

    def header_rejects(self) -> pl.LazyFrame:
        """The headers that were not taken, as rows of audit.rejects."""
        schema = dict(audit_contracts()["rejects"].schema())
        schema.pop("province")
        return pl.LazyFrame(list(self.rejects), schema=schema)


@dataclass(frozen=True)
class Landing:
    """All sheets of one file, also those whose lines are all refused. Empty sheets are left out."""

    sheets: tuple[LandedSheet, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Sheet:
    """One sheet of a file's grid on its way."""

    grid: pl.LazyFrame
    file: str
    name: str
    contract: Contract
    facts: FileFacts
    top: pl.DataFrame

    @property
    def columns(self) -> list[str]:
        return [name for name in self.grid.collect_schema().names() if name not in TRACE]

    @property
    def place(self) -> str:
        return f"文件“{self.file}”的工作表“{self.name}”" if self.name else f"文件“{self.file}”"

    def problem(self, kind: Kind, code: str, reason: str, row: int | None = None, column: str | None = None) -> Problem:
        return Problem(
            table_name=self.contract.table,
            file=self.file,
            sheet=self.name,
            row_number=row,
            column_name=column,
            reason_code=code,
            reason=reason,
            kind=kind,
        )


def land_file(grid: pl.LazyFrame, file: str, contract: Contract, facts: FileFacts | None = None) -> Landing:
    """Land each sheet of a file's raw grid (`_sheet`, `_row`, `c000`, `c001`, … all text)."""
    names = grid.select(pl.col("_sheet").unique(maintain_order=True)).collect(engine="streaming")["_sheet"].to_list()
    landed: list[LandedSheet] = []
    refused: list[tuple[_Sheet, str, HeaderMatch]] = []
    before: HeaderMatch | None = None
    aside: list[_Sheet] = []
    for name in sorted(names, key=is_set_aside):
        cells = grid if len(names) == 1 else grid.filter(pl.col("_sheet") == name)
        top = cells.head(HEADER_SEARCH_ROWS).collect()
        sheet = _Sheet(cells, file, name, contract, facts or FileFacts(), top)
        if landed and is_set_aside(name):
            aside.append(sheet)
            continue
        match = _header_of(sheet)
        if match is None:
            continue
        code = _unusable(match, contract)
        if code == "" or (before and (went_on := _goes_on(sheet, before)) is not None):
            parts = list(_land(sheet, match if code == "" else went_on))  # type: ignore[arg-type]
            if code:
                parts[0] = replace(parts[0], problems=(*parts[0].problems, _gone_on(sheet)))
            landed += [*_above(sheet, match), *parts] if code == "" else parts
            before = match if code == "" else before
        else:
            refused.append((sheet, code, match))
    found = [_refused(sheet, code, match, is_beside=bool(landed)) for sheet, code, match in refused]
    found += map(_set_aside, aside)
    sheets = list(_tallied([*landed, *found], contract))
    return Landing(tuple(sheets), tuple(problem for sheet in sheets for problem in sheet.problems))


def _above(sheet: _Sheet, match: HeaderMatch) -> Iterator[LandedSheet]:
    """The rows of data that stand above the header, refused: what their columns are is said only further down."""
    lines_above = sheet.top.filter(pl.col("_row") < match.row)
    rows = [line["_row"] for line in lines_above.iter_rows(named=True) if _is_data(sheet, line, match)]
    if not rows:
        return
    what = f"表头在第 {match.row} 行，它上面有 {len(rows)} 行像是数据，没有采用"
    reason = f"{what}，首先是第 {rows[0]} 行，请把表头移到最上面。"
    problem = sheet.problem("skipped", "above_header", reason, rows[0])
    nothing = pl.DataFrame(schema={"_row": pl.Int64, "reason_code": pl.String, "text": pl.String})
    yield _all_refused(sheet, sheet.grid.filter(pl.col("_row").is_in(rows)), nothing, "above_header", problem)


def _is_data(sheet: _Sheet, line: Mapping[str, str | None], match: HeaderMatch) -> bool:
    """Whether a line reads as a row under the header that follows it: a key, and little that cannot be read.

    A line of column numbers (1, 2, 3 …) has a number where a day would be, and nothing else.
    """
    cells = {name: [line[column]] for name, column in match.columns.items()}
    key = cells[sheet.contract.key[0]][0]
    read, wrong = _read_under(sheet.contract, match, cells)
    is_numbering = all(re.fullmatch(r"[(（]?\d{1,3}[)）]?", cell) for (cell,) in cells.values() if cell)
    return bool(key and _KEY.fullmatch(key)) and not is_numbering and read > 1 and wrong <= read


def _header_of(sheet: _Sheet) -> HeaderMatch | None:
    """The likeliest header of a sheet; columns that two headers claim are looked into."""
    match = headers.best_header(sheet.top, {}, sheet.contract)
    if match is None or not match.rivals:
        return match
    claimed = sorted({c for name, others in match.rivals.items() for c in (match.columns[name], *others)})
    below = sheet.grid.filter(pl.col("_row") > match.last_row)
    has_content = below.select(pl.col(c).str.strip_chars().str.len_chars().gt(0).any() for c in claimed)
    filled = has_content.collect(engine="streaming").row(0, named=True)
    return headers.best_header(sheet.top, {c: bool(value) for c, value in filled.items()}, sheet.contract)


def _tallied(sheets: Sequence[LandedSheet], contract: Contract) -> Iterator[LandedSheet]:
    """The sheets of one file with what their own counts are found to be against the rows read."""
    has_counts = [
        bool(sheet.stated_above) or any(map(lines.stated_count, sheet.set_apart["text"].drop_nulls()))
        for sheet in sheets
    ]
    if not any(has_counts):
        yield from sheets
        return
    rows = [sheet.rows.select("_row").collect(engine="streaming")["_row"].to_list() for sheet in sheets]
    everywhere = sum(map(len, rows))
    for sheet, own in zip(sheets, rows, strict=True):
        above = [tally.Stated(row, count, (len(own), everywhere)) for row, count in sheet.stated_above]
        below = [
            replace(each, found=(*each.found, everywhere)) if each.row not in _groups(sheet) else each
            for each in tally.counts(sheet.set_apart, own)
        ]
        told = tally.differing_counts(contract, sheet.file, sheet.sheet, [*above, *below])
        yield replace(sheet, problems=(*sheet.problems, *told))


def _groups(sheet: LandedSheet) -> frozenset[int]:
    return frozenset(sheet.set_apart.filter(reason_code="group")["_row"])


def _unusable(match: HeaderMatch, contract: Contract) -> str:
    """Why nothing can be landed under this header; empty where it can."""
    if len(match.columns) < headers.FEWEST_HITS:
        return "no_header"
    return "no_key_column" if any(each.name in contract.key for each in match.missing_required) else ""


def _land(sheet: _Sheet, match: HeaderMatch) -> Iterator[LandedSheet]:
    """The parts of a sheet: one, unless another header in another order follows further down."""
    body = sheet.grid.slice(int((sheet.top["_row"] <= match.last_row).sum()))
    doubtful = lines.doubtful(body, match, sheet.contract)
    turns = [again for again in lines.other_headers(doubtful, match, sheet.contract) if again.row > match.last_row]
    while True:
        turn = next((t for t in turns if not lines.is_same_header(t, match) and not _unusable(t, sheet.contract)), None)
        same = [t.row for t in turns if turn is None or t.row < turn.row]
        until = turn.row if turn else None
        lot = body if until is None else body.filter(pl.col("_row") <= until)
        yield _part(sheet, lot, match, until, same)
        if turn is None:
            return
        body = body.filter(pl.col("_row") > turn.row)
        turns = [t for t in turns if t.row > turn.row]
        match = turn


def _part(sheet: _Sheet, body: pl.LazyFrame, match: HeaderMatch, until: int | None, same: Sequence[int]) -> LandedSheet:
    """The lines under one header under their field names, and the lines set apart with a reason."""
    again = [*same, *([until] if until else [])]
    apart = lines.not_data(lines.doubtful(body, match, sheet.contract), match, sheet.contract)
    if again:
        repeated = pl.when(pl.col("_row").is_in(again)).then(pl.lit("repeated_header"))
        texts = body.filter(pl.col("_row").is_in(again)).select(
            pl.col("_row").cast(pl.Int64), reason_code=repeated, text=pl.coalesce(sheet.columns)
        )
        apart = pl.concat([apart.filter(~pl.col("_row").is_in(again)), texts])
    apart = pl.concat([apart, _deleted(body, match)])
    set_apart = apart.collect(engine="streaming").unique("_row", keep="first", maintain_order=True).sort("_row")
    match = _with_units_below(match, set_apart)
    data = body if set_apart.is_empty() else body.filter(~pl.col("_row").is_in(set_apart["_row"].implode()))
    surplus = _surplus(sheet, data, match)
    landed = LandedSheet(
        sheet.file,
        sheet.name,
        match,
        _named(sheet, data, match, surplus),
        set_apart.select(pl.lit(sheet.file).alias("_file"), pl.lit(sheet.name).alias("_sheet"), pl.all()),
        until,
        may_be_refused=surplus is not None or bool(sheet.facts.broken),
        stated_above=tuple(tally.stated_above(sheet.top, match)),
    )
    told = [*_of_header(sheet, match), *_of_lines(sheet, data, match, set_apart)]
    if until:
        reason = f"第 {until} 行又是一行表头，各列的次序与前面不同，其下按这一行的表头读入，请核对。"
        told.append(sheet.problem("assumed", "header_again", reason, until))
    for row, known, stated, read in tally.differing_sums(body, set_apart, match, sheet.contract):
        reason = f"第 {row} 行的合计中“{known.header}”写着 {stated}，读到的各行相加是 {read}，请核对。"
        told.append(sheet.problem("unreconciled", "total_differs", reason, row, known.name))
    return replace(landed, problems=tuple(told), rejects=tuple(_header_rejects(sheet, data, match)))


def _deleted(body: pl.LazyFrame, match: HeaderMatch) -> pl.LazyFrame:
    """The lines of which a column says that the platform has deleted them: `_row`, `reason_code`, `text`."""
    flags = [is_deleted(column, is_moment=moment) for column, moment in deletion_columns(match.unknown).items()]
    found = body.filter(pl.any_horizontal(flags).fill_null(value=False)) if flags else body.clear()
    return found.select(pl.col("_row").cast(pl.Int64), reason_code=pl.lit("deleted"), text=pl.lit(""))


def _with_units_below(match: HeaderMatch, set_apart: pl.DataFrame) -> HeaderMatch:
    """The header with what a line below the rows says of their unit (单位：万元)."""
    units = tuple(unit for text in set_apart["text"].drop_nulls() for unit in headings.stated_units(text))
    if not units:
        return match
    told = {name: headings.with_stated_unit(heading, units) for name, heading in match.headings.items()}
    return replace(match, headings=told)


def _named(sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch, surplus: pl.Expr | None) -> pl.LazyFrame:
    contexts = match.contexts()
    fault = pl.lit(None, pl.String) if surplus is None else pl.when(surplus).then(pl.lit("surplus_cells"))
    if sheet.facts.broken:
        fault = pl.when(pl.col("_row").is_in(sheet.facts.broken)).then(pl.lit("broken_line")).otherwise(fault)
    return data.select(
        pl.lit(sheet.file).alias("_file"),
        pl.lit(sheet.name).alias("_sheet"),
        pl.col("_row").cast(pl.Int64),
        *(
            _cell(match.columns.get(each.name), contexts.get(each.name, ""), each.type, sheet.facts).alias(each.name)
            for each in sheet.contract.fields
        ),
        fault.alias("_fault"),
    )


def _cell(column: str | None, context: str, kind: str, facts: FileFacts) -> pl.Expr:
    """A field's cells as landed, with what is known of their column."""
    if column is None:
        return pl.lit(None, pl.String)
    cell = pl.col(column).cast(pl.String)
    if context:
        return with_context(cell, context)
    if facts.since_1904 and kind in _DATES:
        return pl.when(cell.str.contains(_SERIAL)).then(with_context(cell, SINCE_1904)).otherwise(cell)
    return cell


def _surplus(sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch) -> pl.Expr | None:
    """Which rows have content to the right of the last header, where that means that their cells have moved."""
    beyond = sheet.columns[match.width :]
    if not beyond or sheet.facts.kind not in _DELIMITED:
        return None
    has_more = pl.any_horizontal(pl.col(c).str.strip_chars().str.len_chars() > 0 for c in beyond).fill_null(value=False)
    return has_more if data.select(has_more.any()).collect(engine="streaming").item() else None


def _of_header(sheet: _Sheet, match: HeaderMatch) -> Iterator[Problem]:
    """What a header's columns are told of: units converted, columns refused, two claims, remarks nobody knows."""
    for name, heading in match.headings.items():
        header, place = heading.field.header, lines.place_of(match.columns[name])
        if name in match.rivals and not heading.fault:
            others = "、".join(map(lines.place_of, match.rivals[name]))
            yield sheet.problem(
                "assumed",
                "column_twice",
                f"{place}和{others}都可以读作“{header}”，采用了{place}（先取写明认定的，再取规范表头）；另一列未读入。",
                match.row,
                name,
            )
        if heading.fault:
            reason = f"{place}：{sentence(heading.field, heading.fault)}。该列未采用。"
            yield sheet.problem("skipped", heading.fault, reason, match.row, name)
        elif headings.context_of(heading):
            how = "按百分数读入" if heading.field.type == "ratio" else f"已折算成{heading.field.unit}"
            reason = f"{place}“{header}”的表头或表外写明单位为{heading.unit}，{how}。"
            yield sheet.problem("assumed", "unit_converted", reason, match.row, name)
        elif heading.assumed:
            reason = f"{place}“{header}”的表头带有说明，按不改变含义读入，请核对。"
            yield sheet.problem("assumed", "header_remark", reason, match.row, name)


def _of_lines(sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch, set_apart: pl.DataFrame) -> Iterator[Problem]:
    """What is told of lines: help lines left out, cells beside the table, columns nobody knows."""
    help_rows = set_apart.filter(reason_code="template")["_row"]
    if len(help_rows):
        first = int(help_rows[0])
        reason = f"表头下有 {len(help_rows)} 行是栏次、字段名、填写要求或示例，没有当作数据，首先是第 {first} 行。"
        yield sheet.problem("skipped", "template_lines", reason, first)
    yield from _of_deleted(sheet, data, match, set_apart)
    yield from _of_void(sheet, set_apart)
    yield from _of_missing_rest(sheet, data, match, set_apart)
    beyond = sheet.columns[match.width :]
    if beyond:
        has_more = pl.any_horizontal(pl.col(c).str.strip_chars().str.len_chars() > 0 for c in beyond)
        found = data.filter(has_more).select(n=pl.len(), first=pl.col("_row").min()).collect(engine="streaming")
        count, first = found.row(0)
        if count:
            refused = "整行未采用" if sheet.facts.kind in _DELIMITED else "多出的内容未读入"
            reason = f"有 {count} 行的内容超出了表头的最后一列，{refused}，首先在第 {first} 行。"
            yield sheet.problem("skipped", "surplus_cells", reason, int(first))
    yield from _of_serials(sheet, data, match)
    rivals = {column for others in match.rivals.values() for column in others}
    for column, label in _strange(match).items():
        if column not in rivals:
            known = "、".join(f"“{name}”" for name in headings.nearest(label, sheet.contract))
            near = f"与它相近的有{known}。" if known else ""
            reason = f"第 {match.row} 行{lines.place_of(column)}的表头认不出，该列未读入。{near}请核对是否为本表所需。"
            yield sheet.problem("skipped", "unknown_header", reason, match.row, lines.place_of(column))


def _strange(match: HeaderMatch) -> dict[str, str]:
    """Columns under headers that nobody knows: no field's, no running numbers and no flags of deletion."""
    flags = deletion_columns(match.unknown)
    return {c: label for c, label in match.unknown.items() if not tally.is_serial(label) and c not in flags}


def _of_deleted(sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch, set_apart: pl.DataFrame) -> Iterator[Problem]:
    """Rows that the platform has deleted, and flags of deletion that nobody knows."""
    rows = set_apart.filter(reason_code="deleted")["_row"]
    if len(rows):
        reason = f"有 {len(rows)} 行写明已在平台删除，没有当作数据，首先是第 {rows[0]} 行。"
        yield sheet.problem("skipped", "deleted_rows", reason, int(rows[0]))
    for column, moment in deletion_columns(match.unknown).items():
        unclear = data.filter(is_deleted(column, is_moment=moment).is_null()).select(pl.len(), row=pl.col("_row").min())
        count, first = unclear.collect(engine="streaming").row(0)
        if count:
            what = f"{lines.place_of(column)}是删除标志，有 {count} 行的写法不明，首先是第 {first} 行"
            reason = f"{what}：可以读作已删除，也可以读作没有删除，已按没有删除读入，请核对。"
            yield sheet.problem("assumed", "deletion_unclear", reason, int(first), lines.place_of(column))


def _of_void(sheet: _Sheet, set_apart: pl.DataFrame) -> Iterator[Problem]:
    """Lines between the rows that may say of those below them that they do not count."""
    said = set_apart.filter(
        ~pl.col("reason_code").is_in(["total", "deleted", "blank"]), pl.col("text").str.contains(_VOID)
    )
    for row in said["_row"]:
        reason = (
            f"第 {row} 行的说明写着作废、撤销、不计一类：其下的行可以读作不算，也可以读作要算，已照常读入，请核对。"
        )
        yield sheet.problem("assumed", "line_says_void", reason, int(row))


def _of_missing_rest(
    sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch, set_apart: pl.DataFrame
) -> Iterator[Problem]:
    """Lines that are no rows and by which the file says of itself that it is not whole."""
    text = pl.coalesce(pl.col(c).cast(pl.String) for c in sheet.columns).alias("text")
    above = sheet.top.filter(pl.col("_row") < match.row).select(pl.col("_row").cast(pl.Int64), text)
    among = data.filter(pl.col("_row").is_in(sheet.facts.broken)).select(pl.col("_row").cast(pl.Int64), text)
    lot = [above, set_apart.select("_row", "text"), *([among.collect()] if sheet.facts.broken else [])]
    for row in pl.concat(lot).filter(pl.col("text").str.contains(_NOT_ALL))["_row"]:
        reason = f"第 {row} 行说明这个文件只导出了一部分，或导出中途出错：其余的行不在文件里，请重新导出全部。"
        yield sheet.problem("unreconciled", "says_not_all", reason, int(row))


def _of_serials(sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch) -> Iterator[Problem]:
    """Running numbers that leave some out."""
    for column, label in match.unknown.items():
        if tally.is_serial(label) and (gap := tally.missing_serials(data, column)):
            first, last, rows = gap
            reason = f"序号从 {first} 到 {last}，应有 {last - first + 1} 行，实际读到 {rows} 行，请核对是否漏行。"
            yield sheet.problem("unreconciled", "serials_missing", reason, match.row, lines.place_of(column))


def _header_rejects(sheet: _Sheet, data: pl.LazyFrame, match: HeaderMatch) -> Iterator[Mapping[str, object]]:
    """The headers of columns that were not taken, with a few of their values, for those who sent the file."""
    told = _strange(match)
    if not told:
        return
    rivals = {column for others in match.rivals.values() for column in others}
    samples = data.select(pl.col(c).drop_nulls().head(_SAMPLES).implode() for c in told)
    values = samples.collect(engine="streaming").row(0, named=True)
    first = sheet.contract.field(sheet.contract.key[0])
    for column, label in told.items():
        shown = pl.Series(values[column], dtype=pl.String).str.replace_all(_HIDDEN_DIGITS, "（已隐去）").to_list()
        code = "column_twice" if column in rivals else "unknown_header"
        named = next((sheet.contract.field(n) for n, others in match.rivals.items() if column in others), first)
        yield {
            "table_name": sheet.contract.table,
            "file": sheet.file,
            "sheet": sheet.name,
            "row_number": match.row,
            "column_name": lines.place_of(column),
            "raw_value": f"表头“{label}”；内容如：{'｜'.join(shown) or '（空）'}",
            "reason_code": code,
            "reason": sentence(named, code),
            "severity": "cell",
        }


def _goes_on(sheet: _Sheet, before: HeaderMatch) -> HeaderMatch | None:
    """The header of the sheet before, if this one's lines fit under it as they stand."""
    wide = sheet.columns[before.width :]
    sample = sheet.top.head(_FITTING)
    if not set(before.columns.values()) <= set(sheet.columns) or (wide and _any_content(sample, wide)):
        return None
    cells = {name: sample[column].to_list() for name, column in before.columns.items()}
    read, wrong = _read_under(sheet.contract, before, cells)
    keys = sample[before.columns[sheet.contract.key[0]]]
    has_keys = keys.str.contains(f"^{_KEY.pattern}$").fill_null(value=False).mean()
    fits = read > 0 and wrong * 10 <= read and float(has_keys or 0) > 0.8  # type: ignore[arg-type]  # noqa: PLR2004
    return replace(before, row=0, last_row=0, unknown={}, rivals={}) if fits else None


def _read_under(contract: Contract, match: HeaderMatch, cells: Mapping[str, Sequence[str | None]]) -> tuple[int, int]:
    """How many cells can and how many cannot be read as what the header says they are."""
    read = wrong = 0
    for name in match.columns:
        known = contract.field(name)
        if known.type not in _TYPED:
            continue
        parse = parser_of(known, {})
        for cell in filter(None, cells[name]):
            try:
                read += parse(cell) is not None
            except Unreadable:
                wrong += 1
    return read, wrong


def _any_content(sample: pl.DataFrame, columns: Sequence[str]) -> bool:
    return any(sample[column].str.strip_chars().str.len_chars().gt(0).any() for column in columns)


def _gone_on(sheet: _Sheet) -> Problem:
    reason = f"{sheet.place}没有表头，内容与前一张表的各列相合，按前一张表的表头读入，请核对。"
    return sheet.problem("assumed", "header_carried", reason)


def _refused(sheet: _Sheet, code: str, best: HeaderMatch, *, is_beside: bool) -> LandedSheet:
    """A sheet nothing can be read from: its lines, refused one by one; lists and notes beside a read sheet dropped."""
    filled = pl.sum_horizontal(
        (pl.col(c).str.strip_chars().str.len_chars() > 0).fill_null(value=False).cast(pl.Int32) for c in sheet.columns
    )
    flat = sheet.grid.select(pl.col("_row").cast(pl.Int64), filled=filled, text=pl.coalesce(sheet.columns))
    widest = flat.select(pl.col("filled").max()).collect(engine="streaming").item() or 0
    needed = max(3, sum(each.required for each in sheet.contract.fields) // 2)
    is_list = code == "no_header" and is_beside and widest < needed
    # in a text of which no line is divided each line may be a row: nothing tells it from a note
    is_undivided = sheet.facts.kind == "text" and widest <= 1
    is_note = pl.lit(is_list) | ((pl.col("filled") == 1) & pl.lit(not is_undivided))
    reason = pl.when(pl.col("filled") == 0).then(pl.lit("blank")).when(is_note)
    apart = flat.select("_row", reason_code=reason.then(pl.lit("note")), text="text").filter(
        pl.col("reason_code").is_not_null()
    )
    set_apart = apart.collect(engine="streaming")
    rows = sheet.grid.filter(~pl.col("_row").is_in(set_apart["_row"].implode()))
    problem = sheet.problem("sheet", code, _told_unusable(sheet, code, best))
    return _all_refused(sheet, rows, set_apart, code, problem)


def _set_aside(sheet: _Sheet) -> LandedSheet:
    """A sheet that says of itself that it does not count, beside one that was read: none of its lines is data."""
    lines = sheet.grid.select(pl.col("_row").cast(pl.Int64), reason_code=pl.lit("set_aside"), text=pl.lit(""))
    set_apart = lines.collect(engine="streaming")
    reason = (
        f"{sheet.place}的名字写着作废、旧、备份、模板、测试一类，而同一文件另有工作表：可以读作不算，也可以读作要算，"
        f"{set_apart.height} 行没有采用。不算的请删去该工作表；要算的请改名。"
    )
    problem = sheet.problem("skipped", "set_aside", reason)
    return _all_refused(sheet, sheet.grid.clear(), set_apart, "no_header", problem)


def _all_refused(
    sheet: _Sheet, lines: pl.LazyFrame, set_apart: pl.DataFrame, code: str, problem: Problem
) -> LandedSheet:
    """Lines of a sheet whose columns nobody knows: each is refused with the code."""
    rows = lines.select(
        pl.lit(sheet.file).alias("_file"),
        pl.lit(sheet.name).alias("_sheet"),
        pl.col("_row").cast(pl.Int64),
        *(pl.lit(None, pl.String).alias(each.name) for each in sheet.contract.fields),
        pl.lit(code).alias("_fault"),
    )
    empty = HeaderMatch(0, 0, {}, {}, {}, {}, {}, (), 0)
    return LandedSheet(
        sheet.file,
        sheet.name,
        empty,
        rows,
        set_apart.select(pl.lit(sheet.file).alias("_file"), pl.lit(sheet.name).alias("_sheet"), pl.all()),
        problems=(problem,),
        may_be_refused=True,
    )


def _told_unusable(sheet: _Sheet, code: str, best: HeaderMatch) -> str:
    """What was looked for, and what was found, under the contract's own names.

    Never the cells as they stand: what was taken for a header may be a person's row, and messages are published.
    """
    contract = sheet.contract
    known = "、".join(each.header for each in contract.fields if each.name in best.columns)
    if code == "no_header":
        wanted = "、".join(each.header for each in contract.fields[:5])
        return (
            f"{sheet.place}：前 {HEADER_SEARCH_ROWS} 行中没有找到《{contract.title}》的表头"
            f"（应有“{wanted}”等列；最接近的是第 {best.row} 行，认得出的列：{known or '没有一列'}）。"
            f"请确认文件名与内容相符，补上表头后重新导出。"
        )
    missing = [each for each in best.missing_required if each.name in contract.key]
    keys = "；".join(f"“{each.header}”（也可写作 {'、'.join(each.synonyms) or each.name}）" for each in missing)
    return (
        f"{sheet.place}：第 {best.row} 行是《{contract.title}》的表头，但缺少主键列{keys}，整张表未采用。"
        f"已认出的列：{known}。请补上该列后重新导出。"
    )
