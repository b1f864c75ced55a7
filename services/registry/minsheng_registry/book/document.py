"""The document of a project: code, names, domain, services, kind, tier, lead, divisions, years, money, targets, steps.

It is kept as canonical JSON. Words of local papers (省级, 工程类) become the vocabulary's codes, amounts and
values keep their decimals as text, and what an office may call it otherwise is in the note.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Hashable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import DivisionError, Fault, PeriodError, Place, UnitError, nearest
from libminsheng.facts.values import read_value
from libminsheng.vocabulary.credit_codes import credit_code
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.domains import find_service, services
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import unit
from minsheng_registry.book.privacy import in_document
from minsheng_registry.book.project_rows import BudgetRow, MilestoneRow, ProjectRow, TargetRow
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.book.shapes import read_shape, unstorable
from minsheng_registry.book.words import WORDS

__all__ = ["read_document", "searched"]

_BLANK: Final = {
    "code": "0", "name": {"zh": "空"}, "domain": "governance", "kind": "other", "tier": "county", "lead": {"name": "空"},
    "divisions": ["0"], "years": {"first": 2000, "last": 2000}, "status": "active",
}  # fmt: skip
"""A document of which nothing is read."""


def read_document(given: object, catalogue: Catalogue, tree: DivisionTree) -> dict[str, Any]:
    """A project's document in the registry's words.

    Raises
    ------
    Unusable
        With every fault; where it lies is its item, ``targets.0.measure``.
    """
    try:
        row, known, faults = read_shape(ProjectRow, given), set(ProjectRow.model_fields), list[Fault]()
    except Unusable as error:
        faults = list(error.faults)
        row, known = _besides(given, faults)
    reader = _Reader(catalogue, tree)
    document = reader.project(row)
    reader.faults.extend(_unstorable(document))
    reader.faults.extend(in_document(document))
    faults += [fault for fault in reader.faults if _part(fault) in known]
    if faults:
        raise Unusable(*faults)
    return document


def _besides(given: object, faults: list[Fault]) -> tuple[ProjectRow, set[str]]:
    """What can be read beside parts that have not their shape, and which parts these are: a blank fills the others."""
    wrong = {_part(fault) for fault in faults}
    fit = given if isinstance(given, dict) else {}
    fit = {name: part for name, part in fit.items() if name in ProjectRow.model_fields and name not in wrong}
    return ProjectRow.model_validate({**_BLANK, **fit}), set(fit)


def _part(fault: Fault) -> str:
    return (fault.place.item or "").partition(".")[0]


def searched(document: dict[str, Any]) -> str:
    """The words that a search looks through, in one spelling."""
    words = (document["code"], document["name"]["zh"], document["name"]["en"], document["lead"]["name"])
    return unicodedata.normalize("NFKC", "\n".join(words)).casefold()


class _Reader:
    """Reads a document's parts, and collects what is wrong with them."""

    def __init__(self, catalogue: Catalogue, tree: DivisionTree) -> None:
        self.catalogue, self.tree = catalogue, tree
        self.faults: list[Fault] = []

    def project(self, row: ProjectRow) -> dict[str, Any]:
        first, last = row.years.first, row.years.last
        if last < first:
            self.faults.append(Fault("registry.years", Place(item="years"), {"first": first, "last": last}))
        divisions = [self._division(text, f"divisions.{at}") for at, text in enumerate(row.divisions)]
        self._unique(divisions, "divisions")
        return {
            "code": row.code,
            "name": {"zh": row.name.zh, "en": row.name.en},
            "domain": self._word("domain", row.domain, "domain"),
            "services": [self._service(key, f"services.{at}") for at, key in enumerate(row.services)],
            "kind": self._word("kind", row.kind, "kind"),
            "tier": self._word("tier", row.tier, "tier"),
            "lead": {"name": row.lead.name, "credit_code": self._credit_code(row.lead.credit_code)},
            "divisions": divisions,
            "years": {"first": first, "last": last},
            "status": self._word("status", row.status, "status"),
            "budgets": self._budgets(row.budgets),
            "targets": self._targets(row.targets),
            "milestones": self._milestones(row.milestones),
            "note": row.note,
        }

    def _word(self, kind: str, text: str, item: str) -> str:
        found = WORDS[kind].code(text)
        if found is None:
            self.faults.append(WORDS[kind].fault(text, item))
        return found or text

    def _service(self, key: int | str, item: str) -> int | str:
        found = find_service(key)
        if found is None:
            near = partial(nearest, str(key), [one.name for one in services()])
            self.faults.append(Fault("registry.service", Place(item=item), {"given": key}, near))
        return key if found is None else found.key

    def _credit_code(self, text: str) -> str:
        found = credit_code(text, Place(item="lead.credit_code")) if text else ""
        if isinstance(found, Fault):
            self.faults.append(found)
            return text
        return found

    def _division(self, text: str, item: str) -> str:
        try:
            return self.tree.resolve(text)
        except DivisionError as error:
            self.faults.extend(Fault(one.code, Place(item=item), one.values, one.near) for one in error.faults)
            return text

    def _budgets(self, rows: list[BudgetRow]) -> list[dict[str, Any]]:
        read = []
        for at, row in enumerate(rows):
            item = f"budgets.{at}"
            self._unit(row.unit, "元", item)
            amount = self._number(row.amount, f"{item}.amount")
            source = self._word("source", row.source, f"{item}.source")
            read.append({"source": source, "year": row.year, "amount": amount, "unit": row.unit})
        self._unique([(one["source"], one["year"]) for one in read], "budgets")
        return read

    def _targets(self, rows: list[TargetRow]) -> list[dict[str, Any]]:
        read = []
        for at, row in enumerate(rows):
            item = f"targets.{at}"
            code = self.catalogue.measure_code(row.measure)
            if code is None:
                near = partial(nearest, row.measure, list(self.catalogue.measures))
                values = {"measure": row.measure}
                self.faults.append(Fault("engine.unknown_measure", Place(item=f"{item}.measure"), values, near))
            else:
                self._unit(row.unit or self.catalogue.measures[code].unit, self.catalogue.measures[code].unit, item)
            read.append(
                {
                    "measure": code or row.measure,
                    "period": self._period(row.period, f"{item}.period"),
                    "value": self._number(row.value, f"{item}.value"),
                    "unit": row.unit or ("" if code is None else self.catalogue.measures[code].unit),
                    "issuer": row.issuer,
                    "version": row.version,
                }
            )
        self._unique([(one["measure"], one["period"], one["issuer"], one["version"]) for one in read], "targets")
        return read

    def _milestones(self, rows: list[MilestoneRow]) -> list[dict[str, Any]]:
        read = [
            {
                "name": row.name,
                "planned": self._day(row.planned, f"milestones.{at}.planned"),
                "actual": None if row.actual is None else self._day(row.actual, f"milestones.{at}.actual"),
            }
            for at, row in enumerate(rows)
        ]
        self._unique([one["name"] for one in read], "milestones")
        return read

    def _unit(self, text: str, expected: str, item: str) -> None:
        try:
            if not unit(text).compatible(unit(expected)):
                values = {"given": text, "expected": expected}
                self.faults.append(Fault("registry.unit", Place(item=f"{item}.unit"), values))
        except UnitError as error:
            self.faults.extend(
                Fault(one.code, Place(item=f"{item}.unit"), one.values, one.near) for one in error.faults
            )

    def _number(self, text: str, item: str) -> str:
        found = read_value(text, Place(item=item))
        if isinstance(found, Decimal):
            return f"{found:f}"
        self.faults.append(found)
        return text

    def _period(self, text: str, item: str) -> str:
        try:
            return str(Period.parse(text))
        except PeriodError as error:
            self.faults.extend(Fault(one.code, Place(item=item), one.values, one.near) for one in error.faults)
            return text

    def _day(self, text: str, item: str) -> str:
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            self.faults.append(Fault("registry.expected_day", Place(item=item), {"given": text}))
            return text

    def _unique(self, keys: Iterable[Hashable], item: str) -> None:
        seen = set[Hashable]()
        for at, key in enumerate(keys):
            if key in seen:
                shown = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
                self.faults.append(Fault("registry.twice", Place(item=f"{item}.{at}"), {"key": shown}))
            seen.add(key)


def _unstorable(value: object, item: str = "") -> Iterator[Fault]:
    """Texts that no database holds: control characters, and halves of characters."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _unstorable(part, f"{item}.{name}" if item else name)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from _unstorable(part, f"{item}.{at}")
    elif isinstance(value, str) and unstorable(value):
        yield Fault("registry.control_character", Place(item=item))
