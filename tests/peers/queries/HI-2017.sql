-- Hainan's credit rules of 2017 (HI-2017): what each of its clauses measures, in plain SQL.

-- clause: HI-2017/03.1
WITH admins AS (
    SELECT org_id, count(DISTINCT person_id) AS admins
    FROM staging.org_staff
    WHERE role = '学分管理员'
        AND coalesce(valid_from <= as_of(), true)
        AND coalesce(valid_to >= as_of(), true)
    GROUP BY org_id
)
SELECT 0 AS grain, school_id AS subject_id, year(as_of()) AS period, coalesce(admins, 0) AS numerator
FROM core.dim_school
LEFT JOIN admins ON org_id = school_id
WHERE coalesce(valid_to >= as_of(), true)
UNION ALL
SELECT 1, institution_id, year(as_of()), CASE WHEN institution_type IS NOT NULL THEN coalesce(admins, 0) END
FROM core.dim_institution
LEFT JOIN admins ON org_id = institution_id
WHERE coalesce(institution_type NOT IN ('学校', '非培训机构部门'), true) AND coalesce(valid_to >= as_of(), true)

-- clause: HI-2017/04.1
SELECT
    r.teacher_id AS subject_id,
    f.credit_year AS period,
    count(*) FILTER (
        WHERE (r.declare_date <= r.county_audit_date AND r.county_audit_date <= r.province_confirm_date) IS NOT true
    ) AS numerator
FROM staging.credit_record r
JOIN core.fct_credit f USING (record_id)
WHERE r.status = '省已认定'
GROUP BY ALL

-- clause: HI-2017/04.2
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        r.registrar_org_id = p.institution_id OR r.entrusted_by IS NOT NULL AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    LEFT JOIN core.dim_project p ON p.project_id = r.project_id AND p.status IS DISTINCT FROM '取消'
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
        AND r.source_type IN ('集中', '跟班', '网络', '混合')
)
GROUP BY ALL

-- clause: HI-2017/05.1
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        CASE
            WHEN r.level IN ('国', '省') THEN r.registrar_level IN ('国', '省')
            WHEN r.level IN ('市', '县') THEN r.registrar_level IN ('市', '县')
            WHEN r.level = '校' THEN r.registrar_level = '校'
        END AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
)
GROUP BY ALL

-- clause: HI-2017/06.1
SELECT p.project_id AS subject_id, p.project_id AS period, count(a.doc_type) AS numerator
FROM core.dim_project p
JOIN core.dim_institution i USING (institution_id)
LEFT JOIN staging.project_archive a
    ON a.project_id = p.project_id AND a.doc_type IN ('文件通知', '登分备案申请', '学员信息表', '过程材料')
WHERE i.institution_type = '非培训机构部门' AND p.status IS DISTINCT FROM '取消'
GROUP BY p.project_id

-- clause: HI-2017/07.1
WITH registered AS (
    SELECT project_id, max(register_date) AS day
    FROM staging.credit_record
    WHERE is_makeup IS NOT true AND status IN ('已登记', '市县已审', '省已认定')
    GROUP BY project_id
),
uploaded AS (
    SELECT project_id, max(uploaded_at)::DATE AS day
    FROM staging.project_archive
    WHERE doc_type IN (
        '登分审批表', '文件通知', '实施方案', '课表', '学员信息表', '过程材料', '成果总结', '登分备案申请'
    )
    GROUP BY project_id
),
asked AS (
    SELECT project_id, end_date, NOT is_school_based AND end_date < as_of() AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE WHEN p.applies THEN done.worked - ended.worked END AS numerator
FROM asked p
LEFT JOIN registered r USING (project_id)
LEFT JOIN uploaded u USING (project_id)
LEFT JOIN calendar ended ON ended.day = p.end_date
LEFT JOIN calendar done ON done.day = greatest(coalesce(r.day, as_of()), u.day)
WHERE p.applies IS NOT false

-- clause: HI-2017/07.2
WITH registered AS (
    SELECT project_id, min(register_date) AS day
    FROM staging.credit_record
    WHERE is_makeup IS NOT true AND status IN ('已登记', '市县已审', '省已认定')
    GROUP BY project_id
),
approved AS (
    SELECT project_id, min(approval_date) AS day
    FROM staging.project_archive
    WHERE doc_type = '登分审批表'
    GROUP BY project_id
)
SELECT
    p.project_id AS subject_id,
    p.project_id AS period,
    CASE
        WHEN p.is_school_based IS NOT NULL AND r.day IS NOT NULL THEN coalesce(a.day <= r.day, false)::INTEGER
    END AS numerator
FROM core.dim_project p
LEFT JOIN registered r USING (project_id)
LEFT JOIN approved a USING (project_id)
WHERE p.is_school_based IS NOT true AND p.status IS DISTINCT FROM '取消'

-- clause: HI-2017/07.3
WITH asked AS (
    SELECT project_id, NOT is_school_based AND status NOT IN ('申报', '已发布') AS applies
    FROM core.dim_project
    WHERE status IS DISTINCT FROM '取消'
),
kept AS (
    SELECT project_id, count(*) AS kinds
    FROM staging.project_archive
    WHERE doc_type IN ('登分审批表', '文件通知', '实施方案', '课表', '学员信息表', '过程材料', '成果总结')
    GROUP BY project_id
)
SELECT project_id AS subject_id, project_id AS period, CASE WHEN applies THEN coalesce(kinds, 0) END AS numerator
FROM asked
LEFT JOIN kept USING (project_id)
WHERE applies IS NOT false

-- clause: HI-2017/08.1
WITH trained AS (
    SELECT person_id, min(train_pass_date) AS passed
    FROM staging.org_staff
    GROUP BY person_id
)
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        CASE
            WHEN r.registrar_id IS NOT NULL AND r.register_date IS NOT NULL
                THEN coalesce(t.passed <= r.register_date, false)
        END AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    LEFT JOIN trained t ON t.person_id = r.registrar_id
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
)
GROUP BY ALL

