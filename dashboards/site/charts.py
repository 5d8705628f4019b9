"""Charts as plain plotly figures with the same data as a table, a text alternative and a source line.

A figure is data: it is drawn in the reader's browser by the plotly bundle shipped with the site, with the one
template of `theme`. Every label that came from a dump is escaped here, because plotly reads tags in text.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dashboards.site import numbers, theme
from dashboards.site.measures import ANNUAL, COVERAGE, SATISFACTION, Measure
from dashboards.site.region import HIDDEN, Cell, Region, Row, Target, Unit
from dashboards.site.verdicts import TRIGGERS, VERDICTS
from models.marts.breakdowns import BANDS
from models.vocabulary import VERDICT_WORDS, Verdict


@dataclass(frozen=True)
class Table:
    """A chart's data as text: the first column names the row."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """One figure on a page: `title` says what it shows to be so, `about` what is drawn in which unit."""

    id: str
    title: str
    alt: str
    figure: dict[str, Any]
    table: Table
    source: str
    about: str = ""


def label(text: str) -> str:
    """Text that plotly shows as it is, tags included."""
    return html.escape(text, quote=False)


def _per_cent(value: Fraction | None) -> float | None:
    return None if value is None else float(numbers.rounded(value * 100, 1))


def trend(region: Region, unit: Unit, measures: Sequence[Measure] = (ANNUAL, COVERAGE, SATISFACTION)) -> Chart | None:
    """Yearly lines of the measures that have years; a year still open is drawn hollow."""
    traces, rows = [], []
    colours = {ANNUAL.key: theme.TEAL, COVERAGE.key: theme.BLUE, SATISFACTION.key: theme.ORANGE}
    years = sorted({year for measure in measures for year in region.periods(measure)})
    for measure in measures:
        cells = [region.cell(measure, unit, year) for year in years]
        if all(cell.value is None for cell in cells):
            continue
        traces.append(_line(measure.title, years, cells, colours[measure.key]))
        rows.append([measure.title, *(cell.shown for cell in cells)])
    if not traces:
        return None
    spoken = "；".join(f"{name}：{_spoken(years, values)}" for name, *values in rows)
    return Chart(
        id="trend",
        title="逐年走势" if len(traces) > 1 else f"{rows[0][0]}逐年走势",
        alt=f"{unit.name}逐年走势。{spoken}。",
        figure={
            "data": traces,
            "layout": {
                "xaxis": {"type": "category"},
                "yaxis": {"rangemode": "tozero", "range": [0, 102], "ticksuffix": "%"},
                "hovermode": "x unified",
                "height": 300,
            },
        },
        table=Table(["指标", *(f"{year}年" for year in years)], rows),
        source="抽查按项目计，满意率按有效答卷计；空心点为尚未结束的年度。",
    )


def _spoken(years: Sequence[str], values: Sequence[str]) -> str:
    return "，".join(f"{year}年{value}" for year, value in zip(years, values, strict=True))


