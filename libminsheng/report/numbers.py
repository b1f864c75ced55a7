"""Numbers as people read them: fixed decimals, thousands set apart.

Only tables and pages write numbers in this way. JSON, CSV and Parquet carry them plain.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

__all__ = ["fraction_text", "grouped", "grouped_text", "plain"]


def grouped(value: Decimal | None, decimals: int) -> str:
    """A figure's value with all of its decimals and its thousands set apart; a dash if there is none.

    >>> grouped(Decimal("15499.89"), 2)
    '15,499.89'
    >>> grouped(None, 2)
    '—'
    """
    return "—" if value is None else f"{value:,.{decimals}f}"


def plain(value: Decimal | None) -> str:
    """A number without grouping or exponent, its trailing zeros dropped; empty if there is none.

    >>> plain(Decimal("10601.00"))
    '10601'
    >>> plain(Decimal("1E+3"))
    '1000'
    """
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped_text(text: str) -> str:
    """A number that is text already, its thousands set apart; any other text as it is.

    >>> grouped_text("26200.00"), grouped_text("1/3"), grouped_text("2017")
    ('26,200.00', '1/3', '2,017')
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return f"{value:,f}" if value.is_finite() else text


def fraction_text(value: Fraction) -> str:
    """A decimal in full, any other number as a fraction.

    >>> fraction_text(Fraction("98.50")), fraction_text(Fraction(1, 3))
    ('98.5', '1/3')
    """
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return plain(decimal) if Fraction(decimal) == value else str(value)
