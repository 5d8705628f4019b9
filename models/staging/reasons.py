"""Why a row or a cell was refused, in the words a county clerk can act on.

One sentence per reason code, naming the column as the clerk sees it and what to write instead.
"""

from collections.abc import Callable, Mapping

from models.contracts import Field

_UNREADABLE: Mapping[str, str] = {
    "date": "“{header}”不是可识别的日期，请写成 2019-12-26 这样的年-月-日",
    "datetime": "“{header}”不是可识别的时间，请写成 2019-12-26 08:30:00",
    "decimal": "“{header}”不是可识别的数，请只写数字{unit}",
    "integer": "“{header}”不是可识别的整数，请只写数字{unit}",
    "ratio": "“{header}”不是可识别的比例，请写成 95.3% 或 0.953",
    "rating": "“{header}”不是可识别的评价，请写 {values}，或 1–5、0–100 的数",
}


def _values(field: Field) -> str:
    if field.type == "bool":
        return "是、否"
    return "、".join(field.values or ())


def _unreadable(field: Field) -> str:
    sentence = _UNREADABLE.get(field.type, "“{header}”的内容无法识别，请核对后重填")
    unit = f"（单位：{field.unit}）" if field.unit else ""
    return sentence.format(header=field.header, unit=unit, values=_values(field))


def _because(field: Field) -> str:
    return f"（{field.limits_from}）" if field.limits_from else ""


