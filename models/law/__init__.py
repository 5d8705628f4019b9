"""The law as data: what each policy document says, when and where, and which settings we chose.

Here belong reading the policy files and answering "which limit holds there on that day". How a figure is
computed belongs to `models.measures`, comparing it with the limit to `models.findings`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path

from models.law.reading import PolicyError, read_document
from models.law.roles import ROLES, TOPICS
from models.law.schema import Clause, Convention, Cycle, Document, Jurisdiction, Threshold, Window

__all__ = [
    "Clause",
    "Convention",
    "Cycle",
    "Document",
    "Jurisdiction",
    "Policies",
    "PolicyError",
    "Threshold",
    "Window",
    "as_decimal",
    "load_policies",
    "read_policies",
]

FILES = Path(__file__).parent / "policies"
TEXTS = Path(__file__).parents[2] / "data" / "reference" / "documents"


def as_decimal(limit: Fraction, places: int = 6) -> Decimal:
    """A limit as a decimal, rounded half up where it has no end (1/3 becomes 0.333333)."""
    scale: int = 10**places
    scaled = (limit.numerator * scale * 2 + limit.denominator) // (2 * limit.denominator)
    return Decimal(scaled).scaleb(-places)


@dataclass(frozen=True)
class Policies:
    """All documents, by id."""

    documents: Mapping[str, Document]
    digest: str = ""

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents.values())

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
        found = [clause.id for document in self._widest for name in names for clause in self._playing(name, document)]
        return tuple(dict.fromkeys(found))

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
        return Policies(documents, digest=f"{self.digest}+whatif")


def read_policies(files: Iterable[Path], texts: Path = TEXTS) -> Policies:
    """The documents of some policy files.

    Raises:
        PolicyError: any fault in any file.
    """
    digest = hashlib.sha256()
    documents: dict[str, Document] = {}
    for path in sorted(files):
        digest.update(path.read_bytes())
        document = read_document(path, texts)
        if document.id in documents:
            raise PolicyError(f"{path}:1: 文件编号 {document.id} 已在别的文件里用过")
        digest.update((texts / document.text).read_bytes())
        documents[document.id] = document
    return Policies(documents, digest.hexdigest())


@lru_cache(maxsize=1)
def load_policies() -> Policies:
    """All policy files of the project, read once a process.

    Raises:
        PolicyError: any fault in any file.
    """
    return read_policies(FILES.glob("*.yaml"))


def provinces() -> dict[str, str]:
    """Provinces whose law is on file, code → name, in code order."""
    documents = load_policies().documents.values()
    whole = {d.jurisdiction.code: d.jurisdiction.name for d in documents if d.jurisdiction.code.endswith("0000")}
    return dict(sorted(whole.items()))
