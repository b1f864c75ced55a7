"""Sums that are kept: a part for each measure, each rolled up once and asked as often as wanted.

Who holds facts that change now and then (a service) asks many questions of them. Roll-up and
coverage never look from one measure into another, so each measure's sums are a part of their own;
what is known of all facts together (who reported, for when, broken down by what) is the *outline*.
A change of one measure leaves the other parts, and what was computed from them alone, as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final, Protocol

import numpy as np

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.coverage import Counted
from libminsheng.engine.evaluate import Progress, answer_from, block_of, unreported
from libminsheng.engine.figures import Block, Figures
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.plan import Plan
from libminsheng.engine.question import Question
from libminsheng.engine.reported import Reported, Series
from libminsheng.engine.reports import Reports
from libminsheng.engine.sums import Family, Sums
from libminsheng.vocabulary.periods import Period

__all__ = ["KeptSums", "Parts", "measures_asked"]

_FEW: Final = 8
"""So many divisions are computed by themselves; for more, all divisions are, and kept."""

_MOST_KEPT: Final = 20_000_000
"""Figures of one edition that are kept; a question for more computes only what it asks."""


class Parts(Protocol):
    """The parts of kept sums; who gives them keeps them."""

    def sums(self, measure: str) -> Sums:
        """The sums of one measure; their columns are those of the outline."""

    def digest(self, measure: str) -> str:
        """Their digest, as `measure_digests` has it."""


class KeptSums(Reported):
    """What was reported, over sums that are kept measure by measure.

    Parameters
    ----------
    outline
        One entry for each family and cell that occur, in the order of families; divisions, periods and columns of
        all facts. Its totals mean nothing.
    parts
        The sums of each measure.
    before, touched
        The sums that these follow, and the measures whose facts are others now, with the divisions of these facts.
        Divisions and columns of both outlines are the same.
    """

    def __init__(
        self,
        outline: Sums,
        parts: Parts,
        catalogue: Catalogue,
        places: Places,
        parents: str,
        *,
        before: KeptSums | None = None,
        touched: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        super().__init__(outline, catalogue, places, parents)
        self._parts: Final = parts
        self._blocks: dict[tuple[Any, ...], Block] = {}
        self._counted = Counted(self)
        self._lock = threading.RLock()
        if before is not None:
            self._take_over(before, frozenset(touched or {}))

    def _take_over(self, before: KeptSums, touched: frozenset[str]) -> None:
        """What the sums before have and no change touched."""
        with before._lock:
            self._series = {family: one for family, one in before._series.items() if family.measure not in touched}
            self._blocks = {key: one for key, one in before._blocks.items() if key[0].measures.isdisjoint(touched)}
            self._counted = before._counted.over(self, touched)

    def reporters(self, family: Family) -> Ints:
        part = self._parts.sums(family.measure)
        own = np.unique(part.division[part.of_family(family)])
        return self._numbered(part)[own]

    def _numbered(self, part: Sums) -> Ints:
        return np.array([self.bare.number[code] for code in part.divisions], np.int64)

    def _one(self, family: Family) -> Series:
        if family not in self._series:
            part, measure = self._parts.sums(family.measure), self.catalogue.measures[family.measure]
            reports = Reports.of(part, family, measure, self.holder[self._numbered(part)])
            self._series[family] = Series(reports, part, self.places, measure)
        return self._series[family]

    def answer(self, question: Question, progress: Progress | None = None, *, most: int) -> Figures:
        """The figures of a question; as `evaluate` gives them over all facts that the outline is of."""
        assert question.reporters is None
        assert (question.parents == "own") == self.own

        def kept(chosen: Plan, periods: list[Period], rows: Ints, bys: list[Mapping[str, str]]) -> Block:
            return self._block(question, chosen, periods, rows, bys)

        with self._lock:
            return answer_from(question, self, kept, progress, most=most)

    def _block(
        self, question: Question, chosen: Plan, periods: list[Period], rows: Ints, bys: list[Mapping[str, str]]
    ) -> Block:
        key = (chosen, tuple(periods), tuple(tuple(by.items()) for by in bys))
        known = self._blocks.get(key)
        if known is None:
            every = np.flatnonzero(self.reporting)
            alone = len(rows) <= _FEW or len(every) * len(periods) * len(bys) > _MOST_KEPT
            if alone or unreported(chosen, question, self.sums):
                return block_of(question, self, self._counted, chosen, periods, rows, bys)
            known = self._blocks[key] = block_of(question, self, self._counted, chosen, periods, every, bys)
        if len(rows) == len(known.rows):
            return known
        return known.part(np.searchsorted(known.rows, rows))

    def evidence(self, question: Question) -> Mapping[str, str]:
        """The digests of the measures that the indicators asked for use: all facts of theirs."""
        reported = {family.measure for family in self.sums.families}
        with self._lock:
            return {code: self._parts.digest(code) for code in sorted(measures_asked(question) & reported)}


def measures_asked(question: Question) -> set[str]:
    """The measures that the indicators asked for use, in whichever edition may govern."""
    catalogue = question.catalogue
    editions = [
        edition
        for code, chosen in question.indicators
        for edition in ([chosen] if chosen else catalogue.editions(code))
    ]
    return {measure.code for measure in catalogue.measures_of(*editions)}
