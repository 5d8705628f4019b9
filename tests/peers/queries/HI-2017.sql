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
SELECT 0 AS grain, school_id AS subject_id, year(as_of()) AS period,
    CASE WHEN school_type IS NOT NULL THEN coalesce(admins, 0) END AS numerator
FROM core.dim_school
LEFT JOIN admins ON org_id = school_id
WHERE coalesce(valid_to >= as_of(), true) AND coalesce(school_type IN (
    '幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯', '特教', '教研', '培训', '电教', '校外教育'
), true)
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
WHERE r.status = '省已认定' AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2017-10-23'
GROUP BY ALL

-- clause: HI-2017/04.2
-- The organiser itself, or somebody of its own tier whom it entrusted.
WITH tiers AS (
    SELECT * FROM (
        VALUES ('国', '省级'), ('省', '省级'), ('市', '市县级'), ('县', '市县级'), ('校', '学校')
    ) AS t(word, tier)
),
marked AS (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        r.registrar_org_id = p.institution_id AS same,
        r.entrusted_by IS NOT NULL AS entrusted,
        (SELECT tier FROM tiers WHERE word = coalesce(b.authority_level, r.registrar_level))
            = (SELECT tier FROM tiers WHERE word = coalesce(o.authority_level, r.level)) AS same_tier
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    LEFT JOIN core.dim_project p ON p.project_id = r.project_id AND p.status IS DISTINCT FROM '取消'
    LEFT JOIN core.dim_institution o ON o.institution_id = p.institution_id
    LEFT JOIN core.dim_institution b ON b.institution_id = r.registrar_org_id
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
        AND r.source_type IN ('集中', '跟班', '网络', '混合')
        AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2017-10-23'
),
judged AS (
    SELECT subject_id, period, CASE WHEN same OR NOT entrusted THEN same ELSE same_tier END AS good
    FROM marked
)
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM judged
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
        AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2017-10-23'
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
-- Passed the training by the day, and permitted what is registered; a permission nobody wrote down leaves it open.
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        CASE
            WHEN r.registrar_id IS NULL OR r.register_date IS NULL THEN NULL
            WHEN EXISTS (
                FROM staging.org_staff s
                WHERE s.person_id = r.registrar_id
                    AND s.train_pass_date <= r.register_date
                    AND r.level IN (
                        SELECT unnest(
                            CASE s.permission_level
                                WHEN '省' THEN ['国', '省'] WHEN '市县' THEN ['市', '县'] WHEN '学校' THEN ['校']
                            END
                        )
                    )
            ) THEN true
            WHEN NOT EXISTS (
                FROM staging.org_staff s
                WHERE s.person_id = r.registrar_id
                    AND s.train_pass_date <= r.register_date
                    AND s.permission_level IS NULL
            ) THEN false
        END AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    WHERE r.status IN ('已登记', '市县已审', '省已认定') AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2017-10-23'
)
GROUP BY ALL

-- clause: HI-2017/08.2
-- 0: institutions; 1: schools
WITH years AS (
    SELECT DISTINCT unnest([year(start_date), year(end_date)]) AS year
    FROM core.dim_project
),
asked AS (
    SELECT 0 AS grain, institution_id AS subject_id, institution_type IS NOT NULL AS is_told
    FROM core.dim_institution
    WHERE coalesce(institution_type NOT IN ('学校', '非培训机构部门'), true)
    UNION ALL
    SELECT 1, school_id, school_type IS NOT NULL
    FROM core.dim_school
    WHERE coalesce(school_type IN (
    '幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯', '特教', '教研', '培训', '电教', '校外教育'
), true)
)
SELECT
    a.grain,
    a.subject_id,
    y.year AS period,
    CASE WHEN any_value(a.is_told) THEN count(d.unit_id) END AS numerator
FROM asked a
JOIN years y ON y.year <= year(as_of())
LEFT JOIN staging.monitoring_doc d ON d.unit_id = a.subject_id AND d.year = y.year AND d.doc_type = '年度总结'
GROUP BY ALL

