"""The quality page of a night, published or refused.

Belongs here: gathering what the page shows. How it looks is in dashboards/site.
"""

import polars as pl

from dashboards.site import DumpFile, QualityNight, build_quality_page
from models.drift.usual import was_compared
from models.law import provinces
from models.marts.publication import reject_summary
from pipelines.release.build import Build
from pipelines.release.drifting import PAST, TOLD


def dump_files(build: Build) -> list[DumpFile]:
    """The night's dump files as pages name them."""
    return [DumpFile(**vars(dump)) for dump in build.dumps]


def write_quality_page(build: Build, gate: pl.DataFrame, release_name: str | None) -> None:
    """Writes quality/ into the build folder; `release_name` None says the night was refused."""
    night = QualityNight(
        province=build.province,
        province_name=provinces()[build.province],
        as_of=build.night.as_of,
        release_id=release_name,
        gate=gate,
        rejects=reject_summary(build.scan("audit.rejects")),
        row_counts=build.scan("audit.row_counts").collect(),
        dump_files=dump_files(build),
        problems=build.scan("audit.problems").collect(),
        drift=build.scan(TOLD).collect(),
        was_compared=was_compared(build.scan(PAST).collect(), build.night.as_of),
        senders=None if release_name is None else build.scan("marts.public_reject_sender").collect(),
    )
    build_quality_page(night, build.quality)
