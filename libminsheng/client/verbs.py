"""The verbs without their connection: what is asked, and what is made of the answers.

Each is a generator that gives out requests and is sent the answers; the client of either kind runs it.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from libminsheng.bulletin.read import Bulletin
from libminsheng.checks.finding import Findings
from libminsheng.client.ask import ARROW, Ask, Part, Steps, pairs
from libminsheng.client.book import read_book
from libminsheng.client.definitions import definitions
from libminsheng.client.question import Asked, AsOf, Indicators, several
from libminsheng.client.sent import arrow, facts_part, own_definitions, sums_frame
from libminsheng.client.served import OTHER, ServedFigures, calculated, of_nothing, served
from libminsheng.client.submission import Act, Submission, act_on
from libminsheng.client.told import read_explanation, read_findings, read_json
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as standing_catalogue
from libminsheng.engine.explain import Explanation
from libminsheng.engine.figures import Figure
from libminsheng.engine.question import Question
from libminsheng.engine.sums import aggregate
from libminsheng.errors import EvaluationError, Fault, ServiceError, current_language
from libminsheng.facts import Facts
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period

__all__ = ["Verbs"]

_NOT_SENT: Final = ("row", "file", "cell")
"""Of facts that were read: where each stood is kept here."""

_WAIT: Final = 5.0
"""Seconds that a service waits for a revision where it is not told how many."""

Run = Callable[[Steps[Explanation]], Explanation]


@dataclass
class Verbs:
    """What a client can ask.

    Parameters
    ----------
    url
        Of the service, which facts that came from it name as their file.
    tree
        The divisions that names are read by.
    run
        What runs the steps of an explanation that figures ask for later.
    """

    url: str
    tree: DivisionTree
    run: Run
    _known: tuple[str, Catalogue] | None = field(default=None, repr=False)
    """The definitions as they were last fetched, by the digest with which answers name them."""

    # ---- definitions

    def catalogue(self) -> Steps[Catalogue]:
        """The definitions that the service computes by. Packs that are here as well are not fetched."""
        self._known = yield from definitions()
        return self._known[1]

    def _definitions(self, digest: str | None) -> Steps[Catalogue]:
        """The definitions by which an answer was made; fetched again where the service has others since."""
        known = self._known
        if known is None or digest not in (None, known[0]):
            return (yield from self.catalogue())
        return known[1]

    # ---- figures

    def evaluate(
        self,
        facts: object = None,
        *,
        indicators: Indicators | None = None,
        catalogue: Catalogue | None = None,
        by: Sequence[str] = (),
        period: str | None = None,
        start: str | Period | None = None,
        end: str | Period | None = None,
        divisions: Iterable[str] | None = None,
        level: str | None = None,
        reporters: Iterable[str] | None = None,
        parents: str = "total",
        as_of: AsOf | None = None,
        min_revision: int | None = None,
        wait: float | None = None,
    ) -> Steps[ServedFigures]:
        """Figures, as `libminsheng.evaluate` has them.

        Parameters
        ----------
        facts
            None asks for figures of the registry's facts, as far as the token sees them; without a token, of those
            that are public. Facts, in whatever `libminsheng.evaluate` takes, are summed here and sent; the service
            keeps nothing of them.
        indicators, by, period, start, end, divisions, level, reporters, parents
            As for `libminsheng.evaluate`.
        catalogue
            Beside facts: definitions of one's own, ``ms.catalogue(["my_pack"])``; its packs are sent.
        as_of
            The figures as they were at a revision of the registry, or at a time with its zone.
        min_revision
            A revision that has to be known to the service first, as that of one's own last change.
        wait
            Seconds for which the service waits for it, 5 if nothing is said.

        Raises
        ------
        FactsError, DivisionError, EvaluationError, DefinitionError
            As the library does, here or there.
        ServiceError
            If the service refuses for another reason, or cannot be reached.
        """
        asked = Asked.of(indicators, by, period, start, end, divisions, level, parents, reporters)
        if facts is not None:
            _refuse("facts", as_of=as_of, min_revision=min_revision, wait=wait)
            return (yield from self._calculation(facts, asked, catalogue))
        _refuse("no_facts", catalogue=catalogue)
        question = [*asked.params(), *_moment(as_of, min_revision, wait)]
        answer = yield Ask("GET", "/v1/figures", question, accept=ARROW, patience=wait or _WAIT)
        known = yield from self._definitions(answer.headers.get("Minsheng-Definitions"))
        revision = answer.headers.get("Minsheng-Revision")

        def explainer(figure: Figure) -> Explanation:
            return self.run(self._explained(figure, asked, None if revision is None else int(revision)))

        return served(answer, known, self.tree, asked.options(), explainer)

    def _calculation(self, facts: object, asked: Asked, own: Catalogue | None) -> Steps[ServedFigures]:
        known = own or (yield from self._definitions(None))
        try:
            return (yield from self._computed(facts, asked, known, own))
        except ServiceError as error:
            if own is not None or error.faults[0].code != OTHER:
                raise
        return (yield from self._computed(facts, asked, (yield from self.catalogue()), None))

    def _computed(self, facts: object, asked: Asked, known: Catalogue, own: Catalogue | None) -> Steps[ServedFigures]:
        sums = aggregate(facts, known, self.tree)
        question = Question.read(sums, known, self.tree, **asked.options())
        if not len(sums):
            return of_nothing(question, sums)
        content = arrow(sums_frame(sums, known))
        parts: list[Part] = [] if own is None else own_definitions(own)
        answer = yield Ask(
            "POST",
            "/v1/calculations",
            asked.params(),
            accept=ARROW,
            content=None if parts else content,
            media_type="" if parts else ARROW,
            parts=[facts_part(content), *parts] if parts else (),
            stateless=True,
        )
        return calculated(answer, question, sums)

    def explain(
        self,
        indicator: str,
        division: str,
        period: str | Period,
        by: Mapping[str, str] | None = None,
        *,
        facts: object = None,
        catalogue: Catalogue | None = None,
        reporters: Iterable[str] | None = None,
        parents: str = "total",
        as_of: AsOf | None = None,
        min_revision: int | None = None,
        wait: float | None = None,
    ) -> Steps[Explanation]:
        """How one figure came about, as `libminsheng.Figures.explain` has it.

        With facts, the figure is computed by the service and explained here. The other parameters are those of
        `evaluate`.
        """
        if facts is not None:
            _refuse("facts", as_of=as_of, min_revision=min_revision, wait=wait)
            label = Period.parse(str(period))
            place = self.tree.resolve(division)
            asked = Asked.of(indicator, tuple(by or ()), label.grain, label, label, place, None, parents, reporters)
            figures = yield from self._calculation(facts, asked, catalogue)
            return figures.explain(indicator, division, label, by)
        _refuse("no_facts", catalogue=catalogue)
        asked_for = pairs(
            indicator=indicator,
            division=division,
            period=str(period),
            by=[f"{name}={value}" for name, value in (by or {}).items()],
            parents=parents,
            reporter=several(reporters),
        )
        answer = yield Ask(
            "GET", "/v1/figures/explain", [*asked_for, *_moment(as_of, min_revision, wait)], patience=wait or _WAIT
        )
        known = yield from self._definitions(answer.headers.get("Minsheng-Definitions"))
        return read_explanation(answer, known)

    def _explained(self, figure: Figure, asked: Asked, revision: int | None) -> Steps[Explanation]:
        """How a figure of an answer came about, by the facts of that answer."""
        return (
            yield from self.explain(
                figure.indicator.key,
                figure.division,
                figure.period,
                figure.by,
                reporters=asked.reporters,
                parents=asked.parents,
                as_of=revision,
            )
        )

    # ---- findings

    def check(self, given: object, *, only: Iterable[str] | None = None) -> Steps[Findings]:
        """What contradicts itself and what is hard to believe in facts or a bulletin, as `libminsheng.check` has it."""
        codes = several(only)
        if isinstance(given, Bulletin):
            about = pairs(only=codes, division=given.division, period=given.period)
            content, media_type = given.text.encode(), "text/plain; charset=utf-8"
        else:
            about = pairs(only=codes)
            known = None if isinstance(given, Facts) else (yield from self._definitions(None))
            rows = self._rows(given, known)
            if rows.is_empty():
                return Findings(())
            content, media_type = arrow(rows), ARROW
        answer = yield Ask(
            "POST",
            "/v1/checks",
            about,
            content=content,
            media_type=media_type,
            stateless=True,
            language=current_language(),
        )
        return read_findings(answer, _Places(given) if isinstance(given, Facts) else _nowhere)

    def _rows(self, facts: object, known: Catalogue | None) -> pl.DataFrame:
        """Facts one by one where they were read, else by their keys, of which equal ones add up."""
        if isinstance(facts, Facts):
            return facts.frame.drop(_NOT_SENT, strict=False)
        known = standing_catalogue() if known is None else known
        return sums_frame(aggregate(facts, known, self.tree), known)

    # ---- the registry

    def facts(
        self,
        divisions: Iterable[str] | None = None,
        *,
        measures: Iterable[str] | None = None,
        start: str | Period | None = None,
        end: str | Period | None = None,
        projects: Iterable[str] | None = None,
        scenarios: Iterable[str] | None = None,
        subtree: bool = True,
        public: bool = False,
        state: str | None = None,
        as_of: AsOf | None = None,
    ) -> Steps[Facts]:
        """Facts of the registry, as far as the token sees them.

        Parameters
        ----------
        divisions
            Divisions and, with `subtree`, all below them; None is everything.
        measures, projects, scenarios
            Only of these.
        start, end
            Only those whose period lies within.
        public
            Only what everybody may see.
        state
            ``accepted``, which is what stands, if nothing is said; else ``locked``, ``draft``, ``submitted``,
            ``returned``.
        as_of
            What stood at a revision, or at a time with its zone.
        """
        question = pairs(
            division=several(divisions),
            subtree=None if subtree else False,
            measure=several(measures),
            **{"from": start, "to": end},
            project=several(projects),
            scenario=several(scenarios),
            public=public or None,
            state=state,
        )
        answer = yield Ask("GET", "/v1/facts", [*question, *_moment(as_of, None, None)], accept=ARROW)
        return read_book(answer, self.url)

    def submit(self, facts: object, *, division: str, period: str | Period, dry_run: bool = False) -> Steps[Submission]:
        """Send facts to the registry as a draft of one reporter and period.

        It is sent with a key of its own, so that it is kept once however often the network makes it come. With
        `dry_run` everything is read and checked, and nothing is kept.
        """
        answer = yield Ask(
            "POST",
            "/v1/submissions",
            pairs(division=division, period=str(period), dry_run=dry_run or None),
            content=arrow(self._rows(facts, None)),
            media_type=ARROW,
            stateless=dry_run,
            key=None if dry_run else str(uuid.uuid4()),
        )
        return read_json(answer, Submission.of)

    def act(
        self,
        submission: Submission,
        act: Act,
        *,
        remarks: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> Steps[Submission]:
        """Take a submission one step on: submit, accept, return, lock, reopen, publish, unpublish.

        Parameters
        ----------
        submission
            As it was last seen; refused where something was done with it since.
        act
            The step.
        remarks
            To ``submit``: what there is to say to each warning, by its key among the submission's findings.
        reason
            To ``return``, ``reopen`` and ``unpublish``.
        """
        answer = yield act_on(submission, act, remarks, reason)
        return read_json(answer, Submission.of)


class _Places:
    """Where facts stood that were sent without their places."""

    def __init__(self, facts: Facts) -> None:
        names = [name for name in _NOT_SENT if name in facts.frame.columns]
        self._places = facts.frame.select(names)

    def __call__(self, where: Mapping[str, Any]) -> Mapping[str, Any]:
        """Row 1 of what was sent was its header."""
        found = _nowhere(where)
        row = where.get("row")
        if isinstance(row, int) and 2 <= row <= len(self._places) + 1:
            placed = self._places.row(row - 2, named=True)
            found = {**{name: one for name, one in placed.items() if one is not None}, **found}
        return found


def _moment(as_of: AsOf | None, min_revision: int | None, wait: float | None) -> list[tuple[str, str]]:
    """Of which revision the answer is to be, and how long that may be waited for."""
    told = as_of.isoformat() if isinstance(as_of, datetime.datetime) else as_of
    return pairs(as_of=told, min_revision=min_revision, wait=wait)


def _refuse(kind: str, **given: object) -> None:
    """Refuse options that say nothing about the facts that are meant."""
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise EvaluationError(*(Fault(f"client.option_{kind}", values={"option": name}) for name in named))


def _nowhere(where: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in where.items() if name not in _NOT_SENT}
