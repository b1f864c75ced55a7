"""What is asked: which indicators, where, when, broken down how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.places import Places
from libminsheng.engine.sums import Sums
from libminsheng.errors import DivisionError, EvaluationError, Fault, FormulaError, nearest
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import GRAINS, Grain, Period

__all__ = ["Parents", "Question", "asked_editions"]

Parents = Literal["total", "own"]
_LEVELS: Final = ("province", "prefecture", "county", "township", "village")


@dataclass(frozen=True)
class Question:
    """One call of `evaluate`, its words read and checked.

    `indicators` pairs each code with the edition that was asked for, or None for those in force.
    """

    catalogue: Catalogue
    tree: DivisionTree
    indicators: tuple[tuple[str, Indicator | None], ...]
    by: tuple[str, ...]
    grain: Grain
    start: str | None
    end: str | None
    divisions: tuple[str, ...]
    level: str | None
    reporters: tuple[str, ...] | None
    parents: Parents

    @classmethod
    def read(
        cls,
        sums: Sums,
        catalogue: Catalogue,
        tree: DivisionTree,
        *,
        indicators: Iterable[str | Indicator] | None,
        by: Sequence[str],
        period: str | None,
        start: str | Period | None,
        end: str | Period | None,
        divisions: Iterable[str] | None,
        level: str | None,
        reporters: Iterable[str] | None,
        parents: str,
    ) -> Question:
        """Check the words of a question against what there is.

        Raises
        ------
        EvaluationError
            For unknown indicators, columns, lengths of period, levels and the like, all at once.
        """
        faults: list[Fault] = []
        by = (by,) if isinstance(by, str) else tuple(by)
        columns = (*sums.columns, *(["issuer"] if any(family.issuer for family in sums.families) else []))
        shown = ", ".join(columns) or "–"
        faults.extend(
            Fault(
                "engine.unknown_column", values={"column": name, "known": shown}, near=partial(nearest, name, columns)
            )
            for name in by
            if name not in columns
        )
        _one_of("period", period, GRAINS, faults)
        _one_of("parents", parents, get_args(Parents), faults)
        _one_of("level", level, _LEVELS, faults)
        for text in (start, end):
            try:
                Period.parse(str(text)) if text is not None else None
            except ValueError as error:
                faults.extend(getattr(error, "faults", ()))
        wanted = asked_editions(indicators, catalogue, sums, faults)
        places = [
            _resolved(tree, text, faults) for text in ([divisions] if isinstance(divisions, str) else divisions or ())
        ]
        expected = None if reporters is None else [_resolved(tree, text, faults) for text in reporters]
        if faults:
            raise EvaluationError(*faults)
        finest = min((GRAINS.index(found.grain) for found in sums.periods), default=3)
        return cls(
            catalogue,
            tree,
            wanted,
            by,
            GRAINS[finest] if period is None else period,  # type: ignore[arg-type]  # checked above
            None if start is None else str(start),
            None if end is None else str(end),
            tuple(places),
            level,
            None if expected is None else tuple(dict.fromkeys(expected)),
            parents,  # type: ignore[arg-type]  # checked above
        )

    def options(self) -> dict[str, Any]:
        """Everything but facts, definitions and tree that decides the figures, for the receipt."""
        return {
            "indicators": [f"{code}@{edition.edition}" if edition else code for code, edition in self.indicators],
            "by": list(self.by),
            "period": self.grain,
            "from": self.start,
            "to": self.end,
            "divisions": sorted(self.divisions),
            "level": self.level,
            "reporters": None if self.reporters is None else sorted(self.reporters),
            "parents": self.parents,
        }

    def shown(self, places: Places, reporting: npt.NDArray[np.bool_]) -> list[int]:
        """The divisions that figures are given for: those with facts at or below them, less what was not asked."""
        shown: list[int]
        if self.divisions:
            wanted = sorted(places.number[code] for code in set(self.divisions) if code in places.number)
            shown = [number for number in wanted if reporting[number]]
        else:
            shown = np.flatnonzero(reporting).tolist()
        if self.level:
            shown = [number for number in shown if self.tree.level(places.codes[number]) == self.level]
        return shown

    def periods(self, sums: Sums, year_starts: int) -> list[Period]:
        """The periods that figures are given for, in one statistical year's calendar."""
        mine = [period for period in sums.periods if period.year_starts == year_starts] or list(sums.periods)
        if not mine:
            return []
        first = min(period.first_month for period in mine)
        last = max(period.last_month for period in mine)
        if self.start is not None:
            first = Period.parse(self.start, year_starts).first_month
        if self.end is not None:
            last = Period.parse(self.end, year_starts).last_month
        if last < first:
            return []
        begin = Period.of(self.grain, first, year_starts)
        return list(begin.to(Period.of(self.grain, last, year_starts)))


def asked_editions(
    indicators: Iterable[str | Indicator] | None, catalogue: Catalogue, sums: Sums, faults: list[Fault]
) -> tuple[tuple[str, Indicator | None], ...]:
    """The indicators asked for; without a wish, those of the packs given, else those with a reported operand."""
    if indicators is None:
        return tuple((code, None) for code in catalogue.offered({family.measure for family in sums.families}))
    wanted: list[tuple[str, Indicator | None]] = []
    for wish in [indicators] if isinstance(indicators, str | Indicator) else indicators:
        try:
            if isinstance(wish, Indicator):
                wanted.append((wish.code, catalogue.adopt(wish)))
                continue
            found = catalogue.indicator(wish)
        except (EvaluationError, FormulaError) as error:
            faults.extend(error.faults)
            continue
        wanted.append((found.code, found if "@" in wish else None))
    return tuple(sorted(dict.fromkeys(wanted), key=lambda pair: (pair[0], pair[1].edition if pair[1] else "")))


def _one_of(name: str, value: str | None, choices: tuple[str, ...], faults: list[Fault]) -> None:
    if value is not None and value not in choices:
        values = {"option": name, "value": value, "choices": ", ".join(choices)}
        faults.append(Fault("engine.unknown_option", values=values, near=lambda: nearest(value, choices)))


def _resolved(tree: DivisionTree, text: str, faults: list[Fault]) -> str:
    try:
        return tree.current(text)
    except DivisionError as error:
        faults.extend(error.faults)
        return ""
