"""The gate's room: what must hold of a night's data before a province is published.

Here: rules as data (`rules`, `suites/`), the way Great Expectations reads a DuckDB file (`datasource`), running
them (`running`) and the gate that says yes or no (`gate`).
Not here: what the law asks of teachers and counties (`models.law`; a county at 12 % is a finding, never a reason
not to publish), Dagster's asset checks (`pipelines`) and the page's template (`dashboards`).
The only room that may import great_expectations and pandas, and only inside a running check: the import takes seconds.
"""
