"""The one door: write a folder of dumps, province by province.

Does not belong here: what the tables hold (province) or how files are spoiled (messy).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.synthetic import province as one
from data.synthetic.calibration import DUMP_DATE, PROVINCE_SHARE, TEACHERS
from data.synthetic.exports import Place, messy_files, stray_file, tidy_files
from models.night import SAMPLE_MARK

FORMATS = ("mixed", "csv", "xlsx", "parquet")
PROVINCES = tuple(PROVINCE_SHARE)
SMALLEST_PROVINCE = 300


@dataclass(frozen=True)
class Written:
    """One finished dump file."""

    province: str
    path: Path
    table: str
    rows: int


@dataclass(frozen=True)
class Manner:
    """How files are written: the seed of the mess, the format, and whether they are tidy."""

    seed: int
    fmt: str
    clean: bool


def generate(  # noqa: PLR0913 — the options of the command
    out: Path,
    provinces: Sequence[str] = PROVINCES,
    teachers: int = TEACHERS,
    seed: int = 1,
    fmt: str = "mixed",
    clean: bool = False,
    progress: Callable[[Written], None] = lambda _: None,
) -> list[Written]:
    """Writes ``out/<province>/<dump date>/<file>`` and returns what was written, in order.

    ``teachers`` is the total over ``provinces``. The same arguments give the same bytes. ``progress`` is called after
    each file. ValueError for an unknown province or format, or for too few teachers.
    """
    _check(provinces, teachers, fmt)
    manner = Manner(seed, fmt, clean)
    written: list[Written] = []
    for code, count in shares(provinces, teachers).items():
        folder = out / code / DUMP_DATE
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SAMPLE_MARK).write_text("样例数据\n", encoding="utf-8")
        if not clean:
            stray_file(folder)
        for batch, tables in one.tables(code, seed, count):
            for table, frame in tables.items():
                if frame.is_empty():
                    continue
                for path, rows in _write(folder, table, frame, batch, manner):
                    done = Written(code, path, table, rows)
                    written.append(done)
                    progress(done)
    return written


def shares(provinces: Sequence[str], teachers: int = TEACHERS) -> dict[str, int]:
    """How many of the teachers each province has."""
    whole = sum(PROVINCE_SHARE[code] for code in provinces)
    return {code: max(SMALLEST_PROVINCE, round(teachers * PROVINCE_SHARE[code] / whole)) for code in provinces}


def _check(provinces: Sequence[str], teachers: int, fmt: str) -> None:
    unknown = [code for code in provinces if code not in PROVINCE_SHARE]
    if unknown:
        raise ValueError(f"没有省份 {'、'.join(unknown)} 的样例；可用：{'、'.join(PROVINCE_SHARE)}")
    if not provinces:
        raise ValueError("至少要给一个省份代码")
    if fmt not in FORMATS:
        raise ValueError(f"没有格式 {fmt}；可用：{'、'.join(FORMATS)}")
    if teachers < 1:
        raise ValueError("教师数须为正数")


def _write(folder: Path, table: str, frame: pl.DataFrame, batch: int, manner: Manner) -> Iterator[tuple[Path, int]]:
    number = "" if batch == 0 else f"-{batch + 1}"
    parts = {number: frame}
    if table == "credit_record":
        years = sorted(frame["part_year"].unique().to_list())
        parts = {f"_{year}{number}": frame.filter(pl.col("part_year") == year) for year in years}
    for suffix, part in parts.items():
        where = Place(folder, table, suffix)
        if manner.clean:
            yield from tidy_files(where, part, "csv" if manner.fmt == "mixed" else manner.fmt)
        else:
            yield from messy_files(where, part, manner.seed, manner.fmt)
