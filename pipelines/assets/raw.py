"""Layer raw: tonight's dump files, read once and kept."""

import logging
from collections.abc import Iterator
from datetime import date

import dagster as dg

from models.contracts import staging_contracts
from models.night import Night
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.specs import PROVINCES, RETRIES, Deployment, build_of, results, table_spec
from pipelines.ingest.landing import NoDump, land, tables_of
from pipelines.operations import journal
from pipelines.operations.acceptance import acceptances, as_facts, dump_of
from pipelines.operations.refusal import NO_DUMP, refuse_night
from pipelines.release.build import sweep_builds
from pipelines.release.clock import now
from pipelines.release.night_lock import hold_night
from pipelines.release.seal import is_published, release_id
from pipelines.release.versions import law_of, versions

log = logging.getLogger("shixun")
AS_OF_TAG = "shixun/as_of"
WAITING = "%s：另一夜正在跑（%s），等它结束再开始"
TABLES = [f"raw.{name}" for name in staging_contracts()]


@dg.multi_asset(
    name="raw",
    specs=[
        table_spec(f"raw.{name}", contract, (), kinds={"file", "parquet"}, description=f"{contract.title}：转储原文")
        for name, contract in staging_contracts().items()
    ],
    partitions_def=PROVINCES,
    retry_policy=RETRIES,
)
@quoting_nobody
def raw(context: dg.AssetExecutionContext, deployment: Deployment) -> Iterator[dg.MaterializeResult[None]]:
    """Finds the newest snapshot, reads the files not read before, and decides what this night's release is called."""
    province = context.partition_key
    home = deployment.data_home
    build = build_of(context, deployment)  # before waiting: a run without a folder would be taken for dead
    hold_night(home, province, lambda who: log.warning(WAITING, province, who))
    home.insist_link(province)
    sweep_builds(home, province)
    journal.begin(build)
    try:
        with build.span("raw"):
            landed = land(home, deployment.dump_folder, province, None if _asked(context) else now().date())
    except NoDump as reason:
        refuse_night(build, NO_DUMP, _today(context), [str(reason)])
        raise dg.Failure(description=str(reason), allow_retries=False) from reason
    as_of = _asked(context) or landed.as_of
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
    rows = {f"raw.{table}": sum(part.rows for part in parts) for table, parts in tables_of(landed.parts).items()}
    yield from results(build, dict.fromkeys(TABLES, 0) | rows)


def _asked(context: dg.AssetExecutionContext) -> date | None:
    """The day somebody asked to be taken for today, if anybody did."""
    tag = context.run.tags.get(AS_OF_TAG)
    return date.fromisoformat(tag) if tag else None


def _today(context: dg.AssetExecutionContext) -> date:
    """The day of a night that has no dump to take its day from."""
    return _asked(context) or now().date()
