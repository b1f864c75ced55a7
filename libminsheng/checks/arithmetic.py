"""How a finding writes down the sum that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from libminsheng.checks.capped import written
from libminsheng.engine.figures import exact_decimal

__all__ = ["added", "smallest"]

_SHOWN: Final = 8


def smallest(total: int, decimals: int) -> Decimal:
    """A whole number of a measure's smallest unit as a value in its unit.

    >>> smallest(35690, 2)
    Decimal('356.90')
    """
    return exact_decimal(total, decimals)


def added(values: Sequence[Decimal], total: Decimal) -> str:
    """Values and their sum; of many the first, and how many there are.

    >>> added([Decimal(12), Decimal(-3)], Decimal(9))
    '12 - 3 = 9'
    >>> added([Decimal(1)] * 12, Decimal(12))
    '1 + 1 + 1 + 1 + 1 + 1 + 1 + … (12) = 12'
    """
    if len(values) == 1:
        return written(total)
    shown = values if len(values) <= _SHOWN else values[: _SHOWN - 1]
    text = written(shown[0]) if shown else "0"
    for value in shown[1:]:
        text += f" - {written(-value)}" if value < 0 else f" + {written(value)}"
    if len(shown) < len(values):
        text += f" + … ({len(values)})"
    return f"{text} = {written(total)}"
