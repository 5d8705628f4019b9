"""An undetermined finding names what is not on file, and nothing that is."""

import json

import pytest

from tests.law_cases import every_case

NAMED = {
    "CQ-2013-24/16.3-编制数没有填": "没有“研训机构编制数”的登记",
    "CQ-2013-24/16.3-人数没有填": "没有“培训管理人员数”的登记",
    "WZ-2012-33/20.1-工资总额不详": "没有“教职工工资总额”的登记",
    "WZ-2012-33/04.11-是否实践没有填，不知是不是实践": "有登记没有写“是否实践”",
    "ZJ-2019-357/A3.7-复核按期，通知日期不详": "没有“通知时间”的登记",
    "ZJ-2014-04/16.2-没有登记批准单位": "算不出“由学员所属教育行政部门批准”（请假、学校的登记不全）",
    "ZJ-2014-04/27.5-都没有课程表": "算不出“未批准的合班课次”（课程表、班级的登记不全）",
}
CASES = {case.title: case for case in every_case() if case.title in NAMED}


@pytest.mark.parametrize("title", NAMED)
def test_only_what_is_missing_is_said_to_be(title: str) -> None:
    found = CASES[title].judged.found
    assert found is not None
    undetermined = [json.loads(detail) for detail in found["detail"] if json.loads(detail)["reason"]]
    assert [detail["reason"] for detail in undetermined] == [NAMED[title]]
