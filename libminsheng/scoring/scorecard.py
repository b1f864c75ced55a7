"""Scorecards: what a division, or a project, scored by a scheme, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, overload

import polars as pl

from libminsheng.definitions.scheme import Grade, Item, Scheme
from libminsheng.definitions.tables import scheme_digest
from libminsheng.engine.figures import FLAGS, Figure, Figures
from libminsheng.engine.frame import breakdown_columns
from libminsheng.engine.rounding import decimal_of
from libminsheng.errors import EvaluationError, Fault, Language, current_language, nearest, say
from libminsheng.scoring.frames import SCORES_COLUMNS, typed_frame
from libminsheng.scoring.points import Earned, shown
from libminsheng.scoring.receipted import Receipted
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text

__all__ = ["Points", "Scorecard", "Scores"]


@dataclass(frozen=True)
class Points:
    """What one item earned.

    Parameters
    ----------
    item, name
        The item, and the name that it goes by.
    figure, aim
        The figure that it rests on, and that of its target where the target is reported; None where there is none.
    weight
        The points that it could earn, after those of missing items were moved, if the scheme moves them.
    earned
        The share of them that it earned and how; None where the figure has no value.
    scheme
        The scheme that it belongs to.
    """

    item: Item
    name: Text
    figure: Figure | None
    weight: Fraction
    earned: Earned | None
    scheme: Scheme
    aim: Figure | None = None

    @property
    def status(self) -> str:
        """``ok``, or why there is no value: the status of the figure."""
        if self.earned is not None:
            return "ok"
        wanting = (figure.status for figure in (self.figure, self.aim) if figure is not None and figure.status != "ok")
        return next(wanting, "no_data")

    @property
    def missing(self) -> tuple[str, ...]:
        """The operands that are missing, of the indicator and of its target."""
        figures = (figure for figure in (self.figure, self.aim) if figure is not None)
        return tuple(dict.fromkeys(name for figure in figures for name in figure.missing))

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of the figure and of its target."""
        figures = [figure for figure in (self.figure, self.aim) if figure is not None]
        return tuple(flag for flag in FLAGS if any(flag in figure.flags for figure in figures))

    @property
    def target(self) -> Decimal | None:
        """The target in the indicator's unit: the scheme's, or the one reported."""
        if self.item.target == "reported":
            return None if self.aim is None else self.aim.value
        return self.item.target

    @property
    def exact(self) -> Fraction | None:
        """The points before rounding."""
        return None if self.earned is None else self.earned.share * self.weight

    @property
    def points(self) -> Decimal | None:
        """The points, rounded as the scheme says."""
        return None if self.exact is None else _rounded(self.exact, self.scheme)

    def arithmetic(self, lang: Language | None = None) -> str:
        """How the points came about, in one line."""
        lang = lang or current_language()
        if self.earned is not None:
            return self.earned.words(lang, self.weight, f"{self.points:f}")
        status = say(f"scoring.status_{self.status}", lang)
        code = {"zero": "counted_zero", "redistributed": "weight_moved"}.get(self.scheme.missing, "withheld")
        return say(f"scoring.{code}", lang, status=status)

    def as_dict(self) -> dict[str, Any]:
        """The item as JSON carries it: exact numbers as text."""
        figure, target = self.figure, self.target
        return {
            "item": self.item.code,
            "group": self.item.group,
            "name": {"zh": self.name.zh, "en": self.name.en},
            "indicator": self.item.indicator.partition("@")[0] if figure is None else figure.indicator.code,
            "edition": None if figure is None else figure.indicator.edition,
            "value": None if figure is None or figure.value is None else f"{figure.value:f}",
            "unit": None if figure is None else figure.unit,
            "method": self.item.method,
            "target": None if target is None else f"{target:f}",
            "weight": shown(self.weight),
            "points": None if self.points is None else f"{self.points:f}",
            "label": None if self.earned is None or self.earned.label == Text() else _both(self.earned.label),
            "status": self.status,
            "flags": list(self.flags),
            "missing": list(self.missing),
            "arithmetic": {"zh": self.arithmetic("zh"), "en": self.arithmetic("en")},
        }


@dataclass(frozen=True)
class Scorecard:
    """The score of one division, period and breakdown by a scheme.

    `exact` is the total before rounding, None where the scheme gives none; `missing` are the
    codes of the items without a value.

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": "2020", "measure": ["funds_spent", "funds_budgeted"], "value": [810, 1000],
    ... })
    >>> card = ms.score(facts, "self_evaluation", divisions=["340102"])[0]
    >>> card.total, card.so_far, card.points[0].arithmetic("en")
    (None, (Decimal('8.10'), Decimal('10.00')), '10 × 81 ÷ 100 = 8.10')
    """

    scheme: Scheme
    division: str
    period: Period
    by: Mapping[str, str]
    points: tuple[Points, ...]
    exact: Fraction | None
    missing: tuple[str, ...]

    @property
    def status(self) -> str:
        """``ok``, or ``no_data`` where items are missing that the scheme does not do without."""
        return "no_data" if self.exact is None else "ok"

    @property
    def total(self) -> Decimal | None:
        """The sum of the exact points, rounded once."""
        return None if self.exact is None else _rounded(self.exact, self.scheme)

    @property
    def grade(self) -> Grade | None:
        """The grade of the printed total."""
        return None if self.total is None else self.scheme.grade(self.total)

    @property
    def so_far(self) -> tuple[Decimal, Decimal]:
        """The points earned by the items that have a value, and the points that these could earn."""
        there = [one for one in self.points if one.exact is not None]
        earned = sum((one.exact or Fraction(0) for one in there), Fraction(0))
        return _rounded(earned, self.scheme), _rounded(sum((one.weight for one in there), Fraction(0)), self.scheme)

    def as_dict(self) -> dict[str, Any]:
        """The scorecard as JSON carries it: exact numbers as text."""
        grade = self.grade
        return {
            "scheme": self.scheme.code,
            "edition": self.scheme.edition,
            "division": self.division,
            "period": str(self.period),
            "by": dict(self.by),
            "total": None if self.total is None else f"{self.total:f}",
            "of": f"{self.scheme.total:f}",
            "grade": None if grade is None else {"code": grade.code, **_both(grade.name)},
            "status": self.status,
            "missing": list(self.missing),
            "verified": self.scheme.verified,
            "items": [one.as_dict() for one in self.points],
        }


