"""Charts as plain plotly figures with a title that says the finding, the same data as a table, and a source line.

A figure is data: it is drawn in the reader's browser by the plotly bundle shipped with the site, with the one
template of `theme`. Every label that came from a dump is escaped here, because plotly reads tags in text.
"""

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from dashboards.site import chance, numbers, theme
from dashboards.site.chance import Whole
from dashboards.site.measures import ANNUAL, COVERAGE, SATISFACTION, Measure, yardstick
from dashboards.site.region import HIDDEN, Cell, Region, Row, Target, Unit, period_end
from dashboards.site.verdicts import TRIGGERS, VERDICTS
from models.marts.breakdowns import BANDS

Trace = dict[str, Any]
SYMBOLS: Final = {ANNUAL.key: "square", COVERAGE.key: "circle", SATISFACTION.key: "diamond"}
"""The shape of a measure's points, beside its colour in `theme.SERIES`."""


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


def _bars(
    series: tuple[str, Sequence[str], Sequence[float | None]], look: tuple[str, str], unit: str, place: str = "inside"
) -> Trace:
    """Upright bars (name, where, how high) with their values; nothing is written where nothing stands.

    `look` is colour and pattern. In a stack a value stands inside its bar or nowhere: above a thin bar it would be
    read as the whole stack's.
    """
    (name, x, y), (colour, pattern) = series, look
    return {
        "type": "bar",
        "name": label(name),
        "x": list(x),
        "y": list(y),
        "text": [f"{value:,.0f}" if value else "" for value in y],
        "textposition": place,
        "textangle": 0,
        "marker": {"color": colour, "pattern": {"shape": pattern, "solidity": 0.25}},
        "hovertemplate": f"%{{y:,.0f}} {unit}",
    }


def _layout(height: int, **more: Any) -> dict[str, Any]:
    """What all figures over years share."""
    return {
        "xaxis": {"type": "category"},
        "hovermode": "x unified",
        "legend": {"traceorder": "normal"},
        "height": height,
        "uniformtext": {"mode": "hide", "minsize": 10},
    } | more


def _fitted(values: Iterable[float | None]) -> list[float]:
    """An axis of per cents that fits its data, in steps of five, with room for what is written at a point."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=100.0)
    return [max(0, 5 * math.floor(low / 5) - 5), min(104, 5 * math.ceil(high / 5) + 5)]


def _rules(targets: Sequence[Target], words: str) -> dict[str, Any]:
    """Lines of law across a chart of per cents, each named under its beginning."""
    levels = [(float(target.threshold * 100), f"{words}{target.text}") for target in targets]
    line = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "line": {"color": theme.ORANGE, "width": 1.5, "dash": "dash"},
    }
    note = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "top", "showarrow": False}
    return {
        "shapes": [line | {"y0": level, "y1": level} for level, _ in levels],
        "annotations": [
            note | {"y": level, "text": label(text), "font": {"size": 11, "color": theme.ORANGE}}
            for level, text in levels
        ],
    }


def trend(region: Region, unit: Unit, measures: Sequence[Measure] = (ANNUAL, COVERAGE, SATISFACTION)) -> Chart | None:
    """Yearly lines of the measures that have years; a year still open is drawn hollow."""
    years = sorted({year for measure in measures for year in region.periods(measure)})
    lines = [(measure, [region.cell(measure, unit, year) for year in years]) for measure in measures]
    lines = [(measure, cells) for measure, cells in lines if any(cell.value is not None for cell in cells)]
    if not lines:
        return None
    rows = [[measure.title, *(cell.shown for cell in cells)] for measure, cells in lines]
    order = sorted(range(len(lines)), key=lambda at: -_latest(lines[at][1]))
    drawn = [
        _line(measure, years, cells, "top center" if _is_free_above(at, order, lines) else "bottom center")
        for at, (measure, cells) in enumerate(lines)
    ]
    targets = [t for m, _ in lines if m is COVERAGE for t in region.targets(m, None, unit)]
    levels = [
        *(y for trace in drawn for y in trace["y"]),
        *(float(target.threshold * 100) - _NAMED for target in targets),
    ]
    spoken = "；".join(f"{name}：{_spoken(years, values)}" for name, *values in rows)
    return Chart(
        id="trend",
        title=_trend_finding(lines),
        about=f"{'、'.join(measure.title for measure, _ in lines)}逐年走势",
        alt=f"{unit.name}逐年走势。{spoken}。",
        figure={
            "data": drawn,
            "layout": _layout(
                300,
                yaxis={"range": _fitted(levels), "ticksuffix": "%"},
                **_rules(targets, "抽查覆盖率要求 "),
            ),
        },
        table=Table(["指标", *(f"{year}年" for year in years)], rows),
        source="抽查按项目计，满意率按有效答卷计；空心点为尚未结束的年度。"
        + (
            "因涉及人数较少而不公布的年份不画点。"
            if any(_is_unseen(one) for _, cells in lines for one in cells)
            else ""
        ),
    )


def _is_unseen(cell: Cell) -> bool:
    """Whether a year has a figure that can't be drawn."""
    return cell.is_told and cell.value is None