-- clause: HI-2017/09.1
-- Who no longer serves was asked until the day of leaving, as far as the record of posts tells it.
WITH posts AS (
    SELECT
        teacher_id,
        coalesce(
            min(coalesce(valid_to + 1, valid_from)) FILTER (move_type = '退休'),
            CASE WHEN count(*) = count(valid_to) THEN max(valid_to) + 1 END
        ) AS left_on
    FROM staging.teacher_assignment
    GROUP BY teacher_id
)
SELECT
    y.teacher_id AS subject_id,
    y.year AS period,
    CASE
        WHEN t.teacher_id IS NOT NULL AND t.is_in_scope IS NOT false
            AND CASE WHEN t.status <> '在职' THEN y.year >= t.assessed_from_year ELSE y.is_assessed END
            AND NOT (
                make_date(y.year, 12, 31) >= as_of() AND coalesce(t.status <> '在职', false)
                AND coalesce(p.left_on <= make_date(y.year, 12, 31), true)
            )
            THEN y.credits
    END AS numerator
FROM marts.teacher_year y
LEFT JOIN core.dim_teacher t USING (teacher_id)
LEFT JOIN posts p ON p.teacher_id = y.teacher_id

-- clause: HI-2017/09.2
SELECT teacher_id AS subject_id, credit_year AS period, coalesce(sum(base_credits), 0) AS numerator
FROM core.fct_credit
WHERE is_school_pool AND status IN ('ok', 'need_table')
GROUP BY ALL

-- clause: HI-2017/09.3
-- Who no longer serves was asked until the day of leaving, as far as the record of posts tells it.
WITH posts AS (
    SELECT
        teacher_id,
        coalesce(
            min(coalesce(valid_to + 1, valid_from)) FILTER (move_type = '退休'),
            CASE WHEN count(*) = count(valid_to) THEN max(valid_to) + 1 END
        ) AS left_on
    FROM staging.teacher_assignment
    GROUP BY teacher_id
)
SELECT
    y.teacher_id AS subject_id,
    y.year AS period,
    CASE
        WHEN t.teacher_id IS NOT NULL AND t.is_in_scope IS NOT false
            AND CASE WHEN t.status <> '在职' THEN y.year >= t.assessed_from_year ELSE y.is_assessed END
            AND NOT (
                make_date(y.year, 12, 31) >= as_of() AND coalesce(t.status <> '在职', false)
                AND coalesce(p.left_on <= make_date(y.year, 12, 31), true)
            )
            THEN y.hours
    END AS numerator
FROM marts.teacher_year y
LEFT JOIN core.dim_teacher t USING (teacher_id)
LEFT JOIN posts p ON p.teacher_id = y.teacher_id

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

-- clause: HI-2017/09.7
-- What was made up comes off the year's figure before it is held against the limit.
WITH makeups AS (
    SELECT
        r.teacher_id,
        r.makeup_for_year::VARCHAR AS year,
        count(*) AS records,
        coalesce(sum(f.counted_hours) FILTER (f.status IN ('ok', 'need_table')), 0) AS hours,
        coalesce(sum(f.base_credits) FILTER (f.status IN ('ok', 'need_table')), 0) AS credits
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    WHERE r.is_makeup AND r.status IN ('已登记', '市县已审', '省已认定')
    GROUP BY ALL
),
figures AS (
    SELECT subject_id, period, unit, threshold, CASE WHEN verdict <> 'undetermined' THEN value END AS value
    FROM findings
    WHERE clause_id IN ('HI-2017/09.1', 'HI-2017/09.3')
)
SELECT
    m.teacher_id AS subject_id,
    m.year AS period,
    CASE
        WHEN m.year IS NULL THEN NULL
        WHEN c.value - m.credits < c.threshold OR h.value - m.hours < h.threshold THEN 0
        WHEN c.value - m.credits >= c.threshold AND h.value - m.hours >= h.threshold THEN m.records
    END AS numerator
