-- WZ-2012-33: Wenzhou's opinions on teacher training; asked only of the units under the city (330300).

-- clause: WZ-2012-33/03.1
SELECT u.unit_id AS subject_id, c.period, coalesce(w.teachers, 0) AS numerator
FROM core.dim_unit AS u
CROSS JOIN (SELECT DISTINCT period FROM marts.teacher_cycle) AS c
LEFT JOIN (
    SELECT t.city_id, c.period, count(DISTINCT t.teacher_id) AS teachers
    FROM core.dim_teacher AS t
    JOIN marts.teacher_cycle AS c USING (teacher_id)
    JOIN marts.teacher_year AS y
        ON y.teacher_id = t.teacher_id AND y.year BETWEEN year(c.cycle_start) AND year(c.cycle_end)
    WHERE t.city_id = '330300' AND y.counted_records > 0
    GROUP BY ALL
) AS w ON w.city_id = u.unit_id AND w.period = c.period
WHERE u.level = '市' AND (u.city_id = '330300' OR u.unit_id LIKE '3303%')

-- clause: WZ-2012-33/03.2
SELECT teacher_id AS subject_id, period, hours AS numerator
FROM placed_cycle
WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/03.3
SELECT u.unit_id AS subject_id, c.period, coalesce(w.teachers, 0) AS numerator
FROM core.dim_unit AS u
CROSS JOIN (SELECT DISTINCT period FROM marts.teacher_cycle) AS c
LEFT JOIN (
    SELECT t.city_id, c.period, count(DISTINCT t.teacher_id) AS teachers
    FROM core.dim_teacher AS t
    JOIN core.fct_credit AS f USING (teacher_id)
    JOIN marts.teacher_cycle AS c
        ON c.teacher_id = t.teacher_id AND f.credit_year BETWEEN year(c.cycle_start) AND year(c.cycle_end)
    WHERE t.city_id = '330300' AND t.backbone_level IN ('县', '市')
        AND f.category = '骨干' AND f.status IN ('ok', 'need_table')
    GROUP BY ALL
) AS w ON w.city_id = u.unit_id AND w.period = c.period
WHERE u.level = '市' AND (u.city_id = '330300' OR u.unit_id LIKE '3303%')

-- clause: WZ-2012-33/03.4
SELECT u.unit_id AS subject_id, c.period, coalesce(w.teachers, 0) AS numerator
FROM core.dim_unit AS u
CROSS JOIN (SELECT DISTINCT period FROM marts.teacher_cycle) AS c
LEFT JOIN (
    SELECT t.city_id, c.period, count(DISTINCT t.teacher_id) AS teachers
    FROM core.dim_teacher AS t
    JOIN core.fct_credit AS f USING (teacher_id)
    JOIN core.dim_project AS p ON p.project_id = f.project_id
    JOIN marts.teacher_cycle AS c
        ON c.teacher_id = t.teacher_id AND f.credit_year BETWEEN year(c.cycle_start) AND year(c.cycle_end)
    WHERE t.city_id = '330300' AND t.backbone_level = '领军' AND f.status IN ('ok', 'need_table')
        AND (p.category = '领军' OR contains(p.project_name, '高端研修'))
    GROUP BY ALL
) AS w ON w.city_id = u.unit_id AND w.period = c.period
WHERE u.level = '市' AND (u.city_id = '330300' OR u.unit_id LIKE '3303%')

-- clause: WZ-2012-33/04.1
SELECT teacher_id AS subject_id, period, school_based_hours AS numerator
FROM placed_cycle
WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/04.2
SELECT teacher_id AS subject_id, period, longest_concentrated_hours AS numerator
FROM placed_cycle
WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/04.3
WITH staff AS (
    SELECT t.teacher_id, t.school_id
    FROM core.dim_teacher AS t
    JOIN core.dim_school AS s USING (school_id)
    WHERE t.status = '在职' AND t.is_in_scope
        AND s.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
),
attended AS (
    -- A record that names no project is a project of its own.
    SELECT DISTINCT school_id, teacher_id, credit_year
    FROM (
        SELECT s.school_id, teacher_id, f.credit_year
        FROM core.fct_credit AS f
        JOIN staff AS s USING (teacher_id)
        WHERE f.is_concentrated AND f.status IN ('ok', 'need_table')
        GROUP BY s.school_id, teacher_id, f.credit_year, coalesce(f.project_id, f.record_id)
        HAVING sum(f.counted_hours) >= 90
    )
)
SELECT s.school_id AS subject_id, y.credit_year AS period, coalesce(a.trained, 0) AS numerator,
       s.teachers AS denominator
