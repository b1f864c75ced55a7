"""Numbers as offices write them, read exactly."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from libminsheng.errors import Fault, Place

__all__ = ["PLAIN", "read_value"]

PLAIN: Final = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
"""What needs no second look: digits, a sign, a point."""

_PLAIN = re.compile(PLAIN)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_DIGITS: Final = 38


def read_value(text: str, place: Place) -> Decimal | Fault:
    """The number that a cell holds, or what is wrong with it.

    >>> read_value("1,234.50", Place())
    Decimal('1234.50')
    >>> read_value("80.21%", Place(row=3)).code
    'facts.percent'
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
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
