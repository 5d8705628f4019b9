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
    AND d.publish_date IS NOT NULL
WHERE u.level = '省'
GROUP BY u.unit_id, years.year

-- clause: ZJ-2014-04/20.1
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT
    CASE WHEN u.is_county THEN 0 ELSE 1 END AS grain,
    u.unit_id AS subject_id,
    years.year AS period,
    count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id
    AND d.year = years.year
    AND d.doc_type IN ('统计报表', '年度总结')
    AND d.submit_date IS NOT NULL
WHERE u.is_county OR u.level = '市'
GROUP BY u.unit_id, u.is_county, u.level, years.year

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
SELECT
    CASE WHEN u.is_county THEN 0 ELSE 1 END AS grain,
    u.unit_id AS subject_id,
    years.year AS period,
    coalesce(heard.sessions, 0) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN heard ON heard.unit_id = u.unit_id AND heard.year = years.year
WHERE u.is_county OR u.level = '市'

-- clause: ZJ-2014-04/23.3
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
),
in_post AS (
    SELECT DISTINCT s.person_id, years.year
    FROM staging.org_staff AS s
    JOIN core.dim_unit AS u ON u.unit_id = s.org_id AND (u.is_county OR u.level = '市')
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
SELECT
    CASE WHEN u.is_county THEN 0 ELSE CASE u.level WHEN '市' THEN 1 ELSE 2 END END AS grain,
    u.unit_id AS subject_id,
    years.year AS period,
    count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id AND d.year = years.year AND d.doc_type = '年度计划'
WHERE u.is_county OR u.level IN ('市', '省')
GROUP BY u.unit_id, u.is_county, u.level, years.year

-- clause: ZJ-2014-04/24.2
WITH years AS (
    SELECT year(start_date) AS year FROM core.dim_project WHERE year(start_date) <= year(as_of())
    UNION
    SELECT year(end_date) FROM core.dim_project WHERE year(end_date) <= year(as_of())
)
SELECT
    CASE WHEN u.is_county THEN 0 ELSE 1 END AS grain,
    u.unit_id AS subject_id,
    years.year AS period,
    count(DISTINCT d.doc_type) AS numerator
FROM core.dim_unit AS u
CROSS JOIN years
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = u.unit_id
    AND d.year = years.year
    AND d.doc_type IN ('统计报表', '年度总结')
    AND d.submit_date <= make_date(d.year, 12, 31)
WHERE u.is_county OR u.level = '市'
GROUP BY u.unit_id, u.is_county, u.level, years.year

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
        AND regexp_matches(clause_id, '^ZJ-2014-04/(27\.[1-8]|28\.[1-5]|29\.)')
    -- Below 60 % is below 70 % too, and judged once.
    QUALIFY clause_id <> 'ZJ-2014-04/27.6'
        OR NOT bool_or(clause_id = 'ZJ-2014-04/28.3') OVER (PARTITION BY subject_type, subject_id, period)
),
triggers AS (
    SELECT DISTINCT
        s.clause_id,
        CASE WHEN s.subject_type = 'project' THEN p.institution_id ELSE s.subject_id END AS institution_id,
        CASE
            WHEN s.subject_type = 'project' THEN year(p.end_date)
            -- A trigger found at a decision is of the year of its recheck, else of the decision's own.
            ELSE coalesce(year(coalesce(d.recheck_date, d.decision_date)), try_cast(s.period[:4] AS BIGINT))
        END AS year
    FROM suspected AS s
    LEFT JOIN core.dim_project AS p ON p.project_id = s.subject_id AND s.subject_type = 'project'
    LEFT JOIN staging.sanction AS d ON d.sanction_id = s.period
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
        coalesce("end", CASE WHEN recheck_result = '合格' THEN recheck_date END, as_of()) AS last_day
    FROM staging.sanction
    WHERE type = '限期整改'
),
limits AS (
    SELECT scope_id AS institution_id, max(max_projects) AS projects FROM staging.quota GROUP BY scope_id
),
applied AS (
    SELECT institution_id, apply_date
    FROM core.dim_project
    WHERE NOT coalesce(is_school_based, delivery_mode = '校本', false)
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
LEFT JOIN applied AS p USING (institution_id)
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
-- Due are the hours of the timetable of the trainee's class, where there is one; else those marked.
WITH taught AS (
    SELECT class_id, coalesce(sum(hours), 0) AS hours
    FROM staging.schedule
    WHERE held IS DISTINCT FROM false AND coalesce(date <= as_of(), true)
    GROUP BY class_id
),
marks AS (
    SELECT
        enrollment_id,
        coalesce(sum(session_hours) FILTER (status IN ('到', '迟到', '早退', '公假')), 0) AS attended,
        coalesce(sum(session_hours) FILTER (status IS NOT NULL), 0) AS marked
    FROM staging.attendance
    GROUP BY enrollment_id
),
hours AS (
    SELECT
        e.project_id,
        sum(coalesce(m.attended, 0)) AS attended,
        sum(greatest(coalesce(m.marked, 0), coalesce(t.hours, 0))) AS expected
    FROM staging.enrollment AS e
    LEFT JOIN marks AS m USING (enrollment_id)
    LEFT JOIN taught AS t USING (class_id)
    WHERE coalesce(e.checkin_status NOT IN ('未报到', '替换', '异动'), true)
        AND e.completion_status IS DISTINCT FROM '退选'
        AND (m.marked IS NOT NULL OR t.hours IS NOT NULL)
    GROUP BY e.project_id
    HAVING count(m.marked) > 0
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
        -- A cut was approved, but down to how many hours nobody says.
        CASE
            WHEN p.end_date < as_of() AND NOT p.is_school_based
            THEN coalesce(
                p.hours_planned_approved,
                CASE
                    WHEN NOT EXISTS (
                        FROM staging.project_adjustment AS a
                        WHERE a.project_id = p.project_id
                            AND a.adjust_type = '学时'
                            AND a.approve_date <= a.effective_date
                            AND coalesce(
                                a.approver_unit_id IN (
                                    coalesce(i.unit_id, ''), coalesce(i.county_id, ''), coalesce(i.city_id, ''),
                                    coalesce(p.county_unit_id, ''), province()
                                ),
                                true
                            )
                    )
                    THEN p.hours_planned
                END
            )
        END AS promised,
        CASE WHEN p.delivery_mode IN ('网络', '混合') THEN p.hours_online ELSE coalesce(p.hours_online, 0) END AS online
    FROM core.dim_project AS p
    LEFT JOIN core.dim_institution AS i USING (institution_id)
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
    SELECT
        project_id,
        min(plan_version) FILTER (plan_version >= 1) AS earliest,
        max(plan_version) AS latest,
        count(DISTINCT plan_version) AS versions
    FROM staging.project_plan_course
    GROUP BY project_id
),
lines AS (
    SELECT c.project_id, c.course_id, c.expert_id, v.earliest = c.plan_version AS is_first, v.latest = c.plan_version AS is_last
    FROM staging.project_plan_course AS c
    JOIN versions AS v USING (project_id)
    -- Versions before the announced one (1) are drafts; without it, or with nothing else, no change can be seen.
    WHERE v.earliest = 1 AND v.versions > 1 AND c.plan_version IN (v.earliest, v.latest)
),
courses AS (
    SELECT project_id, count(*) AS whole, count(*) FILTER (is_gone) AS gone
    FROM (
        SELECT project_id, NOT bool_or(is_last) AS is_gone
        FROM lines
        GROUP BY project_id, course_id
        HAVING bool_or(is_first)
    )
    GROUP BY project_id
),
experts AS (
    SELECT project_id, count(*) AS whole, count(*) FILTER (is_gone) AS gone
    FROM (
        SELECT project_id, NOT bool_or(is_last) AS is_gone
        FROM lines
        WHERE expert_id IS NOT NULL
        GROUP BY project_id, expert_id
        HAVING bool_or(is_first)
    )
    GROUP BY project_id
),
approved AS (
    SELECT a.project_id
    FROM staging.project_adjustment AS a
    LEFT JOIN core.dim_project AS p USING (project_id)
    LEFT JOIN core.dim_institution AS i USING (institution_id)
    WHERE a.adjust_type IN ('课程', '专家')
    GROUP BY a.project_id
    HAVING bool_and(
        coalesce(a.approve_date <= a.effective_date, false)
        AND coalesce(
            a.approver_unit_id IN (
                coalesce(i.unit_id, ''), coalesce(i.county_id, ''), coalesce(i.city_id, ''),
                coalesce(p.county_unit_id, ''), province()
            ),
            true
        )
    )
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
WITH classes AS (
    SELECT
        class_id,
        project_id,
        coalesce(project_plan_id, project_id) AS plan,
        EXISTS (FROM staging.schedule s WHERE s.class_id = c.class_id) AS has_timetable
    FROM staging.class c
    WHERE status IS DISTINCT FROM '取消'
    QUALIFY count(*) OVER (PARTITION BY plan) > 1
),
sessions AS (
    SELECT
        s.session_id,
        s.class_id,
        c.project_id,
        c.plan,
        s.date,
        s.expert_id,
        s.venue_id,
        minute_of(s.session_start) AS first_minute,
        coalesce(minute_of(s.session_end), first_minute + 1) AS end_minute,
        s.date IS NOT NULL AND first_minute IS NOT NULL
            AND (s.expert_id IS NOT NULL OR s.venue_id IS NOT NULL) AS is_told,
        CASE
            WHEN s.merge_approval_no IS NOT NULL AND s.merge_approve_date IS NULL THEN NULL
            ELSE coalesce(s.merge_approve_date <= s.date, false)
        END AS is_approved
    FROM staging.schedule s
    JOIN classes c USING (class_id)
    WHERE coalesce(s.held, s.date <= as_of(), true)
),
together AS (
    SELECT DISTINCT s.session_id, s.class_id, s.project_id, s.is_approved
    FROM sessions s
    JOIN sessions o
        ON o.plan = s.plan
        AND o.date = s.date
        AND o.class_id <> s.class_id
        AND s.first_minute < o.end_minute
        AND o.first_minute < s.end_minute
    WHERE s.is_told AND o.is_told AND (s.expert_id = o.expert_id OR s.venue_id = o.venue_id)
),
told AS (
    SELECT
        c.class_id,
        c.project_id,
        bool_or(NOT c.has_timetable) OVER (PARTITION BY c.plan) AS is_dark,
        (SELECT count(*) FROM together t WHERE t.class_id = c.class_id AND NOT t.is_approved) AS merged
    FROM classes c
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN t.is_dark AND t.merged = 0 THEN NULL
        -- Without any class on file nobody knows how many there were.
        WHEN p.project_id IN (SELECT project_id FROM staging.class) THEN coalesce(t.merged, 0)
    END AS numerator
FROM core.dim_project AS p
LEFT JOIN (
    SELECT project_id, bool_or(is_dark) AS is_dark, sum(merged) AS merged FROM told GROUP BY project_id
) AS t USING (project_id)
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
            PARTITION BY institution_id ORDER BY date RANGE BETWEEN INTERVAL 1 YEAR PRECEDING AND CURRENT ROW
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
-- Receipts beyond the standards, what checks found, and complaints found true: each is a sign.
WITH receipts AS (
    SELECT project_id, sum(greatest(received - coalesce(standard, 0), 0)) AS beyond
    FROM staging.project_finance
    WHERE received IS NOT NULL
    GROUP BY project_id
),
found AS (
    SELECT project_id, count(*) AS signs
    FROM (
        SELECT project_id FROM core.fct_spot_check WHERE finding_code = '收费'
        UNION ALL
        SELECT project_id FROM staging.complaint WHERE complaint_type = '收费' AND verified = '属实'
    )
    GROUP BY project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN NOT p.is_school_based AND (r.beyond IS NOT NULL OR f.signs > 0)
        THEN coalesce((r.beyond > 0)::INTEGER, 0) + coalesce(f.signs, 0)
    END AS numerator
FROM core.dim_project AS p
LEFT JOIN receipts AS r USING (project_id)
LEFT JOIN found AS f USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT TRUE

-- clause: ZJ-2014-04/28.0
-- Suspended for a year and until a recheck found all in order; a recheck in vain means until tonight.
WITH spans AS (
    SELECT
        sanction_id,
        institution_id,
        coalesce(start, decision_date) AS first_day,
        greatest(
            coalesce("end", (first_day + INTERVAL 1 YEAR - INTERVAL 1 DAY)::DATE),
            CASE recheck_result WHEN '合格' THEN recheck_date - 1 WHEN '不合格' THEN as_of() END
        ) AS last_day
    FROM staging.sanction
    WHERE type = '暂停申报'
)
SELECT
    s.institution_id AS subject_id,
    s.sanction_id AS period,
    count(*) FILTER (p.apply_date BETWEEN s.first_day AND s.last_day) AS numerator
FROM spans AS s
LEFT JOIN core.dim_project AS p
    ON p.institution_id = s.institution_id AND NOT coalesce(p.is_school_based, p.delivery_mode = '校本', false)
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

-- clause: ZJ-2014-04/28.4
SELECT p.project_id AS subject_id, p.project_id AS period, count(k.check_id) AS numerator
FROM core.dim_project AS p
LEFT JOIN core.fct_spot_check AS k ON k.project_id = p.project_id AND k.finding_code = '安全'
WHERE p.status IS DISTINCT FROM '取消'
GROUP BY p.project_id

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
-- Held without having passed review: sessions on the timetable, or marks of attendance where there is none.
WITH sessions AS (
    SELECT c.project_id, count(*) AS sessions
    FROM staging.schedule AS s
    JOIN staging.class AS c USING (class_id)
    WHERE c.status IS DISTINCT FROM '取消' AND s.held IS DISTINCT FROM false AND coalesce(s.date <= as_of(), true)
    GROUP BY c.project_id
),
classes AS (
    SELECT project_id, bool_and(coalesce(status = '取消', false)) AS all_cancelled FROM staging.class GROUP BY project_id
),
marked AS (
    SELECT DISTINCT e.project_id FROM staging.enrollment AS e SEMI JOIN staging.attendance USING (enrollment_id)
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN p.is_school_based IS NULL OR p.start_date IS NULL THEN NULL
        WHEN p.review_result = '通过' OR c.all_cancelled THEN 0
        WHEN s.sessions > 0 THEN s.sessions
        WHEN m.project_id IS NOT NULL THEN 1
    END AS numerator
FROM core.dim_project AS p
LEFT JOIN sessions AS s USING (project_id)
LEFT JOIN classes AS c ON c.project_id = p.project_id
LEFT JOIN marked AS m ON m.project_id = p.project_id
WHERE p.status IS DISTINCT FROM '取消'
    AND coalesce(NOT p.is_school_based AND p.start_date <= as_of(), p.is_school_based IS NOT TRUE AND p.start_date IS NULL
        OR p.is_school_based IS NULL AND p.start_date <= as_of())

-- clause: ZJ-2014-04/29.6
-- A recheck before the year is over says nothing yet.
SELECT
    institution_id AS subject_id,
    sanction_id AS period,
    CASE
        WHEN coalesce(recheck_date >= coalesce(start, decision_date) + INTERVAL 1 YEAR - INTERVAL 1 DAY, true)
        THEN (recheck_result = '不合格')::INTEGER
    END AS numerator
FROM staging.sanction
WHERE type = '暂停申报' AND coalesce(start, decision_date) + INTERVAL 1 YEAR <= as_of()

-- clause: ZJ-2014-04/32.1
SELECT province() AS subject_id, year(as_of()) AS period, as_of() - DATE '2014-09-16' AS numerator
