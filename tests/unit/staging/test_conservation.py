"""Laws: every row read is staged, rejected, a duplicate or dropped; the order of rows and files changes nothing."""

import itertools
import random
from collections.abc import Callable

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contracts import contract
from models.staging import land_file, resolve_duplicates, row_counts, stage

GridOf = Callable[..., pl.LazyFrame]
RECORD = contract("staging", "credit_record")
HEADER = ["登记编号", "教师编号", "来源类型", "级别", "学时", "结束日期", "结业状态", "状态", "登记日期", "是否实践"]

line = st.tuples(
    st.sampled_from(["R1", "R2", "R3", "R 4", "５", None, "1.5E+10", "无", "#REF!"]),
    st.sampled_from(["T1", "Ｔ２", None]),
    st.sampled_from(["集中", "网络研修", "旅游"]),
    st.sampled_from(["省", "10国家级", "10省级"]),
    st.sampled_from(["8", "９０学时", "半天", "-1", "很多", None]),
    st.sampled_from(["2019-12-26", "43825", "2019-02-30", "2019-12"]),
    st.sampled_from(["合格", "3", "培训中"]),
    st.sampled_from(["已登记", "退回"]),
    st.sampled_from(["2019-12-30", "2020年1月2日", "昨天", None]),
    st.sampled_from(["是", "0", "也许", None]),
).map(list)
apart = st.sampled_from(
    [
        ["合计", None, "9"],
        [None, "小计"],
        ["填表人：某"],
        ["共3条"],
        ["某市（3人）"],
        HEADER,
        [None],
        ["  ", "", None],
    ]
)
files = st.lists(st.lists(line | line | line | apart, max_size=12), min_size=1, max_size=3)


def night(
    grids: dict[str, pl.LazyFrame],
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    sheets = [sheet for name, grid in grids.items() for sheet in land_file(grid, name, RECORD).sheets]
    staged = stage(sheets, RECORD, "460000", b"key")
    resolved = resolve_duplicates(staged.rows, RECORD)
    counts = row_counts(RECORD, sheets, resolved.rows, staged.rejects, resolved.duplicates)
    dropped = pl.concat([sheet.dropped for sheet in sheets]) if sheets else pl.DataFrame()
    return resolved.rows.collect(), staged.rejects.collect(), resolved.duplicates, counts, dropped


@given(files)
@settings(max_examples=30, deadline=None)
def test_every_row_is_accounted_for(grid_of: GridOf, lines: list[list[list[str | None]]]) -> None:
    grids = {f"学分-{n}.csv": grid_of([HEADER, *body]) for n, body in enumerate(lines)}
    kept, rejects, duplicates, counts, dropped = night(grids)
    assert counts.height == len(lines)
    for n, body in enumerate(lines):
        filled = {number for number, row in enumerate(body, start=2) if any(cell and cell.strip() for cell in row)}
        name = f"学分-{n}.csv"
        in_rows = [
            kept.filter(pl.col("_file") == name)["_row"].to_list(),
            rejects.filter((pl.col("file") == name) & (pl.col("severity") == "row"))["row_number"].to_list(),
            duplicates.filter(pl.col("file") == name)["row_number"].to_list(),
            dropped.filter(pl.col("_file") == name)["_row"].to_list(),
        ]
        assert sorted(itertools.chain.from_iterable(in_rows)) == sorted(filled)
        counted = counts.row(by_predicate=pl.col("file") == name, named=True)
        columns = ("rows_staged", "rows_rejected", "rows_duplicate", "rows_dropped_total")
        assert [counted[column] for column in columns] == [len(rows) for rows in in_rows]
        assert counted["rows_read"] == len(filled)
    assert kept["record_id"].is_unique().all()
    assert kept.schema == RECORD.schema()


@given(files, st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_in_which_rows_and_files_arrive_changes_nothing(
    grid_of: GridOf, lines: list[list[list[str | None]]], chance: random.Random
) -> None:
    grids = {f"学分-{n}.csv": grid_of([HEADER, *body]) for n, body in enumerate(lines)}
    mixed = list(grids.items())
    chance.shuffle(mixed)

    def shuffled(grid: pl.LazyFrame) -> pl.LazyFrame:
        whole = grid.collect()
        order = list(range(1, whole.height))
        chance.shuffle(order)
        return whole[[0, *order]].lazy()

    first = night(grids)
    second = night({name: shuffled(grid) for name, grid in mixed})
    for straight, other in zip(first, second, strict=True):
        key = [c for c in straight.columns if c in {"_file", "_row", "file", "row_number", "column_name"}]
        assert straight.sort(key).equals(other.sort(key))