def _line(name: str, years: Sequence[str], cells: Sequence[Cell], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label(name),
        "x": list(years),
        "y": [_per_cent(cell.value) for cell in cells],
        "line": {"color": colour, "width": 2.5},
        "marker": {
            "size": 9,
            "color": ["#ffffff" if cell.is_open else colour for cell in cells],
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": "%{y:.1f}%",
    }


def coverage(checks: Sequence[Row], unit: Unit, *, is_judged: bool) -> Chart | None:
    """A county's projects by year: checked, still wanting to the quota, and the rest.

    Where the province's law names no quota (`is_judged` false) Zhejiang's is a yardstick and no verdict is shown.
    """
    if not checks:
        return None
    years = [str(row["year"]) for row in checks]
    done = [row["projects_checked"] for row in checks]
    lacking = [row["gap"] for row in checks]
    rest = [row["projects"] - row["projects_checked"] - row["gap"] for row in checks]
    bars = (("已抽查", done, theme.BLUE), ("距应查数", lacking, theme.ORANGE), ("其余项目", rest, theme.REST))
    return Chart(
        id="coverage",
        title="各年项目抽查情况",
        alt=f"{unit.name}各年项目、应查和已查数："
        + "；".join(
            f"{row['year']}年项目{row['projects']}项，应查{row['required']}项，已查{row['projects_checked']}项"
            for row in checks
        )
        + "。",
        figure={
            "data": [
                {
                    "type": "bar",
                    "name": name,
                    "x": years,
                    "y": values,
                    "marker": {"color": colour},
                    "hovertemplate": "%{y} 项",
                }
                for name, values, colour in bars
            ],
            "layout": {
                "barmode": "stack",
                "xaxis": {"type": "category"},
                "yaxis": {"title": {"text": "项"}},
                "hovermode": "x unified",
                "legend": {"traceorder": "normal"},
                "height": 280,
            },
        },
        table=Table(
            ["年度", "项目", "应查", "已查", "缺口", "覆盖率", "结论"],
            [
                [
                    f"{row['year']}年",
                    numbers.count(row["projects"]),
                    numbers.count(row["required"]),
                    numbers.count(row["projects_checked"]),
                    numbers.count(row["gap"]),
                    numbers.percent(numbers.ratio(row["projects_checked"], row["projects"])),
                    VERDICTS[row["verdict"]].word if is_judged else "仅供参考",
                ]
                for row in checks
            ],
        ),
        source="应查数＝项目数×下限，向上取整；只计本县教育行政部门当年的抽查。"
        + ("" if is_judged else "本省条款未规定抽查比例，此处参照浙江省的20%。"),
    )


def satisfaction(years: Sequence[Row], targets: Sequence[Target], name: str) -> Chart | None:
    """An institution's yearly satisfaction with its 95 % interval and the trigger lines."""
    shown = [row for row in years if row["suppression"] is None and row["satisfaction_ratio"] is not None]
    if not shown:
        return None
    ratios = [numbers.ratio(row["satisfied"], row["responses_valid"]) for row in shown]
    values = [_per_cent(ratio) for ratio in ratios]
    lows = [round(100 * row["wilson_low"], 1) for row in shown]
    highs = [round(100 * row["wilson_high"], 1) for row in shown]
    labels = [f"{row['year']}" for row in shown]
    return Chart(
        id="satisfaction",
        title="各年学员满意率与95%置信区间",
        alt=f"{name}各年满意率："
        + "；".join(
            f"{year}年{numbers.percent(ratio)}（区间{low}%至{high}%）"
            for year, ratio, low, high in zip(labels, ratios, lows, highs, strict=True)
        )
        + "。",
        figure={
            "data": [
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": "满意率",
                    "x": labels,
                    "y": values,
                    "error_y": {
                        "type": "data",
                        "symmetric": False,
                        "array": [round(high - (value or 0), 1) for high, value in zip(highs, values, strict=True)],
                        "arrayminus": [round((value or 0) - low, 1) for low, value in zip(lows, values, strict=True)],
                        "color": theme.GREY,
                        "thickness": 1.5,
                        "width": 6,
                    },
                    "marker": {"size": 9, "color": theme.BLUE},
                    "line": {"color": theme.BLUE, "width": 2},
                    "hovertemplate": "%{y:.1f}%",
                }
            ],
            "layout": {
                "xaxis": {"type": "category"},
                "yaxis": {"range": [0, 102], "ticksuffix": "%"},
                "shapes": [_rule(target) for target in targets],
                "annotations": [_rule_label(target) for target in targets],
                "showlegend": False,
                "height": 300,
            },
        },
        table=Table(
            ["年度", "满意率", "95%区间", "有效答卷", "含基本满意", "回收率", "结论"],
            [_satisfaction_row(row) for row in years],
        ),
        source="满意率＝（很满意＋满意）÷ 匿名学评教有效答卷；虚线为条款所定界线。",
    )


def _satisfaction_row(row: Row) -> list[str]:
    hidden = row["suppression"] is not None
    return [
        f"{row['year']}年",
        HIDDEN if hidden else numbers.percent(numbers.ratio(row["satisfied"], row["responses_valid"])),
        interval(row),
        "不足10" if hidden else numbers.count(row["responses_valid"]),
        HIDDEN if hidden else numbers.percent(numbers.ratio(row["satisfied_with_basic"], row["responses_valid"])),
        HIDDEN if hidden else numbers.percent(numbers.ratio(row["responses"], row["invited"])),
        TRIGGERS[row["verdict"]].word,
    ]


def interval(row: Row) -> str:
    """Wilson's interval of an institution's year as text."""
    if row["suppression"] is not None:
        return HIDDEN
    low, high = row["wilson_low"], row["wilson_high"]
    return numbers.MISSING if low is None else f"{100 * low:.1f}%–{100 * high:.1f}%"