FROM (SELECT school_id, count(*) AS teachers FROM staff GROUP BY school_id) AS s
CROSS JOIN (SELECT DISTINCT credit_year FROM core.fct_credit WHERE credit_year BETWEEN first_year() AND year(as_of())) AS y
LEFT JOIN (SELECT school_id, credit_year, count(*) AS trained FROM attended GROUP BY ALL) AS a
    ON a.school_id = s.school_id AND a.credit_year = y.credit_year

-- clause: WZ-2012-33/04.4
-- Every record is a line of core.fct_credit, which says of those never registered that they were not.
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
)
SELECT teacher_id AS subject_id, credit_year AS period,
       if(worst.days IS NOT NULL, worst.hours, NULL) AS numerator,
       if(worst.hours IS NOT NULL, worst.days, NULL) AS denominator
FROM (
    SELECT teacher_id, credit_year,
           -- Of records equally far off the first by its id; those that tell no rate come last.
           arg_min({hours: hours, days: days}, {rate: -hours / days, record_id: record_id}) AS worst
    FROM (
        SELECT teacher_id, record_id, credit_year, hours_registered AS hours,
               if(start_date <= end_date, end_date - start_date + 1, NULL) AS days
        FROM core.fct_credit
        JOIN people USING (teacher_id)
        WHERE source_type IN ('集中', '跟班') AND reason_code IS DISTINCT FROM 'not_registered'
            AND record_id IN (
                SELECT record_id
                FROM staging.credit_record
                WHERE coalesce(register_date, declare_date, end_date) >= DATE '2012-04-17'
            )
    )
    GROUP BY ALL
)

-- clause: WZ-2012-33/04.5
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
    -- Unknown without a hire date; not asked in the year of hiring.
    CASE
        WHEN y.credit_system IS NOT NULL AND t.teacher_id IS NOT NULL AND t.is_in_scope IS NOT false
            AND CASE WHEN t.status <> '在职' THEN y.year >= t.assessed_from_year ELSE y.is_assessed END
            AND NOT (
                make_date(y.year, 12, 31) >= as_of() AND coalesce(t.status <> '在职', false)
                AND coalesce(p.left_on <= make_date(y.year, 12, 31), true)
            )
            THEN y.hours
    END AS numerator
FROM placed_year AS y
JOIN core.dim_teacher AS t USING (teacher_id)
LEFT JOIN posts p ON p.teacher_id = y.teacher_id
WHERE y.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
    AND (y.credit_system = 'WZ-2012') IS NOT FALSE

-- clause: WZ-2012-33/04.6
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
    -- Unknown without a hire date; not asked in the year of hiring.
    CASE
        WHEN y.credit_system IS NOT NULL AND t.teacher_id IS NOT NULL AND t.is_in_scope IS NOT false
            AND CASE WHEN t.status <> '在职' THEN y.year >= t.assessed_from_year ELSE y.is_assessed END
            AND NOT (
                make_date(y.year, 12, 31) >= as_of() AND coalesce(t.status <> '在职', false)
                AND coalesce(p.left_on <= make_date(y.year, 12, 31), true)
            )
            THEN y.school_based_hours
    END AS numerator
FROM placed_year AS y
JOIN core.dim_teacher AS t USING (teacher_id)
LEFT JOIN posts p ON p.teacher_id = y.teacher_id
WHERE y.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
    AND (y.credit_system = 'WZ-2012') IS NOT FALSE

-- clause: WZ-2012-33/04.7
WITH people AS (
    SELECT teacher_id, backbone_level, backbone_from
    FROM core.dim_teacher
    WHERE (backbone_level IN ('县', '市')) IS NOT FALSE
)
SELECT t.teacher_id AS subject_id, c.period,
       if(t.backbone_level IS NOT NULL, coalesce(sum(f.counted_hours), 0), NULL) AS numerator
FROM people AS t
JOIN placed_cycle AS c ON c.teacher_id = t.teacher_id
    AND c.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
