"""The client: the library's verbs, answered by a service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from libminsheng.checks.finding import Findings
from libminsheng.client.ask import Steps
from libminsheng.client.connection import Connection, Outcome
from libminsheng.client.exchange import Sending, exchange
from libminsheng.client.question import Asked, AsOf, Indicators
from libminsheng.client.served import ServedFigures
from libminsheng.client.submission import Act, Submission
from libminsheng.client.verbs import Verbs
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.explain import Explanation
from libminsheng.errors import EvaluationError, Fault
from libminsheng.facts import Facts
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "connect"]

_Found = TypeVar("_Found")


def connect(
    url: str,
    *,
    token: str | None = None,
    timeout: float = 30.0,
    tries: int = 4,
    tree: DivisionTree | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Client:
    """A client of the service at an address. Nothing is sent before the first question.

    Parameters
    ----------
    url
        Where the service is: of both where one process serves both, else of the one that is asked.
    token
        An API key or a signed token; without it that of the variable ``MINSHENG_TOKEN``. It shows nowhere.
    timeout
        Seconds for an answer to begin, and between two parts of it; a question that is not answered whole within 20
        times as long is given up.
    tries
        How often a request that changes nothing is sent while the service is away or busy.
    tree
        The divisions that names are read by here, if they are others than the shipped ones.
    transport
        What carries the requests, if it is something else than httpx's own.

    Raises
    ------
    EvaluationError
        If the address is none, or the environment names a proxy or certificates that cannot be used.

    Examples
    --------
    >>> connect("http://127.0.0.1:8765", token="ms_a_b")
    <Client: http://127.0.0.1:8765>
    """
    return Client(Connection.to(url, token, timeout, tries), tree=tree, transport=transport)


class Client:
    """The library's verbs over a connection; `connect` makes one. Threads may share it.

    >>> with connect("http://127.0.0.1:8765") as client:
    ...     client.url
    'http://127.0.0.1:8765'
    """

    def __init__(
        self,
        connection: Connection,
        *,
        tree: DivisionTree | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httpx

        self._connection, self._transport, self._sleep = connection, transport, sleep
        self._tree = tree or DivisionTree.builtin()
        self._http = connection.opened(httpx.Client, transport)
        self._verbs = Verbs(connection.url, self._tree, self._later)

    @property
    def url(self) -> str:
        """Where the service is."""
        return self._connection.url

    def catalogue(self) -> Catalogue:
        """The definitions that the service computes by. Packs that are here as well are not fetched."""
        return self.run(self._verbs.catalogue())

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
        parents: str = "total",
        as_of: AsOf | None = None,
        min_revision: int | None = None,
        wait: float | None = None,
    ) -> ServedFigures:
        """Figures, as `libminsheng.evaluate` has them.

        Parameters
        ----------
        facts
            None asks for figures of the registry's facts, as far as the token sees them; without a token, of those
            that are public. Facts, in whatever `libminsheng.evaluate` takes, are summed here and sent; the service
            keeps nothing of them.
        indicators, by, period, start, end, divisions, level, parents
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
        asked = Asked.of(indicators, by, period, start, end, divisions, level, parents)
        return self.run(
            self._verbs.evaluate(facts, asked, catalogue=catalogue, as_of=as_of, min_revision=min_revision, wait=wait)
        )

    def explain(
        self,
        indicator: str,
        division: str,
        period: str | Period,
        by: Mapping[str, str] | None = None,
        *,
        facts: object = None,
        catalogue: Catalogue | None = None,
        parents: str = "total",
        as_of: AsOf | None = None,
        min_revision: int | None = None,
        wait: float | None = None,
    ) -> Explanation:
        """How one figure came about, as `libminsheng.Figures.explain` has it.

        With facts, the figure is computed by the service and explained here. The other parameters are those of
        `evaluate`.
        """
        return self.run(
            self._verbs.explain(
                indicator,
                division,
                period,
                by,
                facts=facts,
                catalogue=catalogue,
                parents=parents,
                as_of=as_of,
                min_revision=min_revision,
                wait=wait,
            )
        )

    def check(self, given: object, *, only: Iterable[str] | None = None) -> Findings:
        """What contradicts itself and what is hard to believe in facts or a bulletin, as `libminsheng.check` has it."""
        return self.run(self._verbs.check(given, only=only))

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
    ) -> Facts:
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
        return self.run(
            self._verbs.facts(divisions, measures, start, end, projects, scenarios, subtree, public, state, as_of)
        )

    def submit(self, facts: object, *, division: str, period: str | Period, dry_run: bool = False) -> Submission:
        """Send facts to the registry as a draft of one reporter and period.

        It is sent with a key of its own, so that it is kept once however often the network makes it come. With
        `dry_run` everything is read and checked, and nothing is kept.
        """
        return self.run(self._verbs.submit(facts, division, period, dry_run=dry_run))

    def act(
        self,
        submission: Submission,
        act: Act,
        *,
        remarks: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> Submission:
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
        return self.run(self._verbs.act(submission, act, remarks, reason))

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client: {self.url}>"

    def run(self, steps: Steps[_Found]) -> _Found:
        """What the steps of a question come to.

        Raises
        ------
        EvaluationError
            If the client is closed.
        """
        if self._http.is_closed:
            raise EvaluationError(Fault("client.closed"))
        moves, told = exchange(self._connection, self._http, steps), None
        while True:
            try:
                move = moves.send(told)
            except StopIteration as done:
                found: _Found = done.value
                return found
            told = self._sent(move) if isinstance(move, Sending) else self._sleep(move)

    def _sent(self, sending: Sending) -> Outcome:
        import httpx

        from libminsheng.client.timely import Timely

        try:
            answer = self._http.send(sending.request, stream=True)
            with closing(answer):
                assert isinstance(answer.stream, httpx.SyncByteStream)
                answer.stream = Timely(answer.stream, sending.until)
                answer.read()
        except (httpx.RequestError, TimeoutError) as error:
            return error
        return answer

    def _later(self, steps: Steps[Explanation]) -> Explanation:
        """What figures ask when the client may be closed: then over a connection of their own."""
        if not self._http.is_closed:
            return self.run(steps)
        with Client(self._connection, tree=self._tree, transport=self._transport) as client:
            return client.run(steps)
