"""Whether a folder of added law can be judged by: every fault in a sentence, or what the folder holds.

Belongs here: what reading alone cannot tell, found by walking a night without any rows: core and marts are built and
every clause is judged on empty tables. What one file may say is `models.law.reading`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from models.contracts import contract, staging_contracts
from models.core.gaps import VANISHED
from models.findings import evaluate
from models.law import Clause, Document, Policies, PolicyError, read_added
from models.law.doubts import doubts
from models.law.loading import codes_of_provinces, law_of
from models.law.settings import SETTINGS
from models.measures import all_measures
from models.measures.registry import Condition
from models.night import Night
from models.tables import CORE, MARTS
from models.whatif import cut_down

READ = (PolicyError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, pl.exceptions.PolarsError)
"""What a setting or option that nobody thought of may end in."""


@dataclass(frozen=True)
class Checked:
    """What came of a check: faults, each a sentence with its place, or a summary."""

    faults: tuple[str, ...]
    summary: tuple[str, ...]


def check_folder(folder: Path) -> Checked:
    """Reads a folder as a night would and walks through a night without rows."""
    try:
        book = read_added(folder)
    except PolicyError as error:
        return Checked(tuple(str(error).splitlines()), ())
    added = [document for document in book if book.sources[document.id].is_added]
    faults = tuple(fault for document in added for fault in _dry_run(folder, book, document))
    return Checked(faults, () if faults else tuple(_summary(book, added)))


def _dry_run(folder: Path, book: Policies, document: Document) -> Iterator[str]:
    place = folder / book.sources[document.id].file
    province = f"{document.jurisdiction.code[:2]}0000"
    night = Night(province, date(document.effective_from.year + 1, 6, 30))
    try:
        with law_of(folder):
            tables = _empty_tables(night)
    except READ as error:
        yield f"{place}:1: 学分计算走不通：{_in_words(error)}"
        return
    presence = {name: frozenset(found.schema()) for name, found in staging_contracts().items()}
    for clause in document.clauses:
        for fault in unknown_values(clause):
            yield f"{place}:{_line(place, clause)}: 条款 {clause.id} {fault}"
        try:
            found = evaluate(
                night, tables, presence, cut_down(book, {clause.id, *clause.all_of, *clause.after})
            ).by_clause.get(clause.id)
            if found is not None:
                found.collect()
        except READ as error:
            why = f"判不了：{_in_words(error)}；核对 options 与 where 里的列名和值"
            yield f"{place}:{_line(place, clause)}: 条款 {clause.id} {why}"


def unknown_values(clause: Clause) -> Iterator[str]:
    """Each value a condition asks for that its column's code list has not: such a condition never holds."""
    for binding in clause.bindings:
        measure = all_measures()[binding.measure] if binding.measure else None
        if measure is None:
            continue
        options = [value for value in measure.parse(binding.options).values() if isinstance(value, Mapping)]
        for column, condition in [*binding.where.items(), *(pair for one in options for pair in one.items())]:
            codes = _code_list(column) if isinstance(condition, Condition) else frozenset()
            for value in (*(condition.one_of or ()), *(condition.none_of or ())) if codes else ():
                if isinstance(value, str) and value not in codes:
                    near = get_close_matches(value, sorted(codes), 3, 0.3) or sorted(codes)
                    yield f"的条件 {column}：没有“{value}”这个值；可用的有 {'、'.join(near)}"


def _code_list(column: str) -> frozenset[str]:
    """The values a column may have in any dump table; empty where no table has a code list for it."""
    fields = (field for one in staging_contracts().values() for field in one.fields if field.column == column)
    return frozenset(str(value) for field in fields for value in field.values or ())


def _line(path: Path, clause: Clause) -> int:
    """The line on which a clause's id stands."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    return next((number for number, line in enumerate(lines, 1) if "id:" in line and clause.id in line), 1)


def _in_words(error: Exception) -> str:
    """An error of walking through, without what only a programmer could read."""
    if isinstance(error, pl.exceptions.ColumnNotFoundError):
        named = re.search(r'"([^"]+)"', str(error))
        return f"没有列“{named[1]}”" if named else "没有所写的列"
    if isinstance(error, pl.exceptions.PolarsError):
        return "条件与列的类型对不上，如拿文字列比大小"
    return str(error).strip().partition("\n")[0]


def _empty_tables(night: Night) -> Mapping[str, pl.LazyFrame]:
    """Every table of a night without rows."""
    tables = {f"staging.{name}": found.empty() for name, found in staging_contracts().items()}
    tables[VANISHED] = contract("audit", "vanished").empty()
    for table in (*CORE, *MARTS):
        tables[table.name] = table.compute(night, [tables[name] for name in table.reads]).collect().lazy()
    return tables


def _summary(book: Policies, added: list[Document]) -> Iterator[str]:
    yield f"可以使用：{len(added)} 份文件"
    for document in added:
        judged = sum(clause.status == "evaluated" for clause in document.clauses)
        system = f"，{document.system_title} {document.credit_system}" if document.credit_system else ""
        yield (
            f"  {document.id}　{document.title}（{document.doc_no}）　{document.jurisdiction.name} "
            f"{document.jurisdiction.code}：条款 {len(document.clauses)} 条，系统判定 {judged} 条，"
            f"人工判断 {len(document.clauses) - judged} 条{system}"
        )
        spoken = [one.id for one in document.conventions if one.id not in SETTINGS]
        if document.jurisdiction.is_province and document.jurisdiction.code not in codes_of_provinces():
            yield f"    请核对：辖区代码 {document.jurisdiction.code} 不是国家标准里的省级代码"
        yield from (f"    请核对：{doubt}" for doubt in doubts(document))
        if spoken:
            yield f"    这些约定只作说明或由条款的 $名称 引用，不改变学分计算：{'、'.join(dict.fromkeys(spoken))}"
    yield f"文件与原文的指纹：{book.digest()}"