def _rule(target: Target) -> dict[str, Any]:
    level = float(target.threshold * 100)
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": level,
        "y1": level,
        "line": {"color": theme.ORANGE, "width": 1.5, "dash": "dash"},
    }


def _rule_label(target: Target) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": float(target.threshold * 100),
        "yanchor": "bottom",
        "text": label(f"{target.text}（{target.clause_id}）"),
        "showarrow": False,
        "font": {"size": 11, "color": theme.ORANGE},
    }


OUTCOME_WORDS = {
    Verdict.MET: VERDICT_WORDS[Verdict.MET],
    Verdict.IN_PROGRESS: VERDICT_WORDS[Verdict.IN_PROGRESS],
    "not_met:学分": "未达标·缺学分",
    "not_met:学时": "未达标·缺学时",
    "not_met:两者": "未达标·两者都缺",
    "not_met:未说明": "未达标",
    "not_met:无": "未达标",
    Verdict.UNDETERMINED: VERDICT_WORDS[Verdict.UNDETERMINED],
    Verdict.NOT_APPLICABLE: VERDICT_WORDS[Verdict.NOT_APPLICABLE],
}


def _outcome(row: Row) -> str:
    """An outcome in words; a shortfall without a word of its own is named as the release names it."""
    return OUTCOME_WORDS.get(row["outcome"]) or "未达标·缺" + row["outcome"].partition(":")[2]


def outcomes(rows: Sequence[Row], unit: Unit, period: str) -> Chart | None:
    """Teachers of a unit by outcome of a cycle; hidden counts are named, not drawn."""
    order = {outcome: place for place, outcome in enumerate(OUTCOME_WORDS)}
    known = sorted(rows, key=lambda row: (order.get(row["outcome"], len(order)), row["outcome"]))
    shown = [row for row in known if row["teachers"] is not None]
    if not shown:
        return None
    colours = [theme.OUTCOME_COLOURS[row["outcome"].split(":")[0]] for row in shown]
    return Chart(
        id=f"cycle-{period}",
        title=f"{period} 周期教师考核结果",
        alt=f"{unit.name} {period} 周期："
        + "；".join(f"{_outcome(row)}{numbers.count(row['teachers'])}人" for row in shown)
        + "。",
        figure={
            "data": [
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [_outcome(row) for row in shown],
                    "x": [row["teachers"] for row in shown],
                    "text": [numbers.count(row["teachers"]) for row in shown],
                    "textposition": "auto",
                    "marker": {"color": colours},
                    "hovertemplate": "%{x} 人<extra></extra>",
                }
            ],
            "layout": {
                "yaxis": {"autorange": "reversed"},
                "xaxis": {"title": {"text": "人"}, "showgrid": True},
                "height": 80 + 44 * len(shown),
                "bargap": 0.35,
            },
        },
        table=Table(
            ["考核结果", "人数"],
            [[_outcome(row), HIDDEN if row["teachers"] is None else numbers.count(row["teachers"])] for row in known],
        ),
        source="不足10人的格子以＊代替，并隐去一个相邻格子以防反推。",
    )


KINDS = ("集中", "跟班", "混合", "网络", "校本", "教研活动", "主讲", "师徒", "考试", "学历")
"""Kinds of training in the order they are stacked, the same on every page."""


def composition(rows: Sequence[Row], unit: Unit) -> Chart | None:
    """Counted hours by kind of training and year; hidden cells are left out of the stack and named in the table."""
    years = sorted({row["year"] for row in rows})
    held = {(row["source_type"], row["year"]): row for row in rows}
    kinds = sorted({kind for kind, _ in held}, key=lambda kind: (KINDS.index(kind) if kind in KINDS else 99, kind))
    if not any(row["hours"] for row in rows):
        return None
    hours = {at: row["hours"] for at, row in held.items()}
    traces = [
        {
            "type": "bar",
            "name": label(kind),
            "x": [f"{year}" for year in years],
            "y": [_plain_hours(hours.get((kind, year))) for year in years],
            "marker": {"color": theme.KIND_COLOURS[place % len(theme.KIND_COLOURS)]},
            "hovertemplate": "%{y:,.0f} 学时",
        }
        for place, kind in enumerate(kinds)
    ]
    table = [[kind, *(_hours_text(held.get((kind, year))) for year in years)] for kind in kinds]
    spoken = "；".join(f"{name}：{_spoken([str(y) for y in years], values)}" for name, *values in table)
    return Chart(
        id="composition",
        title="各年学时构成",
        alt=f"{unit.name}各年计入学时按来源：{spoken}。",
        figure={
            "data": traces,
            "layout": {
                "barmode": "stack",
                "xaxis": {"type": "category"},
                "yaxis": {"title": {"text": "学时"}},
                "hovermode": "x unified",
                "legend": {"traceorder": "normal"},
                "height": 320,
            },
        },
        table=Table(["来源", *(f"{year}年" for year in years)], table),
        source="计入学时按记入年度和来源类型相加；涉及不足10人的格子不列入。",
    )


