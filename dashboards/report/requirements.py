"""How each requirement of the law was kept in the region's year, ready to be ranked, told and listed.

Belongs here: one requirement and one subject type a line, its share of those judged and of all of the kind, and what
became of it since last year. Which of them are told, and in what words, belongs to `content` and the sentence files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from dashboards.report import figures as fig
from dashboards.report import indicators as of
from dashboards.report.facts import Facts, Row
from dashboards.report.model import Cite, Number, plain
from dashboards.report.rules import Named, Phrase, phrase
from dashboards.site.measures import ANNUAL, COVERAGE, CYCLE, SATISFACTION
from models.law import Clause, load_policies
from models.marts.suppression import HIDDEN, MINIMUM, SPAN_ONLY

DUTIES: Final = frozenset({"must", "config"})
"""Strengths whose missing is a fault; goals and 原则上 are told, but are no problem to be mended."""
SOFT: Final = {"default": "（原则上）", "target": "（目标）"}


@dataclass(frozen=True)
class Subject:
    """What a clause is judged for: its word, how it is counted (`unit` after a number), and who answers for it."""

    word: str
    unit: str
    responsible: str


SUBJECTS: Final[Mapping[str, Subject]] = {
    "project": Subject("项目", "个项目", "项目承办机构"),
    "class": Subject("班级", "个班", "项目承办机构"),
    "institution": Subject("机构", "家机构", "有关培训机构"),
    "institution-subject": Subject("机构学科", "个机构学科", "有关培训机构"),
    "school": Subject("学校", "所学校", "有关学校"),
    "county": Subject("县", "个县（市、区）", "县级教育行政部门"),
    "city": Subject("市", "个设区市", "设区市教育行政部门"),
    "province": Subject("省", "个省级单位", "省级教育行政部门"),
    "org": Subject("单位", "个单位", "有关单位"),
    "teacher": Subject("教师", "人", "学校和教师本人"),
    "leader": Subject("人员", "人", "其所在单位"),
}
OTHER: Final = Subject("对象", "个", "有关单位")
WHOLE: Final = "province"
"""A requirement on the province has one subject: missing it is told, but its share ranks it before nothing."""


@dataclass(frozen=True)
class Requirement:
    """One clause judged for one kind of subject in the region's year.

    `judged` counts those judged (0 where it is not told), `missed_share` is of them, `extent` of all of the kind there
    are; `before` is how many missed it last year.
    """

    clause: Row
    kind: str
    subject: Subject
    is_of_people: bool
    judged: Fraction
    met: Number
    missed: Number
    unclear: Number
    running: Number
    rate: Number
    missed_share: Number
    extent: Number
    before: Number

    @property
    def id(self) -> str:
        return str(self.clause["clause_id"])

    @property
    def title(self) -> str:
        return plain(self.clause["title"])

    @property
    def marked_title(self) -> str:
        """The title, with a word for what is no must."""
        return self.title + SOFT.get(self.clause["strength"], "")

    @property
    def cite(self) -> Cite:
        """Its row in the workbook."""
        return Cite("all_requirements", (self.marked_title, self.subject.word, self.id))

    @property
    def is_gap(self) -> bool:
        """Whether more than half of its subjects could not be judged: then it has no rate to tell."""
        return (self.unclear.exact or 0) > self.judged

    @property
    def is_judged(self) -> bool:
        """Whether there is a rate to tell."""
        return self.missed_share.is_known and not self.is_gap

    @property
    def is_problem(self) -> bool:
        """Whether somebody missed what must be done, and the evidence is enough to say so."""
        is_duty = self.clause["strength"] in DUTIES and not self.clause["is_trigger"]
        return is_duty and self.is_judged and bool(self.missed_share.exact)

    def moved(self, facts: Facts) -> Phrase:
        """What became of it since last year, where the two years can be compared."""
        more = facts.less(of.NOT_MET, self.missed, self.before, "more").size()
        compares = "yes" if facts.compares and self.before.is_known else "no"
        given: Named = {"compares": compares, "missed": self.missed, "before": self.before, "more": more}
        return phrase("process", "change", given | {"unit": self.subject.unit})


def requirements(facts: Facts) -> list[Requirement]:
    """All clauses with a count to tell of the region's year, each rule once.

    Left out are those of the headline measures, what is composed of them alone, and a rule said again.
    """
    headlines = {*COVERAGE.clauses, *CYCLE.clauses, *ANNUAL.clauses, *SATISFACTION.clauses}
    said: set[object] = set()
    found = []
    for one in every_requirement(facts):
        clause = load_policies().clauses.get(one.id)
        if one.id in headlines or (clause and clause.all_of and headlines.issuperset(clause.all_of)):
            continue
        rule = (one.kind, one.id if clause is None else _rule(clause))
        if rule not in said:
            said.add(rule)
            found.append(one)
    return found


def _rule(clause: Clause) -> object:
    """What two clauses of a document have in common that say the same; a clause composed of others is its own."""
    if clause.all_of:
        return clause.id
    figures = (clause.document, clause.measure, clause.compare, clause.unit, clause.strength, clause.thresholds)
    return (*figures, repr(clause.options), repr(clause.where))


def every_requirement(facts: Facts) -> list[Requirement]:
    """As `requirements`, with those of the headline measures: what the workbook lists."""
    before = facts.judged(facts.year - 1)
    whole = _whole(facts)
    return [
        _requirement(facts, clause, kind, row, (before.get((clause, kind)), whole.get(kind)))
        for (clause, kind), row in facts.judged(facts.year).items()
    ]


def _whole(facts: Facts) -> dict[str, Number]:
    """How many of a kind there are in the region's year."""
    volume = facts.volume(facts.unit, facts.year)
    counties = fig.counted(facts, len(facts.counties), "all")
    return {
        "project": volume["projects"],
        "class": volume["classes"],
        "institution": volume["institutions"],
        "teacher": volume["trained"],
        "county": counties,
        "school": fig.counted(facts, facts.school_count, "schools", of.SCHOOLS),
        "city": fig.counted(facts, len({unit.city_id for unit in facts.counties}), "cities"),
    }


