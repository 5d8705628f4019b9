"""One row a key: of several rows with the same key the latest is kept, the others are set apart with the reason.

Scales by hashing: only the hash of each key is held in memory, and only rows whose hash occurs twice are looked
at. Equal hashes of different keys do no harm; they are compared by the keys themselves.
"""

import re
from dataclasses import dataclass

import polars as pl

from models.contracts import Contract, audit_contracts
from models.contracts.model import TRACE
from models.staging.problems import Problem


@dataclass(frozen=True)
class Resolved:
    """`rows`: the staged rows with unique keys. `duplicates`: audit.duplicates, one entry per row left out.

    `problems`: keys under which rows name different people, projects or places.
    """

    rows: pl.LazyFrame
    duplicates: pl.DataFrame
    problems: tuple[Problem, ...] = ()


def resolve_duplicates(rows: pl.LazyFrame, contract: Contract) -> Resolved:
    """Keep one row of each key.

    The latest row decides: by the contract's `later_by` (no date is earliest), else by file (part 10 after
    part 2), sheet and row. Rows equal to it in every field are `same_content`, of which the first is kept;
    rows with other content are `superseded`, or a `conflict` where they are about somebody or something else (the
    contract's `names`): an id that was given twice, or lost its last digits. The order in which rows arrive doesn't
    matter.
    """
    # Twice the same scan: `rows` should be something cheap to read again, such as a parquet file.
    hashes = rows.select(_key_hash(contract)).collect(engine="streaming").to_series().sort()
    repeated = hashes.filter(hashes == hashes.shift(1)).unique()
    if repeated.is_empty():
        return Resolved(rows, _described(pl.DataFrame(), contract))
    suspects = rows.filter(_key_hash(contract).is_in(repeated.implode())).collect(engine="streaming")
    losers = _losers(suspects, contract)
    if losers.is_empty():
        return Resolved(rows, _described(pl.DataFrame(), contract))
    kept = rows.join(losers.select(*TRACE).lazy(), on=list(TRACE), how="anti", nulls_equal=True)
    return Resolved(kept, _described(losers, contract), (*_conflicts(losers, contract), *_by_name(losers, contract)))


def _key_hash(contract: Contract) -> pl.Expr:
    first, *others = (pl.col(contract.field(name).column).hash(seed) for seed, name in enumerate(contract.key))
    combined = first
    for other in others:
        combined = combined ^ other
    return combined.alias("key_hash")


