"""The catalogue: every definition of a set of packs, checked together."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from libminsheng.definitions.agreement import at_place, disagreements
from libminsheng.definitions.check import Scope, check_formula
from libminsheng.definitions.entries import Entry, Thing, entries
from libminsheng.definitions.finish import finished
from libminsheng.definitions.formula import Binary, Call, Formula, Name, Names, Negative, m, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.installed import VARIABLE, known_drafts
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.links import cases_by_code, expects
from libminsheng.definitions.load import Draft, read_cases, read_draft
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Case, Pack
from libminsheng.definitions.parse import Parsed, read_formula
from libminsheng.definitions.rule import Rule
from libminsheng.definitions.scheme import Scheme
from libminsheng.definitions.search import Found, find, known_service, likely, meanings
from libminsheng.errors import DefinitionError, EvaluationError, Fault, FormulaError, Place, nearest
from libminsheng.vocabulary.domains import Service
from libminsheng.vocabulary.units import unit

__all__ = ["Catalogue", "catalogue"]


@dataclass(frozen=True)
class Catalogue:
    """Measures and indicators of several packs, looked up by code or by name.

    `given` are the packs that the caller named, beside the built-in and installed ones.

    Examples
    --------
    >>> import libminsheng as ms
    >>> found = ms.catalogue()
    >>> found.indicator("newborn_screening_rate").formula
    'newborns_screened / live_births'
    """

    packs: tuple[Pack, ...]
    given: frozenset[str] = frozenset()
    _inlined: dict[tuple[str, Formula, datetime.date], Formula] = field(
        default_factory=dict, repr=False, compare=False, hash=False
    )

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Every measure by its code."""
        return {measure.code: measure for pack in self.packs for measure in pack.measures}

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Every edition of every indicator, by code and edition."""
        return tuple(sorted((one for pack in self.packs for one in pack.indicators), key=lambda one: one.key))

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every case of the packs."""
        found: list[Case] = []
        for pack in self.packs:
            found.extend(pack.cases)
            if pack.unread is not None:
                found.extend(Case(pack.id, row, place) for row, place in read_cases(pack.unread))
        return tuple(found)

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        """Every edition of every scoring scheme, by code and edition."""
        return tuple(sorted((one for pack in self.packs for one in pack.schemes), key=lambda one: one.key))

    def scheme(self, text: str, day: datetime.date | None = None) -> Scheme:
        """The scheme of a code, ``CODE@EDITION``, name or alias.

        Of several editions it is the one in force on `day`, of several such the default; without a
        day, or where none is in force, the latest default.

        Raises
        ------
        EvaluationError
            If there is none, the nearest is named; if a name is that of several, these are.
        """
        code, _, edition = text.strip().partition("@")
        named = [one for one in self.schemes if code == one.code]
        named = named or [one for one in self.schemes if code in (one.name.zh, one.name.en, *one.aliases)]
        editions = [one for one in named if edition in ("", one.edition)]
        codes = list(dict.fromkeys(one.code for one in editions))
        if len(codes) != 1:
            known = codes or [one.key for one in named] or [one.code for one in self.schemes]
            values = {"scheme": text, "known": ", ".join(dict.fromkeys(known)) or "–"}
            word = "ambiguous_scheme" if codes else "unknown_scheme"
            raise EvaluationError(Fault(f"definitions.{word}", values=values, near=lambda: nearest(text, known, 3)))
        editions.sort(key=lambda one: one.valid_from or datetime.date.min)
        if day is not None:
            editions = [one for one in editions if one.in_force(day)] or editions
        return next((one for one in reversed(editions) if one.default), editions[-1])

    @property
    def scope(self) -> Scope:
        """What a formula may name, for checking formulas that are made on the way."""
        return Scope(self.measures, self._by_code)

    @cached_property
    def light_rules(self) -> Mapping[str, LightRule]:
        """Every rule of lights by its code."""
        return {rule.code: rule for pack in self.packs for rule in pack.light_rules}

    @cached_property
    def watches(self) -> tuple[Watch, ...]:
        """Everything that is watched, in the packs' order."""
        return tuple(watch for pack in self.packs for watch in pack.watches)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of plausibility, in the packs' order."""
        return tuple(rule for pack in self.packs for rule in pack.rules)

    @property
    def m(self) -> Names:
        """Measures and indicators by attribute, to build formulas: ``catalogue.m.funds_used``."""
        return m

    @cached_property
    def _by_code(self) -> Mapping[str, tuple[Indicator, ...]]:
        found: dict[str, list[Indicator]] = {}
        for one in self.indicators:
            found.setdefault(one.code, []).append(one)
        first = datetime.date.min
        return {code: tuple(sorted(some, key=lambda i: i.valid_from or first)) for code, some in found.items()}

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        """The code that each name stands for, where it is unambiguous; measures go before indicators."""
        return {**_names(self.indicators), **_names(self.measures.values())}

    @cached_property
    def _measure_codes(self) -> Mapping[str, str]:
        return _names(self.measures.values())

    def measure_code(self, text: str) -> str | None:
        """The code that a code, name or alias of a measure stands for; None if there is none."""
        return text if text in self.measures else self._measure_codes.get(text.strip())

    def editions(self, code: str) -> tuple[Indicator, ...]:
        """An indicator's editions, the earliest first."""
        return self._by_code.get(code, ())

    def indicator(self, text: str) -> Indicator:
        """The indicator of a code, ``CODE@EDITION`` or name; of several editions the latest default.

        Raises
        ------
        EvaluationError
            If there is none; the nearest is named.
        """
        code, _, edition = text.strip().partition("@")
        if code not in self._by_code:
            code = _names(self.indicators).get(code, code)
        editions = self.editions(code)
        if edition:
            editions = tuple(one for one in editions if one.edition == edition)
        if not editions:
            values = {"indicator": text}
            raise EvaluationError(Fault("definitions.unknown_indicator", values=values, near=lambda: self._like(text)))
        return next((one for one in reversed(editions) if one.default), editions[-1])

    def _like(self, text: str) -> list[str]:
        code, at, _ = text.partition("@")
        if at and code in self._by_code:
            return [one.key for one in self.editions(code)]
        names = {one.name.zh: one.code for one in self.indicators} | {one.name.en: one.code for one in self.indicators}
        found = nearest(code, [*self._by_code, *filter(None, names)], 3)
        return list(dict.fromkeys(names.get(word, word) for word in found))

    def in_force(self, code: str, day: datetime.date) -> Indicator | None:
        """The edition that governs on a day: the one in force, of several the default."""
        editions = [one for one in self.editions(code) if one.in_force(day)]
        if len(editions) > 1:
            editions = [one for one in editions if one.default] or editions
        return editions[-1] if editions else None

    def inlined(self, indicator: Indicator, day: datetime.date) -> Formula:
        """The formula with every indicator in it replaced by its own, as in force on a day.

        So a ratio of sums stays a ratio of sums.
        """
        tree = indicator.tree
        if not any(isinstance(node, Name) and node.code in self._by_code for node in walk(tree)):
            return tree
        key = (indicator.key, tree, day)
        if key not in self._inlined:
            self._inlined[key] = self._replaced(tree, day)
        return self._inlined[key]

    def _replaced(self, node: Formula, day: datetime.date) -> Formula:
        match node:
            case Name(code) if code in self._by_code:
                return self.inlined(self.in_force(code, day) or self.indicator(code), day)
            case Negative(operand):
                return Negative(self._replaced(operand, day))
            case Binary(operator, left, right):
                return Binary(operator, self._replaced(left, day), self._replaced(right, day))
            case Call(function, arguments):
                return Call(function, tuple(self._replaced(argument, day) for argument in arguments))
        return node

    def year_starts(self, indicator: Indicator) -> int:
        """The month in which the statistical year of an indicator's measures begins."""
        tree = self.inlined(indicator, indicator.valid_from or datetime.date(2017, 12, 31))
        codes = (node.code for node in walk(tree) if isinstance(node, Name))
        return next((self.measures[code].year_starts for code in codes if code in self.measures), 1)

    def measures_of(self, *indicators: Indicator) -> tuple[Measure, ...]:
        """The measures that indicators come down to, in the order of their formulas, each once.

        Examples
        --------
        >>> found = catalogue()
        >>> [one.code for one in found.measures_of(*found.editions("newborn_screening_rate"))]
        ['newborns_screened', 'live_births']
        """
        scope = Scope(self.measures, self._by_code)
        return tuple(dict.fromkeys(measure for one in indicators for measure in scope.measures_of(one.tree)))

    def of_service(self, service: int | str | Service) -> tuple[Indicator, ...]:
        """The indicators that measure a service of the national standard, given by number or name.

        Raises
        ------
        EvaluationError
            If there is no such service; the nearest is named.

        Examples
        --------
        >>> any(one.code == "newborn_screening_rate" for one in catalogue().of_service(6))
        True
        """
        key = known_service(service).key
        return tuple(one for one in self.indicators if key in one.services)

    def used_by(self, code: str) -> tuple[Indicator, ...]:
        """The indicators in whose formula a measure or an indicator stands.

        >>> "newborn_screening_rate@2013" in [one.key for one in catalogue().used_by("newborns_screened")]
        True
        """
        named = ((one, {node.code for node in walk(one.tree) if isinstance(node, Name)}) for one in self.indicators)
        return tuple(one for one, codes in named if code in codes)

    def cases_of(self, indicator: Indicator) -> tuple[Case, ...]:
        """The cases of the packs that expect a figure of an edition.

        >>> len(catalogue().cases_of(catalogue().indicator("newborn_screening_rate"))) >= 3
        True
        """
        return tuple(case for case in self._cases.get(indicator.code, ()) if expects(case, indicator, self))

    @cached_property
    def _cases(self) -> Mapping[str, Sequence[Case]]:
        return cases_by_code(self.cases)

    def offered(self, reported: Iterable[str]) -> tuple[str, ...]:
        """What is computed when no indicator is named: the given packs', else those with a reported operand."""
        if self.given:
            codes = {one.code for pack in self.packs if pack.id in self.given for one in pack.indicators}
        else:
            measures = set(reported)
            codes = {
                code
                for code, editions in self._by_code.items()
                if any(measure.code in measures for one in editions for measure in self.measures_of(one))
            }
        return tuple(sorted(codes))

    def adopt(self, indicator: Indicator) -> Indicator:
        """An indicator that was made by hand, its names read and its formula checked against this catalogue.

        Raises
        ------
        FormulaError
            For everything that is wrong with it.
        """
        found = read_formula(str(indicator.tree), self._codes.get, self._codes)
        faults = check_formula(found, indicator.unit, self.scope)
        if faults:
            raise FormulaError(*(at_place(fault, Place(item=indicator.key)) for fault in faults))
        return replace(indicator, formula=found.tree)

    def digest_of(self, indicator: Indicator) -> str:
        """SHA-256 over everything about an edition that can change its figures."""
        day = indicator.valid_from or indicator.valid_to or datetime.date(2017, 12, 31)
        parts: dict[str, Any] = {
            "key": indicator.key,
            "formula": str(self.inlined(indicator, day)),
            "written": str(indicator.tree),
            "unit": indicator.unit,
            "decimals": indicator.decimals,
            "rounding": indicator.rounding,
            "bounds": [str(limit) for limit in indicator.bounds] if indicator.bounds else None,
            "verified": indicator.verified,
            "valid": [str(indicator.valid_from), str(indicator.valid_to), indicator.default],
            "measures": [
                [one.code, str(unit(one.unit).factor), one.unit, one.decimals, one.time, one.year_starts]
                for one in self.measures_of(indicator)
            ],
        }
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _entries(self) -> tuple[Entry, ...]:
        return entries(self)

    def find(self, *words: str) -> Found:
        """Everything that holds every word, best first: indicators, measures, services, projects, schemes, lights,
        watches and packs.

        Chinese needs no spaces: of a phrase that nothing holds whole the parts are looked for, and
        `parts` of what is found tells which.

        Examples
        --------
        >>> catalogue().find("新生儿遗传代谢性疾病筛查率").things[0].code
        'newborn_screening_rate'
        """
        return find(self._entries, words)

    def search(self, *words: str) -> tuple[Indicator | Measure, ...]:
        """Indicators, then measures, that hold every word whole, each best first.

        A word may stand in the code, a name, an alias, the domain, a service or project, the pack,
        the formula, the note or the source.
        """
        found = self.find(*words)
        return () if found.parts else (*found.indicators, *found.measures)

    def meanings(self, text: str) -> tuple[Thing, ...]:
        """Everything that a text is the code, name, former name or alias of: the editions of an indicator or a scheme, a
        measure, a service by number or name, a project, a light, a watch, a pack. Empty where it is the whole name of
        nothing.

        Examples
        --------
        >>> [one.key for one in catalogue().meanings("生育保险")]
        [4]
        """
        return meanings(self._entries, text)

    def likely(self, text: str) -> tuple[Thing, ...]:
        """What a text that is the whole name of nothing may have meant, best first.

        Examples
        --------
        >>> [one.code for one in catalogue().likely("newborn_screening_rat")][0]
        'newborn_screening_rate'
        """
        return likely(self._entries, text)

    def _repr_html_(self) -> str:
        from libminsheng.report.html import catalogue_html

        return catalogue_html(self)


