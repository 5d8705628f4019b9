"""What a person accepts of a refusal: one rule of the gate, for the bytes of one dump, with a reason and a name.

Belongs here: writing it into the journal and finding it again. Which rules may be accepted is said in expectations.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.operations import journal
from pipelines.release.build import DumpEntry
from pipelines.release.clock import now
from pipelines.release.home import Home
from pipelines.release.switch import last_refusal

ACCEPTED = "accepted"
SHORTEST_REASON = 3
"""Of a reason, in characters: a shorter one says nothing."""


class NotAcceptable(Exception):
    """There is nothing to accept, or not this; the message says what there is."""


@dataclass(frozen=True)
class Acceptance:
    """One rule (`table/rule`) that somebody accepted, and in what words."""

    rule: str
    reason: str
    by: str
    at: str

    def in_words(self) -> str:
        return f"{self.by} 于 {self.at[:10]} 接受：{self.reason}"


def dump_of(dumps: Iterable[DumpEntry], unread: Iterable[str]) -> str:
    """The name of a dump's bytes: which files were read, with their contents, and which were not."""
    facts = [sorted((dump.path, dump.sha256) for dump in dumps), sorted(unread)]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()


def acceptances(home: Home, province: str, dump: str) -> list[Acceptance]:
    """What was accepted of a dump, oldest first; of a rule accepted twice the last word."""
    found = {
        line[ACCEPTED]: Acceptance(line[ACCEPTED], line["reason"], line["by"], line["at"])
        for line in journal.accepted(home)
        if (line["province"], line["dump"]) == (province, dump)
    }
    return list(found.values())


def accept(home: Home, province: str, rule: str, reason: str, by: str) -> Acceptance:
    """Accepts one rule of the province's last refused night, and writes it into the journal.

    Raises:
        NotAcceptable: no night was refused, not by this rule, or it is none that a person can vouch for.
    """
    refused = last_refusal(home, province)
    if refused is None or "rules" not in refused:
        raise NotAcceptable(f"{province} 最近一夜没有被闸门拦下，没有可接受的检查。")
    known: Mapping[str, bool] = refused["rules"]
    if rule not in known:
        raise NotAcceptable(f"{province} 最近一夜不是被“{rule}”拦下的。{_listed(known)}")
    if not known[rule]:
        raise NotAcceptable(f"“{rule}”查的是账目本身，数据无从证明它无误，不能接受：请更正转储或报告系统管理员。")
    if len(reason.strip()) < SHORTEST_REASON or not by.strip():
        raise NotAcceptable("请写明理由（--reason）和姓名（--by）：它们会记入日志、清单和数据质量页。")
    found = Acceptance(rule, reason.strip(), by.strip(), now().isoformat(timespec="seconds"))
    line = {"province": province, ACCEPTED: rule, "reason": found.reason, "by": found.by, "at": found.at}
    journal.write_line(home, {**line, "dump": refused["dump"]})
    return found


def _listed(known: Mapping[str, bool]) -> str:
    can = [rule for rule, acceptable in known.items() if acceptable]
    return f"可接受的是：{'、'.join(can)}" if can else "拦下它的检查都不能接受。"


def advice(province: str, rule: str) -> str:
    """What a refusal adds where a person may vouch for the data."""
    return f"若核实数据确实如此，可接受：shixun accept {province} {rule} --reason 理由 --by 姓名"


def as_facts(accepted: Sequence[Acceptance]) -> list[dict[str, Any]]:
    """Acceptances as the manifest and the journal keep them."""
    return [vars(one) for one in accepted]
