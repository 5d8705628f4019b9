-- 浙师质监〔2014〕4号第十九条至第三十二条：质量监控、违规处理和施行日。

-- clause: ZJ-2014-04/19.1
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT u.unit_id AS subject_id, years.year AS period, count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id
    AND d.year = years.year
    AND d.doc_type = '质量年度报告'
    AND d.publish_date <= make_date(d.year + 1, 12, 31)
WHERE u.level = '省'
GROUP BY u.unit_id, years.year

-- clause: ZJ-2014-04/20.1
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT u.unit_id AS subject_id, years.year AS period, count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id
    AND d.year = years.year
    AND d.doc_type IN ('统计报表', '年度总结')
    AND d.submit_date IS NOT NULL
WHERE u.is_county
GROUP BY u.unit_id, years.year

-- clause: ZJ-2014-04/21.1
SELECT
    institution_id AS subject_id,
    year(as_of()) AS period,
    CASE
        WHEN institution_type IS NOT NULL
        THEN coalesce(NOT list_contains(blank, trim(quality_dept)), false)::INTEGER
            + coalesce(NOT list_contains(blank, trim(quality_owner)), false)::INTEGER
            + coalesce(has_quality_rules, false)::INTEGER
    END AS numerator
FROM staging.institution
CROSS JOIN (SELECT ['', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'] AS blank)
WHERE coalesce(institution_type NOT IN ('学校', '非培训机构部门'), true) AND coalesce(valid_to >= as_of(), true)

-- clause: ZJ-2014-04/22.1
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
),
looked_at AS (
    SELECT unit_id, year, count(DISTINCT item) AS items
    FROM (SELECT checker_unit_id AS unit_id, year, unnest(content_codes) AS item FROM core.fct_spot_check)
    GROUP BY unit_id, year
)
SELECT u.unit_id AS subject_id, years.year AS period, coalesce(looked_at.items, 0) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN looked_at ON looked_at.unit_id = u.unit_id AND looked_at.year = years.year
WHERE u.is_county

-- clause: ZJ-2014-04/23.0
SELECT
    checker_unit_id AS subject_id,
    year AS period,
    count(*) FILTER (len(method_codes) > 0) AS numerator,
    count(*) AS denominator
FROM core.fct_spot_check
GROUP BY checker_unit_id, year

-- clause: ZJ-2014-04/23.1
SELECT unit_id AS subject_id, year AS period, projects_checked AS numerator, projects AS denominator
FROM marts.county_spot_check

-- clause: ZJ-2014-04/23.2
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
),
heard AS (
    SELECT unit_id, year(date) AS year, count(DISTINCT session_id) AS sessions
    FROM staging.class_observation
    WHERE observer_role = '分管局长' AND is_random IS DISTINCT FROM false
    GROUP BY ALL
)
SELECT u.unit_id AS subject_id, years.year AS period, coalesce(heard.sessions, 0) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN heard ON heard.unit_id = u.unit_id AND heard.year = years.year
WHERE u.is_county

-- clause: ZJ-2014-04/23.3
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
),
in_post AS (
    SELECT DISTINCT s.person_id, years.year
    FROM staging.org_staff AS s
    JOIN core.dim_unit AS u ON u.unit_id = s.org_id AND u.is_county
    JOIN years
        ON years.year >= coalesce(year(s.valid_from), years.year)
        AND years.year <= coalesce(year(s.valid_to), years.year)
    WHERE s.role = '相关管理人员'
),
heard AS (
    SELECT observer_id, year(date) AS year, count(DISTINCT session_id) AS sessions
    FROM staging.class_observation
    WHERE observer_role = '相关管理人员' AND is_random IS DISTINCT FROM false
    GROUP BY ALL
)
SELECT in_post.person_id AS subject_id, in_post.year AS period, coalesce(heard.sessions, 0) AS numerator
FROM in_post
LEFT JOIN heard ON heard.observer_id = in_post.person_id AND heard.year = in_post.year

-- clause: ZJ-2014-04/24.1
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT u.unit_id AS subject_id, years.year AS period, count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id AND d.year = years.year AND d.doc_type = '年度计划'
WHERE u.is_county
GROUP BY u.unit_id, years.year