LEFT JOIN core.fct_credit AS f
    ON f.teacher_id = t.teacher_id AND f.credit_year BETWEEN year(c.cycle_start) AND year(c.cycle_end)
    -- Training on probation and for a principal's qualification stays out of the cycle.
    AND f.is_concentrated AND f.cycle_weight > 0 AND f.status IN ('ok', 'need_table')
    AND f.end_date >= coalesce(t.backbone_from, DATE '1900-01-01')
WHERE (c.cycle_end >= t.backbone_from) IS NOT FALSE
GROUP BY t.teacher_id, t.backbone_level, c.period

-- clause: WZ-2012-33/04.8
-- Tonight's class heads, and those whose posts say so on any day of the cycle.
WITH people AS (
    SELECT
        c.teacher_id, c.period, c.cycle_start, c.cycle_end,
        CASE
            WHEN EXISTS (
                FROM staging.teacher_role AS r
                WHERE r.teacher_id = c.teacher_id AND r.role = '班主任'
                    AND coalesce(r.valid_from <= c.cycle_end, true) AND coalesce(r.valid_to >= c.cycle_start, true)
            ) THEN true
            -- What goes on tonight and began after the cycle wasn't so before.
            WHEN EXISTS (
                FROM staging.teacher_role AS r
                WHERE r.teacher_id = c.teacher_id AND r.role = '班主任'
                    AND r.valid_from > c.cycle_end AND coalesce(r.valid_to >= as_of(), true)
            ) THEN false
            ELSE t.is_class_head
        END AS is_head
    FROM core.dim_teacher AS t
    JOIN placed_cycle AS c ON c.teacher_id = t.teacher_id
    WHERE c.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
)
SELECT t.teacher_id AS subject_id, t.period,
       if(t.is_head, coalesce(sum(f.counted_hours), 0), NULL) AS numerator
FROM people AS t
LEFT JOIN core.fct_credit AS f
    ON f.teacher_id = t.teacher_id AND f.credit_year BETWEEN year(t.cycle_start) AND year(t.cycle_end)
    AND f.category = '班主任' AND f.status IN ('ok', 'need_table')
WHERE t.is_head IS NOT FALSE
GROUP BY t.teacher_id, t.is_head, t.period

-- clause: WZ-2012-33/04.9
-- Tonight's principals, and those whose posts say so on any day of the cycle.
WITH people AS (
    SELECT
        c.teacher_id, c.period, c.cycle_start, c.cycle_end,
        CASE
            WHEN EXISTS (
                FROM staging.teacher_role AS r
                WHERE r.teacher_id = c.teacher_id AND r.role = '校长'
                    AND coalesce(r.valid_from <= c.cycle_end, true) AND coalesce(r.valid_to >= c.cycle_start, true)
            ) THEN true
            -- What goes on tonight and began after the cycle wasn't so before.
            WHEN EXISTS (
                FROM staging.teacher_role AS r
                WHERE r.teacher_id = c.teacher_id AND r.role = '校长'
                    AND r.valid_from > c.cycle_end AND coalesce(r.valid_to >= as_of(), true)
            ) THEN false
            ELSE t.post_type = '校长'
        END AS is_head
    FROM core.dim_teacher AS t
    JOIN placed_cycle AS c ON c.teacher_id = t.teacher_id
    WHERE c.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
)
SELECT t.teacher_id AS subject_id, t.period,
       if(t.is_head, coalesce(sum(f.counted_hours), 0), NULL) AS numerator
FROM people AS t
LEFT JOIN core.fct_credit AS f
    ON f.teacher_id = t.teacher_id AND f.credit_year BETWEEN year(t.cycle_start) AND year(t.cycle_end)
    AND f.category = '学校管理' AND f.is_concentrated AND f.status IN ('ok', 'need_table')
WHERE t.is_head IS NOT FALSE
GROUP BY t.teacher_id, t.is_head, t.period

-- clause: WZ-2012-33/04.10
WITH people AS (
    SELECT teacher_id, hire_date, teaching_start
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
        AND is_in_scope AND hire_date <= as_of()
        -- The records say nothing of those hired before them.
        AND hire_date >= make_date(first_year(), 1, 1)
        -- New to teaching: a year of service at most.
        AND coalesce(hire_date <= teaching_start + INTERVAL 1 YEAR, true)
)
SELECT
    t.teacher_id AS subject_id,
    year(t.hire_date) AS period,
    CASE WHEN t.teaching_start IS NOT NULL THEN coalesce(sum(f.counted_hours), 0) END AS numerator
