"""One province made batch by batch: every batch is a group of whole counties with all its tables.

Does not belong here: files. The frames have field names of the staging contracts (plus helpers that shaping drops).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.synthetic import feedback, places, providers, schools, training
from data.synthetic.calibration import BATCH_TEACHERS, DUMP_DATE, TEACHERS_PER_SCHOOL
from data.synthetic.chance import Ints
from data.synthetic.scenarios import planted

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Batch:
    """Counties made together and where their numbers start."""

    index: int
    counties: pl.DataFrame
    sizes: Ints
    first_teacher: int
    first_school: int


def batches(province: str, seed: int, teachers: int, units: pl.DataFrame) -> list[Batch]:
    """Whole counties, in code order, cut where a batch would pass its size."""
    counties = places.teaching_units(units)
    sizes = places.county_sizes(province, counties.height, teachers, seed)
    cut = np.cumsum(sizes) // BATCH_TEACHERS
    made = []
    first_teacher, first_school = 1, 1
    for index, mark in enumerate(np.unique(cut)):
        chosen = np.flatnonzero(cut == mark)
        made.append(Batch(index, counties[chosen], sizes[chosen], first_teacher, first_school))
        first_teacher += int(sizes[chosen].sum())
        first_school += int(np.maximum(np.rint(sizes[chosen] / TEACHERS_PER_SCHOOL), 2).sum())
    return made


def tables(province: str, seed: int, teachers: int) -> Iterator[tuple[int, Tables]]:
    """Batch by batch, the tables of the province; tables that have no batches come with the first."""
    units = places.units(province, DUMP_DATE)
    institution = providers.institutions(province, seed, units)
    for batch in batches(province, seed, teachers, units):
        made = _batch(province, seed, batch, institution)
        if batch.index == 0:
            made["admin_unit"] = units
            made["institution"] = pl.concat([institution, made["institution"]], how="diagonal_relaxed")
            made = _with_cases(made, province)
        yield batch.index, made


def _batch(province: str, seed: int, batch: Batch, institution: pl.DataFrame) -> Tables:
    school = schools.schools(province, seed, batch.index, batch.counties, batch.sizes, batch.first_school)
    teacher = schools.teachers(province, seed, batch.index, school, batch.sizes, batch.first_teacher)
    settled = training.settle(province, seed, batch.index, teacher, school, institution)
    survey = feedback.surveys(province, seed, batch.index, settled.projects)
    return {
        "school": school,
        "institution": providers.school_institutions(school),
        "teacher": teacher,
        "project": settled.projects,
        "credit_record": settled.records,
        "survey": survey,
        "survey_response": feedback.responses(province, seed, batch.index, survey, settled.records),
        "spot_check": feedback.spot_checks(province, seed, batch.index, settled.projects),
    }


def _with_cases(made: Tables, province: str) -> Tables:
    cases = planted(province)
    unmarked = pl.lit(value=False).alias("planted")
    together = {
        table: pl.concat([frame.with_columns(unmarked), cases[table]], how="diagonal_relaxed")
        if table in cases
        else frame
        for table, frame in made.items()
    }
    return {**together, **{table: frame for table, frame in cases.items() if table not in made}}
