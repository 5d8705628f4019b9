"""raw.<table>: the text of a table's dump files under its field names, as a view over the grids that were kept.

Belongs here: saying in SQL which cells of which grids these are. The grids hold every cell already and never change,
so a copy of them in each release would double a night's largest tables and tell nothing new. The view names the
grids by their full path: where a data home was moved, it needs the old path too (a link will do).
"""

from collections.abc import Sequence
from pathlib import Path

from models.contracts import Contract
from models.staging import LandedSheet


def raw_view(contract: Contract, sheets: Sequence[LandedSheet], grids: Sequence[Path]) -> str:
    """The query behind raw.<table>: `_file`, `_sheet`, `_row` and each field as text, null where a sheet has none.

    Identity numbers are left out: they stay in the private grids, and only their hash goes on. `grids` are parallel
    to `sheets`. Lines below the header that are no data (audit.dropped_lines) are left out too.
    """
    texts = [field.name for field in contract.fields if field.sensitivity != "identity"]
    if not sheets:
        columns = ", ".join(f'NULL::VARCHAR AS "{name}"' for name in texts)
        return f"SELECT NULL::VARCHAR AS _file, NULL::VARCHAR AS _sheet, NULL::BIGINT AS _row, {columns} WHERE false"
    parts = (_of_sheet(contract.table, sheet, grid, texts) for sheet, grid in zip(sheets, grids, strict=True))
    return " UNION ALL ".join(parts)


def _of_sheet(table: str, sheet: LandedSheet, grid: Path, texts: Sequence[str]) -> str:
    found = sheet.match.columns
    cells = ", ".join(
        f'g."{found[name]}" AS "{name}"' if name in found else f'NULL::VARCHAR AS "{name}"' for name in texts
    )
    file, name = _literal(sheet.file), _literal(sheet.sheet)
    query = (
        f"SELECT {file} AS _file, {name} AS _sheet, g._row::BIGINT AS _row, {cells} "
        f"FROM read_parquet({_literal(str(grid))}) g WHERE g._sheet = {name} AND g._row > {sheet.match.last_row}"
        + ("" if sheet.until is None else f" AND g._row <= {sheet.until}")
    )
    if sheet.set_apart.is_empty():
        return query
    return query + (
        " AND NOT EXISTS (SELECT 1 FROM audit.dropped_lines d WHERE "
        f"d.table_name = '{table}' AND d.file = {file} AND d.sheet = {name} AND d.row_number = g._row)"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
