"""A rule: one thing that must hold of one table, as plain data, with the words a data clerk needs when it does not.

Here: the `Rule` and the builders for the kinds that recur (filled, unique, one of, within, refers to, no such rows).
Not here: which rules a table has (`suites/`), and how they are run (`gate`, `datasource`). Nothing here imports Great
Expectations, so that rules can be listed without paying for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Severity = Literal["critical", "warning"]
Bound = int | None

KEY_IS_UNIQUE = "key_is_unique"
NO_SUCH_ROWS = "rows_breaking_rule"
"""The expectation type of `expectations.datasource.RowsBreakingRule`: a query that must find nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation and its explanation.

    suite: the table whose rows are looked at, `schema.table`; also the Great Expectations suite's name.
    name: the rule's name within its suite, English snake_case.
    expectation, kwargs: the Great Expectations type and its arguments.
    severity: `critical` refuses the province's night, `warning` is shown and lets it pass.
    title, fault: Chinese; what should hold, and what is wrong where it does not.
    meaning, matters, action: Chinese; what is looked at, when it matters, what to do.
    table: what is judged, `schema.table`; differs from the suite where one ledger accounts for many tables.
    reads: other tables the query names; without one of them the rule cannot be evaluated.
    needs: tables that must hold rows for the rule to say anything.
    alarm: an SQL aggregate over the suite's table that is true wherever the rule is broken. All alarms of a table are
    asked in one query.
    proof: for a rule that is a query, a cheaper one over the same tables that finds nothing only where the rule's own
    would find nothing.
    Where alarm or proof leave it in doubt, the rule itself decides.
    by: how the rule falls into parts: it holds if it does for each value by itself that these columns (of the tables
    named) hold, over the rows with that value; other tables are read whole.
    is_of_rows: it holds if it does for each row of the suite's table by itself, beside the other tables; of those in
    `keeps` only the values of a column matter, and more of them never break it.
    is_acceptable: a person may accept its failure for one dump, because only the sender knows whether the data are so.
    """

    suite: str
    name: str
    expectation: str
    kwargs: Mapping[str, object]
    severity: Severity
    title: str
    fault: str
    meaning: str
    matters: str
    action: str
    table: str = ""
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    alarm: str | None = None
    proof: str | None = None
    by: Mapping[str, str] = field(default_factory=dict)
    is_of_rows: bool = False
    keeps: Mapping[str, str] = field(default_factory=dict)
    is_acceptable: bool = False

    @property
    def shortest_query(self) -> str:
        """Of a rule that is a query: what finds nothing where the rule holds, at the least cost."""
        return self.proof or str(self.kwargs["unexpected_rows_query"])

    @property
    def looks_at(self) -> tuple[str, ...]:
        """Every table whose rows decide the outcome."""
        return tuple(sorted({self.suite, *self.reads, *self.needs}))

    @property
    def subject(self) -> str:
        """The table that is judged."""
        return self.table or self.suite


RuleId = tuple[str, str]
"""Suite and name of a rule, which together are unique."""


def rule_id(rule: Rule) -> RuleId:
    return (rule.suite, rule.name)


def quoted(name: str) -> str:
    """A column or label as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def literal(value: str) -> str:
    """A text as an SQL literal in a rule's query; braces doubled because Great Expectations formats every query."""
    return text(value).replace("{", "{{").replace("}", "}}")


def filled(table: str, column: str, label: str) -> Rule:
    """The column has a value in every row."""
    return Rule(
        suite=table,
        name=f"{column}_is_filled",
        expectation="expect_column_values_to_not_be_null",
        kwargs={"column": column},
        severity="critical",
        title=f"“{label}”每行都有值",
        fault=f"有的行“{label}”为空",
        meaning=f"必填的“{label}”为空的行应在入库时退回，不应走到这里。",
        matters="缺了它，行就无法归到人、单位或年份，后面的合计会少。",
        action="请在质量页查看该表的退回原因；若源文件有值而此处为空，请报告系统管理员。",
        needs=(table,),
        alarm=f"bool_or({quoted(column)} IS NULL)",
        is_of_rows=True,
    )


def one_of(table: str, column: str, label: str, values: Sequence[str]) -> Rule:
    """Where the column has a value, it is one of the values known."""
    return Rule(
        suite=table,
        name=f"{column}_is_known",
        expectation="expect_column_values_to_be_in_set",
        kwargs={"column": column, "value_set": list(values)},
        severity="critical",
        title=f"“{label}”的取值在代码表内",
        fault=f"“{label}”有代码表以外的取值",
        meaning=f"允许的取值：{'、'.join(values)}。",
        matters="代码表外的取值不会被任何口径认出，相应的行会悄悄漏算。",
        action="若平台新增了取值，请补入数据规范的取值表后重跑；否则请更正源数据。",
        needs=(table,),
        alarm=f"bool_or({quoted(column)} NOT IN ({', '.join(text(value) for value in values)}))",
        is_of_rows=True,
    )


def within(table: str, column: str, label: str, low: Bound, high: Bound, *, unit: str = "") -> Rule:
    """Where the column has a value, it lies within the bounds (both included; None is open)."""
    return Rule(
        suite=table,
        name=f"{column}_is_possible",
        expectation="expect_column_values_to_be_between",
        kwargs={"column": column, "min_value": low, "max_value": high},
        severity="critical",
        title=f"“{label}”在可能的范围内",
        fault=f"“{label}”有超出可能范围的数",
        meaning=f"应{_range_in_words(low, high, unit)}。",
        matters="超出可能范围的数多半是错列或错单位，会带偏合计与比例。",
        action="请在数据仓中查看不符的行，核对它们在源文件中的写法，更正后重新导出。",
        needs=(table,),
        alarm=_beyond(column, low, high),
        is_of_rows=True,
    )


