"""Whether the law's worked cases hold every figure of the policy files.

Each mutant is a clause with one thing changed: a limit, the day it is law from, a comparison, an end of a window, a
condition, a listed value, a rounding, a part; or a document with one value of a convention changed. It is killed when a
case of the clause, of one that rests on it, or on credits, no longer comes out as it says.
`changing` makes the mutants, `killing` judges them, `python -m tests.mutants` does all of it (`make mutants`), and
`equivalent.yaml` lists those that change nothing, with the reason; `surviving.yaml` those still to be killed.
"""
