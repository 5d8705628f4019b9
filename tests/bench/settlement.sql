-- Hainan's credit settlement as one DuckDB query: the peer that `settlement.py` measures ours against.
-- The same rules as models.core.credit_lines and models.marts.credits, with Hainan's numbers written in.
-- Amounts in whole thousandths (BIGINT) until the end. The result feeds two files, so the rows carry `grain`.
-- First what each counted record is worth (`lines`), then what the lines come to.

-- name: lines
WITH context AS MATERIALIZED (
    SELECT r.teacher_id,
           r.project_id,
           r.record_id,
           r.end_date,
           r.source_type,
           r.category,
           CASE WHEN r.source_type = '跟班' THEN coalesce(p.sent_by, r.level) ELSE r.level END AS level,
           CASE WHEN r.level = p.level OR p.level IS NULL THEN 0
                WHEN r.level IN ('市', '县') AND p.level IN ('市', '县') THEN 1
                ELSE 2 END AS distance,
           (r.hours * 1000)::BIGINT AS hours,
           (r.hours_online * 1000)::BIGINT AS online,
           (r.credits * 1000)::BIGINT AS registered,
           coalesce(p.is_split, false) AS is_split,
           r.credit_year, r.makeup_for_year, r.certificate_date
    FROM records r
    LEFT JOIN (
        SELECT project_id,
               CASE level WHEN '国家级' THEN '国' WHEN '省级' THEN '省' WHEN '地市级' THEN '市'
                          WHEN '县级' THEN '县' WHEN '校级' THEN '校' END AS level,
               CASE dispatch_org_level WHEN '市县' THEN '县' ELSE dispatch_org_level END AS sent_by,
               split_year_registration AS is_split
        FROM projects
    ) p USING (project_id)
    WHERE r.status IN ('已登记', '市县已审', '省已认定')
      AND r.completion = '合格'
      AND (r.source_type <> '师徒' OR (r.end_date >= r.start_date + INTERVAL 2 MONTH) IS TRUE)
),
nearest AS (
    SELECT teacher_id, project_id, min(distance) AS nearest
    FROM context
    SEMI JOIN (SELECT DISTINCT teacher_id, project_id FROM context WHERE distance > 0) doubtful
        USING (teacher_id, project_id)
    GROUP BY teacher_id, project_id
),
rated AS (
    SELECT c.*,
           CASE c.level WHEN '国' THEN 2000 WHEN '省' THEN 1500 WHEN '市' THEN 1000 WHEN '县' THEN 1000 END AS daily,
           CASE WHEN makeup_for_year IS NOT NULL AND c.level <> '校' THEN makeup_for_year
                WHEN is_split AND credit_year IS NOT NULL THEN credit_year
                ELSE year(coalesce(certificate_date, end_date)) END::INTEGER AS year
    FROM context c
    LEFT JOIN nearest n USING (teacher_id, project_id)
    WHERE c.distance <= coalesce(n.nearest, 2)
)
SELECT teacher_id, project_id, record_id, end_date, year,
       CASE WHEN source_type = '师徒' THEN 60000 ELSE hours END AS hours,
       CASE WHEN source_type = '主讲'
            THEN hours * CASE level WHEN '国' THEN 4 WHEN '省' THEN 3 WHEN '校' THEN 1 ELSE 2 END
            WHEN source_type IN ('集中', '跟班', '教研活动') AND daily IS NOT NULL
            THEN hours // 8000 * daily + least((hours % 8000 * 200 + 500) // 1000, daily)
            WHEN source_type = '网络' AND daily IS NOT NULL THEN (hours * 100 + 500) // 1000
            WHEN source_type = '混合' AND daily IS NOT NULL AND online <= hours
            THEN (hours - online) // 8000 * daily + least(((hours - online) % 8000 * 200 + 500) // 1000, daily)
                 + (online * 100 + 500) // 1000
            ELSE registered END AS base,
       level = '校' AND source_type NOT IN ('师徒', '学历') AS pooled,
       source_type IN ('集中', '跟班', '网络', '混合', '教研活动') AS capped,
       source_type = '校本' OR (category = '校本') IS TRUE AS school_based,
       source_type = '集中' AS concentrated
FROM rated

