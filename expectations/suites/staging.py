"""Staging: every row of every dump file is accounted for, and each table is what its contract says.

Here: the ledger (audit.row_counts, audit.rejects, audit.duplicates) against the tables, losses to rejects, and the
change since the last release. What a single contract says is in `implied`.
"""

from collections.abc import Iterator, Mapping

from expectations.rules import Rule, literal, no_such_rows
from expectations.suites.implied import implied_rules
from models.contracts import Contract, audit_contracts, staging_contracts

LEDGER = "audit.row_counts"
REJECTS = "audit.rejects"
DUPLICATES = "audit.duplicates"
PROBLEMS = "audit.problems"
VANISHED = "audit.vanished"
ROW_CHANGE = 30
"""By how many per cent of its rows a table may differ from the last release."""
REQUIRED = (LEDGER, REJECTS, DUPLICATES)

UNEXPLAINED = "请报告系统管理员：这是程序的账目差错，不是源数据的问题；附上例示的文件。"


def tables() -> tuple[str, ...]:
    """Every table of the layer, `schema.table`."""
    return (*REQUIRED, VANISHED, *(f"staging.{name}" for name in staging_contracts()))


def rules(
    previous: Mapping[str, int], reject_percent: int, reject_rows: int, row_change: Mapping[str, int]
) -> Iterator[Rule]:
    """All rules of the layer, ledger first; `row_change` by table, where it is not the usual limit."""
    yield from ledger_rules()
    yield nothing_vanished()
    if not previous:
        yield every_table_was_read()
    for contract in staging_contracts().values():
        yield from implied_rules(contract, staging_contracts())
        yield staged_as_counted(contract)
        yield few_rejects(contract, reject_percent, reject_rows)
        before = previous.get(f"staging.{contract.table}", 0)
        if before:
            yield close_to_last_release(contract, before, row_change.get(contract.table, ROW_CHANGE))


