"""Rules of plausibility (校验规则): what a check asks, of which measures, and how far it goes.

What a check does is code; what it is asked of, its thresholds, its severity and its words are a
rule, a row of a pack. An office that has a 校验公式 of its own writes it as a rule of two formulas
and a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from libminsheng.definitions.formula import Formula
from libminsheng.definitions.source import Source
from libminsheng.vocabulary.text import Text

__all__ = ["RULED", "Comparison", "MissingStrategy", "Rule"]

Comparison = Literal["<=", "<", "==", "!=", ">=", ">"]
MissingStrategy = Literal["skip_if_any", "skip_if_all", "never"]

RULED: Final[Mapping[str, str]] = {
    "compare": "comparison_fails",
    "range": "implausible_ratio",
    "parts": "part_exceeds_whole",
    "per_head": "per_head_off_standard",
    "rate": "rate_impossible",
}
"""The checks that ask whatever their rules say, and what they find where a rule does not name it."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    code
        Its own name.
    check
        What asks: ``compare`` (two formulas), ``range`` (a formula within limits), ``parts`` (parts of a
        whole), ``per_head`` (an amount, heads and a standard), ``rate`` (a printed rate and its counts), or
        the code of a standing check (``unit_slip``, ``outlier``, …) whose thresholds it sets.
    finding
        The code of what it finds; for a standing check its own.
    severity
        ``error``, ``warning``, ``note``, or ``off``: the check is not made.
    left, comparison, right
        Of ``compare``; of ``range`` only `left`.
    missing
        What a comparison does where operands are missing: it is left out if any is missing, only if
        all are (the others count as zero), or never.
    tolerance
        How much a comparison may be off, in the formulas' base unit.
    low, high
        Limits of ``range``, in `unit`.
    measures
        The measures that it is about: the whole, then its parts; amount, heads, standard, then other
        standards that may have been meant; rate, numerator, denominator; of a standing check those that
        its thresholds hold for (none: all).
    settings
        Thresholds of a standing check, by name.
    things, units
        Of a rule about texts: the words that it looks for, and the units that it looks for beside them.
    name, words
        What it is called, and what it says when it finds something.
    hypotheses
        What would explain it, each with its weight.
    """

    code: str
    check: str
    finding: str
    severity: str
    left: Formula | None = None
    comparison: Comparison | None = None
    right: Formula | None = None
    missing: MissingStrategy = "skip_if_any"
    tolerance: Decimal = Decimal(0)
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = "1"
    year_to_date: bool = False
    measures: tuple[str, ...] = ()
    settings: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    name: Text = Text()
    words: Text | None = None
    hypotheses: tuple[tuple[Text, Decimal], ...] = ()
    source: Source | None = None
    pack: str = ""
    things: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
