"""Marts and findings: every published figure can be recounted from core, is possible, and carries a legal verdict.

Here: reconciliation of marts with core, figures that must agree with each other within a row, findings with their
clauses. Not here: whether a teacher or county meets the law; that is what the findings say.
"""

from collections.abc import Iterator

from expectations.rules import Rule, filled, no_such_rows, one_of, unique
from expectations.suites.core import credit_systems, no_personal_columns
from expectations.suites.implied import implied_rules
from models.contracts import audit_contracts, marts_contracts
from models.marts.suppression import MINIMUM

YEAR = "marts.teacher_year"
CYCLE = "marts.teacher_cycle"
COVERAGE = "marts.county_spot_check"
INSTITUTION = "marts.institution_satisfaction"
PROJECT = "marts.project_satisfaction"
FINDINGS = "audit.findings"
CLAUSES = "audit.clauses"
CREDIT = "core.fct_credit"
SURVEY = "core.fct_survey"


CONSTRAINTS = ("学分", "学时", "两者", "无")

PUBLISHED_COUNTS = {
    "marts.public_measure": (("numerator", "denominator"), "measure IN ('cycle', 'annual')"),
    "marts.public_cycle": (("teachers",), "TRUE"),
    "marts.public_school": (("numerator", "denominator"), "TRUE"),
    "marts.public_participation": (("trained",), "TRUE"),
    "marts.public_cap_loss": (("teachers",), "TRUE"),
    "marts.public_pace": (("teachers",), "TRUE"),
    "marts.public_shortfall": (("teachers",), "TRUE"),
    "marts.public_risk": (("numerator", "denominator"), "TRUE"),
    "marts.public_clause": (("subjects",), "is_of_people"),
    "marts.public_clause_year": (("met",), "is_of_people"),
    "marts.public_cube_reached": (("numerator", "denominator"), "TRUE"),
    "marts.public_cube_verdict": (("teachers",), "TRUE"),
    "marts.public_cube_record": (("trained",), "TRUE"),
    "marts.public_cube_presence": (("numerator", "denominator"), "TRUE"),
}
"""Published table → its counts of people, and where they count people."""
TOLD_ROWS = "public_cube_"
"""Tables with this beginning have no row that tells nothing."""
COUNTED_WHERE_THERE = ("public_risk",)
"""A row for each credit system a unit's teachers are under, which the law says and nobody need hide."""
PUBLISHED_ANSWERS = ("marts.public_institution", "marts.public_project")

UNEXPLAINED = "请报告系统管理员：这是程序的差错，不是源数据的问题；附上本项检查的名称。"
OFF_BY_A_BIT = "合计对不上，说明有记录漏算、重算或算到了别的年份。"


def tables() -> tuple[str, ...]:
    """Every table of the layer, `schema.table`; a night always makes them all."""
    return (*(f"marts.{name}" for name in marts_contracts()), FINDINGS, CLAUSES)


def rules() -> Iterator[Rule]:
    """All rules of the layer."""
    for contract in marts_contracts().values():
        yield from implied_rules(contract, marts_contracts())
    yield from implied_rules(audit_contracts()["clauses"], audit_contracts())
    # A clause may judge a subject part by part (CQ-2013-24/19.1 by subject taught): only finding_id tells them apart.
    of_findings = implied_rules(audit_contracts()["findings"], audit_contracts())
    yield from (rule for rule in of_findings if rule.name != "key_is_unique")
    for table in (YEAR, CYCLE, COVERAGE, INSTITUTION, FINDINGS):
        yield filled(table, "verdict", "结论")
    for table in (YEAR, CYCLE):
        yield one_of(table, "credit_system", "学分制度", credit_systems())
        yield one_of(table, "binding_constraint", "短板", CONSTRAINTS)
    yield from credit_rules()
    yield from coverage_rules()
    yield from satisfaction_rules()
    yield from finding_rules()
    yield from publication_rules()
    yield no_personal_columns("marts", YEAR)


