-- Zhejiang's rules on the quality of training of 2014 (ZJ-2014-04), articles 2 to 18: what each clause measures.

-- clause: ZJ-2014-04/02.1
SELECT
    teacher_id AS subject_id,
    year(as_of()) AS period,
    CASE WHEN is_in_scope AND status = '在职' THEN 1 END AS numerator
FROM core.dim_teacher

-- clause: ZJ-2014-04/04.1
SELECT
    project_id AS subject_id,
    project_id AS period,
    CASE
        WHEN p.applies
            THEN EXISTS (
                FROM staging.institution_accreditation a
                WHERE a.institution_id = p.institution_id
                    AND coalesce(a.valid_from <= p.start_date, true)
                    AND coalesce(a.valid_to >= p.start_date, true)
                    AND coalesce(a.status NOT IN ('取消', '暂停'), true)
            )::INTEGER
    END AS numerator
FROM (
    SELECT project_id, institution_id, start_date, NOT is_school_based AND start_date <= as_of() AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
) p
WHERE p.applies IS NOT false

-- clause: ZJ-2014-04/04.2
SELECT
    institution_id AS subject_id,
    year(coalesce(valid_from, as_of())) AS period,
    count(*) FILTER (len(subjects) > 0 AND len(stages) > 0 AND len(categories) > 0 AND len(levels) > 0) AS numerator,
    count(*) AS denominator
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

-- clause: ZJ-2014-04/08.1
-- The version announced (1) is judged, without one the version submitted (0).
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
FROM plans
JOIN core.dim_project p USING (project_id)
WHERE p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT true

