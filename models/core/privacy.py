"""What may leave staging: everything but people's names and numbers.

Belongs here: the one line between staging and core. Which field is personal is said in the staging contracts; how
few people a published figure may rest on is in models/marts/publication.
"""

import polars as pl

from models.contracts import staging_contracts

TRACE = ("_file", "_sheet", "_row")


def impersonal(frame: pl.LazyFrame, table: str) -> pl.LazyFrame:
    """A staged table without its personal columns and without the trace to the dump (staging keeps both)."""
    personal = [field.column for field in staging_contracts()[table].fields if field.sensitivity != "none"]
    return frame.drop(*personal, *TRACE, strict=False)
