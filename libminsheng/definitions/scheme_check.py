"""Whether schemes, lights and watches can stand: weights, grades, bands, directions, what they name."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from libminsheng.definitions.check import Scope, check_formula
from libminsheng.definitions.formula import Binary, Formula
from libminsheng.definitions.lights import AIMED, EVERY, LIGHTS, LightRule, Watch
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.parse import Parsed
from libminsheng.definitions.scheme import Item, Scheme
from libminsheng.errors import EvaluationError, Fault, Place, nearest

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.definitions.indicator import Indicator

__all__ = ["made_faults", "monitoring_faults", "scheme_faults"]

_STEPLESS: Final = ("limit", "floor", "range")
"""What rules compare that know two colours only."""

_KEYS: Final = {
    "proportional": {"target", "passing"},
    "threshold": {"target"},
    "stepped": {"target", "step", "deduct", "part_step"},
    "banded": {"bands"},
    "rated": {"bands"},
    "direct": set[str](),
}
"""What each method reads beside the weight."""

_NEEDED: Final = {
    "proportional": ("target",),
    "threshold": ("target",),
    "stepped": ("target", "step", "deduct"),
    "banded": ("bands",),
}


def scheme_faults(found: Catalogue) -> Iterator[Fault]:
    """Every fault of every scheme."""
    for pack in found.packs:
        counted = Counter(scheme.key for scheme in pack.schemes)
        owners = {other.key: owner.id for owner in found.packs if owner is not pack for other in owner.schemes}
        for scheme in pack.schemes:
            place = partial(_place, pack, f"scheme:{scheme.key}", scheme.key)
            if counted[scheme.key] > 1 or scheme.key in owners:
                values = {"code": scheme.key, "pack": owners.get(scheme.key, pack.id)}
                yield Fault("definitions.scheme_twice", place("code"), values)
            yield from _scheme(scheme, place, found)
    yield from _defaults(found)


def made_faults(scheme: Scheme, found: Catalogue) -> Iterator[Fault]:
    """Every fault of a scheme that was made by hand."""
    yield from _scheme(scheme, partial(_made, scheme.key), found)


def _made(item: str, _part: str = "") -> Place:
    return Place(item=item)


def _scheme(scheme: Scheme, place: partial[Place], found: Catalogue) -> Iterator[Fault]:
    yield from _weights(scheme, place)
    yield from _grades(scheme, place)
    yield from _items(scheme, place, found)


def _place(pack: Pack, key: str, item: str, part: str = "") -> Place:
    return replace(pack.place(key, part), item=item)


def _weights(scheme: Scheme, place: partial[Place]) -> Iterator[Fault]:
    known = {group.code for group in scheme.groups}
    for number, group in enumerate(scheme.groups):
        if group.if_missing is not None and (group.if_missing not in known or group.if_missing == group.code):
            values = {"group": group.if_missing}
            near = partial(nearest, group.if_missing, known)
            yield Fault("definitions.scheme_group", place(f"groups.{number}"), values, near)
    for code, count in Counter(group.code for group in scheme.groups).items():
        if count > 1:
            yield Fault("definitions.scheme_code_twice", place("groups"), {"code": code})
    for number, item in enumerate(scheme.items):
        if known and item.group is not None and item.group not in known:
            values = {"group": item.group}
            yield Fault(
                "definitions.scheme_group", place(f"items.{number}"), values, partial(nearest, item.group, known)
            )
        if (item.group is None) is bool(scheme.groups):
            yield Fault("definitions.scheme_groupless", place(f"items.{number}"), {"item": item.code})
    if scheme.groups:
        yield from _sum("groups", [group.weight for group in scheme.groups], scheme.total, "", place)
    for label, whole, items in _parts(scheme):
        given = [item.weight for item in items if item.weight is not None]
        if not items:
            yield Fault("definitions.scheme_group_empty", place("groups"), {"group": label})
        elif len(given) == len(items):
            yield from _sum("items", given, whole, label, place)
        elif sum(given) >= whole:
            values = {"of": label or "items", "sum": f"{sum(given):f}", "total": f"{whole:f}"}
            yield Fault("definitions.scheme_nothing_left", place("items"), values)


def _parts(scheme: Scheme) -> Iterator[tuple[str, Decimal, list[Item]]]:
    """Each group's code, weight and items; a scheme without groups is one part."""
    if not scheme.groups:
        yield "", scheme.total, list(scheme.items)
    for group in scheme.groups:
        yield group.code, group.weight, [item for item in scheme.items if item.group == group.code]


def _sum(key: str, weights: Sequence[Decimal], whole: Decimal, what: str, place: partial[Place]) -> Iterator[Fault]:
    added = sum(weights, Decimal())
    if added != whole:
        values = {"of": what or key, "sum": f"{added:f}", "total": f"{whole:f}"}
        yield Fault("definitions.scheme_weights", place(key), values)


