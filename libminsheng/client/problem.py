"""A service's refusal (RFC 9457) as the library's errors: every fault with its place, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from libminsheng.client.patience import PASSING, retry_after
from libminsheng.errors import (
    DefinitionError,
    EvaluationError,
    FactsError,
    Fault,
    Language,
    MinshengError,
    Place,
    ServiceError,
    current_language,
)
from libminsheng.vocabulary.text import Text

if TYPE_CHECKING:
    import httpx

__all__ = ["UNREADABLE", "ToldFault", "away", "fault_of", "refusal", "unreadable"]

_PLACE: Final = ("file", "item", "cell", "column")
_NUMBERS: Final = ("line", "row", "position")
_SHOWN: Final = 200
UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError, OSError)
"""What goes wrong where an answer is made into something that it is not."""

_ASKED: Final = frozenset({"checks", "definitions", "engine", "scoring", "vocabulary"})
"""The areas of faults in what was asked or sent; what other areas say is between client and service."""


@dataclass(frozen=True, slots=True)
class ToldFault(Fault):
    """A fault that a service told, in its words: they need not be known here.

    >>> fault = ToldFault("service.new", words=Text("没有", "there is none"))
    >>> fault.text("zh"), fault.text("en")
    ('没有', 'there is none')
    """

    words: Text = Text()
    advice: Text = Text()

    def message(self, lang: Language | None = None) -> str:
        return self.words.in_(lang)

    def hint(self, lang: Language | None = None) -> str | None:
        return (self.advice.zh if (lang or current_language()) == "zh" else self.advice.en) or None


def fault_of(told: Mapping[str, Any]) -> ToldFault:
    """A fault as JSON carries it."""
    where = told.get("where") or {}
    texts = {name: str(where[name]) for name in _PLACE if name in where}
    numbers = {name: int(where[name]) for name in _NUMBERS if name in where}
    place = Place(**texts, **numbers)  # type: ignore[arg-type]  # texts and numbers by their names
    return ToldFault(str(told["code"]), place, words=_text(told.get("message")), advice=_text(told.get("hint")))


def refusal(answer: httpx.Response) -> MinshengError:
    """What to raise for an answer that refuses.

    Facts that cannot be used, definitions that cannot stand and questions that cannot be answered are the errors that
    the library has for them; everything else is a `ServiceError`.
    """
    told = _problem(answer)
    status = answer.status_code
    faults: list[Fault]
    try:
        faults = [fault_of(one) for one in told.get("faults", ())]
    except (KeyError, TypeError, ValueError, AttributeError):
        faults = []
    kinds = {_kind(fault) for fault in faults}
    if status in (400, 404, 422) and faults and ServiceError not in kinds:
        return (kinds.pop() if len(kinds) == 1 else MinshengError)(*faults)
    if answer.has_redirect_location:
        faults = [Fault("client.moved", values={"path": answer.request.url.path, "to": _start(answer)})]
    after = retry_after(answer.headers.get("Retry-After"))
    said = faults or [_said(answer, told)]
    return ServiceError(*said, status=status, retry=bool(told.get("retry", status in PASSING)), retry_after=after)


def away(url: str, error: Exception) -> ServiceError:
    """What to raise where no answer came."""
    values = {"url": url, "reason": str(error) or type(error).__name__}
    trusted = "CERTIFICATE_VERIFY_FAILED" not in values["reason"]
    return ServiceError(Fault("client.away" if trusted else "client.certificate", values=values), retry=trusted)


def unreadable(answer: httpx.Response, reason: object) -> ServiceError:
    """What to raise for an answer that is not what was asked for: another program, or another version, answers."""
    values = {"path": answer.request.url.path, "reason": str(reason)[:_SHOWN]}
    return ServiceError(Fault("client.unreadable", values=values), status=answer.status_code)


def _start(answer: httpx.Response) -> str:
    """Where a redirect leads, without what it is asked there."""
    return str(answer.headers["Location"]).partition("?")[0].rpartition("@")[2][:_SHOWN]


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return {}
    try:
        told = answer.json()
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _said(answer: httpx.Response, told: Mapping[str, Any]) -> Fault:
    detail = str(told.get("detail") or told.get("title") or answer.reason_phrase)
    values = {"status": answer.status_code, "path": answer.request.url.path, "detail": detail[:_SHOWN]}
    return Fault("client.refused", values=values)


def _kind(fault: Fault) -> type[MinshengError]:
    area, place = fault.code.partition(".")[0], fault.place
    if area == "facts" or place.row is not None:
        return FactsError
    if area == "definitions" and (place.file is not None or place.line is not None):
        return DefinitionError
    return EvaluationError if area in _ASKED else ServiceError


def _text(told: Any) -> Text:
    return Text(str(told.get("zh") or ""), str(told.get("en") or "")) if isinstance(told, dict) else Text()
