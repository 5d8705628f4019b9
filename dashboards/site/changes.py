"""What differs between a release and the one before it, and whether data, rules or code moved.

Only published figures are compared. The cause is told from the manifest facts: other dump files, another version of
the policies, of the contracts or of the code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.site import addresses, numbers, view
from dashboards.site.measures import COVERAGE, HEADLINES, SATISFACTION
from dashboards.site.region import Region
from dashboards.site.release import ReleaseData
from dashboards.site.verdicts import TRIGGERS, VERDICTS, Mark
from models.vocabulary import Verdict

CAUSES = {"code": "程序", "policies": "政策规则", "contracts": "数据规范"}


@dataclass(frozen=True)
class Moved:
    """A headline figure then and now."""

    title: str
    period: str
    before: str
    after: str
    change: str


@dataclass(frozen=True)
class Turned:
    """A verdict then and now."""

    name: str
    address: str
    period: str
    before: Mark | None
    after: Mark | None


@dataclass(frozen=True)
class Changes:
    """Everything the page on changes tells."""

    previous: ReleaseData
    causes: Sequence[str]
    files: Sequence[tuple[str, str]]
    figures: Sequence[Moved]
    counties: Sequence[Turned]
    institutions: Sequence[Turned]


def changes(region: Region) -> Changes | None:
    """The differences, None for a first release."""
    previous = region.release.previous
    if previous is None:
        return None
    before = region.before or Region(previous)
    files = _files(previous, region.release)
    causes = [
        f"{word}（{previous.versions.get(name, '—')[:12]} → {region.release.versions.get(name, '—')[:12]}）"
        for name, word in CAUSES.items()
        if previous.versions.get(name) != region.release.versions.get(name)
    ]
    if files:
        causes.insert(0, f"数据（{len(files)} 个文件不同）")
    return Changes(
        previous, causes, files, _figures(before, region), _counties(before, region), _turned(before, region)
    )


def _files(before: ReleaseData, after: ReleaseData) -> list[tuple[str, str]]:
    """Dump files that came, went or changed, by name."""
    old = {file.path.rsplit("/", 1)[-1]: file.sha256 for file in before.dump_files}
    new = {file.path.rsplit("/", 1)[-1]: file.sha256 for file in after.dump_files}
    words = [(name, "新增") for name in new.keys() - old.keys()]
    words += [(name, "没有了") for name in old.keys() - new.keys()]
    words += [(name, "内容不同") for name in new.keys() & old.keys() if new[name] != old[name]]
    return sorted(words)


def _figures(before: Region, after: Region) -> list[Moved]:
    moved = []
    for measure in HEADLINES:
        period = after.headline_period(measure)
        old = before.cell(measure, before.province, period)
        new = after.cell(measure, after.province, period)
        change = None if old.value is None or new.value is None else new.value - old.value
        moved.append(
            Moved(
                measure.title,
                view.period_label(after, measure, period),
                old.shown,
                new.shown,
                numbers.points(change),
            )
        )
    return moved


def _counties(before: Region, after: Region) -> list[Turned]:
    """Counties whose spot-check verdict for a year turned."""
    if not after.is_judged(COVERAGE):
        return []
    old = {(county, row["year"]): row["verdict"] for county, rows in before.spot_checks.items() for row in rows}
    return [
        Turned(
            county.name,
            county.address,
            f"{row['year']}年",
            VERDICTS[old[county.id, row["year"]]],
            VERDICTS[row["verdict"]],
        )
        for county in after.counties
        for row in after.spot_checks.get(county.id, [])
        if old.get((county.id, row["year"]), row["verdict"]) != row["verdict"]
    ]


def _turned(before: Region, after: Region) -> list[Turned]:
    """Institutions whose verdict for a year turned, or came new as a suspected trigger."""
    if not after.is_judged(SATISFACTION):
        return []
    found = []
    for identifier, years in after.institutions.items():
        old = {row["year"]: row["verdict"] for row in before.institutions.get(identifier, [])}
        for row in years:
            was = old.get(row["year"])
            if was != row["verdict"] and (was is not None or row["verdict"] == Verdict.NOT_MET):
                found.append(
                    Turned(
                        row["institution_name"] or identifier,
                        addresses.institution(identifier),
                        f"{row['year']}年",
                        TRIGGERS[was] if was else None,
                        TRIGGERS[row["verdict"]],
                    )
                )
    return found
