"""The reading process: takes requests to read one file, line by line, and answers each with a line of JSON.

Started by `reader` only. It bounds its own memory, leaves no core files and ends with its caller.
"""

import dataclasses
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from pipelines.ingest.reading.columnar import Columns
from pipelines.ingest.reading.encodings import TextFile
from pipelines.ingest.reading.faults import UnreadableFile
from pipelines.ingest.reading.grid import Note, SheetSummary, TooWideError, write_frames
from pipelines.ingest.reading.kinds import Kind, insist_text, kind_of
from pipelines.ingest.reading.limits import FULL_SHEETS, MEMORY_AT_LEAST, MEMORY_AT_MOST, MEMORY_PER_BYTE
from pipelines.ingest.reading.page import Page
from pipelines.ingest.reading.text import NarrowError, Table
from pipelines.ingest.reading.workbook import Workbook


def read_file(path: Path, label: str, target: Path) -> dict[str, Any]:
    """Read one file of whatever kind into `target` and describe it.

    Raises:
        UnreadableFile: the file's fault.
        OSError: the disk's.
    """
    try:
        match kind_of(path, label):
            case "xlsx" | "xls" | "xlsb" | "ods" as kind:
                return _read_workbook(path, label, target, kind)
            case "parquet":
                return _read_parquet(path, label, target)
            case "page":
                return _read_page(path, label, target)
            case "text":
                return _read_text(path, label, target)
    except TooWideError as fault:
        raise UnreadableFile(label, "too_wide", detail=str(fault)) from fault


def _read_workbook(path: Path, label: str, target: Path, kind: Kind) -> dict[str, Any]:
    book = Workbook(path, label, target.parent)
    width = book.width()
    write_frames(lambda: book.frames(width), width, target)
    return _described(kind, None, list(book.summaries.values()), book.notes(), since_1904=book.since_1904)


def _read_parquet(path: Path, label: str, target: Path) -> dict[str, Any]:
    columns = Columns(path, label)
    columns.write(target)
    return _described("parquet", None, [columns.summary()], columns.notes())


def _read_page(path: Path, label: str, target: Path) -> dict[str, Any]:
    page = Page(TextFile(path, label))
    width = page.width()
    write_frames(lambda: page.frames(width), width, target)
    return _described("page", page.text.encoding, list(page.summaries.values()), page.notes())


def _read_text(path: Path, label: str, target: Path) -> dict[str, Any]:
    text = TextFile(path, label)
    insist_text(text.start, label)
    table = Table.of(text)
    width = table.likely_width()
    try:
        write_frames(lambda: table.frames(width), width, target)
    except NarrowError:
        width = table.width()
        write_frames(lambda: table.frames(width), width, target)
    rows = int(pl.scan_parquet(target).select(pl.len()).collect().item())
    described = _described("text", text.encoding, [SheetSummary("", rows, width, last_row=rows)], table.notes())
    return described | {"broken": table.broken()}


def _described(
    kind: Kind, encoding: str | None, sheets: list[SheetSummary], notes: list[Note], *, since_1904: bool = False
) -> dict[str, Any]:
    full = [_maybe_cut_off(sheet) for sheet in sheets if sheet.last_row in FULL_SHEETS]
    return {
        "kind": kind,
        "encoding": encoding,
        "sheets": [dataclasses.asdict(sheet) for sheet in sheets],
        "notes": [dataclasses.asdict(note) for note in [*notes, *full]],
        "since_1904": since_1904,
    }


def _maybe_cut_off(sheet: SheetSummary) -> Note:
    reason = f"正好写满 {sheet.last_row} 行，这是表格软件一张工作表的上限，后面的行可能被截掉了，请核对行数或改用 CSV"
    return Note("maybe_cut_off", reason, "assumed", sheet.name, sheet.last_row)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    _bound_memory(request["size"])
    try:
        return read_file(Path(request["path"]), request["label"], Path(request["target"]))
    except UnreadableFile as fault:
        return _fault(fault.reason_code, fault.sheet, fault.detail)
    except MemoryError:
        return _fault("too_big", "", "")
    except OSError as fault:
        return {"fault": {"errno": fault.errno or 0, "message": fault.strerror or str(fault)}}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # noqa: BLE001 - a panic in Rust is no Exception; the file is at fault
        return _fault("reader_crashed", "", f"{type(fault).__name__}")


def _fault(reason_code: str, sheet: str, detail: str) -> dict[str, Any]:
    # whatever a file calls its sheets, what is told of it can be written down
    sheet, detail = (text.encode("utf-8", "replace").decode() for text in (sheet, detail))
    return {"fault": {"reason_code": reason_code, "sheet": sheet, "detail": detail}}


def _bound_memory(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = min(MEMORY_AT_LEAST + MEMORY_PER_BYTE * size, MEMORY_AT_MOST)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))


def _end_with(parent: int) -> None:
    """A caller that was killed can no longer close our input while we are busy: look for it now and then."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    answers.write(b"{}\n")
    answers.flush()
    for line in requests:
        answers.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    # libraries that print must not disturb the answers
    with os.fdopen(os.dup(1), "wb") as own:
        os.dup2(2, 1)
        _serve(sys.stdin.buffer, own)