_SENTENCES: Mapping[str, Callable[[Field], str]] = {
    "required_empty": lambda f: f"“{f.header}”为必填，此行为空，请补填后重新导出",
    "unreadable": _unreadable,
    "no_such_date": lambda f: f"“{f.header}”是历法上没有的日期（如 2 月 30 日），请改为实际日期",
    "date_without_day": lambda f: f"“{f.header}”只到年或月，没有日，请写成 2019-12-26 这样的年-月-日",
    "date_out_of_range": lambda f: (
        f"“{f.header}”的年份不在 {f.minimum or 1901}–{f.maximum or 2100} 之间{_because(f)}，请核对"
    ),
    "day_or_month": lambda f: (
        f"“{f.header}”一列里有“日/月/年”次序的文字，而成了日期的都在每月 12 日以前：多半是表格软件调换了日和月，"
        "可以读作所写的日期，也可以读作日月互换的日期，请设为文本后重新导出"
    ),
    "midnight_elsewhere": lambda f: (
        f"“{f.header}”一列的钟点都是 16:00，多半是北京时间零点写成了世界时，可以读作当天，也可以读作第二天，请只写日期"
    ),
    "seconds_lost": lambda f: (
        f"“{f.header}”的钟点是 23:59:17，多半是网页导出少了 43 秒，可以读作当天，也可以读作第二天，请只写日期"
    ),
    "date_of_nothing": lambda f: (
        f"“{f.header}”是程序在没有日期时写的 1970-01-01 08:00，可以读作那一天，也可以读作没有填写，请填写日期或留空"
    ),
    "clock_range": lambda f: f"“{f.header}”里的钟点可以读作起止时间，也可以读作时区，请只写日期",
    "interval_reversed": lambda f: (
        f"“{f.header}”写成了区间，但止在起之前（可能是跨月、跨年，也可能写错），请写全年月日"
    ),
    "serial_of_1904": lambda f: (
        f"“{f.header}”是没有日期格式的数，而工作簿用 1904 日期系统：按两种起点算相差四年，请设为日期格式"
    ),
    "serial_or_month": lambda f: f"“{f.header}”是五位数，可以读作年加月，也可以读作表格的日期序号，请写成 2019-12-26",
    "unknown_value": lambda f: f"“{f.header}”不在取值范围内，请改为：{_values(f)}",
    "code_against_label": lambda f: f"“{f.header}”的代码与文字所指不同，请只保留正确的一个：{_values(f)}",
    "not_whole": lambda f: f"“{f.header}”应为整数，请核对",
    "below_minimum": lambda f: f"“{f.header}”小于允许的最小值 {f.minimum}，请核对",
    "above_maximum": lambda f: f"“{f.header}”大于合理的最大值 {f.maximum}{_because(f)}，请核对",
    "ambiguous_number": lambda f: (
        f"“{f.header}”含有不能确定的数量（如区间、每天若干、两个数、说明改变了数），请写成一个总数"
    ),
    "unit_against_header": lambda f: f"“{f.header}”的单位与表头所写的单位不同，请统一单位",
    "unit_unclear": lambda f: (
        f"“{f.header}”一列的表头或其上一行写着别的单位，不能换算成{f.unit or '本列的单位'}，请换算后重新导出"
    ),
    "column_twice": lambda f: f"有几列都可以读作“{f.header}”，不知以哪一列为准，请只保留一列或把它写作“{f.header}”",
    "column_part": lambda f: (
        f"“{f.header}”之下分成了几小列，没有一列写着合计，可以读作其中一部分，也可以读作全部，请补上合计列"
    ),
    "column_remark": lambda f: (
        f"“{f.header}”的表头带有改变含义或意思不明的说明（如上年、计划、作废），请改正表头后重新导出"
    ),
    "surplus_cells": lambda _: (
        "这一行的单元格比表头多，各列可能已错位（多半是内容里有没加引号的逗号），整行未采用，请加引号或换分隔符后重新导出"
    ),
    "broken_line": lambda _: (
        "这一行的单元格比别的行少：可以读作断开的或没有写完的记录，也可以读作省略了行末的空格，整行未采用，"
        "请去掉内容里的换行，或给内容加上引号，再重新导出"
    ),
    "no_header": lambda _: "这一行所在的工作表没有可识别的表头，不知各列是什么，请补上表头后重新导出",
    "above_header": lambda _: "这一行在表头之上，不知各列是什么，请把表头移到数据之上后重新导出",
    "no_key_column": lambda f: f"这一行所在的工作表没有主键列“{f.header}”，请补上该列后重新导出",
    "unknown_header": lambda _: "这一列的表头认不出，整列未采用；如属本表请改用数据字典中的表头",
    "struck_text": lambda f: f"“{f.header}”里有划掉的字，可以读作作废，也可以读作保留，请只留有效的内容",
    "footnote_mark": lambda f: f"“{f.header}”带有脚注符号或上下标，可以读作内容，也可以读作注号，请去掉符号",
    "several_lines": lambda f: f"“{f.header}”一格里有几行或几段，可以读作一个，也可以读作几个，请每行只写一个",
    "several_codes": lambda f: f"“{f.header}”一格里像是有几个编号，请每行只写一个",
    "ditto": lambda f: f"“{f.header}”写作“同上”一类，不能单独成立，请填写实际内容",
    "formula_unsaved": lambda f: f"“{f.header}”是公式，没有保存计算结果，请在表格软件中打开、重算、保存后再导出",
    "remark_unclear": lambda f: f"“{f.header}”后面的说明意思不明，可能改变了含义，请只写：{_values(f)}",
    "remark_against_label": lambda f: f"“{f.header}”后面的说明与所写的相反，请只保留正确的一个：{_values(f)}",
    "code_as_float": lambda f: f"“{f.header}”：编号存成数字，已丢失末位，请把该列设为文本后重新导出",
    "code_as_day": lambda f: f"“{f.header}”：编号被表格软件改成了日期，已认不出原样，请把该列设为文本后重新导出",
    "formula_error": lambda f: f"“{f.header}”是表格公式的错误值，请修正公式或直接填写内容",
    "escaped_code": lambda f: (
        f"“{f.header}”带有网页、网址或程序的转义写法（如 &nbsp;、%20），可以读作编号，也可以读作别的字，请去掉"
    ),
    "code_with_name": lambda f: (
        f"“{f.header}”写作编号加名称或加括号，可以整个读作编号，也可以只取其中的编号，请只写编号"
    ),
    "object_text": lambda f: f"“{f.header}”写的是程序对象的名称，不是内容，导出程序没有取到值，请从来源系统重新导出",
    "damaged_text": lambda f: f"“{f.header}”含有损坏的字节（显示为 ␀ 或 �），文件可能已损坏，请从来源系统重新导出",
    "id_number_precision_lost": lambda f: f"“{f.header}”末三位为 000，疑被存成数值丢失了精度，请设为文本后重新导出",
    "id_number_invalid": lambda f: f"“{f.header}”不是有效的 18 位号码（GB 11643 校验不符），请核对",
}

CODES = frozenset(_SENTENCES)

OF_A_LINE = frozenset({"surplus_cells", "broken_line", "no_header", "above_header", "unknown_header"})
"""Codes whose sentence is of a whole line or column, and names no field."""

ASSUMPTIONS: Mapping[str, str] = {
    "about": "写作约数（约、左右），按所写的数读入",
    "days_as_hours": "写作天数，按一天 8 学时、半天 4 学时折算",
}
"""What was assumed of cells that were read."""


def sentence(field: Field, code: str) -> str:
    """What is wrong with this field's cell and what to do."""
    return _SENTENCES[code](field)