def _grades(scheme: Scheme, place: partial[Place]) -> Iterator[Fault]:
    begins = [grade.least for grade in scheme.grades]
    if begins != sorted(set(begins), reverse=True):
        yield Fault("definitions.scheme_grades", place("grades"))
    elif begins and (begins[-1] > 0 or begins[0] > scheme.total):
        values = {"low": f"{begins[-1]:f}", "high": f"{begins[0]:f}", "total": f"{scheme.total:f}"}
        yield Fault("definitions.scheme_grades_end", place("grades"), values)


def _items(scheme: Scheme, place: partial[Place], found: Catalogue) -> Iterator[Fault]:
    for code, count in Counter(item.code for item in scheme.items).items():
        if count > 1:
            yield Fault("definitions.scheme_code_twice", place("items"), {"code": code})
    for number, item in enumerate(scheme.items):
        where = place(f"items.{number}")
        try:
            indicator = found.indicator(item.indicator)
        except EvaluationError as error:
            yield from (replace(fault, place=where) for fault in error.faults)
            continue
        yield from _item(item, indicator, where)
        if scheme.composite == "opportunity" and not _divides(found, indicator):
            yield Fault("definitions.scheme_opportunity", where, {"indicator": indicator.key})


def _divides(found: Catalogue, indicator: Indicator) -> bool:
    tree = found.inlined(indicator, indicator.valid_from or indicator.valid_to or datetime.date(2017, 12, 31))
    return isinstance(tree, Binary) and tree.operator == "/"


def _item(item: Item, indicator: Indicator, where: Place) -> Iterator[Fault]:
    given = {key for key in ("target", "passing", "step", "deduct") if getattr(item, key) is not None}
    given |= {"bands"} if item.bands else set()
    given |= {"part_step"} if item.part_step != "dropped" else set()
    for key in _NEEDED.get(item.method, ()):
        if key not in given:
            yield Fault("definitions.scheme_needs", where, {"method": item.method, "key": key})
    for key in sorted(given - _KEYS[item.method]):
        yield Fault("definitions.scheme_unread", where, {"method": item.method, "key": key})
    better = item.better or indicator.better
    if better is None and item.method not in ("rated", "direct"):
        yield Fault("definitions.scheme_better", where, {"indicator": indicator.key})
    elif better == "target" and item.method == "banded":
        yield Fault("definitions.scheme_banded_target", where)
    yield from _bands(item, better, where)


def _bands(item: Item, better: str | None, where: Place) -> Iterator[Fault]:
    if not item.bands:
        return
    side = "most" if better == "lower" and item.method == "banded" else "least"
    ends = [getattr(band, side) for band in item.bands]
    other = "least" if side == "most" else "most"
    if any(getattr(band, other) is not None for band in item.bands):
        yield Fault("definitions.scheme_band_side", where, {"side": side})
        return
    if (
        None in ends[:-1]
        or (None not in ends and ends != sorted(set(ends), reverse=side == "least"))
        or (ends[-1] is None and ends[:-1] != sorted(set(ends[:-1]), reverse=side == "least"))
    ):
        yield Fault("definitions.scheme_bands", where, {"side": side})
    shares = [band.share for band in item.bands]
    if item.method == "banded" and None in shares:
        yield Fault("definitions.scheme_needs", where, {"method": item.method, "key": "share"})
    elif item.method == "banded" and shares != sorted(shares, key=lambda share: share or 0, reverse=True):
        yield Fault("definitions.scheme_shares", where)
    elif item.method == "rated" and any(share is not None for share in shares):
        yield Fault("definitions.scheme_unread", where, {"method": item.method, "key": "share"})


def _defaults(found: Catalogue) -> Iterator[Fault]:
    """Of a scheme's editions in force together one is the default."""
    for code in sorted({scheme.code for scheme in found.schemes}):
        editions = list({scheme.key: scheme for scheme in found.schemes if scheme.code == code}.values())
        for one in editions:
            day = one.valid_from or one.valid_to
            together = [other for other in editions if day is None or other.in_force(day)]
            count = sum(other.default for other in together)
            if len(together) > 1 and count != 1:
                pack = next(pack for pack in found.packs if pack.id == together[-1].pack)
                where = _place(pack, f"scheme:{together[-1].key}", code, "default")
                keys = ", ".join(other.key for other in together)
                yield Fault("definitions.default", where, {"keys": keys, "count": count})
                break


