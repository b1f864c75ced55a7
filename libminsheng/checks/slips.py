"""What a pen does to a number: two digits change places, the wrong one is doubled, the unit is another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from libminsheng.checks.finding import Hypothesis, hypothesis

__all__ = ["misprint", "slip", "transpositions"]

_UNITS: Final = (
    (10_000, "slip_unit_10000"),
    (1_000, "slip_unit_1000"),
    (100, "slip_unit_100"),
    (10, "slip_digit_lost"),
)


def misprint(seen: int, wanted: int) -> str | None:
    """How one number is misprinted for another: ``transposed``, ``doubled``, or not at all.

    >>> misprint(8384, 8348), misprint(599, 559), misprint(8384, 8350), misprint(12, 120)
    ('transposed', 'doubled', None, None)
    """
    a, b = str(abs(seen)), str(abs(wanted))
    if len(a) != len(b) or (seen < 0) != (wanted < 0):
        return None
    apart = [place for place in range(len(a)) if a[place] != b[place]]
    if len(apart) == 2 and apart[1] == apart[0] + 1 and a[apart[0]] == b[apart[1]] and a[apart[1]] == b[apart[0]]:
        return "transposed"
    if len(apart) == 1 and 0 < apart[0] < len(a) - 1:
        place = apart[0]
        if {a[place], b[place]} == {a[place - 1], a[place + 1]}:
            return "doubled"
    return None


def transpositions(seen: int) -> Iterator[int]:
    """Every number that exchanging two neighbouring digits can give.

    >>> list(transpositions(599)), list(transpositions(-12))
    ([959], [-21])
    """
    digits = str(abs(seen))
    for place in range(len(digits) - 1):
        if digits[place] != digits[place + 1]:
            changed = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            yield int(changed) if seen >= 0 else -int(changed)


def slip(seen: int, wanted: int, /, **values: object) -> Hypothesis | None:
    """How one number could come to be written for another; None where nothing suggests it.

    `seen` and `wanted` are in smallest units; the words are given `values` and both numbers by the caller.

    >>> slip(8384, 8348, name="a", seen="8384", wanted="8348").what.in_("en")
    'two digits of a may have changed places: 8384 for 8348'
    """
    if seen == wanted or not seen or not wanted:
        return None
    if misprint(seen, wanted) == "transposed":
        return hypothesis("slip_transposed", "0.8", **values)
    for factor, code in _UNITS:
        if seen == wanted * factor or wanted == seen * factor:
            return hypothesis(code, "0.8" if factor >= 1000 else "0.5", **values)
    a, b = str(abs(seen)), str(abs(wanted))
    if len(a) == len(b) >= 3 and sum(x != y for x, y in zip(a, b, strict=True)) == 1 and (seen < 0) == (wanted < 0):
        return hypothesis("slip_digit", "0.4", **values)
    return None
