"""Planted faults: one mistake of each kind, at a place that is known, in a clean panel.

A fault changes what one person wrote and nothing else: a parent's report stays what it was. It is planted
where it can be seen at all, judged by how the panel was drawn (a value that is off by less than chance would
do is no outlier), never by what a check finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from bench import wrong_numbers
from bench.clean_panel import MONTHS, RATES, YEAR_TO_DATE, Panel
from bench.hand import ALL, FLOWS, MONEY, STOCKS, CannotError, Found, Hand, Planted

__all__ = ["KINDS", "plant"]

_TRIES: Final = 3000
_SETS: Final = (
    ("newborns_screened", "live_births"),
    ("newborns_hearing_screened", "live_births"),
    ("mothers_managed", "mothers"),
    ("trainees_passed", "trainees"),
    ("hotline_12333_answered", "hotline_12333_calls"),
    ("disability_subsidy_recipients", "disability_subsidy_eligible"),
    ("collective_care_recipients", "destitute_recipients"),
    ("resident_insured", "resident_insurable"),
)
_LAGGING: Final = frozenset({"newborns_screened", "newborns_hearing_screened", "mothers_managed"})
_DENOMINATORS: Final = (
    "resident_population",
    "resident_insurable",
    "disability_subsidy_eligible",
    "destitute_recipients",
)


def plant(panel: Panel, kind: str, rng: np.random.Generator) -> tuple[Panel, Planted]:
    """A copy of a panel with one fault of a kind, and where it is.

    Raises
    ------
    LookupError
        If no place was found that could bear it.
    """
    for _ in range(_TRIES):
        hand = Hand(panel, rng)
        try:
            found = KINDS[kind](hand)
        except CannotError:
            continue
        return hand.done(), Planted(kind, found)
    raise LookupError(kind)


# ------------------------------------------------------------------------------------- what contradicts itself


def _part_exceeds_whole(hand: Hand) -> Found:
    """One sex is more than there are."""
    division = hand.leaf()
    places, n = hand.month("trainees", division)
    panel, total = hand.panel, places[n].value
    sexes = [
        row
        for row in panel.of_division[division]
        if panel.rows[row][1:3] == (places[n].period, "trainees") and panel.rows[row][6] is not None
    ]
    if total < 500 or len(sexes) != 2:
        raise CannotError
    row = sexes[int(hand.rng.integers(2))]
    hand.values[row] = int((total // 100 + hand.rng.integers(1, 2 + total // 300)) * 100)
    return Found({"part_exceeds_whole"}, [(division, places[n].period, "trainees")])


def _parent_differs(hand: Hand, zero: bool = False) -> Found:
    """A parent's own report is not what its children's come to, or is 0 above them."""
    division, measure = hand.parent(), hand.pick(ALL)
    places, n = hand.month(measure, division, 4)
    value = places[n].value
    if value < 3000 or n > len(places) - 3:
        raise CannotError
    changed = 0 if zero else round(value / 100 * (1 + hand.rng.choice([-1, 1]) * hand.rng.uniform(0.02, 0.2))) * 100
    hand.write(places[n], changed)
    return Found({"parent_differs"}, [(division, places[n].period, measure)])


def _parent_zero(hand: Hand) -> Found:
    return _parent_differs(hand, zero=True)


def _subset_exceeds_set(hand: Hand) -> Found:
    """More were screened than born, in the period or so far in the year."""
    subset, whole = _SETS[int(hand.rng.integers(len(_SETS)))]
    division = hand.leaf()
    few, (many, n) = hand.months(subset, division, 24), hand.month(whole, division)
    if len(many) < 24 or many[n].value < 500:
        raise CannotError
    start = n
    if subset not in STOCKS:
        first = 10 if subset in _LAGGING else 1
        while start >= 0 and int(many[start].period[5:]) != first:
            start -= 1
        if start < 0:  # who was born before the panel begins may be screened now
            raise CannotError
    over = sum(place.value for place in many[start : n + 1]) - sum(place.value for place in few[start:n])
    hand.write(few[n], over + 100 * int(hand.rng.integers(1, 3 + many[n].value // 500)))
    # the contradiction lies between two reports: a finding at either names both
    return Found({"subset_exceeds_set"}, [(division, few[n].period, subset), (division, few[n].period, whole)])


def _out_of_bounds(hand: Hand) -> Found:
    """More job seekers were guided than there were; no rule says that they are a part."""
    division = hand.leaf()
    many, (few, n) = hand.months("job_seekers", division), hand.month("job_seekers_guided", division)
    start = n - int(few[n].period[5:]) + 1
    if start < 0 or len(many) != len(few) or many[n].value < 1000:
        raise CannotError
    over = sum(place.value for place in many[start : n + 1]) - sum(place.value for place in few[start:n])
    hand.write(few[n], over + 100 * int(hand.rng.integers(1, 3 + many[n].value // 1000)))
    return Found({"out_of_bounds"}, [(division, few[n].period, None)])


def _cumulative_falls(hand: Hand) -> Found:
    """What was reached by a month is less than what was reached a month before."""
    division, measure = hand.leaf(), hand.pick(sorted(YEAR_TO_DATE))
    places, n = hand.month(measure, division, 2)
    before = places[n - 1].value
    if places[n].period.endswith("-01") or before < 5000:
        raise CannotError
    hand.write(places[n], before * hand.rng.uniform(0.6, 0.97) // 100 * 100)
    return Found({"cumulative_falls"}, [(division, places[n].period, measure)])


def _year_differs(hand: Hand) -> Found:
    """A quarter or a year is not what its months come to."""
    division, measure = hand.leaf(), hand.pick(["legal_aid_cases", "hotline_12333_calls"])
    longer = [place for place in hand.panel.series.get((measure, division), ()) if place.period not in MONTHS]
    hand.months(measure, division, 24)
    if not longer:
        raise CannotError
    place = longer[int(hand.rng.integers(len(longer)))]
    if place.value < 2000:
        raise CannotError
    hand.write(place, round(place.value / 100 * (1 + hand.rng.choice([-1, 1]) * hand.rng.uniform(0.05, 0.3))) * 100)
    # a quarter that is wrong differs from its months, and the year from its quarters; the wrong report is meant
    return Found({"year_differs"}, [(division, place.period, measure)])


def _stock_summed(hand: Hand) -> Found:
    """Somebody added up the months of a stock."""
    division = hand.leaf()
    months = {place.period: place.value for place in hand.months("dibao_recipients", division, 24)}
    longer = [p for p in hand.panel.series[("dibao_recipients", division)] if p.period not in MONTHS]
    place = longer[int(hand.rng.integers(len(longer)))]
    parts = [v for period, v in months.items() if period[:4] == place.period[:4]]
    if len(place.period) > 4:
        parts = parts[3 * int(place.period[-1]) - 3 : 3 * int(place.period[-1])]
    hand.write(place, sum(parts))
    return Found({"stock_summed"}, [(division, place.period, "dibao_recipients")])


def _rate_impossible(hand: Hand) -> Found:
    """A printed rate that its counts do not give."""
    division = hand.leaf()
    measure = hand.pick([*RATES, "funds_utilization_reported"])
    places = hand.panel.months(measure, division)
    if len(places) < 8:
        raise CannotError
    place = places[int(hand.rng.integers(1, len(places) - 1))]
    shift = int(hand.rng.choice([-1, 1]) * hand.rng.integers(3, 400))
    if not 0 < place.value + shift <= 10_000:
        raise CannotError
    hand.write(place, place.value + shift)
    return Found({"rate_impossible"}, [(division, place.period, measure)])


def _percent_for_points(hand: Hand) -> Found:
    """A rate that was reported in percentage points."""
    division, measure = hand.leaf(), hand.pick([*RATES, "funds_utilization_reported"])
    places = hand.panel.months(measure, division)
    if not places:
        raise CannotError
    place = places[int(hand.rng.integers(len(places)))]
    hand.units[place.row] = "百分点"
    return Found({"percent_for_points"}, [(division, place.period, measure)])


# ------------------------------------------------------------------------------------------- forms and years


def _sent_again(hand: Hand) -> Found:
    """Last month's form once more: every flow of it."""
    division = hand.leaf()
    n = int(hand.rng.integers(2, 23))
    if MONTHS[n].endswith("-01"):
        raise CannotError
    told = 0
    for measure in (
        *FLOWS,
        "live_births",
        "newborns_screened",
        "newborns_hearing_screened",
        "mothers",
        "mothers_managed",
        *MONEY,
    ):
        places = hand.months(measure, division, 24)
        hand.values[places[n].row] = places[n - 1].value
        told += places[n - 1].value >= 1000
    if told < 6:
        raise CannotError
    return Found({"duplicate"}, [(division, MONTHS[n], None)])


