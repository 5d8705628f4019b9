"""The windows of Zhejiang's notice: last moment and the moment after, for both rounds and for larger classes.

Does not belong here: what a project must contain (zhejiang).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from data.synthetic.scenarios.plot import at
from data.synthetic.scenarios.provision.case import ORDERLY, Case

SECOND: Mapping[str, Any] = {
    "round": 2,
    "select_date": at(date(2020, 2, 27), 9),
    "school_review_date": at(date(2020, 3, 2), 9),
    "institution_confirm_date": at(date(2020, 3, 5), 9),
    "notice_date": at(date(2020, 3, 5), 10),
}


FIRST: Mapping[str, Any] = {"round": 1}


WINDOWS = tuple(
    Case(
        f"{clause}-{what}",
        note,
        f"ZJ-2019-357/{clause}",
        verdict,
        replace(ORDERLY, people=1, enrollment={**round_of, column: moment}),
        "teacher",
    )
    for clause, column, round_of, last in (
        ("05.7", "select_date", SECOND, date(2020, 3, 1)),
        ("A3.2", "school_review_date", FIRST, date(2020, 2, 17)),
        ("A3.5", "institution_confirm_date", FIRST, date(2020, 2, 25)),
        ("A3.6", "school_review_date", SECOND, date(2020, 3, 4)),
        ("A3.7", "institution_confirm_date", SECOND, date(2020, 3, 6)),
    )
    for what, note, moment, verdict in (
        ("last", "窗口最后一天", at(last, 23, 59, 59), "met"),
        ("late", "窗口次日", at(last + timedelta(days=1), 0, 0, 1), "not_met"),
    )
) + tuple(
    Case(
        f"{clause}-{what}",
        note,
        f"ZJ-2019-357/{clause}",
        verdict,
        replace(ORDERLY, group={"expansion_apply_date": applied, "expansion_approve_date": approved}),
        "class",
    )
    for clause, what, note, applied, approved, verdict in (
        ("A3.3", "last", "窗口最后一天申请扩班", date(2020, 2, 20), date(2020, 2, 21), "met"),
        ("A3.3", "late", "窗口次日申请扩班", date(2020, 2, 21), date(2020, 2, 22), "not_met"),
        ("A3.4", "last", "窗口最后一天受理扩班", date(2020, 2, 18), date(2020, 2, 23), "met"),
        ("A3.4", "late", "窗口次日受理扩班", date(2020, 2, 18), date(2020, 2, 24), "not_met"),
    )
)