FROM people AS t
LEFT JOIN core.fct_credit AS f
    ON f.teacher_id = t.teacher_id AND f.end_date BETWEEN t.hire_date AND t.hire_date + INTERVAL 1 YEAR
    AND f.category = '新任教师' AND f.status IN ('ok', 'need_table')
GROUP BY t.teacher_id, t.hire_date, t.teaching_start

-- clause: WZ-2012-33/04.11
WITH people AS (
    SELECT teacher_id, hire_date, teaching_start
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
        AND is_in_scope AND hire_date <= as_of()
        -- The records say nothing of those hired before them.
        AND hire_date >= make_date(first_year(), 1, 1)
        -- New to teaching: a year of service at most.
        AND coalesce(hire_date <= teaching_start + INTERVAL 1 YEAR, true)
)
SELECT
    t.teacher_id AS subject_id,
    year(t.hire_date) AS period,
    CASE WHEN t.teaching_start IS NOT NULL THEN coalesce(sum(f.counted_hours), 0) END AS numerator
FROM people AS t
LEFT JOIN (
    SELECT f.teacher_id, f.end_date, f.counted_hours
    FROM core.fct_credit AS f
    JOIN staging.credit_record AS r USING (record_id)
    WHERE f.category = '新任教师' AND f.status IN ('ok', 'need_table') AND r.is_practice
) AS f ON f.teacher_id = t.teacher_id AND f.end_date BETWEEN t.hire_date AND t.hire_date + INTERVAL 1 YEAR
GROUP BY t.teacher_id, t.hire_date, t.teaching_start

-- clause: WZ-2012-33/04.12
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
)
SELECT r.teacher_id AS subject_id, f.credit_year AS period,
       -- A record that doesn't say whether it counts leaves the figure open, unless another is surely at fault.
       if(bool_or(r.counts_to_cycle) OR bool_and(r.counts_to_cycle IS NOT NULL),
          count(*) FILTER (r.counts_to_cycle), NULL) AS numerator
FROM people AS t
JOIN staging.credit_record AS r ON r.teacher_id = t.teacher_id
JOIN core.fct_credit AS f ON f.record_id = r.record_id AND f.category = '新任教师'
WHERE r.category = '新任教师' AND r.status IN ('已登记', '市县已审', '省已认定')
    AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2012-04-17'
GROUP BY ALL

-- clause: WZ-2012-33/04.13
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
        AND is_in_scope
),
begun AS (
    SELECT teacher_id, min(valid_from) AS first_day
    FROM staging.teacher_role
    JOIN people USING (teacher_id)
    WHERE role = '校长' AND valid_from <= as_of()
    GROUP BY teacher_id
)
SELECT b.teacher_id AS subject_id, year(b.first_day) AS period, coalesce(sum(f.counted_hours), 0) AS numerator
FROM begun AS b
LEFT JOIN core.fct_credit AS f
    ON f.teacher_id = b.teacher_id AND f.end_date BETWEEN b.first_day AND b.first_day + INTERVAL 1 YEAR
    AND f.category = '任职资格' AND f.status IN ('ok', 'need_table')
WHERE b.first_day >= make_date(first_year(), 1, 1)  -- the records say nothing of earlier days
GROUP BY ALL

-- clause: WZ-2012-33/04.14
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
        AND is_in_scope
),
begun AS (
    SELECT teacher_id, min(valid_from) AS first_day
    FROM staging.teacher_role
    JOIN people USING (teacher_id)
    WHERE role = '校长' AND valid_from <= as_of()
    GROUP BY teacher_id
)
SELECT b.teacher_id AS subject_id, year(b.first_day) AS period, coalesce(sum(f.counted_hours), 0) AS numerator
FROM begun AS b
LEFT JOIN core.fct_credit AS f
    ON f.teacher_id = b.teacher_id AND f.end_date BETWEEN b.first_day AND b.first_day + INTERVAL 1 YEAR
    AND f.category = '任职资格' AND f.is_concentrated AND f.status IN ('ok', 'need_table')
