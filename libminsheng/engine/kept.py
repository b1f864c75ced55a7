"""Sums that are kept: a part for each measure, each rolled up once and asked as often as wanted.

Who holds facts that change now and then (a service) asks many questions of them. Roll-up and
coverage never look from one measure into another, so each measure's sums are a part of their own;
what is known of all facts together (who reported, for when, broken down by what) is the *outline*.
A change of one measure leaves the other parts, and what was computed from them alone, as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

import numpy as np

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Call, Formula, walk
from libminsheng.engine.coverage import Counted
from libminsheng.engine.evaluate import Progress, answer_from, block_of, unreported
from libminsheng.engine.figures import Block, Figures
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.plan import Plan
from libminsheng.engine.question import Question
from libminsheng.engine.receipt import measures_asked
from libminsheng.engine.renewal import Followed, Line, Renewal, renew
from libminsheng.engine.reported import Reported, Series
from libminsheng.engine.reports import Reports
from libminsheng.engine.sums import Family, Sums
from libminsheng.vocabulary.periods import Period

__all__ = ["KeptSums", "Parts", "measures_asked"]

_FEW: Final = 8
"""So many divisions are computed by themselves; for more, all divisions are, and kept."""

_MOST_KEPT: Final = 20_000_000
"""Figures that are kept; a question for more computes only what it asks."""

_MOST_COVERED: Final = 500_000_000
"""Bytes of coverage that are kept."""

_MOST_STRETCHES: Final = 500_000_000
"""Bytes of levels from a year's beginning that are kept: there are as many as first and last months are asked for."""

_NONE: Final = np.zeros(0, np.int64)


