"""Which lines below a header are no data: totals, footers, group titles, templates' help lines, repeated headers.

Here belong the rules for one line. That such lines say how many rows there should be is `models.staging.tally`.
"""

import re

import polars as pl

from models.contracts import Contract, normalised_name
from models.staging.headers import FEWEST_HITS, TRACE, HeaderMatch, match_line

_CJK = r"[\u3400-\u9fff]"
_PLAIN_CODE = r"^[!-~]+$"
_TOTAL = r"^[^0-9A-Za-z]{0,12}(合计|小计|总计|共计|累计|总数)"
_ENGLISH_TOTAL = r"(?i)^(grand|sub)?-?totals?([:：]\d*)?$"
_FOOTER = (
    r"^(填表|制表|填报|审核|复核|负责|单位负责|经办|联系|打印|导出|数据来源|数据截止|公章|盖章|以上|以下空白)"
    r"[^0-9A-Za-z]{0,6}([:：]|$)"
    r"|^(注|备注|说明|附注|附件|日期|电话|制表时间|单位)\d*[:：]"
    r"|制表$|^[(（]?(公章|盖章)|^共计?(\d+|[一二三四五六七八九十百]+)(条|行|人|个|所|项|家|份|名|位|笔)|^第\d+页|^[-—=*_.·]+$"
    r"|^[(（]?\d+(行|rows?)(受影响|affected|selected|insetfetched|inset|returned)[)）]?[.。]?$"
    r"|^\d+rowsselected[.。]?$|^norowsselected$|^--Moredata|^[(（]?\d+(rows?|records?)[)）]?$"
    r"|^(已选择|已选中|已导出|共导出|共有|总共|总?记录总?数|总条数|总行数|总人数)[:：]?\d+"
    r"|^(?i:records|count|totalrecords)[:：]\d+$"
)
_GROUP_COUNT = r"[(（]共?计?\d+[^()（）0-9]{0,3}[)）]$"
_HELP_ROWS = 6
"""Help lines of templates stand no further below the header than this."""
_FEWEST_HELP = 3
_FEW = 200_000
_EXAMPLE = (
    r"^[(（\[【<]?(示例|样例|举例|范例|例如|例子|例|示范|填写示例|填报示例|模板)(\d*)([)）\]】>]?[:：]|[)）\]】>]|$)"
)
_HELP = r"^(填写说明|填表说明|填报说明|填写要求|填报须知|说明[:：]|注意[:：]|注意事项|提示[:：])"
_HELP_WORDS = (
    r"^(必填|选填|非必填|可空|可选|必填项|选填项|是|否|文本|文字|字符串?|日期|数字|数值|整数|小数|下拉|下拉选择|自动生成"
    r"|(var|n)*char2?(\(\d+\))?|string|date|datetime|timestamp|number(\(\d+(,\d+)?\))?|int(eger)?|bigint|decimal(\(\d+,\d+\))?"
    r"|double|float|text|bool(ean)?|notnull|null|pk|fk"
    r"|((nullable|lowcardinality|array)\()*(u?int\d+|float\d+|fixedstring\(\d+\)|string|uuid|date(32|time(64)?)?(\([^)]*\))?"
    r"|decimal\d*(\(\d+,\d+\))?|enum\d+\(.*)\)*)$"
)
_SIGNS = r"[|;,，\t]"
"""A line in one cell with several of these was not divided: it is data, not the title of a group."""
_NAME = r"^[A-Za-z][A-Za-z_]*[A-Za-z]\d{0,2}$"


def doubtful(body: pl.LazyFrame, match: HeaderMatch, contract: Contract) -> pl.LazyFrame:
    """The lines that may be no data: those right below the header, and those whose key cell is no plain code or a name.

    Few lines are, so that the key column alone is read to find that there are none, and few are held in memory.
    """
    key = pl.col(match.columns[contract.key[0]])
    names = sorted({name for field in contract.fields for name in field.spellings if name.isascii()})
    may_be = ~key.str.contains(_PLAIN_CODE).fill_null(value=False) | key.is_in(names).fill_null(value=False)
    near, rest = body.head(_HELP_ROWS).collect().lazy(), body.slice(_HELP_ROWS)  # near is looked at several times
    count = rest.select(may_be.sum()).collect(engine="streaming").item()
    if not count:
        return near
    found = pl.concat([near, rest.filter(may_be)])
    return found.collect(engine="streaming").lazy() if count <= _FEW else found