def ledger_rules() -> Iterator[Rule]:
    """The ledger against itself and against the list of rejects."""
    for name in ("row_counts", "rejects", "duplicates"):
        yield from implied_rules(audit_contracts()[name], audit_contracts())
    yield no_such_rows(
        LEDGER,
        "rows_read_are_accounted_for",
        """SELECT table_name AS "表", file AS "文件", rows_read AS "读入", rows_staged AS "入库",
        rows_rejected AS "退回", rows_duplicate AS "重复", rows_dropped_total AS "合计行" FROM {batch}
        WHERE rows_read IS DISTINCT FROM rows_staged + rows_rejected + rows_duplicate + rows_dropped_total""",
        title="每个文件：读入＝入库＋退回＋重复＋合计行",
        fault="有的文件读入行数与入库、退回、重复、合计行之和不相等",
        meaning="源文件读到的每一行都必须有去处，一行不多，一行不少。",
        matters="账不平说明有行被悄悄丢掉或算了两次。",
        action=UNEXPLAINED,
    )
    yield no_such_rows(
        LEDGER,
        "rows_read_are_accounted_for_in_total",
        """SELECT sum(rows_read) AS "读入", sum(rows_staged) AS "入库", sum(rows_rejected) AS "退回",
        sum(rows_duplicate) AS "重复", sum(rows_dropped_total) AS "合计行" FROM {batch}
        HAVING sum(rows_read) IS DISTINCT FROM
        sum(rows_staged) + sum(rows_rejected) + sum(rows_duplicate) + sum(rows_dropped_total)""",
        title="全部文件合计：读入＝入库＋退回＋重复＋合计行",
        fault="全部文件的读入行数与入库、退回、重复、合计行之和不相等",
        meaning="所有文件加总后，读到的行数等于各去处之和。",
        matters="总账不平时，任何下游数字都不可信。",
        action=UNEXPLAINED,
    )
    yield no_such_rows(
        LEDGER,
        "counts_are_not_negative",
        """SELECT table_name AS "表", file AS "文件" FROM {batch}
        WHERE least(rows_read, rows_staged, rows_rejected, rows_duplicate, rows_dropped_total) < 0""",
        title="行数不为负",
        fault="有的行数为负",
        meaning="读入、入库、退回、重复、合计行都是计数。",
        matters="负数会让账目看似平衡。",
        action=UNEXPLAINED,
    )
    yield no_such_rows(
        LEDGER,
        "rejected_rows_are_listed",
        f"""SELECT ledger.table_name AS "表", ledger.file AS "文件", ledger.rows_rejected AS "账上退回",
        coalesce(listed.n, 0) AS "清单退回" FROM (SELECT * FROM {{batch}}) AS ledger
        LEFT JOIN (SELECT table_name, file, count(DISTINCT (coalesce(sheet, ''), row_number)) AS n FROM {REJECTS}
        WHERE severity = 'row' GROUP BY 1, 2) AS listed
        ON listed.table_name = ledger.table_name AND listed.file = ledger.file
        WHERE ledger.rows_rejected <> coalesce(listed.n, 0)""",
        title="每一行退回都在退回清单中",
        fault="有的退回行不在退回清单中",
        meaning="账上的退回行数应等于退回清单（整行）中不同的行数。",
        matters="清单缺行，填报单位就不知道要补报什么。",
        action=UNEXPLAINED,
        reads=(REJECTS,),
    )
    yield no_such_rows(
        LEDGER,
        "duplicate_rows_are_listed",
        f"""SELECT ledger.table_name AS "表", ledger.file AS "文件", ledger.rows_duplicate AS "账上重复",
        coalesce(listed.n, 0) AS "清单重复" FROM (SELECT * FROM {{batch}}) AS ledger
        LEFT JOIN (SELECT table_name, file, count(*) AS n FROM {DUPLICATES} GROUP BY 1, 2) AS listed
        ON listed.table_name = ledger.table_name AND listed.file = ledger.file
        WHERE ledger.rows_duplicate <> coalesce(listed.n, 0)""",
        title="每一行重复都在重复清单中",
        fault="有的重复行不在重复清单中",
        meaning="账上的重复行数应等于重复清单中的行数。",
        matters="清单缺行，就说不清为什么采用了另一行。",
        action=UNEXPLAINED,
        reads=(DUPLICATES,),
    )
    yield no_such_rows(
        LEDGER,
        "every_file_was_read",
        f"""SELECT file AS "文件", sheet AS "工作表", reason AS "原因" FROM {PROBLEMS} /* beside {{batch}} */
        WHERE kind IN ('file', 'sheet')""",
        title="转储中的文件都已读入",
        fault="有的文件没有读入",
        meaning="读不出来或认不出属于哪张表的文件不进入数据仓库，其余文件照常处理。",
        matters="少读一个文件，依赖它的数字就偏少；偏得多时另有检查拦下。",
        action="请按例示的原因处理该文件后重新投递。",
        severity="warning",
        reads=(PROBLEMS,),
    )
    yield no_such_rows(
        REJECTS,
        "every_reject_says_why",
        """SELECT table_name AS "表", file AS "文件", row_number AS "行号" FROM {batch}
        WHERE coalesce(reason_code, '') = '' OR coalesce(reason, '') = '' OR coalesce(file, '') = ''""",
        title="每条退回都写明文件与原因",
        fault="有的退回没有写明文件或原因",
        meaning="退回清单的每一条都要能让填报人找到那一行、知道怎么改。",
        matters="没有原因的退回无法补正，下一晚还会被退回。",
        action=UNEXPLAINED,
    )
    yield no_such_rows(
        REJECTS,
        "reject_severity_is_known",
        """SELECT table_name AS "表", file AS "文件", severity AS "范围" FROM {batch}
        WHERE severity IS NULL OR severity NOT IN ('row', 'cell')""",
        title="退回范围为整行或单元格",
        fault="有的退回范围既不是整行也不是单元格",
        meaning="退回要么是整行（row），要么只是一个单元格（cell）。",
        matters="范围不明时，无法与账上的退回行数核对。",
        action=UNEXPLAINED,
    )


def nothing_vanished() -> Rule:
    """No year, county or file that the last release held is missing whole."""
    # Not with how many rows a county had: of few people that is not told.
    return no_such_rows(
        VANISHED,
        "nothing_vanished_whole",
        """SELECT table_name AS "表", CASE kind WHEN 'period' THEN which END AS "年度",
        CASE kind WHEN 'place' THEN which END AS "县区", files AS "文件",
        CASE WHEN kind <> 'place' THEN rows_before END AS "上次行数",
        CASE WHEN kind <> 'place' THEN rows_now END AS "本次行数" FROM {batch} ORDER BY rows_before DESC""",
        title="上次发布有的年度、县区和文件，本次都还在",
        fault="上次发布有的年度、县区或文件，本次没有了",
        meaning="上次发布里有数据的年度、县区或文件，本次转储里整个没有，或读不出来。",
        matters="缺了它，相应年度的登记会被当成没有登记，达标的教师会变成未达标。",
        action="请按例示的文件名补投后重跑。",
        is_acceptable=True,
    )


