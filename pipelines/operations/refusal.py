"""A night that is not published: what is kept of it, who is told, what readers see.

Belongs here: ending a night badly, in one way whatever the cause. Deciding that it is bad belongs to the gate, or to
the layer that could not go on.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.operations import journal
from pipelines.operations.notice import notify
from pipelines.release.build import Build, discard_build
from pipelines.release.portal import refresh_portal
from pipelines.release.switch import keep_refusal

log = logging.getLogger("shixun")
NO_DUMP = "no_dump"
REFUSED = "refused"


def refuse_night(
    build: Build, ending: str, as_of: date, reasons: Sequence[str], rules: Mapping[str, bool] | None = None
) -> None:
    """Ends a night as `ending` (refused, no_dump); readers keep the last good release.

    Of a province that is not ours yet, such as one of a backfill over all, nothing but the line in the journal is left.
    rules: the gate's rules that refused it, each with whether a person may accept it for this dump.
    """
    for reason in reasons:
        log.error("　不发布：%s", reason)
    told = journal.facts_of(build, ending, None, list(reasons))
    facts: dict[str, object] = {
        "province": build.province,
        "as_of": as_of.isoformat(),
        "ending": ending,
        "reasons": list(reasons),
        "run": build.folder.name,
    }
    if rules:
        facts |= {"rules": dict(rules), "dump": build.noted("dump")}
    if ending == NO_DUMP and build.province not in build.home.provinces():
        discard_build(build)
        journal.append(build.home, told)
        return
    keep_refusal(build, facts)
    journal.append(build.home, told)
    refresh_portal(build.home)
    notify(told)


def fail_night(build: Build, causes: Sequence[str]) -> None:
    """Ends a night that broke: nothing is kept of it but its line in the journal."""
    told = journal.facts_of(build, "failed", None, list(causes))
    discard_build(build)
    journal.append(build.home, told)
    notify(told)