def credit_rules() -> Iterator[Rule]:
    """Teachers' years and cycles against the credit records."""
    yield no_such_rows(
        YEAR,
        "hours_are_those_of_the_records",
        f"""WITH counted AS (SELECT teacher_id, credit_year AS year, sum(counted_hours) AS hours FROM {CREDIT}
        WHERE credit_year IS NOT NULL GROUP BY 1, 2 HAVING sum(counted_hours) <> 0),
        shown AS (SELECT teacher_id, year, sum(hours) AS hours FROM {{batch}} GROUP BY 1, 2)
        SELECT coalesce(shown.teacher_id, counted.teacher_id) AS "教师编号",
        coalesce(shown.year, counted.year)::VARCHAR AS "年度", shown.hours AS "年度表学时", counted.hours AS "登记学时"
        FROM shown FULL JOIN counted ON shown.teacher_id = counted.teacher_id AND shown.year = counted.year
        WHERE coalesce(shown.hours, 0) <> coalesce(counted.hours, 0)""",
        title="教师年度学时＝该年有效登记的学时之和",
        fault="有的教师年度学时与该年有效登记的学时之和不一致",
        meaning="逐教师逐年对照：年度表的学时应等于核心层登记记录的认定学时之和（学时不封顶）。",
        matters=OFF_BY_A_BIT,
        action=UNEXPLAINED,
        reads=(CREDIT,),
        by={YEAR: "teacher_id", CREDIT: "teacher_id"},
    )
    yield no_such_rows(
        YEAR,
        "credits_and_losses_are_those_of_the_records",
        f"""WITH known AS (SELECT teacher_id, credit_year AS year, sum(base_credits) AS credits FROM {CREDIT}
        WHERE credit_year IS NOT NULL GROUP BY 1, 2)
        SELECT coalesce(shown.teacher_id, known.teacher_id) AS "教师编号",
        coalesce(shown.year, known.year)::VARCHAR AS "年度", shown.credits AS "年度表学分",
        shown.credits_lost_project_cap AS "项目封顶扣减", shown.credits_lost_school_cap AS "校级封顶扣减",
        known.credits AS "封顶前学分" FROM (SELECT * FROM {{batch}}) AS shown
        FULL JOIN known ON shown.teacher_id = known.teacher_id AND shown.year = known.year
        WHERE coalesce(shown.credits, 0) + coalesce(shown.credits_lost_project_cap, 0)
        + coalesce(shown.credits_lost_school_cap, 0) <> coalesce(known.credits, 0)""",
        title="教师年度学分＋封顶扣减＝封顶前学分之和",
        fault="有的教师年度学分加封顶扣减与封顶前学分之和不一致",
        meaning="封顶只截学分：截下的部分单列，加回去应等于各登记折算学分之和；学分不明的登记不计。",
        matters=OFF_BY_A_BIT,
        action=UNEXPLAINED,
        reads=(CREDIT,),
        by={YEAR: "teacher_id", CREDIT: "teacher_id"},
    )
    yield no_such_rows(
        CYCLE,
        "cycle_is_the_sum_of_its_years",
        f"""WITH shown AS (SELECT * FROM {{batch}}),
        summed AS (SELECT shown.teacher_id, shown.cycle_id, sum(years.cycle_hours) AS hours,
        sum(years.cycle_credits) AS credits FROM shown
        JOIN {YEAR} AS years ON years.teacher_id = shown.teacher_id AND years.credit_system = shown.credit_system
        AND years.year BETWEEN year(shown.cycle_start) AND year(shown.cycle_end) GROUP BY 1, 2)
        SELECT shown.teacher_id AS "教师编号", shown.cycle_id AS "周期", shown.hours AS "周期学时",
        summed.hours AS "各年学时", shown.credits AS "周期学分", summed.credits AS "各年学分"
        FROM shown LEFT JOIN summed ON shown.teacher_id = summed.teacher_id AND shown.cycle_id = summed.cycle_id
        WHERE coalesce(shown.hours, 0) <> coalesce(summed.hours, 0)
        OR coalesce(shown.credits, 0) <> coalesce(summed.credits, 0)""",
        title="周期累计＝各年之和",
        fault="有的教师周期累计与各年之和不一致",
        meaning="周期的学时、学分等于其各年计入周期的部分之和；不同学分制绝不相加。",
        matters="周期结论据此作出，差一点就可能判错一名教师。",
        action=UNEXPLAINED,
        reads=(YEAR,),
        by={CYCLE: "teacher_id", YEAR: "teacher_id"},
    )
    yield no_such_rows(
        CYCLE,
        "shortfall_agrees_with_verdict",
        """SELECT teacher_id AS "教师编号", cycle_id AS "周期", shortfall_credits AS "学分缺口",
        shortfall_hours AS "学时缺口", binding_constraint AS "短板", verdict AS "结论" FROM {batch}
        WHERE shortfall_credits < 0 OR shortfall_hours < 0
        OR (verdict = 'met' AND (shortfall_credits > 0 OR shortfall_hours > 0))
        OR (shortfall_credits > 0 AND coalesce(binding_constraint, '') NOT IN ('学分', '两者'))
        OR (shortfall_hours > 0 AND coalesce(binding_constraint, '') NOT IN ('学时', '两者'))""",
        title="缺口、短板与结论互相一致",
        fault="有的教师缺口、短板与结论互相矛盾",
        meaning="缺口不为负；结论为达标时没有缺口；什么有缺口，短板就写什么。",
        matters="自相矛盾的行会让教师和学校无所适从。",
        action=UNEXPLAINED,
        is_of_rows=True,
    )
    yield no_such_rows(
        CYCLE,
        "parts_are_not_above_the_whole",
        """SELECT teacher_id AS "教师编号", cycle_id AS "周期", hours AS "学时", school_based_hours AS "校本学时"
        FROM {batch} WHERE school_based_hours > hours""",
        title="校本学时不大于总学时",
        fault="有的教师校本学时大于总学时",
        meaning="部分不会大于整体。",
        matters="部分大于整体，说明口径混用或重复计算。",
        action=UNEXPLAINED,
        is_of_rows=True,
    )