def catalogue(packs: Iterable[str | Path | Pack] = (), *, builtin: bool = True) -> Catalogue:
    """The definitions of the built-in packs, of installed ones, and of the packs given.

    Parameters
    ----------
    packs
        Folders, TOML files or `Pack` objects.
    builtin
        Whether the built-in packs, those of the entry point group ``libminsheng.packs`` and those
        of the variable ``MINSHENG_PACKS`` belong to it.

    Raises
    ------
    DefinitionError
        With every fault of every pack, each with its file and line.

    Examples
    --------
    >>> len(catalogue().editions("funds_arrival_rate"))
    3
    """
    given = [packs] if isinstance(packs, str | Path | Pack) else list(packs)
    paths = os.environ.get(VARIABLE, "") if builtin else ""
    if not given and builtin:
        return _standing(paths)
    drafts: list[Draft | Pack] = [*known_drafts(paths)] if builtin else []
    named = [one if isinstance(one, Pack) else read_draft(Path(one)) for one in given]
    again = {one.path for one in named if isinstance(one, Draft)}
    others = [one for one in drafts if not (isinstance(one, Draft) and one.path in again)]
    return _built([*others, *named], frozenset(one.id for one in named))


@cache
def _standing(paths: str) -> Catalogue:
    return _built(known_drafts(paths), frozenset())


