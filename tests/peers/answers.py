"""What a clause measures, asked of both sides: who, which period, which figure.

An answer has a row for everybody a clause is about, before any limit: `grain` (0 for the clause itself, 1 and on for
what it lists under `also`), `subject_id`, `part`, `period`, `numerator` and `denominator` as whole thousandths. The
figures are null where the evidence is missing, or where the measure says that the clause does not apply.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from models.findings import measured
from models.law import load_policies
from models.measures import Frames
from pipelines.release import warehouse

QUERIES: Final = Path(__file__).with_name("queries")
CALENDAR: Final = Path(__file__).with_name("calendar.sql")
SCHEMAS: Final = ("staging", "core", "marts")
FIGURES: Final = ("numerator", "denominator")
FIRST_YEAR: Final = """
    CREATE MACRO first_year() AS (
        SELECT min(credit_year)
        FROM (
            SELECT credit_year
            FROM core.fct_credit
            WHERE status IN ('ok', 'need_table') AND credit_year <= year(as_of())
            GROUP BY credit_year
            QUALIFY count(*) * 100 >= max(count(*)) OVER ()
        )
    )
"""
MINUTE: Final = """
    CREATE MACRO minute_of(clock) AS (
        try_cast(regexp_extract(clock, '^\\s*(\\d{1,2})[:：]\\d{2}', 1) AS INTEGER) * 60
        + try_cast(regexp_extract(clock, '^\\s*\\d{1,2}[:：](\\d{2})', 1) AS INTEGER)
    )
"""
PLACED: Final = """
    CREATE VIEW placed_{period} AS
    SELECT
        p.* EXCLUDE (credit_system),
        coalesce(s.credit_system, p.credit_system) AS credit_system,
        coalesce(s.county_id, t.county_id) AS county_id
    FROM marts.teacher_{period} p
    LEFT JOIN core.dim_teacher t ON t.teacher_id = p.teacher_id
    -- Where the teacher was when the period ended, if another credit system holds there.
    LEFT JOIN core.fct_teacher_place s
        ON s.teacher_id = p.teacher_id AND s.basis = '履历' AND s.credit_system <> t.credit_system
        AND {last} < as_of() AND coalesce(s.valid_from <= {last}, true) AND coalesce(s.valid_to > {last}, true)
"""
LAST_DAYS: Final = {"year": "make_date(p.year, 12, 31)", "cycle": "p.cycle_end"}
ANSWER: Final[Mapping[str, pl.DataType]] = {
    "grain": pl.Int32(),
    "subject_id": pl.String(),
    "part": pl.String(),
    "period": pl.String(),
    "numerator": pl.Int64(),
    "denominator": pl.Int64(),
}


@lru_cache(maxsize=1)
def queries() -> Mapping[str, str]:
    """Each clause's query, by clause."""
    found: dict[str, str] = {}
    for path in sorted(QUERIES.glob("*.sql")):
        for block in re.split(r"^-- clause: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, _, query = block.partition("\n")
            assert name.strip() not in found, f"{name} is written twice"
            found[name.strip()] = query.strip().removesuffix(";")
    return found


def ours(clause_id: str, frames: Frames) -> pl.LazyFrame:
    """The answer of the functions that the night calls."""
    book = load_policies()
    clause = book.clause(clause_id)
    document = book.document(clause.document)
    known = pl.col("missing").is_null() & pl.col("exempt").is_null()
    answers = [
        measured(binding, document, frames).select(
            pl.lit(number, dtype=pl.Int32).alias("grain"),
            "subject_id",
            "part",
            "period",
            *(pl.when(known).then(f"_{name}").cast(pl.Int64).alias(name) for name in FIGURES),
        )
        for number, binding in enumerate(clause.bindings)
    ]
    return pl.concat(answers)


def exported(database: Path, folder: Path) -> tuple[str, date]:
    """Writes what measures read of a release's warehouse to a folder; returns its province and day."""
    manifest = json.loads(database.with_name("manifest.json").read_text(encoding="utf-8"))
    for name in warehouse.tables(database):
        if name.partition(".")[0] in SCHEMAS:
            warehouse.export(database, name, folder / f"{name}.parquet")
    for clause in {after for one in load_policies().clauses.values() for after in one.after}:
        found = warehouse.query(database, "FROM audit.findings WHERE clause_id = ?", [clause])
        found.write_parquet(folder / f"findings.{clause.replace('/', ':')}.parquet")
    return manifest["province"], date.fromisoformat(manifest["as_of"])


def frames_of(folder: Path, province: str, as_of: date) -> Frames:
    """The tables of such a folder as measures take them."""
    tables = {path.stem.replace(":", "/"): pl.scan_parquet(path) for path in folder.glob("*.parquet")}
    return Frames(tables, province, as_of)


def connected(folder: Path, province: str, as_of: date) -> duckdb.DuckDBPyConnection:
    """A connection that sees the parquet files of a folder (`schema.table.parquet`) as tables of that name.

    `findings` is what was found for the clauses that others follow from; `as_of()` is today, `province()` the code,
    `first_year()` the first year the records speak about: it has a hundredth of the counted lines of the fullest;
    `minute_of(clock)` a time of day in minutes; `placed_year` and `placed_cycle` are the marts' rows with the county
    and credit system where the teacher was when the period ended.
    """
    connection = duckdb.connect()
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
        for path in sorted(folder.glob(f"{schema}.*.parquet")):
            connection.execute(f"CREATE VIEW {path.stem} AS FROM read_parquet('{path}')")
    connection.execute(f"CREATE VIEW findings AS FROM read_parquet('{folder}/findings.*.parquet')")
    connection.execute(f"CREATE VIEW calendar AS {CALENDAR.read_text(encoding='utf-8')}")
    connection.execute(f"CREATE MACRO as_of() AS DATE '{as_of}'")
    connection.execute(f"CREATE MACRO province() AS '{province}'")
    connection.execute(FIRST_YEAR)
    connection.execute(MINUTE)
    for period, last in LAST_DAYS.items():
        connection.execute(PLACED.format(period=period, last=last))
    return connection


def theirs(clause_id: str) -> str:
    """The peer's query in the shape of an answer; `grain`, `part` and `denominator` may be left out of it."""
    return f"""
        SELECT coalesce(grain, 0)::INTEGER AS grain, subject_id, coalesce(part, '') AS part, period::VARCHAR AS period,
               (numerator::DECIMAL(18, 3) * 1000)::BIGINT AS numerator,
               (denominator::DECIMAL(18, 3) * 1000)::BIGINT AS denominator
        FROM (
            FROM ({queries()[clause_id]})
            UNION ALL BY NAME
            SELECT 0 AS grain, '' AS part, NULL::DECIMAL(18, 3) AS denominator WHERE false
        )
    """


def only_in(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Rows that `one` has more often than `other`."""
    key = one.columns
    counts = [frame.group_by(key).len(name) for frame, name in ((one, "here"), (other.select(key), "there"))]
    together = counts[0].join(counts[1], on=key, how="left", nulls_equal=True)
    return together.filter(pl.col("here") > pl.col("there").fill_null(0))
