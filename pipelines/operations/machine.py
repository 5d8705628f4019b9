"""What the machine can do to a night, said in one sentence with what to do.

Belongs here: recognising faults of disk, memory, permissions and Dagster's own store, by whichever library they come
through. Faults of a dump file are in ingest/reading/faults.py; what a night does about a fault, in
schedule/one_province.py.
"""

import re
from collections.abc import Iterator
from typing import Final

from pipelines.release.home import HomeUnusable

_AGAIN: Final = "再运行一次即可"
FAULTS: Final = {
    r"No space left on device|os error 28|disk is full|disk full|Out of disk": (
        f"磁盘已满，没有写完。请清出空间，或减少保留的发布数（SHIXUN_KEEP_RELEASES），{_AGAIN}"
    ),
    r"Disk quota exceeded|os error 122": f"磁盘配额已用完，没有写完。请清出空间或请管理员加配额，{_AGAIN}",
    r"File too large|os error 27": f"文件超过了本机允许的大小，没有写完。请放宽 ulimit -f 或换一个文件系统，{_AGAIN}",
    r"Read-only file system|os error 30|readonly database": f"数据目录所在的磁盘是只读的。请恢复可写后{_AGAIN}",
    r"Permission denied|Operation not permitted|os error 13|unable to open database file": (
        f"没有读写权限。请让数据目录及其中的文件都属于运行账号（chown -R），{_AGAIN}"
    ),
    r"FileExistsError|NotADirectoryError|IsADirectoryError|os error (?:17|20|21)\b": (
        "要写到的位置上是别的东西：该是文件夹的是文件，或该是文件的是文件夹。请换一个位置，或先把它移开"
    ),
    r"Input/output error|os error 5\)|disk I/O error": f"磁盘读写出错。请检查磁盘或网络盘，{_AGAIN}",
    r"Too many open files|os error 24": f"打开的文件数超过上限。请放宽 ulimit -n，{_AGAIN}",
    r"Cannot allocate memory|os error 12|Out of Memory|OutOfMemory|MemoryError|bad_alloc|failed to allocate": (
        f"内存不够。请关掉其他程序或加内存，{_AGAIN}"
    ),
    r"database is locked|database table is locked|Could not set lock on file": (
        f"数据目录里的库正被另一个程序占用。请等它结束或关掉它，{_AGAIN}"
    ),
    r"read-only mode: database does not exist|valid DuckDB database|read enough bytes|Corrupt database file": (
        "数据仓文件缺失或损坏。请运行 shixun refresh，会原样重建"
    ),
    r"disk image is malformed|file is not a database|malformed database schema|no such table|no such column": (
        f"HOME/dagster 里的运行记录已损坏；发布和数据不受影响。请把 HOME/dagster 改名移开，{_AGAIN}"
    ),
    r"DagsterInvalidConfigError|dagster\.yaml|YAMLError|ScannerError|ParserError": (
        f"HOME/dagster/dagster.yaml 读不懂；发布和数据不受影响。请改正它，或删除它（会写回默认设置），{_AGAIN}"
    ),
}
"""How a fault shows in a message, whoever words it, and what to tell the person."""


def as_sentence(error: BaseException) -> str | None:
    """The sentence for an error, or for what lies behind it; None when it is no fault of the machine."""
    return next((sentence for one in _behind(error) if (sentence := _told(one)) is not None), None)


def _told(error: BaseException) -> str | None:
    return str(error) if isinstance(error, HomeUnusable) else sentence_for(_text(error))


def sentence_for(message: str) -> str | None:
    """As `as_sentence`, from an error's words alone; the file it names is told too."""
    for pattern, sentence in FAULTS.items():
        if re.search(pattern, message, re.IGNORECASE):
            place = _PLACE.search(message)
            return f"{sentence}（{place[1]}）。" if place else f"{sentence}。"
    return None


_PLACE: Final = re.compile(r"""['"](/[^'"]+)['"]""")


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
