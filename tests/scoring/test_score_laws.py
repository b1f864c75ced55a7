"""Scores over random schemes and random facts: bounds, directions, weights, totals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.scheme import Group, Item, Scheme
from libminsheng.engine.rounding import round_fraction
from libminsheng.scoring import Scorecard
from libminsheng.vocabulary.text import Text
from tests.scoring.strategies import items

COUNTY = "340102"
COMPOSITES = ("weighted", "linear", "opportunity", "all_or_nothing")
MISSING = ("withheld", "redistributed", "zero")
MANY = ms.catalogue(
    packs=[
        Pack(
            "many",
            measures=tuple(ms.Measure(f"{side}{n}", unit="个") for side in "nd" for n in range(4)),
            indicators=tuple(ms.Indicator(f"r{n}", f"n{n} / d{n}", "%") for n in range(4)),
        )
    ],
    builtin=False,
)

Reported = Mapping[str, tuple[int | None, int | None]]
"""Numerator and denominator of each indicator."""

reported = st.fixed_dictionaries(
    {f"r{n}": st.tuples(st.none() | st.integers(-50, 200), st.none() | st.integers(-3, 90)) for n in range(4)}
)
whole = st.fixed_dictionaries({f"r{n}": st.tuples(st.integers(-50, 200), st.integers(1, 90)) for n in range(4)})


@st.composite
def schemes(draw: Any, composites: tuple[str, ...] = COMPOSITES, missing: tuple[str, ...] = MISSING) -> Scheme:
    count = draw(st.integers(1, 4))
    names = draw(st.sampled_from([[], ["g"], ["g", "h"], ["g", "h", "i"]]))[:count]
    made: list[Item] = []
    for n in range(count):
        method = draw(st.sampled_from(["proportional", "threshold", "stepped", "banded", "rated", "direct"]))
        better = draw(st.sampled_from(["higher", "lower"] if method == "banded" else ["higher", "lower", "target"]))
        zero = draw(st.sampled_from(["missing", "full_if_none"]))
        group = names[n] if n < len(names) else draw(st.sampled_from(names)) if names else None
        weight = draw(st.none() | st.integers(1, 9).map(Decimal))
        item = draw(items(method, better))
        made.append(
            replace(item, indicator=f"r{n}", code=f"r{n}", better=better, zero_target=zero, group=group, weight=weight)
        )
    groups = []
    for name in names:
        inside = [item for item in made if item.group == name]
        weights = sum((item.weight for item in inside if item.weight is not None), Decimal(0))
        weights += sum(item.weight is None for item in inside)
        to = draw(st.sampled_from([None, *(other for other in names if other != name)]))
        groups.append(Group(name, Text(), weights, to))
    bare = sum((item.weight or Decimal(1) for item in made), Decimal(0))
    return Scheme(
        "s",
        "1",
        Text(),
        tuple(made),
        total=sum((group.weight for group in groups), Decimal(0)) or bare,
        groups=tuple(groups),
        composite=draw(st.sampled_from(composites)),
        missing=draw(st.sampled_from(missing)),
        decimals=draw(st.integers(0, 4)),
        rounding=draw(st.sampled_from(["half_up", "half_even", "truncate"])),
    )


def facts_of(some: Reported) -> pl.DataFrame:
    rows = [
        (COUNTY, "2020", f"{side}{code[1:]}", value)
        for code, pair in some.items()
        for side, value in zip("nd", pair, strict=True)
        if value is not None
    ]
    schema = {"division": pl.String, "period": pl.String, "measure": pl.String, "value": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def card_of(facts: pl.DataFrame, scheme: str | Scheme, catalogue: ms.Catalogue | None = MANY) -> Scorecard:
    (card,) = ms.score(facts, scheme, catalogue=catalogue, divisions=[COUNTY])
    return card


def valued(item: Item, some: Reported) -> bool:
    top, low = some[item.code]
    if top is None or low is None:
        return False
    return low != 0 or item.zero_target == "full_if_none"


def placed(scheme: Scheme, name: str, full: set[str]) -> bool:
    """Whether the weight of an empty group ends in one that is not."""
    seen: set[str] = set()
    to: str | None = name
    while to is not None and to not in full and to not in seen:
        seen.add(to)
        to = next(group.if_missing for group in scheme.groups if group.code == to)
    return to is not None and to in full


def gives_total(scheme: Scheme, some: Reported) -> bool:
    there = {item.code for item in scheme.items if valued(item, some)}
    if scheme.composite == "opportunity":
        able = [item for item in scheme.items if item.code in there and (some[item.code][1] or 0) > 0]
        return bool(able) and (scheme.missing != "withheld" or len(able) == len(scheme.items))
    if scheme.missing == "zero":
        return True
    if scheme.missing == "redistributed" or not there:
        return bool(there)
    groups = {item.group: [one for one in scheme.items if one.group == item.group] for item in scheme.items}
    full = {str(name) for name, inside in groups.items() if any(item.code in there for item in inside)}
    return all(
        all(item.code in there for item in inside)
        or (name is not None and name not in full and placed(scheme, name, full))
        for name, inside in groups.items()
    )


@settings(max_examples=200, deadline=None)
@given(schemes(), reported)
def test_a_score_lies_between_nothing_and_the_weights_sum(scheme: Scheme, some: Reported) -> None:
    card = card_of(facts_of(some), scheme) if not facts_of(some).is_empty() else None
    if card is None:
        return
    assert card.exact is None or 0 <= card.exact <= scheme.total
    for one in card.points:
        assert one.exact is None or 0 <= one.exact <= one.weight
    earned, of = card.so_far
    assert 0 <= earned <= of


@settings(max_examples=200, deadline=None)
@given(schemes(), reported.filter(lambda some: any(value is not None for pair in some.values() for value in pair)))
def test_there_is_no_total_exactly_where_the_scheme_says_so(scheme: Scheme, some: Reported) -> None:
    card = card_of(facts_of(some), scheme)
    assert (card.exact is not None) == gives_total(scheme, some)
    assert (card.status == "ok") == (card.total is not None)
    if scheme.composite != "opportunity":
        assert set(card.missing) == {item.code for item in scheme.items if not valued(item, some)}


@settings(max_examples=120, deadline=None)
@given(
    schemes(("weighted", "linear", "all_or_nothing"), ("withheld", "redistributed", "zero")),
    reported.filter(lambda some: any(value is not None for pair in some.values() for value in pair)),
    st.integers(0, 3),
    st.integers(0, 300),
)
def test_a_better_value_never_lowers_the_score(scheme: Scheme, some: Reported, which: int, more: int) -> None:
    item = scheme.items[which % len(scheme.items)]
    top, low = some[item.code]
    if top is None or low is None or low <= 0:
        return
    better = "higher" if item.method in ("rated", "direct") else item.better
    if better == "target":
        assert item.target is not None
        ideal = Fraction(item.target) * low / 100
        nearer = top + round_fraction((ideal - top) * min(more, 100) / 100, "truncate")
    else:
        nearer = top + more if better == "higher" else top - more
    before, after = (card_of(facts_of({**some, item.code: (n, low)}), scheme).exact for n in (top, nearer))
    assert (before is None) == (after is None)
    assert before is None or after is None or before <= after


@settings(max_examples=150, deadline=None)
@given(
    schemes(("weighted", "linear", "opportunity")),
    reported.filter(lambda some: any(value is not None for pair in some.values() for value in pair)),
)
def test_weights_add_up_to_the_total_however_they_moved(scheme: Scheme, some: Reported) -> None:
    card = card_of(facts_of(some), scheme)
    if card.exact is None:
        return
    assert sum((one.weight for one in card.points), Fraction(0)) == Fraction(scheme.total)
    if scheme.missing == "redistributed" and scheme.composite == "weighted":
        assert all((one.weight == 0) == (one.earned is None) for one in card.points)
        for group in scheme.groups:
            kept = [one for one in card.points if one.item.group == group.code and one.earned is not None]
            assert len({one.weight / scheme.weights[one.item.code] for one in kept}) <= 1, "in proportion"


@settings(max_examples=100, deadline=None)
@given(schemes(("weighted", "linear", "opportunity")), whole)
def test_the_total_is_the_exact_sum_rounded_once(scheme: Scheme, some: Reported) -> None:
    card = card_of(facts_of(some), scheme)
    exact = sum((one.earned.share * one.weight for one in card.points if one.earned), Fraction(0))
    assert card.exact == exact
    rounded = Fraction(round_fraction(exact * 10**scheme.decimals, scheme.rounding), 10**scheme.decimals)
    assert card.total is not None
    assert Fraction(card.total) == rounded
    assert card.total.as_tuple().exponent == -scheme.decimals


@settings(max_examples=60, deadline=None)
@given(schemes(("all_or_nothing",)), whole)
def test_all_or_nothing_is_everything_only_if_every_item_earned_all(scheme: Scheme, some: Reported) -> None:
    card = card_of(facts_of(some), scheme)
    assert all(one.earned is not None for one in card.points)
    full = all(one.earned is not None and one.earned.share == 1 for one in card.points)
    assert card.exact == (scheme.total if full else 0)


@settings(max_examples=60, deadline=None)
@given(schemes(("linear",)), whole)
def test_linear_is_the_mean_of_the_shares(scheme: Scheme, some: Reported) -> None:
    card = card_of(facts_of(some), scheme)
    shares = [one.earned.share for one in card.points if one.earned]
    assert card.exact == sum(shares, Fraction(0)) / len(scheme.items) * Fraction(scheme.total)


@settings(max_examples=60, deadline=None)
@given(schemes(("opportunity",)), whole)
def test_opportunity_is_numerators_over_denominators(scheme: Scheme, some: Reported) -> None:
    pairs = [some[item.code] for item in scheme.items]
    tops = sum(max(0, min(top or 0, low or 0)) for top, low in pairs)
    lows = sum(low or 0 for _, low in pairs)
    assert card_of(facts_of(some), scheme).exact == Fraction(tops, lows) * Fraction(scheme.total)


@settings(max_examples=40, deadline=None)
@given(schemes(), reported, st.integers(0, 100))
def test_the_order_of_reports_does_not_matter(scheme: Scheme, some: Reported, seed: int) -> None:
    facts = facts_of(some)
    one, other = (
        ms.score(rows, scheme, catalogue=MANY).to_dicts()
        for rows in (facts, facts.sample(fraction=1, shuffle=True, seed=seed))
    )
    assert one == other


@settings(max_examples=40, deadline=None)
@given(schemes(), reported)
def test_scores_show_themselves_whatever_they_are(scheme: Scheme, some: Reported) -> None:
    scores = ms.score(facts_of(some), scheme, catalogue=MANY)
    assert scores.frame.height == len(scores) * len(scheme.items)
    assert json.loads(json.dumps(scores.to_dicts())) == scores.to_dicts()
    assert scores._repr_html_()
