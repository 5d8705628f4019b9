"""What the public may know of a count of people: one rule for every published figure.

A count is told on stairs of ten. Between ten times k plus one and ten times k plus ten lies one edge, drawn from a
secret for each unit and each k; a count on or above it is told as the upper ten, one below it as the lower. So a
published ten stands for nineteen counts around it, whose mean it is, and what would be told as ten or none is hidden.

Why stairs, and why drawn so. Tables of people are linked: counties add up to cities, outcomes to all, a clause's
table repeats a headline's. Hiding small cells and enough others is a joint problem over all tables ever shown, and
every new table or night may undo it. Stairs need no knowledge of other tables. A count of one unit is told the same
wherever and whenever it stands, so that nothing is gained by averaging tables or nights; it never falls when a count
rises, so that parts are never told above their whole; and one person more or less moves a figure once in ten times,
at an edge nobody outside knows. It is the cell-key method of official statistics (Thompson, Broadfoot and Elazar,
UNECE 2013; Giessing and Tent, UNECE 2019) with the key taken from unit and size instead of from the people, so that a
changing population does not draw again.

The edges of one unit lie within half a stair of each other, seen from the feet of their stairs. Whoever knows of every
single arrival sees how far edges are apart, and were they free, two at the far ends of their stairs would tell him
where both are; so, however long the walk, he can shift all of them by five places and see the same.

A row that is hidden but there would say that somebody is. So there is a row for nobody wherever there might be
somebody (`breakdowns.everywhere`), or no row that tells nothing (`OnlyTold`).

Here belongs the rule. Which columns of which frame count people is declared in `models.marts.publication`; that
nothing can be had back from all published tables together is proved in the tests, by linear programs.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import polars as pl

from models.core.credit_lines import as_amount, in_thousandths

MINIMUM: Final = 10
"""No figure rests on fewer people or answers than this; also how high a stair is."""
REACH: Final = MINIMUM - 1
"""How far a count may lie on either side of the figure told for it."""
HIDDEN: Final = "因涉及人数较少，不予公布"
SPAN_ONLY: Final = "因涉及人数较少，仅公布区间"
POOLED_SPAN: Final = "为防止由汇总反推个别项目的答卷，仅公布区间"
ROUNDED: Final = "为保护个人信息，公开的人数与答卷数取到十位（与实数相差不超过9），20以下的不予公布"
"""What pages and reports say of the rule."""
STEPS: Final = (1, 2, 5, 10, 20, 25, 50)
"""Whole per cents that a coarse ratio may be told to."""
EVERY_ROW: Final = pl.lit(value=True)
_THOUSAND: Final = 1000


@dataclass(frozen=True)
class People:
    """Which columns of a published frame count people or answers.

    `counts` and `amounts` of a row go together: where the first count is hidden, all are. `unit` names the place,
    school or province whose people they are. `amounts` are sums over the people of the first count, each with the
    height of its stairs, which should be what ten people have. `rows` says which rows are of people at all.
    """

    unit: str
    counts: tuple[str, ...]
    amounts: Mapping[str, int] = field(default_factory=dict)
    rows: pl.Expr = EVERY_ROW

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """The cells as the public may see them, with `suppression` saying why a row tells nothing."""
        told = on_stairs(cells, self.unit, self.counts, key, self.rows)
        is_hidden = self.rows & (pl.col(self.counts[0]) <= MINIMUM)
        told = amounts_on_stairs(_without(told, self.amounts, is_hidden), self.unit, self.amounts, key)
        # Amounts stand behind people, so there is never nothing of them.
        told = told.with_columns(pl.max_horizontal(name, height).alias(name) for name, height in self.amounts.items())
        return told.with_columns(
            *(
                pl.when(~is_hidden & (~self.rows | (pl.col(name) > MINIMUM))).then(pl.col(name)).alias(name)
                for name in self.counts
            ),
            *(pl.when(~is_hidden).then(pl.col(name)).alias(name) for name in self.amounts),
            pl.when(is_hidden).then(pl.lit(HIDDEN)).alias("suppression"),
        )


@dataclass(frozen=True)
class Share:
    """A published frame of `numerator` and `denominator`, both counts of people or answers in the given rows.

    Where the two are told as the same, or the numerator is too small to tell, the counts go and the span that the
    ratio lies in stands for them: `rounded_percent` is its middle, `rounded_step` its width. So a ratio that is not
    quite whole never reads 100 %, nor one that is not nothing 0 %.
    """

    unit: str
    amounts: Mapping[str, int] = field(default_factory=dict)
    rows: pl.Expr = EVERY_ROW

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """The cells as the public may see them, with `suppression` saying why a row tells nothing."""
        told = on_stairs(cells, self.unit, ("numerator", "denominator"), key, self.rows)
        told = amounts_on_stairs(told, self.unit, self.amounts, key)
        part, whole = pl.col("numerator"), pl.col("denominator")
        is_all, is_none = whole <= part, part <= MINIMUM
        step = (
            pl.when(is_all)
            .then(_step(100 * 2 * REACH, whole + REACH))
            .otherwise(_step(100 * 2 * MINIMUM, whole - REACH))
        )
        middle = pl.when(is_all).then(100 - step + step // 2).otherwise(step // 2)
        is_span = is_all | is_none
        is_hidden = (whole <= MINIMUM) | (is_span & step.is_null())
        shown = {
            **{name: pl.when(~is_hidden & ~is_span).then(pl.col(name)) for name in ("numerator", "denominator")},
            **{name: pl.when(~is_hidden).then(pl.col(name)) for name in self.amounts},
            "rounded_percent": pl.when(~is_hidden & is_span).then(middle),
            "rounded_step": pl.when(~is_hidden & is_span).then(step),
            "suppression": pl.when(is_hidden).then(pl.lit(HIDDEN)),
        }
        others = {name: pl.col(name) if name in told.columns else pl.lit(None) for name in shown}
        return told.with_columns(
            pl.when(self.rows).then(value).otherwise(others[name]).alias(name) for name, value in shown.items()
        )


@dataclass(frozen=True)
class Tries:
    """A published frame that says what other limits would give: counts on stairs, none hidden.

    Small ones read 0 or 10 there. `rows` says which rows are of people.
    """

    unit: str
    counts: tuple[str, ...]
    rows: pl.Expr = EVERY_ROW

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """The cells as the public may see them."""
        return on_stairs(cells, self.unit, self.counts, key, self.rows)


@dataclass(frozen=True)
class RatioAlone:
    """A published frame of which the public sees `rounded_percent` only: the ratio of the counts as told.

    It says no more than those two would, so that it may stand beside them under another convention.
    """

    unit: str

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """The cells without their counts."""
        told = on_stairs(cells, self.unit, ("numerator", "denominator"), key)
        part, whole = pl.col("numerator"), pl.col("denominator")
        is_told = (whole > MINIMUM) & (part > MINIMUM) & (part < whole)
        return told.with_columns(
            rounded_percent=pl.when(is_told).then((200 * part + whole) // (2 * whole)),
            suppression=pl.when(~is_told).then(pl.lit(HIDDEN)),
        ).drop("numerator", "denominator")


def _without(cells: pl.DataFrame, names: Iterable[str], rows: pl.Expr) -> pl.DataFrame:
    """The cells without some figures in some rows: no edge is drawn for what nobody sees."""
    return cells.with_columns(pl.when(~rows).then(name).alias(name) for name in names)


class Protection(Protocol):
    """What a frame's counts of people become before anybody outside sees them."""

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """The cells as the public may see them; `key` draws the edges."""
        ...


