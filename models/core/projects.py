"""Training projects: core.dim_project. Belongs here: what a project is; how it went is in facts and measures."""

import polars as pl

from models.core.privacy import impersonal


def dim_project(project: pl.LazyFrame) -> pl.LazyFrame:
    """Projects as staged, without personal columns. Grain: project."""
    return impersonal(project, "project")
