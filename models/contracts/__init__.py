"""What every table means: one YAML file a table, read strictly and handed out as typed objects.

Here belong: the shape of a contract, reading and checking the YAML, and matching names that people write
(file stems, column headers) to tables and fields. Field names, Chinese headers, types, units, value lists,
keys and sensitivity are written once, in the YAML beside this module.
Not here: reading dump files, turning text into values (`models.staging`), rules and thresholds
(`models.law`).
"""

from models.contracts.model import Contract, ContractError, Field, FieldType, Sensitivity
from models.contracts.names import is_set_aside, match_table
from models.contracts.normal_form import normalised_name
from models.contracts.reading import (
    LAYERS,
    all_contracts,
    audit_contracts,
    contract,
    core_contracts,
    marts_contracts,
    read_layer,
    staging_contracts,
    tables_of_people,
)

__all__ = [
    "LAYERS",
    "Contract",
    "ContractError",
    "Field",
    "FieldType",
    "Sensitivity",
    "all_contracts",
    "audit_contracts",
    "contract",
    "core_contracts",
    "is_set_aside",
    "marts_contracts",
    "match_table",
    "normalised_name",
    "read_layer",
    "staging_contracts",
    "tables_of_people",
]
