"""Rankings (排名): where each division stands on one indicator in one period.

Places are those of a competition, as county notices print them (第三名金安区、裕安区；第五名叶集区): who
is level shares a place, and the places after it stay empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Final, Literal, get_args, overload

import polars as pl

from libminsheng.definitions.indicator import Better, Indicator
from libminsheng.engine import Figure, Figures
from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.scoring.frames import RANKING_COLUMNS, decimal_column
from libminsheng.scoring.receipted import Receipted
from libminsheng.vocabulary.divisions import LEVELS, DivisionTree
from libminsheng.vocabulary.periods import Period

__all__ = ["Ranked", "Ranking", "Ties", "rank"]

Ties = Literal["exact", "printed"]
"""Whether two divisions are level where their exact values are, or where their printed ones are."""

_LARGEST: Final = 40
"""The power of ten that a target written as text may reach: an exact one of a billion digits never ends."""


@dataclass(frozen=True)
class Ranked:
    """A figure and its place; the place is None where the figure has no value.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame(
    ...     {"division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [10642]}
    ... )
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], level="county")
    >>> place = ms.rank(figures, "newborn_screening_rate", "2017")[0]
    >>> place.rank, place.figure.status
    (None, 'no_data')
    """

    figure: Figure
    rank: int | None

    def as_dict(self) -> dict[str, Any]:
        """The place, then the figure as JSON carries it."""
        return {"rank": self.rank, **self.figure.as_dict()}


@dataclass(frozen=True)
class Ranking(Sequence[Ranked], Receipted):
    """Divisions in the order of their places; those without a value at the end, in division order.

    Attributes
    ----------
    places
        Every division with its place.
    indicator
        The edition that they are ranked on.
    period, by
        Of the figures.
    better
        What a better value is: ``higher``, ``lower``, or nearer the ``target``.
    target
        In the indicator's unit, as the caller gave it; None unless `better` is ``target``.
    ties
        ``exact`` or ``printed``.
    figures
        What was ranked, with its catalogue and its divisions.

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102", "340103", "340104"] * 2, "period": ["2017"] * 6,
    ...     "measure": ["newborns_screened"] * 3 + ["live_births"] * 3, "value": [9, 8, 18, 10, 10, 20],
    ... })
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], level="county")
    >>> [(place.rank, place.figure.division) for place in ms.rank(figures, "newborn_screening_rate", "2017")]
    [(1, '340102'), (1, '340104'), (3, '340103')]
    """

    places: tuple[Ranked, ...]
    indicator: Indicator
    period: Period
    by: Mapping[str, str]
    better: Better
    target: Fraction | None
    ties: Ties
    figures: Figures = field(compare=False)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, position: int) -> Ranked: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Ranked]: ...
    def __getitem__(self, position: int | slice) -> Ranked | Sequence[Ranked]:
        return self.places[position]

    def __iter__(self) -> Iterator[Ranked]:
        return iter(self.places)

    def _made_by(self) -> tuple[Sequence[str], Mapping[str, Any]]:
        target = None if self.target is None else str(self.target)
        return (), {"by": dict(self.by), "better": self.better, "target": target, "ties": self.ties}

    def to_dicts(self) -> list[dict[str, Any]]:
        """Every place as JSON carries it."""
        return [place.as_dict() for place in self.places]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a division.

        Columns: rank, indicator, edition, division, period, the breakdown asked for, value, unit, status,
        flags, reported, expected, missing. `rank` and `value` are null where there is no value.
        """
        figures = [place.figure for place in self.places]
        own = breakdown_columns(self.by, RANKING_COLUMNS)
        return pl.DataFrame(
            {
                "rank": pl.Series([place.rank for place in self.places], dtype=pl.UInt32),
                "indicator": pl.Series([figure.indicator.code for figure in figures], dtype=pl.String),
                "edition": pl.Series([figure.indicator.edition for figure in figures], dtype=pl.String),
                "division": pl.Series([figure.division for figure in figures], dtype=pl.String),
                "period": pl.Series([str(figure.period) for figure in figures], dtype=pl.String),
                **{own[name]: pl.Series([cell] * len(figures), dtype=pl.String) for name, cell in self.by.items()},
                "value": decimal_column([figure.value for figure in figures]),
                "unit": pl.Series([figure.unit for figure in figures], dtype=pl.String),
                "status": pl.Series([figure.status for figure in figures], dtype=pl.String),
                "flags": pl.Series([list(figure.flags) for figure in figures], dtype=pl.List(pl.String)),
                "reported": pl.Series([figure.coverage.reported for figure in figures], dtype=pl.UInt32),
                "expected": pl.Series([figure.coverage.expected for figure in figures], dtype=pl.UInt32),
                "missing": pl.Series([list(figure.missing) for figure in figures], dtype=pl.List(pl.String)),
            }
        )

    def _repr_html_(self) -> str:
        from libminsheng.report.ranking import ranking_html

        return ranking_html(self)

    def __repr__(self) -> str:
        return f"<Ranking: {self.indicator.key} {self.period}, {len(self)}>"


