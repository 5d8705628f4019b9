-- Zhejiang's rules on the quality of training of 2014 (ZJ-2014-04), articles 2 to 18: what each clause measures.

-- clause: ZJ-2014-04/02.1
SELECT
    teacher_id AS subject_id,
    year(as_of()) AS period,
    CASE WHEN is_in_scope AND status = '在职' THEN 1 END AS numerator
FROM core.dim_teacher

-- clause: ZJ-2014-04/04.1
-- What is suspended or withdrawn tonight held until the decision that says so.
WITH decided AS (
    SELECT
        institution_id,
        min(coalesce(start, decision_date)) FILTER (type = '取消资质') AS withdrawn,
        max(coalesce(start, decision_date)) FILTER (type = '取消资质') AS withdrawn_last,
        min(coalesce(start, decision_date)) FILTER (type IN ('暂停申报', '暂停学科资质')) AS suspended,
        max(coalesce(start, decision_date)) FILTER (type IN ('暂停申报', '暂停学科资质')) AS suspended_last
    FROM staging.sanction
    GROUP BY institution_id
),
asked AS (
    SELECT project_id, institution_id, start_date, NOT is_school_based AND start_date <= as_of() AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
),
covering AS (
    SELECT
        p.project_id,
        CASE
            WHEN a.status = '取消'
                THEN CASE WHEN p.start_date < d.withdrawn THEN true WHEN p.start_date >= d.withdrawn_last THEN false END
            WHEN a.status = '暂停'
                THEN CASE WHEN p.start_date < d.suspended THEN true WHEN p.start_date >= d.suspended_last THEN false END
            WHEN a.status = '到期' AND a.valid_to IS NULL THEN NULL
            ELSE true
        END AS holds
    FROM asked p
    JOIN staging.institution_accreditation a
        ON a.institution_id = p.institution_id
        AND coalesce(a.valid_from <= p.start_date, true)
        AND coalesce(a.valid_to >= p.start_date, true)
    LEFT JOIN decided d ON d.institution_id = a.institution_id
),
held AS (
    SELECT project_id, CASE WHEN bool_or(holds) THEN 1 WHEN count(holds) = count(*) THEN 0 END AS holds, true AS seen
    FROM covering
    GROUP BY project_id
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN p.applies AND p.start_date IS NOT NULL THEN CASE WHEN h.seen THEN h.holds ELSE 0 END END AS numerator
FROM asked p
LEFT JOIN held h USING (project_id)
WHERE p.applies IS NOT false

-- clause: ZJ-2014-04/04.2
SELECT
    institution_id AS subject_id,
    year(coalesce(valid_from, as_of())) AS period,
    count(*) FILTER (len(subjects) > 0 AND len(stages) > 0 AND len(categories) > 0 AND len(levels) > 0) AS numerator,
    count(*) AS denominator
FROM staging.institution_accreditation
GROUP BY ALL

-- clause: ZJ-2014-04/04.3
SELECT
    institution_id AS subject_id,
    year(coalesce(valid_from, as_of())) AS period,
    CASE
        WHEN bool_or(eval_result <> '合格') OR count(eval_result) = count(*)
            THEN count(*) FILTER (eval_result = '合格')
    END AS numerator,
    CASE WHEN numerator IS NOT NULL THEN count(*) END AS denominator
FROM staging.institution_accreditation
GROUP BY ALL

-- clause: ZJ-2014-04/05.1
SELECT
    institution_id AS subject_id,
    year(as_of()) AS period,
    CASE
        WHEN institution_type IS NOT NULL
            THEN coalesce(
                trim(mgmt_dept_name)
                NOT IN ('', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'),
                false
            )::INTEGER
    END AS numerator
FROM core.dim_institution
WHERE coalesce(institution_type = '高等学校', true) AND coalesce(valid_to >= as_of(), true)

-- clause: ZJ-2014-04/05.2
SELECT
    institution_id AS subject_id,
    year(as_of()) AS period,
    CASE WHEN institution_type IS NOT NULL THEN school_level_unified::INTEGER END AS numerator
FROM core.dim_institution
WHERE coalesce(institution_type = '高等学校', true) AND coalesce(valid_to >= as_of(), true)

-- clause: ZJ-2014-04/08.1
-- The version announced (1) is judged, without one the version submitted (0); without either nothing can be told.
WITH elements AS (
    SELECT
        project_id,
        plan_version,
        coalesce(
            trim(COLUMNS('^el_.*'))
            NOT IN ('', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'),
            false
        )::INTEGER AS "\0"
    FROM staging.project_plan
    WHERE plan_version <= 1
),
plans AS (
    SELECT project_id, max_by(list_sum([*COLUMNS('^el_')]), plan_version) AS filled
    FROM elements
    GROUP BY project_id
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN NOT p.is_school_based THEN plans.filled END AS numerator
FROM core.dim_project p
LEFT JOIN plans USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT true

-- clause: ZJ-2014-04/08.2
WITH asked AS (
    SELECT project_id, hours_planned >= 90 AND delivery_mode = '集中' AND is_full_release AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    max_by(
        CASE
            WHEN p.applies
                THEN coalesce(
                    trim(f.practice_plan)
                    NOT IN ('', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'),
                    false
                )::INTEGER
        END,
        f.plan_version
    ) AS numerator
FROM asked p
LEFT JOIN staging.project_plan f ON f.project_id = p.project_id AND f.plan_version <= 1
WHERE p.applies IS NOT false
GROUP BY p.project_id

-- clause: ZJ-2014-04/08.3
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    max_by(
        CASE
            WHEN p.delivery_mode IS NOT NULL
                THEN coalesce(
                    trim(f.online_support_desc)
                    NOT IN ('', '无', '无。', '—', '-', '--', '/', '详见附件', '见附件', '同上', '略'),
                    false
                )::INTEGER
        END,
        f.plan_version
    ) AS numerator
FROM core.dim_project p
LEFT JOIN staging.project_plan f ON f.project_id = p.project_id AND f.plan_version <= 1
WHERE p.status IS DISTINCT FROM '取消'
    AND coalesce(p.delivery_mode IN ('网络', '混合'), true)
    AND NOT coalesce(p.delivery_mode = '混合' AND p.hours_online = 0, false)
GROUP BY p.project_id

-- clause: ZJ-2014-04/09.1
-- Within a role an expert is listed once.
WITH chiefs AS (
    SELECT project_id, count(*) AS chiefs
    FROM staging.project_expert
    WHERE role = '首席专家'
    GROUP BY project_id
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN p.key_level IS NOT NULL THEN coalesce(c.chiefs, 0) END AS numerator
FROM core.dim_project p
LEFT JOIN chiefs c USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND coalesce(p.key_level IN ('省', '市', '县'), true)

-- clause: ZJ-2014-04/09.2
-- The first four digits of a code name the city; 00 names none.
WITH asked AS (
    SELECT
        p.project_id,
        p.key_level,
        coalesce(i.city_id, i.unit_id)[:4] AS code,
        CASE WHEN code[3:] <> '00' THEN code END AS home
    FROM core.dim_project p
    LEFT JOIN core.dim_institution i USING (institution_id)
    WHERE p.status IS DISTINCT FROM '取消' AND coalesce(p.key_level IN ('省', '市', '县'), true)
),
team AS (
    SELECT DISTINCT project_id, expert_id
    FROM staging.project_expert
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN p.key_level IS NOT NULL AND p.home IS NOT NULL AND count(t.expert_id) > 0 THEN
        count(*) FILTER (
            x.work_region_code[:2] <> p.home[:2]
            OR x.work_region_code[3:4] <> '00' AND x.work_region_code[:4] <> p.home
        )
    END AS numerator,
    CASE WHEN p.key_level IS NOT NULL AND p.home IS NOT NULL THEN nullif(count(t.expert_id), 0) END AS denominator
FROM asked p
LEFT JOIN team t USING (project_id)
LEFT JOIN staging.expert x USING (expert_id)
GROUP BY project_id, p.key_level, p.home

-- clause: ZJ-2014-04/09.3
WITH asked AS (
    SELECT project_id, key_level
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消' AND coalesce(key_level IN ('省', '市', '县'), true)
),
team AS (
    SELECT DISTINCT project_id, expert_id
    FROM staging.project_expert
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN p.key_level IS NOT NULL AND count(t.expert_id) > 0 THEN count(*) FILTER (x.employer_type IN ('中小学幼儿园', '教研机构'))
    END AS numerator,
    CASE WHEN p.key_level IS NOT NULL THEN nullif(count(t.expert_id), 0) END AS denominator
FROM asked p
LEFT JOIN team t USING (project_id)
LEFT JOIN staging.expert x USING (expert_id)
GROUP BY project_id, p.key_level

-- clause: ZJ-2014-04/10.1
SELECT class_id AS subject_id, class_id AS period, CASE WHEN applies THEN checked_in_count END AS numerator
FROM (
    SELECT
        c.class_id,
        c.checked_in_count,
        p.delivery_mode = '集中' AND p.key_level <> '省' AND c.expansion_approve_date IS NULL AS applies
    FROM staging.class c
    JOIN core.dim_project p USING (project_id)
    WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消'
)
WHERE applies IS NOT false

-- clause: ZJ-2014-04/10.2
SELECT class_id AS subject_id, class_id AS period, CASE WHEN applies THEN checked_in_count END AS numerator
FROM (
    SELECT
        c.class_id,
        c.checked_in_count,
        p.delivery_mode = '集中' AND p.key_level = '省' AND c.expansion_approve_date IS NULL AS applies
    FROM staging.class c
    JOIN core.dim_project p USING (project_id)
    WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消'
)
WHERE applies IS NOT false

-- clause: ZJ-2014-04/10.3
-- A tutor is on file in the team of experts or in the staff of one of the project's classes.
WITH people AS (
    SELECT project_id, expert_id AS person_id
    FROM staging.project_expert
    WHERE role = '在线辅导教师'
    UNION
    SELECT c.project_id, s.person_id
    FROM staging.class_staff s
    JOIN staging.class c USING (class_id)
    WHERE s.role = '在线辅导教师' AND c.status IS DISTINCT FROM '取消'
),
tutors AS (
    SELECT project_id, count(*) AS tutors
    FROM people
    GROUP BY project_id
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN p.delivery_mode IS NOT NULL AND p.enrolled_count IS NOT NULL THEN coalesce(t.tutors, 0) END AS numerator,
    CASE WHEN p.delivery_mode IS NOT NULL THEN p.enrolled_count END AS denominator
FROM core.dim_project p
LEFT JOIN tutors t USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND coalesce(p.delivery_mode = '网络', true)

-- clause: ZJ-2014-04/11.1
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN NOT is_school_based AND status IS NOT NULL
            THEN coalesce(expert_argument_date <= review_date AND review_date <= publish_date, false)::INTEGER
    END AS numerator
FROM core.dim_project
WHERE is_school_based IS NOT true AND coalesce(status NOT IN ('申报', '取消'), true)

-- clause: ZJ-2014-04/11.2
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN NOT is_school_based AND status IS NOT NULL
            THEN coalesce(review_result = '通过' AND review_date <= publish_date, false)::INTEGER
    END AS numerator
FROM core.dim_project
WHERE is_school_based IS NOT true AND coalesce(status NOT IN ('申报', '取消'), true)

-- clause: ZJ-2014-04/11.3
-- The authority is free text: only a unit's code or name, with or without what its bureau is called, can be told.
WITH texts AS (
    SELECT text, any_value(unit_id) AS unit_id
    FROM (
        SELECT unit_id AS text, unit_id FROM core.dim_unit
        UNION
        SELECT unit_name, unit_id FROM core.dim_unit WHERE unit_name IS NOT NULL
    )
    GROUP BY text
    HAVING count(DISTINCT unit_id) = 1
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE WHEN NOT p.is_school_based AND p.status IS NOT NULL THEN (t.unit_id = i.unit_id)::INTEGER END AS numerator
FROM core.dim_project p
LEFT JOIN core.dim_institution i USING (institution_id)
LEFT JOIN texts t
    ON t.text = regexp_replace(
        regexp_replace(p.review_authority, '\s', '', 'g'),
        '(教育行政部门|教育体育局|教育委员会|教体局|教育局|教育厅|教委)$', ''
    )
WHERE p.is_school_based IS NOT true AND coalesce(p.status NOT IN ('申报', '取消'), true)

-- clause: ZJ-2014-04/12.1
-- A school year's plans are due on 15 September (for its first term) and on 15 March; a year of which no school has a
-- plan is not asked about.
WITH plans AS (
    SELECT
        school_id,
        try_cast(semester[:4] AS INTEGER) AS year,
        CASE semester[-1] WHEN '1' THEN make_date(year, 9, 15) WHEN '2' THEN make_date(year + 1, 3, 15) END AS due,
        submit_date <= due AS in_time
    FROM staging.school_based_plan
),
counts AS (
    SELECT school_id, year, count(*) FILTER (in_time) AS in_time
    FROM plans
    WHERE due IS NOT NULL
    GROUP BY school_id, year
)
SELECT
    school_id AS subject_id,
    format('{}-{}', year, year + 1) AS period,
    coalesce(c.in_time, 0) AS numerator
FROM core.dim_school s
CROSS JOIN (SELECT DISTINCT year, make_date(year + 1, 3, 15) AS last_due FROM counts) y
LEFT JOIN counts c USING (school_id, year)
WHERE s.school_type IN ('幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯', '中职', '特教')
    AND coalesce(s.valid_to >= y.last_due, true)

-- clause: ZJ-2014-04/12.2
-- Approved by another's bureau is not approved.
SELECT
    school_id AS subject_id,
    semester[:4] AS period,
    count(*) FILTER (
        p.approve_date IS NOT NULL
        AND coalesce(p.approver_unit_id = s.unit_id, p.approver_unit_id = s.county_id, true)
            OR p.approve_date IS NOT NULL AND p.approver_unit_id = s.county_id
    ) AS numerator,
    count(*) AS denominator
FROM staging.school_based_plan p
LEFT JOIN core.dim_school s USING (school_id)
GROUP BY ALL

-- clause: ZJ-2014-04/12.3
SELECT
    subject_id,
    period,
    CASE WHEN bool_or(NOT is_own) OR count(is_own) = count(*) THEN count(*) FILTER (is_own) END AS numerator,
    CASE WHEN numerator IS NOT NULL THEN count(*) END AS denominator
FROM (
    SELECT
        p.school_id AS subject_id,
        p.semester[:4] AS period,
        coalesce(p.approver_unit_id = s.unit_id, false) OR p.approver_unit_id = s.county_id AS is_own
    FROM staging.school_based_plan p
    LEFT JOIN core.dim_school s USING (school_id)
    WHERE p.approve_date IS NOT NULL
)
GROUP BY subject_id, period

-- clause: ZJ-2014-04/13.1
WITH days AS (
    SELECT DISTINCT class_id, date
    FROM staging.schedule
    WHERE date IS NOT NULL
),
scheduled AS (
    SELECT class_id, count(DISTINCT date) AS days
    FROM staging.schedule
    GROUP BY class_id
),
logged AS (
    SELECT d.class_id, count(*) AS days
    FROM days d
    SEMI JOIN staging.training_log l ON l.class_id = d.class_id AND l.log_date = d.date
    GROUP BY d.class_id
)
SELECT
    class_id AS subject_id,
    class_id AS period,
    CASE WHEN s.days IS NOT NULL THEN coalesce(l.days, 0) END AS numerator,
    s.days AS denominator
FROM staging.class c
SEMI JOIN core.dim_project p ON p.project_id = c.project_id AND p.status IS DISTINCT FROM '取消'
LEFT JOIN scheduled s USING (class_id)
LEFT JOIN logged l USING (class_id)
WHERE c.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/13.2
-- Attendance and teaching are always due, changes and practice where the project had any; of a class with neither log
-- nor timetable nothing can be told.
WITH kept AS (
    SELECT
        class_id,
        count(*) FILTER (content_type = '考勤') > 0 AS attendance,
        count(*) FILTER (content_type = '课程与教学') > 0 AS teaching,
        count(*) FILTER (content_type = '方案调整') > 0 AS change,
        count(*) FILTER (content_type = '实践') > 0 AS practice
    FROM staging.training_log
    GROUP BY class_id
),
asked AS (
    SELECT
        project_id,
        (project_id IN (SELECT project_id FROM staging.project_adjustment))::INTEGER AS changed,
        (project_id IN (SELECT project_id FROM staging.project_plan_course WHERE is_practice))::INTEGER AS practised
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
SELECT
    class_id AS subject_id,
    class_id AS period,
    CASE
        WHEN k.class_id IS NOT NULL
            THEN k.attendance::INTEGER + k.teaching::INTEGER
                + k.change::INTEGER * p.changed + k.practice::INTEGER * p.practised
        WHEN class_id IN (SELECT class_id FROM staging.schedule) THEN 0
    END AS numerator,
    CASE
        WHEN k.class_id IS NOT NULL OR class_id IN (SELECT class_id FROM staging.schedule)
            THEN 2 + p.changed + p.practised
    END AS denominator
FROM staging.class c
JOIN asked p USING (project_id)
LEFT JOIN kept k USING (class_id)
WHERE c.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/14.1
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
        WHEN count(*) FILTER (NOT approved) > 0 OR count(approved) = count(*) THEN count(*) FILTER (NOT approved)
    END AS numerator
FROM judged
GROUP BY project_id

-- clause: ZJ-2014-04/14.2
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
    CASE WHEN count(*) FILTER (NOT told) > 0 OR count(told) = count(*) THEN count(*) FILTER (told) END AS numerator,
    CASE WHEN numerator IS NOT NULL THEN count(*) END AS denominator
FROM judged
GROUP BY project_id

-- clause: ZJ-2014-04/14.3
-- Sessions of different classes of a plan are one lesson when teacher or room is the same at overlapping times.
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
    class_id AS subject_id,
    class_id AS period,
    CASE WHEN t.is_dark AND t.merged = 0 THEN NULL ELSE coalesce(t.merged, 0) END AS numerator
FROM staging.class c
SEMI JOIN core.dim_project p ON p.project_id = c.project_id AND p.status IS DISTINCT FROM '取消'
LEFT JOIN told t USING (class_id)
WHERE c.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/15.1
-- Within a class and a role a person is listed once.
WITH heads AS (
    SELECT class_id, count(*) AS heads
    FROM staging.class_staff
    WHERE role = '班主任' AND is_fulltime
    GROUP BY class_id
)
SELECT
    class_id AS subject_id,
    class_id AS period,
    CASE WHEN NOT p.is_school_based THEN coalesce(h.heads, 0) END AS numerator
FROM staging.class c
JOIN core.dim_project p USING (project_id)
LEFT JOIN heads h USING (class_id)
WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT true

-- clause: ZJ-2014-04/15.2
WITH staff AS (
    SELECT class_id, count(DISTINCT person_id) AS people
    FROM staging.class_staff
    WHERE role IN ('班主任', '管理人员') AND is_fulltime
    GROUP BY class_id
)
SELECT
    class_id AS subject_id,
    class_id AS period,
    CASE WHEN p.key_level IS NOT NULL THEN coalesce(s.people, 0) END AS numerator
FROM staging.class c
JOIN core.dim_project p USING (project_id)
LEFT JOIN staff s USING (class_id)
WHERE c.status IS DISTINCT FROM '取消'
    AND p.status IS DISTINCT FROM '取消'
    AND coalesce(p.key_level = '省', true)

-- clause: ZJ-2014-04/16.1
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    count(l.institution_approve_date) AS numerator,
    count(*) AS denominator
FROM staging.leave l
JOIN staging.enrollment e USING (enrollment_id)
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE l.days <= 1
GROUP BY ALL

-- clause: ZJ-2014-04/16.2
-- The trainee's own bureau is that of the school at the time of enrolment.
SELECT
    subject_id,
    period,
    CASE WHEN bool_or(NOT passes) OR count(passes) = count(*) THEN count(*) FILTER (passes) END AS numerator,
    CASE WHEN numerator IS NOT NULL THEN count(*) END AS denominator
FROM (
    SELECT
        e.teacher_id AS subject_id,
        e.project_id AS period,
        l.institution_approve_date IS NOT NULL AND l.edu_bureau_approve_date IS NOT NULL
        AND (
            coalesce(l.edu_bureau_code = s.unit_id, false)
            OR l.edu_bureau_code = coalesce(s.county_id, t.county_id)
        ) AS passes
    FROM staging.leave l
    JOIN staging.enrollment e USING (enrollment_id)
    SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
    LEFT JOIN core.dim_teacher t ON t.teacher_id = e.teacher_id
    LEFT JOIN core.dim_school s ON s.school_id = coalesce(e.school_id_at, t.school_id)
    WHERE l.days > 1
)
GROUP BY subject_id, period

-- clause: ZJ-2014-04/16.3
-- Hours are registered for a project; who changed classes attended in both. Nobody marks attendance online, so hours
-- online are left out, and where training that may be online doesn't say how many, it can't be told.
WITH marks AS (
    SELECT
        enrollment_id,
        sum(session_hours) FILTER (status IN ('请假', '旷课')) AS absent,
        coalesce(sum(session_hours), 0) - coalesce(absent, 0) AS attended
    FROM staging.attendance
    GROUP BY enrollment_id
),
-- Who had leave granted missed something too, marked or not.
asked AS (
    SELECT e.teacher_id, e.project_id, sum(m.attended) AS attended
    FROM staging.enrollment e
    SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
    LEFT JOIN marks m USING (enrollment_id)
    LEFT JOIN (
        SELECT DISTINCT enrollment_id, true AS granted FROM staging.leave WHERE institution_approve_date IS NOT NULL
    ) l USING (enrollment_id)
    GROUP BY ALL
    HAVING max(m.absent) > 0 OR bool_or(l.granted)
),
credited AS (
    SELECT
        teacher_id,
        project_id,
        record_id,
        hours - CASE
            WHEN source_type IN ('网络', '混合') THEN hours_online
            ELSE coalesce(hours_online, 0)
        END AS hours
    FROM staging.credit_record
    WHERE status IN ('已登记', '市县已审', '省已认定') AND completion = '合格'
)
SELECT
    teacher_id AS subject_id,
    project_id AS period,
    CASE
        WHEN count(c.hours) = count(c.record_id) THEN coalesce(sum(c.hours), 0) - any_value(a.attended)
    END AS numerator
FROM asked a
LEFT JOIN credited c USING (teacher_id, project_id)
GROUP BY teacher_id, project_id

-- clause: ZJ-2014-04/16.4
-- Neither completion nor hours may be on file; due are the hours of the class's timetable, or those marked.
WITH rewarded AS (
    SELECT DISTINCT teacher_id, project_id
    FROM staging.credit_record
    WHERE status IN ('已登记', '市县已审', '省已认定') AND completion = '合格' AND hours > 0
),
asked AS (
    SELECT project_id, hours_planned >= 90 AND delivery_mode = '集中' AND is_full_release AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
),
trainees AS (
    SELECT e.enrollment_id, e.teacher_id, e.project_id, e.class_id, p.applies
    FROM staging.enrollment e
    JOIN asked p USING (project_id)
    LEFT JOIN rewarded r ON r.teacher_id = e.teacher_id AND r.project_id = e.project_id
    WHERE (coalesce(e.completion_status = '结业', false) OR r.teacher_id IS NOT NULL) AND p.applies IS NOT false
),
taught AS (
    SELECT class_id, coalesce(sum(hours), 0) AS hours
    FROM staging.schedule
    WHERE held IS DISTINCT FROM false AND coalesce(date <= as_of(), true)
    GROUP BY class_id
),
marks AS (
    SELECT
        enrollment_id,
        coalesce(sum(m.session_hours) FILTER (m.status IN ('请假', '旷课')), 0) AS absent,
        coalesce(sum(m.session_hours), 0) AS due
    FROM staging.attendance m
    SEMI JOIN trainees USING (enrollment_id)
    GROUP BY enrollment_id
)
SELECT
    t.teacher_id AS subject_id,
    t.project_id AS period,
    CASE WHEN bool_and(t.applies) AND count(m.due) = count(*) THEN sum(m.absent) END AS numerator,
    CASE
        WHEN bool_and(t.applies) AND count(m.due) = count(*) THEN sum(greatest(m.due, coalesce(h.hours, 0)))
    END AS denominator
FROM trainees t
LEFT JOIN marks m USING (enrollment_id)
LEFT JOIN taught h USING (class_id)
GROUP BY t.teacher_id, t.project_id

-- clause: ZJ-2014-04/16.5
-- Two consequences: no completion, no hours; each that wasn't drawn counts.
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    max(coalesce(e.completion_status = '结业', false)::INTEGER)
    + (
        coalesce((
            SELECT sum(r.hours)
            FROM staging.credit_record r
            WHERE r.teacher_id = e.teacher_id
                AND r.project_id = e.project_id
                AND r.status IN ('已登记', '市县已审', '省已认定')
                AND r.completion = '合格'
        ), 0) > 0
    )::INTEGER AS numerator
FROM staging.enrollment e
SEMI JOIN staging.discipline_event d ON d.enrollment_id = e.enrollment_id AND d.severity = '严重'
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
GROUP BY e.teacher_id, e.project_id

-- clause: ZJ-2014-04/16.6
-- A rate stands for the tasks where the platform keeps nothing else: so many of a thousand.
SELECT
    subject_id,
    period,
    CASE WHEN count(done) = count(*) THEN sum(done) END AS numerator,
    CASE WHEN count(done) = count(*) THEN sum(total) END AS denominator
FROM (
    SELECT
        e.teacher_id AS subject_id,
        e.project_id AS period,
        CASE
            WHEN p.delivery_mode IS NULL THEN NULL
            WHEN o.tasks_total IS NOT NULL THEN o.tasks_done
            ELSE o.completion_ratio::DECIMAL(9, 6) * 1000
        END AS done,
        coalesce(o.tasks_total, 1000) AS total
    FROM staging.enrollment e
    JOIN core.dim_project p USING (project_id)
    LEFT JOIN staging.online_progress o USING (enrollment_id)
    WHERE (
            coalesce(e.completion_status = '结业', false)
            OR EXISTS (
                FROM staging.credit_record r
                WHERE r.teacher_id = e.teacher_id
                    AND r.project_id = e.project_id
                    AND r.status IN ('已登记', '市县已审', '省已认定')
                    AND r.completion = '合格'
                    AND r.hours > 0
            )
        )
        AND p.status IS DISTINCT FROM '取消'
        AND coalesce(p.delivery_mode IN ('网络', '混合'), true)
)
GROUP BY subject_id, period

-- clause: ZJ-2014-04/16.7
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    min(
        (e.noncompletion_notice_bureau_date IS NOT NULL)::INTEGER
        + (e.noncompletion_notice_school_date IS NOT NULL)::INTEGER
    ) AS numerator
FROM staging.enrollment e
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE e.completion_status = '不予结业'
GROUP BY ALL

-- clause: ZJ-2014-04/16.8
SELECT
    e.project_id AS subject_id,
    e.project_id AS period,
    CASE
        WHEN bool_or(l.reason_code = '工作') OR count(l.reason_code) = count(*)
            THEN count(*) FILTER (l.reason_code = '工作')
    END AS numerator
FROM staging.leave l
JOIN staging.enrollment e USING (enrollment_id)
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE l.institution_approve_date IS NOT NULL
GROUP BY e.project_id

-- clause: ZJ-2014-04/17.1
WITH -- The last day on which no more than ten working days have passed since the day, which itself doesn't count.
deadlines AS (
    SELECT c.day AS end_date, coalesce(max(l.day), DATE '2026-12-31') AS deadline
    FROM calendar c
    LEFT JOIN calendar l ON l.worked = c.worked + 10
    GROUP BY c.day
),
asked AS (
    SELECT p.project_id, d.deadline
    FROM core.dim_project p
    LEFT JOIN deadlines d USING (end_date)
    WHERE p.status IS DISTINCT FROM '取消' AND p.end_date < as_of() AND NOT p.is_school_based
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN NOT bool_and(in_time) OR count(in_time) = count(*) THEN count(*) FILTER (in_time) END AS numerator,
    CASE WHEN NOT bool_and(in_time) OR count(in_time) = count(*) THEN count(*) END AS denominator
FROM (
    SELECT
        p.project_id,
        -- An evaluation without a day may have been in time or late.
        CASE
            WHEN e.evaluation_date IS NULL AND (e.evaluation_result IS NOT NULL OR e.score IS NOT NULL) THEN NULL
            ELSE coalesce(e.evaluation_date, as_of())
        END AS evaluated,
        CASE
            WHEN evaluated BETWEEN DATE '2010-01-01' AND DATE '2026-12-31' THEN evaluated <= p.deadline
        END AS in_time
    FROM staging.enrollment e
    JOIN asked p USING (project_id)
    WHERE e.checkin_status = '已报到'
)
GROUP BY project_id

-- clause: ZJ-2014-04/17.2
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN p.status IS NOT NULL AND p.is_school_based IS NOT NULL THEN coalesce(s.responses_valid, 0)
    END AS numerator
FROM core.dim_project p
LEFT JOIN marts.project_satisfaction s USING (project_id)
WHERE coalesce(p.status = '已结束', true) AND p.is_school_based IS NOT true

-- clause: ZJ-2014-04/18.1
-- A project has one line a kind of document.
WITH filed AS (
    SELECT project_id, count(*) AS kinds
    FROM staging.project_archive
    WHERE doc_type IN ('名册', '成绩', '课表', '管理日志', '工作小结')
    GROUP BY project_id
)
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN p.status IS NOT NULL THEN coalesce(f.kinds, 0) END AS numerator
FROM core.dim_project p
LEFT JOIN filed f USING (project_id)
WHERE coalesce(p.status NOT IN ('申报', '已发布', '取消'), true)

-- clause: ZJ-2014-04/18.2
-- Either the project is one of the province's key projects or it has 90 hours; where its key level isn't known it
-- may be both.
WITH filed AS (
    SELECT project_id, count(*) AS kinds
    FROM staging.project_archive
    WHERE doc_type IN ('典型经验', '心得', '简报总结')
    GROUP BY project_id
),
asked AS (
    SELECT 0 AS grain, project_id, key_level = '省' AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
    UNION ALL
    SELECT 1, project_id, key_level <> '省' AND hours_planned >= 90 AND delivery_mode = '集中'
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
SELECT
    p.grain,
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN p.applies THEN coalesce(f.kinds, 0) END AS numerator
FROM asked p
LEFT JOIN filed f USING (project_id)
WHERE p.applies IS NOT false

-- clause: ZJ-2014-04/18.3
WITH asked AS (
    SELECT
        0 AS grain,
        project_id,
        summary_submit_date,
        key_level = '省' AND status = '已结束' AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
    UNION ALL
    SELECT
        1,
        project_id,
        summary_submit_date,
        key_level <> '省' AND hours_planned >= 90 AND delivery_mode = '集中' AND status = '已结束'
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
SELECT
    grain,
    project_id AS subject_id,
    project_id AS period,
    CASE WHEN applies THEN (summary_submit_date IS NOT NULL)::INTEGER END AS numerator
FROM asked
WHERE applies IS NOT false
