"""One province made batch by batch: every batch is a group of whole counties with all its tables.

Does not belong here: files. The frames have field names of the staging contracts (plus helpers that shaping drops).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.synthetic import (
    careers,
    conduct,
    crediting,
    feedback,
    oversight,
    places,
    planning,
    providers,
    schools,
    training,
)
from data.synthetic.calibration import BATCH_TEACHERS, DUMP_DATE, SAMPLE, Density
from data.synthetic.chance import Ints, Where
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


def batches(province: str, seed: int, teachers: int, units: pl.DataFrame, density: Density) -> list[Batch]:
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
        first_school += int(np.maximum(np.rint(sizes[chosen] / density.teachers_per_school), 2).sum())
    return made


@dataclass(frozen=True)
class Common:
    """What all batches of a province share."""

    province: str
    seed: int
    institution: pl.DataFrame
    experts: pl.DataFrame
    density: Density


def tables(province: str, seed: int, teachers: int, density: Density = SAMPLE) -> Iterator[tuple[int, Tables]]:
    """Batch by batch, the tables of the province; tables that have no batches come with the first."""
    units = oversight.with_offices(province, seed, places.units(province, DUMP_DATE))
    institution = providers.institutions(province, seed, units)
    common = Common(province, seed, institution, planning.experts(province, seed, units), density)
    for batch in batches(province, seed, teachers, units, density):
        made = _batch(common, batch)
        if batch.index == 0:
            made = _with_cases(_joined([_once(common, units), made]), province)
        yield batch.index, made


def _once(common: Common, units: pl.DataFrame) -> Tables:
    """Tables of the whole province."""
    province, seed = common.province, common.seed
    return {
        "admin_unit": units,
        "institution": common.institution,
        "expert": common.experts,
        "batch_calendar": planning.batch_calendar(),
        "quota": planning.quotas(province, seed, units),
        "institution_accreditation": planning.accreditations(province, seed, common.institution),
        "org_staff": oversight.staff(province, seed, units, common.institution),
        "sanction": oversight.sanctions(province, seed, common.institution),
        "finance_year": oversight.finance_years(
            Where(province, seed, 0), places.teaching_units(units)["unit_id"], is_school=False
        ),
        "monitoring_doc": oversight.monitoring_docs(province, seed, units, common.institution),
        "region_history": oversight.region_history(province),
        "cycle": oversight.cycles(province),
    }


def _batch(common: Common, batch: Batch) -> Tables:
    province, seed = common.province, common.seed
    where = Where(province, seed, batch.index)
    school = schools.schools(where, batch.counties, batch.sizes, batch.first_school, common.density)
    teacher = schools.teachers(where, school, batch.sizes, batch.first_teacher)
    settled = training.settle(where, teacher, school, common.institution, common.density)
    project = planning.with_authority(
        planning.with_paperwork(where, settled.projects, settled.records), common.institution
    )
    survey = feedback.surveys(where, project)
    tables = {
        "school": school,
        "institution": providers.school_institutions(school),
        "teacher": teacher,
        "project": project,
        "credit_record": settled.records,
        "project_adjustment": planning.adjustments(where, project),
        "survey": survey,
        "survey_response": feedback.responses(where, survey, settled.records, common.density.response_factor),
        "spot_check": feedback.spot_checks(where, project),
    }
    conducted = _conducted(common, where, batch, tables)
    tables["credit_record"] = conducted.pop("credit_record")
    tables["project"] = planning.with_completed(project, tables["credit_record"])
    return _joined([tables, _planned(common, where, project), conducted, _overseen(where, tables)])


def _planned(common: Common, where: Where, project: pl.DataFrame) -> Tables:
    return {
        "project_plan": planning.plans(where, project),
        "project_plan_course": planning.plan_courses(where, project, common.experts),
        "project_expert": planning.project_experts(where, project, common.experts),
        "project_finance": planning.finance(where, project),
        "project_archive": planning.archives(where, project),
    }


def _conducted(common: Common, where: Where, batch: Batch, made: Tables) -> Tables:
    project, teacher = made["project"], made["teacher"]
    followed = conduct.followed(where, project, common.density.followed)
    trainee = conduct.trainees(common.province, batch.index, followed, made["credit_record"])
    session = conduct.schedules(where, followed, common.experts, common.density.sessions_a_day)
    present = conduct.attendance(where, trainee, session)
    record = crediting.by_attendance(where, made["credit_record"], trainee, present, followed)
    enrollment = conduct.enrollments(where, followed, record, teacher)
    return {
        "credit_record": record,
        "class": conduct.classes(where, project),
        "class_staff": conduct.class_staff(where, project),
        "enrollment": enrollment,
        "schedule": session,
        "attendance": present,
        "leave": conduct.leaves(where, present, enrollment, teacher),
        "online_progress": conduct.online_progress(where, enrollment),
        "training_log": pl.concat(
            [
                conduct.training_logs(where, session, made["project_adjustment"]),
                conduct.opening_logs(where, project, session),
            ],
            how="diagonal_relaxed",
        ),
        "discipline_event": conduct.discipline_events(where, enrollment),
        "class_observation": oversight.observations(where, session, batch.counties),
    }


def _overseen(where: Where, made: Tables) -> Tables:
    school, teacher = made["school"], made["teacher"]
    return {
        "complaint": oversight.complaints(where, made["project"]),
        "org_staff": oversight.school_clerks(where, school),
        "finance_year": oversight.finance_years(where, school["school_id"], is_school=True),
        "school_based_plan": oversight.school_based_plans(where, school),
        "monitoring_doc": oversight.school_docs(where, school),
        "annual_review": oversight.annual_reviews(where, teacher),
        "teacher_assignment": careers.assignments(where, teacher, school),
        "teacher_role": careers.roles(teacher),
        "teacher_transfer": careers.transfers(where, teacher),
        **careers.other_training(where, teacher),
    }


def _joined(parts: list[Tables]) -> Tables:
    """Tables of the same name one below the other, in the order in which they first appear."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: pl.concat([part[name] for part in parts if name in part], how="diagonal_relaxed") for name in names}


def _with_cases(made: Tables, province: str) -> Tables:
    cases = planted(province)
    unmarked = pl.lit(value=False).alias("planted")
    marked = {table: frame.with_columns(unmarked) for table, frame in made.items()}
    together = {
        table: pl.concat([frame, cases[table]], how="diagonal_relaxed") if table in cases else frame
        for table, frame in marked.items()
    }
    return {**together, **{table: frame for table, frame in cases.items() if table not in made}}