_NAMED: Final = 6.0
"""Room under a limit line for its name, in per cent."""
_ROOM: Final = Fraction(1, 10)
"""How far above a line the next must lie for values to be written between them."""


def _is_free_above(at: int, order: Sequence[int], lines: Sequence[tuple[Measure, Sequence[Cell]]]) -> bool:
    """Whether nothing lies close above a line, so that its values may be written there."""
    place = order.index(at)
    return place == 0 or _latest(lines[order[place - 1]][1]) - _latest(lines[at][1]) > _ROOM


def _last_closed(cells: Sequence[Cell]) -> Cell | None:
    return next((cell for cell in reversed(cells) if not cell.is_open and cell.value is not None), None)


def _latest(cells: Sequence[Cell]) -> Fraction:
    """The last closed value, for telling lines apart by height."""
    cell = _last_closed(cells)
    return (cell.value if cell else None) or Fraction(0)


def _trend_finding(lines: Sequence[tuple[Measure, Sequence[Cell]]]) -> str:
    """The measure that moved most in the last year that is over."""
    moves = []
    for measure, cells in lines:
        closed = [cell for cell in cells if not cell.is_open]
        if len(closed) > 1 and closed[-1].value is not None and closed[-2].value is not None:
            moves.append((closed[-1].value - closed[-2].value, measure, closed[-1]))
    if not moves:
        return f"{lines[0][0].title}逐年走势"
    change, measure, cell = max(moves, key=lambda move: abs(move[0]))
    return f"{cell.period}年{measure.title}{cell.shown}，{numbers.moved(change, '上年')}"


def _spoken(years: Sequence[str], values: Sequence[str]) -> str:
    return "，".join(f"{year}年{value}" for year, value in zip(years, values, strict=True))


def _line(measure: Measure, years: Sequence[str], cells: Sequence[Cell], position: str) -> Trace:
    colour, symbol = theme.SERIES[measure.key], SYMBOLS[measure.key]
    told = {id(_last_closed(cells)), id(next((cell for cell in cells if cell.value is not None), None))}
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": label(measure.title),
        "x": list(years),
        "y": [_per_cent(cell.value) for cell in cells],
        "text": [cell.shown if id(cell) in told else "" for cell in cells],
        "textposition": position,
        "cliponaxis": False,
        "line": {"color": colour, "width": 2.5},
        "marker": {
            "size": 9,
            "symbol": symbol,
            "color": ["#ffffff" if cell.is_open else colour for cell in cells],
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": "%{y:.1f}%",
    }


def coverage(checks: Sequence[Row], region: Region, unit: Unit) -> Chart | None:
    """A county's projects by year: checked, still wanting to the quota, and the rest.

    Where the province's law names no quota Zhejiang's is a yardstick and no verdict is shown.
    """
    if not checks:
        return None
    is_judged = region.is_judged(COVERAGE)
    closed = [row for row in checks if period_end(str(row["year"])) < region.release.as_of]
    told = "；".join(
        f"{row['year']}年项目{row['projects']}项，应查{row['required']}项，已查{row['projects_checked']}项"
        for row in checks
    )
    return Chart(
        id="coverage",
        title=_coverage_finding((closed or checks)[-1]),
        about="各年项目抽查情况，单位：项；横线为应查数",
        alt=f"{unit.name}各年项目、应查和已查数：{told}。",
        figure={"data": _coverage_traces(checks), "layout": _layout(300, barmode="stack")},
        table=Table(
            ["年度", "项目", "应查", "已查", "缺口", "覆盖率", "结论"],
            [_coverage_row(row, is_judged=is_judged) for row in checks],
        ),
        source="应查数＝项目数×下限，向上取整；只计本县教育行政部门当年的抽查。"
        + ("" if is_judged else f"本{region.release.kind_word}条款未规定抽查比例，此处参照{yardstick()}。"),
    )


