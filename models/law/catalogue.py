"""The catalogue of clauses as a page for people: how many of each document a machine judges, and which it cannot.

Belongs here: the Markdown of docs/clauses.md. Remake it with `make docs`; a test holds the committed page to it.
"""

from collections import Counter
from pathlib import Path

from models.law import Policies, load_policies
from models.law.conflicts import load_conflicts
from models.law.schema import Clause, Document

PAGE = Path(__file__).parents[2] / "docs" / "clauses.md"
STATUSES = {"evaluated": "机器判定", "manual": "须人工判断"}
STRENGTHS = {"must": "必须", "default": "原则上", "target": "目标", "scope": "范围", "config": "由地方设定"}


def catalogue(policies: Policies) -> str:
    """The whole page."""
    documents = list(policies)
    lines = [
        "# 条款目录",
        "",
        (
            "由 `make docs` 从 models/law 生成。某一夜缺少数据的条款在 `audit.clauses` 里记为 `data_missing`，"
            "并写明缺哪张表、哪一列。"
        ),
        "",
        "| 文件 | 文号 | 辖区 | " + " | ".join(STATUSES.values()) + " | 合计 |",
        "|---|---|---|" + "---:|" * (len(STATUSES) + 1),
        *(_coverage(document) for document in documents),
        _total(documents),
    ]
    for document in documents:
        lines += [
            "",
            f"## {document.id} {document.title}",
            "",
            "| 条款 | 要点 | 效力 | 对象 | 判定 |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(clause) for clause in document.clauses]
    lines += ["", "## 文件之间的差别", ""]
    for conflict in load_conflicts():
        lines += [f"- **{conflict.title}**：{conflict.resolution}。"]
        lines += [f"  - {saying.clause}：{saying.says}" for saying in conflict.differs]
    return "\n".join(lines) + "\n"


def _counts(document: Document) -> list[int]:
    counted: Counter[str] = Counter(clause.status for clause in document.clauses)
    return [counted[status] for status in STATUSES]


def _coverage(document: Document) -> str:
    counts = _counts(document)
    cells = [document.id, document.doc_no, document.jurisdiction.name, *map(str, counts), str(sum(counts))]
    return f"| {' | '.join(cells)} |"


def _total(documents: list[Document]) -> str:
    counts = [sum(column) for column in zip(*map(_counts, documents), strict=True)]
    return f"| **合计** | | | {' | '.join(map(str, counts))} | {sum(counts)} |"


def _row(clause: Clause) -> str:
    how = STATUSES["evaluated"] if clause.status == "evaluated" else f"{STATUSES['manual']}：{clause.reason}"
    cells = [clause.id, clause.title, STRENGTHS.get(clause.strength, clause.strength), clause.subject, how]
    return f"| {' | '.join(cell.replace('|', '／') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(catalogue(load_policies()), encoding="utf-8")
