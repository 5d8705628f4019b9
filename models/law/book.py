"""The book of law: all documents at hand, and which clause or limit holds where on which day.

Belongs here: questions asked of documents already read. Reading them is in `models.law.loading` and
`models.law.reading`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from models.law.reading import PolicyError
from models.law.roles import ROLES, TOPICS
from models.law.schema import Clause, Cycle, Document, Window


@dataclass(frozen=True)
class Source:
    """Where a document came from: the names and hashes of its policy file and its text."""

    file: str
    sha256: str
    text: str
    text_sha256: str
    is_added: bool = False


def as_decimal(limit: Fraction, places: int = 6) -> Decimal:
    """A limit as a decimal, rounded half up where it has no end (1/3 becomes 0.333333)."""
    scale: int = 10**places
    scaled = (limit.numerator * scale * 2 + limit.denominator) // (2 * limit.denominator)
    return Decimal(scaled).scaleb(-places)


@dataclass(frozen=True)
class Policies:
    """All documents, by id."""

    documents: Mapping[str, Document]
    sources: Mapping[str, Source] = field(default_factory=dict)
    whatif: str = ""

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents.values())

    def digest(self, province: str | None = None) -> str:
        """What the law of a province is known by, or all law: a hash over its documents and what they are based on.

        A province's law includes the documents that lend it a yardstick.
        """
        asked = [one for one in self if province is None or one.jurisdiction.lies_in(province) or self._lends(one)]
        facts = [(one.id, self.sources[one.id].sha256, self.sources[one.id].text_sha256) for one in asked]
        return hashlib.sha256(repr((sorted(facts), self.whatif)).encode()).hexdigest()[:16]

    @staticmethod
    def _lends(document: Document) -> bool:
        return "spot_check_yardstick" in document.roles

    @cached_property
    def clauses(self) -> Mapping[str, Clause]:
        """Every clause of every document, by id."""
        return {clause.id: clause for document in self for clause in document.clauses}

    def document(self, document_id: str) -> Document:
        """The document of that id.

        Raises:
            PolicyError: no such document.
        """
        if document_id not in self.documents:
            raise PolicyError(f"没有文件 {document_id}；有：{'、'.join(self.documents)}")
        return self.documents[document_id]

    def clause(self, clause_id: str) -> Clause:
        """The clause of that id.

        Raises:
            PolicyError: no such clause.
        """
        if clause_id not in self.clauses:
            raise PolicyError(f"没有条款 {clause_id}")
        return self.clauses[clause_id]

    def cycles(self, document_id: str) -> tuple[Cycle, ...]:
        """The fixed cycles a document's jurisdiction counts in."""
        return self.document(document_id).cycles

    def threshold(self, clause_id: str, on: date) -> Fraction | None:
        """The limit of a clause on a day; None when it is not law then.

        Raises:
            PolicyError: no such clause, or its limit is a window.
        """
        limit = self.clause(clause_id).threshold(on)
        if isinstance(limit, Window):
            raise PolicyError(f"{clause_id} 的阈值是窗口，不是一个数")
        return limit

    def of_province(self, province: str) -> tuple[Document, ...]:
        """The documents that are law anywhere in a province, the widest jurisdiction first."""
        return tuple(document for document in self._widest if document.jurisdiction.lies_in(province))

    def role(self, name: str, place: str, on: date | None = None) -> Clause | None:
        """The clause that plays a role at a place; None where no document names one.

        Of several, the most specific jurisdiction's, then the latest document's. With `on` only documents and
        limits in force on that day are asked.

        Args:
            name: one of `models.law.roles.ROLES`.
            place: the 6-digit code of a province, city or county.
            on: the day; without it the law of any day.
        """
        found = [
            (document, clause)
            for document in self
            if document.jurisdiction.covers(place)
            for clause in self._playing(name, document)
            if on is None or clause.threshold(on) is not None
        ]
        newest = max(found, key=lambda each: (len(each[0].jurisdiction.prefix), each[0].effective_from), default=None)
        return newest[1] if newest else None

    def roles(self, *names: str) -> tuple[str, ...]:
        """The ids of all clauses that play any of some roles anywhere, the widest jurisdictions first."""
        if names not in self._found:  # pages ask the same again for every figure
            every = (each for document in self._widest for name in names for each in self._playing(name, document))
            self._found[names] = tuple(dict.fromkeys(clause.id for clause in every))
        return self._found[names]

    @cached_property
    def _found(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Clauses by the roles that were asked for so far."""
        return {}

    @cached_property
    def _widest(self) -> tuple[Document, ...]:
        return tuple(sorted(self, key=lambda document: (len(document.jurisdiction.prefix), document.id)))

    def _playing(self, name: str, document: Document) -> Iterator[Clause]:
        if name not in ROLES:
            raise PolicyError(f"没有名为“{name}”的角色；有：{'、'.join(ROLES)}")
        return (self.clauses[one] for one in document.roles.get(name, ()) if one in self.clauses)

    def about(self, topic: str) -> tuple[str, ...]:
        """The ids of all clauses about a topic of the yearly report, the widest jurisdictions first."""
        if topic not in TOPICS:
            raise PolicyError(f"没有名为“{topic}”的主题；有：{'、'.join(TOPICS)}")
        return tuple(one for document in self._widest for one in document.topics.get(topic, ()))

    def in_force(self, unit_codes: Iterable[str], on: date) -> tuple[Clause, ...]:
        """Clauses that bind a unit on a day, the most specific jurisdiction first.

        Args:
            unit_codes: the codes of the unit and of the units above it (county, city, province).
            on: the day.
        """
        codes = frozenset(unit_codes)
        binding = [
            document
            for document in self
            if document.jurisdiction.code in codes
            or any(code.startswith(document.jurisdiction.prefix) for code in codes if code[:1].isdigit())
        ]
        binding.sort(key=lambda document: (-len(document.jurisdiction.prefix), document.id))
        return tuple(
            clause
            for document in binding
            for clause in document.clauses
            if clause.status == "manual" or clause.threshold(on) is not None
        )

    def with_documents(self, changed: Iterable[Document]) -> Policies:
        """A copy in which these documents replace the ones of the same id (what-if)."""
        return Policies({**self.documents, **{one.id: one for one in changed}}, self.sources, "whatif")

    def with_clauses(self, changed: Iterable[Clause]) -> Policies:
        """A copy in which these clauses replace the ones of the same id (what-if)."""
        overlay = {clause.id: clause for clause in changed}
        for clause_id in overlay:
            self.clause(clause_id)
        documents = {
            document.id: document.model_copy(
                update={"clauses": tuple(overlay.get(clause.id, clause) for clause in document.clauses)}
            )
            for document in self
        }
        return Policies(documents, self.sources, "whatif")