def _losers(suspects: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    key = [contract.field(name).column for name in contract.key]
    files = sorted(suspects["_file"].unique().to_list(), key=_natural)
    sheets = sorted(suspects["_sheet"].unique().to_list(), key=_natural)
    later_by = [pl.col(contract.field(contract.later_by).column)] if contract.later_by else []
    ordered = suspects.sort(
        *later_by,
        pl.col("_file").replace_strict(files, range(len(files)), return_dtype=pl.Int64),
        pl.col("_sheet").replace_strict(sheets, range(len(sheets)), return_dtype=pl.Int64),
        "_row",
        nulls_last=False,
    ).with_row_index("_order")
    content = [_comparable(field.column, field.type) for field in contract.fields]
    same = pl.all_horizontal(cell.eq_missing(cell.last().over(key)) for cell in content)
    judged = ordered.with_columns(_same=same, _conflict=_names_differ(contract, key)).with_columns(
        _kept=pl.col("_order").filter(pl.col("_same")).first().over(key)
    )
    day = pl.col(contract.field(contract.later_by).column) if contract.later_by else pl.lit(None)
    winners = judged.select(
        _kept="_order", kept_file="_file", kept_sheet="_sheet", kept_row_number="_row", _kept_day=day
    )
    return (
        judged.filter(pl.col("_order") != pl.col("_kept"))
        .join(winners, on="_kept", how="left", maintain_order="left")
        .with_columns(_by_name=~pl.col("_same") & ~pl.col("_conflict") & day.eq_missing(pl.col("_kept_day")))
    )


def _names_differ(contract: Contract, key: list[str]) -> pl.Expr:
    """Whether a row is about somebody or something else than the last of its key."""
    columns = [pl.col(contract.field(name).column) for name in contract.names]
    return pl.any_horizontal(
        pl.lit(value=False), *((cell != cell.last().over(key)).fill_null(False) for cell in columns)
    )


def _conflicts(losers: pl.DataFrame, contract: Contract) -> tuple[Problem, ...]:
    """One problem for each file and sheet in which a key is given to several."""
    headers = "、".join(contract.field(name).header for name in contract.key)
    names = "、".join(contract.field(name).header for name in contract.names)
    found = losers.filter("_conflict").group_by("_file", "_sheet").agg(pl.len(), first=pl.col("_row").min())
    return tuple(
        Problem(
            table_name=contract.table,
            file=row["_file"],
            sheet=row["_sheet"],
            row_number=row["first"],
            column_name=contract.key[0],
            reason_code="conflict",
            reason=f"“{headers}”相同而“{names}”不同的行有 {row['len']} 行，首先在第 {row['first']} 行："
            f"同一编号给了不同的人或事，或编号存成数字丢了末位。只采用了最后一行，请核对编号后重新导出。",
            kind="unreconciled",
        )
        for row in found.sort("_file", "_sheet").iter_rows(named=True)
    )


def _by_name(losers: pl.DataFrame, contract: Contract) -> tuple[Problem, ...]:
    """One problem for each two files that tell one key differently, where only their names say which is the later."""
    headers = "、".join(contract.field(name).header for name in contract.key)
    apart = losers.filter(pl.col("_by_name") & (pl.col("_file") != pl.col("kept_file")))
    found = apart.group_by("_file", "kept_file").agg(pl.len(), first=pl.col("_row").min())
    return tuple(
        Problem(
            table_name=contract.table,
            file=row["_file"],
            row_number=row["first"],
            column_name=contract.key[0],
            reason_code="later_by_name",
            reason=f"与 {row['kept_file']} 有 {row['len']} 行“{headers}”相同而内容不同，没有日期能定先后，"
            f"按文件名次序采用了后者的，首先在第 {row['first']} 行，请核对哪一份有效。",
            kind="assumed",
        )
        for row in found.sort("_file", "kept_file").iter_rows(named=True)
    )


def _comparable(column: str, type_: str) -> pl.Expr:
    return pl.col(column).list.join("\u001f") if type_ == "list" else pl.col(column)


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """教师信息-10 comes after 教师信息-2."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part)


def _described(losers: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    schema = dict(audit_contracts()["duplicates"].schema())
    schema.pop("province")
    if losers.is_empty():
        return pl.DataFrame(schema=schema)
    key = pl.concat_str(
        (pl.col(contract.field(name).column).cast(pl.String) for name in contract.key),
        separator="，",
        ignore_nulls=True,
    )
    kept = pl.format("{} 第 {} 行", pl.col("kept_file"), pl.col("kept_row_number"))
    headers = "、".join(contract.field(name).header for name in contract.key)
    same = pl.format("{}“{}”与{}内容完全相同，只留一行", pl.lit(headers), key, kept)
    other = pl.format("{}“{}”另有较晚的登记，采用{}", pl.lit(headers), key, kept)
    names = "、".join(contract.field(name).header for name in contract.names)
    clash = pl.format(
        "{}“{}”也给了{}，而两行的{}不同，采用较晚的一行，请核对编号", pl.lit(headers), key, kept, pl.lit(names)
    )
    return losers.select(
        table_name=pl.lit(contract.table),
        file="_file",
        sheet="_sheet",
        row_number="_row",
        key=key,
        reason_code=pl.when("_same")
        .then(pl.lit("same_content"))
        .when("_conflict")
        .then(pl.lit("conflict"))
        .otherwise(pl.lit("superseded")),
        reason=pl.when("_same").then(same).when("_conflict").then(clash).otherwise(other),
        kept_file="kept_file",
        kept_sheet="kept_sheet",
        kept_row_number="kept_row_number",
    ).sort("file", "sheet", "row_number")