def _basis_cumulative(hand: Hand) -> Found:
    """Somebody reports the year so far where the month is asked for."""
    division, measure = hand.leaf(), hand.pick([m for m in (*FLOWS, *MONEY) if m != "shanty_units_started"])
    places, year = hand.months(measure, division, 24), int(hand.rng.integers(2)) * 12
    total = 0
    if sum(place.value for place in places[year : year + 12]) < 30_000:
        raise CannotError
    for place in places[year : year + 12]:
        total += place.value
        hand.values[place.row] = total
    return Found({"basis_confused"}, [(division, None, measure)])


def _basis_period(hand: Hand) -> Found:
    """Somebody reports the month where the year so far is asked for."""
    division, measure = hand.leaf(), hand.pick(sorted(YEAR_TO_DATE))
    places, year = hand.months(measure, division, 24), int(hand.rng.integers(2)) * 12
    if places[year + 11].value < 30_000:
        raise CannotError
    for before, place in zip(places[year:], places[year + 1 : year + 12], strict=False):
        hand.values[place.row] = place.value - before.value
    return Found({"basis_confused"}, [(division, None, measure)])


def _missing_report(hand: Hand) -> Found:
    """A month of which a division sent nothing, or not this."""
    division, measure = hand.leaf(), hand.pick(ALL)
    places, n = hand.month(measure, division, 3)
    whole = hand.rng.random() < 0.5
    zeros = sum(place.value == 0 for place in places)
    if not whole and zeros > 3:
        raise CannotError
    period = places[n].period
    for row in hand.panel.of_division[division]:
        one = hand.panel.rows[row]
        if one[1] == period and (whole or one[2] == measure):
            hand.dropped.add(row)
    return Found({"missing_report"}, [(division, period, None if whole else measure)])


