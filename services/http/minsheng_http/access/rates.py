"""How often anyone may come: a bucket for each principal, each address without a token, and each that guesses."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from libminsheng.errors import Fault
from minsheng_http.problems import Refused
from minsheng_http.settings import ServiceSettings

__all__ = ["Buckets", "Rates"]

_MOST_KEPT: Final = 20_000


class Buckets:
    """A bucket for each name: it holds so many tokens, refills steadily, and gives one a time.

    >>> clock = iter([0.0, 0.0, 0.0, 1.0])
    >>> buckets = Buckets(60, 2, now=lambda: next(clock))
    >>> [buckets.take("a") for _ in range(4)]
    [0.0, 0.0, 1.0, 0.0]

    Parameters
    ----------
    a_minute
        Tokens that come back in a minute.
    most
        Tokens that a bucket holds.
    """

    def __init__(self, a_minute: float, most: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._now = a_minute / 60, most, now
        self._held: Final[OrderedDict[str, tuple[float, float]]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take a token: 0 where there was one, else the seconds until there will be."""
        left, now = self._left(name)
        if left < 1:
            return (1 - left) / self._rate
        self._keep(name, left - 1, now)
        return 0.0

    def empty(self, name: str) -> float:
        """The seconds until there is a token, without taking it."""
        left, _ = self._left(name)
        return 0.0 if left >= 1 else (1 - left) / self._rate

    def _left(self, name: str) -> tuple[float, float]:
        now = self._now()
        left, at = self._held.get(name, (self._most, now))
        return min(self._most, left + (now - at) * self._rate), now

    def _keep(self, name: str, left: float, now: float) -> None:
        self._held[name] = (left, now)
        self._held.move_to_end(name)
        if len(self._held) > _MOST_KEPT:
            self._held.popitem(last=False)


class Rates:
    """The buckets of a service.

    Raises
    ------
    Refused
        429 with Retry-After, from each method, where the bucket is empty.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._principals: Final = Buckets(settings.most_a_minute, settings.most_in_a_burst)
        self._addresses: Final = Buckets(settings.most_a_minute_without_token, settings.most_in_a_burst_without_token)
        self._guesses: Final = Buckets(settings.most_refused_a_minute, settings.most_refused_a_minute)

    def principal(self, name: str) -> None:
        """Count a request of somebody who is known."""
        _within(self._principals.take(name))

    def anonymous(self, address: str) -> None:
        """Count a request without a token."""
        _within(self._addresses.take(_network(address)))

    def may_try(self, address: str) -> None:
        """See that an address has not sent too many tokens that stand for nobody."""
        _within(self._guesses.empty(_network(address)))

    def refused(self, address: str) -> None:
        """Count a token that stands for nobody."""
        _within(self._guesses.take(_network(address)))


@lru_cache(1_000)
def _network(address: str) -> str:
    """An address as it is counted: of IPv6 the half that one subscriber has to themselves.

    >>> _network("203.0.113.9"), _network("2001:db8:1:2:aaaa::1"), _network("")
    ('203.0.113.9', '2001:db8:1:2::/64', '')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _within(wait: float) -> None:
    if wait:
        seconds = max(1, math.ceil(wait))
        raise Refused(429, Fault("http.too_often", values={"seconds": seconds}), headers={"Retry-After": str(seconds)})
