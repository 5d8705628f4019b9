"""A lighter dump of the same province, for nights whose tables and counties matter less than what befalls them.

Belongs here: leaving out tables and counties so that what remains fits together. What a whole dump is needed for (every
table, every clause, unusual figures) is tested with the whole one.
"""

from pathlib import Path

import polars as pl

from models.contracts import Contract, staging_contracts

TABLES = ("admin_unit", "school", "institution", "teacher", "project", "credit_record")
TABLES += ("attendance", "spot_check", "survey", "survey_response", "complaint")
COUNTIES = ("460105", "460108", "460205", "469002", "469006", "469026")
"""Three districts of two cities, and three counties directly under the province: those that have complaints."""
LEVELS = ("县", "开发区", "直属")
Files = dict[Path, tuple[Contract, pl.DataFrame]]


def fewer(dumps: Path, out: Path) -> None:
    """Writes the dump again with `TABLES` and `COUNTIES` only; rows that refer to one that is gone go with it."""
    contracts = [staging_contracts()[table] for table in TABLES]
    files = {
        path: (contract, pl.read_csv(path, infer_schema=False))
        for contract in contracts
        for path in dumps.glob(f"*/*/{contract.title}*.csv")
        if path.stem.partition("_")[0] == contract.title
    }
    for path, (contract, rows) in files.items():
        if contract.table == "admin_unit":
            is_kept = ~pl.col("级别").is_in(LEVELS) | pl.col("单位代码").is_in(COUNTIES)
            files[path] = contract, rows.filter(is_kept)
    before = -1
    while before != (before := sum(rows.height for _, rows in files.values())):
        files = {path: (contract, whole_in(contract, rows, files)) for path, (contract, rows) in files.items()}
    for path, (_, rows) in files.items():
        target = out / path.relative_to(dumps)
        target.parent.mkdir(parents=True, exist_ok=True)
        rows.write_csv(target)


def whole_in(contract: Contract, rows: pl.DataFrame, files: Files) -> pl.DataFrame:
    """The rows without those that refer to a row that is in no file of its table."""
    for field, target in contract.references:
        table, _, name = target.partition(".")
        known = [(other, found) for other, found in files.values() if other.table == table]
        if known and field.header in rows.columns:
            column = known[0][0].field(name or known[0][0].key[0]).header
            keys = pl.concat([found[column] for _, found in known])
            rows = rows.filter(pl.col(field.header).is_null() | pl.col(field.header).is_in(keys.implode()))
    return rows
