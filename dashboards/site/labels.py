"""Words beside the codes of a download, and ratios beside the counts they come from.

Belongs here: which column gets a word, and from which vocabulary. The words themselves are defined where the codes are.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from dashboards.site.measures import MEASURES
from dashboards.site.region import Region
from models.contracts import Contract
from models.explanation import SUBJECTS
from models.vocabulary import VERDICT_WORDS

LEVELS: Final = {"province": "省", "city": "市", "county": "县"}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "verdict": VERDICT_WORDS,
    "unit_level": LEVELS,
    "subject_type": SUBJECTS,
    "measure": {measure.key: measure.title for measure in MEASURES},
    "convention": {key: word for measure in MEASURES for key, word in measure.conventions.items() if key != "default"}
    | {"default": "条款口径"},
}
_PLACES: Final = ("unit_id", "county_id", "city_id", "county_unit_id")
_INSTITUTION: Final = "institution_id"
RATIO, UNIT = "比例（%）", "计数单位"
BESIDE: Final = "名称"


def labelled(frame: pl.DataFrame, contract: Contract, region: Region) -> pl.DataFrame:
    """The frame under the contract's headers, followed by a word for each code and the ratio of each pair of counts.

    A ratio is rounded once, half up, to a tenth; where only a span is published it is the middle of the span.
    """
    words = [*_words(frame, contract, region), *_ratio(frame)]
    headed = [pl.col(field.name).alias(field.header) for field in contract.fields]
    return frame.select(*headed, *words)


def _words(frame: pl.DataFrame, contract: Contract, region: Region) -> list[pl.Expr]:
    units = dict(region.table("marts.public_unit").select("unit_id", "unit_name").drop_nulls().iter_rows())
    found = []
    for field in contract.fields:
        words = units if field.name in _PLACES else WORDS.get(field.name)
        told = f"{field.header}{BESIDE}"
        if words and frame.schema[field.name] == pl.String and told not in contract.headers.values():
            found.append(pl.col(field.name).replace_strict(words, default=None, return_dtype=pl.String).alias(told))
    return found


def _ratio(frame: pl.DataFrame) -> list[pl.Expr]:
    if not {"numerator", "denominator"} <= set(frame.columns):
        return []
    upper, lower = pl.col("numerator"), pl.col("denominator")
    tenths = pl.when(lower > 0).then((2000 * upper + lower) // (2 * lower))
    shown = (tenths.cast(pl.Float64) / 10).round(1)
    if "rounded_percent" in frame.columns:
        shown = pl.coalesce(shown, pl.col("rounded_percent").cast(pl.Float64))
    told = [shown.alias(RATIO)]
    if "measure" in frame.columns:
        units = {measure.key: measure.unit for measure in MEASURES}
        told.append(pl.col("measure").replace_strict(units, default=None, return_dtype=pl.String).alias(UNIT))
    return told


def beside(headed: pl.DataFrame, contract: Contract) -> list[tuple[str, str, str, str]]:
    """What the dictionary says of the columns that were added: header, English name, unit, meaning."""
    known = {field.header for field in contract.fields}
    meaning = {
        RATIO: ("%", "分子除以分母，四舍五入到一位小数；只公布区间的为区间的中点"),
        UNIT: ("", "分子和分母以什么计"),
    }
    return [
        (name, "", *meaning.get(name, ("", f"{name.removesuffix(BESIDE)}的中文名称")))
        for name in headed.columns
        if name not in known
    ]
