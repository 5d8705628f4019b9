"""What is said of drift: one row and one Chinese sentence for each thing that changed, with where most of it lies.

Belongs here: choosing what to tell where several steps have one cause, and the words. A sentence holds titles, headers,
names of units and words of code lists, never a cell's content; shares are told no finer than ten rows allow.
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import polars as pl

from models.contracts import staging_contracts
from models.drift.places import PLACE, UNITS, columns_to_place, with_place
from models.drift.profile import DUPLICATE, LEAST_SIZE, Measure
from models.drift.steps import Account
from models.drift.usual import FEWEST_NIGHTS
from models.marts.suppression import MINIMUM, STEPS
from models.staging import reasons


class Kind(StrEnum):
    """Where a change lies: in what was sent, in which places and schools there are, in the law or the program."""

    DATA = "data"
    ROSTER = "roster"
    RULE = "rule"


DRIFT: Final = pl.Schema(
    {
        "kind": pl.String(),
        **dict.fromkeys(("table_name", "column_name", "figure", "unit_id", "measure", "period", "which"), pl.String()),
        **dict.fromkeys(("before", "now", "allowed"), pl.Float64()),
        "sentence": pl.String(),
    }
)
ROSTERS: Final = ("admin_unit", "school", "institution", "teacher")
"""Tables whose ids are followed from night to night."""
PLACES: Final = ("admin_unit", "school")
"""Tables that say which places and schools there are."""
FEW: Final = 3
"""So many units or classes are named; where more units changed alike, they share a sentence."""
RENUMBERED: Final = 0.5
"""Where so large a share of ids is gone and as large a one is new, they look renumbered."""
TWICE: Final = math.log(1.95)
WHOLE: Final = 100
HALF: Final = 0.5
MANY: Final = 200
"""Of so many rows a tenth is more than ten."""
NOTABLE: Final = 1.25
"""How much larger numbers are is told from this factor on."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What sentences are made of: all steps, the accounts they come from, units' names."""

    steps: pl.DataFrame
    before: Account
    now: Account
    units: Mapping[str, str]


def roster_ids(read: Callable[[str], pl.LazyFrame], lapsed: Collection[str]) -> pl.DataFrame:
    """The ids of every roster with their unit (`table_name`, `unit_id`, `id`), without units that ended by law."""
    found = []
    for table in ROSTERS:
        key = columns_to_place(table)[0]
        rows = with_place(table, read(table), read).select(
            table_name=pl.lit(table), unit_id=pl.col(PLACE).cast(pl.String), id=pl.col(key).cast(pl.String)
        )
        found.append(rows.filter(~pl.col("id").is_in(list(lapsed))) if table == UNITS else rows)
    return pl.concat(found).collect()


