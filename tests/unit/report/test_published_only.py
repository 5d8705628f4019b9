"""The report looks its figures up in what is published: a release that hands over nothing else is enough."""

import pytest

from dashboards.report import indicators as of
from dashboards.report.build import build_report
from dashboards.report.facts import READS, Facts


class NotPublished(AssertionError):
    """The report asked for a table of single people or records."""


def guarded(tables):
    def answer(name: str):
        if name not in READS:
            raise NotPublished(name)
        return tables(name)

    return answer


@pytest.mark.parametrize("region", ["330000", "330100", "330102"])
def test_only_published_tables_are_read(release, setup, region):
    guarded_release = release.__class__(**{**vars(release), "tables": guarded(release.tables)})
    assert build_report(Facts(guarded_release, setup.YEAR, region), (), lambda _: None).chapters


def test_no_table_it_reads_is_about_single_people():
    assert not [name for name in READS if name.startswith(("core.", "staging.", "raw."))]
    of_marts = [name for name in READS if name.startswith("marts.")]
    assert all(name.startswith("marts.public_") for name in of_marts if name != "marts.county_spot_check")


def test_behind_pace_is_the_published_figure(release, setup):
    facts = Facts(release, setup.SAMPLE.AS_OF.year, "330000")
    period = facts.cycle or ""
    told = [row for row in facts.region.risks["330000"] if row["period"] == period]
    shown = facts.of_share(of.BEHIND, facts.at_risk(facts.unit, period), period)
    assert len(told) == 1
    assert shown.text == f"{100 * told[0]['numerator'] / told[0]['denominator']:.1f}%"