def _built(parts: Sequence[Draft | Pack], given: frozenset[str]) -> Catalogue:
    faults = [fault for part in parts if isinstance(part, Draft) for fault in part.faults]
    rows: list[Any] = []
    for part in parts:
        if isinstance(part, Draft):
            rows.extend(row for row, _ in (*part.measures, *part.indicators))
        else:
            rows.extend((*part.measures, *part.indicators))
    codes = _names(rows)
    packs: list[Pack] = []
    parsed: dict[tuple[str, str], Parsed] = {}
    odd = [name for name in codes if not (name.isascii() or name.isidentifier())]
    for part in parts:
        if isinstance(part, Draft):
            pack, read = finished(part, codes.get, odd, faults)
        else:
            pack, read = part, {one.key: read_formula(str(one.tree), codes.get, odd) for one in part.indicators}
            pack = replace(
                part,
                indicators=tuple(replace(one, formula=read[one.key].tree, pack=part.id) for one in part.indicators),
            )
        packs.append(pack)
        parsed.update({(pack.id, key): one for key, one in read.items()})
    found = Catalogue(tuple(packs), given)
    broken = {row.code for row in rows} | {code for part in parts if isinstance(part, Draft) for code in part.broken}
    faults.extend(disagreements(found, parsed, broken))
    if faults:
        raise DefinitionError(*faults)
    return found


def _names(rows: Iterable[Any]) -> dict[str, str]:
    """Codes, and the names and aliases that only one code has."""
    owners: dict[str, set[str]] = {}
    codes: dict[str, str] = {}
    for row in rows:
        codes[row.code] = row.code
        for text in (row.name.zh, row.name.en, *row.aliases):
            if text:
                owners.setdefault(text, set()).add(row.code)
    return {text: next(iter(some)) for text, some in owners.items() if len(some) == 1} | codes
