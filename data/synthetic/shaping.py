"""From typed frames to what a dump holds: the contract's fields in order, everything as text.

Headers and value lists come from models.contracts; nothing about them is written here. Does not belong here:
file formats and dirt.
"""

import polars as pl

from models.contracts import Contract, staging_contracts


def contract_of(table: str) -> Contract:
    return staging_contracts()[table]


def as_text(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The contract's fields (English names, canonical order) as text; fields the frame lacks are left out.

    Dates as 2019-03-08, flags as 是/否, whole numbers without a decimal point, lists joined by 、.
    """
    fields = [field.name for field in contract_of(table).fields if field.name in frame.columns]
    return frame.select(_text(name, frame.schema[name]) for name in fields)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("是")).when(~column).then(pl.lit("否")).alias(name)
    if dtype.is_float():
        # Two decimals are enough for hours, credits and money; 14.00 is written 14.
        exact = (column * 1000).round().cast(pl.Int64)
        whole = exact // 1000
        rest = (exact % 1000).cast(pl.String).str.zfill(3).str.strip_chars_end("0")
        return pl.when(rest == "").then(whole.cast(pl.String)).otherwise(whole.cast(pl.String) + "." + rest).alias(name)
    if dtype == pl.Datetime:
        return column.dt.strftime("%Y-%m-%d %H:%M:%S").alias(name)
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d").alias(name)
    if dtype == pl.List:
        return column.list.join("、").alias(name)
    return column.cast(pl.String).alias(name)


def headed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Canonical Chinese headers instead of field names."""
    contract = contract_of(table)
    return frame.rename({name: contract.field(name).header for name in frame.columns})
