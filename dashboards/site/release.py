"""What the site is built from: one release's published frames and facts, handed in from outside.

No file or database is opened here; how a release is stored is none of the site's business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import polars as pl


@dataclass(frozen=True)
class DumpFile:
    """A dump file that went into a release. `path` is relative to the province's dumps."""

    path: str
    sha256: str
    rows: int
    size: int


@dataclass(frozen=True)
class Service:
    """What a deployment promises its readers: whom they may ask, and when a night begins (`02:00`)."""

    contact: str = ""
    night_at: str = "02:00"


KIND_WORDS: Final = {"自治州": "州", "地区": "地区", **{word: word for word in "省区市县州盟旗"}}
"""What a unit is called for short, by how its name ends; the longer endings first."""


def kind_word(name: str) -> str:
    """省, 市, 区 … of 全省, 本市, 全区; empty for what is called none of them."""
    return next((word for ending, word in KIND_WORDS.items() if name.endswith(ending)), "")


@dataclass(frozen=True)
class ReleaseData:
    """One release of one province, as far as people may see it.

    `tables` gives the eager frame of a table by its full name, such as `marts.public_measure`. `versions` holds
    the versions of code, policies and contracts that made the release; `is_sample` says that its dump was made up.
    `previous` is the release before, if its
    published frames can still be read; only the page on changes looks at it.
    """

    release_id: str
    province: str
    province_name: str
    as_of: date
    tables: Callable[[str], pl.DataFrame]
    dump_files: Sequence[DumpFile] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    is_sample: bool = False
    previous_release_id: str | None = None
    previous: "ReleaseData | None" = None
    service: Service = Service()

    @property
    def kind_word(self) -> str:
        """省, 市 (直辖市) or 区 (自治区): readers are told of 全省, 本市, 全区."""
        return kind_word(self.province_name) or "省"

    @property
    def due(self) -> date:
        """The day whose dump the next release will stand for."""
        return self.as_of + timedelta(days=1)


@dataclass(frozen=True)
class QualityNight:
    """What one night's checks saw, published or not. `release_id` is None for a refused night.

    `gate` has the columns of audit.gate with title, meaning, matters and action; `rejects` is the summary made by
    `models.marts.publication.reject_summary`; `row_counts` is audit.row_counts and `previous_counts` that of the
    release before, if there was one. `problems` is audit.problems.
    `drift` is audit.drift; `was_compared` says whether there was a release to compare the night with.
    `senders` is marts.public_reject_sender; a refused night may have none.
    """

    province: str
    province_name: str
    as_of: date
    release_id: str | None
    gate: pl.DataFrame
    rejects: pl.DataFrame
    row_counts: pl.DataFrame
    dump_files: Sequence[DumpFile] = ()
    previous_counts: pl.DataFrame | None = None
    senders: pl.DataFrame | None = None
    problems: pl.DataFrame | None = None
    drift: pl.DataFrame | None = None
    was_compared: bool = False