FROM makeups m
LEFT JOIN figures c ON c.subject_id = m.teacher_id AND c.period = m.year AND c.unit = '学分'
LEFT JOIN figures h ON h.subject_id = m.teacher_id AND h.period = m.year AND h.unit = '学时'

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
    CASE
        -- No certificate at all.
        WHEN coalesce(t.cert_issuer_level, t.cert_from::VARCHAR, t.cert_to::VARCHAR) IS NULL THEN 0
        ELSE (
            t.cert_issuer_level IN ('省', '市', '县')
            AND t.cert_from <= greatest((t.transfer_date - INTERVAL 5 YEAR)::DATE, p.teaching_start) + 31
            AND t.cert_to >= t.transfer_date - 31
        )::INTEGER
    END AS numerator
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
-- 0: counties; 1: cities
WITH years AS (
    SELECT DISTINCT unnest([year(start_date), year(end_date)]) AS year
    FROM core.dim_project
)
SELECT if(u.is_county, 0, 1) AS grain, u.unit_id AS subject_id, y.year AS period,
    (d.unit_id IS NOT NULL)::INTEGER AS numerator
FROM core.dim_unit u
JOIN years y ON y.year <= year(as_of())
LEFT JOIN staging.monitoring_doc d
    ON d.unit_id = u.unit_id
    AND d.year = y.year
    AND d.doc_type = '学分年度汇总'
    AND d.feedback_date IS NOT NULL
