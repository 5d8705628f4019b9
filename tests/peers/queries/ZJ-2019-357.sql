-- Zhejiang's notice on applications and choices for the first half of 2020 (ZJ-2019-357): what each clause measures.

-- clause: ZJ-2019-357/02.1
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    bool_and((e.school_review_date IS NOT NULL AND e.school_review_result IS DISTINCT FROM '待审'))::INTEGER AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1'
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/03.1
-- The leader's posts at the applying institution on the day it applied.
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN any_value(p.batch) IS NULL OR count(s.person_id) = 0 THEN NULL
        WHEN count(*) FILTER (s.is_here) = 0 THEN 0
        WHEN bool_or(s.is_regular) FILTER (s.is_here) THEN 1
        WHEN count(*) FILTER (s.is_here AND s.is_regular IS NULL) = 0 THEN 0
    END AS numerator
FROM core.dim_project p
LEFT JOIN LATERAL (
    SELECT
        person_id,
        employment_type IN ('在编', '正式合同') AS is_regular,
        coalesce(org_id = p.institution_id, false)
        AND coalesce(valid_from <= coalesce(p.apply_date, p.start_date), true)
        AND coalesce(valid_to >= coalesce(p.apply_date, p.start_date), true) AS is_here
    FROM staging.org_staff
    WHERE person_id = p.leader_id
) s ON true
WHERE p.status IS DISTINCT FROM '取消' AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false) AND (p.batch = '2020H1' OR p.batch IS NULL)
GROUP BY p.project_id

-- clause: ZJ-2019-357/03.2
-- of several posts held on the day of application the highest title counts
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    max(CASE WHEN p.batch = '2020H1' AND p.scope = '全省' THEN (s.title_level IN ('正高', '副高'))::INTEGER END) AS numerator,
    CASE WHEN numerator IS NOT NULL THEN 1 END AS denominator
FROM core.dim_project p
LEFT JOIN staging.org_staff s
    ON s.person_id = p.leader_id
    AND coalesce(s.valid_from <= coalesce(p.apply_date, p.start_date), true)
    AND coalesce(s.valid_to >= coalesce(p.apply_date, p.start_date), true)
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.batch = '2020H1' OR p.batch IS NULL) AND (p.scope = '全省' OR p.scope IS NULL)
GROUP BY p.project_id

-- clause: ZJ-2019-357/03.3
SELECT p.leader_id AS subject_id, '2020H1' AS period, count(*) AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE p.batch = '2020H1' AND p.leader_id IS NOT NULL AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
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
-- items without a standard among the three, and whatever was charged without one; schools' own plans charge nothing
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN any_value(p.batch) = '2020H1' AND count(f.project_id) > 0
        THEN 3 - count(*) FILTER (f.standard IS NOT NULL AND f.item IN ('培训费', '住宿费', '伙食补贴'))
            + count(*) FILTER (f.standard IS NULL AND f.received > 0)
    END AS numerator
FROM core.dim_project p
LEFT JOIN staging.project_finance f ON f.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消' AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false) AND (p.batch = '2020H1' OR p.batch IS NULL)
GROUP BY p.project_id

-- clause: ZJ-2019-357/03.9
SELECT (NOT u.is_county)::INTEGER AS grain, u.unit_id AS subject_id, '2020H1' AS period, count(k.check_id) AS numerator
FROM core.dim_unit u
LEFT JOIN core.fct_spot_check k
    ON k.checker_unit_id = u.unit_id AND k.in_platform
    AND k.check_date BETWEEN DATE '2020-01-01' AND DATE '2020-06-30'
WHERE u.is_county OR u.level = '市'
GROUP BY u.unit_id, u.is_county

