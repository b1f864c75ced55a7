"""Values, weights and items of every method, at random."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from libminsheng.definitions.scheme import Band, Item
from libminsheng.vocabulary.text import Text

METHODS = ("proportional", "threshold", "stepped", "banded", "rated", "direct")
PARTS = ("dropped", "counted", "shared")

decimals = st.decimals(-200, 200, places=2, allow_nan=False, allow_infinity=False)
positive = st.decimals(Decimal("0.01"), 200, places=2)
values = st.fractions(-300, 300, max_denominator=1000) | decimals.map(Fraction)
weights = st.fractions(Fraction(1, 10), 100, max_denominator=12)


@st.composite
def bands(draw: Any, better: str) -> tuple[Band, ...]:
    ends = sorted(draw(st.sets(decimals, min_size=1, max_size=4)), reverse=better != "lower")
    shares = sorted(draw(st.lists(st.decimals(0, 100, places=1), min_size=len(ends), max_size=len(ends))), reverse=True)
    sides: list[tuple[Decimal | None, Decimal | None]] = [
        (None, end) if better == "lower" else (end, None) for end in ends
    ]
    if draw(st.booleans()):
        sides[-1] = (None, None)
    return tuple(Band(least, most, share, Text()) for (least, most), share in zip(sides, shares, strict=True))


@st.composite
def items(draw: Any, method: str, better: str) -> Item:
    given: dict[str, Any] = {}
    if method in ("proportional", "threshold", "stepped"):
        given["target"] = draw(decimals)
    if method == "proportional":
        given["passing"] = draw(st.none() | st.decimals(0, 100, places=1))
    if method == "stepped":
        given |= {"step": draw(positive), "deduct": draw(positive), "part_step": draw(st.sampled_from(PARTS))}
    if method == "banded":
        given["bands"] = draw(bands(better))
    return Item("x", "x", Text(), method=method, **given)  # type: ignore[arg-type]  # one of METHODS
