"""Who asks for figures, and what they see: which facts, at which revision, and how old what is known is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection

from libminsheng.errors import Fault, Place
from libminsheng.version import __version__
from minsheng_http.access.guard import needs, principal_of
from minsheng_http.access.principal import Principal
from minsheng_http.problems import Refused
from minsheng_http.received import turn
from minsheng_indicators.copy.holding import Copy, NotReadyError, NotYetError
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.copy.view import PUBLIC, View
from minsheng_indicators.holdings import Holdings

__all__ = ["REVISION", "Asker", "Seen", "asker_of", "at_hand", "see", "sees_figures", "view_of", "works_for"]

REVISION: Final = "Minsheng-Revision"
_LONGEST_NUMBER: Final = 18
_SOON: Final = "1"


def _alone(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    holdings: Holdings = connection.app.state.holdings
    return not holdings.has_registry


sees_figures: Final = needs("figures:read", or_nobody=True)
"""The guard of what shows figures: without a token those of public facts."""


def works_for(scope: str) -> Any:
    """The guard of work on what the caller brings: beside a registry it needs a token, alone it is open."""
    return needs(scope, open_if=_alone)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and the part of the facts that they see."""

    principal: Principal
    view: View


def asker_of(request: Request[Any, Any, Any]) -> Asker:
    """Who asks: a dependency of handlers."""
    principal = principal_of(request)
    return Asker(principal, view_of(principal))


@lru_cache(10_000)
def view_of(principal: Principal) -> View:
    """What somebody sees: their divisions if they may read figures, else what is public."""
    return View.of(principal.divisions) if principal.may("figures:read") else PUBLIC


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody sees, and of when it is.

    Parameters
    ----------
    sight
        The facts that are seen, and figures from them.
    revision
        The registry's revision that they are of.
    at
        When that came to be, as far as it is known.
    age
        Seconds since the registry was last heard; None if it has not been since the service began.
    away
        Whether it does not answer at present.
    definitions
        The digest of the definitions.
    """

    sight: Sight
    revision: int
    at: datetime.datetime | None
    age: float | None
    away: bool
    definitions: str

    def headers(self) -> dict[str, str]:
        """What every answer says of it."""
        told = {
            REVISION: str(self.revision),
            "Minsheng-Definitions": self.definitions,
            "Minsheng-Version": __version__,
        }
        if self.age is not None:
            told["Age"] = str(int(self.age))
        if self.away:
            told["Minsheng-Registry"] = "away"
        return told


async def see(
    holdings: Holdings, asker: Asker, *, as_of: str | None, min_revision: int | None = None, wait: float = 5.0
) -> Seen:
    """What somebody sees now, or saw at a revision or a time.

    Parameters
    ----------
    as_of
        A revision, or a time with its zone.
    min_revision
        A revision that has to be known first, as one's own last change.
    wait
        Seconds for which it is waited for.

    Raises
    ------
    Refused
        404 where there is no registry, 503 where the copy is not there yet or not so far, or where too many look back,
        422 for an `as_of` that cannot be read or has not come.
    """
    copy = holdings.copy
    if copy is None:
        raise Refused(404, Fault("service.no_registry"))
    if min_revision is not None:
        await _await(copy, min_revision, min(wait, holdings.settings.longest_wait))
    if as_of is None and (found := at_hand(holdings, asker)) is not None:
        return found
    try:
        number = None if as_of is None else copy.revision_at(_moment(as_of))
        if number in (None, copy.state.revision):
            sight = await sync_to_thread(copy.sight, asker.view, number)
        else:
            async with turn(holdings.looking_back, holdings.settings.waiting_seconds):
                sight = await sync_to_thread(copy.sight, asker.view, number)
    except NotReadyError as error:
        raise Refused(503, *error.faults, headers={"Retry-After": _SOON}) from None
    except NotYetError as error:
        raise Refused(422, *error.faults) from None
    return _seen(holdings, copy, sight)


def at_hand(holdings: Holdings, asker: Asker) -> Seen | None:
    """What somebody sees now, if that is known already; making it takes too long for the loop."""
    copy = holdings.copy
    if copy is None or not copy.ready:
        return None
    state = copy.state
    sight = state.sights.get(asker.view)
    # what is asked for is not let go of; whoever holds the lock may be making a sight, which the loop does not wait for
    if sight is not None and state.lock.acquire(blocking=False):
        state.sights.move_to_end(asker.view)
        state.lock.release()
    return None if sight is None else _seen(holdings, copy, sight)


def _seen(holdings: Holdings, copy: Copy, sight: Sight) -> Seen:
    revision = sight.revision
    return Seen(sight, revision, copy.moment(revision), copy.age, copy.away is not None, holdings.definitions)


async def _await(copy: Copy, revision: int, seconds: float) -> None:
    """Wait for a revision; refused where it does not come."""
    if (copy.ready and copy.state.revision >= revision) or await copy.caught_up(revision, seconds):
        return
    last = copy.state.revision if copy.ready else 0
    fault = Fault("service.copy_revision", values={"number": revision, "last": last})
    raise Refused(503, fault, headers={"Retry-After": _SOON})


def _moment(text: str) -> int | datetime.datetime:
    """A revision, or a time that has come.

    >>> _moment("17"), _moment("2018-01-15T08:00:00+08:00").isoformat()
    (17, '2018-01-15T08:00:00+08:00')
    """
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    try:
        # a plus sign that nobody escaped arrives as a space
        found = datetime.datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused(422, Fault("service.as_of", Place(item="as_of"), {"given": text}))
    if found > datetime.datetime.now(datetime.UTC):
        raise Refused(422, Fault("service.as_of_to_come", Place(item="as_of"), {"given": text}))
    return found
