"""Whether the packs of a catalogue agree: codes, formulas, domains, services, editions, what they require.

`check` looks at one formula; here is what only shows when all packs lie side by side.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from libminsheng.definitions.check import Scope, check_formula, circles
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.parse import Parsed
from libminsheng.definitions.rule_check import rule_faults
from libminsheng.definitions.scheme_check import monitoring_faults, scheme_faults
from libminsheng.definitions.written_out import LIMITS, too_large
from libminsheng.errors import Fault, Place, nearest
from libminsheng.vocabulary.domains import DOMAINS, find_domain, find_service, nearest_services

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["at_place", "disagreements"]

_NAMING: Final = {
    "definitions.unknown_name": "name",
    "definitions.unknown_indicator": "indicator",
    "definitions.watch_light": "light",
}
"""The faults that name what is not there, each with the value that has the name."""


def disagreements(found: Catalogue, parsed: Mapping[tuple[str, str], Parsed], written: set[str]) -> Iterator[Fault]:
    """Every fault that shows when all packs lie side by side.

    `written` are the codes that some pack writes down, faulty or not; who names them has done nothing wrong.
    """
    yield from _twice(found.packs)
    formulas = list(_formula_faults(found, parsed, written))
    yield from formulas
    yield from _indicator_faults(found)
    yield from _edition_faults(found)
    yield from _requirements(found.packs)
    if any(fault.code in ("definitions.circle", "definitions.written_out") for fault in formulas):
        return  # schemes, watches and rules write indicators out in full, which ends too late or, in a circle, never
    for fault in (*scheme_faults(found), *monitoring_faults(found), *rule_faults(found)):
        named = str(fault.values.get(_NAMING.get(fault.code, ""), ""))
        if named.partition("@")[0] not in written:
            yield fault


def at_place(fault: Fault, place: Place) -> Fault:
    """The fault at a place, its position within the formula kept."""
    return Fault(fault.code, replace(place, position=fault.place.position), fault.values, fault.near)


def _twice(packs: Sequence[Pack]) -> Iterator[Fault]:
    """Codes that are defined more than once: the later one is refused, the earlier shown."""
    owner: dict[str, tuple[Pack, str, str]] = {}
    for pack in packs:
        defined: list[Measure | Indicator] = [*pack.measures, *pack.indicators]
        for one in defined:
            kind = "indicator" if isinstance(one, Indicator) else "measure"
            key = one.key if isinstance(one, Indicator) else one.code
            shown = f"{one.name.zh or one.name.en}: {one.formula if isinstance(one, Indicator) else one.unit}"
            earlier = owner.get(one.code)
            if earlier is None:
                owner[one.code] = (pack, kind, shown)
                owner.setdefault(key, (pack, kind, shown))
                continue
            other = isinstance(one, Indicator) and earlier[0] is pack and earlier[1] == kind and key not in owner
            if other:
                owner[key] = (pack, kind, shown)
            else:
                values = {
                    "code": key,
                    "pack": earlier[0].id,
                    "existing": owner.get(key, earlier)[2],
                }
                place = replace(pack.place(f"{kind}:{key}", "code"), item=key)
                yield Fault("definitions.code_twice", place, values)


def _formula_faults(found: Catalogue, parsed: Mapping[tuple[str, str], Parsed], written: set[str]) -> Iterator[Fault]:
    """What is wrong with the formulas; a name that is written down but faulty itself is told once, there."""
    rounds = circles(found._by_code)
    caught = {code for circle in rounds for code in circle}
    for circle in rounds:
        yield Fault("definitions.circle", _first_place(found, circle[0]), {"circle": " → ".join(circle)})
    large, above = too_large({code: some for code, some in found._by_code.items() if code not in caught})
    caught |= above
    for code in large:
        yield Fault("definitions.written_out", _first_place(found, code), dict(LIMITS))
    scope = Scope(found.measures, {code: some for code, some in found._by_code.items() if code not in caught})
    for pack in found.packs:
        for one in pack.indicators:
            if one.code in caught:
                continue
            for fault in check_formula(parsed[pack.id, one.key], one.unit, scope):
                if fault.code == "definitions.unknown_name" and fault.values.get("name") in written:
                    continue
                part = "unit" if fault.code.startswith("vocabulary.") else "formula"
                yield at_place(fault, replace(pack.place(f"indicator:{one.key}", part), item=one.key))


def _first_place(found: Catalogue, code: str) -> Place:
    """The formula of an indicator's first edition."""
    pack, one = next((p, i) for p in found.packs for i in p.indicators if i.code == code)
    return replace(pack.place(f"indicator:{one.key}", "formula"), item=one.key)


def _indicator_faults(found: Catalogue) -> Iterator[Fault]:
    """Domains, services, bounds, dates."""
    for pack in found.packs:
        for one in pack.indicators:

            def place(part: str, pack: Pack = pack, one: Indicator = one) -> Place:
                return replace(pack.place(f"indicator:{one.key}", part), item=one.key)

            if one.domain and find_domain(one.domain) is None:
                known = [name for domain in DOMAINS for name in (domain.name.zh, domain.code)]
                near = partial(nearest, one.domain, known)
                yield Fault(
                    "definitions.domain", place("domain"), {"domain": one.domain, "known": ", ".join(known)}, near
                )
            for service in one.services:
                if find_service(service) is None:
                    yield Fault("definitions.service", place("services"), {"service": service}, partial(_like, service))
            if one.bounds and None not in one.bounds and one.bounds[0] > one.bounds[1]:  # type: ignore[operator]  # no None here
                yield Fault("definitions.bounds", place("bounds"), {"low": one.bounds[0], "high": one.bounds[1]})
            if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
                values = {"start": one.valid_from, "end": one.valid_to}
                yield Fault("definitions.dates", place("valid_to"), values)


def _like(service: int | str) -> list[str]:
    return [str(one) for one in nearest_services(str(service))]


def _edition_faults(found: Catalogue) -> Iterator[Fault]:
    """Of editions in force together one is the default."""
    for code, editions in found._by_code.items():
        days = {one.valid_from or datetime.date.min for one in editions}
        for day in sorted(days):
            together = [one for one in editions if one.in_force(day)]
            if len(together) > 1 and sum(one.default for one in together) != 1:
                last = together[-1]
                pack = next(pack for pack in found.packs if pack.id == last.pack)
                where = replace(pack.place(f"indicator:{last.key}", "default"), item=code)
                keys = ", ".join(one.key for one in together)
                yield Fault("definitions.default", where, {"keys": keys, "count": sum(one.default for one in together)})
                break


def _requirements(packs: Sequence[Pack]) -> Iterator[Fault]:
    known = {pack.id for pack in packs}
    for pack in packs:
        for name in pack.requires:
            if name not in known:
                near = partial(nearest, name, known)
                yield Fault("definitions.requires", Place(item=pack.id), {"pack": pack.id, "name": name}, near)
