"""Layer release: pages are made, the night is sealed, readers see it."""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

from dashboards.site import DumpFile, ReleaseData, Service, build_site
from expectations.gate import LAYERS
from models.contracts import all_contracts
from models.law import provinces
from models.marts import publication
from models.tables import MARTS
from pipelines import settings
from pipelines.assets.alone import is_alone
from pipelines.assets.breaking import quoting_nobody
from pipelines.assets.checks import gate_frame
from pipelines.assets.specs import OWNERS, PROVINCES, RETRIES, Deployment, build_of, table_key
from pipelines.operations import journal
from pipelines.operations.acceptance import Acceptance
from pipelines.operations.notice import notify
from pipelines.release import warehouse
from pipelines.release.build import Build, discard_build
from pipelines.release.judging import JUDGED
from pipelines.release.portal import refresh_portal
from pipelines.release.quality import dump_files, write_quality_page
from pipelines.release.seal import is_whole, manifest_of, seal_release, sha256_of
from pipelines.release.switch import forget_refusal, is_moved, publish_release
from pipelines.release.versions import versions

log = logging.getLogger("shixun")
JOURNAL_LINE = "journal_line"
"""The note that holds the night's line for the journal, worked out while the warehouse is still here."""
GAPS = "gaps"
"""The note that holds what the release lacks whole, in sentences."""
PLOTTED = {"rows": "入库行数", "rejects": "退回", "seconds": "耗时（秒）", "peak_memory_mb": "内存峰值（MB）"}
"""Figures of a night's line that Dagster draws night after night, with their names there."""
NIGHTLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=30), warn_window=timedelta(hours=26))


class LawChanged(Exception):
    """Policy files were changed while a night judged by them."""

    def __init__(self, province: str) -> None:
        super().__init__(f"{province} 这一夜进行中，政策文件或程序被改动了，前后所依据的不一致。请再运行一夜。")


def release_data(build: Build, name: str) -> ReleaseData:
    """What pages are made of: the release's tables, where they came from, and the release before."""
    before = _release_before(build)
    return ReleaseData(
        release_id=name,
        province=build.province,
        province_name=provinces()[build.province],
        as_of=build.night.as_of,
        tables=lambda table: warehouse.read(build.warehouse, table),
        dump_files=dump_files(build),
        versions=build.facts["versions"],
        is_sample=bool(build.facts.get("is_sample")),
        previous_release_id=before.release_id if before else None,
        previous=before,
        service=Service(settings.contact(), "{:02}:{:02}".format(*settings.night_at())),
    )


def _release_before(build: Build) -> ReleaseData | None:
    """The release that readers have now; None at first, when it is damaged, or its tables have another shape."""
    folder = build.home.current_release(build.province)
    if folder is None or not is_whole(folder):
        return None
    if not warehouse.is_open_to_us(folder / "warehouse.duckdb"):
        log.warning("%s：现行发布的数据仓正被别的程序打开，本夜的“变更”页不与它比较。", build.province)
        return None
    manifest = manifest_of(folder)
    if manifest["versions"].get("contracts") != build.facts["versions"]["contracts"]:
        return None
    return ReleaseData(
        release_id=manifest["release"],
        province=build.province,
        province_name=provinces()[build.province],
        as_of=date.fromisoformat(manifest["as_of"]),
        tables=lambda table: warehouse.read(folder / "warehouse.duckdb", table),
        dump_files=[DumpFile(**dump) for dump in manifest["dumps"]],
        versions=manifest["versions"],
    )


def publish_night(build: Build) -> dict[str, Any]:
    """Writes audit.gate, pages and manifest, publishes; returns the night's line of the journal.

    Tried again after the release was moved to its place, it only does what is left to do.
    """
    name = str(build.facts["release"])
    if not is_moved(build):
        _write_release(build, name)
    publish_release(build)
    told: dict[str, Any] = build.noted(JOURNAL_LINE)
    journal.append(build.home, told)
    accepted = (Acceptance(**one) for one in told["accepted"])
    lacking = [*(f"{one.rule}：{one.in_words()}" for one in accepted), *(build.noted(GAPS) or [])]
    if lacking or told["drift"]:
        notify({**told, "reasons": lacking})
    return told