def coverage_rules() -> Iterator[Rule]:
    """Spot-check coverage against projects and checks."""
    project, check = "core.dim_project", "core.fct_spot_check"
    yield no_such_rows(
        COVERAGE,
        "projects_are_recounted",
        f"""WITH dated AS (SELECT project_id, county_unit_id AS unit_id,
        coalesce(year(least(start_date, end_date)), dim.year) AS first_year,
        coalesce(year(greatest(start_date, end_date)), dim.year) AS last_year
        FROM {project} AS dim WHERE status IS DISTINCT FROM '取消' AND county_unit_id IS NOT NULL),
        touched AS (SELECT project_id, unit_id, unnest(range(first_year, last_year + 1)) AS year FROM dated),
        counted AS (SELECT touched.unit_id, touched.year, count(*) AS projects,
        count(*) FILTER (EXISTS (SELECT 1 FROM {check} AS done WHERE done.project_id = touched.project_id
        AND year(done.check_date) = touched.year AND done.checker_unit_id = touched.unit_id)) AS checked
        FROM touched GROUP BY 1, 2),
        shown AS (SELECT * FROM {{batch}})
        SELECT coalesce(shown.unit_id, counted.unit_id) AS "县区",
        coalesce(shown.year, counted.year)::VARCHAR AS "年度",
        shown.projects AS "项目数", counted.projects AS "重数项目数", shown.projects_checked AS "已抽查",
        counted.checked AS "重数已抽查"
        FROM shown FULL JOIN counted ON shown.unit_id = counted.unit_id AND shown.year = counted.year
        WHERE coalesce(shown.projects, 0) <> coalesce(counted.projects, 0)
        OR coalesce(shown.projects_checked, 0) <> coalesce(counted.checked, 0)""",
        title="县区年度的项目数、抽查数与明细重数一致",
        fault="有的县区年度项目数、抽查数与明细重新清点的不一致",
        meaning="按项目起止日期和抽查日期，从核心层重数一遍，与覆盖率表逐行对照。",
        matters="分子分母任何一个不对，覆盖率的结论就不对。",
        action=UNEXPLAINED,
        reads=(project, check),
    )
    yield no_such_rows(
        COVERAGE,
        "coverage_agrees_with_itself",
        """SELECT unit_id AS "县区", year::VARCHAR AS "年度", projects AS "项目数", projects_checked AS "已抽查",
        required AS "应抽查", gap AS "差额", verdict AS "结论" FROM {batch}
        WHERE projects_checked > projects OR projects_checked_any_level > projects
        OR projects_checked_any_level < projects_checked OR required > projects
        OR (projects_checked IS NULL) <> (gap IS NULL)
        OR (projects_checked IS NOT NULL AND (gap IS DISTINCT FROM greatest(required - projects_checked, 0)
        OR (projects = 0) <> (coverage_ratio IS NULL))) OR (required = 0) <> (verdict = 'not_applicable')
        OR (required > 0 AND (verdict = 'met') <> (projects_checked >= required))""",
        title="项目数、应抽查、差额、覆盖率与结论互相一致",
        fault="有的县区项目数、应抽查、差额、覆盖率与结论互相矛盾",
        meaning="已抽查不多于项目数；差额＝应抽查－已抽查，不为负；没有项目则不适用；抽够才是达标。",
        matters="自相矛盾的行会让县区无所适从。",
        action=UNEXPLAINED,
        is_of_rows=True,
    )


