"""From raw grids to typed staging tables, every row accounted for.

Here belong pure functions: landing (header, named text columns), spelling and typing (text to values, rejects),
duplicates, accounting. They know contracts, not files, provinces' rules or measures.
"""

from models.staging.accounting import row_counts
from models.staging.duplicates import Resolved, resolve_duplicates
from models.staging.landing import HeaderMatch, LandedSheet, Landing, SheetProblem, land_file
from models.staging.typing import Staged, stage

__all__ = [
    "HeaderMatch",
    "LandedSheet",
    "Landing",
    "Resolved",
    "SheetProblem",
    "Staged",
    "land_file",
    "resolve_duplicates",
    "row_counts",
    "stage",
]