def _write_release(build: Build, name: str) -> None:
    """All that the release still lacks.

    Raises:
        LawChanged: the law is not what it was when the night began.
    """
    if versions(build.province) != build.facts["versions"]:
        raise LawChanged(build.province)
    gate = gate_frame(build)
    build.write("audit.gate", gate.lazy())
    warehouse.load(build.warehouse, [("audit.gate", build.parquet("audit.gate"))])
    warehouse.explain(build.warehouse, all_contracts())
    for folder in (build.site, build.quality):  # what a first try left, when this is the second
        shutil.rmtree(folder, ignore_errors=True)
    with warehouse.held(build.warehouse), ThreadPoolExecutor(1) as pool:
        digest = pool.submit(sha256_of, build.warehouse)  # from here on it is only read
        with build.span("site"):
            pages = build_site(release_data(build, name), build.site)
        log.info("　网页 %d 个文件", len(pages))
        write_quality_page(build, gate, release_name=name)
        build.note(GAPS, warehouse.read(build.warehouse, "marts.public_gap")["sentence"].to_list())
        build.note(JOURNAL_LINE, journal.facts_of(build, "published", name, []))
        seal_release(build, _gate_facts(gate), digest.result())


def _gate_facts(gate: pl.DataFrame) -> dict[str, object]:
    """The gate's result as the manifest records it."""
    passed = gate.filter(pl.col("success").is_not_null())
    return {
        "passed": True,
        "layers": list(LAYERS),
        "expectations": gate.height,
        "evaluated": passed.height,
        "warnings": passed.filter(~pl.col("success")).height,
    }


@dg.asset(
    key=dg.AssetKey(["release"]),
    deps=[table_key(name) for name in (*(t.name for t in MARTS), *JUDGED, *publication.TABLES)],
    partitions_def=PROVINCES,
    group_name="release",
    owners=OWNERS,
    kinds={"duckdb", "html"},
    description="一个省一夜的发布：数据仓、网页、质量页与清单，一次切换，此后不再改动",
    freshness_policy=NIGHTLY,
    retry_policy=RETRIES,
)
@quoting_nobody
def published_release(
    context: dg.AssetExecutionContext, deployment: Deployment
) -> Iterator[dg.MaterializeResult[None]]:
    """Publishes the night, or says that readers already have it.

    Raises:
        Failure: the run was asked for less than a night, or the gate was left out of it.
    """
    if is_alone(context):
        raise dg.Failure(
            "选中的只是一夜的一部分，不发布：要发布请跑整夜（全选，或运行 nightly）。", allow_retries=False
        )
    build = build_of(context, deployment)
    home = deployment.data_home
    if build.is_unchanged:
        told = journal.facts_of(build, "unchanged", str(build.facts["release"]), [])
        journal.append(home, told)
        forget_refusal(home, build.province)
    elif any(build.noted(f"gate-{layer}") is None for layer in LAYERS):
        raise dg.Failure("闸门的检查没有跑全，不发布：请连同检查一起跑整夜。", allow_retries=False)
    else:
        log.info("%s：生成网页并发布", build.province)
        told = publish_night(build)
    refresh_portal(home)
    remarks = "".join(remark["reason"] for remark in build.noted("landed")["remarks"])
    discard_build(build)
    path = home.current(context.partition_key)
    plotted = {title: told[name] for name, title in PLOTTED.items() if told[name] is not None}
    yield dg.MaterializeResult(
        metadata={
            "release": told["release"],
            "path": dg.MetadataValue.path(path),
            **({"提醒": remarks} if remarks else {}),
            **plotted,
        }
    )