def satisfaction_rules() -> Iterator[Rule]:
    """Satisfaction against the surveys."""
    for suite, key, label, group in (
        (INSTITUTION, "institution_id, year", "机构", ("institution_id", "year")),
        (PROJECT, "project_id", "项目", ("project_id",)),
    ):
        same = " AND ".join(f"shown.{name} = counted.{name}" for name in group)
        known = " AND ".join(f"{name} IS NOT NULL" for name in group)
        year = ', coalesce(shown.year, counted.year)::VARCHAR AS "年度"' if "year" in group else ""
        yield no_such_rows(
            suite,
            "answers_are_recounted",
            f"""WITH counted AS (SELECT {key}, sum(responses) AS responses, sum(responses_valid) AS valid,
            sum(satisfied) AS satisfied FROM {SURVEY}
            WHERE is_anonymous AND survey_type = '学评教' AND {known} GROUP BY ALL),
            shown AS (SELECT * FROM {{batch}})
            SELECT coalesce(shown.{group[0]}, counted.{group[0]}) AS "{label}"{year},
            shown.responses_valid AS "有效答卷", counted.valid AS "重数有效答卷", shown.satisfied AS "满意",
            counted.satisfied AS "重数满意" FROM shown FULL JOIN counted ON {same}
            WHERE coalesce(shown.responses_valid, 0) <> coalesce(counted.valid, 0)
            OR coalesce(shown.satisfied, 0) <> coalesce(counted.satisfied, 0)""",
            title=f"{label}的有效答卷与满意答卷和问卷合计一致",
            fault=f"有的{label}有效答卷与满意答卷和问卷合计不一致",
            meaning="只计匿名的学评教问卷；汇总后的答卷数应等于各问卷之和。",
            matters="满意率据此计算，并可能触发疑似整改。",
            action=UNEXPLAINED,
            reads=(SURVEY,),
        )
        yield no_such_rows(
            suite,
            "satisfaction_agrees_with_itself",
            f"""SELECT {group[0]} AS "{label}", responses_valid AS "有效答卷", satisfied AS "满意",
            satisfaction_ratio AS "满意率" FROM {{batch}}
            WHERE satisfied > responses_valid OR responses_valid < 0 OR satisfied < 0
            OR satisfaction_ratio NOT BETWEEN 0 AND 1
            OR (responses_valid > 0) <> (satisfaction_ratio IS NOT NULL)""",
            title="满意数不大于有效数，满意率在 0 至 1 之间",
            fault="有的满意数大于有效数，或满意率不在 0 至 1 之间",
            meaning="部分不大于整体；没有有效答卷就没有满意率。",
            matters="超出范围的比例不可能是真的。",
            action=UNEXPLAINED,
            is_of_rows=True,
        )
    yield no_such_rows(
        INSTITUTION,
        "interval_holds_the_ratio",
        # The interval and the ratio are floating point: shown, never judged by.
        """SELECT institution_id AS "机构", year::VARCHAR AS "年度", satisfaction_ratio AS "满意率",
        wilson_low AS "区间下限", wilson_high AS "区间上限" FROM {batch}
        WHERE wilson_low NOT BETWEEN 0 AND 1 OR wilson_high NOT BETWEEN 0 AND 1
        OR satisfaction_ratio < wilson_low - 1e-9 OR satisfaction_ratio > wilson_high + 1e-9
        OR responses_valid > responses""",
        title="满意率落在其置信区间内",
        fault="有的满意率不在其置信区间内",
        meaning="威尔逊 95% 区间在 0 至 1 之间并包含满意率；有效答卷不多于答卷。",
        matters="区间不含本身，说明分子分母用错。",
        action=UNEXPLAINED,
        is_of_rows=True,
    )


