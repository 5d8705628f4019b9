"""Which published release knows a code, and what the code is: a province, city, county, institution or school.

Belongs here: finding the release that a question about a place is put to. What is asked of it is for the other modules.
"""

from dataclasses import dataclass
from pathlib import Path

from pipelines.questions.behind import Place, place
from pipelines.release.home import Home


class UnknownPlace(Exception):
    """No current release knows the code; the message says what to do."""


@dataclass(frozen=True)
class Found:
    """A place, the province it lies in and the folder of that province's current release."""

    province: str
    folder: Path
    place: Place

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"


def find(home: Home, code: str) -> Found:
    """The current release that knows the code, a province's own code before all others.

    Raises:
        UnknownPlace: none does.
    """
    if (folder := home.current_release(code)) is not None:
        return Found(code, folder, place(folder / "warehouse.duckdb", code) or Place(code, code, "province"))
    for province in home.provinces():
        folder = home.current_release(province)
        known = folder and place(folder / "warehouse.duckdb", code)
        if folder and known:
            return Found(province, folder, known)
    raise UnknownPlace(
        f"{home.path} 的各省现行发布里没有单位 {code}。请核对 --region（省、市、县级单位、机构或学校的代码），"
        "或先运行 shixun refresh。"
    )
