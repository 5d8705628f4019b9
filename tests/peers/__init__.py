"""The measures written a second time, as plain DuckDB queries: a check on ours, and what ours are timed beside.

Belongs here: one query a clause (`queries/<document>.sql`), written from the sentence of law, the clause's entry and
the dump contracts, and the two ways to ask a clause for its figures. The tests ask both over a small province and
expect the same rows; the bench asks both over a full one and looks at the clock. Limits and verdicts are one generic
step of `models.findings` and are not written again.
"""