def publication_rules() -> Iterator[Rule]:
    """What readers see: people in tens that point at nobody, and no survey of too few answers."""
    for table, (counts, of_people) in PUBLISHED_COUNTS.items():
        told = " OR ".join(f"{name} < {2 * MINIMUM} OR {name} % {MINIMUM} <> 0" for name in counts)
        any_told = " OR ".join(f"{name} IS NOT NULL" for name in counts)
        yield no_such_rows(
            table,
            "people_are_told_in_tens",
            f"""SELECT count(*) AS "行数" FROM {{batch}}
            WHERE ({of_people}) AND ({told} OR (suppression IS NOT NULL AND ({any_told}))) HAVING count(*) > 0""",
            title="公布的人数取到十位，少的不公布",
            fault="有的公布人数没有取到十位，或应当隐去而没有隐去",
            meaning=f"公布的人数一律取到十位，不到 {2 * MINIMUM} 的不公布；标明不公布的不得留有数值。",
            matters="小数或精确的人数会让人认出是谁，或由前后两夜相减看出是谁变了。",
            action=UNEXPLAINED,
            needs=(table,),
        )
    for table in PUBLISHED_ANSWERS:
        yield no_such_rows(
            table,
            "no_small_survey_is_published",
            f"""SELECT count(*) AS "行数" FROM {{batch}} WHERE responses_valid IS NOT NULL
            AND (suppression IS NOT NULL OR responses_valid BETWEEN 1 AND {MINIMUM - 1}) HAVING count(*) > 0""",
            title=f"有效答卷不足 {MINIMUM} 份的没有公布",
            fault=f"有效答卷不足 {MINIMUM} 份的结果被公布",
            meaning=f"有效答卷不足 {MINIMUM} 份的一律不公布；标明不公布的不得留有数值。",
            matters="答卷很少时会让人认出谁答了什么。",
            action=UNEXPLAINED,
            needs=(table,),
        )
    yield _hidden_answers()
    yield from _few_and_nobody()
    yield _one_figure()
    yield _near_the_count()