def not_data(body: pl.LazyFrame, match: HeaderMatch, contract: Contract) -> pl.LazyFrame:
    """Of doubtful lines those that are no data: `_row`, `reason_code`, `text`. Blank lines have the reason `blank`.

    A line with a plain code as its key is data, unless it stands right below the header, where templates have help
    lines.
    """
    key = match.columns[contract.key[0]]
    columns = [name for name in body.collect_schema().names() if name not in TRACE]
    is_code = pl.col(key).str.contains(_PLAIN_CODE).fill_null(value=False)
    is_near = pl.col("_row") <= match.last_row + _HELP_ROWS
    filled = pl.sum_horizontal(pl.col(c).is_not_null().cast(pl.Int32) for c in columns)
    flat = _flat(body.filter(~is_code | is_near), columns).with_columns(_first=pl.coalesce(columns), _filled=filled)
    first, filled = pl.col("_first"), pl.col("_filled")
    header = pl.lit(match.labels[contract.key[0]]).str.replace_all(r"\s+", "")
    keyless = pl.col(key).is_null() | (pl.col(key) == first)
    reason = (
        pl.when(first.is_null())
        .then(pl.lit("blank"))
        .when(pl.col(key) == header)
        .then(pl.lit("repeated_header"))
        .when(is_near & _is_help(columns, first, filled))
        .then(pl.lit("template"))
        .when(first.str.contains(_EXAMPLE) | pl.col(key).str.contains(_EXAMPLE).fill_null(value=False))
        .then(pl.lit("template"))
        .when((filled == 1) & first.str.contains(_FOOTER))
        .then(pl.lit("footer"))
        .when(pl.col(key).str.contains(_ENGLISH_TOTAL).fill_null(value=False))
        .then(pl.lit("total"))
        .when(is_code)
        .then(None)
        .when(keyless & first.str.contains(_TOTAL))
        .then(pl.lit("total"))
        .when(keyless & first.str.contains(_FOOTER))
        .then(pl.lit("footer"))
        .when(_is_group(match, key, columns, first, filled))
        .then(pl.lit("group"))
    )
    return flat.select(pl.col("_row").cast(pl.Int64), reason_code=reason, text=first).filter(
        pl.col("reason_code").is_not_null()
    )


def _is_group(match: HeaderMatch, key: str, columns: list[str], first: pl.Expr, filled: pl.Expr) -> pl.Expr:
    """A line that names the group of rows below it: one text in all its cells, or in a cell that holds no field."""
    same = pl.all_horizontal(((pl.col(c) == first) | pl.col(c).is_null()) for c in columns)
    is_undivided = pl.any_horizontal(pl.col(c).str.count_matches(_SIGNS) > _FEWEST_HELP for c in columns)
    strange = [c for c in columns if c not in match.columns.values()]
    alone = pl.any_horizontal(pl.col(c).is_not_null() for c in [key, *strange]) & (filled == 1)
    is_spread = (filled > 1) | alone | first.str.contains(_GROUP_COUNT)
    return same & first.str.contains(_CJK) & ~is_undivided.fill_null(value=False) & is_spread


def _flat(lines: pl.LazyFrame, columns: list[str]) -> pl.LazyFrame:
    """The lines without blanks of any kind, empty cells null."""
    return lines.select(
        "_row",
        *(
            pl.col(c).cast(pl.String).str.replace_all("\t", "|").str.replace_all(r"[\s\u3000\u00a0\u200b\ufeff]+", "")
            for c in columns
        ),
    ).with_columns(pl.when(pl.col(c).str.len_chars() > 0).then(pl.col(c)).alias(c) for c in columns)