-- clause: ZJ-2014-04/08.2
WITH asked AS (
    SELECT project_id, hours_planned >= 90 AND delivery_mode = '集中' AND is_full_release AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
SELECT
    project_id AS subject_id,
    project_id AS period,
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
FROM staging.project_plan f
JOIN asked p USING (project_id)
WHERE f.plan_version <= 1 AND p.applies IS NOT false
GROUP BY project_id

-- clause: ZJ-2014-04/08.3
SELECT
    project_id AS subject_id,
    project_id AS period,
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
FROM staging.project_plan f
JOIN core.dim_project p USING (project_id)
WHERE f.plan_version <= 1
    AND p.status IS DISTINCT FROM '取消'
    AND coalesce(p.delivery_mode IN ('网络', '混合'), true)
GROUP BY project_id

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
    CASE WHEN p.key_level IS NOT NULL AND p.home IS NOT NULL THEN
        count(*) FILTER (
            x.work_region_code[:2] <> p.home[:2]
            OR x.work_region_code[3:4] <> '00' AND x.work_region_code[:4] <> p.home
        )
    END AS numerator,
    CASE WHEN p.key_level IS NOT NULL AND p.home IS NOT NULL THEN count(t.expert_id) END AS denominator
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
        WHEN p.key_level IS NOT NULL THEN count(*) FILTER (x.employer_type IN ('中小学幼儿园', '教研机构'))
    END AS numerator,
    CASE WHEN p.key_level IS NOT NULL THEN count(t.expert_id) END AS denominator
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
WITH tutors AS (
    SELECT project_id, count(*) AS tutors
    FROM staging.project_expert
    WHERE role = '在线辅导教师'
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
    SELECT school_id, year, max(due) AS last_due, count(*) FILTER (in_time) AS in_time
    FROM plans
    WHERE due IS NOT NULL
    GROUP BY school_id, year
)
SELECT
    school_id AS subject_id,
    format('{}-{}', year, year + 1) AS period,
    coalesce(c.in_time, 0) AS numerator
FROM core.dim_school s
CROSS JOIN (SELECT year, max(last_due) AS last_due FROM counts GROUP BY year) y
LEFT JOIN counts c USING (school_id, year)
WHERE s.school_type IN ('幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯', '中职', '特教')
    AND coalesce(s.valid_to >= y.last_due, true)

-- clause: ZJ-2014-04/12.2
SELECT school_id AS subject_id, semester[:4] AS period, count(approve_date) AS numerator, count(*) AS denominator
FROM staging.school_based_plan
GROUP BY ALL

-- clause: ZJ-2014-04/13.1
WITH days AS (
    SELECT DISTINCT class_id, date
    FROM staging.schedule
    WHERE date IS NOT NULL
),
scheduled AS (
    SELECT class_id, count(*) AS days
    FROM days
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
    CASE WHEN NOT p.is_school_based THEN coalesce(l.days, 0) END AS numerator,
    CASE WHEN NOT p.is_school_based THEN coalesce(s.days, 0) END AS denominator
FROM staging.class c
JOIN core.dim_project p USING (project_id)
LEFT JOIN scheduled s USING (class_id)
LEFT JOIN logged l USING (class_id)
WHERE c.status IS DISTINCT FROM '取消' AND p.status IS DISTINCT FROM '取消' AND p.is_school_based IS NOT true

-- clause: ZJ-2014-04/13.2
-- Attendance and teaching are always due, changes and practice where the project had any.
WITH kept AS (
    SELECT
        class_id,
        bool_or(content_type = '考勤')::INTEGER + bool_or(content_type = '课程与教学')::INTEGER AS always,
        bool_or(content_type = '方案调整')::INTEGER AS change,
        bool_or(content_type = '实践')::INTEGER AS practice
    FROM staging.training_log
    WHERE content_type IS NOT NULL
    GROUP BY class_id
),
asked AS (
    SELECT
        project_id,
        is_school_based,
        (project_id IN (SELECT project_id FROM staging.project_adjustment))::INTEGER AS changed,
        (project_id IN (SELECT project_id FROM staging.project_plan_course WHERE is_practice))::INTEGER AS practised
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消' AND is_school_based IS NOT true
)
SELECT
    class_id AS subject_id,
    class_id AS period,
    CASE
        WHEN NOT p.is_school_based
            THEN coalesce(k.always + k.change * p.changed + k.practice * p.practised, 0)
    END AS numerator,
    CASE WHEN NOT p.is_school_based THEN 2 + p.changed + p.practised END AS denominator
FROM staging.class c
JOIN asked p USING (project_id)
LEFT JOIN kept k USING (class_id)
WHERE c.status IS DISTINCT FROM '取消'

-- clause: ZJ-2014-04/14.1
SELECT
    project_id AS subject_id,
    project_id AS period,
    count(*) FILTER ((a.approve_date <= a.effective_date) IS NOT true) AS numerator
FROM staging.project_adjustment a
SEMI JOIN core.dim_project p ON p.project_id = a.project_id AND p.status IS DISTINCT FROM '取消'
WHERE coalesce(a.is_major, a.adjust_type IN ('时间', '地点', '形式', '合班'))
GROUP BY project_id

-- clause: ZJ-2014-04/14.2
SELECT
    project_id AS subject_id,
    project_id AS period,
    count(*) FILTER (a.notify_trainees_date <= a.effective_date) AS numerator,
    count(*) AS denominator
FROM staging.project_adjustment a
SEMI JOIN core.dim_project p ON p.project_id = a.project_id AND p.status IS DISTINCT FROM '取消'
WHERE coalesce(a.is_major, a.adjust_type IN ('时间', '地点', '形式', '合班'))
GROUP BY project_id

-- clause: ZJ-2014-04/14.3
-- Sessions of different classes of a plan are one lesson when expert, place, day and hour are the same.
WITH sessions AS (
    SELECT
        class_id,
        coalesce(c.project_plan_id, c.project_id) AS plan,
        s.expert_id,
        s.venue_id,
        s.date,
        s.session_start,
        s.merge_approve_date
    FROM staging.schedule s
    JOIN staging.class c USING (class_id)
    WHERE c.status IS DISTINCT FROM '取消' AND s.held IS NOT false
),
merged AS (
    SELECT s.class_id, count(*) AS sessions
    FROM sessions s
    SEMI JOIN sessions o
        ON o.plan = s.plan
        AND o.expert_id = s.expert_id
        AND o.venue_id = s.venue_id
        AND o.date = s.date
        AND o.session_start = s.session_start
        AND o.class_id <> s.class_id
    WHERE coalesce(s.merge_approve_date > s.date, true)
    GROUP BY s.class_id
)
SELECT class_id AS subject_id, class_id AS period, coalesce(m.sessions, 0) AS numerator
FROM staging.class c
SEMI JOIN core.dim_project p ON p.project_id = c.project_id AND p.status IS DISTINCT FROM '取消'
LEFT JOIN merged m USING (class_id)
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
SELECT
    e.teacher_id AS subject_id,
    e.project_id AS period,
    count(*) FILTER (l.institution_approve_date IS NOT NULL AND l.edu_bureau_approve_date IS NOT NULL) AS numerator,
    count(*) AS denominator
FROM staging.leave l
JOIN staging.enrollment e USING (enrollment_id)
SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
WHERE l.days > 1
GROUP BY ALL

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
asked AS (
    SELECT e.teacher_id, e.project_id, sum(m.attended) AS attended
    FROM marks m
    JOIN staging.enrollment e USING (enrollment_id)
    SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
    GROUP BY ALL
    HAVING max(m.absent) > 0
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
WITH asked AS (
    SELECT project_id, hours_planned >= 90 AND delivery_mode = '集中' AND is_full_release AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
),
trainees AS (
    SELECT e.enrollment_id, e.teacher_id, e.project_id, p.applies
    FROM staging.enrollment e
    JOIN asked p USING (project_id)
    WHERE e.completion_status = '结业' AND p.applies IS NOT false
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
    CASE WHEN bool_and(t.applies) AND count(m.due) = count(*) THEN sum(m.due) END AS denominator
FROM trainees t
LEFT JOIN marks m USING (enrollment_id)
GROUP BY t.teacher_id, t.project_id

-- clause: ZJ-2014-04/16.5
WITH asked AS (
    SELECT DISTINCT e.teacher_id, e.project_id
    FROM staging.enrollment e
    SEMI JOIN staging.discipline_event d ON d.enrollment_id = e.enrollment_id AND d.severity = '严重'
    SEMI JOIN core.dim_project p ON p.project_id = e.project_id AND p.status IS DISTINCT FROM '取消'
)
SELECT a.teacher_id AS subject_id, a.project_id AS period, coalesce(sum(r.hours), 0) AS numerator
FROM asked a
LEFT JOIN staging.credit_record r
    ON r.teacher_id = a.teacher_id
    AND r.project_id = a.project_id
    AND r.status IN ('已登记', '市县已审', '省已认定')
    AND r.completion = '合格'
GROUP BY a.teacher_id, a.project_id

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
    WHERE e.completion_status = '结业'
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
        coalesce(e.evaluation_date, as_of()) AS evaluated,
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