-- clause: HI-2017/09.1
SELECT
    y.teacher_id AS subject_id,
    y.year AS period,
    CASE
        WHEN t.teacher_id IS NOT NULL AND y.is_assessed AND (t.status = '在职' AND t.is_in_scope) IS NOT false
            THEN y.credits
    END AS numerator
FROM marts.teacher_year y
LEFT JOIN core.dim_teacher t USING (teacher_id)

-- clause: HI-2017/09.2
SELECT teacher_id AS subject_id, credit_year AS period, coalesce(sum(base_credits), 0) AS numerator
FROM core.fct_credit
WHERE is_school_pool AND status IN ('ok', 'need_table')
GROUP BY ALL

-- clause: HI-2017/09.3
SELECT
    y.teacher_id AS subject_id,
    y.year AS period,
    CASE
        WHEN t.teacher_id IS NOT NULL AND y.is_assessed AND (t.status = '在职' AND t.is_in_scope) IS NOT false
            THEN y.hours
    END AS numerator
FROM marts.teacher_year y
LEFT JOIN core.dim_teacher t USING (teacher_id)

-- clause: HI-2017/09.4
SELECT teacher_id AS subject_id, period, credits AS numerator
FROM marts.teacher_cycle

-- clause: HI-2017/09.5
SELECT teacher_id AS subject_id, period, hours AS numerator
FROM marts.teacher_cycle

-- clause: HI-2017/09.6
SELECT
    r.teacher_id AS subject_id,
    f.credit_year AS period,
    count_if(r.level NOT IN ('市', '县', '省', '国')) AS numerator
FROM staging.credit_record r
JOIN core.fct_credit f USING (record_id)
WHERE r.is_makeup AND r.status IN ('已登记', '市县已审', '省已认定')
GROUP BY ALL

-- clause: HI-2017/10.1
SELECT teacher_id AS subject_id, came AS period, assessed_from_year - came AS numerator
FROM (
    SELECT teacher_id, transfer_date, assessed_from_year, greatest(year(hire_date), year(transfer_date)) AS came
    FROM core.dim_teacher
    WHERE is_in_scope
)
WHERE came BETWEEN (SELECT min(year) FROM marts.teacher_year) AND year(as_of())
    AND year(transfer_date) IS DISTINCT FROM came

-- clause: HI-2017/10.2
-- A certificate in whole months may begin or end within the month asked for: hence the 31 days.
SELECT
    t.teacher_id AS subject_id,
    year(t.transfer_date) AS period,
    coalesce(
        t.cert_issuer_level IN ('省', '市', '县')
        AND t.cert_from <= greatest((t.transfer_date - INTERVAL 5 YEAR)::DATE, p.teaching_start) + 31
        AND t.cert_to >= t.transfer_date - 31,
        false
    )::INTEGER AS numerator
