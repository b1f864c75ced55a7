"""What a view sees at a revision: its facts, their sums, and figures from these.

A sight never changes. A change that touches what it sees makes another one, which keeps the sums of all measures that
were not touched; a change that it does not see leaves it as it is, so that nothing hidden can show in an answer.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.engine.figures import Figures
from libminsheng.engine.kept import KeptSums
from libminsheng.engine.places import Places
from libminsheng.engine.question import Question
from libminsheng.engine.sums import Family, Sums
from libminsheng.errors import DivisionError, EvaluationError, Fault
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_indicators.copy.ledger import Ledger, Tally, outline, reporting
from minsheng_indicators.copy.parts import ViewParts
from minsheng_indicators.copy.versions import Applied, stood
from minsheng_indicators.copy.view import View

__all__ = ["Asked", "OutsideError", "Sight"]

_SPARE: Final = 1_000
"""Divisions for which there is room though they never reported; and as many again as two for each that did."""


class OutsideError(EvaluationError):
    """A division was asked for that lies outside the view. It says the same whether there are facts of it or not."""


@dataclass(frozen=True)
class Asked:
    """A question, in the words of `libminsheng.evaluate`."""

    indicators: tuple[str, ...] | None = None
    by: tuple[str, ...] = ()
    period: str | None = None
    start: str | None = None
    end: str | None = None
    divisions: tuple[str, ...] | None = None
    level: str | None = None
    parents: str = "total"


class Sight:
    """A view of a ledger at a revision.

    `revision` is the one that it stands for, `since` the last one that changed what it sees.
    """

    def __init__(self, ledger: Ledger, view: View, revision: int) -> None:
        self._ledger = ledger
        self.view: Final = view
        self.revision = revision
        self.since = revision
        self._inside = view.inside(ledger.words.divisions, ledger.tree)
        where = ledger.versions.standing(ledger.versions.rows(self._inside), revision, public=view.public)
        self._tally = Tally(ledger, where)
        self.outline: Sums = outline(ledger, self._tally, reporting(ledger, self._tally))
        self._places = self._room()
        self._parts = self._new_parts()
        self._kept: dict[str, KeptSums] = {}
        self._lock = threading.RLock()
        self.answers: dict[Any, Any] = {}
        """Whatever was made of it and is wanted again, by what was asked; it goes when a change is seen."""

    def is_of(self, ledger: Ledger) -> bool:
        """Whether it is of this ledger, not of one that another was fetched in place of."""
        return self._ledger is ledger

    # ---- following the changes

    def after(self, applied: Applied, revision: int) -> Sight:
        """The sight at a later revision. Only the latest sight of a view may be asked, and only once."""
        later = copy.copy(self)
        later.revision = revision
        words, tree = self._ledger.words, self._ledger.tree
        if self._inside is not None and len(words.divisions) > len(self._inside):
            later._inside = self.view.inside(words.divisions, tree)
        was = stood(applied.before, self.revision, public=self.view.public)
        now = stood(applied.rows, revision, public=self.view.public)
        if later._inside is not None:
            mine = later._inside[applied.rows["division"]]
            was, now = was & mine, now & mine
        seen = np.flatnonzero(was | now)
        if not len(seen):
            return later
        changed = {name: column[seen] for name, column in applied.rows.items()}
        turned = self._tally.change(changed, now[seen].astype(np.int64) - was[seen].astype(np.int64))
        later.since = revision
        later._lock = threading.RLock()
        later.answers = {}
        if turned:
            divisions = self.outline.divisions
            if turned.divisions:
                divisions = tuple(reporting(self._ledger, self._tally, divisions, turned.divisions))
            later.outline = outline(self._ledger, self._tally, divisions)
        later._follow(self, self._touched(changed))
        return later

    def _follow(self, before: Sight, families: Mapping[Family, set[int]]) -> None:
        """Keep of the sight before what the change did not touch."""
        touched: dict[str, set[int]] = {}
        for family, divisions in families.items():
            touched.setdefault(family.measure, set()).update(divisions)
        same = self.outline.columns == before.outline.columns
        self._parts = self._new_parts(before._parts if same else None, touched)
        self._kept = {}
        known = self.outline.divisions
        if known != before.outline.divisions and not self._places.number.keys() >= set(known):
            self._places = self._room()
        elif same:
            with before._lock:
                kept = list(before._kept.items())
            current = self._ledger.codes()
            codes = {family: frozenset(current[one] for one in numbers) for family, numbers in families.items()}
            self._kept = {parents: self._new_kept(parents, one, codes) for parents, one in kept}

    def _room(self) -> Places:
        """Places for the divisions with facts and for those that may have some later, if they are not too many: so what
        is kept need not be numbered anew when another one reports.
        """
        tree, known = self._ledger.tree, self.outline.divisions
        most = 2 * len(known) + _SPARE
        listed = [one.code for one in tree if tree.successor(one.code) is None] if len(tree) <= 2 * most else []
        listed = [code for code in listed if self.view.holds(code, tree)]
        return Places.above((*known, *listed) if len(listed) <= most else known, tree, self.view.roots or ())

    def _touched(self, changed: Mapping[str, npt.NDArray[Any]]) -> dict[Family, set[int]]:
        """The families, and of each the divisions, whose facts are others now."""
        touched: dict[Family, set[int]] = {}
        for number, division in set(zip(changed["family"].tolist(), changed["division"].tolist(), strict=True)):
            measure, scenario, issuer = self._ledger.words.families[number]
            touched.setdefault(Family(measure, scenario, issuer or None), set()).add(division)
        return touched

    def _new_parts(self, before: ViewParts | None = None, touched: Mapping[str, set[int]] | None = None) -> ViewParts:
        return ViewParts(
            self._ledger,
            self._inside,
            self.since,
            self.outline.columns,
            public=self.view.public,
            before=before,
            touched=touched,
        )

    def _new_kept(
        self, parents: str, before: KeptSums | None = None, touched: Mapping[Family, frozenset[str]] | None = None
    ) -> KeptSums:
        ledger = self._ledger
        return KeptSums(
            self.outline, self._parts, ledger.catalogue, self._places, parents, before=before, touched=touched or {}
        )

    # ---- answers

    def question(self, asked: Asked) -> Question:
        """The question, read and checked.

        Raises
        ------
        EvaluationError
            For all that is wrong with it; an `OutsideError` where it asks for divisions outside the view.
        """
        catalogue, tree = self._ledger.catalogue, self._ledger.tree
        outside = [
            code for code in asked.divisions or () if not self.view.holds(code, tree) and _is_division(code, tree)
        ]
        if outside:
            raise OutsideError(*(Fault("service.outside", values={"division": code}) for code in outside))
        question = Question.read(
            self.outline,
            catalogue,
            tree,
            indicators=asked.indicators,
            by=asked.by,
            period=asked.period,
            start=asked.start,
            end=asked.end,
            divisions=asked.divisions,
            level=asked.level,
            reporters=None,
            parents=asked.parents,
        )
        if self.view.roots is None or question.divisions:
            return question
        return replace(question, divisions=self.divisions())

    @property
    def count(self) -> int:
        """How many facts there are."""
        return sum(self._tally.divisions.values())

    def divisions(self) -> tuple[str, ...]:
        """The divisions of the view with facts at or below them; its roots where there are none."""
        with self._lock:
            if "divisions" not in self.answers:
                reporting = np.flatnonzero(self.kept("total").reporting).tolist()
                codes = [self._places.codes[number] for number in reporting]
                mine = tuple(code for code in codes if self.view.holds(code, self._ledger.tree))
                self.answers["divisions"] = mine or self.view.roots or ()
            found: tuple[str, ...] = self.answers["divisions"]
            return found

    def kept(self, parents: str, reporters: Iterable[str] = ()) -> KeptSums:
        """The sums of the view, rolled up as they are asked for; with reporters that have no facts, for one question."""
        parents = parents if parents == "own" else "total"
        tree = self._ledger.tree
        silent = {tree.current(code) for code in reporters if _is_division(code, tree)} - self._places.number.keys()
        if silent:
            places = Places.above((*self._places.codes, *silent), tree, self.view.roots or ())
            return KeptSums(self.outline, self._parts, self._ledger.catalogue, places, parents)
        with self._lock:
            if parents not in self._kept:
                self._kept[parents] = self._new_kept(parents)
            return self._kept[parents]

    def figures(
        self, asked: Asked, *, most: int = 100_000_000, progress: Callable[[int, int], None] | None = None
    ) -> Figures:
        """The figures of a question, bit for bit those of `evaluate` over the facts of the view at this revision.

        Where the view is of subtrees, there is nothing above them, and a question that names no divisions is one for
        those of the subtrees that have facts. The receipt stands for all facts of the view of the measures that the indicators asked for use.

        Raises
        ------
        EvaluationError
        """
        question = self.question(asked)
        return self.kept(question.parents).answer(question, progress, most=most)

    def facts(self, measures: Iterable[str] | None = None) -> pl.DataFrame:
        """The facts of the view, or those of some measures, as a frame that `libminsheng` reads.

        Columns: division, period, measure, scenario, basis, issuer, the project and breakdowns that at least one fact of
        the view has, value (a decimal in the measure's unit), approximate.
        """
        codes = sorted({family.measure for family in self.outline.families})
        wanted = set(codes if measures is None else measures)
        codes = [code for code in codes if code in wanted]
        if not codes:
            return pl.DataFrame(schema=self._parts.schema())
        scale = max(self._ledger.catalogue.measures[code].decimals for code in codes)
        return pl.concat([self._parts.frame(code, scale) for code in codes])


def _is_division(code: str, tree: DivisionTree) -> bool:
    try:
        tree.resolve(code)
    except DivisionError:
        return False
    return True
