"""Numbers as offices write them, read exactly."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from libminsheng.errors import Fault, Place

__all__ = ["PLAIN", "read_value", "shortest_decimal"]

PLAIN: Final = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
"""What needs no second look: digits, a sign, a point."""

_PLAIN = re.compile(PLAIN)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_DIGITS: Final = 38
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""Full-width signs in their plain forms; raised and circled digits are not among them."""


def read_value(text: str, place: Place) -> Decimal | Fault:
    """The number that a cell holds, or what is wrong with it.

    >>> read_value("1,234.50", Place())
    Decimal('1234.50')
    >>> read_value("80.21%", Place(row=3)).code
    'facts.percent'
    """
    plain = text.translate(_NARROW).strip().replace("−", "-")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if _PLAIN.fullmatch(plain):
        number = Decimal(plain)
        if len(number.as_tuple().digits) > _DIGITS:
            return Fault("facts.too_long", place, {"value": text, "most": _DIGITS})
        return number
    if plain.endswith(("%", "‰")):
        return Fault("facts.percent", place, {"value": text, "number": plain[:-1], "sign": plain[-1]})
    if plain.lower().lstrip("+-") in ("nan", "inf", "infinity", "n/a", "null", "none", "#n/a"):
        return Fault("facts.no_value", place, {"value": text})
    if _SCIENTIFIC.fullmatch(plain):
        return Fault("facts.scientific", place, {"value": text})
    if "," in plain:
        return Fault("facts.groups", place, {"value": text})
    if re.search(r"\d[^\d.,]*[一-鿿]+$", plain):
        return Fault("facts.unit_in_value", place, {"value": text})
    return Fault("facts.no_number", place, {"value": text})


def shortest_decimal(number: float) -> str:
    """The shortest decimal that reads back as a float, written out.

    >>> shortest_decimal(0.1), shortest_decimal(1e-07), shortest_decimal(1e23)
    ('0.1', '0.0000001', '100000000000000000000000')
    """
    text = repr(number)
    return f"{Decimal(text):f}" if "e" in text else text
