"""Which surveys may be told: the answers of projects beside those of their institution's year.

Both are published exactly, since verdicts rest on them; nothing else about answers is (`suppression.spans_alone`). So
they hang together in one way only: the answers of an institution's year are those of its projects. A hidden project
must not follow from the total less the projects shown. With n hidden projects that have s answers together, an
outsider knows of each that it lies between 1 and s - n + 1, and no more. That must reach ``MINIMUM``: projects are
added to the hidden ones until it does, in the order of their ids, which says nothing about their size; where it never
does, the institution's year is hidden too.
"""

import polars as pl

from models.marts.satisfaction import anonymous
from models.marts.suppression import MINIMUM

_YEAR = ("institution_id", "year")


def hidden_projects(surveys: pl.LazyFrame) -> pl.LazyFrame:
    """The projects whose answers may not be told: `project_id`."""
    return _marked(surveys).filter("is_hidden").select("project_id").unique()


def hidden_years(surveys: pl.LazyFrame) -> pl.LazyFrame:
    """The institutions' years whose answers may not be told: `institution_id`, `year`."""
    marked = _marked(surveys)
    few = pl.col("answers").sum().over(_YEAR) < MINIMUM
    return marked.filter(few | pl.col("is_bare")).select(_YEAR).unique()


def _marked(surveys: pl.LazyFrame) -> pl.LazyFrame:
    """Each project's part in each institution's year: is the project hidden, and does that bare the year."""
    parts = (
        anonymous(surveys)
        .group_by("project_id", *_YEAR)
        .agg(answers=pl.col("responses_valid").sum().cast(pl.Int64))
        .filter(pl.col("answers") > 0)
        .with_columns(
            is_small=pl.col("answers").sum().over("project_id") < MINIMUM,
            is_split=pl.len().over("project_id") > 1,
        )
    )
    # A project in two years at once is shown whole or takes both years with it: it stands in nobody's line.
    is_in_line = ~pl.col("is_split")
    ordered = parts.sort(*_YEAR, "is_split", ~pl.col("is_small"), "project_id")
    place = pl.int_range(1, pl.len() + 1).over(_YEAR)
    few = (pl.col("is_small") & is_in_line).sum().over(_YEAR)
    reach = pl.col("answers").cum_sum().over(_YEAR) - place + 1
    is_enough = is_in_line & (place >= pl.max_horizontal(few, 2)) & (reach >= MINIMUM)
    last = pl.when(is_enough).then(place).min().over(_YEAR)
    in_line = is_in_line & (few > 0) & (last.is_null() | (place <= last))
    split = pl.col("is_split") & pl.col("is_small")
    return ordered.with_columns(
        is_hidden=in_line | split,
        is_bare=((few > 0) & last.is_null()) | split.any().over(_YEAR),
    )
