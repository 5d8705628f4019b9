"""Spoils a written dump folder in one known way, to prove that the gate stops the night.

Every function takes a tidy (``clean``) dump folder of one province and day, changes it in place and returns the path
it changed. Does not belong here: the everyday mess that a night must survive (messy).
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from data.synthetic.shaping import contract_of
from data.synthetic.writing import write_csv

UNREADABLE_SHARE = 10
"""One row in so many is made unreadable."""


def files_of(folder: Path, table: str) -> list[Path]:
    """The tidy CSV files of a table, in name order; FileNotFoundError where there are none."""
    title = contract_of(table).title
    found = sorted(path for path in folder.glob("*.csv") if path.stem.rstrip("0123456789-_") == title)
    if not found:
        raise FileNotFoundError(f"{folder} 中没有 {title} 的 CSV 文件")
    return found


def drop_table(folder: Path, table: str) -> Path:
    """The table's files are gone."""
    files = files_of(folder, table)
    for path in files:
        path.unlink()
    return files[0]


def empty_table(folder: Path, table: str) -> Path:
    """Only the header is left."""
    files = files_of(folder, table)
    for path in files:
        write_csv(path, _read(path).clear())
    return files[0]


def cut_table(folder: Path, table: str) -> Path:
    """Every second row is lost, as if the export had been cut off."""
    files = files_of(folder, table)
    for path in files:
        frame = _read(path)
        write_csv(path, frame.head(frame.height // 2))
    return files[0]


def unreadable_rows(folder: Path, table: str) -> Path:
    """One row in ten has nothing readable in a column that must be filled."""
    files = files_of(folder, table)
    contract = contract_of(table)
    required = next(field.header for field in contract.fields if field.required and field.name not in contract.key)
    for path in files:
        frame = _read(path).with_row_index("_n")
        spoilt = pl.when(pl.col("_n") % UNREADABLE_SHARE == 0).then(pl.lit("")).otherwise(pl.col(required))
        write_csv(path, frame.with_columns(spoilt.alias(required)).drop("_n"))
    return files[0]


def same_keys(folder: Path, table: str) -> Path:
    """Half of the rows carry the key of the row above but other content."""
    path = files_of(folder, table)[0]
    frame = _read(path).with_row_index("_n")
    headers = [contract_of(table).field(name).header for name in contract_of(table).key]
    above = [
        pl.when(pl.col("_n") % 2 == 1).then(pl.col(header).shift(1)).otherwise(pl.col(header)).alias(header)
        for header in headers
    ]
    write_csv(path, frame.with_columns(above).drop("_n"))
    return path


def lost_header(folder: Path, table: str) -> Path:
    """The key column is missing altogether."""
    path = files_of(folder, table)[0]
    write_csv(path, _read(path).drop(contract_of(table).field(contract_of(table).key[0]).header))
    return path


def half_a_byte_stream(folder: Path, table: str) -> Path:
    """The file breaks off in the middle of a row."""
    path = files_of(folder, table)[0]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


DEFECTS: Mapping[str, Callable[[Path, str], Path]] = {
    "drop_table": drop_table,
    "empty_table": empty_table,
    "cut_table": cut_table,
    "unreadable_rows": unreadable_rows,
    "same_keys": same_keys,
    "lost_header": lost_header,
    "half_a_byte_stream": half_a_byte_stream,
}


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)