-- name: settled
WITH totals AS (
    SELECT teacher_id, year,
           sum(hours)::BIGINT AS hours,
           coalesce(sum(base), 0)::BIGINT AS base,
           coalesce(sum(base) FILTER (pooled), 0)::BIGINT AS pool,
           coalesce(sum(hours) FILTER (school_based), 0)::BIGINT AS school_based_hours,
           count(*) AS counted_records,
           count(*) FILTER (base IS NULL) AS unknown
    FROM lines
    GROUP BY teacher_id, year
),
over_cap AS (
    SELECT teacher_id, project_id
    FROM lines
    WHERE capped AND project_id IS NOT NULL
    GROUP BY teacher_id, project_id
    HAVING sum(base) > 10000
),
cut AS (
    SELECT teacher_id, year, pooled, base,
           sum(base) OVER (PARTITION BY teacher_id, project_id ORDER BY year, end_date, record_id) AS spent
    FROM lines
    SEMI JOIN over_cap USING (teacher_id, project_id)
    WHERE capped AND base IS NOT NULL
),
losses AS (
    SELECT teacher_id, year,
           sum(lost)::BIGINT AS lost,
           coalesce(sum(lost) FILTER (pooled), 0)::BIGINT AS lost_pool
    FROM (
        SELECT teacher_id, year, pooled, base - least(greatest(10000 - (spent - base), 0), base) AS lost FROM cut
        UNION ALL
        SELECT teacher_id, year, pooled, base - 10000 FROM lines WHERE capped AND project_id IS NULL AND base > 10000
    )
    GROUP BY teacher_id, year
),
people AS (
    SELECT teacher_id, true AS known, status = '在职' AND is_in_scope AS serving, year(hire_date) AS hired,
           greatest(year(hire_date), year(transfer_date)) AS last_start
    FROM teachers
),
years AS (
    SELECT teacher_id, year, coalesce(hours, 0) AS hours, coalesce(base, 0) AS base,
           coalesce(lost, 0) AS lost_project,
           greatest(coalesce(pool, 0) - coalesce(lost_pool, 0) - 6000, 0) AS lost_school,
           coalesce(school_based_hours, 0) AS school_based_hours,
           coalesce(counted_records, 0) AS counted_records, coalesce(unknown, 0) AS unknown
    FROM (SELECT teacher_id, year::INTEGER AS year FROM teachers CROSS JOIN range(2016, 2022) calendar(year)) grid
    FULL JOIN totals USING (teacher_id, year)
    LEFT JOIN losses USING (teacher_id, year)
),
assessed AS MATERIALIZED (
    SELECT y.*, base - lost_project - lost_school AS credits,
           serving AND (CASE WHEN year <= last_start THEN false WHEN hired IS NOT NULL THEN true END) AS is_assessed
    FROM years y LEFT JOIN people USING (teacher_id)
),
calendar AS (
    SELECT * FROM (VALUES ('HI-2016-2020', 2016, 2020), ('HI-2021-2025', 2021, 2025)) c(cycle_id, start_year, end_year)
),
longest AS (
    SELECT teacher_id, cycle_id, max(hours) AS longest
    FROM (
        SELECT teacher_id, year BETWEEN 2016 AND 2020 AS first, sum(hours)::BIGINT AS hours
        FROM lines WHERE concentrated AND project_id IS NOT NULL AND year BETWEEN 2016 AND 2025
        GROUP BY teacher_id, project_id, first
        UNION ALL
        SELECT teacher_id, year BETWEEN 2016 AND 2020, hours
        FROM lines WHERE concentrated AND project_id IS NULL AND year BETWEEN 2016 AND 2025
    ) JOIN calendar ON (start_year = 2016) = first
    GROUP BY teacher_id, cycle_id
),
cycle_sums AS (
    SELECT teacher_id, cycle_id, sum(credits)::BIGINT AS credits, sum(hours)::BIGINT AS hours,
           sum(school_based_hours)::BIGINT AS school_based_hours, sum(unknown)::BIGINT AS unknown
    FROM assessed JOIN calendar ON year BETWEEN start_year AND end_year
    GROUP BY teacher_id, cycle_id
),
cycles AS (
    SELECT teacher_id, cycle_id, end_year, credits, hours, school_based_hours, coalesce(longest, 0) AS longest, unknown,
           known, serving, hired,
           CASE WHEN serving AND hired IS NOT NULL
                THEN greatest(end_year - greatest(start_year, last_start + 1) + 1, 0)
                WHEN NOT serving THEN 0 END AS assessed_years
    FROM cycle_sums
    JOIN calendar USING (cycle_id)
    LEFT JOIN longest USING (teacher_id, cycle_id)
    LEFT JOIN people USING (teacher_id)
)
SELECT 'year' AS grain, teacher_id, year::VARCHAR AS period, credits, hours, lost_project, lost_school, is_assessed,
       school_based_hours, NULL AS longest, counted_records, unknown, NULL AS assessed_years,
       CASE WHEN NOT is_assessed THEN 'not_applicable'
            WHEN is_assessed IS NULL OR year < 2016 THEN 'undetermined'
            WHEN credits >= 10000 AND hours >= 72000 THEN 'met'
            WHEN year >= 2021 THEN 'in_progress'
            WHEN hours < 72000 OR unknown = 0 THEN 'not_met'
            ELSE 'undetermined' END AS verdict,
       NULL AS shortfall_credits, NULL AS shortfall_hours, NULL AS binding_constraint
FROM assessed
UNION ALL
SELECT 'cycle', teacher_id, cycle_id, credits, hours, NULL, NULL, NULL, school_based_hours, longest, NULL, unknown,
       assessed_years,
       CASE WHEN credits >= 50000 AND hours >= 360000 THEN 'met'
            WHEN end_year >= 2021 THEN 'in_progress'
            WHEN known IS NULL THEN 'undetermined'
            WHEN assessed_years < 5 THEN 'not_applicable'
            WHEN assessed_years IS NULL THEN 'undetermined'
            WHEN hours < 360000 OR unknown = 0 THEN 'not_met'
            ELSE 'undetermined' END,
       CASE WHEN credits >= 50000 THEN 0 WHEN unknown = 0 THEN 50000 - credits END,
       greatest(360000 - hours, 0),
       CASE WHEN hours < 360000 AND credits < 50000 AND unknown = 0 THEN '两者'
            WHEN hours < 360000 THEN '学时'
            WHEN credits < 50000 AND unknown = 0 THEN '学分'
            WHEN credits >= 50000 THEN '无' END
FROM cycles
