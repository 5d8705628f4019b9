import importlib.util
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from dashboards.site import DumpFile, ReleaseData, build_site


def load_sample() -> ModuleType:
    path = Path(__file__).parents[2] / "sample_release.py"
    spec = importlib.util.spec_from_file_location("sample_release", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    return load_sample()


@pytest.fixture(scope="session")
def frames(sample) -> dict[str, pl.DataFrame]:
    """The exact tables that the release is published from."""
    return sample.sample_frames()


@pytest.fixture(scope="session")
def release(sample, frames) -> ReleaseData:
    return ReleaseData(
        "330000-20211120-a1b2c3",
        "330000",
        "浙江省",
        sample.AS_OF,
        sample.sample_tables(frames),
        [DumpFile("2021-11-20/教师信息.csv", "ab" * 32, 10230, 1234567)],
        {"code": "0123456789abcdef"},
    )


@pytest.fixture(scope="session")
def site(release, once) -> Path:
    return once("site-of-a-province", lambda folder: build_site(release, folder / "330000")) / "330000"
