"""A page as something to take away: what it says in headings, sentences, tables and figures, without its look.

Belongs here: turning the context of a province's, city's or county's page into a `Paper`, so that the file says what
the page says and nothing is worked out twice. How it becomes Word is in `word`, Excel in `pages.papers`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from dashboards.site.charts import Chart
from dashboards.site.measures import HEADLINES
from dashboards.site.ooxml_chart import Figure, figure_of
from dashboards.site.region import Region
from models.marts.suppression import ROUNDED

INSTITUTIONS: Final = ("机构", "类型", "年度", "满意率", "95%区间", "有效答卷", "名次范围", "结论")
RISKS: Final = ("周期", "制度", "预警占比", "预警教师", "人均每年学分：目前→此后须", "人均每年学时：目前→此后须")


@dataclass(frozen=True)
class Sheet:
    """One table: every cell as the page shows it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Drawn:
    """One figure with the finding it shows."""

    title: str
    figure: Figure


@dataclass(frozen=True)
class Part:
    """One panel of the page."""

    heading: str
    lines: Sequence[str] = ()
    sheets: Sequence[Sheet] = ()
    figures: Sequence[Drawn] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """A page: its title, what stands under it, and its panels in their order."""

    title: str
    lines: Sequence[str]
    parts: Sequence[Part]
    as_of: date


def paper_of(region: Region, page: Mapping[str, Any]) -> Paper:
    """The page of a province, city or county, from the context its template is given."""
    release = region.release
    lines = [f"数据截至 {release.as_of}　发布号 {release.release_id}"]
    if release.is_sample:
        lines.insert(0, "样例数据：全部人员、机构和数字均为虚构，不代表任何地方的实际情况。")
    lines += [f"数据缺失：{gap}。" for gap in region.gaps]
    return Paper(f"{page['unit'].name}教师培训质量", lines, list(_parts(page)), release.as_of)


def _parts(page: Mapping[str, Any]) -> Iterator[Part]:
    asked = [f"{place}. {one.ask}{one.sentence}" for place, one in enumerate(page["questions"], start=1)]
    yield Part("今天要问的三件事", asked or ["各项指标没有需要追问的事项，或可公布的数据不足。"])
    yield Part("比昨夜", list(page["since"]) or ["指标、结论和退回数都没有变化。"])
    yield _headlines(page)
    yield _concerns(page)
    for chart in (*page["charts"], *page.get("further_charts", ())):
        yield _of_chart(chart)
    yield from _places(page)
    if page["risks"]:
        rows = [[r["period"], r["system"], r["share"], r["teachers"], r["credits"], r["hours"]] for r in page["risks"]]
        title = "按目前进度，周期结束时达不到要求"
        yield Part(title, sheets=[Sheet(title, RISKS, rows)])
    yield from _institutions(page)
    yield Part("说明", [f"{ROUNDED}。", "“疑似触发”须经人工确认，不是处理决定。＊表示不予公布，—表示没有数据。"])


def _headlines(page: Mapping[str, Any]) -> Part:
    rows = [
        [
            card.measure.title,
            card.period,
            card.cell.shown,
            card.target,
            card.change,
            "；".join(tally.text for tally in card.tallies),
            card.cell.fraction,
        ]
        for card in page["cards"]
    ]
    heads = ("指标", "期间", "数值", "要求", "与上期相比", "结论", "计算")
    running = [f"{card.measure.title}：{card.running}" for card in page["cards"] if card.running]
    return Part("三项核心指标", sheets=[Sheet("三项核心指标", heads, rows)], notes=running)


def _concerns(page: Mapping[str, Any]) -> Part:
    found = [*page.get("county_concerns", ()), *page.get("institution_concerns", ()), *page.get("concerns", ())]
    rows = [[one.name, one.clause_id, one.sentence] for one in found]
    if not rows:
        return Part("需要关注", ["没有未达标或疑似触发的事项。"])
    return Part("需要关注", sheets=[Sheet("需要关注", ("名称", "条款", "情况"), rows)])


def _of_chart(chart: Chart) -> Part:
    figure = figure_of(chart.figure)
    drawn = [Drawn(chart.title, figure)] if figure else []
    table = Sheet(chart.title, chart.table.columns, chart.table.rows)
    return Part(chart.title, [chart.about] if chart.about else [], [table], drawn, [chart.source])


def _places(page: Mapping[str, Any]) -> Iterator[Part]:
    """The cities or counties under the place."""
    word = page.get("city_word", "市")
    for key, title, head in (("below", f"各{word}", word), ("counties", "各县（市、区）", "县（市、区）")):
        if page.get(key):
            rows = [[row["unit"].name, *(cell.shown for cell, _ in row["cells"])] for row in page[key]]
            heads = (head, *(measure.title for measure in HEADLINES))
            yield Part(title, sheets=[Sheet(title, heads, rows)])


def _institutions(page: Mapping[str, Any]) -> Iterator[Part]:
    for key, title in (("lowest", "满意率最低的机构"), ("institution_rows", "培训机构")):
        if page.get(key):
            names = ("name", "kind", "year", "shown", "interval", "answers", "ranks")
            rows = [
                [*(str(row[name]) for name in names), row["mark"].word if row["mark"] else "—"] for row in page[key]
            ]
            yield Part(title, sheets=[Sheet(title, INSTITUTIONS, rows)])
