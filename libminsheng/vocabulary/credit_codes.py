"""Unified social credit codes (统一社会信用代码, GB 32100-2015): which body leads, pays or reports.

Eighteen characters of digits and capital letters without I, O, S, V and Z::

    1   1   340102   00300001X   4
    │   │   │        │           └─ check character
    │   │   │        └─ nine characters of the body (GB 11714)
    │   │   └─ six digits of the division that registered it
    │   └─ kind of body
    └─ who registers: 1 机构编制, 5 民政, 9 市场监管, N 农业 (农村集体经济组织), A 军队, Y 其他 …

The first character may be a letter: a village's collective economic organisation has an N.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from libminsheng.errors import Fault, Place

__all__ = ["ALPHABET", "check_character", "credit_code"]

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters by their values, 0 to 30."""

_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_FORM: Final = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


def check_character(body: str) -> str:
    """The eighteenth character of a code, from the first seventeen.

    Raises
    ------
    KeyError
        For a character that no code has.

    Examples
    --------
    >>> check_character("N2340102MF1234567")
    'Y'
    """
    total = sum(_VALUES[sign] * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def credit_code(text: str, place: Place = Place()) -> str | Fault:  # noqa: B008  # a Place is frozen
    """The code as the standard writes it, or what is wrong with it.

    Full-width signs, small letters, spaces and hyphens between the groups are read over.

    Examples
    --------
    >>> credit_code("n2340102mf1234567y")
    'N2340102MF1234567Y'
    >>> credit_code("N2340102MF1234567X").code
    'vocabulary.credit_code_check'
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not _FORM.fullmatch(plain):
        return Fault("vocabulary.credit_code", place, {"code": text})
    right = check_character(plain[:17])
    if plain[17] != right:
        return Fault("vocabulary.credit_code_check", place, {"code": text, "given": plain[17], "right": right})
    return plain
