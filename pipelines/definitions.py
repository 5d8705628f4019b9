"""All assets, checks, jobs, schedules and sensors, assembled once."""

from pathlib import Path

import dagster as dg

from pipelines.assets.checks import CHECKS
from pipelines.assets.core import core
from pipelines.assets.findings import findings
from pipelines.assets.marts import marts
from pipelines.assets.publish import published_release
from pipelines.assets.raw import raw
from pipelines.assets.specs import Deployment
from pipelines.assets.staging import staging
from pipelines.schedule.jobs import ONE_MACHINE, Launch, broken_night, every_night, new_dump, nightly, together
from pipelines.schedule.spread import spread_job
from pipelines.schedule.yearly import every_march, yearly_report
from pipelines.settings import dumps_path, home_path


def definitions(deployment: Deployment, spread: dg.JobDefinition | None = None) -> dg.Definitions:
    """The code location over one deployment's folders; with `spread`, nights are run by that job."""
    launch = Launch(spread.name, together) if spread else ONE_MACHINE
    nights = [nightly, spread] if spread else [nightly]
    return dg.Definitions(
        assets=[raw, staging, core, marts, findings, published_release],
        asset_checks=CHECKS,
        jobs=[*nights, yearly_report],
        schedules=[every_night(launch), every_march],
        sensors=[new_dump(launch), broken_night(nights)],
        resources={"deployment": deployment},
        executor=dg.in_process_executor,
    )


def nightly_job(home: Path, dumps: Path) -> dg.JobDefinition:
    """The job of one province's night over these folders."""
    return definitions(Deployment(home=str(home), dumps=str(dumps))).resolve_job_def(nightly.name)


_deployment = Deployment(home=str(home_path()), dumps=str(dumps_path()))
defs = definitions(_deployment, spread_job(_deployment.data_home))
