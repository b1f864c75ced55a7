"""The sentences of findings that rules ask for: bilingual names in them, and a rule's own words before the standing ones."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from libminsheng.checks.finding import Hypothesis
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Formula, Name
from libminsheng.definitions.rule import Rule
from libminsheng.engine.figures import exact_decimal
from libminsheng.errors import Language, say
from libminsheng.vocabulary.text import Text

__all__ = ["guesses", "named", "plain", "sentence", "worded"]


def sentence(code: str, **values: object) -> Text:
    """The message ``checks.CODE`` in both languages; a `Text` among the values is put in by language."""

    def said(lang: Language) -> str:
        return say(f"checks.{code}", lang, **{k: v.in_(lang) if isinstance(v, Text) else v for k, v in values.items()})

    return Text(said("zh"), said("en"))


def worded(rule: Rule, standing: str, **values: object) -> Text:
    """What a finding of a rule says: the rule's own words, else those of its finding's code, else the standing ones."""
    if rule.words is not None and rule.words != Text():
        return rule.words
    try:
        return sentence(rule.finding, **values)
    except KeyError:  # a code of the rule's own, or one whose sentence names other things
        return sentence(standing, **values)


def guesses(rule: Rule) -> tuple[Hypothesis, ...]:
    """What the rule itself says would explain it, the likeliest first."""
    found = [Hypothesis(what, weight) for what, weight in rule.hypotheses]
    return tuple(sorted(found, key=lambda one: -one.weight))


def named(formula: Formula, catalogue: Catalogue) -> Text:
    """A formula as a reader knows it: one measure by its name, anything else as it is written."""
    if isinstance(formula, Name) and formula.code in catalogue.measures:
        return catalogue.measures[formula.code].name
    return Text(str(formula), str(formula))


def plain(number: Fraction | Decimal | int, decimals: int = 4) -> str:
    """A number as a reader writes it: exact where it has few decimals, else rounded and marked ``≈``.

    >>> plain(Fraction(356900, 12)), plain(Fraction(1, 4)), plain(Decimal("710.00"))
    ('≈29741.6667', '0.25', '710')
    """
    exact = Fraction(number)
    scaled = exact * 10**decimals
    whole = int(abs(scaled) + Fraction(1, 2)) * (-1 if scaled < 0 else 1)
    text = f"{exact_decimal(whole, decimals):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if scaled.denominator == 1 else f"≈{text}"
