"""Receipts: whether an answer of before can be computed again, bit for bit, or what differs."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency, Provide
from msgspec import Struct

from libminsheng.errors import Fault, MinshengError
from libminsheng.version import __version__
from minsheng_http.access.guard import public
from minsheng_http.access.principal import ANONYMOUS
from minsheng_http.finished import Finished
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import Refused, documented
from minsheng_http.received import Received, receiver, turn
from minsheng_http.threads import guarded
from minsheng_indicators.asked import beside
from minsheng_indicators.asking import Asker, asker_of, see
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.schemas import Receipt
from minsheng_indicators.verbs import Ground
from minsheng_indicators.verifying import Described, differences, ground_of, read_description

__all__ = ["Verification", "VerificationRequest", "verify_receipt"]

_SCOPE = "calculations:run"


def _watched(request: Request[Any, Any, Any], count: int) -> None:
    """So much can only be facts, which not everybody may bring."""
    holdings: Holdings = request.app.state.holdings
    if count > holdings.settings.most_definitions:
        _may_calculate(asker_of(request), holdings)


class Difference(Struct, frozen=True):
    """A part of a receipt that is not what was found: both digests, or both versions."""

    part: Literal["facts", "definitions", "options", "tree", "version"]
    given: str
    found: str


class Verification(Struct, frozen=True):
    """Whether a receipt is that of the answer found now; a version that differs makes it no other.

    Revision, time, age are null where the facts came with the request.
    """

    equal: bool
    differs: list[Difference]
    given: Receipt
    found: Receipt
    revision: int | None
    at: str | None
    age: float | None
    definitions: str
    version: str


class VerificationRequest(Struct, frozen=True):
    """A receipt and its question: a path with its query as it was asked, or the parameters as an object.

    `of` says below which path of /v1 an object was asked: figures unless it is said. With `facts` (and `definitions`)
    the answer is computed from these, without them from the copy.
    """

    receipt: dict[str, str]
    question: str | dict[str, str | list[str] | None]
    of: Literal["figures", "figures/explain", "figures/compare", "rankings", "scores", "monitor"] | None = None
    facts: list[dict[str, str | int | float | bool | None]] | None = None
    definitions: str | dict[str, Any] | None = None


@post(
    "/receipts/verify",
    operation_id="verify_receipt",
    summary="Compute again what a receipt describes",
    tags=["calculations"],
    status_code=200,
    guards=[public],
    dependencies={"received": Provide(receiver(watch=_watched))},
    responses=documented(401, 403, 404, 406, 408, 413, 415, 422, 429, 503),
)
async def verify_receipt(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    received: NamedDependency[Received],
) -> Response[bytes]:
    """A receipt and its question in; whether the answer is the same, or which of facts, definitions, options, tree differ.

    Without facts in the body the question is asked of the copy, for what the caller sees, at its `as_of`. With facts it
    is a calculation, and needs what a calculation needs.
    """
    faults = wrong_parameters(request)
    described = await sync_to_thread(guarded(read_description), received, holdings, faults)
    if described.brings_facts:
        _may_calculate(asker, holdings)
        return await sync_to_thread(guarded(_over_facts), described, holdings)
    if asker.principal is not ANONYMOUS and not asker.principal.may("figures:read"):
        raise Refused(403, Fault("http.no_scope", values={"scope": "figures:read"}))
    seen = await see(holdings, asker, as_of=described.as_of)

    def work() -> Response[bytes]:
        return _told(described, Ground.of_sight(seen.sight, holdings), beside(seen), seen.headers())

    async with turn(holdings.working, holdings.settings.waiting_seconds):
        return await sync_to_thread(guarded(work))


def _may_calculate(asker: Asker, holdings: Holdings) -> None:
    if not holdings.has_registry or asker.principal.may(_SCOPE):
        return
    if asker.principal is ANONYMOUS:
        raise Refused(401, Fault("http.no_token"))
    raise Refused(403, Fault("http.no_scope", values={"scope": _SCOPE}))


def _over_facts(described: Described, holdings: Holdings) -> Response[bytes]:
    said = {"revision": None, "at": None, "age": None, "definitions": holdings.definitions, "version": __version__}
    try:
        return _told(described, ground_of(described, holdings), said, {})
    except MinshengError as error:
        raise MinshengError(*map(described.uploads.told, error.faults)) from None


def _told(described: Described, ground: Ground, beside: dict[str, Any], headers: dict[str, str]) -> Response[bytes]:
    # an answer of the copy stands for the facts of the measures asked for, a calculation for all that it was given
    made = described.asked.made(ground)
    narrow = made.narrow_receipt
    found = narrow if described.receipt.facts == narrow.facts else made.receipt
    answer = {
        "equal": found == described.receipt,
        "differs": differences(described.receipt, found),
        "given": described.receipt.as_dict(),
        "found": found.as_dict(),
        **beside,
    }
    content = msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n"
    return Finished(content, media_type="application/json", headers=headers)
