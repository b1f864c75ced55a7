"""What each item weighs when some have no value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from libminsheng.definitions.scheme import Scheme

__all__ = ["effective_weights"]


def effective_weights(scheme: Scheme, present: Collection[str], *, even: bool = False) -> Mapping[str, Fraction] | None:
    """The weight of each item by its code; None where the scheme gives no total without the missing ones.

    The weight of a group missing altogether goes to the group that it names. A scheme that
    redistributes also moves the weight of a missing item to the others of its group, and that of a
    group that names no other to all that are left, in proportion; one that counts zero leaves them
    where they are. The weights then add up to the scheme's total again. With `even` all items weigh alike.
    """
    weights = dict(scheme.weights)
    if even:
        weights = dict.fromkeys(weights, Fraction(scheme.total) / len(weights))
        if present and scheme.missing == "redistributed":
            alike = Fraction(scheme.total) / len(present)
            return {code: alike if code in present else Fraction(0) for code in weights}
    if len(present) == len(weights):
        return weights
    groups: dict[str | None, list[str]] = {}
    for item in scheme.items:
        groups.setdefault(item.group, []).append(item.code)
    whole = {code: sum((weights[item] for item in items), Fraction(0)) for code, items in groups.items()}
    empty = {code for code, items in groups.items() if not set(items) & set(present)}
    left = Fraction(0)
    for code in empty:
        to = _taker(scheme, code, empty)
        if to is not None:
            whole[to] += whole.pop(code)
        elif scheme.missing != "zero":
            left += whole.pop(code)
    kept = {code: [one for one in groups[code] if scheme.missing == "zero" or one in present] for code in whole}
    unmoved = not left and all(len(kept[code]) == len(groups[code]) for code in whole)
    if not whole or not (unmoved or scheme.missing == "redistributed"):
        return None
    spread = sum(whole.values(), Fraction(0))
    found = dict.fromkeys(weights, Fraction(0))
    for code, items in kept.items():
        held = sum((weights[item] for item in items), Fraction(0))
        share = (whole[code] + left * whole[code] / spread) / held
        found.update({item: weights[item] * share for item in items})
    return found


def _taker(scheme: Scheme, code: str | None, empty: Collection[str | None]) -> str | None:
    """The group that the weight of an empty one goes to, from one to the next; None where none takes it."""
    to = code
    for _ in scheme.groups:
        group = scheme.group(to) if to in empty else None
        to = group.if_missing if group is not None else to
    return None if to in empty else to
