"""Statuses, flags and names in the reader's language.

What machines read keeps its codes (``zero_denominator``); what people read says 分母为零.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from libminsheng.errors import Language, current_language, say
from libminsheng.report.numbers import plain
from libminsheng.vocabulary.domains import DOMAINS, find_domain

__all__ = ["domain_place", "domain_words", "flag_words", "interval", "joined", "one_line", "status_words"]


def status_words(status: str, lang: Language | None = None) -> str:
    """A figure's status as people say it.

    >>> status_words("zero_denominator", "zh")
    '分母为零'
    """
    return say(f"report.status_{status}", lang)


def flag_words(flag: str, lang: Language | None = None) -> str:
    """A figure's flag as people say it.

    >>> flag_words("carried", "en")
    'carried forward'
    """
    return say(f"report.flag_{flag}", lang)


def domain_words(domain: str, lang: Language | None = None) -> str:
    """A domain's name, given its code or its name in either language.

    >>> domain_words("childhood", "zh")
    '幼有所育'
    """
    if not domain:
        return say("report.domain_none", lang)
    known = find_domain(domain)
    return domain if known is None else known.name.in_(lang)


def domain_place(domain: str) -> int:
    """Where a domain comes in a table: ``governance`` first, then the nine areas in the standard's order."""
    known = find_domain(domain)
    if known is None:
        return len(DOMAINS)
    return -1 if known.code == "governance" else DOMAINS.index(known)


def joined(words: Iterable[str], lang: Language | None = None) -> str:
    """Words in a row, with the comma of their language."""
    return ("、" if (lang or current_language()) == "zh" else ", ").join(words)


def interval(low: Decimal | None, high: Decimal | None, ends: str) -> str:
    """A stretch of numbers; `ends` are its brackets, and an end that is open for good has a round one.

    >>> interval(Decimal(80), Decimal(90), "[)"), interval(Decimal("120.50"), None, "[]")
    ('[80, 90)', '[120.5, ∞)')
    """
    left, right = ("(" if low is None else ends[0]), (")" if high is None else ends[1])
    return f"{left}{'−∞' if low is None else plain(low)}, {'∞' if high is None else plain(high)}{right}"


def one_line(text: str) -> str:
    r"""A text on one line, without the control characters by which a file could steer a terminal.

    >>> one_line("a\tb\x1b[2Jc")
    'a b[2Jc'
    """
    if text.isprintable():
        return text
    return "".join(" " if character.isspace() else character for character in text if _shows(character))


def _shows(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
