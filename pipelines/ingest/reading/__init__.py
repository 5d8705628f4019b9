"""Dump files as they come: what lies in a snapshot folder, and each file's cells as text.

Belongs here: finding dump files, recognising what a file really is, decoding, and writing its cells as a raw
grid. Does not belong here: what a column means (contracts), typing, rejecting rows, where the grid is kept.
"""

from pipelines.ingest.reading.dumps import DumpFile, Fingerprint, Snapshot, find_snapshot, sha256
from pipelines.ingest.reading.faults import Problem, UnreadableFile
from pipelines.ingest.reading.grid import GridSummary, SheetSummary
from pipelines.ingest.reading.kinds import misnamed
from pipelines.ingest.reading.reader import read_grid, remove_leftovers

__all__ = [
    "DumpFile",
    "Fingerprint",
    "GridSummary",
    "Problem",
    "SheetSummary",
    "Snapshot",
    "UnreadableFile",
    "find_snapshot",
    "misnamed",
    "read_grid",
    "remove_leftovers",
    "sha256",
]