-- clause: ZJ-2014-04/24.2
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT u.unit_id AS subject_id, years.year AS period, count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id
    AND d.year = years.year
    AND d.doc_type IN ('统计报表', '年度总结')
    AND d.submit_date <= make_date(d.year, 12, 31)
WHERE u.is_county
GROUP BY u.unit_id, years.year

-- clause: ZJ-2014-04/24.3
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT u.unit_id AS subject_id, years.year AS period, count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id
    AND d.year = years.year
    AND d.doc_type = '质量年度报告'
    AND d.publish_date <= make_date(d.year + 1, 3, 31)
WHERE u.level = '省'
GROUP BY u.unit_id, years.year

-- clause: ZJ-2014-04/26.1
WITH suspected AS (
    SELECT clause_id, subject_type, subject_id, period
    FROM findings
    WHERE verdict = 'not_met'
        AND clause_id IN (
            'ZJ-2014-04/27.2', 'ZJ-2014-04/27.3', 'ZJ-2014-04/27.4',
            'ZJ-2014-04/27.6', 'ZJ-2014-04/27.7', 'ZJ-2014-04/28.3'
        )
    -- Below 60 % is below 70 % too, and judged once.
    QUALIFY clause_id <> 'ZJ-2014-04/27.6'
        OR NOT bool_or(clause_id = 'ZJ-2014-04/28.3') OVER (PARTITION BY subject_type, subject_id, period)
),
triggers AS (
    SELECT DISTINCT
        s.clause_id,
        CASE WHEN s.subject_type = 'project' THEN p.institution_id ELSE s.subject_id END AS institution_id,
        CASE WHEN s.subject_type = 'project' THEN year(p.end_date) ELSE s.period[:4]::BIGINT END AS year
    FROM suspected AS s
    LEFT JOIN core.dim_project AS p ON p.project_id = s.subject_id AND s.subject_type = 'project'
),
decided AS (
    SELECT institution_id, basis_clause AS clause_id, max(year(decision_date)) AS last_year
    FROM staging.sanction
    GROUP BY institution_id, basis_clause
)
SELECT
    t.institution_id AS subject_id,
    t.year AS period,
    count(*) FILTER (d.last_year >= t.year) AS numerator,
    count(*) AS denominator
FROM triggers AS t
LEFT JOIN decided AS d USING (institution_id, clause_id)
WHERE t.institution_id IS NOT NULL
GROUP BY t.institution_id, t.year

-- clause: ZJ-2014-04/27.0
WITH spans AS (
    SELECT
        sanction_id,
        institution_id,
        coalesce(start, decision_date) AS first_day,
        coalesce("end", as_of()) AS last_day
    FROM staging.sanction
    WHERE type = '限期整改'
),
limits AS (
    SELECT scope_id AS institution_id, max(max_projects) AS projects FROM staging.quota GROUP BY scope_id
)
SELECT
    s.institution_id AS subject_id,
    s.sanction_id AS period,
    count(*) FILTER (p.apply_date BETWEEN s.first_day AND s.last_day) AS numerator,
    coalesce(
        limits.projects,
        count(*) FILTER (
            p.apply_date >= s.first_day - (s.last_day - s.first_day + 1)::INTEGER AND p.apply_date < s.first_day
        )
    ) AS denominator
FROM spans AS s
LEFT JOIN core.dim_project AS p USING (institution_id)
LEFT JOIN limits ON limits.institution_id = s.institution_id
GROUP BY s.institution_id, s.sanction_id, limits.projects