class Parts(Protocol):
    """The parts of kept sums; who gives them keeps them."""

    def sums(self, measure: str) -> Sums:
        """The sums of one measure; their columns are those of the outline."""

    def few(self, measure: str, codes: frozenset[str]) -> Sums:
        """The same of some divisions only."""

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
        The sums that these follow, and the families whose facts are others now, with the divisions of these facts.
        The places and the columns of both outlines are the same.
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
        touched: Mapping[Family, frozenset[str]] | None = None,
    ) -> None:
        same = before is not None and before.sums.divisions == outline.divisions
        super().__init__(outline, catalogue, places, parents, before.origins if before is not None and same else None)
        self._parts: Final = parts
        self._blocks: dict[tuple[Any, ...], tuple[Block, Ints]] = {}
        """Each block that is kept, and those of its divisions that are to be computed anew."""
        self._counted = Counted(self)
        self._lock = threading.RLock()
        if before is not None and np.array_equal(before.holder, self.holder):
            self._take_over(before, touched or {})

    def _take_over(self, before: KeptSums, touched: Mapping[Family, frozenset[str]]) -> None:
        """What the sums before have and no change touched, and what can follow the change."""
        series, blocks = dict(before._series), dict(before._blocks)  # whoever asks meanwhile is not waited for
        self._series = {family: one for family, one in series.items() if family not in touched}
        renewals = self._renewals(series, touched)
        dirty = {family.measure for family in touched if family not in renewals}
        dirty |= {family.measure for family in set(before.sums.families) ^ set(self.sums.families)}
        self._series |= {family: one.series for family, one in renewals.items()}
        for family, one in self._series.items():
            if isinstance(one, Followed):
                one.whole = partial(self._whole, family)  # so that what came before is held by nobody
        renewed = {series[family]: one for family, one in renewals.items()}
        self._counted = before._counted.over(self, frozenset(dirty), renewed)
        for key, (block, lines) in blocks.items():
            if key[0].measures.isdisjoint(dirty):
                codes = [code for family, some in touched.items() if family.measure in key[0].measures for code in some]
                if not codes or not _looks_above(key[0].formula):
                    self._blocks[key] = self._shown(block, self._lines(codes, lines))

    def _shown(self, block: Block, lines: Ints) -> tuple[Block, Ints]:
        """A block with a row for each division that has facts now; one that had none is computed with these lines."""
        rows = np.flatnonzero(self.reporting)
        if np.array_equal(rows, block.rows):
            return block, lines
        places = np.minimum(np.searchsorted(block.rows, rows), len(block.rows) - 1)
        lines = np.union1d(lines, np.setdiff1d(rows, block.rows))
        return replace(block.part(places), rows=rows), np.intersect1d(lines, rows)

    def _renewals(
        self, before: Mapping[Family, Series], touched: Mapping[Family, frozenset[str]]
    ) -> dict[Family, Renewal]:
        renewals = {}
        for family, codes in touched.items():
            known = before.get(family)
            if known is not None and family in self.sums.families:
                found = self._renewed(family, known, codes)
                if found is not None:
                    renewals[family] = found
        return renewals

    def _renewed(self, family: Family, known: Series, codes: frozenset[str]) -> Renewal | None:
        """A family of which the reports of some divisions are others now."""
        nodes = self._lines(codes, _NONE)
        line = Line.of(np.unique(np.concatenate([nodes, self.holder[nodes]])), self.places)
        few = self._parts.few(family.measure, frozenset(self.bare.codes[node] for node in nodes.tolist()))
        if family not in few.families:
            few = replace(few, families=(*few.families, family))
        holder = np.searchsorted(line.every, self.holder[self._numbered(few)])
        reports = Reports.of(few, family, known.measure, holder)
        cells = frozenset(self.sums.cells[cell] for cell in self.sums.cell[self.sums.of_family(family)].tolist())
        return renew(known, reports, few, line, cells, partial(self._whole, family))

    def _lines(self, codes: Iterable[str], lines: Ints) -> Ints:
        """The divisions of these codes and all above them, with those that are to be computed anew already."""
        nodes = np.array([self.bare.number[code] for code in codes], np.int64)
        return np.unique(np.concatenate([lines, nodes, self.bare.above_all(nodes)])) if len(nodes) else lines

    def reporters(self, family: Family) -> Ints:
        reporter = np.zeros(len(self.bare), np.bool_)
        reporter[self.back[self._one(family).extent.reporters]] = True
        return np.flatnonzero(reporter)

    def _numbered(self, part: Sums) -> Ints:
        return np.array([self.bare.number[code] for code in part.divisions], np.int64)

    def _one(self, family: Family) -> Series:
        if family not in self._series:
            self._series[family] = self._whole(family)
        return self._series[family]

    def _whole(self, family: Family) -> Series:
        part, measure = self._parts.sums(family.measure), self.catalogue.measures[family.measure]
        reports = Reports.of(part, family, measure, self.holder[self._numbered(part)])
        return Series(reports, part, self.places, measure)

    def answer(self, question: Question, progress: Progress | None = None, *, most: int) -> Figures:
        """The figures of a question; as `evaluate` gives them over all facts that the outline is of."""
        assert (question.parents == "own") == self.own

        def kept(chosen: Plan, periods: list[Period], rows: Ints, bys: list[Mapping[str, str]]) -> Block:
            return self._block(question, chosen, periods, rows, bys)

        with self._lock:
            figures = answer_from(question, self, kept, progress, most=most)
            self._counted.forget(_MOST_COVERED)
            self._forget(_MOST_STRETCHES)
            return figures

    def _forget(self, most: int) -> None:
        """Let go of levels from a year's beginning, those of each family that were asked for first, beyond these bytes."""
        stretches = [kept for one in list(self._series.values()) for kept in one.stretches()]
        held = sum(level.nbytes for kept in stretches for level in list(kept.values()))
        for kept in stretches:
            for key in list(kept):
                if held <= most:
                    return
                gone = kept.pop(key, None)  # sums before or after these may have let go of it
                held -= 0 if gone is None else gone.nbytes

    def _block(
        self, question: Question, chosen: Plan, periods: list[Period], rows: Ints, bys: list[Mapping[str, str]]
    ) -> Block:
        def computed(rows: Ints) -> Block:
            return block_of(question, self, self._counted, chosen, periods, rows, bys)

        if question.reporters is not None:  # whoever expects others than reported asks for it alone
            return computed(rows)
        key = (chosen, tuple(periods), tuple(tuple(by.items()) for by in bys))
        known, lines = self._blocks.pop(key, (None, _NONE))
        every = len(self.reporting) * len(periods) * len(bys)
        if len(rows) <= _FEW or every > _MOST_KEPT or unreported(chosen, question, self.sums):
            if known is not None and not len(lines):
                self._blocks[key] = known, lines
                return known.part(np.searchsorted(known.rows, rows))
            if known is not None:
                self._blocks[key] = known, lines
            return computed(rows)
        if known is not None and len(lines):
            known = known.replaced(computed(lines))
        if known is None:
            known = computed(np.flatnonzero(self.reporting))
        self._keep(key, known)
        return known if len(rows) == len(known.rows) else known.part(np.searchsorted(known.rows, rows))

    def _keep(self, key: tuple[Any, ...], block: Block) -> None:
        """Keep a block, and let go of those that were asked for least lately where there are too many."""
        self._blocks[key] = block, _NONE
        held = sum(len(block) for block, _ in self._blocks.values())
        while held > _MOST_KEPT:
            held -= len(self._blocks.pop(next(iter(self._blocks)))[0])

    def evidence(self, question: Question) -> Mapping[str, str]:
        """The digests of the measures that the indicators asked for use: all facts of theirs."""
        reported = {family.measure for family in self.sums.families}
        with self._lock:
            return {code: self._parts.digest(code) for code in sorted(measures_asked(question) & reported)}


def _looks_above(formula: Formula) -> bool:
    """Whether a figure depends on more than what lies at and below its division."""
    return any(isinstance(node, Call) and node.function == "share" for node in walk(formula))