FROM staging.teacher_transfer t
LEFT JOIN core.dim_teacher p USING (teacher_id)

-- clause: HI-2017/10.3
SELECT teacher_id AS subject_id, came AS period, assessed_from_year - came AS numerator
FROM (
    SELECT teacher_id, transfer_date, assessed_from_year, greatest(year(hire_date), year(transfer_date)) AS came
    FROM core.dim_teacher
    WHERE is_in_scope
)
WHERE came BETWEEN (SELECT min(year) FROM marts.teacher_year) AND year(as_of())
    AND year(transfer_date) = came

-- clause: HI-2017/12.1
WITH years AS (
    SELECT DISTINCT unnest([year(start_date), year(end_date)]) AS year
    FROM core.dim_project
)
SELECT u.unit_id AS subject_id, y.year AS period, (d.unit_id IS NOT NULL)::INTEGER AS numerator
FROM core.dim_unit u
JOIN years y ON y.year <= year(as_of())
LEFT JOIN staging.monitoring_doc d
    ON d.unit_id = u.unit_id
    AND d.year = y.year
    AND d.doc_type = '学分年度汇总'
    AND d.feedback_date <= make_date(d.year + 1, 3, 31)
WHERE u.is_county

-- clause: HI-2017/12.2
WITH counties AS (
    SELECT unit_id
    FROM core.dim_unit
    WHERE is_county
),
summaries AS (
    SELECT unit_id, year
    FROM staging.monitoring_doc
    SEMI JOIN counties USING (unit_id)
    WHERE doc_type = '周期汇总'
)
SELECT
    province() AS subject_id,
    c.period,
    count(DISTINCT s.unit_id) AS numerator,
    (SELECT count(*) FROM counties) AS denominator
FROM (SELECT DISTINCT period, cycle_end FROM marts.teacher_cycle) c
LEFT JOIN summaries s ON s.year - year(c.cycle_end) IN (0, 1)
GROUP BY c.period, c.cycle_end

-- clause: HI-2017/14.1
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        CASE WHEN p.split_year_registration IS NOT true THEN r.credit_year = year(r.certificate_date) END AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    LEFT JOIN core.dim_project p ON p.project_id = r.project_id AND p.status IS DISTINCT FROM '取消'
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
        AND r.certificate_date IS NOT NULL
        AND year(greatest(r.end_date, r.certificate_date)) > year(r.start_date)
)
GROUP BY ALL

-- clause: HI-2017/14.2
WITH due AS (
    SELECT teacher_id, year, sum(face_hours) AS hours
    FROM staging.degree_study
    WHERE passed AND audit_date IS NOT NULL
    GROUP BY ALL
),
registered AS (
    SELECT teacher_id, credit_year AS year, sum(hours_registered) AS hours
    FROM core.fct_credit
    WHERE source_type = '学历' AND status IN ('ok', 'need_table')
    GROUP BY ALL
)
SELECT
    r.teacher_id AS subject_id,
    r.year AS period,
    greatest(coalesce(r.hours, 0) - coalesce(d.hours, 0), 0) AS numerator
FROM registered r
LEFT JOIN due d USING (teacher_id, year)

-- clause: HI-2017/14.3.1
-- A line of a secondment bears the level of who sent the teacher: which level was registered stands in staging only.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(abs(credits_registered - base_credits)) AS numerator
FROM core.fct_credit
WHERE reason_code IS DISTINCT FROM 'not_registered'
    AND hours_registered >= 8
    AND (
        source_type IN ('集中', '教研活动') AND level IN ('国', '省', '市', '县')
        OR record_id IN (
            SELECT record_id
            FROM staging.credit_record
            WHERE source_type = '跟班' AND level IN ('国', '省', '市', '县')
        )
    )
GROUP BY ALL

-- clause: HI-2017/14.3.2
-- The record with most hours a day, of several the one of the lowest number. A line of a secondment bears the level
-- of who sent the teacher: which level was registered stands in staging only.
SELECT subject_id, period, worst.hours AS numerator, worst.days AS denominator
FROM (
    SELECT
        teacher_id AS subject_id,
        credit_year AS period,
        first(
            {'hours': hours_registered, 'days': end_date - start_date + 1}
            ORDER BY hours_registered::DOUBLE / (end_date - start_date + 1) DESC, record_id
        ) FILTER (WHERE start_date <= end_date) AS worst
    FROM core.fct_credit
    WHERE reason_code IS DISTINCT FROM 'not_registered'
        AND (
            source_type IN ('集中', '教研活动') AND level IN ('国', '省', '市', '县')
            OR record_id IN (
                SELECT record_id
                FROM staging.credit_record
                WHERE source_type = '跟班' AND level IN ('国', '省', '市', '县')
            )
        )
    GROUP BY ALL
)

