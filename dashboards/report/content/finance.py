"""Chapter six: money for training, of places and of projects."""

from decimal import Decimal
from fractions import Fraction

from dashboards.report.content import indicators as of
from dashboards.report.content.clauses import clause_blocks
from dashboards.report.content.wording import absent, say
from dashboards.report.facts import Facts
from dashboards.report.laws import FINANCE
from dashboards.report.model import Block, Cell, Column, Ref, Section, Table, plain

YUAN_IN_WAN = 10000


def chapter(facts: Facts) -> Section:
    return Section(
        "finance",
        "经费",
        parts=(
            Section("finance.places", "年度经费", tuple(_places(facts))),
            Section("finance.projects", "项目经费", tuple(_projects(facts))),
            Section("finance.clauses", "经费条款", tuple(clause_blocks(facts, FINANCE))),
        ),
    )


def _wan(value: object) -> Fraction | None:
    return None if value is None else Fraction(str(value)) / YUAN_IN_WAN


def _share(part: Decimal | None, whole: Decimal | int) -> Fraction | None:
    return None if part is None or not whole else Fraction(part) / Fraction(whole)


def _places(facts: Facts) -> list[Block]:
    row = facts.money(facts.year)
    if row is None:
        return [absent(f"{facts.year}年没有年度经费数据，本部分从缺。")]
    budget, payroll, schools = row["training_budget"], row["payroll_total"], row["allocated_to_schools"]
    pay, spent = row["payroll_of_paid"], row["budget_of_paid"]
    share = Fraction(str(spent)) / Fraction(str(pay)) if pay else None
    reported = facts.number(of.COUNTIES, row["reporting"], "finance")
    text = say(
        *(f"{facts.year}年，报送年度经费的单位", reported, "个，教师培训经费合计"),
        *(
            facts.number(of.MONEY, _wan(budget), "budget"),
            "万元，教职工工资总额",
            facts.number(of.MONEY, _wan(payroll), "payroll"),
        ),
        *("万元，培训经费占工资总额的", facts.number(of.PAYROLL_SHARE, share), "；下拨中小学校"),
        *(facts.number(of.MONEY, _wan(schools), "schools"), "万元。"),
    )
    return [text]


def _projects(facts: Facts) -> list[Block]:
    sums = facts.project_money(facts.year)
    if not sums:
        return [absent(f"{facts.year}年没有项目经费数据，本部分从缺。")]
    total = sum(row["spent"] or 0 for row in sums)
    rows: list[tuple[Cell, ...]] = [
        (
            plain(row["item"]),
            facts.number(of.MONEY, _wan(row["budget"]), f"{row['item']}/budget"),
            facts.number(of.MONEY, _wan(row["received"]), f"{row['item']}/received"),
            facts.number(of.MONEY, _wan(row["spent"]), f"{row['item']}/spent"),
            facts.number(of.MONEY_SHARE, _share(row["spent"], total), row["item"]),
        )
        for row in sums
    ]
    spent = facts.number(of.MONEY, _wan(total), "projects")
    return [
        say(f"{facts.year}年有经费记录的项目实际支出合计", spent, "万元，分科目见", Ref("project_money"), "。"),
        Table(
            "project_money",
            f"{facts.year}年项目经费",
            (
                Column("科目", share=1.4, is_text=True),
                Column("预算", "万元"),
                Column("实收", "万元"),
                Column("实支", "万元"),
                Column("占实支合计"),
            ),
            tuple(rows),
            ("各科目分别四舍五入，合计可能与分项之和略有出入。",),
        ),
    ]