def _few_and_nobody() -> Iterator[Rule]:
    """Whether somebody is counted does not show in whether a row is there."""
    for table, (_, of_people) in PUBLISHED_COUNTS.items():
        name = table.removeprefix("marts.")
        if name.startswith(TOLD_ROWS):
            query = 'SELECT count(*) AS "行数" FROM {batch} WHERE suppression IS NOT NULL HAVING count(*) > 0'
        elif name in COUNTED_WHERE_THERE:
            continue
        else:
            key = [one for one in marts_contracts()[name].key if one not in {"unit_id", "school_id"}]
            each = "PARTITION BY clause_id" if "clause_id" in key else ""
            query = f"""SELECT count(*) AS "行数" FROM (SELECT count(*) AS units, max(count(*)) OVER ({each}) AS most
            FROM {{batch}} WHERE {of_people} GROUP BY {", ".join(key)}) WHERE units <> most HAVING count(*) > 0"""
        yield no_such_rows(
            table,
            "few_and_nobody_look_alike",
            query,
            title="人数较少与没有人看不出区别",
            meaning="公布人数的表要么对每个单位都有行，要么只列有数的行；有没有行不取决于那里有没有人。",
            matters="不公布的行若只在有人时出现，许多行的上级合计一除，就知道每行有几个人。",
            action=UNEXPLAINED,
            fault="有的行只在有人时才公布",
            needs=(table,),
        )


def _one_figure() -> Rule:
    """One count of people is told as one figure wherever it stands."""
    measure, cube = "marts.public_measure", "marts.public_cube_reached"
    return no_such_rows(
        measure,
        "one_count_is_told_as_one_figure",
        f"""SELECT shown.unit_id AS "单位", shown.period AS "期间" FROM (SELECT * FROM {{batch}}) AS shown
        JOIN {cube} AS asked ON asked.unit_id = shown.unit_id AND asked.measure = shown.measure
        AND asked.period = shown.period AND asked.second_breakdown = '全部'
        AND CASE shown.stage WHEN '全部' THEN asked.breakdown = '全部'
            ELSE asked.breakdown = 'stage' AND asked.value = shown.stage END
        WHERE shown.suppression IS NOT NULL OR asked.numerator IS DISTINCT FROM shown.numerator
        OR asked.denominator IS DISTINCT FROM shown.denominator
        OR asked.rounded_percent IS DISTINCT FROM shown.rounded_percent""",
        title="同一人数在各表公布的数相同",
        meaning="同一单位、期间和学段的达标人数与考核人数，主要指标表与自助制表应一字不差。",
        matters="同一人数公布成几个数，取其交集就越来越接近实数。",
        action=UNEXPLAINED,
        fault="同一人数在两张表中公布得不一样",
        reads=(cube,),
        needs=(measure, cube),
    )


def _near_the_count() -> Rule:
    """What is told of people is near what there is."""
    measure, judged = "marts.public_measure", "verdict IN ('met', 'not_met', 'in_progress')"
    return no_such_rows(
        measure,
        "told_people_are_near_the_count",
        f"""WITH counted AS (
            SELECT 'cycle' AS measure, year(cycle_start) || '-' || year(cycle_end) AS period,
            count(*) FILTER (verdict = 'met') AS met, count(*) AS every FROM {CYCLE} WHERE {judged} GROUP BY ALL
            UNION ALL SELECT 'annual', year::VARCHAR, count(*) FILTER (verdict = 'met'), count(*)
            FROM {YEAR} WHERE {judged} GROUP BY ALL)
        SELECT measure AS "指标", period AS "期间", numerator AS "公布达标", denominator AS "公布考核"
        FROM (SELECT * FROM {{batch}}) LEFT JOIN counted USING (measure, period)
        WHERE unit_level = 'province' AND stage = '全部' AND measure IN ('cycle', 'annual')
        AND (abs(numerator - coalesce(met, 0)) >= {MINIMUM} OR abs(denominator - coalesce(every, 0)) >= {MINIMUM}
        OR (suppression IS NOT NULL AND every >= {5 * MINIMUM}))""",
        title=f"公布的人数与实数相差不到 {MINIMUM}",
        meaning="全省达标人数与考核人数由教师年度表、教师周期表重数一遍，与公布的数对照。",
        matters="取到十位是为了保护个人，不能因此失真。",
        action=UNEXPLAINED,
        fault=f"公布的人数与实数相差 {MINIMUM} 以上",
        reads=(CYCLE, YEAR),
        needs=(measure,),
    )