def _late_report(hand: Hand) -> Found:
    """The newest month is not there yet."""
    division = hand.leaf()
    hand.months("resident_population", division, 24)
    for row in hand.panel.of_division[division]:
        one = hand.panel.rows[row]
        if one[1] == MONTHS[-1]:
            hand.dropped.add(row)
    return Found({"late_report"}, [(division, MONTHS[-1], None)])


def _denominator_changed(hand: Hand) -> Found:
    """From a month in mid-year on a denominator is another one."""
    division, measure = hand.leaf(), hand.pick(_DENOMINATORS)
    places = hand.months(measure, division, 24)
    year, month = int(hand.rng.integers(2)) * 12, int(hand.rng.integers(3, 10))
    factor = 1 + float(hand.rng.choice([-1, 1]) * hand.rng.uniform(0.13, 0.4))
    count = places[year].value / 100
    if count < 60 or abs(factor - 1) * np.sqrt(count) < 4:
        raise CannotError
    for place in places[year + month : year + 12]:
        hand.write(place, round(place.value / 100 * factor) * 100)
    return Found({"denominator_changed"}, [(division, places[year + month].period, measure)])


def _zero_for_blank(hand: Hand) -> Found:
    """A 0 where nothing was counted, and where a 0 by chance is all but impossible."""
    division, measure = hand.leaf(), hand.pick(ALL)
    places, n = hand.month(measure, division)
    mean = min(hand.mean(measure, division, place.period) for place in places) / 100
    if mean < 15 or hand.panel.noise[measure] > 0.4 or places[n].value == 0:
        raise CannotError
    hand.write(places[n], 0)
    return Found({"blank_zero"}, [(division, places[n].period, measure)])