@dataclass(frozen=True)
class OnlyTold:
    """A published frame of very many rows, of which those that would tell nothing are left out.

    A hidden row that is there says that somebody is; of many such rows under one figure each is then known too well.
    Smaller frames have a row for nobody wherever there might be somebody (`breakdowns.everywhere`).
    """

    of: Protection

    def protected(self, cells: pl.DataFrame, key: bytes) -> pl.DataFrame:
        """The rows that the public may see."""
        return self.of.protected(cells, key).filter(pl.col("suppression").is_null())


def spans_alone(cells: pl.LazyFrame, rows: pl.Expr) -> pl.LazyFrame:
    """Ratios of answers pooled over places: the span each lies in instead of its counts.

    A span is so wide that ``MINIMUM`` answers fit into it. The counts stay out, since the surveys of a place's projects
    are published one by one: a total would give a hidden one back.
    """
    step = pl.lit(None, pl.Int64)
    for width in reversed(STEPS):
        step = pl.when(pl.col("denominator") * width >= MINIMUM * 100).then(pl.lit(width, pl.Int64)).otherwise(step)
    place = pl.min_horizontal(pl.col("numerator") * 100 // (pl.col("denominator") * step), 100 // step - 1)
    return cells.with_columns(
        rounded_percent=pl.when(rows).then(place * step + step // 2),
        rounded_step=pl.when(rows).then(step),
        suppression=pl.when(rows & step.is_null()).then(pl.lit(HIDDEN)),
        numerator=pl.when(~rows).then("numerator"),
        denominator=pl.when(~rows).then("denominator"),
    )


def _step(hundredfold: int, whole: pl.Expr) -> pl.Expr:
    """The narrowest step that a share of so much in the whole fits into; null where none is wide enough."""
    found = pl.lit(None, pl.Int64)
    for step in reversed(STEPS):
        found = pl.when(whole * step >= hundredfold).then(pl.lit(step, pl.Int64)).otherwise(found)
    return found


def on_stairs(
    cells: pl.DataFrame, unit: str, counts: tuple[str, ...], key: bytes, rows: pl.Expr = EVERY_ROW
) -> pl.DataFrame:
    """The cells with each count as a whole ten, small ones too; other rows as they are."""
    return cells.with_columns(
        pl.when(rows).then(_stepped(cells[unit], cells[name], MINIMUM, key)).otherwise(pl.col(name)).alias(name)
        for name in counts
    )


def amounts_on_stairs(cells: pl.DataFrame, unit: str, heights: Mapping[str, int], key: bytes) -> pl.DataFrame:
    """The cells with each amount (hours, credits, records) on stairs of its own height."""
    done = cells
    for name, height in heights.items():
        if cells.schema[name].is_integer():
            done = done.with_columns(_stepped(cells[unit], cells[name], height, key))
        else:
            thousandths = cells.select(in_thousandths(pl.col(name))).to_series()
            stepped = _stepped(cells[unit], thousandths, height * _THOUSAND, key).alias(name)
            done = done.with_columns(stepped).with_columns(as_amount(pl.col(name)).alias(name))
    return done


def _stepped(units: pl.Series, values: pl.Series, height: int, key: bytes) -> pl.Series:
    """Each value as the foot or the top of its stair, by the edge drawn for the unit and the stair."""
    cells = pl.DataFrame({"unit": units.cast(pl.String).fill_null(""), "value": values.cast(pl.Int64)}).with_columns(
        stair=(pl.col("value") - 1) // height
    )
    # Each pair is drawn once, however many cells share it.
    pairs = cells.select("unit", "stair").drop_nulls().unique()
    edges = pairs.with_columns(edge=pl.Series(_edges(key, height, pairs), dtype=pl.Int64))
    found = cells.join(edges, on=["unit", "stair"], how="left", maintain_order="left")
    above = (pl.col("value") - 1 - pl.col("stair") * height) >= pl.col("edge")
    return found.select(((pl.col("stair") + above.cast(pl.Int64)) * height).alias(values.name)).to_series()


def _edges(key: bytes, height: int, pairs: pl.DataFrame) -> list[int]:
    """Where between foot and top the edge lies, 0 to height - 1, for a unit never more than half a stair to and fro."""
    reach = (height - 1) // 2
    keyed = hmac.new(key, digestmod=hashlib.sha256)
    shifts = {unit: _drawn(keyed, f"{unit}\x1f{height}", reach) for unit in pairs["unit"].unique()}
    return [
        shifts[unit] + _drawn(keyed, f"{unit}\x1f{height}\x1f{stair}", height - 1 - reach)
        for unit, stair in pairs.iter_rows()
    ]


def _drawn(keyed: hmac.HMAC, name: str, most: int) -> int:
    """0 to `most`, the same for the same name; a copy of what knows the key costs a third of reading the key again."""
    drawn = keyed.copy()
    drawn.update(name.encode())
    return int.from_bytes(drawn.digest()[:8], "big") % (most + 1)


def key_of_edges(secret: bytes) -> bytes:
    """The key that edges are drawn with, from the home's own secret."""
    return hmac.digest(secret, b"edges of published counts", hashlib.sha256)