-- clause: HI-2017/14.3.3
-- A line of a secondment bears the level of who sent the teacher: which level was registered stands in staging only.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(abs(credits_registered - base_credits)) AS numerator
FROM core.fct_credit
WHERE reason_code IS DISTINCT FROM 'not_registered'
    AND hours_registered < 8
    AND (
        source_type IN ('集中', '教研活动') AND level IN ('国', '省', '市', '县')
        OR record_id IN (
            SELECT record_id
            FROM staging.credit_record
            WHERE source_type = '跟班' AND level IN ('国', '省', '市', '县')
        )
    )
GROUP BY ALL

-- clause: HI-2017/14.3.4
-- A line of a secondment bears the level of who sent the teacher: which level was registered stands in staging only.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(CASE WHEN credits_registered < base_credits THEN 0 ELSE credits_registered - base_credits END) AS numerator
FROM core.fct_credit
WHERE reason_code IS DISTINCT FROM 'not_registered'
    AND hours_registered < 8
    AND (
        source_type IN ('集中', '教研活动') AND level IN ('国', '省', '市', '县')
        OR record_id IN (
            SELECT record_id
            FROM staging.credit_record
            WHERE source_type = '跟班' AND level IN ('国', '省', '市', '县')
        )
    )
GROUP BY ALL

-- clause: HI-2017/14.3.5
SELECT teacher_id AS subject_id, project_id AS period, coalesce(sum(credits_registered), 0) AS numerator
FROM core.fct_credit
WHERE is_project_capped AND project_id IS NOT NULL AND status IN ('ok', 'need_table')
GROUP BY ALL

-- clause: HI-2017/14.3.6
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        p.dispatch_org_level = r.level OR p.dispatch_org_level = '市县' AND r.level IN ('市', '县') AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    LEFT JOIN core.dim_project p ON p.project_id = r.project_id AND p.status IS DISTINCT FROM '取消'
    WHERE r.status IN ('已登记', '市县已审', '省已认定') AND r.source_type = '跟班'
)
GROUP BY ALL

-- clause: HI-2017/14.4.1
-- Null where the teacher has no examination registered at all, or the examination's length is not known.
SELECT
    e.teacher_id AS subject_id,
    e.exam_id AS period,
    bool_or(r.hours = floor(e.duration_min / 45))::INTEGER AS numerator
FROM staging.exam e
LEFT JOIN staging.credit_record r
    ON r.teacher_id = e.teacher_id
    AND r.source_type = '考试'
    AND r.status IN ('已登记', '市县已审', '省已认定')
WHERE e.result IS DISTINCT FROM '不合格'
GROUP BY ALL

-- clause: HI-2017/14.4.2
SELECT e.teacher_id AS subject_id, e.exam_id AS period, bool_or(r.level = '校')::INTEGER AS numerator
FROM staging.exam e
LEFT JOIN staging.credit_record r
    ON r.teacher_id = e.teacher_id
    AND r.source_type = '考试'
    AND r.status IN ('已登记', '市县已审', '省已认定')
WHERE e.organizer_type NOT IN ('教育行政', '教育行政部门', '考试机构', '培训机构', '教师培训机构')
    AND e.result IS DISTINCT FROM '不合格'
GROUP BY ALL

-- clause: HI-2017/14.4.3
SELECT teacher_id AS subject_id, credit_year AS period, coalesce(sum(base_credits), 0) AS numerator
FROM core.fct_credit
WHERE is_school_pool AND status IN ('ok', 'need_table')
GROUP BY ALL

-- clause: HI-2017/14.5.1
SELECT
    l.teacher_id AS subject_id,
    l.activity_id AS period,
    bool_or(
        r.credits = l.periods * CASE l.level WHEN '国' THEN 4 WHEN '省' THEN 3 WHEN '市县' THEN 2 WHEN '校' THEN 1 END
    )::INTEGER AS numerator
FROM staging.lecture l
LEFT JOIN staging.credit_record r
    ON r.teacher_id = l.teacher_id
    AND r.source_type = '主讲'
    AND r.status IN ('已登记', '市县已审', '省已认定')
