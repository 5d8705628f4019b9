"""Codes of dumps become folders of the site, and of nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.site import addresses
from dashboards.site.render import Writer


@given(st.text(min_size=1) | st.sampled_from(["..", "../../etc", "a/b", "x?y#z", ".", "县级中心", "-", "a" * 300]))
def test_a_code_is_one_plain_folder(code: str) -> None:
    folder = addresses.folder(code)
    assert Path("/site", folder).resolve().parent == Path("/site")
    assert folder.isascii()
    assert not set(folder) & set("/?#%\\ ")
    assert len(folder) < 100
    assert folder == addresses.folder(code)


def test_plain_codes_stay_readable() -> None:
    assert addresses.institution("JG33000177") == "institution/JG33000177/"


@pytest.mark.parametrize("address", ["../out.html", "county/../../out.html", "/etc/out.html"])
def test_no_page_is_written_outside(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="站点目录之外"):
        Writer(tmp_path / "site").text(address, "x")
    assert not list(tmp_path.rglob("*.html"))
