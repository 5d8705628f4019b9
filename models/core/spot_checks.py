"""Spot checks: core.fct_spot_check. Belongs here: when and by whom a project was checked, nothing judged."""

import polars as pl

from models.core.privacy import impersonal


def fct_spot_check(spot_check: pl.LazyFrame) -> pl.LazyFrame:
    """Spot checks with the `year` of their date. Grain: check."""
    return impersonal(spot_check, "spot_check").with_columns(year=pl.col("check_date").dt.year())
