"""Questions about the copy, as they come in: their parameters, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Request, Response
from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError, MinshengError
from minsheng_http.offers import chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_indicators.asking import Asker, Seen, see
from minsheng_indicators.given import Given
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import Prepared, prepared
from minsheng_indicators.verbs import Ground, Verb, Wanted

__all__ = ["REFUSALS", "Bom", "Cells", "Least", "Moment", "Then", "Wait", "answered_from_copy", "beside"]

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
Bom = Annotated[bool, QueryParameter(description="CSV with a byte order mark, which Excel and WPS ask for.")]
Cells = Annotated[
    list[str] | None, QueryParameter(max_items=20, description="The breakdown that is meant, as COLUMN=VALUE.")
]


@dataclass(frozen=True, slots=True)
class Moment:
    """Of when an answer is to be."""

    as_of: str | None
    min_revision: int | None
    wait: float


async def answered_from_copy(
    request: Request[Any, Any, Any],
    holdings: Holdings,
    asker: Asker,
    moment: Moment,
    verb: Verb,
    wanted: Wanted,
    form: str | None,
    *,
    bom: bool,
) -> Response[bytes]:
    """What a verb gives for what the asker sees, in the form that is asked for.

    Raises
    ------
    Refused, MinshengError
    """
    faults = wrong_parameters(request)
    media_type = chosen_type(request, form, faults)
    seen = await see(holdings, asker, as_of=moment.as_of, min_revision=moment.min_revision, wait=moment.wait)

    def make() -> Prepared:
        try:
            found = verb.answer(Ground.of_sight(seen.sight, holdings), wanted)
        except MinshengError as error:
            raise EvaluationError(*faults, *error.faults) from None
        if faults:
            raise EvaluationError(*faults)
        assert isinstance(found, Given)
        return found.prepared(media_type, moves=moment.as_of is None, bom=bom)

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
