-- Zhejiang's notice on applications and choices for the first half of 2020 (ZJ-2019-357): what each clause measures.

-- clause: ZJ-2019-357/02.1
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    bool_and(e.school_review_date IS NOT NULL)::INTEGER AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1'
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/03.1
-- a leader with any post on file is regular staff of the applicant or isn't; without one it can't be told
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    max(CASE
        WHEN p.batch = '2020H1' AND s.person_id IS NOT NULL
        THEN (s.org_id = p.institution_id AND coalesce(s.employment_type IN ('在编', '正式合同'), false))::INTEGER
    END) AS numerator
FROM core.dim_project p
LEFT JOIN staging.org_staff s ON s.person_id = p.leader_id
WHERE p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)
GROUP BY p.project_id

-- clause: ZJ-2019-357/03.2
-- of several posts on file the highest title counts
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    max(CASE WHEN p.batch = '2020H1' AND p.scope = '全省' THEN (s.title_level IN ('正高', '副高'))::INTEGER END) AS numerator,
    CASE WHEN numerator IS NOT NULL THEN 1 END AS denominator
FROM core.dim_project p
LEFT JOIN staging.org_staff s ON s.person_id = p.leader_id
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.batch = '2020H1' OR p.batch IS NULL) AND (p.scope = '全省' OR p.scope IS NULL)
GROUP BY p.project_id

-- clause: ZJ-2019-357/03.3
SELECT p.leader_id AS subject_id, '2020H1' AS period, count(*) AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE p.batch = '2020H1' AND p.leader_id IS NOT NULL
GROUP BY p.leader_id

-- clause: ZJ-2019-357/03.4
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN applies THEN (delivery_mode <> '混合')::INTEGER END AS numerator,
    CASE WHEN numerator IS NOT NULL THEN 1 END AS denominator
FROM (
    SELECT project_id, delivery_mode, batch = '2020H1' AND level = '省级' AND credits_planned >= 90 AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
WHERE applies IS NOT FALSE

-- clause: ZJ-2019-357/03.5
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN is_known THEN credits_online END AS numerator,
    CASE WHEN is_known THEN credits_planned END AS denominator
FROM (
    SELECT
        project_id,
        credits_online,
        credits_planned,
        batch = '2020H1' AND delivery_mode = '混合' AND level = '省级' AND credits_planned >= 90 AS applies,
        applies AND credits_online IS NOT NULL AS is_known
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
WHERE applies IS NOT FALSE

-- clause: ZJ-2019-357/03.6
-- 0: below or beyond the province's level; 1: of the province's, but short of 90 credits (a level unknown is in both)
SELECT
    grain,
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN is_known THEN credits_online END AS numerator,
    CASE WHEN is_known THEN credits_planned END AS denominator
FROM (
    SELECT
        grain,
        project_id,
        credits_online,
        credits_planned,
        batch = '2020H1' AND delivery_mode = '混合'
        AND CASE grain WHEN 0 THEN level <> '省级' ELSE level = '省级' AND credits_planned < 90 END AS applies,
        applies AND credits_online IS NOT NULL AND credits_planned IS NOT NULL AS is_known
    FROM core.dim_project, range(2) AS grains(grain)
    WHERE status IS DISTINCT FROM '取消'
)
WHERE applies IS NOT FALSE

-- clause: ZJ-2019-357/03.7
SELECT
    c.class_id AS subject_id,
    c.class_id AS period,
    CASE WHEN p.batch = '2020H1' THEN c.start_date - c.schedule_publish_date END AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)

-- clause: ZJ-2019-357/03.8
-- items without a standard among the three, and whatever was charged without one
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN any_value(p.batch) = '2020H1'
        THEN 3 - count(*) FILTER (f.standard IS NOT NULL AND f.item IN ('培训费', '住宿费', '伙食补贴'))
            + count(*) FILTER (f.standard IS NULL AND f.received > 0)
    END AS numerator
FROM staging.project_finance f
JOIN core.dim_project p ON p.project_id = f.project_id
WHERE p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)
GROUP BY p.project_id

-- clause: ZJ-2019-357/03.9
SELECT u.unit_id AS subject_id, '2020H1' AS period, count(k.check_id) AS numerator
FROM core.dim_unit u
LEFT JOIN core.fct_spot_check k
    ON k.checker_unit_id = u.unit_id AND k.in_platform
    AND k.check_date BETWEEN DATE '2020-01-01' AND DATE '2020-06-30'
WHERE u.is_county
GROUP BY u.unit_id

