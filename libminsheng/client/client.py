"""The client: the library's verbs, answered by a service."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from libminsheng.client.ask import Steps
from libminsheng.client.connection import Connection, Outcome
from libminsheng.client.exchange import Sending, exchange
from libminsheng.client.verb import described
from libminsheng.client.verbs import Verbs
from libminsheng.engine.explain import Explanation
from libminsheng.errors import EvaluationError, Fault
from libminsheng.vocabulary.divisions import DivisionTree

if TYPE_CHECKING:
    import httpx

__all__ = ["Client", "connect"]

_Found = TypeVar("_Found")
_Given = ParamSpec("_Given")


def waited(verb: Callable[Concatenate[Verbs, _Given], Steps[_Found]]) -> Callable[Concatenate[Client, _Given], _Found]:
    """A verb as a method of `Client`."""

    def made(self: Client, /, *given: _Given.args, **named: _Given.kwargs) -> _Found:
        return self.run(verb(self._verbs, *given, **named))

    return described(made, verb)


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

    catalogue = waited(Verbs.catalogue)
    evaluate = waited(Verbs.evaluate)
    explain = waited(Verbs.explain)
    check = waited(Verbs.check)
    facts = waited(Verbs.facts)
    submit = waited(Verbs.submit)
    act = waited(Verbs.act)

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
