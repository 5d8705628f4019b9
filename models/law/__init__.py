"""The law as data: what each policy document says, when and where, and which settings we chose.

Here belong reading the policy files and answering "which limit holds there on that day". How a figure is
computed belongs to `models.measures`, comparing it with the limit to `models.findings`.
"""

from models.law.book import Policies, Source, as_decimal
from models.law.loading import law_folder, load_policies, provinces, read_added, read_policies
from models.law.reading import PolicyError
from models.law.schema import Clause, Convention, Cycle, Document, Jurisdiction, Threshold, Window

__all__ = [
    "Clause",
    "Convention",
    "Cycle",
    "Document",
    "Jurisdiction",
    "Policies",
    "PolicyError",
    "Source",
    "Threshold",
    "Window",
    "as_decimal",
    "law_folder",
    "load_policies",
    "provinces",
    "read_added",
    "read_policies",
]
