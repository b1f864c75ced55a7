"""The library's verbs, asked of what a view sees of the copy, or of facts that the caller brought.

A question is a query: the same words, in the same parameters, whichever facts it is asked of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine import Figures
from libminsheng.engine.evaluate import evaluate
from libminsheng.engine.receipt import Receipt
from libminsheng.errors import DivisionError, EvaluationError, Fault, nearest
from libminsheng.report.growth import comparison_csv, comparison_workbook
from libminsheng.report.lights import monitor_csv, monitor_workbook
from libminsheng.report.ranking import ranking_csv, ranking_workbook
from libminsheng.report.scores import scores_csv, scores_workbook
from libminsheng.scoring.growth import compare
from libminsheng.scoring.monitor import monitor
from libminsheng.scoring.ranking import Ranking, rank
from libminsheng.scoring.score import score
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from minsheng_http.deadline import Deadline
from minsheng_http.problems import Refused
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.given import Given
from minsheng_indicators.holdings import Holdings

__all__ = ["VERBS", "Ground", "Verb", "Wanted", "compared", "monitored", "ranked", "read_cells", "scored"]


@dataclass(frozen=True)
class Ground:
    """What a verb is asked of: sums that are kept for a view, or facts of the caller's own."""

    facts: Callable[[str], object]
    """By whether a parent's report is a total or a part of its own."""
    within: Callable[[Sequence[str] | None], Sequence[str] | None]
    """The divisions that are answered for, of those that are named."""
    catalogue: Catalogue
    tree: DivisionTree
    most: int
    deadline: Deadline

    @classmethod
    def of_sight(cls, sight: Sight, holdings: Holdings) -> Ground:
        """What a view sees at a revision."""
        settings = holdings.settings
        return cls(
            lambda parents: sight.kept(parents if parents == "own" else "total"),
            partial(_within, sight, holdings.tree),
            holdings.catalogue,
            holdings.tree,
            settings.most_figures,
            Deadline(settings.seconds),
        )


def _within(sight: Sight, tree: DivisionTree, named: Sequence[str] | None) -> Sequence[str] | None:
    """The divisions named, each of which has to lie in the view; without any, those of the view.

    Raises
    ------
    Refused
        404 for a division outside, which is all that is told of it.
    """
    outside = [text for text in named or () if _resolves(tree, text) and not sight.view.holds(text, tree)]
    if outside:
        raise Refused(404, *(Fault("service.outside", values={"division": text}) for text in outside))
    return sight.divisions() if not named and sight.view.roots is not None else named


def _resolves(tree: DivisionTree, text: str) -> bool:
    try:
        tree.resolve(text)
    except DivisionError:
        return False  # the library says what is wrong with it
    return True


@dataclass(frozen=True)
class Wanted:
    """A question, in the words of the library."""

    indicators: Sequence[str] | None = None
    by: Sequence[str] = ()
    period: str | None = None
    start: str | None = None
    end: str | None = None
    divisions: Sequence[str] | None = None
    level: str | None = None
    parents: str = "total"
    against: Sequence[str] = ()
    scheme: str | None = None
    watches: Sequence[str] | None = None
    better: str | None = None
    target: str | None = None
    ties: str = "exact"

    @classmethod
    def read(cls, verb: Verb, query: Mapping[str, Sequence[str]]) -> Wanted:
        """The question that a query asks.

        Raises
        ------
        EvaluationError
            For each parameter that the verb does not have, or that may be given once only.
        """
        faults = []
        known = (*verb.parameters, *_BESIDE)
        given: dict[str, Any] = {}
        edition = ""
        for name, texts in query.items():
            if name not in known:
                near = partial(nearest, name, known)
                faults.append(Fault("service.unknown_parameter", values={"name": name}, near=near))
            elif name in _FIELDS and name in _LISTS and not (name == "indicator" and verb is VERBS["rankings"]):
                given[_FIELDS[name]] = tuple(texts)
            elif len(texts) > 1:
                faults.append(Fault("service.parameter_twice", values={"name": name}))
            elif name in _FIELDS:
                given[_FIELDS[name]] = (texts[0],) if name in _LISTS else texts[0]
            elif name == "edition":
                edition = texts[0]
        if edition and (len(given.get("indicators", ())) != 1 or "@" in given["indicators"][0]):
            faults.append(Fault("service.edition_of_one"))
        if faults:
            raise EvaluationError(*faults)
        if edition:
            given["indicators"] = (f"{given['indicators'][0]}@{edition}",)
        return cls(**given)


_FIELDS: Final = {
    "indicator": "indicators",
    "division": "divisions",
    "from": "start",
    "to": "end",
    "watch": "watches",
    **{name: name for name in ("by", "period", "level", "parents", "against", "scheme", "better", "target", "ties")},
}
"""What each parameter is called in `Wanted`."""
_LISTS: Final = ("indicator", "division", "by", "against", "watch")
_BESIDE: Final = ("as_of", "min_revision", "wait", "format", "bom", "limit", "cursor")
"""What does not change the receipt: which facts, and how the answer is sent."""
assert set(_FIELDS.values()) == {one.name for one in fields(Wanted)}


def figured(ground: Ground, wanted: Wanted) -> Figures:
    """The figures themselves."""
    return evaluate(
        ground.facts(wanted.parents),
        indicators=wanted.indicators,
        catalogue=ground.catalogue,
        tree=ground.tree,
        by=wanted.by,
        period=wanted.period,
        start=wanted.start,
        end=wanted.end,
        divisions=ground.within(wanted.divisions),
        level=wanted.level,
        parents=wanted.parents,
        most=ground.most,
        progress=ground.deadline.check,
    )