-- clause: ZJ-2014-04/27.1
WITH classes AS (
    SELECT c.project_id, bool_or(heads.class_id IS NULL) AS has_no_head
    FROM staging.class AS c
    LEFT JOIN (SELECT DISTINCT class_id FROM staging.class_staff WHERE role = '班主任') AS heads USING (class_id)
    WHERE c.status IS DISTINCT FROM '取消'
    GROUP BY c.project_id
),
-- Nobody marks attendance online: whoever has begun to learn was there. Where nobody has, the dump doesn't tell.
learning AS (
    SELECT DISTINCT enrollment_id FROM staging.online_progress SEMI JOIN staging.enrollment USING (enrollment_id)
),
trainees AS (
    SELECT
        e.project_id,
        bool_and(marked.enrollment_id IS NULL) AS has_no_attendance,
        CASE WHEN EXISTS (FROM learning) THEN bool_and(learning.enrollment_id IS NULL) END AS has_no_progress
    FROM staging.enrollment AS e
    LEFT JOIN (SELECT DISTINCT enrollment_id FROM staging.attendance) AS marked USING (enrollment_id)
    LEFT JOIN learning USING (enrollment_id)
    GROUP BY e.project_id
),
checked AS (
    SELECT DISTINCT project_id FROM core.fct_spot_check WHERE finding_code IN ('制度', '专人', '考勤', '秩序')
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    -- A sign that cannot be told does not count.
    CASE
        WHEN NOT p.is_school_based
        THEN coalesce(NOT i.has_quality_rules, false)::INTEGER
            + classes.has_no_head::INTEGER
            + coalesce(
                trainees.has_no_attendance AND (trainees.has_no_progress OR p.delivery_mode <> '网络'), false
            )::INTEGER
            + (checked.project_id IS NOT NULL)::INTEGER
    END AS numerator
FROM core.dim_project AS p
JOIN classes USING (project_id)
LEFT JOIN core.dim_institution AS i USING (institution_id)
LEFT JOIN trainees ON trainees.project_id = p.project_id
LEFT JOIN checked ON checked.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消'
    AND p.end_date < as_of()
    AND p.is_school_based IS NOT TRUE

-- clause: ZJ-2014-04/27.2
WITH hours AS (
    SELECT
        e.project_id,
        coalesce(sum(a.session_hours) FILTER (a.status IN ('到', '迟到', '早退', '公假')), 0) AS attended,
        coalesce(sum(a.session_hours), 0) AS expected
    FROM staging.attendance AS a
    JOIN staging.enrollment AS e USING (enrollment_id)
    WHERE e.checkin_status IS DISTINCT FROM '未报到'
    GROUP BY e.project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE WHEN p.end_date < as_of() AND NOT p.is_school_based THEN hours.attended END AS numerator,
    CASE WHEN p.end_date < as_of() AND NOT p.is_school_based THEN hours.expected END AS denominator
FROM core.dim_project AS p
LEFT JOIN hours USING (project_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND coalesce(p.end_date < as_of() AND NOT p.is_school_based, true)

-- clause: ZJ-2014-04/27.3
-- A timetable has no hours online: those are taken as taught.
WITH of_class AS (
    SELECT class_id, coalesce(sum(hours) FILTER (held IS DISTINCT FROM false), 0) AS hours
    FROM staging.schedule
    GROUP BY class_id
),
taught AS (
    SELECT c.project_id, min(of_class.hours) AS hours
    FROM staging.class AS c
    JOIN of_class USING (class_id)
    WHERE c.status IS DISTINCT FROM '取消'
    GROUP BY c.project_id
),
projects AS (
    SELECT
        p.project_id,
        taught.hours AS taught,
        CASE
            WHEN p.end_date < as_of() AND NOT p.is_school_based
            THEN coalesce(p.hours_planned_approved, p.hours_planned)
        END AS promised,
        CASE WHEN p.delivery_mode IN ('网络', '混合') THEN p.hours_online ELSE coalesce(p.hours_online, 0) END AS online
    FROM core.dim_project AS p
    LEFT JOIN taught USING (project_id)
    WHERE p.status IS DISTINCT FROM '取消'
        AND coalesce(p.end_date < as_of() AND NOT p.is_school_based, true)
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    -- greatest() looks past nulls.
    CASE WHEN told THEN greatest(promised - online - taught, 0) END AS numerator,
    CASE WHEN told THEN promised END AS denominator
FROM (SELECT *, promised IS NOT NULL AND online IS NOT NULL AND taught IS NOT NULL AS told FROM projects)

-- clause: ZJ-2014-04/27.4
WITH versions AS (
    SELECT project_id, min(plan_version) AS earliest, max(plan_version) AS latest
    FROM staging.project_plan_course
    GROUP BY project_id
),
lines AS (
    SELECT c.project_id, c.course_id, c.expert_id, v.earliest = c.plan_version AS is_first
    FROM staging.project_plan_course AS c
    JOIN versions AS v USING (project_id)
    WHERE v.earliest < v.latest AND c.plan_version IN (v.earliest, v.latest)
),
courses AS (
    SELECT project_id, count(*) AS whole, count(*) FILTER (is_gone) AS gone
    FROM (
        SELECT project_id, bool_and(is_first) AS is_gone
        FROM lines
        GROUP BY project_id, course_id
        HAVING bool_or(is_first)
    )
    GROUP BY project_id
),
experts AS (
    SELECT project_id, count(*) AS whole, count(*) FILTER (is_gone) AS gone
    FROM (
        SELECT project_id, bool_and(is_first) AS is_gone
        FROM lines
        WHERE expert_id IS NOT NULL
        GROUP BY project_id, expert_id
        HAVING bool_or(is_first)
    )
    GROUP BY project_id
),
approved AS (
    SELECT project_id
    FROM staging.project_adjustment
    WHERE adjust_type IN ('课程', '专家')
    GROUP BY project_id
    HAVING bool_and(coalesce(approve_date <= effective_date, false))
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN approved.project_id IS NOT NULL THEN NULL
        WHEN experts.gone * courses.whole > courses.gone * experts.whole THEN experts.gone
        ELSE courses.gone
    END AS numerator,
    CASE
        WHEN approved.project_id IS NOT NULL THEN NULL
        WHEN experts.gone * courses.whole > courses.gone * experts.whole THEN experts.whole
        ELSE courses.whole
    END AS denominator
FROM core.dim_project AS p
JOIN versions USING (project_id)
LEFT JOIN courses USING (project_id)
LEFT JOIN experts USING (project_id)
LEFT JOIN approved ON approved.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/27.5
WITH sessions AS (
    SELECT
        c.project_id,
        s.class_id,
        coalesce(c.project_plan_id, c.project_id) AS plan_id,
        s.expert_id,
        s.venue_id,
        s.date,
        s.session_start,
        coalesce(s.merge_approve_date <= s.date, false) AS is_approved
    FROM staging.schedule AS s
    JOIN staging.class AS c USING (class_id)
    WHERE s.held IS DISTINCT FROM false
        AND c.status IS DISTINCT FROM '取消'
        AND s.expert_id IS NOT NULL
        AND s.venue_id IS NOT NULL
        AND s.date IS NOT NULL
        AND s.session_start IS NOT NULL
),
together AS (
    SELECT plan_id, expert_id, venue_id, date, session_start
    FROM sessions
    GROUP BY ALL
    HAVING min(class_id) < max(class_id)
),
merged AS (
    SELECT s.project_id, count(*) AS sessions
    FROM sessions AS s
    SEMI JOIN together USING (plan_id, expert_id, venue_id, date, session_start)
    WHERE NOT s.is_approved
    GROUP BY s.project_id
)
SELECT p.project_id AS subject_id, p.project_id AS period, coalesce(merged.sessions, 0) AS numerator
FROM core.dim_project AS p
LEFT JOIN merged USING (project_id)
WHERE p.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/27.6
SELECT
    0 AS grain,
    institution_id AS subject_id,
    year::VARCHAR AS period,
    CASE WHEN responses_valid >= 10 THEN satisfied END AS numerator,
    CASE WHEN responses_valid >= 10 THEN responses_valid END AS denominator
FROM marts.institution_satisfaction
UNION ALL
SELECT
    1,
    project_id,
    project_id,
    CASE WHEN responses_valid >= 10 THEN satisfied END,
    CASE WHEN responses_valid >= 10 THEN responses_valid END
FROM marts.project_satisfaction

-- clause: ZJ-2014-04/27.7
WITH events AS (
    SELECT DISTINCT institution_id, date, complaint_type
    FROM staging.complaint
    WHERE coalesce(is_group, people >= 5) AND verified = '属实' AND date IS NOT NULL
),
windows AS (
    SELECT
        institution_id,
        year(date) AS year,
        count(*) OVER (
            PARTITION BY institution_id ORDER BY date RANGE BETWEEN INTERVAL 364 DAYS PRECEDING AND CURRENT ROW
        ) AS complaints
    FROM events
),
most AS (
    SELECT institution_id, year, max(complaints) AS complaints FROM windows GROUP BY institution_id, year
),
years AS (
    SELECT DISTINCT year(date) AS year FROM staging.complaint WHERE date IS NOT NULL
)
SELECT i.institution_id AS subject_id, years.year AS period, coalesce(most.complaints, 0) AS numerator
FROM core.dim_institution AS i
CROSS JOIN years
LEFT JOIN most ON most.institution_id = i.institution_id AND most.year = years.year

-- clause: ZJ-2014-04/27.8
WITH fees AS (
    SELECT project_id, sum(greatest(received - coalesce(standard, 0), 0)) AS over
    FROM staging.project_finance
    WHERE received IS NOT NULL
    GROUP BY project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE WHEN NOT p.is_school_based THEN fees.over END AS numerator
FROM core.dim_project AS p
LEFT JOIN fees USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT TRUE

-- clause: ZJ-2014-04/28.0
SELECT
    s.institution_id AS subject_id,
    s.sanction_id AS period,
    count(p.project_id) AS numerator
FROM staging.sanction AS s
LEFT JOIN core.dim_project AS p
    ON p.institution_id = s.institution_id
    AND p.apply_date BETWEEN coalesce(s.start, s.decision_date) AND coalesce(s."end", as_of())
WHERE s.type = '暂停申报'
GROUP BY s.institution_id, s.sanction_id

-- clause: ZJ-2014-04/28.1
WITH found AS (
    SELECT project_id, count(*) AS findings
    FROM core.fct_spot_check
    WHERE finding_code = '转包'
    GROUP BY project_id
)
SELECT p.project_id AS subject_id, p.project_id AS period, coalesce(found.findings, 0) AS numerator
FROM core.dim_project AS p
LEFT JOIN found USING (project_id)
WHERE p.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/28.3
SELECT
    0 AS grain,
    institution_id AS subject_id,
    year::VARCHAR AS period,
    CASE WHEN responses_valid >= 10 THEN satisfied END AS numerator,
    CASE WHEN responses_valid >= 10 THEN responses_valid END AS denominator
FROM marts.institution_satisfaction
UNION ALL
SELECT
    1,
    project_id,
    project_id,
    CASE WHEN responses_valid >= 10 THEN satisfied END,
    CASE WHEN responses_valid >= 10 THEN responses_valid END
FROM marts.project_satisfaction

-- clause: ZJ-2014-04/28.5
SELECT
    institution_id AS subject_id,
    sanction_id AS period,
    -- Decisions of one day are one.
    CASE
        WHEN decision_date IS NOT NULL
        THEN dense_rank() OVER (PARTITION BY institution_id ORDER BY decision_date NULLS LAST)
    END AS numerator
FROM staging.sanction
WHERE contains(basis_clause, '/27.')

-- clause: ZJ-2014-04/29.2
WITH sessions AS (
    SELECT c.project_id, count(*) AS sessions
    FROM staging.schedule AS s
    JOIN staging.class AS c USING (class_id)
    WHERE c.status IS DISTINCT FROM '取消'
    GROUP BY c.project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN p.is_school_based IS NULL OR p.start_date IS NULL THEN NULL
        WHEN p.review_result = '通过' THEN 0
        ELSE coalesce(sessions.sessions, 0)
    END AS numerator
FROM core.dim_project AS p
LEFT JOIN sessions USING (project_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND coalesce(p.start_date <= as_of() AND NOT p.is_school_based, true)

-- clause: ZJ-2014-04/29.6
SELECT
    institution_id AS subject_id,
    sanction_id AS period,
    (recheck_result = '不合格')::INTEGER AS numerator
FROM staging.sanction
WHERE type = '暂停申报' AND coalesce(start, decision_date) + INTERVAL 1 YEAR <= as_of()

-- clause: ZJ-2014-04/32.1
SELECT province() AS subject_id, year(as_of()) AS period, as_of() - DATE '2014-09-16' AS numerator