class Scores(Sequence[Scorecard], Receipted):
    """The scorecards of one call, in the order of division, period and breakdown.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": "2020", "measure": ["funds_spent", "funds_budgeted"], "value": [810, 1000],
    ... })
    >>> scores = ms.score(facts, "self_evaluation", divisions=["340102"])
    >>> len(scores), scores.frame["points"].to_list()[0]
    (1, Decimal('8.10'))
    """

    def __init__(self, scheme: Scheme, figures: Figures, cards: tuple[Scorecard, ...]) -> None:
        self.scheme: Final = scheme
        self.figures: Final = figures
        """The figures that the points were earned by; `Figures.explain` follows them to the reports."""
        self._cards = cards

    def __len__(self) -> int:
        return len(self._cards)

    @overload
    def __getitem__(self, position: int) -> Scorecard: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Scorecard, ...]: ...
    def __getitem__(self, position: int | slice) -> Scorecard | tuple[Scorecard, ...]:
        return self._cards[position]

    def __iter__(self) -> Iterator[Scorecard]:
        return iter(self._cards)

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        """The editions that the scorecards were made by, one for each stretch of time."""
        return tuple({card.scheme.key: card.scheme for card in self._cards}.values())

    def _made_by(self) -> tuple[Sequence[str], Mapping[str, Any]]:
        return [scheme_digest(one) for one in self.schemes or (self.scheme,)], {}

    @cached_property
    def notes(self) -> tuple[Fault, ...]:
        """What a reader should know besides: those of the figures, and periods in which a scheme was not in force."""
        early: dict[str, dict[str, None]] = {}
        for card in self._cards:
            if not card.scheme.in_force(card.period.last_day):
                early.setdefault(card.scheme.key, {})[str(card.period)] = None
        faults = (
            Fault("scoring.not_in_force", values={"scheme": key, "periods": ", ".join(periods)})
            for key, periods in early.items()
        )
        return (*self.figures.notes, *faults)

    def find(self, division: str, period: str | Period, by: Mapping[str, str] | None = None) -> Scorecard:
        """The scorecard of a division and a period.

        Raises
        ------
        EvaluationError
            If there is none; the nearest that there is is named.
        """
        place, label = self.figures.tree.current(division), str(Period.parse(str(period)))
        for card in self._cards:
            if (card.division, str(card.period), dict(card.by)) == (place, label, dict(by or {})):
                return card
        known = [f"{card.division} {card.period}" for card in self._cards]
        values = {"division": division, "period": label, "by": dict(by or {}) or "–"}
        raise EvaluationError(Fault("scoring.no_card", values=values, near=lambda: nearest(f"{place} {label}", known)))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Every scorecard as JSON carries it."""
        return [card.as_dict() for card in self._cards]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row an item of a scorecard.

        Columns: scheme, edition, division, period, the breakdowns, item, group, indicator, value,
        unit, weight, points, status, total, grade (its code), flags, missing. `value`, `points` and `total` are decimals,
        null where there is none; `weight` is text, because a moved weight may not end.
        """
        columns = breakdown_columns(dict.fromkeys(name for card in self._cards for name in card.by), SCORES_COLUMNS)
        rows = [
            {
                "scheme": card.scheme.code,
                "edition": card.scheme.edition,
                "division": card.division,
                "period": str(card.period),
                **{column: card.by.get(name) for name, column in columns.items()},
                "item": one.item.code,
                "group": one.item.group,
                "indicator": one.item.indicator,
                "value": None if one.figure is None else one.figure.value,
                "unit": None if one.figure is None else one.figure.unit,
                "weight": shown(one.weight),
                "points": one.points,
                "status": one.status,
                "total": card.total,
                "grade": None if card.grade is None else card.grade.code,
            }
            for card in self._cards
            for one in card.points
        ]
        decimals = max((scheme.decimals for scheme in self.schemes), default=self.scheme.decimals)
        before = ("scheme", "edition", "division", "period", *columns.values(), "item", "group", "indicator")
        kinds: dict[str, int | None] = dict.fromkeys(before)
        kinds |= {"value": 2, "unit": None, "weight": None, "points": decimals, "status": None}
        points = [one for card in self._cards for one in card.points]
        return typed_frame(rows, kinds | {"total": decimals, "grade": None}).with_columns(
            pl.Series("flags", [list(one.flags) for one in points], dtype=pl.List(pl.String)),
            pl.Series("missing", [list(one.missing) for one in points], dtype=pl.List(pl.String)),
        )

    def _repr_html_(self) -> str:
        from libminsheng.report.scores import scores_html

        return scores_html(self)

    def __repr__(self) -> str:
        return f"<Scores: {self.scheme.key}, {len(self)}>"


def _rounded(value: Fraction, scheme: Scheme) -> Decimal:
    return decimal_of(value, scheme.decimals, scheme.rounding)


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