-- clause: ZJ-2019-357/03.10
-- large as marked, else by its kind; approval and notice need their dates, an unknown right to withdraw stays unknown
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN is_known THEN passed END AS numerator,
    CASE WHEN is_known THEN adjustments END AS denominator
FROM (
    SELECT
        p.project_id,
        count(*) AS adjustments,
        count(*) FILTER (a.passes) AS passed,
        any_value(p.batch) IS NOT NULL AND (bool_and(a.passes) IS FALSE OR count(a.passes) = count(*)) AS is_known
    FROM (
        SELECT
            project_id,
            coalesce(approve_date <= effective_date AND notify_trainees_date <= effective_date, false)
            AND withdraw_open AS passes
        FROM staging.project_adjustment
        WHERE coalesce(is_major, adjust_type IN ('时间', '地点', '形式', '合班'))
    ) a
    JOIN core.dim_project p ON p.project_id = a.project_id
    WHERE p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)
    GROUP BY p.project_id
)

-- clause: ZJ-2019-357/04.1
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN i.institution_name IS NOT NULL THEN p.projects END AS numerator
FROM (
    SELECT institution_id, count(*) AS projects
    FROM core.dim_project
    WHERE batch = '2020H1' AND scope = '全省' AND delivery_mode <> '网络'
    GROUP BY institution_id
) p
LEFT JOIN core.dim_institution i ON i.institution_id = p.institution_id
WHERE i.institution_name IN ('浙江师范大学', '杭州师范大学') OR i.institution_name IS NULL

-- clause: ZJ-2019-357/04.2
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN i.institution_name IS NOT NULL THEN p.projects END AS numerator
FROM (
    SELECT institution_id, count(*) AS projects
    FROM core.dim_project
    WHERE batch = '2020H1' AND scope = '全省' AND delivery_mode <> '网络'
    GROUP BY institution_id
) p
LEFT JOIN core.dim_institution i ON i.institution_id = p.institution_id
WHERE i.institution_name NOT IN ('浙江师范大学', '杭州师范大学') OR i.institution_name IS NULL

-- clause: ZJ-2019-357/04.3
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN i.is_remote_provider THEN p.projects END AS numerator
FROM (
    SELECT institution_id, count(*) AS projects
    FROM core.dim_project
    WHERE batch = '2020H1' AND scope = '全省' AND delivery_mode = '网络'
    GROUP BY institution_id
) p
LEFT JOIN core.dim_institution i ON i.institution_id = p.institution_id
WHERE i.is_remote_provider IS NOT FALSE

-- clause: ZJ-2019-357/04.4
-- accredited less than a year before applications opened on 2019-12-26
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN a.first_accredited IS NOT NULL THEN p.projects END AS numerator
FROM (
    SELECT institution_id, count(*) AS projects
    FROM core.dim_project
    WHERE batch = '2020H1' AND scope = '全省'
    GROUP BY institution_id
) p
LEFT JOIN (
    SELECT institution_id, min(coalesce(first_valid_from, valid_from)) AS first_accredited
    FROM staging.institution_accreditation
    GROUP BY institution_id
) a ON a.institution_id = p.institution_id
WHERE a.first_accredited >= DATE '2018-12-27' OR a.first_accredited IS NULL

-- clause: ZJ-2019-357/04.5
SELECT
    q.scope_id AS subject_id,
    q.batch AS period,
    CASE WHEN q.max_projects IS NOT NULL THEN count(p.project_id) END AS numerator,
    q.max_projects AS denominator
FROM staging.quota q
SEMI JOIN core.dim_unit u ON u.unit_id = q.scope_id AND u.is_county
LEFT JOIN core.dim_project p ON p.county_unit_id = q.scope_id AND p.batch = q.batch AND p.scope <> '全省'
WHERE q.batch = '2020H1'
GROUP BY q.scope_id, q.batch, q.max_projects

-- clause: ZJ-2019-357/05.1
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN batch = '2020H1' THEN apply_date - DATE '1970-01-01' END AS numerator
FROM core.dim_project
WHERE status IS DISTINCT FROM '取消' AND (batch = '2020H1' OR batch IS NULL)

-- clause: ZJ-2019-357/05.2
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN batch = '2020H1' THEN review_date - DATE '1970-01-01' END AS numerator
FROM core.dim_project
WHERE status IS DISTINCT FROM '取消' AND (batch = '2020H1' OR batch IS NULL)

-- clause: ZJ-2019-357/05.3
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN batch = '2020H1' THEN publish_date - DATE '1970-01-01' END AS numerator
FROM core.dim_project
WHERE status IS DISTINCT FROM '取消' AND (batch = '2020H1' OR batch IS NULL)

