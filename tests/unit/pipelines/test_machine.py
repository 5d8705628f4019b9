"""Faults of the machine are told in one Chinese sentence, whichever library they come through."""

import errno
import os
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from pipelines.operations import machine

FULL = Path("/dev/full")
"""Opened by us and never handed over as a path: DuckDB moves its finished file over the one it was told."""


def by_python() -> None:
    with FULL.open("wb", buffering=0) as stream:
        stream.write(b"x")


def by_polars() -> None:
    with FULL.open("wb") as stream:
        pl.DataFrame({"a": [1]}).write_parquet(stream)


@pytest.mark.parametrize("write", [by_python, by_polars])
def test_a_full_disk_is_told_whoever_meets_it(write: object) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each library has its own
        write()
    assert "磁盘已满" in str(machine.as_sentence(caught.value))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EFBIG, "超过了本机允许的大小"),
        (errno.EDQUOT, "配额"),
        (errno.EROFS, "只读"),
        (errno.EACCES, "没有读写权限"),
        (errno.EIO, "读写出错"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENOMEM, "内存不够"),
    ],
)
def test_each_fault_says_what_to_do_and_where(number: int, words: str) -> None:
    told = machine.as_sentence(OSError(number, os.strerror(number), "/home/x/raw/y"))
    assert told is not None
    assert words in told
    assert "/home/x/raw/y" in told
    assert "Errno" not in told


def test_what_lies_behind_an_error_is_found() -> None:
    outer = RuntimeError("step failed")
    outer.__cause__ = sqlite3.OperationalError("database or disk is full")
    assert "磁盘已满" in str(machine.as_sentence(outer))


def test_a_fault_of_the_program_is_not_blamed_on_the_machine() -> None:
    assert machine.as_sentence(KeyError("teacher_id")) is None
