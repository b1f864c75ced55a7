"""From a receipt and its question to whether the answer is still that one, or what differs.

The question is asked again: of the copy, for what the asker sees, or of facts that stand beside it in the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

from libminsheng.engine.receipt import Receipt
from libminsheng.errors import EvaluationError, FactsError, Fault, MinshengError, nearest
from minsheng_http.deadline import Deadline
from minsheng_http.forms import Form
from minsheng_http.json_body import read_json
from minsheng_http.received import Received
from minsheng_http.uploads import unpack
from minsheng_indicators.calculation import definitions_of, facts_of
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.uploads import CalculationUploads
from minsheng_indicators.verbs import VERBS, Asked, AskedFigures, Ground

__all__ = ["Described", "differences", "ground_of", "read_description"]

_PARTS: Final = ("facts", "definitions", "options", "tree", "version")
_CALCULATIONS: Final = "calculations"
"""Answers of it are figures as well, of facts that came with the request."""


@dataclass
class ReceiptUploads(CalculationUploads):
    """A receipt and its question, and perhaps the facts and definitions that it is to be computed from."""

    parts: ClassVar[tuple[str, ...]] = ("facts", "definitions", "receipt", "question", "of")
    facts_needed: ClassVar[bool] = False

    said: dict[str, Any] = field(default_factory=dict)

    def take_part(self, name: str, path: Path, form: Form | None, label: str) -> None:
        if name == "definitions":
            super().take_part(name, path, form, label)
            return
        text = path.read_bytes()
        if name == "receipt" or text.lstrip()[:1] == b"{":
            self.said[name] = read_json(text, label=label)
            return
        try:
            self.said[name] = text.decode().strip()
        except UnicodeDecodeError:
            raise FactsError(Fault("service.question_shape")) from None

    def take_key(self, name: str, value: Any) -> None:
        if name == "definitions":
            super().take_key(name, value)
        else:
            self.said[name] = value


@dataclass(frozen=True)
class Described:
    """What a request describes: a receipt, and the question that it was given for."""

    receipt: Receipt
    asked: Asked
    as_of: str | None
    uploads: ReceiptUploads

    @property
    def brings_facts(self) -> bool:
        return bool(self.uploads.facts)


def read_description(received: Received, holdings: Holdings, faults: Sequence[Fault] = ()) -> Described:
    """Read a request.

    Raises
    ------
    Refused
        If it is too large.
    MinshengError
        For all that is wrong with receipt and question.
    """
    uploads = unpack(received, ReceiptUploads(received.folder, holdings.settings))
    found = list(faults)
    if uploads.packs and not uploads.facts:  # the copy knows its own definitions only, and would call them equal
        found.append(Fault("service.no_facts"))
    receipt, question = None, None
    given = uploads.said.get("receipt")
    if isinstance(given, Mapping) and isinstance(given.get("receipt"), Mapping):
        given = given["receipt"]  # of a whole answer
    try:
        if not isinstance(given, Mapping):
            raise EvaluationError(Fault("service.receipt_shape"))
        receipt = Receipt.from_dict(given)
    except MinshengError as error:
        found.extend(error.faults)
    try:
        question = _question(uploads.said.get("question"), uploads.said.get("of"))
    except MinshengError as error:
        found.extend(error.faults)
    if found or receipt is None or question is None:
        raise EvaluationError(*found)
    kind, query = question
    return Described(receipt, kind.read(query), next(iter(query.get("as_of", ())), None), uploads)


def _question(given: Any, of: Any) -> tuple[type[Asked], Mapping[str, Sequence[str]]]:
    """The kind and the query of a question: a path with its query, a query alone, or an object of parameters."""
    path = "figures" if of is None else of
    if isinstance(given, str):
        try:
            whole = urlsplit(given)
        except ValueError:  # brackets of an address that is none
            raise EvaluationError(Fault("service.question_shape")) from None
        if whole.path.startswith("/") or whole.query:
            path = whole.path.rstrip("/").rpartition("/v1/")[2] if whole.path else path
            text = whole.query
        else:
            text = whole.path
        try:
            query = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=10_000)
        except ValueError:
            raise EvaluationError(Fault("service.question_shape")) from None
        return _verb(path), query
    if not isinstance(given, Mapping):
        raise EvaluationError(Fault("service.question_shape"))
    found = {}
    for name, value in given.items():
        texts = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(text, str) for text in texts):
            raise EvaluationError(Fault("service.question_shape"))
        if texts:
            found[str(name)] = [str(text) for text in texts]
    return _verb(path), found


def _verb(path: Any) -> type[Asked]:
    known = [*VERBS, _CALCULATIONS]
    if path == _CALCULATIONS:
        return AskedFigures
    if not isinstance(path, str) or path not in VERBS:
        values = {"given": path, "known": ", ".join(known)}
        raise EvaluationError(Fault("service.question_of", values=values, near=lambda: nearest(str(path), known)))
    return VERBS[path]


def ground_of(described: Described, holdings: Holdings) -> Ground:
    """The facts and definitions that a request brings, to ask the question of.

    Raises
    ------
    Refused
        If they are too many.
    MinshengError
        For all that is wrong with them.
    """
    uploads, faults = described.uploads, list[Fault]()
    known = definitions_of(uploads, holdings, faults)
    facts = facts_of(uploads, known, holdings, faults)
    if faults or known is None:
        raise MinshengError(*map(uploads.told, faults))
    settings = holdings.settings
    deadline = Deadline(settings.seconds)
    return Ground.of_facts(facts, known, holdings.tree, settings.most_figures, deadline)


def differences(given: Receipt, found: Receipt) -> list[dict[str, str]]:
    """The parts in which two receipts differ, with what each has; the library's version makes them no others.

    >>> differences(Receipt("a", "b", "c", "d"), Receipt("a", "x", "c", "d"))
    [{'part': 'definitions', 'given': 'b', 'found': 'x'}]
    """
    mine, other = given.as_dict(), found.as_dict()
    return [{"part": part, "given": mine[part], "found": other[part]} for part in _PARTS if mine[part] != other[part]]
