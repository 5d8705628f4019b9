"""Hainan's clauses about single projects: the papers that registration needs.

Does not belong here: credits.
"""

from dataclasses import replace

from data.synthetic.planning import BASIC_PAPERS
from data.synthetic.scenarios.project import HAINAN_PAPERS
from data.synthetic.scenarios.provision.case import ORDERLY, Case

HAINAN = (
    Case("07.3-seven", "七类材料齐全", "HI-2017/07.3", "met", ORDERLY),
    Case(
        "07.3-six",
        "缺成果总结",
        "HI-2017/07.3",
        "not_met",
        replace(ORDERLY, papers=(*BASIC_PAPERS, *[paper for paper in HAINAN_PAPERS if paper != "成果总结"])),
    ),
    Case(
        "06.1-four",
        "非培训机构部门，四类备案材料齐全",
        "HI-2017/06.1",
        "met",
        replace(
            ORDERLY,
            institution={"institution_type": "非培训机构部门"},
            papers=("文件通知", "登分备案申请", "学员信息表", "过程材料"),
        ),
    ),
    Case(
        "06.1-three",
        "非培训机构部门，缺登分备案申请",
        "HI-2017/06.1",
        "not_met",
        replace(
            ORDERLY, institution={"institution_type": "非培训机构部门"}, papers=("文件通知", "学员信息表", "过程材料")
        ),
    ),
)
