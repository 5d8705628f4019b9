"""Whether the law's worked cases hold every figure of the policy files.

Each mutant is a clause with one thing changed: a limit, a comparison, an end of a window, a condition, a listed value,
a rounding, a part. It is killed when a case of the clause, or of one that rests on it, no longer gets its verdict.
`changing` makes the mutants, `killing` judges them, `python -m tests.mutants` does all of it (`make mutants`), and
`equivalent.yaml` lists those that change nothing, with the reason; `surviving.yaml` those still to be killed.
"""