def _plain_hours(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _hours_text(row: Row | None) -> str:
    if row is None:
        return numbers.MISSING
    return HIDDEN if row["suppression"] else f"{numbers.rounded(Fraction(row['hours']), 0):,}"


def cap_loss(rows: Sequence[Row], unit: Unit) -> Chart | None:
    """Credits the caps took away, by year and cap."""
    if not any(row["credits_lost"] for row in rows):
        return None
    years = sorted({row["year"] for row in rows})
    held = {(row["cap"], row["year"]): row for row in rows}
    names = (("项目", "单个项目上限", theme.BLUE), ("校级", "校级年度上限", theme.ORANGE))
    shown = {at: (None if row["suppression"] else row["credits_lost"]) for at, row in held.items()}
    table = [
        [
            f"{year}年",
            *(
                numbers.MISSING
                if (cap, year) not in held
                else HIDDEN
                if held[cap, year]["suppression"]
                else f"{numbers.rounded(Fraction(held[cap, year]['credits_lost']), 1):,}"
                for cap, _, _ in names
            ),
        ]
        for year in years
    ]
    return Chart(
        id="cap-loss",
        title="因封顶未计的学分",
        alt=f"{unit.name}各年因上限截去的学分：" + "；".join("，".join(row) for row in table) + "。",
        figure={
            "data": [
                {
                    "type": "bar",
                    "name": name,
                    "x": [str(year) for year in years],
                    "y": [_plain_hours(shown.get((cap, year))) for year in years],
                    "marker": {"color": colour},
                    "hovertemplate": "%{y:,.1f} 学分",
                }
                for cap, name, colour in names
            ],
            "layout": {
                "barmode": "group",
                "xaxis": {"type": "category"},
                "yaxis": {"title": {"text": "学分"}},
                "hovermode": "x unified",
                "height": 280,
            },
        },
        table=Table(["年度", *(name for _, name, _ in names)], table),
        source="超出上限的学分作废，不结转；学时不受上限影响。",
    )


def pace(rows: Sequence[Row], unit: Unit, elapsed: Fraction) -> Chart | None:
    """Teachers of a running cycle by how far they have come, beside how much of the cycle has passed."""
    shown = [row for row in rows if row["teachers"] is not None]
    if not shown:
        return None
    period = rows[0]["period"]
    held = {row["band"]: row for row in rows}
    bands = [band for band in BANDS if band in held]
    drawn = [band for band in bands if held[band]["teachers"] is not None]
    return Chart(
        id="pace",
        title=f"{period} 周期进度",
        alt=f"{unit.name}{period}周期进度："
        + "；".join(f"{band}{numbers.count(held[band]['teachers'])}人" for band in drawn)
        + "。",
        figure={
            "data": [
                {
                    "type": "bar",
                    "x": drawn,
                    "y": [held[band]["teachers"] for band in drawn],
                    "text": [numbers.count(held[band]["teachers"]) for band in drawn],
                    "textposition": "auto",
                    "marker": {"color": [theme.PACE_COLOURS[BANDS.index(band)] for band in drawn]},
                    "hovertemplate": "%{y:,} 人<extra></extra>",
                }
            ],
            "layout": {"yaxis": {"title": {"text": "人"}}, "height": 280, "bargap": 0.3},
        },
        table=Table(
            ["完成要求的份额", "教师"],
            [[band, HIDDEN if held[band]["suppression"] else numbers.count(held[band]["teachers"])] for band in bands],
        ),
        source=f"以离要求最远的一项计。周期已过去 {numbers.percent(elapsed, 0)}，进度与之相当的教师按此速度可以完成。",
    )
