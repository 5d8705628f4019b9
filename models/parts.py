"""How tables and findings fall into parts that know nothing of each other.

Belongs here: the one way there is, by teacher. Which tables and measures do is said where they are registered; what
a night makes of it is in pipelines/release/parts.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class By:
    """The column by which rows fall into parts. Those of a part are made of nothing but the following.

    - the rows of the same part, in each table that has the column,
    - the rows that these point to, in the tables of `via`, by the column named there,
    - every other table, whole.

    `roster` is the table that lists the parts.
    """

    column: str
    roster: str
    via: Mapping[str, str]


BY_TEACHER: Final = By(
    "teacher_id",
    "staging.teacher",
    {
        "core.dim_project": "project_id",
        "core.dim_school": "school_id",
        "staging.attendance": "enrollment_id",
        "staging.discipline_event": "enrollment_id",
        "staging.leave": "enrollment_id",
        "staging.online_progress": "enrollment_id",
    },
)
