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


_SENTENCES: Mapping[str, Callable[[Field], str]] = {
    "required_empty": lambda f: f"“{f.header}”为必填，此行为空，请补填后重新导出",
    "unreadable": _unreadable,
    "no_such_date": lambda f: f"“{f.header}”是历法上没有的日期（如 2 月 30 日），请改为实际日期",
    "date_without_day": lambda f: f"“{f.header}”只到年或月，没有日，请写成 2019-12-26 这样的年-月-日",
    "date_out_of_range": lambda f: f"“{f.header}”的年份不在 1900–2100 之间，请核对",
    "unknown_value": lambda f: f"“{f.header}”不在取值范围内，请改为：{_values(f)}",
    "code_against_label": lambda f: f"“{f.header}”的代码与文字所指不同，请只保留正确的一个：{_values(f)}",
    "not_whole": lambda f: f"“{f.header}”应为整数，请核对",
    "below_minimum": lambda f: f"“{f.header}”小于允许的最小值 {f.minimum}，请核对",
    "above_maximum": lambda f: f"“{f.header}”大于允许的最大值 {f.maximum}，请核对",
    "ambiguous_number": lambda f: f"“{f.header}”含有不能确定的数量（如区间、每天若干），请写成一个总数",
    "code_as_float": lambda f: f"“{f.header}”被存成了数值（科学计数法），后几位已丢失，请把该列设为文本后重新导出",
    "formula_error": lambda f: f"“{f.header}”是表格公式的错误值，请修正公式或直接填写内容",
    "damaged_text": lambda f: f"“{f.header}”含有损坏的字节（显示为 ␀ 或 �），文件可能已损坏，请从来源系统重新导出",
    "id_number_precision_lost": lambda f: f"“{f.header}”末三位为 000，疑被存成数值丢失了精度，请设为文本后重新导出",
    "id_number_invalid": lambda f: f"“{f.header}”不是有效的 18 位号码（GB 11643 校验不符），请核对",
}

CODES = frozenset(_SENTENCES)


def sentence(field: Field, code: str) -> str:
    """What is wrong with this field's cell and what to do."""
    return _SENTENCES[code](field)