WHERE b.first_day >= make_date(first_year(), 1, 1)  -- the records say nothing of earlier days
GROUP BY ALL

-- clause: WZ-2012-33/04.15
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
)
SELECT r.teacher_id AS subject_id, f.credit_year AS period,
       -- A record that doesn't say whether it counts leaves the figure open, unless another is surely at fault.
       if(bool_or(r.counts_to_cycle) OR bool_and(r.counts_to_cycle IS NOT NULL),
          count(*) FILTER (r.counts_to_cycle), NULL) AS numerator
FROM people AS t
JOIN staging.credit_record AS r ON r.teacher_id = t.teacher_id
JOIN core.fct_credit AS f ON f.record_id = r.record_id AND f.category = '任职资格'
WHERE r.category = '任职资格' AND r.status IN ('已登记', '市县已审', '省已认定')
    AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2012-04-17'
GROUP BY ALL

-- clause: WZ-2012-33/04.16
-- What a project on the platform gave was assigned with it, whoever approved it. Every record is a line of
-- core.fct_credit, which says of those never registered that they were not.
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
),
unassigned AS (
    SELECT r.record_id
    FROM staging.credit_record AS r
    LEFT JOIN core.dim_project AS p ON p.project_id = r.project_id AND p.status IS DISTINCT FROM '取消'
    WHERE r.approved_by IS NULL AND p.institution_id IS NULL
)
SELECT f.teacher_id AS subject_id, f.credit_year AS period, count(u.record_id) AS numerator
FROM core.fct_credit AS f
JOIN people AS t ON t.teacher_id = f.teacher_id
LEFT JOIN unassigned AS u ON u.record_id = f.record_id
WHERE f.source_type IN ('集中', '跟班', '网络', '混合') AND f.reason_code IS DISTINCT FROM 'not_registered'
    AND f.record_id IN (
        SELECT record_id
        FROM staging.credit_record
        WHERE coalesce(register_date, declare_date, end_date) >= DATE '2012-04-17'
    )
GROUP BY ALL

-- clause: WZ-2012-33/04.17
-- An institution's place is its county; its city, where it is the city's.
WITH people AS (
    SELECT teacher_id
    FROM core.dim_teacher
    WHERE county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
),
places AS (
    SELECT institution_id, coalesce(county_id, city_id, unit_id) AS place
    FROM core.dim_institution
)
SELECT r.teacher_id AS subject_id, f.credit_year AS period,
       -- Where either place is unknown the figure stays open, unless another record is surely at fault.
       if(bool_or(o.place <> g.place) OR bool_and((o.place = g.place) IS NOT NULL),
          count(*) FILTER (o.place <> g.place), NULL) AS numerator
FROM people AS t
JOIN staging.credit_record AS r ON r.teacher_id = t.teacher_id
JOIN core.fct_credit AS f ON f.record_id = r.record_id
LEFT JOIN core.dim_project AS p ON p.project_id = r.project_id AND p.status IS DISTINCT FROM '取消'
LEFT JOIN places AS o ON o.institution_id = p.institution_id
LEFT JOIN places AS g ON g.institution_id = r.registrar_org_id
WHERE r.source_type IN ('集中', '跟班', '网络', '混合') AND r.level IN ('市', '县')
    AND r.status IN ('已登记', '市县已审', '省已认定')
    AND coalesce(r.register_date, r.declare_date, r.end_date) >= DATE '2012-04-17'
GROUP BY ALL

-- clause: WZ-2012-33/05.1
-- One of the contract's words or nothing; one that is pending is no opinion.
SELECT e.teacher_id AS subject_id, e.project_id AS period,
       bool_and(coalesce(e.school_review_result, '待审') <> '待审')::INTEGER AS numerator
FROM staging.enrollment AS e
JOIN core.dim_project AS p USING (project_id)
LEFT JOIN core.dim_teacher AS t ON t.teacher_id = e.teacher_id
WHERE p.status IS DISTINCT FROM '取消'
    AND coalesce(t.county_id, p.county_unit_id) IN (
        SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%'
    )
GROUP BY ALL

