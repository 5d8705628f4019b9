"""The counties' ordinary spot checks of planted projects, so that cases do not lower the coverage where they lie.

Does not belong here: cases of spot checks, which lie in zones of their own (zhejiang).
"""

from collections import defaultdict
from datetime import timedelta

from data.synthetic.scenarios.plot import Plot, Row
from data.synthetic.scenarios.scenery import ZONES

COUNTED = ("绍兴滨海新区", "衢州绿色产业集聚区", "海口国家高新技术产业开发区")
"""Zones whose checks are themselves what a case counts."""
SHARE = 4
"""One in so many projects of a county and year is looked at, and at least one."""


def plant(plot: Plot) -> None:
    """A clean check for the first of every four projects of a county and year that no case has checked."""
    counted = {ZONES[name][0] for name in COUNTED}
    checked = {row["project_id"] for row in plot.rows.get("spot_check", ())}
    held: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in plot.rows.get("project", ()):
        if row["county_unit_id"] not in counted and row["status"] != "取消":
            held[row["county_unit_id"], row["start_date"].year].append(row)
    plot.case(f"{plot.province}-visits", "各县照常抽查：每四个样例项目至少查一个")
    for (unit, _), rows in sorted(held.items()):
        for row in rows[::SHARE]:
            if row["project_id"] not in checked:
                start = row["start_date"]
                plot.check(row["project_id"], unit, start, publicity_date=start + timedelta(days=20))
