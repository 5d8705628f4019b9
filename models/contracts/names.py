"""Names as people write them: how they are compared, and file stems to tables.

Belongs here: which table or field a name means. When two names are the same is said in normal_form.py.
"""

import re
from collections.abc import Iterable, Iterator

from models.contracts.model import Contract
from models.contracts.normal_form import normalised_name

#: What a stem may add to a table's name before the part number, date or remark: 教师信息表-2, 学校名单.
_TABLE_WORDS = r"(?:基本信息|信息|数据|记录|名单|明细|清单|台账|导出|汇总|总)?(?:表|单)?"
_END_OF_NAME = re.compile(_TABLE_WORDS + r"(?:$|[\d\-_.,()\[\]{}~+@#&])")
_SET_ASIDE = re.compile(
    r"作废|停用|弃用|旧(?:数据|表|版|档)?(?=$|[\W\d_])|备份|副本|复件|模板|样表|测试|草稿"
    r"|(?<![a-z])(?:old|bak|backup|copy|test|template)(?![a-z])",
    re.IGNORECASE,
)


def is_set_aside(name: str) -> bool:
    """Whether a file or a sheet says of itself that it does not count (作废, 旧, 备份, 副本, 模板, 测试 …)."""
    return _SET_ASIDE.search(name) is not None


def match_table(stem: str, contracts: Iterable[Contract]) -> Contract | None:
    """The table a dump file belongs to: the longest name or synonym that its stem starts with, or None.

    The longest wins, so that 培训项目方案 is not taken for 培训项目. A synonym must end there (at the end, a
    digit, punctuation or a word such as 表), so that 教师职务 is never taken for 教师; a table's own name need
    not: 教师信息浙江省 is 教师信息.
    """
    plain = normalised_name(stem)
    candidates = (
        (len(name), contract)
        for contract in contracts
        for name, is_own in _names(contract)
        if plain.startswith(name) and (is_own or _END_OF_NAME.match(plain, len(name)))
    )
    return max(candidates, key=lambda found: found[0], default=(0, None))[1]


def _names(contract: Contract) -> Iterator[tuple[str, bool]]:
    """A table's names as they are compared, and whether each is its own rather than a synonym."""
    yield from ((normalised_name(name), True) for name in (contract.title, contract.table))
    yield from ((normalised_name(name), False) for name in contract.synonyms)
