"""From raw grids to typed staging tables, every row accounted for.

Here belong pure functions: landing (header, named text columns), spelling and typing (text to values, rejects),
duplicates, accounting. They know contracts, not files, provinces' rules or measures.
"""

from models.staging.accounting import row_counts
from models.staging.duplicates import Resolved, resolve_duplicates
from models.staging.headers import HeaderMatch
from models.staging.landing import FileFacts, LandedSheet, Landing, land_file
from models.staging.problems import Problem, as_frame
from models.staging.spans import reversed_spans
from models.staging.typing import Staged, stage

__all__ = [
    "FileFacts",
    "HeaderMatch",
    "LandedSheet",
    "Landing",
    "Problem",
    "Resolved",
    "Staged",
    "as_frame",
    "land_file",
    "resolve_duplicates",
    "reversed_spans",
    "row_counts",
    "stage",
]
