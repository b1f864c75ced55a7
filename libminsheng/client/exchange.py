"""A question as it is carried out, whoever waits for the answers: what is sent, what is sent again, when it is given up."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from libminsheng.client.ask import Ask, Steps
from libminsheng.client.connection import Connection, Outcome

if TYPE_CHECKING:
    import httpx

__all__ = ["Exchange", "Sending", "exchange"]

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Sending:
    """A request, and the moment of the clock (`time.monotonic`) by which its whole answer has to be there."""

    request: httpx.Request
    until: float


Exchange: TypeAlias = Generator[Sending | float, "Outcome | None", _Found]
"""What is to be sent, or how many seconds are to be waited; it is told what came of it, and returns what was found."""


def exchange(
    connection: Connection, client: httpx.Client | httpx.AsyncClient, steps: Steps[_Found]
) -> Exchange[_Found]:
    """The steps of a question, each sent as often as patience allows; all of it ends in time.

    Raises
    ------
    MinshengError
        As `Connection.settled`.
    """
    until = time.monotonic() + connection.longest
    answer: httpx.Response | None = None
    while True:
        try:
            ask = next(steps) if answer is None else steps.send(answer)
        except StopIteration as done:
            found: _Found = done.value
            return found
        until += ask.patience
        answer = connection.settled((yield from _tried(connection, client, ask, until)))


def _tried(
    connection: Connection, client: httpx.Client | httpx.AsyncClient, ask: Ask, until: float
) -> Exchange[Outcome]:
    """What came of a request in the end."""
    for tried in count(1):
        outcome = yield Sending(connection.request(client, ask), until)
        assert outcome is not None
        pause = connection.patience.pause(ask, tried, None if isinstance(outcome, Exception) else outcome)
        if pause is None or time.monotonic() + pause >= until:
            return outcome
        yield pause
    raise AssertionError
