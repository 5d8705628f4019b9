"""Layer raw: tonight's dump files, read once and kept."""

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from models.contracts import staging_contracts
from models.night import Asked, Night
from pipelines.assets.alone import WAITING, build_alone, chosen_of, is_alone
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.ingest.landing import Landed, NoDump, NoSuchDump, land, tables_of
from pipelines.operations import journal
from pipelines.operations.acceptance import acceptances, as_facts, dump_of
from pipelines.operations.refusal import NO_DUMP, refuse_night
from pipelines.release.build import Build, discard_build, sweep_builds
from pipelines.release.clock import now
from pipelines.release.night_lock import hold_night
from pipelines.release.seal import is_published, release_id
from pipelines.release.versions import law_of, versions

log = logging.getLogger("shixun")
TABLES = [f"raw.{name}" for name in staging_contracts()]


class NightConfig(dg.Config):
    """What the launchpad of Dagster's pages, or `shixun refresh`, asks of a night; left empty, tonight's."""

    snapshot: str | None = Field(
        None,
        description="读哪一天的转储文件夹，如 2021-10-31；不填则读最新的一个。没有这个文件夹的省跳过，不算拦截",
    )
    as_of: str | None = Field(
        None,
        description="把哪一天当作今天，如 2021-10-31；不填则取转储文件夹的日期。"
        "发布后读者看到的就是这一天，直到下一夜按最新的转储发布",
    )

    def asked(self) -> Asked:
        """The days that were asked for.

        Raises:
            Failure: one of them is no day.
        """
        return Asked(_day("snapshot", self.snapshot), _day("as_of", self.as_of))


def _day(name: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        told = f"配置 {name} 不是日期，请写成 2021-11-30 的样子"
        raise dg.Failure(told, allow_retries=False) from None


def config_of(asked: Asked) -> dict[str, Any]:
    """The run configuration that asks so of a night."""
    days = {"snapshot": asked.snapshot, "as_of": asked.as_of}
    return {"ops": {"raw": {"config": {name: day.isoformat() for name, day in days.items() if day}}}}


@dg.multi_asset(
    name="raw",
    specs=[
        table_spec(f"raw.{name}", contract, (), kinds={"file", "parquet"}, description=f"{contract.title}：转储原文")
        for name, contract in staging_contracts().items()
    ],
    partitions_def=PROVINCES,
    retry_policy=RETRIES,
    can_subset=True,
)
@quoting_nobody
def raw(
    context: dg.AssetExecutionContext, config: NightConfig, deployment: Deployment
) -> Iterator[dg.MaterializeResult[None]]:
    """Finds the snapshot, reads the files not read before, and decides what this night's release is called.

    Of a province without the folder that was asked for nothing is made: the steps after this one are skipped.
    """
    province, asked = context.partition_key, config.asked()
    if is_alone(context):
        yield from _alone(context, deployment, asked)
        return
    home = deployment.data_home
    build = build_of(context, deployment)  # before waiting: a run without a folder would be taken for dead
    hold_night(home, province, lambda who: log.warning(WAITING, province, who))
    home.insist_link(province)
    sweep_builds(home, province)
    journal.begin(build)
    try:
        with build.span("raw"):
            landed = _land(build, deployment, asked)
    except NoSuchDump as reason:
        log.warning("%s", reason)
        discard_build(build)
        return
    except NoDump as reason:
        refuse_night(build, NO_DUMP, asked.as_of or now().date(), [str(reason)])
        raise dg.Failure(description=str(reason), allow_retries=False) from reason
    _decide(build, landed, asked)
    yield from results(build, _rows(landed))


def _decide(build: Build, landed: Landed, asked: Asked) -> None:
    """Notes what this night is: its day, its release's name, and what that name stands for."""
    home, province = build.home, build.province
    as_of = asked.as_of or landed.as_of
    known = versions(province)
    dump = dump_of(landed.dumps(), landed.unread())
    accepted = acceptances(home, province, dump)
    given = [*landed.marks(), *(f"{one.rule}: {one.in_words()}" for one in accepted)]
    name = release_id(Night(province, as_of), landed.dumps(), given, known)
    build.note("dump", dump)
    build.note("accepted", as_facts(accepted))
    build.note(
        "night",
        {
            "as_of": as_of.isoformat(),
            "release": name,
            "versions": known,
            "law": law_of(province),
            "is_sample": landed.is_sample,
            "unchanged": is_published(home, province, name),
        },
    )
    build.note("landed", landed.as_json())
    build.note("dumps", [vars(dump) for dump in landed.dumps()])


def _alone(
    context: dg.AssetExecutionContext, deployment: Deployment, asked: Asked
) -> Iterator[dg.MaterializeResult[None]]:
    landed = landed_alone(build_of(context, deployment), deployment, asked)
    build = build_alone(context, deployment, landed.as_of)
    chosen = chosen_of(context, TABLES)
    yield from results(build, {name: rows for name, rows in _rows(landed).items() if name in chosen})


def _land(build: Build, deployment: Deployment, asked: Asked) -> Landed:
    latest = None if asked.as_of else now().date()
    return land(build.home, deployment.dump_folder, build.province, latest, asked)


def _rows(landed: Landed) -> dict[str, int]:
    """Rows of the dump's tables as they came; of one that was not sent, none."""
    sent = {f"raw.{table}": sum(part.rows for part in parts) for table, parts in tables_of(landed.parts).items()}
    return dict.fromkeys(TABLES, 0) | sent


def landed_alone(build: Build, deployment: Deployment, asked: Asked) -> Landed:
    """The dump for tables chosen by themselves; looked at once a run.

    Raises:
        Failure: there is none.
    """
    noted = build.noted("landed")
    if noted is not None:
        return Landed.from_json(noted)
    try:
        landed = _land(build, deployment, asked)
    except NoDump as reason:
        raise dg.Failure(str(reason), allow_retries=False) from None
    build.note("landed", landed.as_json())
    return landed
