-- 浙教师〔2016〕71号：学分制管理办法，周期、年度、新录用教师和新任校长的学分。

-- clause: ZJ-2016-71/03.1
SELECT teacher_id AS subject_id, period, CASE WHEN credit_system IS NOT NULL THEN credits END AS numerator
FROM placed_cycle
WHERE coalesce(credit_system = 'ZJ-2016', true)

-- clause: ZJ-2016-71/03.2
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
        WHEN y.credit_system IS NOT NULL AND t.teacher_id IS NOT NULL AND t.is_in_scope IS NOT false
            AND CASE WHEN t.status <> '在职' THEN y.year >= t.assessed_from_year ELSE y.is_assessed END
            AND NOT (
                make_date(y.year, 12, 31) >= as_of() AND coalesce(t.status <> '在职', false)
                AND coalesce(p.left_on <= make_date(y.year, 12, 31), true)
            )
            THEN y.credits
    END AS numerator
FROM placed_year AS y
LEFT JOIN core.dim_teacher AS t USING (teacher_id)
LEFT JOIN posts p ON p.teacher_id = y.teacher_id
WHERE coalesce(y.credit_system = 'ZJ-2016', true)

-- clause: ZJ-2016-71/03.3
SELECT
    t.teacher_id AS subject_id,
    year(t.hire_date) AS period,
    CASE WHEN t.credit_system IS NOT NULL AND t.teaching_start IS NOT NULL THEN coalesce(sum(c.counted_hours), 0) END AS numerator
FROM core.dim_teacher AS t
LEFT JOIN core.fct_credit AS c
    ON c.teacher_id = t.teacher_id
    AND c.category = '新任教师'
    AND c.status IN ('ok', 'need_table')
    AND c.end_date BETWEEN t.hire_date AND t.hire_date + INTERVAL 1 YEAR
WHERE t.is_in_scope
    -- New to teaching: a year of service at most.
    AND coalesce(t.hire_date <= t.teaching_start + INTERVAL 1 YEAR, true)
    AND coalesce(t.credit_system = 'ZJ-2016', true)
    AND t.hire_date BETWEEN make_date(first_year(), 1, 1) AND as_of()
GROUP BY t.teacher_id, t.hire_date, t.teaching_start, t.credit_system

-- clause: ZJ-2016-71/03.4
WITH lines AS (
    SELECT c.teacher_id, c.end_date, c.counted_hours
    FROM core.fct_credit AS c
    SEMI JOIN (SELECT record_id FROM staging.credit_record WHERE is_practice) AS practice USING (record_id)
    WHERE c.category = '新任教师' AND c.status IN ('ok', 'need_table')
)
SELECT
    t.teacher_id AS subject_id,
    year(t.hire_date) AS period,
    CASE WHEN t.credit_system IS NOT NULL AND t.teaching_start IS NOT NULL THEN coalesce(sum(lines.counted_hours), 0) END AS numerator
FROM core.dim_teacher AS t
LEFT JOIN lines
    ON lines.teacher_id = t.teacher_id AND lines.end_date BETWEEN t.hire_date AND t.hire_date + INTERVAL 1 YEAR
WHERE t.is_in_scope
    -- New to teaching: a year of service at most.
    AND coalesce(t.hire_date <= t.teaching_start + INTERVAL 1 YEAR, true)
    AND coalesce(t.credit_system = 'ZJ-2016', true)
    AND t.hire_date BETWEEN make_date(first_year(), 1, 1) AND as_of()
GROUP BY t.teacher_id, t.hire_date, t.teaching_start, t.credit_system

-- clause: ZJ-2016-71/04.1
WITH starts AS (
    SELECT teacher_id, min(valid_from) AS start
    FROM staging.teacher_role
    WHERE role = '校长' AND valid_from <= as_of()
    GROUP BY teacher_id
)
SELECT
    t.teacher_id AS subject_id,
    year(starts.start) AS period,
    CASE WHEN t.credit_system IS NOT NULL THEN coalesce(sum(c.counted_hours), 0) END AS numerator
FROM starts
JOIN core.dim_teacher AS t USING (teacher_id)
LEFT JOIN core.fct_credit AS c
    ON c.teacher_id = t.teacher_id
    AND c.category = '任职资格'
    AND c.status IN ('ok', 'need_table')
    AND c.end_date BETWEEN starts.start AND starts.start + INTERVAL 1 YEAR
WHERE t.is_in_scope
    AND coalesce(t.credit_system = 'ZJ-2016', true)
    AND starts.start >= make_date(first_year(), 1, 1)
GROUP BY t.teacher_id, starts.start, t.credit_system

-- clause: ZJ-2016-71/04.2
WITH starts AS (
    SELECT teacher_id, min(valid_from) AS start
    FROM staging.teacher_role
    WHERE role = '校长' AND valid_from <= as_of()
    GROUP BY teacher_id
)
SELECT
    t.teacher_id AS subject_id,
    year(starts.start) AS period,
    CASE WHEN t.credit_system IS NOT NULL THEN coalesce(sum(c.counted_hours), 0) END AS numerator
FROM starts
JOIN core.dim_teacher AS t USING (teacher_id)
LEFT JOIN core.fct_credit AS c
    ON c.teacher_id = t.teacher_id
    AND c.category = '任职资格'
    AND c.is_concentrated
    AND c.status IN ('ok', 'need_table')
    AND c.end_date BETWEEN starts.start AND starts.start + INTERVAL 1 YEAR
WHERE t.is_in_scope
    AND coalesce(t.credit_system = 'ZJ-2016', true)
    AND starts.start >= make_date(first_year(), 1, 1)
GROUP BY t.teacher_id, starts.start, t.credit_system
