"""From what a request brought to findings: facts by the standing checks, a text by those of bulletins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

from libminsheng.bulletin.check import check_bulletin
from libminsheng.bulletin.read import read_bulletin
from libminsheng.checks.check import check, chosen_rules
from libminsheng.checks.finding import Finding, Findings
from libminsheng.checks.twice import DUPLICATE, twice_findings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import EvaluationError, FactsError, Fault, MinshengError, Place
from minsheng_http.deadline import Deadline
from minsheng_http.forms import Form
from minsheng_http.json_body import Number
from minsheng_http.problems import Refused
from minsheng_http.received import Received
from minsheng_http.uploads import unpack
from minsheng_indicators.calculation import definitions_of, facts_of, gathered
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.uploads import CalculationUploads

__all__ = ["TEXT", "CheckUploads", "Looked", "checked"]

TEXT: Final = "text/plain"
_TWICE: Final = "facts.twice"


@dataclass
class CheckUploads(CalculationUploads):
    """Facts and definitions as for a calculation, or a text, or both."""

    parts: ClassVar[tuple[str, ...]] = ("facts", "definitions", "text")
    facts_needed: ClassVar[bool] = False

    texts: list[tuple[str, str | None]] = field(default_factory=list)
    """Each text, and what the caller calls it."""

    def take_part(self, name: str, path: Path, form: Form | None, label: str) -> None:
        if name == "text":
            self.take_text(path.read_bytes(), label)
        else:
            super().take_part(name, path, form, label)

    def take_key(self, name: str, value: Any) -> None:
        if name != "text":
            super().take_key(name, value)
        elif isinstance(value, str) and not isinstance(value, Number):
            self.take_text(value.encode("utf-8", "surrogatepass"), None)
        else:
            raise FactsError(Fault("service.text_shape"))

    def take_text(self, content: bytes, label: str | None) -> None:
        """Note a text in UTF-8, or in GB18030 where it is no UTF-8."""
        most = self.settings.most_text
        if len(content) + sum(len(text) for text, _ in self.texts) > most:
            raise Refused(413, Fault("service.too_many_bytes", Place(label), {"most": most}))
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                self.texts.append((text, label))
                return
        raise FactsError(Fault("service.no_text", Place(label)))


@dataclass(frozen=True)
class Looked:
    """What is to be looked for, and what a text does not say of itself."""

    only: Sequence[str] | None = None
    severity: str = "note"
    division: str | None = None
    period: str | None = None


def checked(received: Received, holdings: Holdings, looked: Looked, faults: Sequence[Fault] = ()) -> Findings:
    """The findings of a request.

    Raises
    ------
    Refused
        If it is too large, or takes too long.
    MinshengError
        For all that is wrong with facts, text, definitions and question. What a file reports twice is a finding.
    """
    deadline = Deadline(holdings.settings.seconds)
    found = list(faults)
    uploads = gathered(found, lambda: _unpacked(received, holdings))
    if uploads is None:
        raise MinshengError(*found)
    known = definitions_of(uploads, holdings, found)
    gathered(found, lambda: Findings(()).at_least(looked.severity))
    if known is not None:
        gathered(found, lambda: chosen_rules(known, looked.only))
    wrong: list[Fault] = []
    facts = facts_of(uploads, known, holdings, wrong) if uploads.facts else None
    deadline.check()
    twice = [uploads.told(fault) for fault in wrong if fault.code == _TWICE]
    found += [fault for fault in wrong if fault.code != _TWICE]
    if found or known is None:
        raise MinshengError(*map(uploads.told, found))
    findings: list[Finding] = []
    notes: tuple[Fault, ...] = ()
    if facts is not None:
        of_facts = check(facts, catalogue=known, tree=holdings.tree, only=looked.only, progress=deadline.check)
        findings += map(uploads.finding, of_facts)
        notes = of_facts.notes
    if looked.only is None or DUPLICATE in looked.only:
        findings += twice_findings(twice, known)
    for text, label in uploads.texts:
        findings += _of_text(text, label, known, holdings, looked)
        deadline.check()
    return Findings(findings, notes).at_least(looked.severity)


def _unpacked(received: Received, holdings: Holdings) -> CheckUploads:
    uploads = CheckUploads(received.folder, holdings.settings)
    if received.essence != TEXT:
        unpack(received, uploads)
    elif received.path.stat().st_size > holdings.settings.most_text:
        raise Refused(413, Fault("service.too_many_bytes", values={"most": holdings.settings.most_text}))
    else:
        uploads.take_text(received.path.read_bytes(), None)
    if not uploads.facts and not uploads.texts:
        raise EvaluationError(Fault("service.nothing_to_check"))
    return uploads


def _of_text(text: str, label: str | None, known: Catalogue, holdings: Holdings, looked: Looked) -> Findings:
    bulletin = read_bulletin(text, division=looked.division, period=looked.period, tree=holdings.tree)
    return check_bulletin(bulletin, known, only=looked.only, file=label)
