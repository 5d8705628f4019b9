"""Rows that their own platform has deleted: it keeps them, with a flag or the day of it in a column of its own.

Belongs here: which headers are such columns, and what their cells say. Such rows are no data, as totals are none: they
are set apart and told. Columns that only say that something is not in use (停用, 无效) are none of this.
"""

from collections.abc import Mapping

import polars as pl

from models.contracts import normalised_name
from models.staging.doubts import null_word


def _name(label: str) -> str:
    return normalised_name(label).replace("_", "")


_CHINESE_FLAGS = "是否删除 删除标志 删除标识 删除标记 删除状态 逻辑删除 是否作废 作废标志 作废标识"
_ENGLISH_FLAGS = "del_flag is_deleted is_delete is_del deleted delete_flag deleted_flag logic_delete"
_FLAGS = frozenset(map(_name, (*_CHINESE_FLAGS.split(), *_ENGLISH_FLAGS.split())))
_MOMENTS = frozenset(map(_name, ("删除时间", "删除日期", "作废时间", "作废日期", "deleted_at", "delete_time")))
_DELETED = ["1", "2", "是", "y", "yes", "true", "t", "d", "已删除", "删除", "已作废", "作废"]
"""2 is what the most widespread of the Chinese frameworks writes."""
_ALIVE = ["0", "否", "n", "no", "false", "f", "正常", "存在", "未删除", "有效", "未作废", "-1"]


def deletion_columns(unknown: Mapping[str, str]) -> dict[str, bool]:
    """Of columns under headers no field has (column → label) those that tell of deletion; True for a moment of it."""
    labels = {column: _name(label) for column, label in unknown.items()}
    return {column: label in _MOMENTS for column, label in labels.items() if label in _FLAGS | _MOMENTS}


def is_deleted(column: str, *, is_moment: bool) -> pl.Expr:
    """Whether a row was deleted; null where the cell says neither that it was nor that it was not."""
    plain = pl.col(column).str.normalize("NFKC").str.strip_chars().str.replace(r"\.0+$", "").str.to_lowercase()
    nothing = plain.is_null() | (plain == "") | null_word(plain)
    if is_moment:
        return ~(nothing | plain.is_in(["0", "1970-01-01 00:00:00", "1970-01-01 08:00:00"]))
    return (
        pl.when(nothing | plain.is_in(_ALIVE))
        .then(pl.lit(value=False))
        .when(plain.is_in(_DELETED))
        .then(pl.lit(value=True))
    )
