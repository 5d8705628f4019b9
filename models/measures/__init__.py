"""What can be measured: pure functions from the night's tables to figures for each subject and period.

One module a family; importing this package registers them all. Limits, dates and filters are the policy files'
business; verdicts are `models.findings`'.
"""

from models.measures import (
    classes,
    counties,
    institutions,
    people,
    places,
    projects,
    providers,
    records,
    rows,
    teachers,
)
from models.measures.registry import Condition, Frames, Measure, all_measures, all_of, measure

FAMILIES = (classes, counties, institutions, people, places, projects, providers, records, rows, teachers)

__all__ = ["FAMILIES", "Condition", "Frames", "Measure", "all_measures", "all_of", "measure"]