def _is_help(columns: list[str], first: pl.Expr, filled: pl.Expr) -> pl.Expr:
    """A line of column numbers (栏次 1 2 3), of field names, types, 必填 or dashes, or of instructions."""
    cells = pl.concat_list(columns).list.drop_nulls()
    numbers = cells.list.eval(pl.element().filter(pl.element().str.contains(r"^[(（]?[0-9]{1,3}[)）]?$")))
    figures = numbers.list.eval(pl.element().str.extract("([0-9]+)").cast(pl.Int64))
    steps = figures.list.eval(pl.element().diff().drop_nulls() == 1)
    counted = (figures.list.len() >= _FEWEST_HELP) & steps.list.all() & (figures.list.first() <= filled)
    letters = cells.list.eval(
        ~pl.element().str.contains(r"^([(（]?\d{1,3}[)）]?|栏次|列次|序号|行次|[甲乙丙丁戊己]|[A-Z])$")
    )
    words = cells.list.eval(~pl.element().str.to_lowercase().str.contains(_HELP_WORDS))
    names = cells.list.eval(~pl.element().str.contains(_NAME))
    dashes = cells.list.eval(~pl.element().str.contains(r"^[-—=_+|]{2,}$"))
    several = filled >= _FEWEST_HELP
    return (
        (several & ~dashes.list.any())
        | (counted & ~letters.list.any())
        | (several & ~words.list.any())
        | (several & ~names.list.any())
        | first.str.contains(_HELP)
    )


def other_headers(body: pl.LazyFrame, match: HeaderMatch, contract: Contract) -> list[HeaderMatch]:
    """Of doubtful lines those that are headers, in the order in which they stand: of the same columns, or of others.

    Such a line has a known header in the column of the key.
    """
    key = match.columns[contract.key[0]]
    cell = pl.col(key)
    spellings = sorted({name for field in contract.fields for name in field.spellings})
    known = sorted({normalised_name(name) for name in spellings})
    text = cell.str.normalize("NFKC").str.replace_all(r"[\s\u200b\ufeff*]+", "").str.to_lowercase()
    maybe = body.filter(cell.is_in([*spellings, match.labels[contract.key[0]]]) | cell.str.contains(_CJK))
    lines = maybe.filter(text.is_in(known) | cell.is_in(spellings)).collect(engine="streaming")
    found = []
    for line in lines.iter_rows(named=True):
        cells = {column: cell for column, cell in line.items() if column not in TRACE}
        again = match_line(line["_row"], cells, contract)
        if len(again.columns) >= max(FEWEST_HITS, len([cell for cell in cells.values() if cell]) // 2):
            found.append(again)
    return found


def is_same_header(one: HeaderMatch, other: HeaderMatch) -> bool:
    """Whether two header lines give the same columns to the same fields."""
    return dict(one.columns) == dict(other.columns)


_COUNTED = "(?:人次|项次|条|行|人|个|所|项|家|份|名|位|户|校|例|门|期|次|笔)(?:记录|数据|信息)?"
_SPELT = "零一二三四五六七八九"
_TENS = {"十": 10, "百": 100}
_RECORDS = "总?记录总?数|总条数|总行数|总人数|records|count|totalrecords"
_DONE = "受影响|affected|selected|fetched|inset|returned|exported"
_SAYS_ALL = "合计|总计|共计|小计|总数|总共|共有|共|已选择|已选中|已导出|共导出"


def stated_count(text: str) -> int | None:
    """How many rows a line says there are (海南省（27所）, 共10条, 10rowsselected.); None where it does not say."""
    found = (
        re.search(rf"[(（](?:共计?|合?计)?[:：]?(\d+){_COUNTED}[)）]$", text)
        or re.match(rf"^(?:{_SAYS_ALL})[:：]?(\d+){_COUNTED}(?:[.。,，;；].*)?$", text)
        or re.match(rf"^(?:{_RECORDS})[:：]?(\d+)(?:条|行|人)?[.。]?$", text, re.IGNORECASE)
        or re.match(r"^(?:总数|总计|合计|共计|totals?)[:：](\d+)[.。]?$", text, re.IGNORECASE)
        or re.match(rf"^[(（]?(\d+)(?:行|rows?|records?)(?:{_DONE})?[)）]?[.。]?$", text)
    )
    if found:
        return int(found[1])
    spelt = re.match(rf"^(?:{_SAYS_ALL})[:：]?([一二三四五六七八九十百]{{1,7}}){_COUNTED}(?:[.。,，;；].*)?$", text)
    return _spelt_number(spelt[1]) if spelt else None


def _spelt_number(text: str) -> int:
    """十一 is 11, 二百三十 is 230."""
    total = digit = 0
    for sign in text:
        if sign in _TENS:
            total += (digit or 1) * _TENS[sign]
            digit = 0
        else:
            digit = _SPELT.index(sign)
    return total + digit


def place_of(column: str) -> str:
    """A grid column (`c005`) as people find it."""
    number = int(column[1:]) + 1
    letters, rest = "", number
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return f"第 {number} 列（{letters} 列）"