-- clause: WZ-2012-33/09.1
-- A five-year plan is good for its year and the four that follow.
SELECT s.school_id AS subject_id, y.year AS period,
       if(s.school_type IS NOT NULL, count(DISTINCT d.doc_type), NULL) AS numerator
FROM core.dim_school AS s
CROSS JOIN (
    SELECT DISTINCT year
    FROM (SELECT unnest([year(start_date), year(end_date)]) AS year FROM core.dim_project)
    WHERE year <= year(as_of())
) AS y
LEFT JOIN staging.monitoring_doc AS d
    ON d.unit_id = s.school_id AND d.year <= y.year
    AND y.year < d.year + CASE d.doc_type WHEN '5年规划' THEN 5 WHEN '年度培训计划' THEN 1 END
WHERE (s.school_type IN ('幼儿园', '小学', '初中', '九年一贯', '高中', '完中', '十二年一贯', '中职', '特教')) IS NOT FALSE
    AND s.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
GROUP BY s.school_id, s.school_type, y.year

-- clause: WZ-2012-33/10.1
SELECT p.project_id AS subject_id, p.project_id AS period,
       CASE
           WHEN p.category = '校长任职资格' AND p.stage IN ('高中', '普高', '中职', '初中', '幼儿园')
               THEN i.institution_name = '温州大学'
           WHEN p.category IN ('校长任职资格', '校长提高') AND p.stage = '小学'
               THEN i.institution_type = '县级教师培训机构'
           WHEN p.category = '校长提高' AND p.stage IN ('高中', '普高')
               THEN i.institution_type IN ('市级教师培训机构', '名师工作室')
           WHEN p.category = '骨干' AND p.level = '地市级' AND p.stage IN ('高中', '普高')
               THEN i.institution_type IN ('市级教师培训机构', '名师工作室', '学校')
           WHEN p.category = '骨干' AND p.level = '地市级' AND p.stage = '中职'
               THEN i.institution_type = '高等学校'
           WHEN p.category = '骨干' AND p.level = '地市级' AND p.stage IN ('小学', '幼儿园')
               THEN i.institution_type = '县级教师培训机构'
           WHEN p.category = '骨干' AND p.level = '县级' AND p.stage IN ('高中', '普高')
               THEN i.institution_type IN ('县级教师培训机构', '学校')
           WHEN p.category = '全员' AND p.stage IN ('高中', '普高')
               THEN i.institution_type IN ('市级教师培训机构', '高等学校', '学校')
           WHEN p.category = '全员' AND p.stage = '中职'
               THEN i.institution_type IN ('高等学校', '市级教师培训机构')
           WHEN p.category = '全员' AND p.stage = '初中'
               THEN i.institution_type IN ('县级教师培训机构', '市级教师培训机构')
           WHEN p.category = '全员' AND p.stage IN ('小学', '幼儿园')
               THEN i.institution_type = '县级教师培训机构'
           WHEN p.category = '新任教师'
               THEN i.institution_type IN ('市级教师培训机构', '县级教师培训机构', '学校')
           WHEN p.category IN ('班主任', '心理健康')
               THEN i.institution_type IN ('市级教师培训机构', '县级教师培训机构', '基地学校', '学校')
       END::INTEGER AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消' AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/12.1
SELECT p.project_id AS subject_id, p.project_id AS period,
       CASE WHEN p.category = '校长任职资格' AND p.stage = '小学'
           THEN i.institution_type = '县级教师培训机构' END::INTEGER AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/14.1
SELECT p.project_id AS subject_id, p.project_id AS period,
       CASE WHEN p.category = '校长任职资格' AND p.stage IN ('高中', '普高', '中职', '初中', '幼儿园')
           THEN i.institution_name = '温州大学' END::INTEGER AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/18.1
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
        AND county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
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

-- clause: WZ-2012-33/20.1
-- Counties without money on file in a year in which other counties have some: unknown.
SELECT f.org_id AS subject_id, f.year AS period,
       if(f.payroll_total IS NOT NULL, f.training_budget, NULL) AS numerator,
       if(f.training_budget IS NOT NULL, f.payroll_total, NULL) AS denominator
