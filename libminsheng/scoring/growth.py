"""Growth (增减): how a figure changed against the year before (同比) or the period before (环比).

An amount grows in %, a rate changes in 百分点: 90 % after 80 % is 10 百分点 more, never 12.5 % more. Which of
the two an indicator is, its unit and formula say. The change is a figure of the engine's own, by a formula
made from the indicator's: nothing is rounded before it is subtracted, one edition governs both sides, and
what either side lacks, carries or estimates shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, get_args

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.check import Scope
from libminsheng.definitions.formula import Binary, Formula, f
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine import Figure, Figures
from libminsheng.engine.evaluate import MOST, grounds
from libminsheng.engine.question import Question
from libminsheng.engine.sums import Sums
from libminsheng.errors import EvaluationError, Fault, nearest, say
from libminsheng.scoring.comparison import Against, Change, Comparison
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import unit

__all__ = ["compare"]

POINTS: Final = "百分点"


def compare(
    facts: object,
    *,
    indicators: Iterable[str | Indicator] | None = None,
    against: str | Sequence[str] = "year_ago",
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    by: Sequence[str] = (),
    period: str | None = None,
    start: str | Period | None = None,
    end: str | Period | None = None,
    divisions: Iterable[str] | None = None,
    level: str | None = None,
    reporters: Iterable[str] | None = None,
    parents: str = "total",
    most: int = MOST,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compute indicators and how they changed against an earlier period.

    Parameters
    ----------
    facts
        What `evaluate` takes; those of the earlier periods have to be among them.
    against
        ``"year_ago"`` (同比), ``"previous"`` (环比), or both.
    indicators, catalogue, tree, by, period, start, end, divisions, level, reporters, parents, most, progress
        As for `evaluate`: they limit the figures, not what these are compared with.

    Returns
    -------
    Comparison
        For each figure one change for each kind asked for. An amount's change is in % of its base's
        size, (value − base) / abs(base), so that its sign says the direction; a rate's is in 百分点.

    Raises
    ------
    FactsError, DivisionError, EvaluationError

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 2, "period": ["2016", "2017"], "measure": ["live_births"] * 2, "value": [80, 90],
    ... })
    >>> births = ms.Indicator("births", "live_births", "人", decimals=0)
    >>> change = ms.compare(facts, indicators=[births], divisions=["340102"], start="2017")[0]
    >>> change.change, change.unit, change.exact
    (Decimal('12.50'), '%', Fraction(1, 8))
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    tree = DivisionTree.builtin() if tree is None else tree
    kinds = _kinds(against)
    ground = grounds(facts, catalogue, tree)
    question = Question.read(
        ground.sums,
        catalogue,
        tree,
        indicators=indicators,
        by=by,
        period=period,
        start=start,
        end=end,
        divisions=divisions,
        level=level,
        reporters=reporters,
        parents=parents,
    )
    made = {
        (id(edition), kind): _made(edition, kind, catalogue)
        for code, wished in question.indicators
        for edition in _governing(question, ground.sums, code, wished)
        for kind in kinds
    }
    extra = [one for pair in made.values() for one in pair]
    asked = replace(question, indicators=(*question.indicators, *((one.code, one) for one in extra)))
    figures = ground.answer(asked, progress, most=most)
    return Comparison(_changes(figures, made, kinds), figures, question.by)


def _kinds(against: str | Sequence[str]) -> list[Against]:
    wished = [against] if isinstance(against, str) else list(dict.fromkeys(against))
    choices: tuple[Against, ...] = get_args(Against)
    faults = [
        Fault(
            "scoring.option",
            values={"option": "against", "value": word, "choices": ", ".join(choices)},
            near=partial(nearest, word, choices),
        )
        for word in wished
        if word not in choices
    ]
    if faults or not wished:
        raise EvaluationError(*(faults or [Fault("scoring.against_nothing", values={"choices": ", ".join(choices)})]))
    return [choice for word in wished for choice in choices if choice == word]


def _governing(question: Question, sums: Sums, code: str, edition: Indicator | None) -> list[Indicator]:
    """The editions that figures are computed by: the one asked for, else those in force in some period."""
    if edition is not None:
        return [edition]
    starts = question.catalogue.year_starts(question.catalogue.indicator(code))
    found = [question.catalogue.in_force(code, period.last_day) for period in question.periods(sums, starts)]
    return list({id(one): one for one in found if one is not None}.values())


def _made(edition: Indicator, kind: Against, catalogue: Catalogue) -> tuple[Indicator, Indicator]:
    """The edition as of an earlier period, and its change since: indicators for one question only.

    Their codes have a dot, which no code of a pack has.
    """
    now, then = edition.tree, _earlier(edition.tree, kind)
    base = replace(edition, code=f"{edition.code}.{kind}.base", formula=then)
    points = _changes_in_points(edition, catalogue)
    name = {lang: f"{edition.name.in_(lang)} · {say(f'scoring.{kind}', lang)}" for lang in ("zh", "en")}
    growth = replace(
        edition,
        code=f"{edition.code}.{kind}",
        formula=now - then if points else (now - then) / abs(then),
        name=Text(name["zh"], name["en"]),
        unit=POINTS if points else "%",
        decimals=_decimals(edition) if points else 2,
        bounds=None,
        better=None,
    )
    return base, growth


def _earlier(tree: Formula, kind: Against) -> Formula:
    """The formula as of an earlier period; a division's two sides stay apart, so that its figure shows them."""
    function = getattr(f, kind)
    if isinstance(tree, Binary) and tree.operator == "/":
        return Binary("/", function(tree.left), function(tree.right))
    earlier: Formula = function(tree)
    return earlier


