"""From landed text to typed rows, with a reason for every row and cell that could not be.

Here belongs putting the parsers of `models.staging.spelling` and `models.staging.cleaning` to work on whole
tables: each distinct spelling of a column is parsed once and the rows are mapped, so a table of tens of millions
of rows costs a few streaming passes. Not here: what one text means, and duplicates.

A required field that is empty or unreadable rejects its row, an optional unreadable one only its cell (null).
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from models.contracts import Contract, Field, audit_contracts
from models.contracts.model import TRACE
from models.staging import cleaning, doubts, evidence, figures
from models.staging.landing import LandedSheet
from models.staging.problems import Problem
from models.staging.reasons import ASSUMPTIONS, CODES, sentence
from models.staging.spelling import REFUSED, Parser, flat, identity_parser, parser_of
from models.staging.unreadable import Unreadable

_VECTORISED = {"id", "text", "json"}
#: Tables up to this size are read once and kept in memory while each of their columns is looked at.
_SMALL = 200_000
_LIST_MARK = "\u001f"


@dataclass(frozen=True)
class Staged:
    """The typed rows and everything that was refused.

    `rows`: the contract's schema, rejected rows left out. `rejects`: audit.rejects without province, one entry per
    rejected row (its first fault; the others are named in the reason) and one per cell set to null. `problems`: what
    was assumed of cells that were read.
    """

    rows: pl.LazyFrame
    rejects: pl.LazyFrame
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """How a column is read: its value, and the reason code of a fault (null where there is none).

    `fault` is None when the column has no fault anywhere, so that clean columns cost nothing.
    """

    field: Field
    value: pl.Expr
    fault: pl.Expr | None
    assumed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Spelling → what was assumed in reading it (of `reasons.ASSUMPTIONS`)."""


def stage(sheets: Sequence[LandedSheet], contract: Contract, province: str, hash_key: bytes) -> Staged:
    """Type all landed sheets of one table.

    Identity fields are checked and leave as keyed HMAC-SHA256 (`hash_key`) only. No sheets: empty frames.
    """
    if not sheets:
        return Staged(contract.empty(), _no_rejects())
    landed = _at_hand(pl.concat([sheet.rows for sheet in sheets]))
    is_any_refused = any(sheet.may_be_refused for sheet in sheets)
    present = {name for sheet in sheets for name in sheet.match.columns}
    readings = [_reading(field, landed, field.name in present, hash_key) for field in contract.fields]
    fatal = [r for r in readings if r.fault is not None and r.field.required]
    sound = [r.fault.is_null() for r in fatal if r.fault is not None]
    sound += [pl.col("_fault").is_null()] if is_any_refused else []
    rows = landed.filter(pl.all_horizontal(sound)) if sound else landed
    typed = rows.select(
        pl.lit(province).alias("province"), *(r.value.alias(r.field.column) for r in readings), *TRACE
    ).cast(contract.schema())
    assumed = tuple(problem for reading in readings for problem in _assumed(reading, landed, contract))
    rejects = [_rejects(landed, readings, contract), *(sheet.header_rejects() for sheet in sheets if sheet.rejects)]
    if is_any_refused:
        rejects.append(_refused_lines(landed, contract))
    return Staged(typed, pl.concat(rejects), assumed)


