"""The reference: what design §3 and §4 say, done slowly and in plain sight.

One value after the other, by recursion over the division tree and the calendar, with `fractions.Fraction` and
dictionaries. It knows nothing of frames and shares no code with the engine; `test_law.py` holds the engine to it, and
`test_rules*.py` holds both to expectations written by hand.

`reference_reports` says which report stands, `reference_formulas` what a formula makes of it; here are the figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from libminsheng.definitions.formula import Binary, Call, Formula, Name, walk
from libminsheng.vocabulary.periods import GRAINS, Period
from tests.engine.reference_formulas import (
    Context,
    Definitions,
    Evaluation,
    IndicatorRule,
    MeasureRule,
    Operand,
    Outcome,
    operands_of,
)
from tests.engine.reference_reports import Node, Pool, Reports, Stretch, Tree, Value

__all__ = ["Definitions", "IndicatorRule", "MeasureRule", "evaluate"]

REMARKS = {"division", "period", "measure", "value", "unit", "basis", "scenario", "issuer", "approximate"}
REMARKS |= {"source", "note", "row", "file"}
UNITS = {"元": Fraction(1), "千元": Fraction(1000), "万元": Fraction(10000), "亿元": Fraction(10**8)}
FLAGS = ("out_of_bounds", "incomplete", "carried", "estimated", "unverified_definition")
STATUSES = ("no_data", "zero_denominator", "not_additive")
HIDDEN_DIVISIONS = ("share", "weighted", "annualised", "time_progress", "margin")


def evaluate(
    facts: Iterable[Mapping[str, Any]],
    definitions: Definitions,
    parents: Mapping[str, str | None],
    indicators: Sequence[str],
    *,
    by: Sequence[str] = (),
    period: str | None = None,
    start: str | None = None,
    end: str | None = None,
    divisions: Sequence[str] | None = None,
    reporters: Sequence[str] | None = None,
    own: bool = False,
) -> list[dict[str, Any]]:
    """Figures as the JSON of design §6."""
    rows = [dict(fact) for fact in facts if fact.get("value") is not None]
    plain = Tree(parents)
    tree = Tree(parents, own_is_a_part=own)
    evaluation = Evaluation(definitions, tree, _pools(rows, definitions, tree))
    periods = [Period.parse(row["period"], definitions.measures[row["measure"]].year_starts) for row in rows]
    grain = period or min((found.grain for found in periods), key=GRAINS.index)
    asked = {code for row in rows for code in plain.lineage(row["division"])}
    if divisions is not None:
        asked &= set(divisions)
    combinations = {tuple(row.get(column) for column in by) for row in rows} if by else set()
    breakdowns = [{}, *(dict(zip(by, cells, strict=True)) for cells in sorted(c for c in combinations if all(c)))]
    figures = []
    for name in indicators:
        code, _, edition = name.partition("@")
        starts = definitions.year_starts(Name(code))
        begin = Period.parse(start, starts).first_month if start else min(found.first_month for found in periods)
        finish = Period.parse(end, starts).last_month if end else max(found.last_month for found in periods)
        for when in Period.of(grain, begin, starts).to(Period.of(grain, finish, starts)):
            day = when.last_day
            editions = [rule for rule in definitions.indicators if (rule.code, rule.edition) == (code, edition)]
            rule = editions[0] if editions else definitions.in_force(code, day)
            if rule is None:
                continue
            formula = definitions.inlined(rule.tree, day)
            for division in asked:
                for breakdown in breakdowns:
                    context = Context(division, Stretch(when), frozenset(breakdown.items()))
                    figure = _figure(rule, formula, context, evaluation)
                    coverage = _coverage(formula, context, evaluation, rows, reporters, own=own)
                    figures.append((figure | {"by": breakdown, "coverage": coverage}, rule))
    done = [_flagged(figure, rule) for figure, rule in figures]
    done.sort(key=lambda f: (f["indicator"], f["division"], f["period"], tuple(f["by"].values()), f["edition"]))
    return done


def _pools(rows: list[dict[str, Any]], definitions: Definitions, tree: Tree) -> dict[Any, dict[str | None, Pool]]:
    pools: dict[tuple[str, str], dict[str | None, Pool]] = {}
    for row in rows:
        measure = definitions.measures[row["measure"]]
        issuers = pools.setdefault((measure.code, row.get("scenario") or "actual"), {})
        pool = issuers.setdefault(row.get("issuer") or None, Pool(tree, measure.time))
        key = frozenset((column, cell) for column, cell in row.items() if column not in REMARKS and cell)
        held = pool.reports.setdefault(tree.holder(row["division"]), {}).setdefault(key, Reports())
        number = Fraction(str(row["value"]))
        if row.get("unit"):
            number = number * UNITS[row["unit"]] / measure.factor
        value = Value(number, estimated=bool(row.get("approximate")))
        held.add(row.get("basis") or "period", Period.parse(row["period"], measure.year_starts), value)
    for issuers in pools.values():
        for pool in issuers.values():
            for keys in pool.reports.values():
                for held in keys.values():
                    held.difference()
    return pools


def _figure(rule: IndicatorRule, formula: Formula, context: Context, evaluation: Evaluation) -> dict[str, Any]:
    outcome = evaluation.outcome(formula, context)
    status = next((status for status in STATUSES if status in outcome.statuses), "ok")
    flags = set(outcome.flags)
    value = None
    if status == "ok":
        assert outcome.number is not None
        exact = outcome.number * rule.multiplier
        low, high = rule.bounds or (None, None)
        if (low is not None and exact < Fraction(low)) or (high is not None and exact > Fraction(high)):
            flags.add("out_of_bounds")
        value = rounded(exact, rule.decimals, rule.rounding)
    sides = _sides(formula, outcome, context, evaluation)
    return {
        "indicator": rule.code,
        "edition": rule.edition,
        "division": context.division,
        "period": str(context.stretch.period),
        "by": {},
        "value": value,
        "unit": rule.unit,
        "numerator": sides[0],
        "denominator": sides[1],
        "status": status,
        "flags": flags,
        "coverage": {},
        "missing": list(outcome.missing) if status == "no_data" else [],
    }


def _sides(
    formula: Formula, outcome: Outcome, context: Context, evaluation: Evaluation
) -> tuple[str | None, str | None]:
    def divides(node: Formula) -> bool:
        if isinstance(node, Binary):
            return node.operator == "/"
        return isinstance(node, Call) and node.function in HIDDEN_DIVISIONS

    count = sum(map(divides, walk(formula)))
    if count == 1 and isinstance(formula, Binary) and formula.operator == "/":
        left, right = evaluation.outcome(formula.left, context), evaluation.outcome(formula.right, context)
        return plain(left.number), plain(right.number)
    if outcome.number is None:
        return None, None
    if count == 0:
        return plain(outcome.number), "1"
    return str(outcome.number.numerator), str(outcome.number.denominator)


def _flagged(figure: dict[str, Any], rule: IndicatorRule) -> dict[str, Any]:
    flags = set(figure["flags"])
    if figure["coverage"]["reported"] < figure["coverage"]["expected"]:
        flags.add("incomplete")
    if not rule.verified:
        flags.add("unverified_definition")
    return figure | {"flags": [flag for flag in FLAGS if flag in flags]}


def _coverage(
    formula: Formula,
    context: Context,
    evaluation: Evaluation,
    rows: list[dict[str, Any]],
    reporters: Sequence[str] | None,
    *,
    own: bool,
) -> dict[str, int]:
    tree = Tree(evaluation.tree.parents)
    operands = [operand for operand in operands_of(formula, context) if operand.context.scenario == "actual"]
    if not operands:
        expected = []
    elif reporters is not None:
        expected = sorted(set(reporters))
    else:
        measures = {operand.measure for operand in operands}
        actual = {
            row["division"]
            for row in rows
            if row["measure"] in measures and (row.get("scenario") or "actual") == "actual"
        }
        expected = sorted(code for code in actual if not actual & set(tree.below(code)))
    expected = [code for code in expected if context.division in tree.lineage(code)]
    reported = 0
    for code in expected:
        lineage = tree.lineage(code)
        heard = [code] if own else lineage[: lineage.index(context.division) + 1]
        nodes = [evaluation.tree.holder(division) for division in heard]
        reported += all(_heard(operand, nodes, evaluation) for operand in operands)
    return {"reported": reported, "expected": len(expected)}


def _heard(operand: Operand, nodes: list[Node], evaluation: Evaluation) -> bool:
    allowed = operand.allowed()
    stretch = operand.context.stretch
    months: set[int] = set()
    for issuer, pool in evaluation.pools.get((operand.measure, operand.context.scenario), {}).items():
        for node in nodes:
            for key, held in pool.reports.get(node, {}).items():
                cells = dict(key) | ({"issuer": issuer} if issuer else {})
                if not all(cells.get(column) in values for column, values in allowed.items()):
                    continue
                if pool.time != "flow":
                    if pool.selected(held, stretch.period):
                        return True
                    continue
                for first, last in held.spans():
                    if stretch.holds(first, last):
                        months.update(range(first, last + 1))
    return months >= set(range(stretch.first, stretch.last + 1))


def rounded(exact: Fraction, decimals: int, rounding: str) -> str:
    """A number as it is printed, rounded once."""
    scaled = abs(exact) * 10**decimals
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    up = twice > scaled.denominator or (twice == scaled.denominator and (rounding == "half_up" or whole % 2 == 1))
    if rounding != "truncate" and up:
        whole += 1
    digits = str(whole).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if exact < 0 and whole else text


def plain(number: Fraction | None) -> str | None:
    """A number that ends, in full and without trailing zeros."""
    if number is None:
        return None
    decimals = 0
    while (number * 10**decimals).denominator != 1:
        decimals += 1
        if decimals > 60:
            return f"{number.numerator}/{number.denominator}"
    return rounded(number, decimals, "truncate")
