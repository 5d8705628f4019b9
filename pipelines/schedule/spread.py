"""A night over several machines: one run, in which each province is a step of its own.

Belongs here: the executor that HOME/dagster/executor.yaml names and the job it runs. What a province's night does is
the nightly job's affair, as on one machine: a step runs that job whole, so that a province stays with one worker.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel, ConfigDict, ImportString, ValidationError

from models.law import provinces
from models.yaml_files import NotYaml, read_yaml
from pipelines.assets.specs import Deployment
from pipelines.release.home import Home
from pipelines.schedule.jobs import ASKED_TAG, expected_provinces, nightly
from pipelines.schedule.one_province import Ending, run_province

CHOICE = "executor.yaml"
JOB = "nightly_everywhere"
LONGEST = {"dagster/max_runtime": str(20 * 3600)}
"""All provinces together may take longer than one may (dagster.yaml), but not until the next night begins."""


class ExecutorUnusable(Exception):
    """The executor that was chosen cannot be used; the message says why and what to do."""


class Choice(BaseModel):
    """HOME/dagster/executor.yaml: one of Dagster's executors, and its configuration."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    executor: ImportString[Any]
    config: dict[str, Any] = {}


def spread_job(home: Home) -> dg.JobDefinition | None:
    """The job over several machines; None as long as nobody chose an executor.

    Raises:
        ExecutorUnusable: the file cannot be read, or names no executor that is installed.
    """
    path = home.dagster / CHOICE
    if not path.exists():
        return None
    executor = _chosen(path)
    steps = [_province_step(code, name) for code, name in provinces().items()]

    @dg.job(name=JOB, executor_def=executor, tags=LONGEST, description="各省的一夜，每省一步，分给各台机器")
    def everywhere() -> None:
        for step in steps:
            step()

    return everywhere


def _chosen(path: Path) -> dg.ExecutorDefinition:
    try:
        choice = Choice.model_validate(read_yaml(path).content)
    except (NotYaml, ValidationError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error).splitlines()[0]
        raise ExecutorUnusable(
            f"{path} 不能用：{reason}。应写明 executor（如 dagster_dask.dask_executor，须已安装）和 config；"
            "见 docs/scale.md。"
        ) from error
    if not isinstance(choice.executor, dg.ExecutorDefinition):
        raise ExecutorUnusable(f"{path} 中的 executor 不是 Dagster 的执行器。见 docs/scale.md。")
    return choice.executor.configured(choice.config)


def _province_step(code: str, name: str) -> Callable[[], Any]:
    """The step of one province: its whole night, in the worker that takes the step."""

    @dg.op(name=f"night_{code}", description=f"{name}（{code}）的一夜")
    def night(context: dg.OpExecutionContext, deployment: Deployment) -> None:
        asked = context.run.tags.get(ASKED_TAG)
        if code not in (asked.split(",") if asked else expected_provinces(deployment)):
            context.log.info("%s：这次没有要它的一夜", code)
            return
        job = context.repository_def.get_job(nightly.name)
        outcome = run_province(deployment.data_home.prepare(), job, context.instance, code)
        if outcome.ending is not Ending.PUBLISHED:
            reasons = "；".join(outcome.reasons)
            raise dg.Failure(f"{name}（{code}）：{outcome.ending.value}。{reasons}", allow_retries=False)
        context.add_output_metadata({"release": outcome.release or ""})

    return night