def _refused_lines(landed: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """The lines refused as they stand, before any cell of theirs was looked at."""
    first = contract.field(contract.key[0])
    sentences = {code: sentence(first, code) for code in CODES}
    fault = pl.col("_fault")
    return landed.filter(fault.is_not_null()).select(
        table_name=pl.lit(contract.table),
        file="_file",
        sheet="_sheet",
        row_number="_row",
        column_name=pl.lit(""),
        raw_value=pl.lit(None, pl.String),
        reason_code=fault,
        reason=fault.replace_strict(sentences, default=None, return_dtype=pl.String),
        severity=pl.lit("row"),
    )


def _assumed(reading: _Reading, landed: pl.LazyFrame, contract: Contract) -> Iterator[Problem]:
    """What was assumed in reading a column, file by file, with the first row where it was."""
    if not reading.assumed:
        return
    cell = _mapped(pl.col(reading.field.name), dict(reading.assumed), pl.String())
    found = (
        landed.select(*TRACE, code=cell)
        .filter(pl.col("code").is_not_null())
        .group_by("_file", "_sheet", "code", maintain_order=True)
        .agg(pl.len(), first=pl.col("_row").min())
        .collect(engine="streaming")
        .sort("_file", "_sheet", "code")
    )
    for row in found.iter_rows(named=True):
        yield Problem(
            table_name=contract.table,
            file=row["_file"],
            sheet=row["_sheet"],
            row_number=row["first"],
            column_name=reading.field.name,
            reason_code=row["code"],
            reason=f"“{reading.field.header}”{row['len']} 处{ASSUMPTIONS[row['code']]}，首先在第 {row['first']} 行。",
            kind="assumed",
        )


def _reading(field: Field, landed: pl.LazyFrame, present: bool, hash_key: bytes) -> _Reading:
    if not present:
        missing = pl.lit("required_empty") if field.required else None
        return _Reading(field, pl.lit(None, field.dtype), missing)
    if field.type in _VECTORISED and field.sensitivity != "identity":
        return _read_by_expression(field, landed)
    return _read_by_spelling(field, landed, hash_key)


def _read_by_expression(field: Field, landed: pl.LazyFrame) -> _Reading:
    """Cells that are clean stay as they are; each other spelling is cleaned once."""
    cell = pl.col(field.name)
    is_clean = cleaning.is_clean_code(cell) if field.type == "id" else cleaning.is_clean_text(cell)
    unclean = landed.select(cell.filter(~is_clean)).unique().collect(engine="streaming").get_column(field.name)
    read = _cleaned(unclean, is_code=field.type == "id")
    if field.references:
        fault = pl.coalesce("fault", cleaning.reference_fault(doubts.without_context(pl.col("old"))))
        read = read.with_columns(fault=fault).with_columns(new=pl.when(pl.col("fault").is_null()).then("new"))
    faults = dict(read.filter(pl.col("fault").is_not_null()).select("old", "fault").iter_rows())
    if not field.required:
        return _Reading(field, _amended(cell, read), _mapped(cell, faults, pl.String()) if faults else None)
    nothing = read.filter(pl.col("new").is_null() & pl.col("fault").is_null())["old"].to_list()
    faults |= dict.fromkeys(nothing, "required_empty")
    empty = pl.when(cell.is_null()).then(pl.lit("required_empty"))
    has_faults = bool(faults) or _any(landed, cell.is_null())
    return _Reading(
        field, _amended(cell, read), empty.otherwise(_mapped(cell, faults, pl.String())) if has_faults else None
    )


def _cleaned(spellings: pl.Series, *, is_code: bool) -> pl.DataFrame:
    """Each spelling (`old`) with what it is read as (`new`) or else the reason code of its fault.

    Step by step: in one expression the cleaning would stand wherever a fault is looked for in what it gives.
    """
    if spellings.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(("old", "fault", "new"), pl.String))
    clean, fault_of = (cleaning.code, cleaning.code_fault) if is_code else (cleaning.text, cleaning.text_fault)
    refused = pl.col("old").str.extract(f"{doubts.CONTEXT}{REFUSED}(.*)$")
    own = fault_of(pl.col("raw"), pl.col("cleaned"))
    return (
        pl.LazyFrame({"old": spellings})
        .with_columns(raw=doubts.without_context(pl.col("old")))
        .with_columns(cleaned=clean(pl.col("raw")))
        .with_columns(fault=pl.when(pl.col("cleaned").is_not_null()).then(pl.coalesce(refused, own)))
        .select("old", "fault", new=pl.when(pl.col("fault").is_null()).then("cleaned"))
        .collect()
    )


def _amended(cell: pl.Expr, read: pl.DataFrame) -> pl.Expr:
    """The cell, or what its spelling was read as (`old`, `new`)."""
    if read.is_empty():
        return cell
    old, new = read["old"], read["new"]
    return cell.map_batches(lambda batch: batch.replace(old, new), return_dtype=pl.String, is_elementwise=True)


def _at_hand(landed: pl.LazyFrame) -> pl.LazyFrame:
    rows = landed.select(pl.len()).collect(engine="streaming").item()
    return landed.collect(engine="streaming").lazy() if rows <= _SMALL else landed