def compared(ground: Ground, wanted: Wanted) -> Given:
    """Figures beside those of a year ago, or of the period before."""
    found = compare(
        ground.facts(wanted.parents),
        indicators=wanted.indicators,
        against=wanted.against or "year_ago",
        catalogue=ground.catalogue,
        tree=ground.tree,
        by=wanted.by,
        period=wanted.period,
        start=wanted.start,
        end=wanted.end,
        divisions=ground.within(wanted.divisions),
        level=wanted.level,
        parents=wanted.parents,
        most=ground.most,
        progress=ground.deadline.check,
    )
    return Given(
        "changes",
        found.to_dicts(),
        lambda: found.frame,
        partial(comparison_csv, found),
        partial(comparison_workbook, found),
        notes=found.notes,
        figures=found.figures,
    )


def _ranking(ground: Ground, wanted: Wanted) -> Ranking:
    faults: list[Fault] = []
    cells = read_cells(wanted.by, faults)
    faults += [
        Fault("service.parameter_missing", values={"name": name})
        for name, given in (("indicator", wanted.indicators), ("period", wanted.period))
        if not given
    ]
    if faults:
        raise EvaluationError(*faults)
    assert wanted.indicators is not None
    asked = Period.parse(wanted.period or "")
    given = Wanted(
        wanted.indicators,
        tuple(cells),
        asked.grain,
        str(asked),
        str(asked),
        wanted.divisions,
        wanted.level,
        wanted.parents,
    )
    return rank(
        figured(ground, given),
        wanted.indicators[0],
        asked,
        cells,
        level=wanted.level,
        better=wanted.better,
        target=wanted.target,
        ties=wanted.ties,
    )


def ranked(ground: Ground, wanted: Wanted) -> Given:
    """The divisions of one level, in the order of one indicator."""
    found = _ranking(ground, wanted)
    asked = {
        "indicator": found.indicator.code,
        "edition": found.indicator.edition,
        "period": str(found.period),
        "by": dict(found.by),
        "better": found.better,
        "target": wanted.target,
        "ties": found.ties,
    }
    return Given(
        "places",
        found.to_dicts(),
        lambda: found.frame,
        partial(ranking_csv, found),
        partial(ranking_workbook, found),
        notes=found.figures.notes,
        figures=found.figures,
        more=asked,
    )


def read_cells(texts: Sequence[str], faults: list[Fault]) -> dict[str, str]:
    """The breakdown that is meant, from each ``COLUMN=VALUE``.

    >>> read_cells(["sex=f"], [])
    {'sex': 'f'}
    """
    faults += [Fault("service.cell", values={"text": text}) for text in texts if text.find("=") < 1]
    return {column: value for column, _, value in (text.partition("=") for text in texts)}


def scored(ground: Ground, wanted: Wanted) -> Given:
    """Points and grades by a scheme."""
    if not wanted.scheme:
        raise EvaluationError(Fault("service.parameter_missing", values={"name": "scheme"}))
    found = score(
        ground.facts(wanted.parents),
        wanted.scheme,
        catalogue=ground.catalogue,
        tree=ground.tree,
        by=wanted.by,
        period=wanted.period or "year",
        start=wanted.start,
        end=wanted.end,
        divisions=ground.within(wanted.divisions),
        level=wanted.level,
        parents=wanted.parents,
        most=ground.most,
        progress=ground.deadline.check,
    )
    return Given(
        "scorecards",
        found.to_dicts(),
        lambda: found.frame,
        partial(scores_csv, found),
        partial(scores_workbook, found),
        notes=found.notes,
        figures=found.figures,
        more={"schemes": [one.key for one in found.schemes]},
    )


def monitored(ground: Ground, wanted: Wanted) -> Given:
    """The lights of what is watched, as it stands at the end of a period."""
    if not wanted.period:
        raise EvaluationError(Fault("service.parameter_missing", values={"name": "period"}))
    found = monitor(
        ground.facts(wanted.parents),
        wanted.period,
        watches=wanted.watches,
        catalogue=ground.catalogue,
        tree=ground.tree,
        by=wanted.by,
        divisions=ground.within(wanted.divisions),
        level=wanted.level,
        parents=wanted.parents,
        most=ground.most,
        progress=ground.deadline.check,
    )
    return Given(
        "watched",
        found.to_dicts(),
        lambda: found.frame,
        partial(monitor_csv, found),
        partial(monitor_workbook, found),
        notes=found.figures.notes,
        figures=found.figures,
        more={"period": str(found.period), "overall": [one.as_dict() for one in found.overall]},
    )


@dataclass(frozen=True)
class Verb:
    """What may be asked: by which parameters, and who answers; an answer of any has a receipt."""

    parameters: tuple[str, ...]
    answer: Callable[[Ground, Wanted], Figures | Given] = field(repr=False)

    def receipts(self, ground: Ground, wanted: Wanted) -> tuple[Receipt, Receipt]:
        """The receipts of an answer: over all facts, and over those of the measures asked for."""
        found = self.answer(ground, wanted)
        figures = found.figures if isinstance(found, Given) else found
        assert figures is not None
        return figures.receipt, figures.narrow_receipt


_PLACES: Final = ("division", "level", "parents")
_TIMES: Final = ("period", "from", "to")
VERBS: Final[Mapping[str, Verb]] = {
    "figures": Verb(("indicator", "edition", "by", *_TIMES, *_PLACES), figured),
    "figures/compare": Verb(("indicator", "against", "by", *_TIMES, *_PLACES), compared),
    "rankings": Verb(("indicator", "period", "by", "better", "target", "ties", *_PLACES), ranked),
    "scores": Verb(("scheme", "by", *_TIMES, *_PLACES), scored),
    "monitor": Verb(("period", "watch", "by", *_PLACES), monitored),
}
"""By the path below ``/v1``."""
