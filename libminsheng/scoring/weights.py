"""What each item weighs when some have no value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from libminsheng.definitions.scheme import Scheme

__all__ = ["effective_weights"]

_Sums = dict[str | None, Fraction]


def effective_weights(scheme: Scheme, present: Collection[str], *, even: bool = False) -> Mapping[str, Fraction] | None:
    """The weight of each item by its code; None where the scheme gives no total without the missing ones.

    The weight of a group missing altogether goes to the group that it names. A scheme that
    redistributes also moves the weight of a missing item to the others of its group, and that of a
    group that names no other to all that are left, in proportion. The weights then add up to the
    scheme's total again. With `even` all items weigh alike.
    """
    weights = dict(scheme.weights)
    if even:
        weights = dict.fromkeys(weights, Fraction(scheme.total) / len(weights))
    if len(present) == len(weights) or scheme.missing == "zero":
        return weights
    groups: dict[str | None, list[str]] = {}
    for item in scheme.items:
        groups.setdefault(item.group, []).append(item.code)
    whole = {code: sum((weights[item] for item in items), Fraction(0)) for code, items in groups.items()}
    left = _moved(scheme, {code for code, items in groups.items() if not set(items) & set(present)}, whole)
    kept = {code: [item for item in groups[code] if item in present] for code in whole}
    whole_groups = not left and all(len(kept[code]) == len(groups[code]) for code in whole)
    if not whole or not (whole_groups or scheme.missing == "redistributed"):
        return None
    spread = sum(whole.values(), Fraction(0))
    found = dict.fromkeys(weights, Fraction(0))
    for code, items in kept.items():
        held = sum((weights[item] for item in items), Fraction(0))
        share = (whole[code] + left * whole[code] / spread) / held
        found.update({item: weights[item] * share for item in items})
    return found


def _moved(scheme: Scheme, empty: set[str | None], whole: _Sums) -> Fraction:
    """Take empty groups out of `whole`, their weights moved where they say; the weight that found no place."""
    left = Fraction(0)
    for code in sorted(empty, key=str):
        weight, to = whole.pop(code), code
        for _ in scheme.groups:
            group = scheme.group(to) if to in empty else None
            to = group.if_missing if group is not None else to
        if to is None or to in empty:
            left += weight
        else:
            whole[to] += weight
    return left
