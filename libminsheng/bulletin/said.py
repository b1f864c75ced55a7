"""The words of findings about texts, and numbers as they are written in their arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import cast

from libminsheng.bulletin.intervals import Interval
from libminsheng.bulletin.printed import span
from libminsheng.bulletin.quantity import Quantity
from libminsheng.checks.finding import Finding, Hypothesis, Severity
from libminsheng.checks.sentences import guesses, plain
from libminsheng.definitions.rule import Rule
from libminsheng.errors import Language, say
from libminsheng.vocabulary.text import Text

__all__ = ["approximately", "found", "guess", "near", "signed", "words"]


def words(code: str, **values: object) -> Text:
    """The message ``bulletin.CODE`` in both languages; a `Text` among the values is put in by language."""

    def said(lang: Language) -> str:
        return say(
            f"bulletin.{code}", lang, **{k: v.in_(lang) if isinstance(v, Text) else v for k, v in values.items()}
        )

    return Text(said("zh"), said("en"))


def guess(code: str, weight: str | Decimal | float, **values: object) -> Hypothesis:
    """A hypothesis in the words of ``bulletin.CODE``."""
    return Hypothesis(words(code, **values), Decimal(str(weight)).quantize(Decimal("0.01")))


def found(
    rule: Rule,
    quantities: Iterable[Quantity],
    said: Text,
    arithmetic: str = "",
    hypotheses: Iterable[Hypothesis] = (),
    *,
    code: str | None = None,
    severity: Severity | None = None,
) -> Finding:
    """A finding of a rule about quantities; the rule's own words stand before the standing ones."""
    some = sorted(quantities, key=lambda one: one.start)
    own = rule.words is not None and rule.words != Text() and code is None
    ranked = sorted([*hypotheses, *guesses(rule)], key=lambda one: -one.weight)
    return Finding(
        code or rule.finding,
        severity or cast("Severity", rule.severity),
        span(some),
        seen="、".join(dict.fromkeys(one.text for one in some)),
        arithmetic=arithmetic,
        hypotheses=tuple(ranked),
        words=rule.words if own else said,
        rule=rule.code,
    )


def near(number: Fraction | Decimal | int, decimals: int = 2) -> str:
    """A number rounded for arithmetic that is to be read; the equals sign before it says enough."""
    return plain(number, decimals).removeprefix("≈")


def approximately(interval: Interval, decimals: int = 2, unit: str = "") -> str:
    """An interval as arithmetic shows it: its middle, and its ends where they differ in print.

    >>> approximately(Interval.of(Decimal("40.757"), Decimal("40.924")), unit="%")
    '40.84 % (40.76–40.92)'
    >>> approximately(Interval.of(42))
    '42'
    """
    middle = near(interval.middle, decimals) + (f" {unit}" if unit else "")
    ends = interval.text(decimals)
    return f"{middle} ({ends})" if "–" in ends else middle


def signed(share: Fraction) -> str:
    """How far off, in %: ``+4.33 %``."""
    return f"{'' if share < 0 else '+'}{near(share * 100)} %"
