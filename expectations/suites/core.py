"""Core: nothing staged is lost on the way to dimensions and facts, references hold, and nobody can be recognised.

Here: staging against core, what counts and what does not, personal columns. What a single contract says is in
`implied`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from expectations.rules import KEY_IS_UNIQUE, Rule, literal, no_such_rows, one_of, quoted
from expectations.suites.implied import implied_rules, personal_columns
from models.contracts import Contract, core_contracts, staging_contracts
from models.law import load_policies

FROM_STAGING: Mapping[str, str] = {
    "dim_unit": "admin_unit",
    "dim_school": "school",
    "dim_teacher": "teacher",
    "dim_institution": "institution",
    "dim_project": "project",
    "fct_credit": "credit_record",
    "fct_survey": "survey",
    "fct_spot_check": "spot_check",
}
"""Core table → the staged table it has one row for each row of."""


UNEXPLAINED = "请报告系统管理员：这是程序的差错，不是源数据的问题；附上本项检查的名称。"


def credit_systems() -> tuple[str, ...]:
    """The credit systems of the law on file."""
    return tuple(document.credit_system for document in load_policies() if document.credit_system is not None)


def tables() -> tuple[str, ...]:
    """Every table of the layer, `schema.table`; a night always makes them all."""
    return tuple(f"core.{name}" for name in core_contracts())


def rules() -> Iterator[Rule]:
    """All rules of the layer."""
    contracts = core_contracts()
    for contract in contracts.values():
        for rule in implied_rules(contract, contracts):
            is_staged = contract.table in FROM_STAGING and rule.name == KEY_IS_UNIQUE
            yield as_unique_as_staged(rule, staged_as(contract.table)) if is_staged else rule
    for table in FROM_STAGING:
        yield from same_rows(table, staged_as(table))
    yield one_of("core.dim_teacher", "credit_system", "学分制度", credit_systems())
    yield one_of("core.fct_credit", "credit_system", "学分制度", credit_systems())
    yield from credit_rules()
    yield no_personal_columns("core", "core.dim_teacher")


def staged_as(table: str) -> Contract:
    """The contract of the staged table that a core table is made from."""
    return staging_contracts()[FROM_STAGING[table]]


def as_unique_as_staged(rule: Rule, source: Contract) -> Rule:
    """A key that a core table takes from staging is unique if it is as there; staging's own rule sees to the rest."""
    staged = f"staging.{source.table}"
    return replace(
        rule, proof=same_keys(source), reads=(*rule.reads, staged), by={**rule.by, staged: first_key(source)}
    )


def first_key(source: Contract) -> str:
    """The first column of a staged table's key, which the core table has too."""
    return source.field(source.key[0]).column


def same_keys(source: Contract) -> str:
    """A query that finds nothing if the batch's keys are those of the staged table, each as often.

    By the number and the sum of hashes: one chance in 2^64 of being wrong, a twelfth of the time of looking each up.
    """
    key = ", ".join(quoted(source.field(name).column) for name in source.key)
    sums = f"SELECT count(*) AS keys, sum(hash({key})) AS hashes FROM"
    return f"{sums} {{batch}} EXCEPT {sums} staging.{source.table}"


def same_rows(table: str, source: Contract) -> Iterator[Rule]:
    """The core table holds the staged rows, all of them and no others, by the staged key's first column."""
    key, label = first_key(source), source.field(source.key[0]).header
    lost, invented = f"“{source.title}”的行一行不少地进入核心层", f"核心层没有“{source.title}”以外的行"
    for name, kept, gone, title, fault in (
        ("no_staged_row_is_lost", "staged", "judged", lost, f"“{source.title}”有的行没有进入核心层"),
        ("no_row_is_invented", "judged", "staged", invented, f"核心层有“{source.title}”中没有的行"),
    ):
        yield no_such_rows(
            f"core.{table}",
            name,
            f"""WITH judged AS (SELECT * FROM {{batch}}), staged AS (SELECT * FROM staging.{source.table})
            SELECT DISTINCT {kept}.{quoted(key)} AS {quoted(label)} FROM {kept}
            ANTI JOIN {gone} ON {gone}.{quoted(key)} = {kept}.{quoted(key)}""",
            title=title,
            fault=fault,
            meaning=f"按“{label}”逐一对照入库层与核心层。",
            matters="少一行，就有人、项目或记录从所有统计中消失；多一行，就有数字凭空产生。",
            action=UNEXPLAINED,
            reads=(f"staging.{source.table}",),
            proof=same_keys(source),
            by={f"core.{table}": key, f"staging.{source.table}": key},
        )


def credit_rules() -> Iterator[Rule]:
    """Credit records that count, and those that do not."""
    yield no_such_rows(
        "core.fct_credit",
        "amounts_are_possible",
        """SELECT record_id AS "登记编号", status AS "状态", counted_hours AS "计入学时", base_credits AS "折算学分"
        FROM {batch} WHERE counted_hours IS NULL OR counted_hours < 0 OR base_credits < 0
        OR (status NOT IN ('ok', 'need_table') AND (counted_hours <> 0 OR base_credits <> 0))""",
        title="计入的学时、学分可能，不计的为零",
        fault="有的登记计入的学时、学分为负，或不计的登记仍有学时、学分",
        meaning="学时学分不为负；不合条件或隔离的登记不计学时学分，只留明细与原因。",
        matters="不该计的计了，达标率就会偏高。",
        action=UNEXPLAINED,
        needs=("core.fct_credit",),
        is_of_rows=True,
    )
    yield no_such_rows(
        "core.fct_credit",
        "uncounted_record_says_why",
        """SELECT record_id AS "登记编号", status AS "状态" FROM {batch}
        WHERE status <> 'ok' AND coalesce(reason_code, '') = ''""",
        title="未全额计入的登记写明原因",
        fault="有的登记未全额计入而没有写明原因",
        meaning="不计、隔离或学分不明的登记都有原因代码。",
        matters="教师来问“为什么不算”时，要答得出来。",
        action=UNEXPLAINED,
        needs=("core.fct_credit",),
        is_of_rows=True,
    )


def no_personal_columns(schema: str, suite: str) -> Rule:
    """No table of the schema has a column that the dump's contracts mark as personal."""
    marked = ", ".join(literal(name) for name in personal_columns(staging_contracts()))
    return no_such_rows(
        suite,
        "no_personal_column_in_layer",
        f"""SELECT table_schema || '.' || table_name AS "表", column_name AS "列"
        FROM information_schema.columns WHERE table_catalog = current_database()
        AND table_schema = {literal(schema)} AND column_name IN ({marked}) /* beside {{batch}} */""",
        title="本层各表都没有能认出个人的列",
        fault="本层有能认出个人的列",
        meaning="姓名、证件号、电话等只到入库层为止，不进入核心层和指标层。",
        matters="个人信息一旦进入发布的数据，就无法收回。",
        action="请报告系统管理员：须从该表去掉例示的列后重跑。",
    )
