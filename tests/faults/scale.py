"""How large the fault tests are: a small form in the suite, the full one by `make faults` (SHIXUN_FAULTS=full).

Both walk through the same code; the small form puts several faults into one night, the full one gives each its own.
"""

import os

FULL = os.environ.get("SHIXUN_FAULTS") == "full"
KILLS = int(os.environ.get("SHIXUN_KILLS", "200" if FULL else "2"))
KILLS_BEFORE_A_WHOLE_NIGHT = 1 if FULL else 2