FROM staging.finance_year AS f
ANTI JOIN core.dim_school AS s ON s.school_id = f.org_id
WHERE f.org_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
UNION ALL
SELECT u.unit_id, y.year, NULL, NULL
FROM core.dim_unit AS u
JOIN (
    SELECT DISTINCT year FROM staging.finance_year SEMI JOIN core.dim_unit AS k ON k.unit_id = org_id AND k.is_county
) AS y ON y.year <= year(as_of())
ANTI JOIN staging.finance_year AS f ON f.org_id = u.unit_id AND f.year = y.year
WHERE u.is_county AND (u.city_id = '330300' OR u.unit_id LIKE '3303%')

-- clause: WZ-2012-33/20.2
-- Counties without money on file in a year in which other counties have some: unknown.
SELECT f.org_id AS subject_id, f.year AS period,
       if(f.training_budget IS NOT NULL, f.allocated_to_schools, NULL) AS numerator,
       if(f.allocated_to_schools IS NOT NULL, f.training_budget, NULL) AS denominator
FROM staging.finance_year AS f
ANTI JOIN core.dim_school AS s ON s.school_id = f.org_id
WHERE f.org_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
UNION ALL
SELECT u.unit_id, y.year, NULL, NULL
FROM core.dim_unit AS u
JOIN (
    SELECT DISTINCT year FROM staging.finance_year SEMI JOIN core.dim_unit AS k ON k.unit_id = org_id AND k.is_county
) AS y ON y.year <= year(as_of())
ANTI JOIN staging.finance_year AS f ON f.org_id = u.unit_id AND f.year = y.year
WHERE u.is_county AND (u.city_id = '330300' OR u.unit_id LIKE '3303%')

-- clause: WZ-2012-33/20.3
SELECT f.org_id AS subject_id, f.year AS period,
       if(f.public_fund_total IS NOT NULL, f.training_spend, NULL) AS numerator,
       if(f.training_spend IS NOT NULL, f.public_fund_total, NULL) AS denominator
FROM staging.finance_year AS f
JOIN core.dim_school AS s ON s.school_id = f.org_id
WHERE s.county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/20.4
-- Counties without money on file in a year in which other counties have some: unknown.
SELECT f.org_id AS subject_id, f.year AS period, (f.disclosure_date IS NOT NULL)::INTEGER AS numerator
FROM staging.finance_year AS f
LEFT JOIN core.dim_school AS s ON s.school_id = f.org_id
WHERE coalesce(s.county_id, f.org_id) IN (
    SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%'
)
UNION ALL
SELECT u.unit_id, y.year, NULL
FROM core.dim_unit AS u
JOIN (
    SELECT DISTINCT year FROM staging.finance_year SEMI JOIN core.dim_unit AS k ON k.unit_id = org_id AND k.is_county
) AS y ON y.year <= year(as_of())
ANTI JOIN staging.finance_year AS f ON f.org_id = u.unit_id AND f.year = y.year
WHERE u.is_county AND (u.city_id = '330300' OR u.unit_id LIKE '3303%')

-- clause: WZ-2012-33/20.5
WITH heads AS (
    SELECT school_id, count(*) AS heads
    FROM core.dim_teacher
    WHERE status = '在职' AND is_in_scope
    GROUP BY school_id
),
given AS (
    SELECT s.county_id, f.year, floor(f.allocated_to_schools * 1000 / h.heads) / 1000 AS a_head
    FROM staging.finance_year AS f
    JOIN core.dim_school AS s ON s.school_id = f.org_id
    JOIN heads AS h ON h.school_id = s.school_id
    WHERE f.allocated_to_schools IS NOT NULL
)
SELECT u.unit_id AS subject_id, y.year AS period,
       if(count(g.a_head) > 1, max(g.a_head) - min(g.a_head), NULL) AS numerator
FROM core.dim_unit AS u
CROSS JOIN (SELECT DISTINCT year FROM staging.finance_year WHERE year <= year(as_of())) AS y
LEFT JOIN given AS g ON g.county_id = u.unit_id AND g.year = y.year
WHERE u.is_county AND u.unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
GROUP BY ALL

-- clause: WZ-2012-33/21.1
-- 0: the counties; 1: schools directly under the city
WITH years AS (
    SELECT DISTINCT year
    FROM (SELECT unnest([year(start_date), year(end_date)]) AS year FROM core.dim_project)
    WHERE year <= year(as_of())
),
asked AS (
    SELECT 0 AS grain, unit_id AS subject_id, true AS is_told
    FROM core.dim_unit
    WHERE is_county AND unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
    UNION ALL
    SELECT 1, school_id, unit_id = city_id
    FROM core.dim_school
    WHERE (unit_id = city_id) IS NOT FALSE AND county_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
)
SELECT a.grain, a.subject_id, y.year AS period,
       if(a.is_told, count(DISTINCT d.doc_type), NULL) AS numerator