WHERE u.is_county OR u.level = '市'

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
-- The least it can be: courses of which nobody wrote down whether they were passed count as passed.
WITH due AS (
    SELECT
        teacher_id,
        year,
        sum(face_hours) FILTER (passed IS NOT false) AS most,
        sum(face_hours) FILTER (passed) AS least,
        bool_or(face_hours IS NULL AND passed IS NOT false) AS is_untold
    FROM staging.degree_study
    WHERE audit_date IS NOT NULL
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
    CASE
        WHEN d.is_untold AND coalesce(r.hours, 0) > coalesce(d.least, 0) THEN NULL
        ELSE greatest(coalesce(r.hours, 0) - coalesce(d.most, 0), 0)
    END AS numerator
FROM registered r
LEFT JOIN due d USING (teacher_id, year)

-- clause: HI-2017/14.3.1
-- A line of a secondment bears the level of who sent the teacher: which level was registered stands in staging only.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(least(
        abs(credits_registered - base_credits),
        -- What the project's cap leaves is due as well.
        abs(credits_registered - base_credits + cut.credits_lost_project_cap)
    )) AS numerator
FROM core.fct_credit
LEFT JOIN (SELECT record_id, credits_lost_project_cap FROM marts.cap_loss_record) AS cut USING (record_id)
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
-- The record furthest from eight hours a day, of several the one of the lowest number. The days are those from start to
-- end or those the project planned, whichever the hours are nearer to; over more than a week days of rest may lie
-- between, so that too few hours say nothing. Less than a day is not asked about. A line of a secondment bears the level of who sent the teacher: which
-- level was registered stands in staging only.
WITH chosen AS (
    SELECT
        f.teacher_id,
        f.credit_year,
        f.record_id,
        f.hours_registered AS hours,
        CASE WHEN f.start_date <= f.end_date THEN f.end_date - f.start_date + 1 END AS span,
        CASE WHEN p.days > 0 THEN p.days END AS planned
    FROM core.fct_credit f
    LEFT JOIN core.dim_project p ON p.project_id = f.project_id
    WHERE f.reason_code IS DISTINCT FROM 'not_registered'
        AND (
            f.source_type IN ('集中', '教研活动') AND f.level IN ('国', '省', '市', '县')
            OR f.record_id IN (
                SELECT record_id
                FROM staging.credit_record
                WHERE source_type = '跟班' AND level IN ('国', '省', '市', '县')
            )
        )
),
dated AS (
    SELECT
        *,
        CASE
            WHEN planned IS NULL THEN CASE WHEN span <= 7 OR hours >= 8 * span THEN span END
            WHEN abs(hours - 8 * span) <= abs(hours - 8 * planned) THEN span
            ELSE planned
        END AS days
    FROM chosen
)
SELECT subject_id, period, worst.hours AS numerator, worst.days AS denominator
FROM (
    SELECT
        teacher_id AS subject_id,
        credit_year AS period,
        first(
            {'hours': hours, 'days': days} ORDER BY abs(hours::DOUBLE / days::DOUBLE - 8) DESC, record_id
        ) FILTER (WHERE days IS NOT NULL) AS worst
    FROM dated
    WHERE NOT (coalesce(days <= 1, false) AND hours < 8)
    GROUP BY ALL
)

-- clause: HI-2017/14.3.3
-- A line of a secondment bears the level of who sent the teacher: which level was registered stands in staging only.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(least(
        abs(credits_registered - base_credits),
        -- What the project's cap leaves is due as well.
        abs(credits_registered - base_credits + cut.credits_lost_project_cap)
    )) AS numerator
FROM core.fct_credit
LEFT JOIN (SELECT record_id, credits_lost_project_cap FROM marts.cap_loss_record) AS cut USING (record_id)
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

-- clause: HI-2017/14.3.7
-- An authority by its code, its name or what such bodies are called; a school on file is none.
SELECT
    subject_id,
    period,
    CASE WHEN count(*) FILTER (WHERE NOT good) > 0 OR count(good) = count(*) THEN count(*) FILTER (WHERE NOT good) END AS numerator
FROM (
    SELECT
        r.teacher_id AS subject_id,
        f.credit_year AS period,
        CASE
            WHEN coalesce(trim(r.approved_by), '') = '' THEN false
            WHEN regexp_matches(
                r.approved_by,
                '教育(厅|局|体育局|科技局|委员会|行政)|教(委|体局|科局)|社会?(发展|事业)局|社发局'
            ) THEN true
            WHEN trim(r.approved_by) IN (
                SELECT unnest([unit_id, unit_name]) FROM core.dim_unit
            ) THEN true
            WHEN trim(r.approved_by) IN (
                SELECT unnest([school_id, school_name]) FROM core.dim_school
            ) THEN false
        END AS good
    FROM staging.credit_record r
    JOIN core.fct_credit f USING (record_id)
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
        AND r.source_type = '教研活动'
        AND r.level IN ('国', '省', '市', '县')
)
GROUP BY ALL

-- clause: HI-2017/14.3.8
SELECT
    r.teacher_id AS subject_id,
    f.credit_year AS period,
    CASE
        WHEN count_if(r.credits > 0) > 0 OR count(r.credits) = count(*) THEN count_if(r.credits > 0)
    END AS numerator
FROM staging.credit_record r
JOIN core.fct_credit f USING (record_id)
WHERE r.completion = '不合格'
    AND r.status IN ('已登记', '市县已审', '省已认定')
    AND r.source_type IN ('集中', '跟班', '教研活动', '混合')
GROUP BY ALL

-- clause: HI-2017/14.4.1
-- Each registration speaks for one event, of the day where the event tells it; see how many events of an amount there
-- are beside how many registrations of it.
WITH events AS (
    SELECT teacher_id, exam_id AS event, exam_date AS day, floor(duration_min / 45)::DECIMAL(18, 3) AS due
    FROM staging.exam
    WHERE result IS DISTINCT FROM '不合格'
),
records AS (
    SELECT
        r.teacher_id,
        r.hours AS amount,
        (
            SELECT min(e.day)
            FROM events e
            WHERE e.teacher_id = r.teacher_id AND e.day BETWEEN coalesce(r.start_date, r.end_date) AND r.end_date
        ) AS day
    FROM staging.credit_record r
    WHERE r.source_type = '考试' AND r.status IN ('已登记', '市县已审', '省已认定')
),
wanted AS (
    SELECT
        teacher_id,
        day,
        due,
        count(*) AS events,
        (
            SELECT count(*)
            FROM records r
            WHERE r.teacher_id = e.teacher_id AND r.day IS NOT DISTINCT FROM e.day AND r.amount = e.due
        ) AS fits
    FROM events e
    GROUP BY ALL
),
sittings AS (
    SELECT
        teacher_id,
        day,
        sum(events) AS events,
        sum(least(events, fits)) AS claimed,
        (
            SELECT count(*)
            FROM records r
            WHERE r.teacher_id = w.teacher_id AND r.day IS NOT DISTINCT FROM w.day
        ) AS records,
        (
            SELECT count(*)
            FROM records r
            WHERE r.teacher_id = w.teacher_id AND r.day IS NOT DISTINCT FROM w.day AND r.amount IS NULL
        ) AS blank
    FROM wanted w
    GROUP BY ALL
)
SELECT
    e.teacher_id AS subject_id,
    e.event AS period,
    CASE
        WHEN e.due IS NULL OR s.records = 0 THEN NULL
        WHEN w.fits >= w.events THEN 1
        WHEN w.fits = 0 AND s.blank = 0 AND s.records - s.claimed >= s.events - s.claimed THEN 0
    END AS numerator
FROM events e
JOIN wanted w ON w.teacher_id = e.teacher_id AND w.day IS NOT DISTINCT FROM e.day AND w.due IS NOT DISTINCT FROM e.due
JOIN sittings s ON s.teacher_id = e.teacher_id AND s.day IS NOT DISTINCT FROM e.day

-- clause: HI-2017/14.4.2
-- Of all the teacher's examinations (of the day, where told) some are others' and ask for the school's level.
WITH exams AS (
    SELECT
        teacher_id,
        exam_id,
        exam_date AS day,
        organizer_type NOT IN ('教育行政', '教育行政部门', '培训机构', '教师培训机构') AS is_other
    FROM staging.exam
    WHERE result IS DISTINCT FROM '不合格'
),
sittings AS (
    SELECT teacher_id, day, count(*) AS sat, count_if(is_other) AS others
    FROM exams
    GROUP BY ALL
),
records AS (
    SELECT
        r.teacher_id,
        r.level = '校' AS at_school,
        (
            SELECT min(e.day)
            FROM exams e
            WHERE e.teacher_id = r.teacher_id AND e.day BETWEEN coalesce(r.start_date, r.end_date) AND r.end_date
        ) AS day
    FROM staging.credit_record r
    WHERE r.source_type = '考试' AND r.status IN ('已登记', '市县已审', '省已认定')
),
counts AS (
    SELECT teacher_id, day, count_if(at_school) AS school, count_if(NOT at_school) AS higher
    FROM records
    GROUP BY ALL
)
SELECT
    e.teacher_id AS subject_id,
    e.exam_id AS period,
    CASE
        WHEN e.is_other IS NULL THEN NULL
        WHEN c.higher = 0 OR (c.school >= s.others AND c.higher <= s.sat - s.others) THEN 1
        WHEN c.school = 0 AND c.higher >= s.sat THEN 0
    END AS numerator
FROM exams e
JOIN sittings s ON s.teacher_id = e.teacher_id AND s.day IS NOT DISTINCT FROM e.day
LEFT JOIN counts c ON c.teacher_id = e.teacher_id AND c.day IS NOT DISTINCT FROM e.day
WHERE e.is_other IS NOT false

-- clause: HI-2017/14.4.3
SELECT teacher_id AS subject_id, credit_year AS period, coalesce(sum(base_credits), 0) AS numerator
FROM core.fct_credit
WHERE is_school_pool AND status IN ('ok', 'need_table')
GROUP BY ALL

-- clause: HI-2017/14.5.1
-- Each registration speaks for one event, of the day where the event tells it; see how many events of an amount there
-- are beside how many registrations of it.
WITH events AS (
    SELECT teacher_id, activity_id AS event, activity_date AS day, (periods * CASE level WHEN '国' THEN 4 WHEN '省' THEN 3 WHEN '市县' THEN 2 WHEN '校' THEN 1 END)::DECIMAL(18, 3) AS due
    FROM staging.lecture
    
),
records AS (
    SELECT
        r.teacher_id,
        r.credits AS amount,
        (
            SELECT min(e.day)
            FROM events e
            WHERE e.teacher_id = r.teacher_id AND e.day BETWEEN coalesce(r.start_date, r.end_date) AND r.end_date
        ) AS day
    FROM staging.credit_record r
    WHERE r.source_type = '主讲' AND r.status IN ('已登记', '市县已审', '省已认定')
),
wanted AS (
    SELECT
        teacher_id,
        day,
        due,
        count(*) AS events,
        (
            SELECT count(*)
            FROM records r
            WHERE r.teacher_id = e.teacher_id AND r.day IS NOT DISTINCT FROM e.day AND r.amount = e.due
        ) AS fits
    FROM events e
    GROUP BY ALL
),
sittings AS (
    SELECT
        teacher_id,
        day,
        sum(events) AS events,
        sum(least(events, fits)) AS claimed,
        (
            SELECT count(*)
            FROM records r
            WHERE r.teacher_id = w.teacher_id AND r.day IS NOT DISTINCT FROM w.day
        ) AS records,
        (
            SELECT count(*)
            FROM records r
            WHERE r.teacher_id = w.teacher_id AND r.day IS NOT DISTINCT FROM w.day AND r.amount IS NULL
        ) AS blank
    FROM wanted w
    GROUP BY ALL
)
SELECT
    e.teacher_id AS subject_id,
    e.event AS period,
    CASE
        WHEN e.due IS NULL OR s.records = 0 THEN NULL
        WHEN w.fits >= w.events THEN 1
        WHEN w.fits = 0 AND s.blank = 0 AND s.records - s.claimed >= s.events - s.claimed THEN 0
    END AS numerator
FROM events e
JOIN wanted w ON w.teacher_id = e.teacher_id AND w.day IS NOT DISTINCT FROM e.day AND w.due IS NOT DISTINCT FROM e.due
JOIN sittings s ON s.teacher_id = e.teacher_id AND s.day IS NOT DISTINCT FROM e.day

-- clause: HI-2017/14.6.1
-- Long enough, and exactly sixty hours. Whole months; the last day of a month completes one begun on a later day.
WITH sides AS (
    SELECT mentor_id AS teacher_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
    UNION
    SELECT mentee_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
),
own AS (
    -- Each registration's own agreement: most days shared, then the nearest ends; without known days the only one.
    SELECT record_id, teacher_id, agreement_id, hours, certificate_no
    FROM (
        SELECT
            r.record_id,
            r.teacher_id,
            r.hours,
            s.agreement_id,
            s.certificate_no,
            least(r.end_date, s."end") - greatest(coalesce(r.start_date, r.end_date), s."start") + 1 AS days,
            if(r.end_date IS NULL OR s."start" IS NULL OR s."end" IS NULL OR (r.start_date IS NULL AND days <= 0),
               NULL, days) AS shared,
            abs(coalesce(r.start_date, r.end_date) - s."start") + abs(r.end_date - s."end") AS apart,
            count(*) OVER (PARTITION BY r.record_id) = 1 AS is_only
        FROM staging.credit_record r
        JOIN sides s USING (teacher_id)
        WHERE r.source_type = '师徒' AND r.status IN ('已登记', '市县已审', '省已认定')
    )
    WHERE coalesce(shared > 0, is_only)
    QUALIFY row_number() OVER (
        PARTITION BY record_id ORDER BY shared DESC NULLS LAST, apart NULLS LAST, agreement_id
    ) = 1
)
SELECT
    s.teacher_id AS subject_id,
    s.agreement_id AS period,
    ((datediff('month', s."start", s."end") - (s."end" <> last_day(s."end") AND day(s."end") < day(s."start"))::INTEGER) >= 2 AND sum(o.hours) = 60)::INTEGER AS numerator
FROM sides s
JOIN own o USING (teacher_id, agreement_id)
GROUP BY s.teacher_id, s.agreement_id, s."start", s."end"

-- clause: HI-2017/14.6.2
-- Whole months; the last day of a month completes a month begun on a later day.
WITH sides AS (
    SELECT mentor_id AS teacher_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
    UNION
    SELECT mentee_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
),
own AS (
    -- Each registration's own agreement: most days shared, then the nearest ends; without known days the only one.
    SELECT record_id, teacher_id, agreement_id, hours, certificate_no
    FROM (
        SELECT
            r.record_id,
            r.teacher_id,
            r.hours,
            s.agreement_id,
            s.certificate_no,
            least(r.end_date, s."end") - greatest(coalesce(r.start_date, r.end_date), s."start") + 1 AS days,
            if(r.end_date IS NULL OR s."start" IS NULL OR s."end" IS NULL OR (r.start_date IS NULL AND days <= 0),
               NULL, days) AS shared,
            abs(coalesce(r.start_date, r.end_date) - s."start") + abs(r.end_date - s."end") AS apart,
            count(*) OVER (PARTITION BY r.record_id) = 1 AS is_only
        FROM staging.credit_record r
        JOIN sides s USING (teacher_id)
        WHERE r.source_type = '师徒' AND r.status IN ('已登记', '市县已审', '省已认定')
    )
    WHERE coalesce(shared > 0, is_only)
    QUALIFY row_number() OVER (
        PARTITION BY record_id ORDER BY shared DESC NULLS LAST, apart NULLS LAST, agreement_id
    ) = 1
)
SELECT s.teacher_id AS subject_id, s.agreement_id AS period, datediff('month', s."start", s."end") - (s."end" <> last_day(s."end") AND day(s."end") < day(s."start"))::INTEGER AS numerator
FROM sides s
SEMI JOIN own USING (teacher_id, agreement_id)

-- clause: HI-2017/14.6.3
WITH sides AS (
    SELECT mentor_id AS teacher_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
    UNION
    SELECT mentee_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
),
own AS (
    -- Each registration's own agreement: most days shared, then the nearest ends; without known days the only one.
    SELECT record_id, teacher_id, agreement_id, hours, certificate_no
    FROM (
        SELECT
            r.record_id,
            r.teacher_id,
            r.hours,
            s.agreement_id,
            s.certificate_no,
            least(r.end_date, s."end") - greatest(coalesce(r.start_date, r.end_date), s."start") + 1 AS days,
            if(r.end_date IS NULL OR s."start" IS NULL OR s."end" IS NULL OR (r.start_date IS NULL AND days <= 0),
               NULL, days) AS shared,
            abs(coalesce(r.start_date, r.end_date) - s."start") + abs(r.end_date - s."end") AS apart,
            count(*) OVER (PARTITION BY r.record_id) = 1 AS is_only
        FROM staging.credit_record r
        JOIN sides s USING (teacher_id)
        WHERE r.source_type = '师徒' AND r.status IN ('已登记', '市县已审', '省已认定')
    )
    WHERE coalesce(shared > 0, is_only)
    QUALIFY row_number() OVER (
        PARTITION BY record_id ORDER BY shared DESC NULLS LAST, apart NULLS LAST, agreement_id
    ) = 1
)
SELECT
    s.teacher_id AS subject_id,
    s.agreement_id AS period,
    CASE
        WHEN s."start" IS NOT NULL AND s."end" IS NOT NULL
            THEN ((s.teacher_id, s.agreement_id) IN (SELECT (teacher_id, agreement_id) FROM own))::INTEGER
    END AS numerator
FROM sides s
WHERE s.certificate_no IS NOT NULL AND coalesce((datediff('month', s."start", s."end") - (s."end" <> last_day(s."end") AND day(s."end") < day(s."start"))::INTEGER) >= 2, true)

-- clause: HI-2017/14.6.4
WITH sides AS (
    SELECT mentor_id AS teacher_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
    UNION
    SELECT mentee_id, agreement_id, "start", "end", certificate_no
    FROM staging.mentorship
),
own AS (
    -- Each registration's own agreement: most days shared, then the nearest ends; without known days the only one.
    SELECT record_id, teacher_id, agreement_id, hours, certificate_no
    FROM (
        SELECT
            r.record_id,
            r.teacher_id,
            r.hours,
            s.agreement_id,
            s.certificate_no,
            least(r.end_date, s."end") - greatest(coalesce(r.start_date, r.end_date), s."start") + 1 AS days,
            if(r.end_date IS NULL OR s."start" IS NULL OR s."end" IS NULL OR (r.start_date IS NULL AND days <= 0),
               NULL, days) AS shared,
            abs(coalesce(r.start_date, r.end_date) - s."start") + abs(r.end_date - s."end") AS apart,
            count(*) OVER (PARTITION BY r.record_id) = 1 AS is_only
        FROM staging.credit_record r
        JOIN sides s USING (teacher_id)
        WHERE r.source_type = '师徒' AND r.status IN ('已登记', '市县已审', '省已认定')
    )
    WHERE coalesce(shared > 0, is_only)
    QUALIFY row_number() OVER (
        PARTITION BY record_id ORDER BY shared DESC NULLS LAST, apart NULLS LAST, agreement_id
    ) = 1
)
SELECT
    r.teacher_id AS subject_id,
    f.credit_year AS period,
    CASE
        WHEN count_if(o.record_id IS NOT NULL AND o.certificate_no IS NULL) > 0 OR count(o.record_id) = count(*)
            THEN count_if(o.record_id IS NOT NULL AND o.certificate_no IS NULL)
    END AS numerator
FROM staging.credit_record r
JOIN core.fct_credit f USING (record_id)
LEFT JOIN own o USING (record_id)
WHERE r.source_type = '师徒' AND r.status IN ('已登记', '市县已审', '省已认定')
GROUP BY ALL

-- clause: HI-2017/14.7.1
-- Only a secondment's level differs between a registration and its line, so the line alone says it all.
SELECT
    teacher_id AS subject_id,
    credit_year AS period,
    max(least(
        abs(credits_registered - base_credits),
        -- What the project's cap leaves is due as well.
        abs(credits_registered - base_credits + cut.credits_lost_project_cap)
    )) AS numerator
FROM core.fct_credit
LEFT JOIN (SELECT record_id, credits_lost_project_cap FROM marts.cap_loss_record) AS cut USING (record_id)
WHERE source_type = '网络'
    AND level IN ('国', '省', '市', '县')
    AND reason_code IS DISTINCT FROM 'not_registered'
GROUP BY ALL

-- clause: HI-2017/14.7.2
SELECT
    r.teacher_id AS subject_id,
    f.credit_year AS period,
    CASE
        WHEN count_if(r.credits > 0) > 0 OR count(r.credits) = count(*) THEN count_if(r.credits > 0)
    END AS numerator
FROM staging.credit_record r
JOIN core.fct_credit f USING (record_id)
WHERE r.completion = '不合格'
    AND r.status IN ('已登记', '市县已审', '省已认定')
    AND r.source_type = '网络'
GROUP BY ALL

-- clause: HI-2017/15.1
-- 0: counties; 1: cities
WITH years AS (
    SELECT DISTINCT unnest([year(start_date), year(end_date)]) AS year
    FROM core.dim_project
)
SELECT if(u.is_county, 0, 1) AS grain, u.unit_id AS subject_id, y.year AS period, count(c.check_id) AS numerator
FROM core.dim_unit u
JOIN years y ON y.year <= year(as_of())
LEFT JOIN core.fct_spot_check c
    ON c.checker_unit_id = u.unit_id
    AND year(c.check_date) = y.year
    AND c.publicity_date IS NOT NULL
WHERE u.is_county OR u.level = '市'
GROUP BY ALL

-- clause: HI-2017/16.1
-- 0: schools with teachers; 1: institutions in the years in which projects of theirs ended
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
SELECT 0 AS grain, k.school_id AS subject_id, y.year AS period,
    CASE WHEN k.school_type IS NOT NULL THEN coalesce(r.records, 0) END AS numerator
FROM core.dim_school k
SEMI JOIN staff USING (school_id)
JOIN (SELECT DISTINCT year FROM records) y ON y.year < year(as_of())
LEFT JOIN records r ON r.school_id = k.school_id AND r.year = y.year
WHERE coalesce(k.school_type IN (
    '幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯', '特教', '教研', '培训', '电教', '校外教育'
), true)
UNION ALL
SELECT 1, p.institution_id, year(p.end_date),
    CASE WHEN any_value(i.institution_type) IS NOT NULL THEN
        sum((SELECT count(*) FROM staging.credit_record c WHERE c.project_id = p.project_id)
            + (SELECT count(*) FROM staging.project_archive a WHERE a.project_id = p.project_id))
    END
FROM core.dim_project p
JOIN core.dim_institution i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消' AND year(p.end_date) < year(as_of())
    AND coalesce(i.institution_type NOT IN ('学校', '非培训机构部门'), true)
GROUP BY p.institution_id, year(p.end_date)

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
