import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace

import polars as pl
import pytest

from dashboards.report import Asked, write_report
from dashboards.report.build import build_report
from dashboards.report.facts import Facts
from dashboards.report.model import Report
from dashboards.site import ReleaseData

YEAR = 2019
FEW = "330102"
"""A county with few teachers."""
HOSTILE_COUNTY = "330324"


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLE = loaded(Path(__file__).parents[2] / "sample_release.py")


def enriched(frames: Mapping[str, pl.DataFrame], province: str) -> dict[str, pl.DataFrame]:
    """The sample with the columns only the report reads, a county of few teachers and a hostile county name."""
    has_credits, has_hours = province != "500000", province == "460000"
    made = dict(frames)
    made["marts.teacher_cycle"] = frames["marts.teacher_cycle"].with_columns(
        required_credits=pl.lit(Decimal(50 if has_hours else 360) if has_credits else None, pl.Decimal(38, 3)),
        required_hours=pl.lit(Decimal(360) if has_hours else None, pl.Decimal(38, 3)),
    )
    made["audit.clauses"] = frames["audit.clauses"].with_columns(
        is_trigger=pl.col("strength") == "trigger", subject_type=pl.lit("")
    )
    if FEW in frames["core.dim_unit"]["unit_id"]:
        teachers = frames["core.dim_teacher"]
        gone = teachers.filter(county_id=FEW)["teacher_id"].to_list()[18:]
        made["core.dim_teacher"] = teachers.filter(~pl.col("teacher_id").is_in(gone))
        for name in ("core.fct_credit", "marts.teacher_year", "marts.teacher_cycle"):
            made[name] = made[name].filter(~pl.col("teacher_id").is_in(gone))
    name = pl.when(unit_id=HOSTILE_COUNTY).then(pl.lit(SAMPLE.HOSTILE)).otherwise("unit_name")
    made["core.dim_unit"] = frames["core.dim_unit"].with_columns(unit_name=name)
    return made


def with_absent_tables(tables: Callable[[str], pl.DataFrame]) -> Callable[[str], pl.DataFrame]:
    """As a release answers: a table it doesn't have is an empty frame."""

    def answer(name: str) -> pl.DataFrame:
        try:
            return tables(name)
        except KeyError:
            return pl.DataFrame()

    return answer


def release_of(province: str, name: str, **changes: pl.DataFrame) -> ReleaseData:
    frames = enriched(SAMPLE.sample_frames(province, counties=10, institutions=12), province) | changes
    return ReleaseData(
        f"20211120-{province}abcd",
        province,
        name,
        SAMPLE.AS_OF,
        with_absent_tables(SAMPLE.sample_tables(frames)),
        versions={"code": "0123456789abcdef"},
    )


@pytest.fixture(scope="session")
def setup() -> SimpleNamespace:
    """What tests need to know of the made-up release."""
    return SimpleNamespace(YEAR=YEAR, FEW=FEW, SAMPLE=SAMPLE, release_of=release_of)


@pytest.fixture(scope="session")
def reading() -> ModuleType:
    return loaded(Path(__file__).parent / "reading.py")


@pytest.fixture(scope="session")
def release() -> ReleaseData:
    return release_of("330000", "浙江省")


@pytest.fixture(scope="session")
def report(release) -> Report:
    return build_report(Facts(release, YEAR, "330000"), (), lambda _: None)


@pytest.fixture(scope="session")
def written(release, once) -> dict[str, Path]:
    """The report in all four formats, by format."""
    folder = once("report", lambda out: write_report(release, Asked(YEAR, "330000"), out))
    return {path.suffix[1:]: path for path in folder.iterdir()}


@pytest.fixture(scope="session")
def later(release) -> ReleaseData:
    """The next night's release, in which a county carried out one more spot check."""
    frames = {name: release.tables(name) for name in ("marts.public_measure",)}
    measure = pl.col("measure") == "coverage"
    changed = frames["marts.public_measure"].with_columns(
        numerator=pl.when(measure & (pl.col("period") == str(YEAR)))
        .then(pl.col("numerator") + 1)
        .otherwise("numerator")
    )
    return replace(
        release,
        release_id="20211121-330000abcd",
        as_of=date(2021, 11, 21),
        tables=lambda name: changed if name == "marts.public_measure" else release.tables(name),
    )
