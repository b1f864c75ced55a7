"""The asynchronous client: the same verbs, awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from libminsheng.client.ask import Steps
from libminsheng.client.client import Client
from libminsheng.client.connection import Connection, Outcome
from libminsheng.client.exchange import Sending, exchange
from libminsheng.client.verb import described
from libminsheng.client.verbs import Verbs
from libminsheng.engine.explain import Explanation
from libminsheng.errors import EvaluationError, Fault
from libminsheng.vocabulary.divisions import DivisionTree

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncClient", "connect_async"]

_Found = TypeVar("_Found")
_Given = ParamSpec("_Given")


def awaited(
    verb: Callable[Concatenate[Verbs, _Given], Steps[_Found]],
) -> Callable[Concatenate[AsyncClient, _Given], Coroutine[Any, Any, _Found]]:
    """A verb as a method of `AsyncClient`."""

    async def made(self: AsyncClient, /, *given: _Given.args, **named: _Given.kwargs) -> _Found:
        return await self.run(verb(self._verbs, *given, **named))

    return described(made, verb)


def connect_async(
    url: str,
    *,
    token: str | None = None,
    timeout: float = 30.0,  # seconds of httpx, not of a whole question
    tries: int = 4,
    tree: DivisionTree | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncClient:
    """An asynchronous client of the service at an address; the parameters are those of `connect`.

    >>> connect_async("http://127.0.0.1:8765")
    <AsyncClient: http://127.0.0.1:8765>
    """
    return AsyncClient(Connection.to(url, token, timeout, tries), tree=tree, transport=transport)


class AsyncClient:
    """The verbs of `Client`, awaited; `connect_async` makes one.

    Its figures explain themselves over a connection of their own, and wait for the answer as everybody does who is not
    asynchronous; ``await client.explain(…)`` does not.

    >>> import asyncio
    >>> async def url() -> str:
    ...     async with connect_async("http://127.0.0.1:8765") as client:
    ...         return client.url
    >>> asyncio.run(url())
    'http://127.0.0.1:8765'
    """

    def __init__(
        self,
        connection: Connection,
        *,
        tree: DivisionTree | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        import httpx

        self._connection, self._transport, self._sleep = connection, transport, sleep
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tree = tree or DivisionTree.builtin()
        self._http = connection.opened(httpx.AsyncClient, transport)
        self._verbs = Verbs(connection.url, self._tree, self._waited)

    @property
    def url(self) -> str:
        """Where the service is."""
        return self._connection.url

    catalogue = awaited(Verbs.catalogue)
    evaluate = awaited(Verbs.evaluate)
    explain = awaited(Verbs.explain)
    check = awaited(Verbs.check)
    facts = awaited(Verbs.facts)
    submit = awaited(Verbs.submit)
    act = awaited(Verbs.act)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncClient: {self.url}>"

    def _waited(self, steps: Steps[Explanation]) -> Explanation:
        import httpx

        if not isinstance(self._transport, httpx.BaseTransport | None):
            raise EvaluationError(Fault("client.asynchronous"))
        with Client(self._connection, tree=self._tree, transport=self._transport) as client:
            return client.run(steps)

    async def run(self, steps: Steps[_Found]) -> _Found:
        self._loop = self._loop or asyncio.get_running_loop()
        if self._http.is_closed or self._loop is not asyncio.get_running_loop():
            raise EvaluationError(Fault("client.closed" if self._http.is_closed else "client.loop"))
        moves, told = exchange(self._connection, self._http, steps), None
        while True:
            try:
                move = moves.send(told)
            except StopIteration as done:
                found: _Found = done.value
                return found
            told = await (self._sent(move) if isinstance(move, Sending) else self._sleep(move))

    async def _sent(self, sending: Sending) -> Outcome:
        import httpx

        try:
            async with asyncio.timeout(sending.until - time.monotonic()):
                return await self._http.send(sending.request)
        except (httpx.RequestError, TimeoutError) as error:
            return error
