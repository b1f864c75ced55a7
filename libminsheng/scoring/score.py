"""Scores: a scheme applied to figures, division by division and period by period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.formula import Call
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.scheme import Item, Scheme
from libminsheng.definitions.scheme_check import made_faults
from libminsheng.engine.evaluate import MOST, evaluate
from libminsheng.engine.figures import Figure
from libminsheng.errors import DefinitionError
from libminsheng.scoring.points import Earned, earn, shown
from libminsheng.scoring.scorecard import Points, Scorecard, Scores
from libminsheng.scoring.weights import effective_weights
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text

__all__ = ["score"]

Coordinates = tuple[str, str, tuple[tuple[str, str], ...]]
"""Division, period, breakdown."""


def score(
    facts: object,
    scheme: str | Scheme,
    *,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    by: Sequence[str] = (),
    period: str | None = "year",
    start: str | Period | None = None,
    end: str | Period | None = None,
    divisions: Iterable[str] | None = None,
    level: str | None = None,
    reporters: Iterable[str] | None = None,
    parents: str = "total",
    most: int = MOST,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Score divisions, or projects, by a scheme.

    An item's points come from the exact value of its indicator, and the total from exact points; it
    is rounded once, and the printed total decides the grade.

    Parameters
    ----------
    facts
        As for `evaluate`.
    scheme
        ``CODE`` or a name for the edition in force in each period's last month, ``CODE@EDITION``, or a `Scheme`.
    by
        Columns that each get scorecards of their own: ``["project"]`` scores every project.
    catalogue, tree, period, start, end, divisions, level, reporters, parents, most, progress
        As for `evaluate`; periods are years unless another length is asked for.

    Returns
    -------
    Scores
        One scorecard for each division, period and breakdown.

    Raises
    ------
    FactsError, DivisionError, EvaluationError
    DefinitionError
        For everything that is wrong with a `Scheme` made by hand.

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": "2020", "measure": ["funds_spent", "funds_budgeted"], "value": [810, 1000],
    ... })
    >>> card = ms.score(facts, "self_evaluation", divisions=["340102"])[0]
    >>> card.points[0].points, card.status, card.missing[:1]
    (Decimal('8.10'), 'no_data', ('output_completion_rate',))
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    chosen = catalogue.scheme(scheme) if isinstance(scheme, str) else scheme
    by_period = isinstance(scheme, str) and "@" not in scheme
    editions = [one for one in catalogue.schemes if one.code == chosen.code] if by_period else [chosen]
    if chosen not in catalogue.schemes and (faults := list(made_faults(chosen, catalogue))):
        raise DefinitionError(*faults)
    figures = evaluate(
        facts,
        indicators=[one for edition in editions for one in _asked(edition, catalogue)],
        catalogue=catalogue,
        tree=tree,
        by=by,
        period=period,
        start=start,
        end=end,
        divisions=divisions,
        level=level,
        reporters=reporters,
        parents=parents,
        most=most,
        progress=progress,
    )
    book: dict[tuple[str, str], dict[Coordinates, Figure]] = {}
    places: dict[Coordinates, Figure] = {}
    for figure in figures:
        where = (figure.division, str(figure.period), tuple(figure.by.items()))
        book.setdefault((figure.indicator.code, figure.indicator.edition), {})[where] = figure
        if where not in places or figure.period.year_starts < places[where].period.year_starts:
            places[where] = figure
    pages = []
    for where, figure in sorted(places.items(), key=_order):
        governing = catalogue.scheme(chosen.code, figure.period.last_day) if by_period else chosen
        pages.append(_Page(governing, catalogue, book, where, figure))
    return Scores(chosen, figures, tuple(page.card() for page in pages))


def _order(place: tuple[Coordinates, Figure]) -> tuple[str, Period, tuple[tuple[str, str], ...]]:
    (division, _, by), figure = place
    return division, figure.period, by


def _asked(scheme: Scheme, catalogue: Catalogue) -> list[str | Indicator]:
    """The indicators of a scheme, and for items whose target is reported their targets as indicators."""
    asked: dict[str, str | Indicator] = {}
    for item in scheme.items:
        asked.setdefault(item.indicator, item.indicator)
        if item.target == "reported":
            code, _, edition = item.indicator.partition("@")
            editions = catalogue.editions(catalogue.indicator(code).code)
            asked.update({f"{one.key} target": _target(one) for one in editions if edition in ("", one.edition)})
    return list(asked.values())


def _target_code(indicator: Indicator) -> str:
    return f"{indicator.code}__target"


def _target(indicator: Indicator) -> Indicator:
    """The same indicator of the targets that the facts hold."""
    formula = Call("target", (indicator.tree,))
    return replace(indicator, code=_target_code(indicator), formula=formula, bounds=None, default=True)


class _Page:
    """One scorecard in the making."""

    def __init__(
        self,
        scheme: Scheme,
        catalogue: Catalogue,
        book: Mapping[tuple[str, str], Mapping[Coordinates, Figure]],
        where: Coordinates,
        like: Figure,
    ) -> None:
        self._scheme, self._catalogue, self._book, self._where, self._like = scheme, catalogue, book, where, like

    def card(self) -> Scorecard:
        scheme = self._scheme
        found = {item.code: self._figure(item.indicator) for item in scheme.items}
        weights = scheme.weights
        earned = {item.code: self._earned(item, found[item.code], weights[item.code]) for item in scheme.items}
        present = {code for code, one in earned.items() if one is not None}
        if scheme.composite == "opportunity":
            return self._opportunity(found, present)
        even = scheme.composite == "linear"
        effective = effective_weights(scheme, present, even=even)
        points = [
            Points(
                item,
                self._name(item),
                found[item.code],
                effective.get(item.code, Fraction(0)) if effective else weights[item.code],
                earned[item.code],
                scheme,
                self._aim(item, found[item.code]),
            )
            for item in scheme.items
        ]
        total = None
        if effective is not None:
            total = sum((one.exact for one in points if one.exact is not None), Fraction(0))
            if scheme.composite == "all_or_nothing":
                full = all(one.earned is not None and one.earned.share == 1 for one in points if one.weight)
                total = Fraction(scheme.total) if full else Fraction(0)
        return self._finished(points, total, present)

    def _opportunity(self, found: Mapping[str, Figure | None], present: set[str]) -> Scorecard:
        """Numerators over denominators, none above its own; each item weighs by its denominator."""
        scheme = self._scheme
        sides = {code: _sides(figure) for code, figure in found.items() if figure is not None and code in present}
        sides = {code: (top, low) for code, (top, low) in sides.items() if low > 0}
        whole = sum((low for _, low in sides.values()), Fraction(0))
        short = scheme.missing == "withheld" and len(sides) < len(scheme.items)
        points = []
        for item in scheme.items:
            weight, earned = Fraction(0), None
            if item.code in sides and whole:
                top, low = sides[item.code]
                weight = low / whole * Fraction(scheme.total)
                earned = Earned(top / low, "scoring.opportunity", {"numerator": shown(top), "denominator": shown(low)})
            points.append(Points(item, self._name(item), found[item.code], weight, earned, scheme))
        total = None if short or not whole else sum((one.exact or Fraction(0) for one in points), Fraction(0))
        return self._finished(points, total, set(sides))

    def _finished(self, points: list[Points], total: Fraction | None, present: set[str]) -> Scorecard:
        missing = tuple(item.code for item in self._scheme.items if item.code not in present)
        return Scorecard(
            self._scheme,
            self._like.division,
            self._like.period,
            dict(self._like.by),
            tuple(points),
            total,
            missing,
        )

    def _figure(self, key: str) -> Figure | None:
        code, _, edition = key.partition("@")
        code = self._catalogue.indicator(code).code
        asked = [edition] if edition else [one.edition for one in self._catalogue.editions(code)]
        figures = (self._book.get((code, one), {}).get(self._where) for one in asked)
        return next((one for one in figures if one is not None and (edition or self._governs(one))), None)

    def _governs(self, figure: Figure) -> bool:
        """Whether a figure is by the edition in force in its own last month."""
        governing = self._catalogue.in_force(figure.indicator.code, figure.period.last_day)
        return governing is not None and governing.edition == figure.indicator.edition

    def _aim(self, item: Item, figure: Figure | None) -> Figure | None:
        """The figure of an item's reported target."""
        if figure is None or item.target != "reported":
            return None
        key = (_target_code(figure.indicator), figure.indicator.edition)
        return self._book.get(key, {}).get(self._where)

    def _name(self, item: Item) -> Text:
        return self._catalogue.indicator(item.indicator).name if item.name == Text() else item.name

    def _earned(self, item: Item, figure: Figure | None, weight: Fraction) -> Earned | None:
        if figure is None:
            return None
        if figure.status == "zero_denominator" and item.zero_target == "full_if_none":
            none = figure.numerator is not None and figure.numerator <= 0
            return Earned(Fraction(int(none)), "scoring.none_done" if none else "scoring.some_done", {})
        value = figure.printed
        if value is None:
            return None
        target = None if item.target is None or item.target == "reported" else Fraction(item.target)
        if item.target == "reported":
            aim = self._aim(item, figure)
            target = None if aim is None else aim.printed
            if target is None:
                return None
            if target <= 0 and item.zero_target == "full_if_none":
                return Earned(Fraction(int(value <= 0)), "scoring.none_done" if value <= 0 else "scoring.some_done", {})
        return earn(item, item.better or figure.indicator.better, value, target, weight)


def _sides(figure: Figure) -> tuple[Fraction, Fraction]:
    assert figure.numerator is not None
    assert figure.denominator is not None
    low = Fraction(figure.denominator)
    return max(min(Fraction(figure.numerator), low), Fraction(0)), low