def _requirement(
    facts: Facts, clause: str, kind: str, row: Row, beside: tuple[Row | None, Number | None]
) -> Requirement:
    before, whole = beside
    where = f"{clause}/{kind}"
    hidden = _why_not(row)
    met = facts.number(of.MET, row["met"], where, hidden=hidden)
    few = row["is_of_people"] and 0 < (row["not_met"] or 0) <= MINIMUM
    missed = facts.number(of.NOT_MET, row["not_met"], where, hidden=HIDDEN if few else hidden)
    judged = None if row["met"] is None else row["met"] + row["not_met"]
    share = Fraction(row["not_met"], judged) if judged else None
    largest = max(judged or 0, int(whole.exact)) if whole is not None and whole.exact else judged
    coarse = row["rounded_percent"]
    rate = None if share is None else 1 - share
    return Requirement(
        clause=facts.clauses[clause],
        kind=kind,
        subject=_subject(facts, kind),
        is_of_people=bool(row["is_of_people"]),
        judged=Fraction(judged or 0),
        met=met,
        missed=missed,
        unclear=facts.number(of.UNDETERMINED, row["undetermined"], where),
        running=facts.number(of.RUNNING, row["in_progress"], where),
        rate=facts.number(of.RATE, Fraction(coarse, 100), where, places=0)
        if coarse is not None
        else facts.number(of.RATE, rate, where, hidden=row["suppression"]),
        missed_share=facts.number(of.MISSED_SHARE, share, where, hidden=hidden),
        extent=facts.number(
            of.EXTENT, Fraction(row["not_met"], largest) if largest and judged else None, where, hidden=hidden
        ),
        before=_missed_before(facts, before, where),
    )


def _subject(facts: Facts, kind: str) -> Subject:
    """A kind of subject in the region's words: its cities are 设区市, or 市（州）."""
    found = SUBJECTS.get(kind, OTHER)
    if kind != "city" or facts.city_word in found.unit:
        return found
    return Subject(facts.city_word, f"个{facts.city_word}", f"{facts.city_word}教育行政部门")


def _missed_before(facts: Facts, row: Row | None, where: str) -> Number:
    """How many missed it last year."""
    few = row is not None and row["is_of_people"] and 0 < (row["not_met"] or 0) <= MINIMUM
    hidden = HIDDEN if few else _why_not(row) if row else None
    return facts.number(of.NOT_MET, row["not_met"] if row else None, where, year=facts.year - 1, hidden=hidden)


def _why_not(row: Row) -> str | None:
    """Why a row's counts are not told."""
    return row["suppression"] or (SPAN_ONLY if row["rounded_percent"] is not None else None)


def by_extent(found: list[Requirement]) -> list[Requirement]:
    """Those that touch the largest part of their kind first; what is asked of the province itself comes last."""
    return sorted(found, key=lambda one: (-weight(one), -(one.missed.exact or 0), one.id, one.kind))


def weight(one: Requirement) -> Fraction:
    """What a missed requirement weighs among others."""
    return Fraction(0) if one.kind == WHOLE else one.extent.exact or Fraction(0)


def source(clause: Row) -> str:
    """Where a clause stands, as it is cited: the document's number, or its title where it has none, and the article."""
    book = load_policies().documents
    document = book.get(clause["document"])
    if document is None:
        return f"{plain(clause['document'])}（{plain(clause['article']).lstrip('0')}）"
    return f"{plain(document.known_as)}{plain(document.cite(clause['article']))}"
