"""The whole mutation run: `python -m tests.mutants [DOCUMENT or CLAUSE …]`.

Prints each survivor and the share killed; 1 where fewer than 97 % of those that change anything are.
"""

import os
import sys
from typing import Final

from tests.mutants.killing import all_survivors, documents, equivalents, judged_clauses

WANTED: Final = 97
"""Per cent of mutants killed, equivalents aside."""


def main(names: list[str]) -> int:
    """Judges the mutants of the clauses and documents whose ids begin with one of the names, of all without names."""
    chosen = [one for one in (*judged_clauses(), *documents()) if not names or one.startswith(tuple(names))]
    total, left, same = 0, 0, 0
    for _, made, survived in all_survivors(chosen, os.cpu_count() or 1):
        listed = [name for name in survived if name in equivalents()]
        sys.stdout.writelines(f"survived: {name}\n" for name in survived if name not in equivalents())
        sys.stdout.flush()
        total, left, same = total + made, left + len(survived) - len(listed), same + len(listed)
    share = 100 * (total - same - left) / (total - same) if total > same else 100.0
    sys.stdout.write(
        f"{total} mutants of {len(chosen)} clauses and sets of conventions: "
        f"{total - same - left} killed, {left} survived, {same} equivalent\n"
    )
    sys.stdout.write(
        f"killed of those that change anything: {share:.1f} %; equivalent: {100 * same / max(total, 1):.1f} %\n"
    )
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