def _blank_for_zero(hand: Hand) -> Found:
    """Nothing where 0 was counted, as so often."""
    division, measure = hand.leaf(), hand.pick([*FLOWS, "live_births", "newborns_screened"])
    places, n = hand.month(measure, division, 3)
    zeros = sum(place.value == 0 for place in places)
    if places[n].value or not 9 <= zeros <= 20 or measure in ("live_births", "trainees", "trainees_passed"):
        raise CannotError
    hand.dropped.add(places[n].row)
    # a blank among zeros is a 0 that was not written down or a report that was not made: both are right
    return Found({"blank_zero", "missing_report"}, [(division, places[n].period, measure)])


# ------------------------------------------------------------------------------------------ hard to believe


def _per_head(hand: Hand) -> Found:
    """Care in institutions is paid by a tariff that nobody has."""
    division = hand.leaf()
    places, n = hand.month("collective_care_funds", division)
    heads = hand.months("collective_care_recipients", division)
    year = n - int(places[n].period[5:]) + 1
    if year < 0 or heads[n].value < 1000:
        raise CannotError
    before = sum(place.value for place in places[year:n])
    wrong = 1 + float(hand.rng.choice([-1, 1]) * hand.rng.uniform(0.25, 0.5))
    value = (before + places[n].value) * wrong - before
    if value <= 0:
        raise CannotError
    hand.write(places[n], value)
    return Found({"per_head_off_standard"}, [(division, places[n].period, "collective_care_funds")])


def _implausible_ratio(hand: Hand) -> Found:
    """Six people to a dwelling."""
    division = hand.leaf()
    people, n = hand.month("shanty_beneficiaries", division)
    units = hand.months("shanty_units_started", division)
    year = n - int(people[n].period[5:]) + 1
    built = 0 if year < 0 else sum(place.value for place in units[year : n + 1])
    if built < 4000:
        raise CannotError
    before = sum(place.value for place in people[year:n])
    hand.write(people[n], round(built / 100 * hand.rng.uniform(5, 7)) * 100 - before)
    # the ratio is of two reports
    return Found(
        {"implausible_ratio"},
        [(division, people[n].period, m) for m in ("shanty_beneficiaries", "shanty_units_started")],
    )


KINDS: Final[Mapping[str, Callable[[Hand], Found]]] = {
    "part_exceeds_whole": _part_exceeds_whole,
    "parent_differs": _parent_differs,
    "parent_differs: 0 above children": _parent_zero,
    "subset_exceeds_set": _subset_exceeds_set,
    "out_of_bounds": _out_of_bounds,
    "cumulative_falls": _cumulative_falls,
    "year_differs": _year_differs,
    "basis_confused: cumulative as period": _basis_cumulative,
    "basis_confused: period as cumulative": _basis_period,
    "unit_slip: × 10000": wrong_numbers.myriad,
    "unit_slip: × 1000": wrong_numbers.thousand,
    "unit_slip: ÷ 10000": wrong_numbers.myriadth,
    "unit_slip: year-to-date ÷ 10000": wrong_numbers.cumulative_slip,
    "swapped_values: measures": wrong_numbers.swapped_measures,
    "swapped_values: divisions": wrong_numbers.swapped_divisions,
    "swapped_values: standards": wrong_numbers.swapped_standards,
    "digits_transposed: 8384 for 8348": wrong_numbers.transposed,
    "digits_transposed: 599 for 559": wrong_numbers.doubled,
    "printed_twice": wrong_numbers.printed_twice,
    "duplicate: form sent again": _sent_again,
    "outlier": wrong_numbers.outlier,
    "per_head_off_standard": _per_head,
    "implausible_ratio": _implausible_ratio,
    "missing_report": _missing_report,
    "late_report": _late_report,
    "denominator_changed": _denominator_changed,
    "stock_summed": _stock_summed,
    "blank_zero: 0 for a blank": _zero_for_blank,
    "blank_zero: blank for 0": _blank_for_zero,
    "percent_for_points": _percent_for_points,
    "rate_impossible": _rate_impossible,
}
"""What is planted, by kind; the same key twice is planted in a file, because frames add equal keys up."""