def _hidden_answers() -> Rule:
    """The answers of hidden projects can't be had from their institution's year."""
    return no_such_rows(
        "marts.public_institution",
        "no_hidden_survey_follows_from_the_rest",
        f"""WITH part AS (
            SELECT survey.institution_id, survey.year, survey.project_id, sum(survey.responses_valid) AS answers
            FROM {SURVEY} AS survey WHERE survey.survey_type = '学评教' AND survey.is_anonymous GROUP BY ALL)
        SELECT total.year::VARCHAR AS "年度", count(*) AS "行数" FROM (SELECT * FROM {{batch}}) AS total
        JOIN (SELECT part.institution_id, part.year, count(*) AS hidden, sum(part.answers) AS answers,
            min(whole.answers) AS least
            FROM part JOIN marts.public_project AS shown USING (project_id)
            JOIN (SELECT project_id, sum(answers) AS answers FROM part GROUP BY 1) AS whole USING (project_id)
            WHERE shown.suppression IS NOT NULL AND part.answers > 0 GROUP BY ALL) AS rest USING (institution_id, year)
        WHERE total.suppression IS NULL AND rest.least < {MINIMUM}
        AND rest.answers - rest.hidden + 1 < {MINIMUM} GROUP BY 1""",
        title="由机构全年答卷减不出不公布的项目",
        fault="由机构全年答卷可以推出不公布的项目结果",
        meaning=f"一家机构一年中不公布的各项目，每个的答卷数从外面看都可能达到 {MINIMUM}。",
        matters="合计减去其余各项，就得到不该公布的那一个。",
        action=UNEXPLAINED,
        reads=("marts.public_project", SURVEY),
        needs=("marts.public_institution", "marts.public_project"),
    )


def finding_rules() -> Iterator[Rule]:
    """Findings and clauses against each other."""
    yield unique(FINDINGS, {"finding_id": "结论编号"}, name="finding_id_is_unique")
    yield no_such_rows(
        FINDINGS,
        "finding_has_its_clause",
        f"""SELECT finding.clause_id AS "条款", count(*) AS "行数" FROM (SELECT * FROM {{batch}}) AS finding
        ANTI JOIN (SELECT * FROM {CLAUSES} WHERE status = 'evaluated') AS clause
        ON finding.clause_id = clause.clause_id GROUP BY 1""",
        title="每个结论都有据以作出的条款",
        fault="有的结论找不到所依据的条款",
        meaning="结论所依的条款应在条款表中，且状态为“已评判”。",
        matters="没有条款的结论不能作为依据。",
        action=UNEXPLAINED,
        reads=(CLAUSES,),
    )
    yield no_such_rows(
        FINDINGS,
        "missing_figure_is_never_met",
        """SELECT clause_id AS "条款", subject_id AS "对象编号", period AS "期间", verdict AS "结论" FROM {batch}
        WHERE value IS NULL AND verdict IN ('met', 'not_met')""",
        title="缺数的不判达标，也不判不达标",
        fault="有的结论缺少数字而判为达标或未达标",
        meaning="没有数值就没有达标与否，只能是“无法判定”“不适用”或“进行中”。",
        matters="把缺数当达标或当 0，是最坏的一种错。",
        action=UNEXPLAINED,
    )
    yield no_such_rows(
        CLAUSES,
        "unevaluated_clause_says_why",
        """SELECT clause_id AS "条款", status AS "状态" FROM {batch}
        WHERE status <> 'evaluated' AND coalesce(reason, '') = ''""",
        title="未评判的条款写明原因",
        fault="有的条款未评判而没有写明原因",
        meaning="数据缺失或须人工判断的条款，应写明缺什么、由谁判断。",
        matters="没有原因的空白会被误读为没有问题。",
        action=UNEXPLAINED,
    )