def _changes_in_points(edition: Indicator, catalogue: Catalogue) -> bool:
    """Whether the indicator is a rate, or a difference of rates; a plain number is one if its formula is a ratio."""
    own = unit(edition.unit)
    if not own.is_ratio:
        return False
    if own.text != "1":
        return True
    known = {one.code: catalogue.editions(one.code) for one in catalogue.indicators}
    nature = Scope(catalogue.measures, known | {edition.code: (edition,)}).nature(edition.code)
    return nature is not None and nature.ratio != "no"


def _decimals(edition: Indicator) -> int:
    """As exact as the rate is printed: a ‰ is a tenth of a 百分点, a plain ratio of 1 is a hundred of them."""
    shift = {"‰": 1, "1": -2}.get(unit(edition.unit).text, 0)
    return max(0, edition.decimals + shift)


def _changes(
    figures: Figures, made: Mapping[tuple[int, Against], tuple[Indicator, Indicator]], kinds: Sequence[Against]
) -> list[Change]:
    """Each figure beside its base and its change. An edition is told by being that very object."""
    extra = {id(one) for pair in made.values() for one in pair}
    earlier: dict[tuple[int, str, str, tuple[tuple[str, str], ...]], Figure] = {}
    shown = []
    for figure in figures:
        if id(figure.indicator) in extra:
            earlier[_key(figure, figure.indicator)] = figure
        else:
            shown.append(figure)
    changes = []
    for figure in shown:
        for kind in kinds:
            base, growth = made[id(figure.indicator), kind]
            found = earlier[_key(figure, base)]
            changes.append(Change(figure, _as_base(found, figure, kind), earlier[_key(figure, growth)], kind))
    return changes


def _key(figure: Figure, indicator: Indicator) -> tuple[int, str, str, tuple[tuple[str, str], ...]]:
    return id(indicator), figure.division, str(figure.period), tuple(sorted(figure.by.items()))


def _as_base(found: Figure, figure: Figure, kind: Against) -> Figure:
    """The base as what it is: the indicator's own figure of the earlier period."""
    period = figure.period.year_ago() if kind == "year_ago" else figure.period.previous()
    start = f"{kind}("
    missing = tuple(name.removeprefix(start).removesuffix(")") for name in found.missing)
    return replace(found, indicator=figure.indicator, period=period, missing=missing)
