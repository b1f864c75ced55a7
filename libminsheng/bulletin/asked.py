"""The packs' rules asked of what a bulletin prints.

They are the rules that facts are checked by. Here their operands are intervals, and a rule has failed only
where it fails for every number that the print leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import log
from typing import Final

from libminsheng.bulletin.intervals import Interval
from libminsheng.bulletin.printed import Printed, Prose, base
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.said import approximately, found, guess, near, signed, words
from libminsheng.checks.finding import Finding
from libminsheng.checks.sentences import plain
from libminsheng.definitions.check import unit_of
from libminsheng.definitions.formula import Binary, Formula, Name, walk
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.rule import Rule
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import unit

__all__ = ["compared", "in_parts", "in_range", "per_head", "share_of"]

_FAILS: Final[Mapping[str, Callable[[Interval, Fraction], bool]]] = {
    "<=": lambda gap, off: gap.low > off,
    "<": lambda gap, off: gap.low >= off,
    ">=": lambda gap, off: gap.high < -off,
    ">": lambda gap, off: gap.high <= -off,
    "==": lambda gap, off: gap.low > off or gap.high < -off,
    "!=": lambda gap, off: gap.exact and abs(gap.low) <= off,
}
"""When no number that is left open keeps a comparison, by left − right."""

_SEEN: Final = {"<=": ">", "<": "≥", ">=": "<", ">": "≤", "==": "≠", "!=": "="}


def compared(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """Rules of two formulas and a comparison."""
    if rule.left is None or rule.right is None or rule.comparison is None:
        return
    for printed in prose.printed:
        left, right = printed.inlined(rule.left), printed.inlined(rule.right)
        quantities = printed.quantities(Binary("-", left, right))
        values = printed.value(left), printed.value(right)
        if rule.missing != "skip_if_any" and quantities:
            values = (values[0] or _nothing(left, printed), values[1] or _nothing(right, printed))
        if values[0] is None or values[1] is None or not quantities:
            continue
        if _FAILS[rule.comparison](values[0] - values[1], Fraction(rule.tolerance)):
            factor = unit(_unit(rule.left, printed)).factor
            shown = [approximately(value.scaled(1 / factor)) for value in values if value is not None]
            said = words(
                "comparison_fails",
                left=_name(rule.left, prose),
                sign=_SEEN[rule.comparison],
                right=_name(rule.right, prose),
            )
            yield found(rule, quantities, said, f"{shown[0]} {_SEEN[rule.comparison]} {shown[1]}")


def _nothing(formula: Formula, printed: Printed) -> Interval | None:
    """0 for a side of which nothing at all is printed; what it lacks cannot be told in prose."""
    return None if printed.quantities(formula) else Interval.of(0)


def in_range(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """Rules of a formula within limits, as persons per dwelling."""
    if rule.left is None:
        return
    factor = unit(rule.unit).factor
    for printed in prose.printed:
        formula = printed.inlined(rule.left)
        value = printed.value(formula)
        if value is None:
            continue
        value = value.scaled(1 / factor)
        below = rule.low is not None and value.high < rule.low
        above = rule.high is not None and value.low > rule.high
        if not (below or above):
            continue
        quantities = printed.quantities(formula)
        limit = rule.low if below else rule.high
        assert limit is not None
        shown = approximately(value)
        said = words(
            "outside_range",
            ratio=_name(rule.left, prose) if rule.name == Text() else rule.name,
            value=shown,
            unit="" if rule.unit == "1" else rule.unit,
            low="–" if rule.low is None else f"{rule.low:f}",
            high="–" if rule.high is None else f"{rule.high:f}",
        )
        yield found(rule, quantities, said, f"{_worked(formula, printed)} = {shown} {'<' if below else '>'} {limit:f}")


def _worked(formula: Formula, printed: Printed) -> str:
    """A formula with the printed numbers in it."""
    if isinstance(formula, Binary) and formula.operator == "/" and all(isinstance(p, Name) for p in formula.children()):
        top, bottom = printed.value(formula.left), printed.value(formula.right)
        if top is not None and bottom is not None:
            return f"{plain(top.middle)} ÷ {plain(bottom.middle)}"
    return str(formula)


def in_parts(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """Rules of parts of a whole, the whole first: more than the whole, or else what share of it they are."""
    whole, *parts = rule.measures
    for printed in prose.printed:
        total, shown = printed.get(whole), [one for part in parts if (one := printed.get(part)) is not None]
        if total is None or not shown:
            continue
        added = Interval.total(map(base, shown))
        if added.low > base(total).high:
            said = words("parts_above_whole", whole=printed.catalogue.measures[whole].name)
            sums = " + ".join(plain(base(one).middle) for one in shown)
            line = f"{sums} = {approximately(added)} > {approximately(base(total))}"
            yield found(rule, [total, *shown], said, line)
        elif len(shown) > 1:
            yield share_of(rule, total, shown)


def share_of(rule: Rule, total: Quantity, parts: Sequence[Quantity]) -> Finding:
    """The note that tells what share of a total the parts are that a text names."""
    added = Interval.total(map(base, parts))
    share = (added / base(total)).scaled(100) if base(total).low > 0 else Interval.of(0)
    whole, middle = plain(base(total).middle), plain(added.middle)
    sums = " + ".join(plain(base(one).middle) for one in parts)
    line = f"{sums} = {middle}; ÷ {whole} = {approximately(share, unit='%')}; {whole} − {middle} = {plain((base(total) - added).middle)}"
    said = words("parts_share", count=len(parts), share=approximately(share, unit="%"), total=total.text)
    return found(rule, [total, *parts], said, line, code="parts_share", severity="note")


def per_head(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """Rules of an amount, heads and a standard; a further standard may be what was meant.

    Where another standard printed beside it gives the amount and its own does not, the two most likely
    stand in each other's place.
    """
    if len(rule.measures) < 3:
        return
    tolerance = Fraction(rule.settings.get("tolerance", Decimal("0.1")))
    for printed in prose.printed:
        amount, heads, standard = (printed.get(code) for code in rule.measures[:3])
        monthly = ("月", -1) in unit(printed.catalogue.measures[rule.measures[2]].unit).dimension
        months = printed.months if monthly else 1
        if amount is None or heads is None or standard is None or months is None:
            continue
        paid = _Paid(amount, heads, months)
        ratio = paid.over(standard)
        if ratio is None or (ratio.low <= 1 + tolerance and ratio.high >= 1 - tolerance):
            continue
        rivals = [one for code in rule.measures[3:] if (one := printed.get(code)) is not None]
        better = [one for one in rivals if (other := paid.over(one)) and _far(other) < min(_far(ratio), log(1.25))]
        if better:
            yield _swapped(prose, rule, paid, standard, min(better, key=lambda one: _far(paid.over(one))))
        else:
            name = _measure(amount, prose).name
            said = words("per_head_off", amount=name, off=signed(ratio.middle - 1))
            yield found(rule, [amount, heads, standard], said, paid.line(standard))


class _Paid:
    """An amount paid to heads for months."""

    def __init__(self, amount: Quantity, heads: Quantity, months: int) -> None:
        self.amount, self.heads, self.months = amount, heads, months

    def over(self, standard: Quantity) -> Interval | None:
        """The amount over heads × months × standard; 1 where it is exactly that."""
        due = base(self.heads) * Interval.of(self.months) * base(standard)
        return base(self.amount) / due if due.low > 0 and base(self.amount).low > 0 else None

    def line(self, standard: Quantity) -> str:
        """The product, and how far the amount is off it."""
        due = base(self.heads) * Interval.of(self.months) * base(standard)
        ratio = self.over(standard)
        off = "" if ratio is None else f" ({signed(ratio.middle - 1)})"
        months = f" × {self.months}" if self.months > 1 else ""
        heads, rate = plain(base(self.heads).middle), plain(base(standard).middle)
        return f"{heads}{months} × {rate} = {approximately(due)}{off}"

    def each(self) -> str:
        """What one head gets in a month."""
        got = base(self.amount) / (base(self.heads) * Interval.of(self.months))
        months = f" ÷ {self.months}" if self.months > 1 else ""
        return f"{plain(base(self.amount).middle)} ÷ {plain(base(self.heads).middle)}{months} = {approximately(got)}"

    def implied(self, standard: Quantity) -> Interval:
        """How many heads a standard implies."""
        return base(self.amount) / (base(standard) * Interval.of(self.months))

    def implied_line(self, standard: Quantity) -> str:
        """The head-months and heads that a standard implies."""
        whole = base(self.amount) / base(standard)
        start = f"{plain(base(self.amount).middle)} ÷ {plain(base(standard).middle)} = {near(whole.middle)}"
        return f"{start}; ÷ {self.months} = {near(self.implied(standard).middle)}" if self.months > 1 else start


def _far(ratio: Interval | None) -> float:
    """How far a ratio is from 1 at best, on a scale on which twice and half are as far."""
    if ratio is None or ratio.low <= 0:
        return float("inf")
    return 0.0 if 1 in ratio else min(abs(log(ratio.low)), abs(log(ratio.high)))


def _swapped(prose: Prose, rule: Rule, paid: _Paid, standard: Quantity, rival: Quantity) -> Finding:
    own, other = paid.over(standard), paid.over(rival)
    assert own is not None
    assert other is not None
    weight = _far(own) / (_far(own) + max(_far(other), 0.01))
    names = {"first": _measure(standard, prose).name, "second": _measure(rival, prose).name}
    printed, meant = (plain(base(one).middle) for one in (standard, rival))
    heads = {"heads": plain(base(paid.heads).middle)}
    hypotheses = [
        guess("pair_swapped", weight, value=meant, off=signed(other.middle - 1), **names, **heads,
              implied=near(paid.implied(rival).middle)),
        guess("pair_as_printed", 1 - weight, value=printed, off=signed(own.middle - 1), **names, **heads,
              implied=near(paid.implied(standard).middle)),
    ]  # fmt: skip
    lines = [paid.each(), paid.line(standard), paid.line(rival), paid.implied_line(standard), paid.implied_line(rival)]
    lines += _one_base(rule, base(standard), base(rival))
    said = words(
        "swapped", printed=standard.text, rival=rival.text, amount=paid.amount.text, heads_text=paid.heads.text, **names
    )
    return found(
        rule, [standard, rival, paid.amount, paid.heads], said, "; ".join(lines), hypotheses, code="swapped_values"
    )


def _one_base(rule: Rule, one: Interval, other: Interval) -> list[str]:
    """Where the rule knows by which factor the lower standard is set: the whole base that both are multiples of."""
    if "floor_factor" not in rule.settings or not (one.exact and other.exact):
        return []
    low, high = sorted((one.low, other.low))
    factor = Fraction(rule.settings["floor_factor"])
    half = Fraction(1, 2)
    first = int((low - half) / factor)
    bases = [n for n in range(max(first, 1), first + 3) if int(n * factor + half) == low]
    for whole in bases:
        times = Fraction(int(high / whole * 10 + half), 10)
        if int(whole * times + half) == high:
            return [f"{plain(low)} ≈ {plain(factor)} × {whole}; {plain(high)} ≈ {plain(times)} × {whole}"]
    return []


def _unit(formula: Formula, printed: Printed) -> str:
    measures = printed.catalogue.measures
    if isinstance(formula, Name) and formula.code in measures:
        return measures[formula.code].unit
    return unit_of(formula, printed.catalogue.scope)


def _name(formula: Formula, prose: Prose) -> Text:
    """A formula with the names of its measures in it."""
    text = {"zh": str(formula), "en": str(formula)}
    for node in sorted({n.code for n in walk(formula) if isinstance(n, Name)}, key=len, reverse=True):
        measure = prose.catalogue.measures.get(node)
        if measure is not None:
            text = {
                "zh": text["zh"].replace(node, measure.name.in_("zh")),
                "en": text["en"].replace(node, measure.name.in_("en")),
            }
    return Text(text["zh"], text["en"])


def _measure(quantity: Quantity, prose: Prose) -> Measure:
    assert quantity.measure is not None
    return prose.catalogue.measures[quantity.measure]