def _any(landed: pl.LazyFrame, condition: pl.Expr) -> bool:
    return bool(landed.select(condition.any()).collect(engine="streaming").item())


def _read_by_spelling(field: Field, landed: pl.LazyFrame, hash_key: bytes) -> _Reading:
    cell = pl.col(field.name)
    # Moments to the second are too many to be parsed one by one: only unusual spellings are.
    usual = cleaning.moment(cell) if field.type == "datetime" else None
    others = landed if usual is None else landed.filter(usual.is_null())
    found = others.group_by(field.name).len().collect(engine="streaming")
    spellings: dict[str | None, int] = dict(zip(found[field.name], found["len"], strict=True))
    parse = identity_parser(hash_key) if field.sensitivity == "identity" else parser_of(field, spellings)
    values, faults = _parsed(spellings, parse, field)
    fault = _mapped(cell, faults, pl.String())
    has_faults = bool(faults)
    if None in spellings and field.required:
        fault = pl.when(cell.is_null()).then(pl.lit("required_empty")).otherwise(fault)
        has_faults = True
    plain = _plain(field, values)
    value = plain if plain is not None and _agrees(plain, field, spellings, values) else _value(cell, values, field)
    value = value if usual is None else pl.coalesce(usual, value)
    if field.type == "date" and (doubt := _doubt_of_days(field, landed, spellings)) is not None:
        fault, value, has_faults = pl.coalesce(doubt, fault), pl.when(doubt.is_null()).then(value), True
    return _Reading(field, value, fault if has_faults else None, _assumptions(field, values))


def _doubt_of_days(field: Field, landed: pl.LazyFrame, spellings: Iterable[str | None]) -> pl.Expr | None:
    """The reason code of days that are refused for what their column says of them; None where none is."""
    doubtful = evidence.doubtful_days(field.name, landed, spellings)
    found = [
        pl.when(pl.col("_file") == file).then(_mapped(pl.col(field.name), dict(codes), pl.String()))
        for file, codes in doubtful.items()
    ]
    return pl.coalesce(found) if found else None


def _assumptions(field: Field, values: Mapping[str, Any]) -> dict[str, str]:
    """Of the spellings that were read as figures, those in which something was assumed."""
    if field.type not in {"decimal", "integer"}:
        return {}
    codes = (
        (spelling, figures.is_assumed(flat(doubts.parted(spelling)[0]), field))
        for spelling in values
        if not spelling.isascii()
    )
    return {spelling: code for spelling, code in codes if code}


