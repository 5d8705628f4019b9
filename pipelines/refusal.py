"""A night that is not published: what is kept of it, who is told, what readers see.

Belongs here: ending a night badly, in one way whatever the cause. Deciding that it is bad belongs to the gate, or to
the layer that could not go on.
"""

import logging
from collections.abc import Sequence
from datetime import date

from pipelines.io import journal, release
from pipelines.io.release import Build
from pipelines.notice import notify
from pipelines.portal import refresh_portal

log = logging.getLogger("shixun")
NO_DUMP = "no_dump"
REFUSED = "refused"


def refuse_night(build: Build, ending: str, as_of: date, reasons: Sequence[str]) -> None:
    """Ends a night as `ending` (refused, no_dump); readers keep the last good release."""
    for reason in reasons:
        log.error("　不发布：%s", reason)
    told = journal.facts_of(build, ending, None, list(reasons))
    facts = {
        "province": build.province,
        "as_of": as_of.isoformat(),
        "ending": ending,
        "reasons": list(reasons),
        "run": build.folder.name,
    }
    release.refuse(build, facts)
    journal.append(build.home, told)
    refresh_portal(build.home)
    notify(told)


def fail_night(build: Build, causes: Sequence[str]) -> None:
    """Ends a night that broke: nothing is kept of it but its line in the journal."""
    told = journal.facts_of(build, "failed", None, list(causes))
    release.discard(build)
    journal.append(build.home, told)
    notify(told)
