"""All assets, checks, jobs, schedules and sensors, assembled once."""

import dagster as dg

from pipelines.assets.core import core, marts
from pipelines.assets.findings import findings
from pipelines.assets.publish import published_release
from pipelines.assets.raw import raw
from pipelines.assets.staging import staging
from pipelines.checks import CHECKS
from pipelines.jobs import broken_night, every_night, new_dump, nightly
from pipelines.settings import Deployment, dumps_path, home_path
from pipelines.yearly import every_march, yearly_report


def definitions(deployment: Deployment) -> dg.Definitions:
    """The code location over one deployment's folders."""
    return dg.Definitions(
        assets=[raw, staging, core, marts, findings, published_release],
        asset_checks=CHECKS,
        jobs=[nightly, yearly_report],
        schedules=[every_night, every_march],
        sensors=[new_dump, broken_night],
        resources={"deployment": deployment},
        executor=dg.in_process_executor,
    )


defs = definitions(Deployment(home=str(home_path()), dumps=str(dumps_path())))
