"""Scoring schemes: how figures become points, and points a grade."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from libminsheng.definitions.scheme import Scheme as Edition
from libminsheng.errors import EvaluationError
from minsheng_http.access.guard import public
from minsheng_http.pages import Cursor, Limit, Search, cut
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import Refused, documented
from minsheng_http.routes.measures import of_pack
from minsheng_http.schemas import Source, Words
from minsheng_indicators.holdings import Holdings

__all__ = ["get_scheme", "list_schemes"]

Of = Annotated[str | None, QueryParameter(max_length=100, description="A pack by its id.")]


class SchemeGroup(Struct, frozen=True):
    """A first-level part of a scheme and its points; where all of it is missing they go to `if_missing`."""

    code: str
    name: Words
    weight: str
    if_missing: str | None


class Band(Struct, frozen=True):
    """A stretch of values, the share of the points (%) that one in it earns, and what that is called."""

    least: str | None
    most: str | None
    share: str | None
    label: Words


class SchemeItem(Struct, frozen=True):
    """What is scored: an indicator, the points that it can earn (`20/3` where they do not end), and how."""

    code: str
    name: Words
    indicator: str
    group: str | None
    weight: str
    method: str
    better: str | None
    target: str | None
    passing: str | None
    step: str | None
    deduct: str | None
    part_step: str
    bands: list[Band]
    zero_target: str


class SchemeGrade(Struct, frozen=True):
    """A grade and the total that it begins at."""

    code: str
    name: Words
    least: str


class Scheme(Struct, frozen=True, tag_field="kind", tag="scheme"):
    """An edition of a scoring scheme: groups, items, grades, how the total is made, what a missing item does."""

    code: str
    edition: str
    name: Words
    total: str
    composite: str
    missing: str
    decimals: int
    rounding: str
    groups: list[SchemeGroup]
    items: list[SchemeItem]
    grades: list[SchemeGrade]
    domain: str
    source: Source | None
    verified: bool
    valid_from: str | None
    valid_to: str | None
    default: bool
    description: Words | None
    aliases: list[str]
    pack: str


class SchemePage(Struct, frozen=True):
    """Some editions of schemes; `next` is the cursor of those that follow, null on the last page."""

    items: list[Scheme]
    total: int
    next: str | None


class SchemeDetail(Struct, frozen=True):
    """A scheme with its editions."""

    code: str
    editions: list[Scheme]


@get(
    "/schemes",
    operation_id="list_schemes",
    summary="List or search scoring schemes",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 422, 429, 503),
)
def list_schemes(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    search: Search = None,
    pack: Of = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> SchemePage:
    """Every edition of every scheme that fits what is asked; a search gives the best first."""
    faults = wrong_parameters(request)
    known = holdings.catalogue
    if pack is not None:
        of_pack(known, pack, faults)
    if faults:
        raise EvaluationError(*faults)
    found = known.schemes if search is None else known.find(search).schemes
    found = tuple(one for one in found if pack in (None, one.pack))
    shown, following = cut(found, ["schemes", search, pack], limit, cursor)
    return SchemePage(holdings.entries(shown, Scheme), len(found), following)


@get(
    "/schemes/{code:str}",
    operation_id="get_scheme",
    summary="One scoring scheme with its editions",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 404, 422, 429, 503),
)
def get_scheme(
    request: Request[Any, Any, Any], holdings: NamedDependency[Holdings], code: FromPath[str]
) -> SchemeDetail:
    """A scheme by its code, `CODE@EDITION` or name: groups, items, grades, source."""
    faults = wrong_parameters(request)
    if faults:
        raise EvaluationError(*faults)
    found = _editions(holdings, code)
    return SchemeDetail(found[0].code, holdings.entries(found, Scheme))


def _editions(holdings: Holdings, text: str) -> tuple[Edition, ...]:
    """The edition that is named, else all of the scheme's."""
    known = holdings.catalogue
    mine = tuple(one for one in known.schemes if one.code == text)
    if mine:
        return mine
    try:
        found = known.scheme(text)
    except EvaluationError as error:
        raise Refused(404, *error.faults) from None
    return (found,) if "@" in text else tuple(one for one in known.schemes if one.code == found.code)
