"""Questions about the copy, as they come in: of when their answer is to be, in which form, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Request, Response
from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError, MinshengError
from minsheng_http.offers import PLAIN, chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_indicators.asking import Asker, Seen, see
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import Prepared, prepared
from minsheng_indicators.verbs import Ground, Verb

__all__ = ["REFUSALS", "Bom", "Moment", "Sent", "Shape", "answered_from_copy", "beside"]

REFUSALS: Final = (401, 403, 404, 406, 422, 429, 503)
"""The problems that a question about the copy may be answered with."""

Then = Annotated[
    str | None,
    QueryParameter(
        name="as_of",
        max_length=40,
        description="As it was known at a revision (17) or at a time with its zone (2026-01-15T00:00:00Z).",
    ),
]
Least = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=2**53, description="A revision that has to be known first, as that of one's own last change."
    ),
]
Wait = Annotated[float, QueryParameter(ge=0, le=30, description="Seconds for which that revision is waited for.")]
Shape = Annotated[
    str | None,
    QueryParameter(
        name="format", description="The form of the answer, whatever Accept says.", schema_extra={"enum": list(PLAIN)}
    ),
]
Bom = Annotated[bool, QueryParameter(description="CSV with a byte order mark, which Excel and WPS ask for.")]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Of when an answer is to be."""

    as_of: Then = None
    min_revision: Least = None
    wait: Wait = 5.0

    async def seen(self, holdings: Holdings, asker: Asker) -> Seen:
        """What somebody sees then.

        Raises
        ------
        Refused
        """
        return await see(holdings, asker, as_of=self.as_of, min_revision=self.min_revision, wait=self.wait)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """In which form a table is to be."""

    shape: Shape = None
    bom: Bom = False


async def answered_from_copy(
    request: Request[Any, Any, Any], holdings: Holdings, asker: Asker, moment: Moment, verb: Verb, sent: Sent
) -> Response[bytes]:
    """What a verb gives for what the asker sees, in the form that is asked for.

    Raises
    ------
    Refused, MinshengError
    """
    faults = wrong_parameters(request)
    media_type = chosen_type(request, sent.shape, faults)
    seen = await moment.seen(holdings, asker)

    def make() -> Prepared:
        try:
            found = verb.given(Ground.of_sight(seen.sight, holdings))
        except MinshengError as error:
            raise EvaluationError(*faults, *error.faults) from None
        if faults:
            raise EvaluationError(*faults)
        return found.prepared(media_type, moves=moment.as_of is None, bom=sent.bom)

    return await prepared(request, holdings, seen, make)


def beside(seen: Seen) -> dict[str, Any]:
    """What JSON says of the facts that an answer is from."""
    headers = seen.headers()
    return {
        "revision": seen.revision,
        "at": None if seen.at is None else seen.at.isoformat(),
        "age": seen.age,
        "definitions": seen.definitions,
        "version": headers["Minsheng-Version"],
    }