GROUP BY ALL

-- clause: HI-2017/14.6.1
-- Whole months; the last day of a month completes a month begun on a later day.
SELECT
    teacher_id AS subject_id,
    agreement_id AS period,
    datediff('month', "start", "end") - ("end" <> last_day("end") AND day("end") < day("start"))::INTEGER AS numerator
FROM (
    SELECT mentor_id AS teacher_id, agreement_id, "start", "end"
    FROM staging.mentorship
    UNION
    SELECT mentee_id, agreement_id, "start", "end"
    FROM staging.mentorship
)
SEMI JOIN (
    SELECT teacher_id
    FROM staging.credit_record
    WHERE source_type = '师徒' AND status IN ('已登记', '市县已审', '省已认定')
) USING (teacher_id)

-- clause: HI-2017/14.6.2
-- Whole months; the last day of a month completes a month begun on a later day.
SELECT
    teacher_id AS subject_id,
    agreement_id AS period,
    datediff('month', "start", "end") - ("end" <> last_day("end") AND day("end") < day("start"))::INTEGER AS numerator
FROM (
    SELECT mentor_id AS teacher_id, agreement_id, "start", "end"
    FROM staging.mentorship
    UNION
    SELECT mentee_id, agreement_id, "start", "end"
    FROM staging.mentorship
)
SEMI JOIN (
    SELECT teacher_id
    FROM staging.credit_record
    WHERE source_type = '师徒' AND status IN ('已登记', '市县已审', '省已认定')
) USING (teacher_id)

-- clause: HI-2017/14.6.3
SELECT
    teacher_id AS subject_id,
    agreement_id AS period,
    (
        teacher_id IN (
            SELECT teacher_id
            FROM staging.credit_record
            WHERE source_type = '师徒' AND status IN ('已登记', '市县已审', '省已认定')
        )
    )::INTEGER AS numerator
FROM (
    SELECT mentor_id AS teacher_id, agreement_id
    FROM staging.mentorship
    WHERE certificate_no IS NOT NULL
    UNION
    SELECT mentee_id, agreement_id
    FROM staging.mentorship
    WHERE certificate_no IS NOT NULL
)

-- clause: HI-2017/14.7.1
-- Only a secondment's level differs between a registration and its line, so the line alone says it all.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(abs(credits_registered - base_credits)) AS numerator
FROM core.fct_credit
WHERE source_type = '网络'
    AND level IN ('国', '省', '市', '县')
    AND reason_code IS DISTINCT FROM 'not_registered'
GROUP BY ALL

-- clause: HI-2017/15.1
WITH years AS (
    SELECT DISTINCT unnest([year(start_date), year(end_date)]) AS year
    FROM core.dim_project
)
SELECT u.unit_id AS subject_id, y.year AS period, count(c.check_id) AS numerator
FROM core.dim_unit u
JOIN years y ON y.year <= year(as_of())
LEFT JOIN core.fct_spot_check c
    ON c.checker_unit_id = u.unit_id
    AND year(c.check_date) = y.year
    AND c.publicity_date IS NOT NULL
WHERE u.is_county
GROUP BY ALL

-- clause: HI-2017/16.1
WITH staff AS (
    SELECT teacher_id, school_id
    FROM core.dim_teacher
    WHERE status = '在职'
),
-- Years in which only teachers of no school have records count as years too.
records AS (
    SELECT s.school_id, coalesce(r.credit_year, year(r.end_date)) AS year, count(*) AS records
    FROM staging.credit_record r
    LEFT JOIN staff s USING (teacher_id)
    GROUP BY ALL
)
SELECT k.school_id AS subject_id, y.year AS period, coalesce(r.records, 0) AS numerator
FROM core.dim_school k
SEMI JOIN staff USING (school_id)
JOIN (SELECT DISTINCT year FROM records) y ON y.year < year(as_of())
LEFT JOIN records r ON r.school_id = k.school_id AND r.year = y.year

-- clause: HI-2017/17.1
SELECT
    school_id AS subject_id,
    year(as_of()) AS period,
    CASE
        WHEN school_type IN (
            '幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯',
            '特教', '教研', '培训', '电教', '校外教育'
        ) THEN 1
    END AS numerator
FROM core.dim_school
WHERE coalesce(valid_to >= as_of(), true)

-- clause: HI-2017/19.1
SELECT province() AS subject_id, year(as_of()) AS period, as_of() - DATE '2017-10-23' AS numerator
