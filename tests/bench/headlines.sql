-- Coverage, satisfaction and attendance as DuckDB queries: the peers that `headlines.py` measures ours against.
-- One query a file, separated by a line of its name; counts only, for ratios and verdicts follow from them.

-- name: coverage
WITH project_year AS (
    SELECT project_id, county_unit_id AS unit_id,
           unnest(generate_series(year(least(start_date, end_date)), year(greatest(start_date, end_date)))) AS year
    FROM project WHERE status IS DISTINCT FROM '取消'
), checked AS (
    SELECT p.project_id, p.unit_id, p.year, bool_or(c.checker_unit_id = p.unit_id) AS own
    FROM project_year p JOIN spot_check c ON c.project_id = p.project_id AND year(c.check_date) = p.year
    GROUP BY ALL
)
SELECT p.unit_id, p.year::INT AS year, count(*) AS projects,
       count(*) FILTER (WHERE coalesce(c.own, false)) AS projects_checked,
       count(*) FILTER (WHERE c.project_id IS NOT NULL) AS projects_checked_any_level
FROM project_year p LEFT JOIN checked c USING (project_id, unit_id, year) GROUP BY ALL

-- name: satisfaction
WITH pointed AS (
    SELECT survey_id, coalesce(is_valid, true) AS is_valid, overall_rating AS label,
           TRY_CAST(overall_rating AS DECIMAL(9, 3)) AS point,
           max(TRY_CAST(overall_rating AS DECIMAL(9, 3))) OVER (PARTITION BY survey_id) > 5 AS of_hundred
    FROM survey_response
), rated AS (
    SELECT survey_id, is_valid,
           label IN ('很满意', '满意') OR coalesce(point >= CASE WHEN of_hundred THEN 80 ELSE 4 END, false) AS is_satisfied
    FROM pointed
    WHERE label IN ('很满意', '满意', '基本满意', '不满意', '很不满意')
       OR CASE WHEN of_hundred THEN point BETWEEN 0 AND 100 ELSE point BETWEEN 1 AND 5 END
)
SELECT p.institution_id, year(s.close_date)::INT AS year,
       count(*) FILTER (WHERE r.is_valid) AS responses_valid,
       count(*) FILTER (WHERE r.is_valid AND r.is_satisfied) AS satisfied
FROM survey s JOIN rated r USING (survey_id) JOIN project p USING (project_id)
WHERE s.survey_type = '学评教' AND s.is_anonymous GROUP BY ALL HAVING responses_valid > 0

-- name: attendance
WITH marked AS (
    SELECT enrollment_id, sum(session_hours) AS due,
           coalesce(sum(session_hours) FILTER (WHERE status IN ('请假', '旷课')), 0) AS absent
    FROM attendance GROUP BY enrollment_id
)
SELECT e.teacher_id, e.project_id, sum(m.due)::DECIMAL(18,3) AS due_hours, sum(m.absent)::DECIMAL(18,3) AS absent_hours
FROM enrollment e LEFT JOIN marked m USING (enrollment_id)
WHERE e.completion_status = '结业' GROUP BY e.teacher_id, e.project_id HAVING count(m.due) = count(*)
