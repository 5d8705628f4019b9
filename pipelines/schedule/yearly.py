"""The yearly report as a job: on 1 March each province's report on the year before, from its published release.

Belongs here: when it runs, for whom, where the files go. How a report is made is in pipelines/questions/report.py.
"""

from collections.abc import Iterator

import dagster as dg

from dashboards.report import ReportError
from pipelines.assets.specs import Deployment
from pipelines.operations.notice import notify
from pipelines.questions import report
from pipelines.release.clock import now
from pipelines.release.portal import refresh_portal


class Choice(dg.Config):
    """Which report to write."""

    region: str
    year: int


@dg.op(description="写出一个地区一个年度的质量年度报告（四种格式），放在 HOME/reports/<地区>/<年度>")
def write_yearly_report(context: dg.OpExecutionContext, config: Choice, deployment: Deployment) -> list[str]:
    """Writes the report and gives the files' names; a year without data fails the run in words, without a retry."""
    home = deployment.data_home
    out = report.reports_folder(home, config.year, config.region)
    order = report.Order(config.year, config.region)
    try:
        written = report.write(home, order, out, context.log.info)
    except ReportError as reason:
        _tell(config, f"没有写成：{reason}", [])
        raise dg.Failure(str(reason), allow_retries=False) from reason
    _tell(config, "已写出征求意见稿，待填评述、审核后出正式稿", [path.name for path in written])
    refresh_portal(home)
    return [path.name for path in written]


def _tell(config: Choice, ending: str, files: list[str]) -> None:
    """Says in the notice what became of the yearly draft, as nights are told."""
    what = f"{config.year}年度报告"
    at = now().isoformat(timespec="minutes")
    facts = {"province": config.region, "ending": f"{what}{ending}", "ended": at, "report": what}
    notify({**facts, "files": files, "reasons": files})


@dg.job(description="教师培训质量年度报告", executor_def=dg.in_process_executor)
def yearly_report() -> None:
    """One report of one region and year."""
    write_yearly_report()


@dg.schedule(
    job=yearly_report,
    cron_schedule="0 6 1 3 *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="每年3月1日北京时间 06:00，写出各省上一年度的质量年度报告",
)
def every_march(
    context: dg.ScheduleEvaluationContext, deployment: Deployment
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run for each province with a published release."""
    year = context.scheduled_execution_time.year - 1
    home = deployment.data_home
    published = [province for province in home.provinces() if home.current_release(province) is not None]
    for province in published:
        choice = Choice(region=province, year=year)
        yield dg.RunRequest(
            run_key=f"{province}-{year}", run_config=dg.RunConfig(ops={write_yearly_report.name: choice})
        )
    if not published:
        yield dg.SkipReason(f"{home.path} 还没有任何省的发布")