FROM asked AS a
CROSS JOIN years AS y
LEFT JOIN staging.monitoring_doc AS d ON d.unit_id = a.subject_id AND d.year = y.year AND d.doc_type = '业绩考核'
GROUP BY a.grain, a.subject_id, a.is_told, y.year

-- clause: WZ-2012-33/21.3
-- In order: the yellow card, the order to put things right and its deadline, a recheck that fails, and only then the
-- decision; a recheck of which nobody wrote down what it found leaves it open.
WITH steps AS (
    SELECT institution_id, type, decision_date, rectify_due, recheck_date, recheck_result
    FROM staging.sanction
    WHERE type IN ('黄牌警告', '限期整改')
),
ladders AS (
    SELECT s.sanction_id, c.recheck_result = '不合格' AS failed
    FROM staging.sanction AS s
    JOIN steps AS y ON y.institution_id = s.institution_id AND y.type = '黄牌警告'
    JOIN steps AS o ON o.institution_id = s.institution_id AND y.decision_date <= o.decision_date
    JOIN steps AS c ON c.institution_id = s.institution_id AND o.rectify_due <= c.recheck_date
    WHERE o.decision_date <= o.rectify_due AND c.recheck_date <= s.decision_date
)
SELECT s.institution_id AS subject_id, s.sanction_id AS period,
       CASE
           WHEN bool_or(l.failed) THEN 1
           WHEN count(l.failed) = count(l.sanction_id) THEN 0
       END AS numerator
FROM staging.sanction AS s
JOIN core.dim_institution AS i USING (institution_id)
LEFT JOIN ladders AS l ON l.sanction_id = s.sanction_id
WHERE s.type IN ('取消项目', '取消资质') AND coalesce(i.county_id, i.unit_id) IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
GROUP BY ALL

-- clause: WZ-2012-33/T.1
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category = '骨干' AND i.institution_type = '市级教师培训机构' AND NOT p.is_school_based,
          p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.category = '骨干' AND i.institution_type = '市级教师培训机构' AND NOT p.is_school_based) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.2
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category IN ('骨干', '校长提高') AND i.institution_type = '名师工作室', p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.category IN ('骨干', '校长提高') AND i.institution_type = '名师工作室') IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.3
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category = '全员' AND NOT p.is_school_based, p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
WHERE p.status IS DISTINCT FROM '取消' AND (p.category = '全员' AND NOT p.is_school_based) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.4
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category = '专题' AND contains(i.institution_name, '教研'), p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.category = '专题' AND contains(i.institution_name, '教研')) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.5
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category = '专题' AND contains(i.institution_name, '电教'), p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.category = '专题' AND contains(i.institution_name, '电教')) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.6
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category = '新任教师' AND NOT p.is_school_based, p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
WHERE p.status IS DISTINCT FROM '取消' AND (p.category = '新任教师' AND NOT p.is_school_based) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.7
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.category = '全员' AND p.stage = '中职' AND i.institution_type = '高等学校' AND NOT p.is_school_based,
          p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
LEFT JOIN core.dim_institution AS i USING (institution_id)
WHERE p.status IS DISTINCT FROM '取消'
    AND (
        p.category = '全员' AND p.stage = '中职' AND i.institution_type = '高等学校' AND NOT p.is_school_based
    ) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')

-- clause: WZ-2012-33/T.8
SELECT p.project_id AS subject_id, p.project_id AS period,
       if(p.is_school_based AND p.category IN ('骨干', '全员', '新任教师'), p.hours_planned, NULL) AS numerator
FROM core.dim_project AS p
WHERE p.status IS DISTINCT FROM '取消'
    AND (p.is_school_based AND p.category IN ('骨干', '全员', '新任教师')) IS NOT FALSE
    AND p.county_unit_id IN (SELECT unit_id FROM core.dim_unit WHERE city_id = '330300' OR unit_id LIKE '3303%')
