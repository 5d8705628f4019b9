"""Modules put off until they are used are whole when they are, and put off they stay while the gate runs."""

import subprocess
import sys

PROGRAM = """
import sys
import expectations.datasource, expectations.first_look
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as seldom
inner = {"altair.vegalite", "scipy.stats._stats_py"}
assert not inner & sys.modules.keys(), inner & sys.modules.keys()
assert round(float(seldom.stats.entropy([0.5, 0.5], [0.9, 0.1])), 3) == 0.511
assert seldom.alt.Chart().mark_bar().to_dict()["mark"] == {"type": "bar"}
assert inner <= sys.modules.keys()
"""


def test_what_no_suite_needs_is_loaded_when_used() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