def monitoring_faults(found: Catalogue) -> Iterator[Fault]:
    """Every fault of every rule of lights and every watch."""
    scope = found.scope
    rules: dict[str, str] = {}
    watched: dict[str, str] = {}
    for pack in found.packs:
        for rule in pack.light_rules:
            place = partial(_place, pack, f"light:{rule.code}", rule.code)
            if rule.code in rules:
                yield Fault("definitions.light_twice", place("code"), {"code": rule.code, "pack": rules[rule.code]})
            rules.setdefault(rule.code, pack.id)
            yield from _steps(rule, place)
    for pack in found.packs:
        for watch in pack.watches:
            place = partial(_place, pack, f"watch:{watch.code}", watch.code or watch.light)
            again = watch.code in watched
            if again and not (watch.measure == EVERY and watched[watch.code] != pack.id):
                yield Fault("definitions.watch_twice", place("code"), {"code": watch.code, "pack": watched[watch.code]})
            watched[watch.code] = watched.get(watch.code, pack.id) if watch.measure != EVERY else pack.id
            yield from _watch(watch, found, scope, place)


def _steps(rule: LightRule, place: partial[Place]) -> Iterator[Fault]:
    for key in _unread(rule):
        yield Fault("definitions.light_unread", place(key), {"compares": rule.compares, "key": key})
    if rule.compares in _STEPLESS:
        return
    ends = [step.below for step in rule.steps]
    ordered = bool(ends) and ends[-1] is None and None not in ends[:-1]
    limits = [end for end in ends if end is not None]
    colours = [LIGHTS.index(step.light) for step in rule.steps]
    if not ordered or limits != sorted(set(limits)) or colours != sorted(colours):
        yield Fault("definitions.light_steps", place("steps"))


def _unread(rule: LightRule) -> Iterator[str]:
    if rule.steps and rule.compares in _STEPLESS:
        yield "steps"
    if rule.zero_target != "missing" and rule.compares != "pace":
        yield "zero_target"


def _watch(watch: Watch, found: Catalogue, scope: Scope, place: partial[Place]) -> Iterator[Fault]:
    rule = found.light_rules.get(watch.light)
    if rule is None:
        values = {"light": watch.light, "known": ", ".join(found.light_rules)}
        yield Fault("definitions.watch_light", place("light"), values, partial(nearest, watch.light, found.light_rules))
    if not watch.code:
        yield Fault("definitions.missing_key", place(), {"key": "code"})
    if (watch.measure is None) is (watch.actual is None):
        yield Fault("definitions.watch_what", place())
    elif watch.measure not in (None, EVERY) and watch.measure not in found.measures:
        values = {"name": watch.measure}
        yield Fault(
            "definitions.unknown_name", place("measure"), values, partial(nearest, watch.measure, found.measures)
        )
    elif rule is not None:
        yield from _compared(watch, rule, scope, place)


def _compared(watch: Watch, rule: LightRule, scope: Scope, place: partial[Place]) -> Iterator[Fault]:
    needs = rule.compares in AIMED and watch.actual is not None
    if needs is (watch.target is None):
        code = "definitions.watch_measure_target" if watch.actual is None else "definitions.watch_target"
        yield Fault(code, place("target"), {"light": rule.code, "compares": rule.compares})
    ranged = (watch.low, watch.high) != (None, None)
    if rule.compares == "range" and not ranged:
        yield Fault("definitions.watch_range", place("range"), {"light": rule.code})
    if watch.low is not None and watch.high is not None and watch.low > watch.high:
        values = {"low": f"{watch.low:f}", "high": f"{watch.high:f}"}
        yield Fault("definitions.watch_range_order", place("range"), values)
    unread = {
        "range": ranged and rule.compares != "range",
        "strict": watch.strict and rule.compares not in ("limit", "floor"),
    }
    for key in (key for key, there in unread.items() if there):
        yield Fault("definitions.light_unread", place(key), {"compares": rule.compares, "key": key})
    for formula in filter(None, (watch.actual, watch.target)):
        for fault in check_formula(Parsed(formula), "%", scope):
            if fault.code not in ("definitions.result_unit", "definitions.points"):
                yield replace(fault, place=place("actual" if formula is watch.actual else "target"))
    if watch.actual is not None and watch.target is not None:
        yield from _fitting(watch.actual, watch.target, scope, place("target"))


def _fitting(actual: Formula, target: Formula, scope: Scope, place: Place) -> Iterable[Fault]:
    """Actual and target count the same thing in the same statistical year: their quotient is a plain ratio."""
    alone = [fault.code for side in (actual, target) for fault in check_formula(Parsed(side), "%", scope)]
    codes = {"definitions.result_unit", "definitions.years_differ"} - ({"definitions.years_differ"} & set(alone))
    faults = check_formula(Parsed(Binary("/", actual, target)), "%", scope)
    return [replace(fault, place=place) for fault in faults if fault.code in codes]
