"""How often a request is sent again, and after how long."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from libminsheng.client.ask import Ask

if TYPE_CHECKING:
    import httpx

__all__ = ["PASSING", "Patience", "retry_after"]

PASSING: Final = frozenset({408, 429, 502, 503, 504})
"""The answers that another try may turn into a better one."""

_DRAW: Final = random.SystemRandom().random


@dataclass(frozen=True)
class Patience:
    """How often a request is sent, and how long is waited in between.

    Parameters
    ----------
    tries
        How often at most, the first time counted.
    first
        Seconds at most before the second; twice as many before each that follows. A part of them is drawn by lot, so
        that many who were refused together do not come back together.
    longest
        Seconds of one wait at most. A service that asks for more is not asked again.
    """

    tries: int = 4
    first: float = 0.5
    longest: float = 30.0

    def pause(
        self, ask: Ask, tried: int, answer: httpx.Response | None, draw: Callable[[], float] = _DRAW
    ) -> float | None:
        """Seconds until the next try; None where there is none to be.

        Parameters
        ----------
        ask
            What was sent.
        tried
            How often.
        answer
            What came last; None where nothing came.
        draw
            A number from 0 to 1.

        Examples
        --------
        >>> Patience().pause(Ask("GET", "/v1/packs"), 1, None, lambda: 0.5)
        0.25
        >>> Patience().pause(Ask("POST", "/v1/submissions"), 1, None) is None
        True
        """
        if tried >= self.tries or not ask.repeatable or (answer is not None and answer.status_code not in PASSING):
            return None
        asked = None if answer is None else retry_after(answer.headers.get("Retry-After"))
        if asked is None:
            return draw() * min(self.longest, self.first * 2.0 ** (tried - 1))
        return None if asked > self.longest else asked + draw() * min(self.first, asked)


def retry_after(text: str | None, now: datetime.datetime | None = None) -> float | None:
    """The seconds of a Retry-After, which is a number of them or a date (RFC 9110, section 10.2.3).

    >>> moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    >>> retry_after("5"), retry_after("Thu, 01 Jan 2026 00:00:07 GMT", moment), retry_after("soon")
    (5.0, 7.0, None)
    """
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (moment - (now or datetime.datetime.now(datetime.UTC))).total_seconds())