def _coverage_traces(checks: Sequence[Row]) -> list[Trace]:
    years = [str(row["year"]) for row in checks]
    bars = (
        ("已抽查", [row["projects_checked"] for row in checks], theme.SERIES[COVERAGE.key], ""),
        ("距应查数", [row["gap"] for row in checks], theme.ORANGE, "/"),
        ("其余项目", [row["projects"] - row["projects_checked"] - row["gap"] for row in checks], theme.REST, ""),
    )
    quota = {
        "type": "scatter",
        "mode": "markers",
        "name": "应查数",
        "x": years,
        "y": [row["required"] for row in checks],
        "marker": {"symbol": "line-ew-open", "size": 30, "color": theme.INK, "line": {"width": 3, "color": theme.INK}},
        "hovertemplate": "%{y} 项",
    }
    return [*(_bars((name, years, y), (colour, shape), "项") for name, y, colour, shape in bars), quota]


def _coverage_finding(row: Row) -> str:
    if not row["projects"]:
        return f"{row['year']}年没有应计项目"
    asked = f"{row['year']}年应查{numbers.count(row['required'])}项，"
    if row["gap"]:
        return f"{asked}实查{numbers.count(row['projects_checked'])}项，还差{numbers.count(row['gap'])}项"
    return f"{asked}实查{numbers.count(row['projects_checked'])}项，数量达到要求"


def _coverage_row(row: Row, *, is_judged: bool) -> list[str]:
    counts = (row["projects"], row["required"], row["projects_checked"], row["gap"])
    return [
        f"{row['year']}年",
        *(numbers.count(one) for one in counts),
        numbers.percent(numbers.ratio(row["projects_checked"], row["projects"])),
        VERDICTS[row["verdict"]].word if is_judged else "仅供参考",
    ]


def satisfaction(years: Sequence[Row], targets: Sequence[Target], name: str) -> Chart | None:
    """An institution's yearly satisfaction with its 95 % interval and the trigger lines."""
    shown = [row for row in years if row["suppression"] is None and row["satisfaction_ratio"] is not None]
    if not shown:
        return None
    line = _interval_line(shown)
    limits = [float(target.threshold * 100) for target in targets]
    ends = [100 * row[end] for row in shown for end in ("wilson_low", "wilson_high")]
    rows = [_satisfaction_row(row) for row in years]
    told = "；".join(f"{year}{ratio}（区间{between}）" for year, ratio, between, *_ in rows)
    last = shown[-1]
    return Chart(
        id="satisfaction",
        title=f"{last['year']}年满意率{_ratio(last)}，{TRIGGERS[last['verdict']].word}",
        about="各年学员满意率，竖线为95%置信区间",
        alt=f"{name}各年满意率：{told}。",
        figure={
            "data": [line],
            "layout": _layout(
                300,
                yaxis={"range": _fitted([*ends, *limits]), "ticksuffix": "%"},
                showlegend=False,
                **_rules(targets, "提请核查的界线 "),
            ),
        },
        table=Table(["年度", "满意率", "95%区间", "有效答卷", "含基本满意", "回收率", "结论"], rows),
        source="满意率＝（很满意＋满意）÷ 匿名学评教有效答卷；虚线为条款所定界线。",
    )


def _ratio(row: Row) -> str:
    return numbers.percent(numbers.ratio(row["satisfied"], row["responses_valid"]))


def _interval_line(rows: Sequence[Row]) -> Trace:
    """Ratios with their intervals, each with its figure beside it."""
    values = [_per_cent(numbers.ratio(row["satisfied"], row["responses_valid"])) or 0.0 for row in rows]
    colour = theme.SERIES[SATISFACTION.key]
    return {
        "type": "scatter",
        "mode": "lines+markers+text",
        "name": "满意率",
        "x": [str(row["year"]) for row in rows],
        "y": values,
        "text": [f"　{_ratio(row)}" for row in rows],
        "textposition": "middle right",
        "cliponaxis": False,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [round(100 * row["wilson_high"] - at, 1) for row, at in zip(rows, values, strict=True)],
            "arrayminus": [round(at - 100 * row["wilson_low"], 1) for row, at in zip(rows, values, strict=True)],
            "color": theme.GREY,
            "thickness": 1.5,
            "width": 6,
        },
        "marker": {"size": 9, "symbol": SYMBOLS[SATISFACTION.key], "color": colour},
        "line": {"color": colour, "width": 2},
        "hovertemplate": "%{y:.1f}%",
    }


