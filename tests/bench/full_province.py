"""The dumps of a province at full weight: 600,000 teachers, six years, about 36 million credit records.

Belongs here: how dense such a province's records are and in which formats its files come: most as parquet, a share as
GB18030 text and as workbooks, so that parsing is measured too. What the tables hold is data.synthetic's.

    python -m tests.bench.full_province --teachers 600000 --out data/bench/province/dumps
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from data.synthetic.calibration import DUMP_DATE, Density
from data.synthetic.province import tables
from data.synthetic.shaping import as_text, contract_of, headed
from data.synthetic.writing import rows_of, write_csv, write_parquet, write_xlsx

PROVINCE = "330000"
TEACHERS = 600_000
FULL = Density(
    teachers_per_school=180,
    offers=2,
    uptake=1.7,
    class_factor=10,
    followed=0.11,
    sessions_a_day=4,
    response_factor=0.5,
)
"""Fewer and larger projects than the sample's: about 100,000, of which 60,000 have classes."""
TEXT_BATCH = 0
WORKBOOK_BATCH = 1
WORKBOOK_ROWS = 60_000
"""Clerks do not keep larger workbooks; larger tables of that batch come as parquet like the others."""


def write_dumps(out: Path, teachers: int, seed: int = 1) -> dict[str, int]:
    """Writes ``out/<province>/<dump date>/<file>``, batch by batch; rows by table."""
    folder = out / PROVINCE / DUMP_DATE
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    for batch, made in tables(PROVINCE, seed, teachers, FULL):
        for table, frame in made.items():
            if frame.is_empty():
                continue
            for stem, part in _parts(table, frame, batch):
                _write(folder / stem, headed(table, as_text(table, part)), batch)
            rows[table] = rows.get(table, 0) + frame.height
        print(f"第 {batch + 1} 批：登记 {rows['credit_record']:,} 条", flush=True)
    return rows


def _parts(table: str, frame: pl.DataFrame, batch: int) -> Iterator[tuple[str, pl.DataFrame]]:
    title = contract_of(table).title
    if table != "credit_record":
        yield f"{title}-{batch + 1}", frame
        return
    for (year,), part in frame.partition_by("part_year", as_dict=True, maintain_order=True).items():
        yield f"{title}_{year}-{batch + 1}", part


def _write(path: Path, text: pl.DataFrame, batch: int) -> None:
    if batch == TEXT_BATCH:
        write_csv(path.with_name(path.name + ".csv"), text, "gb18030")
    elif batch == WORKBOOK_BATCH and text.height <= WORKBOOK_ROWS:
        write_xlsx(path.with_name(path.name + ".xlsx"), {"Sheet1": rows_of(text)})
    else:
        write_parquet(path.with_name(path.name + ".parquet"), text)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teachers", type=int, default=TEACHERS)
    parser.add_argument("--out", type=Path, default=Path("data/bench/province/dumps"))
    chosen = parser.parse_args(arguments)
    rows = write_dumps(chosen.out, chosen.teachers)
    print(json.dumps(rows, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
