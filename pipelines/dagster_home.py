"""HOME/dagster/dagster.yaml: how Dagster behaves in every home.

Belongs here: settings of the instance, written once for each home. Jobs and schedules are in jobs.py.
"""

from pathlib import Path

from pipelines.io.home import Home

SETTINGS = """\
# Written by shixun; what you add below stays.
telemetry:
  enabled: false
nux:
  enabled: false
python_logs:
  managed_python_loggers: [shixun]
  python_log_level: INFO
concurrency:
  runs:
    max_concurrent_runs: 2
    tag_concurrency_limits:
      - key: shixun/province
        limit: 1
        value: {applyLimitPerUniqueValue: true}
run_monitoring:
  enabled: true
run_retries:
  enabled: true
  max_retries: 1
"""


def prepare_dagster(home: Home) -> Path:
    """The instance folder with its settings; an existing file is left alone."""
    path = home.dagster / "dagster.yaml"
    if not path.exists():
        path.write_text(SETTINGS, encoding="utf-8")
    return home.dagster