def _satisfaction_row(row: Row) -> list[str]:
    hidden = row["suppression"] is not None
    return [
        f"{row['year']}年",
        HIDDEN if hidden else numbers.percent(numbers.ratio(row["satisfied"], row["responses_valid"])),
        interval(row),
        HIDDEN if hidden else numbers.count(row["responses_valid"]),
        HIDDEN if hidden else numbers.percent(numbers.ratio(row["satisfied_with_basic"], row["responses_valid"])),
        HIDDEN if hidden else numbers.percent(numbers.ratio(row["responses"], row["invited"])),
        TRIGGERS[row["verdict"]].word,
    ]


def interval(row: Row) -> str:
    """Wilson's interval of an institution's year as text."""
    if row["suppression"] is not None:
        return HIDDEN
    low, high = row["wilson_low"], row["wilson_high"]
    return numbers.MISSING if low is None else f"{100 * low:.1f}%—{100 * high:.1f}%"


@dataclass(frozen=True)
class Point:
    """A unit or institution in a funnel: how many of how many."""

    name: str
    part: int
    count: int

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.part, self.count)


FUNNEL_LIMITS: Final = ((chance.INNER, "95%界限", "dot"), (chance.OUTER, "99.8%界限", "dash"))
"""How many standard errors from the whole's ratio each limit lies, its name and its line."""
_NAMED_POINTS: Final = 3


def funnel(points: Sequence[Point], whole: Whole | None, words: tuple[str, str, str]) -> Chart | None:
    """Rates of small and large units compared fairly: how far each lies from the whole's (`whole`), given its size.

    A point inside the funnel can't be told from the whole's ratio; only those outside are named. `words` are what a
    point is (家机构), what its ratio is (2020年满意率) and what it counts (有效答卷).
    """
    if len(points) < 5 or whole is None:  # noqa: PLR2004 - fewer are compared in a table
        return None
    kind, rate, counted = words
    groups: dict[int, list[Point]] = {-1: [], 0: [], 1: []}
    for point in sorted(points, key=lambda one: one.ratio):
        groups[whole.side(point.part, point.count)].append(point)
    low, high = groups[-1], groups[1]
    sides = [f"{len(group)}{kind}明显{word}" for group, word in ((low, "偏低"), (high, "偏高")) if group]
    finding = (
        "，".join([*sides, "其余与总体没有显著差别"])
        if sides
        else f"各{kind.removeprefix('个').removeprefix('家')}与总体没有显著差别"
    )
    rounded = "，并计入人数取到十位的误差" if whole.rounding else ""
    named = "、".join(f"{point.name}{numbers.percent(point.ratio)}" for point in low[:20])
    return Chart(
        id="funnel",
        title=f"{rate}：{finding}",
        about=f"横轴为{counted}，纵轴为{rate}；规模小的波动本来就大，落在界限以内的不宜比较高下",
        alt=f"总体{rate}{numbers.percent(whole.rate)}。明显偏低：{named or '无'}。",
        figure=_funnel_figure(groups, whole, counted),
        table=Table(["名称", counted, rate, "与总体相比"], _funnel_rows(low, high)),
        source=f"总体{rate}{numbers.percent(whole.rate)}；界限按二项分布的正态近似{rounded}，99.8%以外的视为明显。",
    )


def _funnel_figure(groups: Mapping[int, Sequence[Point]], whole: Whole, counted: str) -> dict[str, Any]:
    looks = (
        (0, "界限以内", "circle", theme.GREY),
        (1, "明显偏高", "triangle-up", theme.BLUE),
        (-1, "明显偏低", "triangle-down", theme.ORANGE),
    )
    points = [point for group in groups.values() for point in group]
    sizes = [point.count for point in points]
    dots = [_dots(groups[at], name, symbol, colour) for at, name, symbol, colour in looks if groups[at]]
    return {
        "data": [*_limits(points, whole), *dots],
        "layout": {
            "xaxis": {"type": "log", "title": {"text": f"{counted}（对数刻度）"}} | _decades(min(sizes), max(sizes)),
            "yaxis": {"range": _fitted(100 * float(point.ratio) for point in points), "ticksuffix": "%"},
            "hovermode": "closest",
            "height": 360,
        },
    }


