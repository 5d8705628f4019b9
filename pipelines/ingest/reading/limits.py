"""How large a dump file may be in each direction before it is refused as hostile or broken.

Only bounds live here. They are far above any honest dump and low enough that a hostile file can exhaust
neither memory, disk nor patience.
"""

from typing import Final

MIB: Final = 1 << 20

MAX_COLUMNS: Final = 1024
"""Widest row that is still a table; a wider one is a file whose line breaks were lost."""

MAX_RECORD_BYTES: Final = 16 * MIB
"""Longest single record of a text file."""

MAX_QUOTED_LINES: Final = 1000
"""A quoted cell running over more lines than this is taken for a quotation mark that was never closed."""

MAX_QUOTED_CHARS: Final = MIB
"""Likewise, in characters."""

CHUNK_BYTES: Final = 4 * MIB
"""How much of a text file is in hand at once."""

CELLS_IN_HAND: Final = 2_000_000
"""How many cells of a grid are in hand at once."""

MAX_ZIP_MEMBERS: Final = 1000
MAX_ZIP_DIRECTORY_BYTES: Final = MIB
MAX_UNPACKED_BYTES: Final = 16 * 1024 * MIB
"""Largest sum of unpacked sizes of one archive or workbook."""

MAX_UNPACK_RATIO: Final = 200
"""Unpacked size over packed size; judged only above UNPACK_RATIO_FROM, as small files pack oddly."""

UNPACK_RATIO_FROM: Final = 64 * MIB

SECONDS_AT_LEAST: Final = 10.0
SECONDS_PER_MIB: Final = 20.0
SECONDS_AT_MOST: Final = 7200.0
"""Work allowed for reading one file, in seconds of the processor: by its size as it lies there, and a parquet file
unfolds fiftyfold. A busy machine may take longer for it."""

MEMORY_AT_LEAST: Final = 896 * MIB
MEMORY_PER_BYTE: Final = 12
MEMORY_AT_MOST: Final = 4096 * MIB
"""Memory of the reading process: some for any file, more for larger ones, never all there is."""

FILES_PER_PROCESS: Final = 500
"""A reading process is replaced after so many files, so that no leak adds up."""

FULL_SHEETS: Final = frozenset({65_536, 1_048_576})
"""As many rows as a sheet of .xls or .xlsx can have: one that is full was perhaps cut off."""