-- clause: ZJ-2019-357/05.4
SELECT
    c.class_id AS subject_id,
    c.class_id AS period,
    CASE WHEN p.batch = '2020H1' THEN c.start_date - DATE '1970-01-01' END AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)

-- clause: ZJ-2019-357/05.5
-- the platform keeps the last update only: a later one says nothing of the window
SELECT
    teacher_id AS subject_id,
    year(as_of()) AS period,
    CASE
        WHEN is_in_scope AND last_updated::DATE <= DATE '2020-01-15' THEN last_updated::DATE - DATE '1970-01-01'
    END AS numerator
FROM core.dim_teacher
WHERE is_in_scope IS NOT FALSE

-- clause: ZJ-2019-357/05.6
SELECT e.teacher_id AS subject_id, e.project_id AS period, max(e.select_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 1
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/05.7
SELECT e.teacher_id AS subject_id, e.project_id AS period, max(e.select_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 2
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/05.8
-- first round: whatever became of the choice or its project; second round: choices in projects that were not cancelled
SELECT teacher_id AS subject_id, '2020H1' AS period, CASE WHEN first_round > 0 THEN 0 ELSE second_round END AS numerator
FROM (
    SELECT
        e.teacher_id,
        count(*) FILTER (e.round = 1) AS first_round,
        count(p.project_id) FILTER (e.round = 2) AS second_round
    FROM staging.enrollment e
    LEFT JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
    WHERE e.batch = '2020H1' AND e.round IN (1, 2)
    GROUP BY e.teacher_id
)
WHERE second_round > 0

-- clause: ZJ-2019-357/05.9
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    bool_and(coalesce(
        e.select_date::DATE <= e.school_review_date::DATE
        AND e.school_review_date::DATE <= e.institution_confirm_date::DATE, false
    ))::INTEGER AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.completion_status <> '退选'
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/06.1
WITH asked AS (
    SELECT project_id, batch
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消' AND (batch = '2020H1' OR batch IS NULL)
),
teams AS (
    SELECT DISTINCT t.project_id, t.expert_id
    FROM staging.project_expert t
    SEMI JOIN asked a ON a.project_id = t.project_id
)
SELECT
    a.project_id AS subject_id,
    a.project_id AS period,
    CASE WHEN a.batch IS NOT NULL THEN count(x.expert_id) END AS numerator,
    CASE WHEN a.batch IS NOT NULL THEN count(t.expert_id) END AS denominator
FROM asked a
LEFT JOIN teams t ON t.project_id = a.project_id
LEFT JOIN staging.expert x
    ON x.expert_id = t.expert_id AND x.name IS NOT NULL AND x.employer IS NOT NULL AND x.employer_type IS NOT NULL
    AND x.title IS NOT NULL AND x.subject IS NOT NULL AND x.work_region_code IS NOT NULL
GROUP BY a.project_id, a.batch

-- clause: ZJ-2019-357/A3.1
SELECT
    province() AS subject_id,
    batch AS period,
    (date_from >= DATE '2020-01-21' AND date_to <= DATE '2020-02-05')::INTEGER AS numerator,
    CASE WHEN numerator IS NOT NULL THEN 1 END AS denominator
FROM staging.batch_calendar
WHERE batch = '2020H1' AND stage = '浏览'

-- clause: ZJ-2019-357/A3.2
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    max(e.school_review_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 1
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/A3.3
SELECT
    c.class_id AS subject_id,
    c.class_id AS period,
    CASE WHEN p.batch = '2020H1' THEN c.expansion_apply_date - DATE '1970-01-01' END AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE c.expansion_apply_date IS NOT NULL AND c.status IS DISTINCT FROM '取消'
    AND p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)

-- clause: ZJ-2019-357/A3.4
SELECT
    c.class_id AS subject_id,
    c.class_id AS period,
    CASE WHEN p.batch = '2020H1' THEN c.expansion_approve_date - DATE '1970-01-01' END AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE c.expansion_approve_date IS NOT NULL AND c.status IS DISTINCT FROM '取消'
    AND p.status IS DISTINCT FROM '取消' AND (p.batch = '2020H1' OR p.batch IS NULL)

-- clause: ZJ-2019-357/A3.5
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    max(e.institution_confirm_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 1
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/A3.6
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    max(e.school_review_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 2
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/A3.7
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    max(e.institution_confirm_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 2
GROUP BY e.teacher_id, e.project_id
