"""From what a request brought to figures and findings, within the limits of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from libminsheng import Catalogue, Figures, evaluate, read_facts
from libminsheng import catalogue as catalogue_of
from libminsheng.checks.check import check
from libminsheng.checks.finding import Findings
from libminsheng.engine.question import Question
from libminsheng.engine.sums import aggregate
from libminsheng.errors import FactsError, Fault, MinshengError
from libminsheng.facts import Facts
from minsheng_http.deadline import Deadline
from minsheng_http.problems import Refused
from minsheng_http.received import Received
from minsheng_http.uploads import unpack
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.uploads import CalculationUploads
from minsheng_indicators.verbs.question import OfIndicators

__all__ = ["calculate", "definitions_of", "facts_of", "gathered"]


def calculate(
    received: Received, holdings: Holdings, asked: OfIndicators, looked: bool | None, faults: Sequence[Fault] = ()
) -> tuple[Figures, Findings | None]:
    """The figures of a request, and what the checks find in its facts; None where these are not looked at.

    Parameters
    ----------
    received
        The request's body.
    holdings
        The definitions and divisions that are always there, and the limits.
    asked
        What is asked.
    looked
        Whether facts are to be checked; None for where they are few enough that it does not keep the figures waiting.
    faults
        What is wrong already; it is told together with what else is wrong.

    Raises
    ------
    Refused
        If it is too large, or takes too long.
    MinshengError
        For all that is wrong with facts, definitions and question.
    """
    deadline = Deadline(holdings.settings.seconds)
    found = list(faults)
    uploads = gathered(found, lambda: unpack(received, CalculationUploads(received.folder, holdings.settings)))
    if uploads is None:
        raise MinshengError(*found)
    deadline.check()
    known = definitions_of(uploads, holdings, found)
    facts = facts_of(uploads, known, holdings, found)
    deadline.check()
    if found:
        if known is not None and facts is not None:
            _ask(facts, known, holdings, asked, found)
        raise MinshengError(*map(uploads.told, found))
    try:
        figures = evaluate(
            facts,
            catalogue=known,
            tree=holdings.tree,
            most=holdings.settings.most_figures,
            progress=deadline.check,
            **asked.words(),
        )
    except MinshengError as error:
        raise MinshengError(*map(uploads.told, error.faults)) from None
    assert facts is not None
    if looked is False or (looked is None and len(facts) > holdings.settings.most_checked):
        return figures, None
    seen = check(facts, catalogue=known, tree=holdings.tree, progress=deadline.check)
    return figures, Findings(map(uploads.finding, seen), seen.notes)


def gathered(faults: list[Fault], step: Any) -> Any:
    """What a step gives; None, and its faults with the others, where it refuses."""
    try:
        return step()
    except MinshengError as error:
        faults.extend(error.faults)
        return None


def definitions_of(uploads: CalculationUploads, holdings: Holdings, faults: list[Fault]) -> Catalogue | None:
    """The definitions that hold for a request: the standing ones, and its own beside them; None where these are wrong."""
    if not uploads.packs:
        return holdings.catalogue
    found: Catalogue | None = gathered(faults, lambda: catalogue_of(uploads.packs))
    return found


def facts_of(
    uploads: CalculationUploads, known: Catalogue | None, holdings: Holdings, faults: list[Fault]
) -> Facts | None:
    """The facts of a request; None where there are none that can be used. What is wrong goes to the faults.

    Raises
    ------
    Refused
        If they are too many.
    """
    facts: Facts | None
    try:
        facts = read_facts(uploads.facts, catalogue=known, tree=None if known is None else holdings.tree)
    except FactsError as error:
        faults.extend(error.faults)
        facts = error.facts if isinstance(error.facts, Facts) else None
    if facts is not None and len(facts) > holdings.settings.most_rows:
        raise Refused(413, Fault("service.too_many_rows", values={"most": holdings.settings.most_rows}))
    return facts


def _ask(facts: Facts, known: Catalogue, holdings: Holdings, asked: OfIndicators, faults: list[Fault]) -> None:
    """Find what is wrong with the question as well, where the facts alone would be refused already.

    Breakdowns are left out: the column may stand in the bad rows only.
    """
    try:
        Question.read(
            aggregate(facts, known, holdings.tree),
            known,
            holdings.tree,
            **{**asked.words(), "by": ()},
        )
    except MinshengError as error:
        faults.extend(error.faults)
