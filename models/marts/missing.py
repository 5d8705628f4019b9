"""What the release lacks whole, in sentences for readers.

Belongs here: the words. What is missing is worked out in models/staging/vanished.py; which verdicts it leaves open in
models/core/gaps.py.
"""

import polars as pl

from models.contracts import staging_contracts


def missing_whole(vanished: pl.LazyFrame) -> pl.DataFrame:
    """marts.public_gap. Grain: a year, county or file of a dump table that the last release had and this one lacks."""
    titles = {name: known.title for name, known in staging_contracts().items()}
    title = pl.col("table_name").replace_strict(titles, default=pl.col("table_name"))
    what = (
        pl.when(pl.col("kind") == "place")
        .then(pl.format("县级单位 {} 的{}", "which", title))
        .when(pl.col("year").is_not_null())
        .then(pl.format("{} 年的{}", "year", title))
        .otherwise(pl.format("{}的一部分", title))
    )
    sentence = pl.concat_str([what, pl.lit("在转储中缺失，所涉结论均为“暂不能判定”")])
    return (
        vanished.select("table_name", "kind", "which", sentence=sentence)
        .unique("sentence", keep="first", maintain_order=True)
        .sort("table_name", "kind", "which")
        .collect()
    )
