"""The last page: on what the report rests, and how anybody can check it. Everything longer is in the workbook."""

from dashboards.report.facts import Facts
from dashboards.report.laws import Law
from dashboards.report.model import Cite, Paragraph, Section, plain
from models.marts.suppression import ROUNDED

KEY = "about"


def write(facts: Facts, law: Law) -> Section:
    """The chapter."""
    day = f"{facts.release.as_of:%Y年%-m月%-d日}"
    documents = "、".join([law.basis, *facts.local_documents])
    rounding = (
        "达标与否一律用未经舍入的数比较，列出时四舍五入一次，比率保留一位小数。"
        f"{ROUNDED}；缺失的数据列为“—”，不按0计，也不按达标计。指标口径见"
    )
    command = (
        "同一发布、评述与签署重新生成的各种格式逐字节相同，命令为："
        f"shixun report {facts.year} --region {plain(facts.unit.id)} --release {facts.release.release_id}。"
        "校验码的算法见附表工作簿“核验清单”。"
    )
    basis = f"本报告依据{documents}编制，数据取自已通过质量检查的发布{facts.release.release_id}，截至{day}。"
    blocks = (
        Paragraph((basis,)),
        Paragraph((rounding, Cite("methods"), "，名词解释见", Cite("terms"), "，数据质量见", Cite("row_counts"), "。")),
        Paragraph((command,)),
    )
    return Section(KEY, "编制说明", blocks)