def rank(
    figures: Figures,
    indicator: str,
    period: str | Period,
    by: Mapping[str, str] | None = None,
    *,
    level: str | None = None,
    better: str | None = None,
    target: Decimal | Fraction | float | str | None = None,
    ties: str = "exact",
) -> Ranking:
    """Rank the divisions of one level on one indicator in one period.

    Parameters
    ----------
    figures
        What `evaluate` gave.
    indicator
        Its code, ``CODE@EDITION`` or name.
    period
        One of the figures' periods.
    by
        The breakdown that is meant; without it the whole.
    level
        The level that is ranked: a county is not compared with its province. Needed where the figures
        have several.
    better
        ``"higher"``, ``"lower"`` or ``"target"``; without it what the indicator says.
    target
        The value, in the indicator's unit, that is best where ``target`` is better.
    ties
        ``"exact"``: only equal exact values share a place. ``"printed"``: equal printed values do.

    Raises
    ------
    EvaluationError
        If there are no such figures, or they cannot be ranked as they are; all reasons at once.

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102", "340103"], "period": ["2017"] * 2, "measure": ["live_births"] * 2, "value": [3, 5],
    ... })
    >>> births = ms.Indicator("births", "live_births", "人", decimals=0)
    >>> figures = ms.evaluate(facts, indicators=[births], level="county")
    >>> [place.figure.division for place in ms.rank(figures, "births", "2017", better="lower")]
    ['340102', '340103']
    """
    label = Period.parse(str(period))
    cells = dict(by or {})
    found = _found(figures, indicator, label, cells)
    faults: list[Fault] = []
    if ties not in get_args(Ties):
        faults.append(_option("ties", ties, get_args(Ties)))
    direction = _direction(found[0].indicator, better, target, faults)
    aim = None if target is None else _number(target, faults)
    compared = _of_one_level(found, figures.tree, level, faults)
    if faults or direction is None:
        raise EvaluationError(*faults)
    places = _placed(compared, _distance(direction, aim), printed=ties == "printed")
    return Ranking(
        places,
        found[0].indicator,
        found[0].period,
        cells,
        direction,
        aim,
        "printed" if ties == "printed" else "exact",
        figures,
    )


def _found(figures: Figures, text: str, period: Period, by: Mapping[str, str]) -> list[Figure]:
    """The figures that are meant, one for each division."""
    code, _, edition = text.strip().partition("@")
    known = figures.coordinates(code)
    if not known:  # a name, or a code that was not computed
        code = figures.catalogue.indicator(text).code
        known = figures.coordinates(code)
    found = figures.across(code, edition or None, str(period), by)
    if not found:
        periods = list(dict.fromkeys(one.rpartition(" ")[2] for one in known))
        values = {"indicator": text, "period": period, "by": dict(by) or "–"}
        raise EvaluationError(Fault("scoring.no_figures", values=values, near=lambda: nearest(str(period), periods, 3)))
    keys = list(dict.fromkeys(figure.indicator.key for figure in found))
    if len(keys) > 1:
        raise EvaluationError(Fault("scoring.rank_editions", values={"indicator": text, "keys": ", ".join(keys)}))
    return found


