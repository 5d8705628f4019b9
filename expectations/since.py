"""Asking less of a warehouse that differs in few rows from one of which a rule held.

What holds of every row, or of every part of a table by itself (`Rule.is_of_rows`, `Rule.by`), and held before, need
only be asked of the rows, or parts, in which tables differ. Where it is in doubt there, the whole rule decides.

Belongs here: which rows those are, as SQL. How rules are asked is in `first_look`; what differs is the caller's to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from expectations.rules import Rule, RuleId, quoted, rule_id, text

BATCH = "{batch}"


@dataclass(frozen=True, slots=True)
class Since:
    """What differs from an earlier warehouse.

    held: the rules that held of it. same: the tables whose rows are the same. differing: of others, by `schema.table`,
    a parquet file of the rows in which they differ, those that are gone among them; of tables without a file nothing
    is known.
    """

    held: frozenset[RuleId] = frozenset()
    same: frozenset[str] = frozenset()
    differing: Mapping[str, Path] = field(default_factory=dict)

    def rows_of(self, rule: Rule) -> Mapping[str, str]:
        """The tables of which a rule need not be asked whole, each with the rows it must be asked of."""
        others = self._others(rule)
        if rule_id(rule) not in self.held or not others <= self.differing.keys():
            return {}
        if rule.is_of_rows and others <= {rule.suite, *rule.keeps}:
            return {rule.suite: self._file(rule.suite) if rule.suite in others else f"(FROM {rule.suite} LIMIT 0)"}
        return {table: self._parts(rule, table, others) for table in rule.by} if others <= rule.by.keys() else {}

    def _others(self, rule: Rule) -> set[str]:
        """The tables a rule looks at whose rows are not the same."""
        return {table for table in rule.looks_at if table not in self.same}

    def _file(self, table: str) -> str:
        return f"read_parquet({text(str(self.differing[table]))})"

    def _parts(self, rule: Rule, table: str, others: set[str]) -> str:
        """The rows of a table that share their part with a row that differs in one of some tables."""
        of_each = (f"SELECT {quoted(rule.by[one])} AS part FROM {self._file(one)}" for one in sorted(others))
        parts = " UNION ".join(of_each)
        shared = f"differing.part IS NOT DISTINCT FROM {table}.{quoted(rule.by[table])}"
        return f"(SELECT * FROM {table} WHERE EXISTS (SELECT 1 FROM ({parts}) AS differing WHERE {shared}))"

    def query_of(self, rule: Rule) -> str:
        """What finds nothing where a rule that is a query holds, having held before."""
        narrowed = self.rows_of(rule)
        rows = {rule.suite: rule.suite, **narrowed}
        named = {BATCH: rows[rule.suite], **rows}
        tables = "|".join(rf"{re.escape(name)}(?!\w)" for name in named)
        query = re.sub(tables, lambda found: named[found[0]], rule.shortest_query.format(batch=BATCH))
        kept = sorted(self._others(rule) & rule.keeps.keys()) if narrowed and rule.is_of_rows else ()
        return " UNION ALL ".join([query, *(self._lost(table, rule.keeps[table]) for table in kept)])

    def _lost(self, table: str, column: str) -> str:
        """Values that a column of a table had and has no more."""
        is_here = f"{table}.{quoted(column)} = had.{quoted(column)}"
        return f"SELECT 1 FROM {self._file(table)} AS had WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {is_here})"


EVER = Since()
"""Nothing is known of any warehouse before."""
