"""Is a data home healthy? Findings in plain sentences, each with what to do.

Belongs here: looking, never mending: the next night mends what can be mended. What a release must hold is in
release.py.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.ingest.landing import is_of_another_reader, kept
from pipelines.operations import journal
from pipelines.operations.refusal import NO_DUMP
from pipelines.release.clock import now
from pipelines.release.home import Home, HomeUnusable
from pipelines.release.keep import NotKept, kept_release, pins
from pipelines.release.seal import ReleaseDamaged, manifest_of, spoilt
from pipelines.release.signatures import RECORD, broken

AFTER_UPGRADE = (
    "升级后的第一夜会用现在的全部重算，因此比平时久；以前的发布和身份散列不变，读者在那之前看到的还是它。"
    "哪些数会变见 CHANGELOG.md，实际变了什么见 shixun diff"
)
LOW_DISK_BYTES = 5 * 1024**3
LATE = timedelta(hours=30)
CLOCK_SLACK = timedelta(minutes=5)
VERSIONED = {"code": "程序", "policies": "条款文件", "contracts": "数据字典"}


@dataclass(frozen=True)
class Sign:
    """One thing looked at: fine or not, and what to do when it is not."""

    is_fine: bool
    what: str
    do: str = ""


def examine(home: Home, versions: Callable[[str], Mapping[str, str]]) -> list[Sign]:
    """Looks at folders, links, hashes, disk, the last nights and versions of a home."""
    if not home.path.is_dir():
        return [Sign(is_fine=False, what=f"没有数据目录 {home.path}", do="运行 make demo，或用 --home 指定")]
    checks: tuple[Callable[[], Iterator[Sign]], ...] = (
        lambda: _privacy(home),
        lambda: _key(home),
        lambda: _disk(home),
        lambda: _clock(home),
        lambda: _releases(home, versions),
        lambda: _pinned(home),
        lambda: _reports(home),
        lambda: _portal(home),
        lambda: _raw(home),
        lambda: _nights(home),
        lambda: _leftovers(home),
    )
    return [sign for check in checks for sign in check()]


def _privacy(home: Home) -> Iterator[Sign]:
    mode = home.path.stat().st_mode & 0o777
    fine = mode & 0o077 == 0
    yield Sign(fine, f"数据目录权限 {mode:o}", "" if fine else f"运行 chmod 700 {home.path}：其中有个人信息")


def _key(home: Home) -> Iterator[Sign]:
    path = home.identity_file
    if not path.exists():
        told = "从备份恢复；没有备份就运行 shixun prepare --new-key，此后的身份散列与以往的发布不再相同"
        yield Sign(is_fine=False, what=f"没有身份散列密钥 {path}", do=told)
        return
    try:
        home.identity_key()
    except HomeUnusable as damage:
        yield Sign(is_fine=False, what="身份散列密钥不能用", do=str(damage).rstrip("。"))
        return
    mode = path.stat().st_mode & 0o777
    fine = mode & 0o077 == 0
    yield Sign(fine, f"身份散列密钥完好，权限 {mode:o}", "" if fine else f"运行 chmod 600 {path}")


def _disk(home: Home) -> Iterator[Sign]:
    free = shutil.disk_usage(home.path).free
    last = journal.last_published(home).values()
    need = max(LOW_DISK_BYTES, 2 * sum(night.get("disk_mb") or 0 for night in last) * 1024**2)
    fine = free >= need
    advice = "清理磁盘，或减少保留的发布数（SHIXUN_KEEP_RELEASES）"
    what = f"磁盘剩余 {free / 1024**3:.1f} GB，下一夜请留出 {need / 1024**3:.1f} GB（按各省上一夜的两倍计）"
    yield Sign(fine, what, "" if fine else advice)


def _clock(home: Home) -> Iterator[Sign]:
    """A clock set back shows by a night that ended in the future."""
    present = now()
    ahead = [
        night["ended"]
        for night in journal.last_nights(home).values()
        if datetime.fromisoformat(night["ended"]) > present + CLOCK_SLACK
    ]
    fine = not ahead
    what = f"时钟 {present:%Y-%m-%d %H:%M}（北京时间）"
    yield Sign(
        fine,
        what if fine else f"{what}，早于最近一夜记下的 {max(ahead)}",
        "" if fine else "核对本机时钟（timedatectl），校准后再运行一夜；否则计划与「最近一夜」都不可信",
    )


def _releases(home: Home, versions: Callable[[str], Mapping[str, str]]) -> Iterator[Sign]:
    provinces = home.provinces()
    if not provinces:
        yield Sign(is_fine=False, what="还没有任何发布", do="运行 shixun refresh")
    for province in provinces:
        unfolded = home.unfolded_link(province)
        if unfolded is not None:
            yield Sign(is_fine=False, what=f"{province} 的现行发布不是链接", do=unfolded.rstrip("。"))
            continue
        folder = home.current_release(province)
        if folder is None:
            yield Sign(is_fine=False, what=f"{province} 没有完整的现行发布", do="运行 shixun refresh，会重新生成")
            continue
        try:
            manifest = manifest_of(folder)
        except ReleaseDamaged:
            what = f"{province} 现行发布 {folder.name} 的清单缺失或损坏"
            yield Sign(is_fine=False, what=what, do="运行 shixun refresh，会重新生成")
            continue
        yield _whole(province, manifest, spoilt(folder))
        now, then = versions(province), manifest["versions"]
        differing = [VERSIONED.get(name, name) for name in now if then.get(name) != now[name]]
        if differing:
            yield Sign(
                is_fine=False,
                what=f"{province} 的现行发布由另一版{'、'.join(differing)}生成",
                do=f"{AFTER_UPGRADE}；不想等就运行 shixun refresh",
            )


def _pinned(home: Home) -> Iterator[Sign]:
    """Pinned releases, each with its reasons, and whether it is whole."""
    for name, reasons in pins(home).items():
        why = "、".join(reasons)
        try:
            wrong = spoilt(kept_release(home, name))
        except (NotKept, ReleaseDamaged):
            what = f"固定的发布 {name}（{why}）不在或已损坏"
            yield Sign(is_fine=False, what=what, do="从备份恢复 releases/ 下的这个文件夹，不要解除固定")
            continue
        fine = not wrong
        what = f"固定的发布 {name}（{why}），不会被清理"
        yield Sign(
            fine, what if fine else f"{what}，但 {len(wrong)} 个文件与清单不符", "" if fine else "从备份恢复这个发布"
        )


def _reports(home: Home) -> Iterator[Sign]:
    """Final reports, held against their record."""
    for record in sorted((home.path / "reports").glob(f"*/*/{RECORD}")):
        wrong = broken(record.parent)
        if not wrong:
            what = f"{record.parent.name}年度报告（{record.parent.parent.name}）正式稿与签署记录一致"
            yield Sign(is_fine=True, what=what)
        for one in wrong:
            yield Sign(is_fine=False, what=one, do="从备份恢复；不要改动签署记录")


def _whole(province: str, manifest: Mapping[str, Any], wrong: Sequence[str]) -> Sign:
    """Whether every file of a release is what its manifest says."""
    name = manifest["release"]
    if not wrong:
        return Sign(is_fine=True, what=f"{province} 现行发布 {name}，{len(manifest['outputs'])} 个文件校验一致")
    some = "、".join(wrong[:3])
    return Sign(
        is_fine=False,
        what=f"{province} 现行发布 {name} 有 {len(wrong)} 个文件缺失或被改动（{some}）",
        do="运行 shixun refresh，会原样重建",
    )


def _portal(home: Home) -> Iterator[Sign]:
    """Whether what readers open is there: the portal and each province's pages behind it."""
    published = [province for province in home.provinces() if home.current_release(province)]
    if not published:
        return
    broken = [
        str(place)
        for place in (home.site / "index.html", *(home.site / province / "index.html" for province in published))
        if not place.exists()
    ]
    yield Sign(
        is_fine=not broken,
        what=f"门户网页打不开：{'、'.join(broken[:3])}" if broken else f"门户网页与 {len(published)} 个省的网页都在",
        do="运行 shixun refresh，会重建门户" if broken else "",
    )