def _direction(indicator: Indicator, better: str | None, target: object, faults: list[Fault]) -> Better | None:
    """What a better value is: the caller's word goes before the definition's."""
    chosen: Better | None = indicator.better
    if better is not None:
        chosen = next((word for word in get_args(Better) if word == better), None)
        if chosen is None:
            faults.append(_option("better", better, get_args(Better)))
            return None
    if chosen is None:
        faults.append(Fault("scoring.rank_direction", values={"indicator": indicator.key}))
    elif chosen == "target" and target is None:
        faults.append(Fault("scoring.rank_target", values={"indicator": indicator.key, "unit": indicator.unit}))
    elif chosen != "target" and target is not None:
        faults.append(Fault("scoring.rank_no_target", values={"indicator": indicator.key, "better": chosen}))
    return chosen


def _number(given: Decimal | Fraction | float | str, faults: list[Fault]) -> Fraction:
    """A target as the number that was written; a float is its shortest decimal."""
    try:
        number = given if isinstance(given, Fraction) else Decimal(str(given))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(number, Decimal) and not (number.is_finite() and abs(number.adjusted()) <= _LARGEST):
        faults.append(Fault("scoring.rank_number", values={"text": given}))
        return Fraction(0)
    return Fraction(number)


def _option(name: str, value: str, choices: Sequence[str]) -> Fault:
    values = {"option": name, "value": value, "choices": ", ".join(choices)}
    return Fault("scoring.option", values=values, near=partial(nearest, value, choices))


def _of_one_level(found: Sequence[Figure], tree: DivisionTree, level: str | None, faults: list[Fault]) -> list[Figure]:
    """The figures of the level that is asked for, or of the only one that there is."""
    levels = {figure.division: tree.level(figure.division) for figure in found}
    named = [known for known in LEVELS if known in levels.values()]
    if level is not None:
        if level not in LEVELS:
            faults.append(_option("level", level, LEVELS))
        elif level not in named:
            faults.append(Fault("scoring.rank_no_level", values={"level": level, "levels": ", ".join(named) or "–"}))
        return [figure for figure in found if levels[figure.division] == level]
    if len(named) > 1:
        faults.append(Fault("scoring.rank_levels", values={"levels": ", ".join(named)}))
    elif None in levels.values():
        faults.extend(_above_each_other(tuple(levels), tree))
    return list(found)


def _above_each_other(divisions: Sequence[str], tree: DivisionTree) -> Iterator[Fault]:
    """Where a tree names no levels, two divisions of which one lies in the other give them away."""
    known = set(divisions)
    for division in divisions:
        above = next((code for code in tree.lineage(division)[1:] if code in known), None)
        if above is not None:
            yield Fault("scoring.rank_nested", values={"above": above, "below": division})
            return


def _distance(better: Better, target: Fraction | None) -> Callable[[Fraction], Fraction]:
    """How far a value is from the best: less is better."""
    if better == "target" and target is not None:
        return lambda value: abs(value - target)
    return (lambda value: -value) if better == "higher" else (lambda value: value)


def _placed(
    figures: Sequence[Figure], distance: Callable[[Fraction], Fraction], *, printed: bool
) -> tuple[Ranked, ...]:
    """A place is one more than how many are strictly better; equal ones stay in division order."""
    apart = [Ranked(figure, None) for figure in figures if figure.value is None]
    compared = [(distance(_value(figure, printed=printed)), figure) for figure in figures if figure.value is not None]
    compared.sort(key=lambda pair: pair[0])
    placed: list[Ranked] = []
    for position, (away, figure) in enumerate(compared):
        level = position and compared[position - 1][0] == away
        placed.append(Ranked(figure, placed[-1].rank if level else position + 1))
    return (*placed, *apart)


def _value(figure: Figure, *, printed: bool) -> Fraction:
    """A figure's value in its unit: as printed, or before rounding."""
    if printed:
        assert figure.value is not None
        return Fraction(figure.value)
    assert figure.printed is not None
    return figure.printed