def drift_of_data(found: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Rows of audit.drift for the steps that are beyond the usual, of dump tables."""
    rows = [_row(row, told, more) for row, more in _chosen(found)]
    return pl.DataFrame(rows, schema=DRIFT)


def _row(row: Row, told: Told, units: int = 0) -> dict[str, Any]:
    """One row of audit.drift; where several units changed alike, it tells of the first and how many they are."""
    is_place = row["table_name"] in PLACES or row["measure"] in (Measure.GONE, Measure.COME)
    said = {**row, "units": units}
    sentence = _SENTENCES[Measure(row["measure"])](said, told) + _usual(row) + _most(said, told)
    return {
        **{name: row[name] for name in DRIFT.names() if name in row},
        "unit_id": None if units else row["unit_id"],
        "kind": (Kind.ROSTER if is_place else Kind.DATA).value,
        "sentence": _SPACE.sub(" ", sentence),
    }


_SPACE: Final = re.compile(r"(?<=%)(?=[\u4e00-\u9fff])|(?<=[有由为在，])(?=[0-9])")
"""Where a number and a word meet."""


def _chosen(found: pl.DataFrame) -> Iterator[tuple[Row, int]]:
    """One step for each cause: the province's before its units', a table's before its years'; several units as one."""
    rows = sorted(found.iter_rows(named=True), key=lambda row: (-abs(row["affected"] or 0), str(row["unit_id"])))
    groups: dict[tuple[str | None, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["table_name"], row["column_name"], _family(row["measure"])), []).append(row)
    for group in groups.values():
        whole = [row for row in group if row["unit_id"] is None]
        units = list({row["unit_id"]: row for row in reversed(group)}.values())[::-1]
        if whole:
            years = [row for row in whole if row["period"] is not None and row["measure"] == Measure.ROWS]
            yield from ((row, 0) for row in ([row for row in whole if row not in years][:1] or years[:FEW]))
        elif len(units) > FEW:
            yield units[0], len(units)
        else:
            yield from ((row, 0) for row in units)


_FAMILIES: Final = {
    Measure.YEAR: Measure.MONTH,
    Measure.ADDED: Measure.SIZE,
    Measure.WORD: Measure.VALUE,
    Measure.COME: Measure.GONE,
}


def _family(measure: str) -> str:
    """Measures that change together go by one name."""
    return _FAMILIES.get(Measure(measure), Measure(measure)).value


def _rows(row: Row, told: Told) -> str:
    year = f"{row['period']} 年" if row["period"] else ""
    return f"{_table(row)}{_place(row, told)}{year}的行数比上次{_growth(row['step'], row['rows_before'])}"


def _growth(step: float, rows: int) -> str:
    if step > TWICE:
        return f"增加到约 {math.exp(step):.{1 if rows >= MANY else 0}f} 倍"
    return f"{'增加' if step > 0 else '减少'}{share(abs(math.expm1(step)), rows)}"


def _empty(row: Row, told: Told) -> str:
    return f"{_column(row, told)}空缺的比例{_from_to(row)}"


def _refused(row: Row, told: Told) -> str:
    known = staging_contracts()[row["table_name"]]
    column, why = row["column_name"], row["period"]
    if why == DUPLICATE:
        return f"{_table(row)}主键重复的行所占的比例{_from_to(row)}"
    says = ""
    if column and why in reasons.CODES and column in {field.column for field in known.fields}:
        says = f"（{reasons.sentence(known.field(column), why)}）"
    return f"{_column(row, told)}退回的比例{_from_to(row)}{says}"


def _value(row: Row, told: Told) -> str:
    return f"{_column(row, told)}有{share(row['step'], row['rows_before'])}的行换了取值{_of_class(row)}"


def _date(row: Row, told: Told) -> str:
    unit = "年份" if row["measure"] == Measure.YEAR else "月份"
    return f"{_column(row, told)}有{share(row['step'], row['rows_before'])}的行换了{unit}{_of_class(row)}"


def _size(row: Row, told: Told) -> str:
    says = f"{_column(row, told)}有{share(row['step'], row['rows_before'])}的行换了大小（每档相差一倍）"
    then, here = (_middle(row, one) for one in (told.before, told.now))
    return says if then is None or here is None else says + _times(2 ** (here - then))


def _middle(row: Row, account: Account) -> float | None:
    """The mean size, as a power of two, of a column's numbers above nothing."""
    sizes = account.profile.filter(
        (pl.col("table_name") == row["table_name"])
        & (pl.col("column_name") == row["column_name"])
        & pl.col("unit_id").eq_missing(pl.lit(row["unit_id"], pl.String))
        & (pl.col("measure") == Measure.SIZE)
    ).select(size=pl.col("which").cast(pl.Int64), rows="value")
    sizes = sizes.filter(pl.col("size") >= LEAST_SIZE)
    middle = sizes.select((pl.col("size") * pl.col("rows")).sum() / pl.col("rows").sum()).item()
    return None if sizes.is_empty() else float(middle)


def _times(ratio: float) -> str:
    """How many times as large numbers are on the whole, where that is much."""
    factor = max(ratio, 1 / ratio)
    if factor < NOTABLE:
        return ""
    told = f"{float(f'{factor:.2g}'):.0f}" if factor >= FEW else f"{factor:.1f}"
    return f"，总体约为上次的 {told} 倍" if ratio > 1 else f"，总体约为上次的 1/{told}"


def _word(row: Row, told: Told) -> str:
    words = staging_contracts()[row["table_name"]].field(row["column_name"]).values or ("是", "否")
    which = _YES_NO.get(row["which"], row["which"])
    named = f"“{which}”" if which in words else "上次有的一种"
    return f"{_column(row, told)}不再有取值为{named}的行"


def _added(row: Row, told: Told) -> str:
    return f"{_column(row, told)}：新增的行多是原有的行几乎没有的大小"


def _roster(row: Row, told: Told) -> str:
    both = {each: _of_roster(row, told, each) for each in (Measure.GONE, Measure.COME)}
    gone, come = (share(step, rows) for step, rows in both.values())
    says = f"{_table(row)}名册{_place(row, told)}有{gone}的编号不见了，{come}的编号是新的"
    return says + ("，像是重新编号" if min(step for step, _ in both.values()) >= RENUMBERED else "")


def _of_roster(row: Row, told: Told, measure: Measure) -> tuple[float, int]:
    """How large the roster's step of a measure is, and of how many ids."""
    same = told.steps.filter(
        (pl.col("table_name") == row["table_name"])
        & pl.col("unit_id").eq_missing(pl.lit(row["unit_id"]))
        & (pl.col("measure") == measure)
    )
    return (float(same["step"][0]), int(same["rows_before"][0])) if same.height else (0.0, int(row["rows_before"]))


_SENTENCES: Final = {
    Measure.ROWS: _rows,
    Measure.EMPTY: _empty,
    Measure.REFUSED: _refused,
    Measure.VALUE: _value,
    Measure.SIZE: _size,
    Measure.MONTH: _date,
    Measure.YEAR: _date,
    Measure.ADDED: _added,
    Measure.WORD: _word,
    Measure.GONE: _roster,
    Measure.COME: _roster,
}


def share(value: float, rows: int) -> str:
    """A share in words, each wording standing for ten numbers of rows or more: 约 20%, 不到 5%, 大部分."""
    step = next((one for one in STEPS if one * rows >= 2 * WHOLE * MINIMUM), None)
    if step is None:
        return "大部分" if value >= HALF else "一部分"
    told = int(value * WHOLE / step + HALF) * step
    if told < step:
        return f"不到 {step}%"
    return f"{WHOLE - step}% 以上" if told >= WHOLE and value <= 1 else f"约 {told}%"


def _from_to(row: Row) -> str:
    then, here = share(row["before"], row["rows_before"]), share(row["now"], row["rows_now"])
    if then == here:
        return f"{'升高' if row['now'] > row['before'] else '降低'}（前后都{here}）"
    return f"由{then}变为{here}"


_YES_NO: Final = {"true": "是", "false": "否"}


def _of_class(row: Row) -> str:
    """The class that changed most, if it is a word of the contract or a date."""
    field = staging_contracts()[row["table_name"]].field(row["column_name"])
    which = _YES_NO.get(row["which"], row["which"])
    is_word = which in (field.values or ()) or which in ("是", "否") or field.type in ("date", "datetime")
    return f"，变化最大的是“{which}”：{_from_to(row)}" if is_word else ""


def _table(row: Row) -> str:
    return f"“{staging_contracts()[row['table_name']].title}”"


def _column(row: Row, told: Told) -> str:
    known = staging_contracts()[row["table_name"]]
    names = {field.column: field.header for field in known.fields} | {
        field.name: field.header for field in known.fields
    }
    header = names.get(row["column_name"] or "")
    return f"{_table(row)}{_place(row, told)}" + (f"的“{header}”" if header else "整行")


def _place(row: Row, told: Told) -> str:
    if row["unit_id"] is None:
        return ""
    return name_of(row["unit_id"], told.units) + (f"等 {row['units']} 个单位" if row["units"] else "")


def name_of(unit: str, names: Mapping[str, str]) -> str:
    """A unit's name; its code where it has none."""
    return names.get(unit) or unit


def _usual(row: Row) -> str:
    """How much was to be expected."""
    if row["measure"] in (Measure.ADDED, Measure.WORD):
        return ""
    if row["nights"] < FEWEST_NIGHTS:
        return "（以往不足三夜，只说大的变化）"
    if row["crept"] is not None:
        return "，是近来各夜一点一点积起来的"
    if row["measure"] == Measure.ROWS:
        return f"，平时的变化不超过 {max(round(math.expm1(row['allowed']) * WHOLE), 1)}%"
    return f"，平时的变化不超过 {max(round(row['allowed'] * WHOLE), 1)} 个百分点"


def _part(of_change: float, rows: int) -> str:
    """How much of a change lies in a unit, where that is a good part of it."""
    said = share(of_change, rows)
    return "" if said.startswith(("不到", "一部分")) else f"（{said}）"


def _most(row: Row, told: Told) -> str:
    """The three units in which most of the change lies; of rows without units the years."""
    if row["unit_id"] is not None and not row["units"]:
        return "。"
    family = _family(row["measure"])
    same = told.steps.filter(
        (pl.col("table_name") == row["table_name"])
        & pl.col("column_name").eq_missing(pl.lit(row["column_name"]))
        & pl.col("measure").replace_strict({one.value: _family(one) for one in Measure}, default=None).eq(family)
        & (pl.col("affected") > 0)
    )
    parts = same.filter(pl.col("unit_id").is_not_null()).group_by(which="unit_id").agg(pl.col("affected").max())
    if parts.is_empty() and row["measure"] == Measure.ROWS and row["period"] is None:
        parts = same.filter(pl.col("period").is_not_null()).select(pl.col("period") + " 年", "affected")
        parts = parts.rename({"period": "which"})
    whole = float(parts["affected"].sum())
    if whole < MINIMUM and family != Measure.GONE:
        return "。"
    first = parts.sort("affected", "which", descending=[True, False]).head(FEW)
    named = [
        name_of(each["which"], told.units) + _part(each["affected"] / whole, int(whole))
        for each in first.iter_rows(named=True)
    ]
    return f"。变化主要在{'、'.join(named)}。"
