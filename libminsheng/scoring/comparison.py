"""What a comparison with earlier periods gives: changes, each with both of its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal, overload

import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine import Explanation, Figure, Figures
from libminsheng.engine.figures import FLAGS
from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.scoring.frames import COMPARISON_COLUMNS, decimal_column
from libminsheng.scoring.receipted import Receipted
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period

__all__ = ["Against", "Change", "Comparison"]

Against = Literal["year_ago", "previous"]
"""What a figure is compared with: the same period a year before (同比), or the period before (环比)."""


@dataclass(frozen=True)
class Change:
    """A figure, the earlier one that it is compared with, and what lies between them.

    Attributes
    ----------
    figure
        The figure of the later period.
    base
        The figure of the earlier period, by the edition that governs the later one.
    growth
        The change as the engine's own figure: its formula, exact value, status and coverage.
    against
        ``year_ago`` or ``previous``.

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 2, "period": ["2016", "2017"], "measure": ["live_births"] * 2, "value": [0, 9],
    ... })
    >>> births = ms.Indicator("births", "live_births", "人", decimals=0)
    >>> change = ms.compare(facts, indicators=[births], divisions=["340102"], start="2017")[0]
    >>> change.figure.value, change.base.value, change.change, change.status
    (Decimal('9'), Decimal('0'), None, 'zero_denominator')
    """

    figure: Figure
    base: Figure
    growth: Figure
    against: Against

    @property
    def change(self) -> Decimal | None:
        """The printed change in `unit`; None unless `status` is ``ok``."""
        return self.growth.value

    @property
    def exact(self) -> Fraction | None:
        """The change before rounding, as a bare ratio: 1/8 is 12.5 %, or 12.5 百分点."""
        return self.growth.exact

    @property
    def unit(self) -> str:
        """``%`` for an amount, 百分点 for a rate."""
        return self.growth.unit

    @property
    def status(self) -> str:
        """``no_data`` where either side is missing, ``zero_denominator`` where an amount's base is zero."""
        return self.growth.status

    @property
    def missing(self) -> tuple[str, ...]:
        """The operands that are missing; an earlier one as ``year_ago(…)`` or ``previous(…)``."""
        return self.growth.missing

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag of either side or of the change itself."""
        known = {*self.figure.flags, *self.base.flags, *self.growth.flags}
        return tuple(flag for flag in FLAGS if flag in known)

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON carries it: exact numbers as text."""
        return {
            "indicator": self.figure.indicator.code,
            "edition": self.figure.indicator.edition,
            "division": self.figure.division,
            "period": str(self.figure.period),
            "by": dict(self.figure.by),
            "against": self.against,
            "value": _text(self.figure.value),
            "base": _text(self.base.value),
            "change": _text(self.change),
            "unit": self.figure.unit,
            "change_unit": self.unit,
            "status": self.status,
            "flags": list(self.flags),
            "missing": list(self.missing),
        }


class Comparison(Sequence[Change], Receipted):
    """The changes of one question, in the order of its figures.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 4, "period": ["2016", "2017"] * 2,
    ...     "measure": ["newborns_screened"] * 2 + ["live_births"] * 2, "value": [80, 99, 100, 110],
    ... })
    >>> rates = ms.compare(facts, indicators=["newborn_screening_rate"], divisions=["340102"], start="2017")
    >>> rates.frame.select("value", "base", "change", "change_unit").rows()
    [(Decimal('90.00'), Decimal('80.00'), Decimal('10.00'), '百分点')]
    """

    def __init__(self, changes: Sequence[Change], figures: Figures, by: Sequence[str]) -> None:
        self._changes = tuple(changes)
        self._figures = figures
        self._by = tuple(by)

    @property
    def catalogue(self) -> Catalogue:
        return self._figures.catalogue

    @property
    def tree(self) -> DivisionTree:
        return self._figures.tree

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that the figures are broken down by."""
        return self._by

    @cached_property
    def editions(self) -> tuple[Indicator, ...]:
        """The editions that the figures were computed by, in their order."""
        return tuple({id(change.figure.indicator): change.figure.indicator for change in self}.values())

    @property
    def figures(self) -> Figures:
        """All that was computed: the figures, their bases and their changes."""
        return self._figures

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What a reader should know besides."""
        return self._figures.notes

    def __len__(self) -> int:
        return len(self._changes)

    @overload
    def __getitem__(self, position: int) -> Change: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Change]: ...
    def __getitem__(self, position: int | slice) -> Change | Sequence[Change]:
        return self._changes[position]

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Every change as JSON carries it."""
        return [change.as_dict() for change in self]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a change.

        Columns: indicator, edition, division, period, the breakdowns asked for, against, value, base,
        change, unit, change_unit, status, flags, missing. `value`, `base` and `change` are decimals,
        null where there is none.
        """
        figures = [change.figure for change in self]
        texts = {name: [row[name] for row in self.to_dicts()] for name in _TEXTS}
        return pl.DataFrame(
            {
                **{name: pl.Series(texts[name], dtype=pl.String) for name in _TEXTS[:4]},
                **{
                    column: pl.Series([figure.by.get(name) for figure in figures], dtype=pl.String)
                    for name, column in breakdown_columns(self._by, COMPARISON_COLUMNS).items()
                },
                "against": pl.Series(texts["against"], dtype=pl.String),
                "value": decimal_column([figure.value for figure in figures]),
                "base": decimal_column([change.base.value for change in self]),
                "change": decimal_column([change.change for change in self]),
                **{name: pl.Series(texts[name], dtype=pl.String) for name in _TEXTS[5:]},
                "flags": pl.Series([list(change.flags) for change in self], dtype=pl.List(pl.String)),
                "missing": pl.Series([list(change.missing) for change in self], dtype=pl.List(pl.String)),
            }
        )

    def find(
        self,
        indicator: str,
        division: str,
        period: str | Period,
        by: Mapping[str, str] | None = None,
        *,
        against: str | None = None,
    ) -> Change:
        """The one change that is meant; of both kinds the first that was asked for.

        Raises
        ------
        EvaluationError
            If there is no such change.
        """
        code, _, edition = indicator.strip().partition("@")
        if all(change.figure.indicator.code != code for change in self):
            code = self.catalogue.indicator(indicator).code
        place, label, cells = self.tree.current(division), str(Period.parse(str(period))), dict(by or {})
        mine = [change for change in self if change.figure.indicator.code == code]
        for change in mine:
            figure = change.figure
            same = (figure.division, str(figure.period), dict(figure.by)) == (place, label, cells)
            if same and edition in ("", figure.indicator.edition) and against in (None, change.against):
                return change
        known = list(dict.fromkeys(f"{change.figure.division} {change.figure.period}" for change in mine))
        values = {"indicator": indicator, "division": division, "period": label, "by": cells or "–"}
        raise EvaluationError(
            Fault("engine.no_figure", values=values, near=lambda: nearest(f"{place} {label}", known, 3))
        )

    def explain(
        self,
        indicator: str,
        division: str,
        period: str | Period,
        by: Mapping[str, str] | None = None,
        *,
        against: str | None = None,
    ) -> Explanation:
        """How a change came about: its formula, both sides' reports, the rounding."""
        change = self.find(indicator, division, period, by, against=against)
        return self._figures.explain_figure(change.growth)

    def _repr_html_(self) -> str:
        from libminsheng.report.growth import comparison_html

        return comparison_html(self)

    def __repr__(self) -> str:
        return f"<Comparison: {len(self)}>"


_TEXTS: Final = ("indicator", "edition", "division", "period", "against", "unit", "change_unit", "status")
"""The columns of `Comparison.frame` that are texts."""


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