def _decades(low: int, high: int) -> dict[str, Any]:
    """Ticks of an axis of sizes: 1, 2 and 5 of every power of ten between the smallest and the largest."""
    steps = [digit * 10**power for power in range(len(str(high)) + 1) for digit in (1, 2, 5)]
    inside = [step for step in steps if low / 2 <= step <= high * 2]
    return {"tickmode": "array", "tickvals": inside, "ticktext": [numbers.count(step) for step in inside]}


def _funnel_rows(low: Sequence[Point], high: Sequence[Point]) -> list[list[str]]:
    """Those outside the limits, the lowest first."""
    rows = [
        [point.name, numbers.count(point.count), numbers.percent(point.ratio), word]
        for group, word in ((low, "明显偏低"), (reversed(high), "明显偏高"))
        for point in group
    ]
    return rows or [["没有界限以外的", "", "", ""]]


def _limits(points: Sequence[Point], whole: Whole) -> list[Trace]:
    """The whole's ratio and the limits around it, over the sizes that occur."""
    low, high = min(point.count for point in points), max(point.count for point in points)
    sizes = sorted({round(low * (high / low) ** (step / 40)) for step in range(41)})
    mean = float(whole.rate)
    lines = [("总体水平", [mean] * len(sizes), "solid")]
    for errors, name, dash in FUNNEL_LIMITS:
        for sign in (-1, 1):
            edge = [mean + sign * whole.reach(size, errors) for size in sizes]
            lines.append((name, [min(1, max(0, one)) for one in edge], dash))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "showlegend": at in {0, 1, 3},
            "x": sizes,
            "y": [round(100 * one, 2) for one in edge],
            "line": {"color": theme.MUTED, "width": 1.2, "dash": dash},
            "hoverinfo": "skip",
        }
        for at, (name, edge, dash) in enumerate(lines)
    ]


def _dots(points: Sequence[Point], name: str, symbol: str, colour: str) -> Trace:
    written = _names(points[:_NAMED_POINTS]) if symbol == "triangle-down" else {}
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [point.count for point in points],
        "y": [_per_cent(point.ratio) for point in points],
        "text": [label(written.get(id(point), "")) for point in points],
        "textposition": "middle right",
        "textfont": {"size": 11},
        "customdata": [label(point.name) for point in points],
        "marker": {"symbol": symbol, "color": colour, "size": 8, "opacity": 0.85},
        "hovertemplate": "%{customdata}<br>%{x:,}　%{y:.1f}%<extra></extra>",
    }


def _names(points: Sequence[Point]) -> dict[int, str]:
    """What is written at points: those that lie on one another have their names written once, one after the other."""
    together: dict[tuple[int, Fraction], list[Point]] = {}
    for point in points:
        together.setdefault((point.count, point.ratio), []).append(point)
    return {id(those[0]): "、".join(one.name for one in those) for those in together.values()}


OUTCOME_WORDS = {
    "met": "达标",
    "in_progress": "进行中",
    "not_met:学分": "未达标·缺学分",
    "not_met:学时": "未达标·缺学时",
    "not_met:两者": "未达标·两者都缺",
    "not_met:未说明": "未达标",
    "not_met:无": "未达标",
    "undetermined": "无法判定",
    "not_applicable": "不适用",
}


def _outcome(row: Row) -> str:
    """An outcome in words; a shortfall without a word of its own is named as the release names it."""
    return OUTCOME_WORDS.get(row["outcome"]) or "未达标·缺" + row["outcome"].partition(":")[2]


