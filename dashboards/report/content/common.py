"""What the chapters share: sections headed by their finding, notes under tables, tables of places."""

from collections.abc import Sequence
from typing import Final

from dashboards.report.model import Block, Cell, Chart, Column, Number, Section, Series, Table
from dashboards.report.rules import Figures, heading
from models.marts.suppression import HIDDEN, ROUNDED

HIDDEN_NOTE: Final = f"＊：{HIDDEN}。“约”为所在区间的中点。"
PEOPLE_NOTE: Final = f"{ROUNDED}。"
MISSING_NOTE: Final = "—表示没有数据或不适用。"
YEARS: Final = 5
FEWEST: Final = 2
"""Fewer bars or points compare nothing."""
MOST_BARS: Final = 14
"""More bars would not stand on a page beside their text; the table has them all."""


def chapter(key: str, topic: str, figures: Figures, parts: Sequence[Section]) -> Section:
    """A chapter headed by its finding; parts without anything in them are left out."""
    title, why = heading(topic, figures)
    told = tuple(part for part in parts if part.blocks)
    if len(told) == 1:
        return Section(key, title, told[0].blocks, why=why)
    return Section(key, title, parts=told, why=why)


def part(chapter_key: str, key: str, title: str, *blocks: Sequence[Block]) -> Section:
    """A part of a chapter from runs of blocks."""
    return Section(f"{chapter_key}.{key}", title, tuple(block for run in blocks for block in run))


def bars(key: str, title: str, labels: Sequence[str], values: Sequence[Number], series: str) -> list[Chart]:
    """A bar for each figure that may be shown, largest first; none where there is nothing to compare or no room."""
    shown = [(label, one) for label, one in zip(labels, values, strict=True) if one.is_known]
    if not FEWEST <= len(shown) <= MOST_BARS:
        return []
    ranked = sorted(shown, key=lambda pair: -(pair[1].exact or 0))
    (most, top), (least, low) = ranked[0], ranked[-1]
    alt = f"横条图：{title}，{most}最多，为{top.text}；{least}最少，为{low.text}。"
    drawn = tuple(one for _, one in ranked)
    return [Chart(key, title, alt, "bars", tuple(label for label, _ in ranked), (Series(series, drawn),))]


def trend(key: str, title: str, years: Sequence[int], values: Sequence[Number], series: str) -> list[Chart]:
    """A line over years; none where fewer than two of them have a figure."""
    if sum(one.is_known for one in values) < FEWEST:
        return []
    said = "，".join(f"{year}年{one.text}" for year, one in zip(years, values, strict=True))
    labels = tuple(str(year) for year in years)
    return [Chart(key, title, f"折线图：{title}，{said}。", "trend", labels, (Series(series, tuple(values)),))]


def text(title: str, share: float = 1.0) -> Column:
    return Column(title, share=share, is_text=True)


def table(key: str, title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *notes: str) -> list[Table]:
    """A table with its notes and those on signs; none without rows, or without any figure that may be shown."""
    made = tuple(tuple(row) for row in rows)
    numbers = [cell for row in made for cell in row if isinstance(cell, Number)]
    if numbers and not any(one.is_known for one in numbers):
        return []
    return [Table(key, title, tuple(columns), made, (*notes, HIDDEN_NOTE, MISSING_NOTE))] if made else []
