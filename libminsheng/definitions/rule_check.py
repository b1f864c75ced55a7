"""What is wrong with rules of plausibility, seen when all packs lie side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from libminsheng.definitions.check import Scope, check_formula
from libminsheng.definitions.formula import Binary, Formula, Name
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.parse import Parsed
from libminsheng.definitions.rule import RULED, Rule
from libminsheng.errors import Fault, Place, UnitError, nearest
from libminsheng.vocabulary.units import unit

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["rule_faults"]

_READ: Final[Mapping[str, frozenset[str]]] = {
    "compare": frozenset({"left", "comparison", "right", "missing", "tolerance", "year_to_date", "settings"}),
    "range": frozenset({"left", "low", "high", "unit", "year_to_date", "settings"}),
    "parts": frozenset({"measures", "tolerance", "year_to_date", "settings"}),
    "per_head": frozenset({"measures", "year_to_date", "settings"}),
    "rate": frozenset({"measures", "settings"}),
}
"""What each check reads of its rules, beside what all have."""

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "compare": ("left", "comparison", "right"),
    "range": ("left",),
    "parts": ("measures",),
    "per_head": ("measures",),
    "rate": ("measures",),
}

_SETTINGS: Final[Mapping[str, frozenset[str]]] = {
    "per_head": frozenset({"most", "tolerance", "heads", "floor_factor"}),
    "range": frozenset({"most", "least"}),
}
_SHIPPED: Final = Path(__file__).parent.parent / "packs"
_LEAST: Final = {"parts": 3, "per_head": 3, "rate": 2}
_MOST: Final = {"rate": 3}
_EMPTY: Final[tuple[object, ...]] = (None, (), {}, "1", False, "skip_if_any", 0)


def rule_faults(found: Catalogue) -> Iterator[Fault]:
    """Every fault of every rule."""
    owners: dict[str, str] = {}
    standing = _standing(found)
    for pack in found.packs:
        for rule in pack.rules:
            place = partial(_place, pack, rule)
            if rule.code not in owners:
                owners[rule.code] = pack.id
                yield from _faults(rule, found, standing, place)
                continue
            again = place("code") if owners[rule.code] != pack.id else _place(pack, rule, "code", "#2")
            yield Fault("definitions.rule_twice", again, {"code": rule.code, "pack": owners[rule.code]})


def _standing(found: Catalogue) -> Mapping[str, frozenset[str]]:
    """The settings of each standing check: those of its rules in the packs that are shipped."""
    known: dict[str, set[str]] = {}
    for pack in found.packs:
        for rule in pack.rules:
            if rule.check not in RULED and _is_shipped(pack.place(f"rule:{rule.code}")):
                known.setdefault(rule.check, {"most"}).update(rule.settings)
    return {check: frozenset(settings) for check, settings in known.items()}


def _is_shipped(place: Place) -> bool:
    """Whether a rule stands in a pack of this library, however that was opened."""
    return place.file is not None and _SHIPPED in Path(place.file).resolve().parents


def _place(pack: Pack, rule: Rule, part: str = "", again: str = "") -> Place:
    return replace(pack.place(f"rule:{rule.code}{again}", part), item=rule.code)


def _faults(
    rule: Rule, found: Catalogue, standing: Mapping[str, frozenset[str]], place: partial[Place]
) -> Iterator[Fault]:
    checks = [*RULED, *standing]
    if rule.check not in checks:
        values = {"check": rule.check, "known": ", ".join(sorted(checks))}
        yield Fault("definitions.rule_check", place("check"), values, partial(nearest, rule.check, checks))
        return
    yield from _keys(rule, place)
    yield from _settings(rule, standing, place)
    unknown = [code for code in rule.measures if code not in found.measures]
    for code in unknown:
        near = partial(found.scope.suggestions, code)
        yield Fault("definitions.unknown_name", place("measures"), {"name": code, "text": code}, near)
    if not unknown:
        yield from _meaning(rule, found, place)


def _keys(rule: Rule, place: partial[Place]) -> Iterator[Fault]:
    """What a check needs and was not given, and what it was given and does not read."""
    given = {
        key
        for key in ("left", "comparison", "right", "missing", "tolerance", "low", "high", "unit", "year_to_date")
        if getattr(rule, key) not in _EMPTY
    }
    given |= {key for key in ("measures", "things", "units") if getattr(rule, key)}
    read = _READ.get(rule.check, frozenset({"measures", "things", "units"}))
    for key in _NEEDED.get(rule.check, ()):
        if key not in given and not (key in ("left", "right") and _unreadable(rule, key, place)):
            yield Fault("definitions.rule_needs", place(), {"check": rule.check, "key": key})
    if rule.check == "range" and rule.low is None and rule.high is None:
        yield Fault("definitions.rule_needs", place(), {"check": rule.check, "key": "low, high"})
    for key in sorted(given - read):
        yield Fault("definitions.rule_unread", place(key), {"check": rule.check, "key": key})
    least, most = _LEAST.get(rule.check, 0), _MOST.get(rule.check)
    if rule.measures and (len(rule.measures) < least or (most is not None and len(rule.measures) > most)):
        values = {"check": rule.check, "count": len(rule.measures), "wanted": _wanted(rule.check)}
        yield Fault("definitions.rule_measures", place("measures"), values)
    if len(set(rule.measures)) < len(rule.measures):
        again = next(code for code in rule.measures if rule.measures.count(code) > 1)
        yield Fault("definitions.rule_measure_twice", place("measures"), {"measure": again})
    if rule.low is not None and rule.high is not None and rule.low > rule.high:
        values = {"low": f"{rule.low:f}", "high": f"{rule.high:f}"}
        yield Fault("definitions.rule_range", place("low"), values)


def _unreadable(rule: Rule, key: str, place: partial[Place]) -> bool:
    """Whether a formula is written but could not be read, which was told when it was."""
    return getattr(rule, key) is None and place(key).line != place().line


def _wanted(check: str) -> str:
    least, most = _LEAST[check], _MOST.get(check)
    return f"≥ {least}" if most is None else f"{least}–{most}"


def _settings(rule: Rule, standing: Mapping[str, frozenset[str]], place: partial[Place]) -> Iterator[Fault]:
    known = standing.get(rule.check) or _SETTINGS.get(rule.check, frozenset({"most"}))
    for name in rule.settings:
        if name not in known:
            values = {"check": rule.check, "setting": name, "known": ", ".join(sorted(known))}
            yield Fault("definitions.rule_setting", place("settings"), values, partial(nearest, name, known))


def _meaning(rule: Rule, found: Catalogue, place: partial[Place]) -> Iterator[Fault]:
    """Whether formulas and measures fit each other."""
    scope, measures = found.scope, [found.measures[code] for code in rule.measures]
    if rule.check == "compare" and rule.left is not None and rule.right is not None:
        yield from _difference(rule.left, rule.right, scope, place)
    elif rule.check == "range" and rule.left is not None:
        for fault in check_formula(Parsed(rule.left), rule.unit, scope):
            yield _at(fault, place("unit" if fault.code.startswith("vocabulary.") else "left"))
    elif rule.check == "parts" and len(measures) >= _LEAST["parts"]:
        whole, *members = (Name(code) for code in rule.measures)
        yield from _difference(reduce(_plus, members[1:], _as_formula(members[0])), whole, scope, place, "measures")
    elif rule.check == "per_head" and len(measures) >= _LEAST["per_head"]:
        yield from _per_head(measures, place)
    elif rule.check == "rate" and len(measures) >= _LEAST["rate"]:
        yield from _rate(measures, place)


def _plus(left: Formula, right: Formula) -> Formula:
    return Binary("+", left, right)


def _as_formula(name: Name) -> Formula:
    return name


def _difference(left: Formula, right: Formula, scope: Scope, place: partial[Place], part: str = "") -> Iterator[Fault]:
    """Both sides are sound by themselves and count the same thing."""
    sound = True
    for side, formula in (("left", left), ("right", right)):
        for fault in check_formula(Parsed(formula), "%", scope):
            if fault.code not in ("definitions.result_unit", "definitions.points"):
                sound = False
                yield _at(fault, place(part or side))
    if sound:
        for fault in check_formula(Parsed(Binary("-", left, right)), "%", scope):
            if fault.code in ("definitions.units_differ", "definitions.years_differ"):
                yield _at(fault, place(part or "right"))


def _at(fault: Fault, place: Place) -> Fault:
    return Fault(fault.code, replace(place, position=fault.place.position), fault.values, fault.near)


def _per_head(measures: list[Measure], place: partial[Place]) -> Iterator[Fault]:
    """Amount = heads × standard, with or without months and heads in the standard's unit."""
    amount, heads, *standards = measures
    for standard in standards:
        if standard.time != "standard":
            values = {"measure": standard.code, "time": standard.time}
            yield Fault("definitions.rule_standard", place("measures"), values)
        try:
            left = unit(amount.unit) / (unit(heads.unit) * unit(standard.unit))
            counted = dict(unit(heads.unit).dimension)
        except UnitError:
            continue  # told where the measure is defined
        powers = dict(left.dimension)
        months = powers.pop("月", 0)
        inverse = {name: -power for name, power in counted.items()}
        if months not in (0, 1) or powers not in ({}, inverse):
            shown = {"amount": amount.unit, "heads": heads.unit, "standard": standard.unit}
            yield Fault("definitions.rule_per_head", place("measures"), shown)
    if amount.time != "flow":
        values = {"measure": amount.code, "time": amount.time}
        yield Fault("definitions.rule_amount", place("measures"), values)


def _rate(measures: list[Measure], place: partial[Place]) -> Iterator[Fault]:
    """The rate is a ratio, and its counts count the same thing."""
    rate, *counts = measures
    try:
        if not unit(rate.unit).is_ratio:
            yield Fault("definitions.rule_rate", place("measures"), {"measure": rate.code, "unit": rate.unit})
        elif len(counts) == 2 and not unit(counts[0].unit).compatible(unit(counts[1].unit)):
            values = {"numerator": counts[0].unit, "denominator": counts[1].unit}
            yield Fault("definitions.rule_counts", place("measures"), values)
    except UnitError:
        return  # told where the measure is defined
    if len({measure.year_starts for measure in measures}) > 1:
        shown = ", ".join(f"{measure.code} ({measure.year_starts})" for measure in measures)
        yield Fault("definitions.years_differ", place("measures"), {"measures": shown, "text": shown})