-- clause: ZJ-2019-357/03.10
-- A change of courses, experts or hours that nobody flagged is measured against the plan announced (version 1); one
-- that nobody handed in is a change too.
WITH versions AS (
    SELECT
        project_id,
        min(plan_version) AS earliest,
        max(plan_version) AS latest,
        count(DISTINCT plan_version) AS versions
    FROM staging.project_plan_course
    WHERE plan_version >= 1
    GROUP BY project_id
),
lines AS (
    SELECT c.project_id, c.course_id, c.expert_id, c.hours, v.earliest = c.plan_version AS is_first,
        v.latest = c.plan_version AS is_last
    FROM staging.project_plan_course c
    JOIN versions v USING (project_id)
    WHERE c.plan_version IN (v.earliest, v.latest)
),
courses AS (
    SELECT project_id, count(*) FILTER (NOT stays) * 3 >= count(*) AS is_large
    FROM (SELECT project_id, bool_or(is_last) AS stays FROM lines GROUP BY project_id, course_id HAVING bool_or(is_first))
    GROUP BY project_id
),
experts AS (
    SELECT project_id, count(*) FILTER (NOT stays) * 3 >= count(*) AS is_large
    FROM (
        SELECT project_id, bool_or(is_last) AS stays
        FROM lines
        WHERE expert_id IS NOT NULL
        GROUP BY project_id, expert_id
        HAVING bool_or(is_first)
    )
    GROUP BY project_id
),
hours AS (
    SELECT
        project_id,
        coalesce(sum(hours) FILTER (is_first), 0) AS first_hours,
        coalesce(sum(hours) FILTER (is_last), 0) AS last_hours
    FROM lines
    GROUP BY project_id
),
measured AS (
    SELECT
        project_id,
        CASE
            WHEN v.versions > 1 AND v.earliest = 1
                THEN c.is_large OR coalesce(e.is_large, false)
                    OR (h.first_hours > 0 AND (h.first_hours - h.last_hours) * 5 >= h.first_hours)
        END AS is_large
    FROM versions v
    JOIN courses c USING (project_id)
    JOIN hours h USING (project_id)
    LEFT JOIN experts e USING (project_id)
),
changes AS (
    SELECT project_id, adjust_type, is_major, approve_date, effective_date, notify_trainees_date, withdraw_open,
        approver_unit_id
    FROM staging.project_adjustment
    UNION ALL BY NAME
    SELECT project_id, '课程' AS adjust_type, true AS is_major
    FROM measured m
    WHERE is_large
        AND NOT EXISTS (
            FROM staging.project_adjustment a
            WHERE a.project_id = m.project_id AND a.adjust_type IN ('课程', '专家', '学时')
        )
),
sized AS (
    SELECT
        a.*,
        p.batch,
        CASE
            WHEN a.is_major OR (a.adjust_type IN ('课程', '专家', '学时') AND m.is_large) THEN true
            WHEN a.is_major IS NOT NULL THEN a.is_major
            WHEN a.adjust_type IN ('时间', '地点', '形式', '合班') THEN true
            WHEN a.adjust_type IN ('课程', '专家', '学时') THEN m.is_large
            WHEN a.adjust_type IS NOT NULL THEN false
        END AS is_large,
        coalesce(a.effective_date >= as_of(), false) AS waits,
        a.approver_unit_id IS NOT NULL
            AND coalesce(i.unit_id, i.county_id, i.city_id, p.county_unit_id) IS NOT NULL
            AND a.approver_unit_id NOT IN (
                coalesce(i.unit_id, ''), coalesce(i.county_id, ''), coalesce(i.city_id, ''),
                coalesce(p.county_unit_id, ''), province()
            ) AS is_wrong
    FROM changes a
    JOIN core.dim_project p USING (project_id)
    LEFT JOIN core.dim_institution i USING (institution_id)
    LEFT JOIN measured m USING (project_id)
    WHERE p.status IS DISTINCT FROM '取消'
),
judged AS (
    SELECT
        *,
        NOT is_large OR CASE
            WHEN approve_date IS NULL AND waits THEN NULL
            WHEN approve_date IS NULL OR is_wrong THEN false
            ELSE approve_date <= effective_date
        END AS approved,
        NOT is_large OR CASE
            WHEN notify_trainees_date IS NULL AND waits THEN NULL
            WHEN notify_trainees_date IS NULL THEN false
            ELSE notify_trainees_date <= effective_date
        END AS told
    FROM sized
    WHERE is_large IS NOT false
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN any_value(batch) IS NOT NULL AND (count(*) FILTER (NOT passes) > 0 OR count(passes) = count(*))
            THEN count(*) FILTER (passes)
    END AS numerator,
    CASE WHEN numerator IS NOT NULL THEN count(*) END AS denominator
FROM (SELECT *, approved AND told AND withdraw_open AS passes FROM judged WHERE batch = '2020H1' OR batch IS NULL)
GROUP BY project_id

-- clause: ZJ-2019-357/04.1
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN i.institution_name IS NOT NULL AND NOT goes_on THEN p.projects END AS numerator
FROM (
    -- Online projects of an institution for remote training have a cap of their own (04.3).
    SELECT p.institution_id, count(*) AS projects
    FROM core.dim_project p
    LEFT JOIN core.dim_institution i ON i.institution_id = p.institution_id
    WHERE p.batch = '2020H1' AND p.scope = '全省' AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
        AND NOT coalesce((i.is_remote_provider OR i.institution_type = '远程机构') AND p.delivery_mode = '网络', false)
    GROUP BY p.institution_id
) p
LEFT JOIN (
    -- Part of a university with a cap of its own, or another body: the name alone can't tell.
    SELECT *, coalesce(regexp_matches(institution_name, '^(浙江师范大学|杭州师范大学).'), false) AS goes_on
    FROM core.dim_institution
) i ON i.institution_id = p.institution_id
WHERE i.institution_name IN ('浙江师范大学', '杭州师范大学') OR i.institution_name IS NULL OR goes_on

-- clause: ZJ-2019-357/04.2
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN i.institution_name IS NOT NULL AND NOT goes_on THEN p.projects END AS numerator
FROM (
    -- Online projects of an institution for remote training have a cap of their own (04.3).
    SELECT p.institution_id, count(*) AS projects
    FROM core.dim_project p
    LEFT JOIN core.dim_institution i ON i.institution_id = p.institution_id
    WHERE p.batch = '2020H1' AND p.scope = '全省' AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
        AND NOT coalesce((i.is_remote_provider OR i.institution_type = '远程机构') AND p.delivery_mode = '网络', false)
    GROUP BY p.institution_id
) p
LEFT JOIN (
    -- Part of a university with a cap of its own, or another body: the name alone can't tell.
    SELECT *, coalesce(regexp_matches(institution_name, '^(浙江师范大学|杭州师范大学).'), false) AS goes_on
    FROM core.dim_institution
) i ON i.institution_id = p.institution_id
WHERE i.institution_name NOT IN ('浙江师范大学', '杭州师范大学') OR i.institution_name IS NULL OR goes_on

-- clause: ZJ-2019-357/04.3
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    count(*) AS numerator
FROM core.dim_project p
JOIN core.dim_institution i ON i.institution_id = p.institution_id
WHERE p.batch = '2020H1' AND p.scope = '全省' AND p.delivery_mode = '网络' AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
    AND (i.is_remote_provider OR i.institution_type = '远程机构')
GROUP BY p.institution_id

-- clause: ZJ-2019-357/04.4
-- accredited less than a year before applications opened on 2019-12-26
SELECT
    p.institution_id AS subject_id,
    '2020H1' AS period,
    CASE WHEN a.first_accredited IS NOT NULL THEN p.projects END AS numerator
FROM (
    SELECT institution_id, count(*) AS projects
    FROM core.dim_project
    WHERE batch = '2020H1' AND scope = '全省' AND NOT coalesce(is_school_based, delivery_mode = '校本', false)
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
    AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
WHERE q.batch = '2020H1'
GROUP BY q.scope_id, q.batch, q.max_projects

-- clause: ZJ-2019-357/05.1
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN batch = '2020H1' THEN apply_date - DATE '1970-01-01' END AS numerator
FROM core.dim_project
WHERE status IS DISTINCT FROM '取消' AND NOT coalesce(is_school_based, delivery_mode = '校本', false) AND (batch = '2020H1' OR batch IS NULL)

-- clause: ZJ-2019-357/05.2
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN batch = '2020H1' THEN review_date - DATE '1970-01-01' END AS numerator
FROM core.dim_project
WHERE status IS DISTINCT FROM '取消' AND NOT coalesce(is_school_based, delivery_mode = '校本', false) AND (batch = '2020H1' OR batch IS NULL)

-- clause: ZJ-2019-357/05.3
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN batch = '2020H1' THEN publish_date - DATE '1970-01-01' END AS numerator
FROM core.dim_project
WHERE status IS DISTINCT FROM '取消' AND NOT coalesce(is_school_based, delivery_mode = '校本', false) AND (batch = '2020H1' OR batch IS NULL)

-- clause: ZJ-2019-357/05.4
SELECT
    c.class_id AS subject_id,
    c.class_id AS period,
    CASE WHEN p.batch = '2020H1' THEN coalesce(least(c.start_date, c.end_date), c.start_date, c.end_date) - DATE '1970-01-01' END AS numerator
FROM staging.class c
JOIN core.dim_project p ON p.project_id = c.project_id
WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消' AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
    AND (p.batch = '2020H1' OR p.batch IS NULL)

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
SELECT e.teacher_id AS subject_id, e.project_id AS period, min(e.select_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 1
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/05.7
SELECT e.teacher_id AS subject_id, e.project_id AS period, min(e.select_date)::DATE - DATE '1970-01-01' AS numerator
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
        e.select_date::DATE <= (CASE WHEN e.school_review_result IS DISTINCT FROM '待审' THEN e.school_review_date END)::DATE
        AND (CASE WHEN e.school_review_result IS DISTINCT FROM '待审' THEN e.school_review_date END)::DATE <= e.institution_confirm_date::DATE, false
    ))::INTEGER AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.completion_status <> '退选'
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/06.1
WITH asked AS (
    SELECT project_id, batch
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消' AND NOT coalesce(is_school_based, delivery_mode = '校本', false) AND (batch = '2020H1' OR batch IS NULL)
),
teams AS (
    SELECT DISTINCT t.project_id, t.expert_id
    FROM staging.project_expert t
    SEMI JOIN asked a ON a.project_id = t.project_id
)
SELECT
    a.project_id AS subject_id,
    a.project_id AS period,
    CASE WHEN a.batch IS NOT NULL AND count(t.expert_id) > 0 THEN count(x.expert_id) END AS numerator,
    CASE WHEN a.batch IS NOT NULL THEN nullif(count(t.expert_id), 0) END AS denominator
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
    min(CASE WHEN e.school_review_result IS DISTINCT FROM '待审' THEN e.school_review_date END)::DATE - DATE '1970-01-01' AS numerator
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
    min(e.institution_confirm_date)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 1
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/A3.6
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    min(CASE WHEN e.school_review_result IS DISTINCT FROM '待审' THEN e.school_review_date END)::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 2
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2019-357/A3.7
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    min(least(e.institution_confirm_date, e.notice_date))::DATE - DATE '1970-01-01' AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.batch = '2020H1' AND e.round = 2
GROUP BY e.teacher_id, e.project_id