def outcomes(rows: Sequence[Row], cell: Cell, unit: Unit) -> Chart | None:
    """Teachers of a unit by outcome of a cycle; hidden counts are named, not drawn. `cell` is the cycle's headline."""
    order = {outcome: place for place, outcome in enumerate(OUTCOME_WORDS)}
    known = sorted(rows, key=lambda row: (order.get(row["outcome"], len(order)), row["outcome"]))
    shown = [row for row in known if row["teachers"] is not None]
    if not shown:
        return None
    period = cell.period.replace("-", "—")
    told = f"，{numbers.count(cell.missed)}人未达标" if cell.missed else ""
    spoken = "；".join(f"{_outcome(row)}{numbers.count(row['teachers'])}人" for row in shown)
    return Chart(
        id=f"cycle-{cell.period}",
        title=f"{period}周期达标率{cell.shown}{told}",
        about="周期教师考核结果，单位：人",
        alt=f"{unit.name} {period} 周期：{spoken}。",
        figure={
            "data": [_outcome_bars(shown)],
            "layout": {
                "yaxis": {"autorange": "reversed"},
                "xaxis": {"showgrid": True, "range": [0, 1.2 * max(row["teachers"] for row in shown)]},
                "height": 80 + 44 * len(shown),
                "bargap": 0.35,
            },
        },
        table=Table(
            ["考核结果", "人数"],
            [[_outcome(row), HIDDEN if row["teachers"] is None else numbers.count(row["teachers"])] for row in known],
        ),
        source="因涉及人数较少而不公布的格子以＊代替，人数取到十位。",
    )


