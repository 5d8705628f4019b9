"""Where a table's columns come from: which staged fields must have values for a measure to say anything.

Here belongs only the way back from core and marts to the dump's own tables.
"""

from collections.abc import Mapping
from typing import Final

from models.measures.registry import Needs

_DIRECT: Final[Mapping[str, str]] = {
    "core.dim_unit": "admin_unit",
    "core.dim_school": "school",
    "core.dim_teacher": "teacher",
    "core.dim_institution": "institution",
    "core.dim_project": "project",
    "core.fct_spot_check": "spot_check",
}
_CREDITS: Final = {"credit_record": ("teacher_id", "source_type", "level", "hours", "end_date", "completion", "status")}
_SURVEYS: Final = {
    "survey": ("project_id", "survey_type", "is_anonymous", "close_date"),
    "survey_response": ("survey_id", "overall_rating"),
}
_DERIVED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "core.evidence": _CREDITS,
    "core.fct_credit": _CREDITS,
    "core.fct_survey": _SURVEYS,
    "core.fct_teacher_place": {"teacher_assignment": ("teacher_id", "school_id", "valid_from", "valid_to")},
    "marts.cap_loss_record": _CREDITS,
    "marts.teacher_year": _CREDITS,
    "marts.teacher_cycle": _CREDITS,
    "marts.institution_satisfaction": _SURVEYS,
    "marts.project_satisfaction": _SURVEYS,
    "marts.county_spot_check": {
        "spot_check": ("project_id", "check_date", "checker_unit_id"),
        "project": ("county_unit_id", "status"),
    },
}


IF_THERE: Final = "?"
"""Ends the name of a table that is read where the dump has it and that nothing waits for."""
OR: Final = "|"
"""Stands between tables any one of which is enough."""
OWN: Final = ":"
"""Stands between such a table and the one field that it has to have, where each has to have another."""


def choices(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The tables that a name in needs speaks of, each with the field it has to have of its own."""
    parts = (one.partition(OWN) for one in name.removesuffix(IF_THERE).split(OR))
    return tuple((table, (own,) if own else ()) for table, _, own in parts)


def plain(needs: Needs) -> Needs:
    """Every table that may be read, by its own name."""
    found: dict[str, tuple[str, ...]] = {}
    for name, fields in needs.items():
        for table, own in choices(name):
            found[table] = tuple(dict.fromkeys((*found.get(table, ()), *fields, *own)))
    return found


def missing_fields(needs: Needs, presence: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """What the dump lacks of what is needed, as `table` or `table.field`, in the order it is asked for.

    Args:
        needs: tables and fields a measure reads, keyed `schema.table`. Fields of marts and of joined facts stand
            for the staged fields they are made of. A table that ends in `?` is never missed; of tables written
            `one|other` only all of them are, each with a field of its own where it is written `one:field`.
        presence: for each staging table with rows, the fields that have any value.
    """
    gaps: dict[str, None] = {}
    for name, fields in needs.items():
        if name.endswith(IF_THERE):
            continue
        lacking = [_gaps(table, (*fields, *own), presence) for table, own in choices(name)]
        if all(lacking):
            gaps.update({gap: None for each in lacking for gap in each})
    return tuple(gaps)


def _gaps(name: str, fields: tuple[str, ...], presence: Mapping[str, frozenset[str]]) -> list[str]:
    gaps: list[str] = []
    for table, wanted in _staged(name, fields).items():
        if table not in presence:
            gaps.append(table)
        else:
            gaps += [f"{table}.{one}" for one in wanted if one not in presence[table]]
    return gaps


def _staged(name: str, fields: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    if name in _DERIVED:
        return _DERIVED[name]
    if name in _DIRECT:
        return {_DIRECT[name]: fields}
    return {name.removeprefix("staging."): fields}