def _parsed(spellings: Iterable[str | None], parse: Parser, field: Field) -> tuple[dict[str, Any], dict[str, str]]:
    """Each spelling's value, or else the reason code of its fault; neither for one that means nothing."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for spelling in spellings:
        if spelling is None:
            continue
        try:
            value = parse(spelling)
        except Unreadable as unreadable:
            faults[spelling] = unreadable.code
            continue
        if value is not None:
            values[spelling] = value
        elif field.required:
            faults[spelling] = "required_empty"
    return values, faults


def _plain(field: Field, values: dict[str, Any]) -> pl.Expr | None:
    """How polars alone would read the column were it written plainly; None where that is no faster than a map."""
    cell = pl.col(field.name)
    if field.dtype == pl.String:
        return cell
    if field.type in {"integer", "decimal"}:
        return cell.cast(field.dtype, strict=False)
    yes = [spelling for spelling, value in values.items() if value is True]
    return cell == yes[0] if field.type == "bool" and len(yes) == 1 else None


def _agrees(plain: pl.Expr, field: Field, spellings: Iterable[str | None], values: dict[str, Any]) -> bool:
    """Whether polars reads every spelling of the column as its parser did."""
    known = list(spellings)
    read = pl.Series([None if each is None else values.get(each) for each in known], dtype=field.dtype)
    cells = pl.DataFrame({field.name: pl.Series(known, dtype=pl.String)})
    return bool(cells.select(plain.eq_missing(pl.lit(read)).all()).item())


def _value(cell: pl.Expr, values: dict[str, Any], field: Field) -> pl.Expr:
    if field.type != "list":
        return _mapped(cell, values, field.dtype)
    joined = {spelling: _LIST_MARK.join(parts) for spelling, parts in values.items()}
    return _mapped(cell, joined, pl.String()).str.split(_LIST_MARK)


def _mapped(cell: pl.Expr, meaning: dict[str, Any], dtype: pl.DataType) -> pl.Expr:
    if not meaning:
        return pl.lit(None, dtype)
    old = pl.Series(list(meaning), dtype=pl.String)
    new = pl.Series(list(meaning.values()), dtype=dtype)
    # As an expression `replace_strict` would hold whole columns in memory; batch by batch it streams.
    return cell.map_batches(
        lambda batch: batch.replace_strict(old, new, default=None, return_dtype=dtype),
        return_dtype=dtype,
        is_elementwise=True,
    )


def _no_rejects() -> pl.LazyFrame:
    return pl.LazyFrame(schema=_reject_schema())


def _reject_schema() -> pl.Schema:
    schema = dict(audit_contracts()["rejects"].schema())
    schema.pop("province")
    return pl.Schema(schema)


def _rejects(landed: pl.LazyFrame, readings: Sequence[_Reading], contract: Contract) -> pl.LazyFrame:
    faulty = [r for r in readings if r.fault is not None]
    if not faulty:
        return _no_rejects()
    row_faults = _faults([r for r in faulty if r.field.required])
    cell_faults = _faults([r for r in faulty if not r.field.required])
    landed = landed.filter(pl.col("_fault").is_null())
    any_fault = pl.any_horizontal(r.fault.is_not_null() for r in faulty if r.fault is not None)
    judged = landed.filter(any_fault).select(*TRACE, row_faults=row_faults, cell_faults=cell_faults)
    is_row = pl.col("row_faults").list.len().fill_null(0) > 0
    rows = judged.filter(is_row).select(
        *TRACE,
        pl.col("row_faults").list.first().alias("fault"),
        others=pl.col("row_faults").list.slice(1).list.eval(pl.element().struct.field("header")).list.join("”“"),
        severity=pl.lit("row"),
    )
    cells = (
        judged.filter(~is_row)
        .select(*TRACE, fault=pl.col("cell_faults"), others=pl.lit(""), severity=pl.lit("cell"))
        .explode("fault")
    )
    return (
        pl.concat([rows, cells])
        .unnest("fault")
        .select(
            table_name=pl.lit(contract.table),
            file="_file",
            sheet="_sheet",
            row_number="_row",
            column_name="column_name",
            raw_value="raw_value",
            reason_code="reason_code",
            reason=_reason(faulty),
            severity="severity",
        )
    )


def _reason(faulty: Sequence[_Reading]) -> pl.Expr:
    """Why a cell was refused, in a sentence, and which others of its row must be put right too."""
    reasons = {f"{r.field.name}|{code}": sentence(r.field, code) for r in faulty for code in CODES}
    others = pl.concat_str(pl.lit("；同一行的“"), "others", pl.lit("”也须改正"))
    return pl.format("{}|{}", pl.col("column_name"), pl.col("reason_code")).replace_strict(
        list(reasons), list(reasons.values()), return_dtype=pl.String
    ) + pl.when(pl.col("others") != "").then(others).otherwise(pl.lit(""))


_FAULT = pl.Struct(dict.fromkeys(("column_name", "header", "raw_value", "reason_code"), pl.String()))


def _faults(readings: Sequence[_Reading]) -> pl.Expr:
    """The faults of a row among these columns, in canonical order, as a list of structs."""
    if not readings:
        return pl.lit(None, pl.List(_FAULT))
    return pl.concat_list(
        pl.when(r.fault.is_not_null()).then(
            pl.struct(
                column_name=pl.lit(r.field.name),
                header=pl.lit(r.field.header),
                raw_value=_shown(r.field),
                reason_code=r.fault,
            )
        )
        for r in readings
        if r.fault is not None
    ).list.drop_nulls()


def _shown(field: Field) -> pl.Expr:
    """The cell as landed; of personal and identity fields only how long it is."""
    cell = doubts.without_context(pl.col(field.name))
    return (
        cell
        if field.sensitivity == "none"
        else pl.concat_str(pl.lit("（已隐去，"), cell.str.len_chars().cast(pl.String), pl.lit(" 个字符）"))
    )