def _raw(home: Home) -> Iterator[Sign]:
    grids = list(home.raw.glob("*.parquet"))
    older = [grid.name for grid in grids if is_of_another_reader(grid)]
    wrong = [grid.name for grid in grids if grid.name not in older and kept(grid) is None]
    fine = not wrong
    yield Sign(
        fine,
        f"已读入的转储文件 {len(grids)} 个" + ("" if fine else f"，其中 {len(wrong)} 个缺校验和或与校验和不符"),
        "" if fine else "下一夜会从转储重新读入；转储已不在的，请从备份恢复 HOME/raw",
    )
    if older:
        yield Sign(is_fine=True, what=f"其中 {len(older)} 个由另一版程序读入：还在转储里的，下一夜会重新读入")


def _nights(home: Home) -> Iterator[Sign]:
    for number in journal.unsound(home):
        what = f"{home.journal} 第 {number} 行不是一夜的记录（省码、结果和带时区的时间缺一不可）"
        yield Sign(is_fine=False, what=what, do="改正或删去这一行，例如时间写成 2021-12-01T02:00:00+08:00")
    ours = home.provinces()
    for province, night in sorted(journal.last_nights(home).items()):
        ended = datetime.fromisoformat(night["ended"])
        good = night["ending"] in {"published", "unchanged"}
        age = now() - ended
        what = f"{province} 最近一夜 {ended:%Y-%m-%d %H:%M} {night['ending']}"
        if province not in ours and night["ending"] == NO_DUMP:
            yield Sign(is_fine=True, what=f"{what}：没有转储也没有发布，不在本处收的省里")
        elif not good:
            page = home.refused_page(province)
            reasons = "；".join(map(str, night.get("reasons") or ["nights.jsonl 没有记下原因"]))
            yield Sign(
                is_fine=False, what=what, do=f"看 {page}" if page else f"原因：{reasons}。改好后运行 shixun refresh"
            )
        elif age > LATE:
            yield Sign(is_fine=False, what=what + "，已超过 30 小时", do="检查 Dagster 守护进程和每夜的计划是否在运行")
        else:
            yield Sign(is_fine=True, what=what)


def _leftovers(home: Home) -> Iterator[Sign]:
    left = [path.name for path in home.building.iterdir()] if home.building.is_dir() else []
    if left:
        yield Sign(is_fine=True, what=f"有 {len(left)} 个未完成的构建（正在运行，或下一夜自动清理）")