def _outcome_bars(rows: Sequence[Row]) -> Trace:
    verdicts = [row["outcome"].split(":")[0] for row in rows]
    return {
        "type": "bar",
        "orientation": "h",
        "y": [_outcome(row) for row in rows],
        "x": [row["teachers"] for row in rows],
        "text": [numbers.count(row["teachers"]) for row in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {
            "color": [theme.OUTCOME_COLOURS[verdict] for verdict in verdicts],
            "pattern": {"shape": ["/" if one == "not_met" else "" for one in verdicts], "solidity": 0.25},
        },
        "hovertemplate": "%{x} 人<extra></extra>",
    }


def composition(rows: Sequence[Row], unit: Unit, closed: int) -> Chart | None:
    """Counted hours by kind of training and year; hidden cells are left out of the stack and named in the table.

    The title is about the latest year that is over (`closed` at most).
    """
    if not any(row["hours"] for row in rows):
        return None
    years = sorted({row["year"] for row in rows})
    held = {(row["source_type"], row["year"]): row for row in rows}
    known = list(theme.KINDS)
    kinds = sorted({kind for kind, _ in held}, key=lambda kind: (known.index(kind) if kind in known else 99, kind))
    traces = [
        _bars(
            (kind, [str(year) for year in years], [_plain_hours(held.get((kind, year))) for year in years]),
            (theme.KINDS.get(kind, theme.GREY), theme.pattern(kind)),
            "学时",
        )
        for kind in kinds
    ]
    table = [[kind, *(_hours_text(held.get((kind, year))) for year in years)] for kind in kinds]
    spoken = "；".join(f"{name}：{_spoken([str(y) for y in years], values)}" for name, *values in table)
    return Chart(
        id="composition",
        title=_composition_finding(rows, max((year for year in years if year <= closed), default=years[-1])),
        about="各年计入学时按来源，单位：学时",
        alt=f"{unit.name}各年计入学时按来源：{spoken}。",
        figure={"data": traces, "layout": _layout(340, barmode="stack")},
        table=Table(["来源", *(f"{year}年" for year in years)], table),
        source="计入学时按记入年度和来源类型相加；涉及人数较少的格子不列入，学时分级取整。",
    )


def _composition_finding(rows: Sequence[Row], year: int) -> str:
    """Which kind of training gave most hours."""
    hours = {row["source_type"]: Fraction(row["hours"]) for row in rows if row["year"] == year and row["hours"]}
    if not hours:
        return "各年学时构成"
    most = max(hours, key=lambda kind: (hours[kind], kind))
    return f"{year}年学时以{most}最多，占{numbers.percent(hours[most] / sum(hours.values()))}"


def _plain_hours(row: Row | None) -> float | None:
    return None if row is None or row["hours"] is None else float(row["hours"])


def _hours_text(row: Row | None) -> str:
    if row is None:
        return numbers.MISSING
    return HIDDEN if row["suppression"] else f"{numbers.rounded(Fraction(row['hours']), 0):,}"


CAPS: Final = (("项目", "单个项目上限", theme.BLUE, ""), ("校级", "校级年度上限", theme.AMBER, "/"))


def cap_loss(rows: Sequence[Row], unit: Unit, closed: int) -> Chart | None:
    """Credits the caps took away, by year and cap; the title is about the latest year that is over."""
    if not any(row["credits_lost"] for row in rows):
        return None
    years = sorted({row["year"] for row in rows})
    held = {(row["cap"], row["year"]): row for row in rows}
    table = [[f"{year}年", *(_lost(held.get((cap, year))) for cap, *_ in CAPS)] for year in years]
    last = max((year for year in years if year <= closed), default=years[-1])
    lost = [held[cap, last]["credits_lost"] for cap, *_ in CAPS if (cap, last) in held]
    known = None not in lost
    told = f"{last}年因封顶有{numbers.rounded(Fraction(sum(lost, Decimal(0))), 0):,}学分未计入" if known else ""
    traces = [
        _bars(
            (name, [str(year) for year in years], [_lost_number(held.get((cap, year))) for year in years]),
            (colour, shape),
            "学分",
            "auto",
        )
        for cap, name, colour, shape in CAPS
    ]
    return Chart(
        id="cap-loss",
        title=told or "各年因封顶未计的学分",
        about="超出上限未计的学分，单位：学分",
        alt=f"{unit.name}各年因上限截去的学分：" + "；".join("，".join(row) for row in table) + "。",
        figure={"data": traces, "layout": _layout(280, barmode="group")},
        table=Table(["年度", *(name for _, name, *_ in CAPS)], table),
        source="超出上限的学分作废，不结转；学时不受上限影响。",
    )


def _lost_number(row: Row | None) -> float | None:
    return None if row is None or row["suppression"] else float(row["credits_lost"])


def _lost(row: Row | None) -> str:
    if row is None:
        return numbers.MISSING
    return HIDDEN if row["suppression"] else f"{numbers.rounded(Fraction(row['credits_lost']), 1):,}"


PACES: Final = (
    ("慢于时间进度", theme.ORANGE, "/"),
    ("与时间进度相当", theme.LIGHT_BLUE, ""),
    ("快于时间进度", theme.BLUE, ""),
)
_QUARTER: Final = Fraction(1, 4)


def pace(rows: Sequence[Row], unit: Unit, elapsed: Fraction, forecast: Cell) -> Chart | None:
    """Teachers of a running cycle by how far they have come, coloured by whether that is ahead of the time passed."""
    held = {row["band"]: row for row in rows}
    bands = [band for band in BANDS if band in held]
    drawn = [band for band in bands if held[band]["teachers"] is not None]
    if not drawn:
        return None
    period, passed = rows[0]["period"].replace("-", "—"), numbers.percent(elapsed, 0)
    told = "" if forecast.missed is None else f"，按目前进度推算{numbers.count(forecast.missed)}人到期达不到要求"
    spoken = "；".join(f"{band}{numbers.count(held[band]['teachers'])}人" for band in drawn)
    return Chart(
        id="pace",
        title=f"{period}周期时间已过{passed}{told}",
        about="教师按已完成的比例分组，单位：人；颜色表示与时间进度相比的快慢",
        alt=f"{unit.name}{period}周期进度：{spoken}。",
        figure={
            "data": _pace_traces({band: held[band]["teachers"] for band in drawn}, elapsed),
            "layout": {
                "barmode": "overlay",
                "xaxis": {"type": "category", "categoryorder": "array", "categoryarray": drawn},
                "height": 300,
                "bargap": 0.3,
            },
        },
        table=Table(
            ["完成要求的比例", "教师"],
            [[band, HIDDEN if held[band]["suppression"] else numbers.count(held[band]["teachers"])] for band in bands],
        ),
        source=f"按完成比例最低的一项计算。周期时间已过{passed}，完成比例与之相当的教师按此进度可以按期达标。",
    )


def _pace_traces(teachers: Mapping[str, int], elapsed: Fraction) -> list[Trace]:
    """The bands in three series, by how they compare with the time passed."""
    found = []
    for state, (name, colour, shape) in enumerate(PACES):
        mine = [band for band in teachers if _pace_of(BANDS.index(band), elapsed) == state]
        if mine:
            found.append(_bars((name, mine, [teachers[band] for band in mine]), (colour, shape), "人", "auto"))
    return found


def _pace_of(band: int, elapsed: Fraction) -> int:
    """0 behind the time passed, 1 level with it, 2 ahead; the last band is of those who have reached all."""
    if (band + 1) * _QUARTER <= elapsed and band < len(BANDS) - 1:
        return 0
    return 1 if band * _QUARTER <= elapsed < (band + 1) * _QUARTER else 2
