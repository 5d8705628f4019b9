"""What institutions are told to have done or suffered: accreditation, applications, decisions.

Does not belong here: cases.
"""

from datetime import date, timedelta
from typing import Any

from data.synthetic.scenarios.plot import Plot

BATCH = "2020H1"


START = date(2020, 4, 13)


def accredited(plot: Plot, institution: str, since: date = date(2012, 3, 1), **values: Any) -> None:
    plot.add(
        "institution_accreditation",
        "accreditation_id",
        "Z",
        **{
            "institution_id": institution,
            "authority_code": plot.province,
            "authority_level": "省",
            "first_valid_from": since,
            "valid_from": since,
            "valid_to": date(2022, 12, 31),
            "subjects": "语文",
            "stages": "小学",
            "categories": "专题",
            "levels": "省级",
            "status": "有效",
            **values,
        },
    )


def applications(plot: Plot, institution: str, unit: str, count: int, **values: Any) -> list[str]:
    return [
        plot.project(
            institution,
            plot.county(nth) if values.get("scope", "全省") == "全省" else unit,
            START,
            START + timedelta(days=1),
            **{
                "batch": BATCH,
                "scope": "全省",
                "level": "省级",
                "apply_date": date(2020, 1, 2),
                "expert_argument_date": date(2020, 1, 3),
                "review_date": date(2020, 1, 10),
                "publish_date": date(2020, 1, 20),
                "review_result": "通过",
                **values,
            },
        )
        for nth in range(count)
    ]


def decide(plot: Plot, institution: str, when: date, kind: str, basis: str, **values: Any) -> str:
    return plot.add(
        "sanction",
        "sanction_id",
        "X",
        **{
            "institution_id": institution,
            "type": kind,
            "basis_clause": basis,
            "decision_date": when,
            "start": when,
            "end": when + timedelta(days=365),
            "rectify_due": when + timedelta(days=90),
            "recheck_date": when + timedelta(days=365),
            "recheck_result": "合格",
            **values,
        },
    )