def dated_within(table: str, labels: Mapping[str, str], low: date, high: date) -> Rule:
    """Every date of the table (`labels`: column to Chinese name) lies within the bounds; a warning, never a refusal."""
    place = ', _file AS "文件", _row AS "行号"' if _has_places(table) else ""
    strays = " UNION ALL ".join(
        f'SELECT {literal(label)} AS "列"{place} FROM {{batch}} '
        f"WHERE {quoted(column)}::DATE NOT BETWEEN DATE '{low}' AND DATE '{high}'"
        for column, label in labels.items()
    )
    return Rule(
        suite=table,
        name="dates_are_possible",
        expectation=NO_SUCH_ROWS,
        kwargs={"unexpected_rows_query": strays},
        severity="warning",
        title="日期在可能的年代内",
        fault="有的日期年代不对",
        meaning=f"{'、'.join(labels.values())}应在 {low} 至 {high} 之间。",
        matters="年代不对的日期多半是认错的单元格，会把记录归到不存在的年度。",
        action="请核对例示各列的日期在源文件中的写法，更正后重新导出。",
        needs=(table,),
        alarm=" OR ".join(
            f"min({quoted(name)})::DATE < DATE '{low}' OR max({quoted(name)})::DATE > DATE '{high}'" for name in labels
        ),
        is_of_rows=True,
    )


def _beyond(column: str, low: Bound, high: Bound) -> str:
    """Whether the column's least or greatest value lies outside the bounds."""
    below = [] if low is None else [f"min({quoted(column)}) < {low}"]
    above = [] if high is None else [f"max({quoted(column)}) > {high}"]
    return " OR ".join(below + above)


def _has_places(table: str) -> bool:
    """Whether the table's rows know the file and the row they come from."""
    return table.startswith("staging.")


def _range_in_words(low: Bound, high: Bound, unit: str) -> str:
    if low is not None and high is not None:
        return f"在 {low} 至 {high}{unit} 之间"
    return f"不小于 {low}{unit}" if low is not None else f"不大于 {high}{unit}"


def unique(table: str, labels: Mapping[str, str], *, name: str = KEY_IS_UNIQUE) -> Rule:
    """No two rows share the key; `labels` maps each key column to its Chinese name.

    Proved by the keys' hashes: sorted, alike ones lie side by side. On tens of millions of rows that takes half to a
    third of the time of grouping them.
    """
    columns = ", ".join(quoted(column) for column in labels)
    shown = ", ".join(f"{quoted(column)} AS {quoted(label)}" for column, label in labels.items())
    key = "、".join(labels.values())
    return Rule(
        suite=table,
        name=name,
        expectation=NO_SUCH_ROWS,
        kwargs={
            "unexpected_rows_query": f'SELECT {shown}, count(*) AS "行数" FROM {{batch}} '
            f"GROUP BY {columns} HAVING count(*) > 1"
        },
        severity="critical",
        title=f"主键（{key}）不重复",
        fault=f"主键（{key}）有重复",
        meaning=f"同一“{key}”只能有一行。",
        matters="主键重复会让学时、学分、场次重复计算。",
        action="请报告系统管理员：重复行应在入库时已按规则取舍；附上本项检查的名称。",
        needs=(table,),
        proof=f"SELECT hashed FROM (SELECT hash({columns}) AS hashed FROM {{batch}}) "
        "QUALIFY hashed = lag(hashed) OVER (ORDER BY hashed)",
        by={table: next(iter(labels))},
    )


def refers_to(table: str, column: str, label: str, parent: str, parent_key: str, parent_title: str) -> Rule:
    """Every value of the column is a key of the parent table; an orphan is a warning, never a refusal.

    An orphan is told by the place of its first row, never by its value.
    """
    orphans = (
        f"FROM (SELECT * FROM {{batch}}) AS child ANTI JOIN {parent} AS parent "
        f"ON child.{quoted(column)} = parent.{quoted(parent_key)} WHERE child.{quoted(column)} IS NOT NULL"
    )
    first = "min(struct_pack(f := child._file, r := child._row))"
    place = f'{first}.f AS "文件", {first}.r AS "行号", ' if _has_places(table) else ""
    return Rule(
        suite=table,
        name=f"{column}_is_in_{parent.split('.')[1]}",
        expectation=NO_SUCH_ROWS,
        kwargs={"unexpected_rows_query": f'SELECT {place}count(*) AS "行数" {orphans} GROUP BY child.{quoted(column)}'},
        severity="warning",
        title=f"“{label}”在{parent_title}中找得到",
        fault=f"有的“{label}”在{parent_title}中找不到",
        meaning=f"引用的“{label}”应是{parent_title}中的一行。",
        matters=f"这些记录无法匹配到{parent_title}，不计入单位汇总，明细仍保留。",
        action=f"请核对例示各行的“{label}”：补报{parent_title}，或更正引用。",
        reads=(parent,),
        needs=(table, parent),
        proof=f"SELECT 1 {orphans}",
        is_of_rows=True,
        keeps={parent: parent_key},
    )


def no_such_rows(
    suite: str,
    name: str,
    query: str,
    *,
    severity: Severity = "critical",
    reads: Sequence[str] = (),
    needs: Sequence[str] = (),
    **said: Any,
) -> Rule:
    """The query finds no row; its columns carry Chinese names for the reader.

    `{batch}` stands for the suite's table and must occur; a query that reads only other tables names it in a comment.
    `said` are further facts of the `Rule`, its words among them.
    """
    return Rule(
        suite=suite,
        name=name,
        expectation=NO_SUCH_ROWS,
        kwargs={"unexpected_rows_query": query},
        severity=severity,
        reads=tuple(reads),
        needs=tuple(needs),
        **said,
    )