def every_table_was_read() -> Rule:
    """On a first night, when nothing tells what a table should hold: no file of a known table went unread."""
    return no_such_rows(
        LEDGER,
        "files_of_known_tables_were_read",
        f"""SELECT problem.table_name AS "表", problem.file AS "文件", problem.sheet AS "工作表"
        FROM {PROBLEMS} AS problem /* beside {{batch}} */
        WHERE problem.kind IN ('file', 'sheet') AND problem.table_name IS NOT NULL AND problem.file NOT IN
        (SELECT file FROM {LEDGER} WHERE rows_staged > 0 AND file IS NOT NULL)""",
        title="首次入库：各表的文件都读得出来",
        fault="首次入库时有的文件读不出来",
        meaning="文件名属于某张表，但文件读不出来，或没有一行被采用。",
        matters="首次入库没有以往的发布可比，少读一个文件，数字就悄悄偏少。",
        action="请按数据质量页上的原因处理该文件后重新投递。",
        reads=(PROBLEMS,),
        is_acceptable=True,
    )


def staged_as_counted(contract: Contract) -> Rule:
    """The table holds as many rows as the ledger says were staged into it."""
    counted = f"(SELECT coalesce(sum(rows_staged), 0) FROM {LEDGER} WHERE table_name = {literal(contract.table)})"
    return no_such_rows(
        f"staging.{contract.table}",
        "rows_are_as_counted",
        f"""SELECT count(*) AS "表中", {counted} AS "账上入库" FROM {{batch}} HAVING count(*) <> {counted}""",
        title=f"“{contract.title}”的行数与账上入库数一致",
        fault=f"“{contract.title}”的行数与账上入库数不一致",
        meaning="表中的行数等于各文件入库行数之和。",
        matters="不一致说明入库后有行丢失或重复写入。",
        action=UNEXPLAINED,
        reads=(LEDGER,),
    )


def few_rejects(contract: Contract, percent: int, rows: int) -> Rule:
    """The table did not lose too much to rejects; judged on the ledger, since a table may have lost everything."""
    return no_such_rows(
        LEDGER,
        f"{contract.table}_has_few_rejects",
        f"""SELECT sum(rows_read) AS "读入", sum(rows_rejected) AS "退回" FROM {{batch}}
        WHERE table_name = {literal(contract.table)}
        HAVING sum(rows_rejected) > {rows} AND sum(rows_rejected) * 100 > sum(rows_read) * {percent}""",
        title=f"“{contract.title}”退回的行不多",
        fault=f"“{contract.title}”退回的行过多",
        meaning=f"退回超过 {percent}% 且超过 {rows} 行时，本省当晚不发布。",
        matters="退回太多，达标率、覆盖率会失真，多半是列错位、格式改版或文件损坏。",
        action="请在质量页查看退回原因最多的几种，更正导出模板或源数据后重新投递；前一次发布继续有效。",
        table=f"staging.{contract.table}",
        is_acceptable=True,
    )


def close_to_last_release(contract: Contract, before: int, percent: int) -> Rule:
    """The table has about as many rows as in the last release; the bounds are whole rows, so the test is exact."""
    fewest = max(-(-before * (100 - percent) // 100), 0)
    most = before * (100 + percent) // 100
    return Rule(
        suite=f"staging.{contract.table}",
        name="rows_are_close_to_last_release",
        expectation="expect_table_row_count_to_be_between",
        kwargs={"min_value": fewest, "max_value": most},
        severity="critical",
        title=f"“{contract.title}”的行数与上次发布相近",
        fault=f"“{contract.title}”的行数比上次发布变化过大",
        meaning=f"上次发布 {before:,} 行；增减超过 {percent}% 时，本省当晚不发布。",
        matters="骤减多半是少投了文件或导出被截断，骤增多半是重复导出。",
        action="请核对本次转储的文件是否齐全；若确实有大批增减，请核实后接受这一次（命令见拦截原因）。",
        is_acceptable=True,
        needs=(f"staging.{contract.table}",),
        alarm=f"count(*) NOT BETWEEN {fewest} AND {most}",
    )
