-- Chongqing's opinion on the management of teacher training of 2013 (CQ-2013-24): what each clause measures.

-- clause: CQ-2013-24/01.1
SELECT
    province() AS subject_id,
    year(start_date) || '-' || year(end_date) AS period,
    max(date_diff('month', start_date, end_date + 1)) / 12 AS numerator
FROM staging.cycle
GROUP BY period

-- clause: CQ-2013-24/01.2
-- what the platform calls provincial is the municipality's, as is a city's
SELECT u.unit_id AS subject_id, y.year AS period, coalesce(t.tiers, 0) AS numerator
FROM core.dim_unit u
CROSS JOIN (
    SELECT year(start_date) AS year FROM core.dim_project
    UNION
    SELECT year(end_date) AS year FROM core.dim_project
) y
LEFT JOIN (
    SELECT
        county_unit_id,
        year(start_date) AS year,
        max((level = '国家级')::INTEGER) + max((level IN ('省级', '地市级'))::INTEGER)
        + max((level = '县级')::INTEGER) + max((level = '校级')::INTEGER) AS tiers
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消' AND level IS NOT NULL
    GROUP BY ALL
) t ON t.county_unit_id = u.unit_id AND t.year = y.year
WHERE u.is_county AND y.year <= year(as_of())

-- clause: CQ-2013-24/03.1
-- The last plan's hours; null without one, or where a course's hours aren't on file.
WITH last AS (
    SELECT project_id, max(plan_version) AS plan_version
    FROM staging.project_plan_course
    GROUP BY project_id
),
sums AS (
    SELECT
        project_id,
        sum(c.hours) AS hours,
        coalesce(sum(c.hours) FILTER (c.is_practice), 0) AS practice,
        count_if(c.hours IS NULL) AS untold,
        count_if(c.hours IS NULL AND c.is_practice) AS practice_untold
    FROM staging.project_plan_course c
    JOIN last USING (project_id, plan_version)
    GROUP BY project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    NOT p.is_school_based AND s.untold = 0 AND s.practice_untold = 0 AS is_told,
    CASE WHEN is_told THEN s.practice END AS numerator,
    CASE WHEN is_told THEN s.hours END AS denominator
FROM core.dim_project p
LEFT JOIN sums s USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT TRUE

-- clause: CQ-2013-24/03.2
-- the plan applied with against the plan carried out: hours taken from courses or given to them, or experts dropped,
-- whichever is more
WITH versions AS (
    SELECT project_id, min(plan_version) AS first, max(plan_version) AS last
    FROM staging.project_plan_course
    GROUP BY project_id
),
lines AS (
    SELECT
        c.project_id,
        c.course_id,
        c.expert_id,
        c.hours,
        c.plan_version = v.first AS in_first,
        c.plan_version = v.last AS in_last
    FROM staging.project_plan_course c
    JOIN versions v ON v.project_id = c.project_id AND c.plan_version IN (v.first, v.last)
),
courses AS (
    SELECT
        project_id,
        if(count(before) < count(*) OR count(after) < count(*), NULL, sum(before)) AS planned,
        if(count(before) < count(*) OR count(after) < count(*), NULL, greatest(
            coalesce(sum(before - after) FILTER (before > after), 0),
            coalesce(sum(after - before) FILTER (after > before), 0)
        )) AS moved
    FROM (
        SELECT
            project_id,
            if(bool_or(in_first), max(hours) FILTER (in_first), 0) AS before,
            if(bool_or(in_last), max(hours) FILTER (in_last), 0) AS after
        FROM lines
        GROUP BY project_id, course_id
    )
    GROUP BY project_id
),
experts AS (
    SELECT project_id, count(*) AS planned, count(*) FILTER (NOT is_kept) AS dropped
    FROM (
        SELECT project_id, bool_or(in_last) AS is_kept
        FROM lines
        WHERE expert_id IS NOT NULL
        GROUP BY project_id, expert_id
        HAVING bool_or(in_first)
    )
    GROUP BY project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    coalesce(e.dropped * c.planned > c.moved * e.planned, false) AS is_by_expert,
    CASE WHEN v.first < v.last AND v.first = 0 THEN if(is_by_expert, e.dropped, c.moved) END AS numerator,
    CASE WHEN v.first < v.last AND v.first = 0 THEN if(is_by_expert, e.planned, c.planned) END AS denominator
FROM core.dim_project p
JOIN versions v ON v.project_id = p.project_id
JOIN courses c ON c.project_id = p.project_id
LEFT JOIN experts e ON e.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消'

-- clause: CQ-2013-24/03.3
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE WHEN any_value(p.hours_planned) >= 40 AND count(c.course_id) > 0 THEN
        count(DISTINCT c.topic_tag) FILTER (c.is_required AND c.topic_tag IN ('专业标准', '师德', '信息技术'))
    END AS numerator
FROM core.dim_project p
LEFT JOIN (
    SELECT project_id, course_id, topic_tag, is_required
    FROM staging.project_plan_course
    QUALIFY plan_version = max(plan_version) OVER (PARTITION BY project_id)
) c ON c.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消' AND (p.hours_planned >= 40 OR p.hours_planned IS NULL)
GROUP BY p.project_id

-- clause: CQ-2013-24/03.4
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN any_value(p.hours_planned) >= 40 AND NOT any_value(p.is_school_based) AND count(c.course_id) > 0
            THEN count(DISTINCT c.is_required)
    END AS numerator
FROM core.dim_project p
LEFT JOIN (
    SELECT project_id, course_id, is_required
    FROM staging.project_plan_course
    QUALIFY plan_version = max(plan_version) OVER (PARTITION BY project_id)
) c ON c.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.hours_planned >= 40) IS NOT FALSE
    AND p.is_school_based IS NOT TRUE
GROUP BY p.project_id

-- clause: CQ-2013-24/04.1
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    CASE
        WHEN p.level IS NOT NULL
        THEN bool_and(coalesce(
            e.self_nominate_date::DATE <= e.school_review_date::DATE
            AND e.school_review_date::DATE <= e.county_review_date::DATE
            AND e.school_review_result IS DISTINCT FROM '待审', false
        ))::INTEGER
    END AS numerator
FROM staging.enrollment e
JOIN core.dim_project p ON p.project_id = e.project_id
WHERE p.status IS DISTINCT FROM '取消' AND (p.level IN ('国家级', '省级', '地市级') OR p.level IS NULL)
GROUP BY e.teacher_id, e.project_id, p.level

-- clause: CQ-2013-24/04.2
SELECT
    unit_id AS subject_id,
    year(as_of()) AS period,
    coalesce(candidate_pool, false)::INTEGER + coalesce(archive_pool, false)::INTEGER AS numerator
FROM core.dim_unit
WHERE is_county

-- clause: CQ-2013-24/09.1
SELECT
    i.institution_id AS subject_id,
    year(as_of()) AS period,
    CASE
        WHEN i.institution_type IS NOT NULL
        THEN coalesce(trim(i.mgmt_dept_name) NOT IN (
            '', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'
        ), false)::INTEGER + (m.org_id IS NOT NULL)::INTEGER
    END AS numerator
FROM core.dim_institution i
LEFT JOIN (
    SELECT DISTINCT org_id
    FROM staging.org_staff
    WHERE role = '培训管理者' AND is_fulltime
        AND coalesce(valid_from <= as_of(), true) AND coalesce(valid_to >= as_of(), true)
) m ON m.org_id = i.institution_id
WHERE coalesce(i.institution_type NOT IN ('学校', '非培训机构部门'), true) AND coalesce(i.valid_to >= as_of(), true)

-- clause: CQ-2013-24/09.2
SELECT
    u.unit_id AS subject_id,
    year(as_of()) AS period,
    coalesce(trim(u.mgmt_section) NOT IN (
        '', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'
    ), false)::INTEGER + (m.org_id IS NOT NULL)::INTEGER AS numerator
FROM core.dim_unit u
LEFT JOIN (
    SELECT DISTINCT org_id
    FROM staging.org_staff
    WHERE role IN ('培训管理者', '相关管理人员') AND is_fulltime
        AND coalesce(valid_from <= as_of(), true) AND coalesce(valid_to >= as_of(), true)
) m ON m.org_id = u.unit_id
WHERE u.is_county

-- clause: CQ-2013-24/10.1
-- whole years after the designation, from the third on and closed; years before the first project say nothing
WITH bases AS (
    SELECT
        institution_id,
        greatest(year(designated_date - 1) + 1, (
            SELECT least(min(year(start_date)), min(year)) FROM core.dim_project WHERE status IS DISTINCT FROM '取消'
        )) AS since
    FROM core.dim_institution
    WHERE is_municipal_base
)
SELECT y.institution_id AS subject_id, y.year AS period, y.year - coalesce(max(b.year), y.since - 1) AS numerator
FROM (SELECT institution_id, since, unnest(range(since + 2, year(as_of()))) AS year FROM bases) y
LEFT JOIN (
    SELECT institution_id, coalesce(year(start_date), year) AS year
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消' AND level IN ('国家级', '省级', '地市级')
) b ON b.institution_id = y.institution_id AND b.year <= y.year
GROUP BY y.institution_id, y.year, y.since

-- clause: CQ-2013-24/10.2
SELECT province() AS subject_id, year(as_of()) AS period, count(*) FILTER (is_training_base) AS numerator
FROM core.dim_school

-- clause: CQ-2013-24/10.3
-- by the day it began; of a record without a project on the platform it can't be told. What is suspended or withdrawn
-- tonight held until the decision that says so.
WITH records AS (
    SELECT f.teacher_id, f.credit_year, p.institution_id, coalesce(f.start_date, p.start_date, f.end_date) AS held_on
    FROM core.fct_credit f
    JOIN staging.credit_record r USING (record_id)
    LEFT JOIN core.dim_project p ON p.project_id = f.project_id AND p.status IS DISTINCT FROM '取消'
    WHERE f.reason_code IS DISTINCT FROM 'not_registered'
        AND f.source_type IN ('集中', '跟班', '网络', '混合') AND r.level <> '校'
        AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2013-08-01'
),
decided AS (
    SELECT
        institution_id,
        min(coalesce(start, decision_date)) FILTER (type = '取消资质') AS withdrawn,
        max(coalesce(start, decision_date)) FILTER (type = '取消资质') AS withdrawn_last,
        min(coalesce(start, decision_date)) FILTER (type IN ('暂停申报', '暂停学科资质')) AS suspended,
        max(coalesce(start, decision_date)) FILTER (type IN ('暂停申报', '暂停学科资质')) AS suspended_last
    FROM staging.sanction
    GROUP BY institution_id
),
covering AS (
    SELECT
        r.institution_id,
        r.held_on,
        CASE
            WHEN a.status = '取消'
                THEN CASE WHEN r.held_on < d.withdrawn THEN true WHEN r.held_on >= d.withdrawn_last THEN false END
            WHEN a.status = '暂停'
                THEN CASE WHEN r.held_on < d.suspended THEN true WHEN r.held_on >= d.suspended_last THEN false END
            WHEN a.status = '到期' AND a.valid_to IS NULL THEN NULL
            ELSE true
        END AS holds
    FROM (SELECT DISTINCT institution_id, held_on FROM records) r
    JOIN staging.institution_accreditation a
        ON a.institution_id = r.institution_id
        AND coalesce(a.valid_from <= r.held_on, true)
        AND coalesce(a.valid_to >= r.held_on, true)
    LEFT JOIN decided d ON d.institution_id = a.institution_id
),
held AS (
    SELECT
        institution_id,
        held_on,
        CASE WHEN bool_or(holds) THEN true WHEN count(holds) = count(*) THEN false END AS holds,
        true AS seen
    FROM covering
    GROUP BY ALL
),
judged AS (
    SELECT
        r.teacher_id,
        r.credit_year,
        CASE WHEN r.institution_id IS NOT NULL THEN CASE WHEN h.seen THEN h.holds ELSE false END END AS good
    FROM records r
    LEFT JOIN held h ON h.institution_id = r.institution_id AND h.held_on = r.held_on
)
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    CASE WHEN count_if(NOT good) > 0 OR count(good) = count(*) THEN count_if(NOT good) END AS numerator
FROM judged
GROUP BY ALL

-- clause: CQ-2013-24/12.1
SELECT y.teacher_id AS subject_id, y.year AS period, (r.teacher_id IS NOT NULL)::INTEGER AS numerator
FROM marts.teacher_year y
LEFT JOIN core.dim_teacher t ON t.teacher_id = y.teacher_id
LEFT JOIN staging.annual_review r ON r.teacher_id = y.teacher_id AND r.year = y.year AND r.result <> '未审'
-- Who no longer serves was asked from the first year of being assessed.
WHERE y.is_assessed IS NOT false OR t.status <> '在职' AND t.is_in_scope AND y.year >= t.assessed_from_year

-- clause: CQ-2013-24/13.1
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    min((e.feedback_bureau_date IS NOT NULL)::INTEGER + (e.feedback_school_date IS NOT NULL)::INTEGER) AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.completion_status = '结业'
GROUP BY e.teacher_id, e.project_id

-- clause: CQ-2013-24/13.2
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN status = '已结束' AND NOT is_school_based
        THEN coalesce(trim(followup_plan) NOT IN (
            '', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'
        ), false)::INTEGER + coalesce(followup_team_count > 0, false)::INTEGER
    END AS numerator
FROM core.dim_project
WHERE (status = '已结束' OR status IS NULL) AND is_school_based IS NOT TRUE

-- clause: CQ-2013-24/13.3
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE WHEN any_value(p.status = '已结束' AND NOT p.is_school_based) THEN count(a.doc_type) END AS numerator
FROM core.dim_project p
LEFT JOIN staging.project_archive a ON a.project_id = p.project_id AND a.doc_type IN ('名册', '学员信息表', '成绩')
WHERE (p.status = '已结束' OR p.status IS NULL) AND p.is_school_based IS NOT TRUE
GROUP BY p.project_id

-- clause: CQ-2013-24/14.1
-- by the accounts; by the budget where nothing is settled; an amount asked for that isn't on file leaves it open
WITH lines AS (
    SELECT
        f.project_id,
        f.item = '管理费' AS is_asked,
        if(coalesce(sum(f.spent) OVER (PARTITION BY f.project_id), 0) > 0, f.spent, f.budget) AS amount
    FROM staging.project_finance f
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    p.level IS NOT NULL AND count(f.project_id) > 0 AND count_if(f.is_asked AND f.amount IS NULL) = 0 AS is_told,
    CASE WHEN is_told THEN coalesce(sum(f.amount) FILTER (f.is_asked), 0) END AS numerator,
    CASE WHEN is_told THEN coalesce(sum(f.amount), 0) END AS denominator
FROM core.dim_project p
LEFT JOIN lines f ON f.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消' AND (p.level IN ('国家级', '省级', '地市级') OR p.level IS NULL)
GROUP BY p.project_id, p.level

-- clause: CQ-2013-24/14.2
-- by the accounts; by the budget where nothing is settled; an amount asked for that isn't on file leaves it open
WITH lines AS (
    SELECT
        f.project_id,
        f.item IN ('场地费', '设备费') AS is_asked,
        if(coalesce(sum(f.spent) OVER (PARTITION BY f.project_id), 0) > 0, f.spent, f.budget) AS amount
    FROM staging.project_finance f
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    p.level IS NOT NULL AND count(f.project_id) > 0 AND count_if(f.is_asked AND f.amount IS NULL) = 0 AS is_told,
    CASE WHEN is_told THEN coalesce(sum(f.amount) FILTER (f.is_asked), 0) END AS numerator,
    CASE WHEN is_told THEN coalesce(sum(f.amount), 0) END AS denominator
FROM core.dim_project p
LEFT JOIN lines f ON f.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消' AND (p.level IN ('国家级', '省级', '地市级') OR p.level IS NULL)
GROUP BY p.project_id, p.level

-- clause: CQ-2013-24/16.1
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    t.frontline AS numerator,
    t.experts AS denominator
FROM core.dim_project p
LEFT JOIN (
    SELECT t.project_id, count(*) AS experts, count(x.expert_id) AS frontline
    FROM (SELECT DISTINCT project_id, expert_id FROM staging.project_expert) t
    LEFT JOIN staging.expert x ON x.expert_id = t.expert_id AND x.employer_type = '中小学幼儿园'
    GROUP BY t.project_id
) t ON t.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消'

-- clause: CQ-2013-24/16.2
SELECT
    i.institution_id AS subject_id,
    year(as_of()) AS period,
    CASE WHEN i.is_municipal_base THEN coalesce(m.managers, 0) END AS numerator
FROM core.dim_institution i
LEFT JOIN (
    SELECT org_id, count(DISTINCT person_id) AS managers
    FROM staging.org_staff
    WHERE role = '培训管理者' AND is_fulltime
        AND coalesce(valid_from <= as_of(), true) AND coalesce(valid_to >= as_of(), true)
    GROUP BY org_id
) m ON m.org_id = i.institution_id
WHERE i.is_municipal_base IS NOT FALSE AND coalesce(i.valid_to >= as_of(), true)

-- clause: CQ-2013-24/16.3
SELECT
    unit_id AS subject_id,
    year(as_of()) AS period,
    CASE WHEN rd_establishment IS NOT NULL THEN mgmt_staff END AS numerator,
    CASE WHEN mgmt_staff IS NOT NULL THEN rd_establishment END AS denominator
FROM core.dim_unit
WHERE is_county

-- clause: CQ-2013-24/17.1
SELECT province() AS subject_id, year(as_of()) AS period, count(*) FILTER (is_practice_base) AS numerator
FROM core.dim_school

-- clause: CQ-2013-24/18.1
-- 0: the districts and counties; 1: the municipality
SELECT
    if(u.is_county, 0, 1) AS grain,
    u.unit_id AS subject_id,
    y.year AS period,
    (d.unit_id IS NOT NULL)::INTEGER AS numerator
FROM core.dim_unit u
CROSS JOIN (
    SELECT year(start_date) AS year FROM core.dim_project
    UNION
    SELECT year(end_date) AS year FROM core.dim_project
) y
LEFT JOIN staging.monitoring_doc d
    ON d.unit_id = u.unit_id AND d.year = y.year AND d.doc_type = '评估结果公布' AND d.publish_date IS NOT NULL
WHERE (u.is_county OR u.level = '省') AND y.year <= year(as_of())

-- clause: CQ-2013-24/19.1
-- 0: an institution's answers of a year and subject; 1: a project's; fewer than ten say nothing
SELECT
    0 AS grain,
    institution_id AS subject_id,
    coalesce(subject, '') AS part,
    year::VARCHAR AS period,
    CASE WHEN sum(responses_valid) >= 10 THEN sum(satisfied) END AS numerator,
    CASE WHEN sum(responses_valid) >= 10 THEN sum(responses_valid) END AS denominator
FROM core.fct_survey
WHERE survey_type = '学评教' AND is_anonymous AND institution_id IS NOT NULL AND year IS NOT NULL
GROUP BY institution_id, coalesce(subject, ''), year
UNION ALL
SELECT
    1 AS grain,
    project_id AS subject_id,
    '' AS part,
    project_id AS period,
    CASE WHEN responses_valid >= 10 THEN satisfied END AS numerator,
    CASE WHEN responses_valid >= 10 THEN responses_valid END AS denominator
FROM marts.project_satisfaction

-- clause: CQ-2013-24/19.2
-- rounds in a row, up to this one, that ended last of at least two in the subject with no more than 80 % satisfied
WITH rounds AS (
    SELECT
        institution_id,
        subject,
        evaluation_round,
        max(close_date) AS closed,
        sum(satisfied) AS satisfied,
        sum(responses_valid) AS answers
    FROM core.fct_survey
    WHERE survey_type = '学评教' AND is_anonymous
        AND institution_id IS NOT NULL AND evaluation_round IS NOT NULL AND subject <> ''
    GROUP BY institution_id, subject, evaluation_round
    HAVING answers >= 10
),
ranked AS (
    SELECT *, satisfied / answers = min(satisfied / answers) OVER rivals AND satisfied * 5 <= answers * 4 AS is_bad
    FROM rounds
    WINDOW rivals AS (PARTITION BY subject, evaluation_round)
    QUALIFY count(*) OVER rivals > 1
),
placed AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY institution_id, subject ORDER BY closed NULLS FIRST, evaluation_round
        ) AS place
    FROM ranked
)
SELECT
    institution_id AS subject_id,
    subject AS part,
    evaluation_round AS period,
    place - coalesce(max(place) FILTER (NOT is_bad) OVER (PARTITION BY institution_id, subject ORDER BY place), 0)
    AS numerator
FROM placed
