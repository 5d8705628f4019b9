"""`shixun`: the command behind the make targets, a thin layer over the Dagster job.

Belongs here: one file a group of commands, with its options, exit codes and what is printed. Whatever a command starts
lives in the room that does it; heavy rooms are imported by the command that needs them.
"""

from pipelines.cli import asking, law, nights, quality, reports, service
from pipelines.cli.command import main

__all__ = ["asking", "law", "main", "nights", "quality", "reports", "service"]
