"""What-ifs on published releases: which verdicts an overlay flips, province by province.

Belongs here: which releases and tables to ask. What an overlay may say and how flips are found is `models.whatif`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from models.law import load_policies
from models.night import Night
from models.whatif import KEY, Supposition, counted, cut_down, flips, judge, resettled, touched_by
from pipelines.release import warehouse
from pipelines.release.home import Home
from pipelines.release.lazy_tables import lazy_tables
from pipelines.release.seal import manifest_of
from pipelines.release.versions import versions

JUDGED = ", ".join((*KEY, "verdict", "value", "operator", "threshold"))


@dataclass(frozen=True)
class Supposed:
    """What an overlay would flip in one province's current release."""

    province: str
    release: str
    as_of: date
    judged: int
    skipped: tuple[str, ...]
    flips: pl.DataFrame
    counts: pl.DataFrame
    is_law_of_today: bool


def suppose(home: Home, asked: Supposition, regions: Sequence[str]) -> Iterator[Supposed]:
    """The flips of every asked province whose law the overlay touches.

    What was stored is compared with what the overlay gives. Where the release was judged under other policy files
    than today's, both sides are judged anew under today's.
    """
    book = load_policies()
    law = touched_by(book, asked)
    for province in regions:
        folder = home.current_release(province)
        local = {clause.id for document in law.book.of_province(province) for clause in document.clauses}
        if folder is None or not local & law.touched:
            continue
        path = folder / "warehouse.duckdb"
        manifest = manifest_of(folder)
        night = Night(province, date.fromisoformat(manifest["as_of"]))
        could = set(
            warehouse.query(path, "SELECT clause_id FROM audit.clauses WHERE status = 'evaluated'")["clause_id"]
        )
        skipped = tuple(sorted((law.touched & local) - could))
        known = local & could
        touched = frozenset(law.touched & known)
        if not touched:
            continue
        tables = lazy_tables(path)
        moved = resettled(night, tables, book.with_documents(asked.documents)) if law.is_resettled else tables
        after = judge(night, moved, cut_down(law.book, known), touched)
        is_same_law = manifest["versions"].get("policies") == versions(province)["policies"]
        before = _stored(path, touched) if is_same_law else judge(night, tables, cut_down(book, known), touched)
        flipped = flips(before, after)
        units = warehouse.query(path, "SELECT unit_id, unit_name FROM core.dim_unit")
        yield Supposed(
            province, folder.name, night.as_of, after.height, skipped, flipped, counted(flipped, units), is_same_law
        )


def _stored(path: Path, touched: frozenset[str]) -> pl.DataFrame:
    listed = ", ".join("?" * len(touched))
    sql = f"SELECT {JUDGED} FROM audit.findings WHERE clause_id IN ({listed})"
    return warehouse.query(path, sql, sorted(touched)).with_columns(
        pl.col("value", "threshold").cast(pl.Decimal(38, 6))
    )
