"""Wrong numbers: another unit, another cell's number, digits that changed places, a figure from nowhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.clean_panel import LONGER, Place
from bench.hand import ALL, MONEY, CannotError, Found, Hand

__all__ = [
    "cumulative_slip",
    "doubled",
    "myriad",
    "myriadth",
    "outlier",
    "printed_twice",
    "swapped_divisions",
    "swapped_measures",
    "swapped_standards",
    "thousand",
    "transposed",
]


def _unit_slip(hand: Hand, factor: float, measures: tuple[str, ...] = ALL) -> Found:
    division, measure = hand.leaf(), hand.pick(measures)
    places, n = hand.month(measure, division)
    place = places[n]
    # below some dozens of people a thousand is out of reach of no mistake, but nobody would write 0.0003 万人
    if place.value < 3000 or place.value * factor < (100 if measure in MONEY else 3000):
        raise CannotError
    if abs(np.log(factor)) < 6 * hand.spread(measure, division, place.period):
        raise CannotError
    hand.write(place, place.value * factor if factor > 1 else round(place.value * factor))
    return Found({"unit_slip"}, [(division, place.period, measure)])


def thousand(hand: Hand) -> Found:
    """千元 for 元, read as what it is not."""
    return _unit_slip(hand, 1e3)


def myriad(hand: Hand) -> Found:
    """元 where 万元 were meant."""
    return _unit_slip(hand, 1e4)


def myriadth(hand: Hand) -> Found:
    """万元 for 元, of amounts that are large enough to have been kept with two decimals."""
    return _unit_slip(hand, 1e-4, MONEY)


def cumulative_slip(hand: Hand) -> Found:
    """A year-to-date amount in 万元."""
    division, measure = hand.leaf(), hand.pick(["funds_allocated", "funds_disbursed", "funds_used"])
    places, n = hand.month(measure, division, 1)
    if places[n].value < 10_000_000 or places[n].period[5:] < "03":
        raise CannotError
    hand.write(places[n], round(places[n].value / 1e4))
    return Found({"unit_slip"}, [(division, places[n].period, measure)])


def outlier(hand: Hand) -> Found:
    """Far from what was drawn, by six standard deviations and at least three times, and no round factor."""
    division, measure = hand.leaf(), hand.pick(ALL)
    places, n = hand.month(measure, division)
    mean = hand.mean(measure, division, places[n].period)
    factor = max(3.0, float(np.exp(6 * hand.spread(measure, division, places[n].period)))) * hand.rng.uniform(1, 1.4)
    if mean < 5000 or factor > 7:
        raise CannotError
    up = hand.rng.random() < 0.6
    value = round(mean / 100 * (factor if up else 1 / factor)) * 100
    if value < 3000:
        raise CannotError
    hand.write(places[n], value + (0 if measure not in MONEY else int(hand.rng.integers(1, 99))))
    return Found({"outlier"}, [(division, places[n].period, measure)])


def swapped_measures(hand: Hand) -> Found:
    """Two neighbouring cells of one form, each far from what it should be once they have changed places."""
    division = hand.leaf()
    first, second = hand.pick(ALL), hand.pick(ALL)
    mine, n = hand.month(first, division)
    theirs = hand.months(second, division)
    other = next((place for place in theirs if place.period == mine[n].period), None)
    if first == second or other is None or _differ(first, second) or min(mine[n].value, other.value) < 3000:
        raise CannotError
    _exchange(hand, (first, division, mine[n]), (second, division, other))
    period = mine[n].period
    return Found({"swapped_values"}, [(division, period, first), (division, period, second)])


def swapped_divisions(hand: Hand) -> Found:
    """Two lines of one table."""
    division, measure = hand.leaf(), hand.pick(ALL)
    sibling = hand.free(hand.pick(hand.panel.children[hand.panel.above[division]]))
    mine, n = hand.month(measure, division)
    other = next((place for place in hand.months(measure, sibling) if place.period == mine[n].period), None)
    if sibling == division or other is None or min(mine[n].value, other.value) < 3000:
        raise CannotError
    _exchange(hand, (measure, division, mine[n]), (measure, sibling, other))
    period = mine[n].period
    return Found({"swapped_values"}, [(division, period, measure), (sibling, period, measure)])


def swapped_standards(hand: Hand) -> Found:
    """集中 and 分散 in each other's place: the standard of care in institutions is below that at home."""
    division = hand.leaf()
    mine, n = hand.month("collective_care_standard", division)
    other = hand.months("home_care_standard", division)[n]
    hand.write(mine[n], other.value)
    hand.write(other, mine[n].value)
    period = mine[n].period
    return Found(
        {"swapped_values"},
        [
            (division, period, "collective_care_standard"),
            (division, period, "home_care_standard"),
        ],
    )


def _differ(first: str, second: str) -> bool:
    """A count is never written where an amount with fen stood."""
    return (first in MONEY) != (second in MONEY)


def _exchange(hand: Hand, mine: tuple[str, str, Place], theirs: tuple[str, str, Place]) -> None:
    """Exchange two values that are so far apart that chance would hardly do it: six standard deviations, three times."""
    spread = max(hand.spread(measure, division, place.period) for measure, division, place in (mine, theirs))
    off = abs(np.log(mine[2].value / theirs[2].value))
    if off < max(np.log(3), 6 * spread):
        raise CannotError
    hand.write(mine[2], theirs[2].value)
    hand.write(theirs[2], mine[2].value)


def _digits(hand: Hand, wrong: Callable[[str, int], str | None]) -> Found:
    """Digits of a value that a sum of divisions or of months holds."""
    division, measure = hand.leaf(), hand.pick(ALL)
    places, n = hand.month(measure, division)
    above = hand.panel.above[division]
    sums = any(place.period == places[n].period for place in hand.panel.months(measure, above))
    text = str(places[n].value) if measure in MONEY else str(places[n].value // 100)
    if not (sums or measure in LONGER) or len(text) < 3:
        raise CannotError
    changed = wrong(text, int(hand.rng.integers(len(text) - 1)))
    if changed is None or changed[0] == "0":
        raise CannotError
    siblings = [hand.panel.months(measure, one) for one in hand.panel.children[above]]
    if any(some and places[n].period not in {place.period for place in some} for some in siblings):
        raise CannotError  # the sum is not complete: nothing can show it
    value = int(changed) * (1 if measure in MONEY else 100)
    hand.write(places[n], value)
    period = places[n].period
    # Where several members of one sum could be misprinted by the same difference nobody can know which one is; the finding
    # then stands at one of them, or at the total, and has to name the right number among its hypotheses.
    family = [(one, period, measure) for one in (above, *hand.panel.children[above])]
    ends = [(division, None, measure)]
    return Found(
        {"digits_transposed"}, [(division, period, measure), *family, *ends], (_told(value), _told(places[n].value))
    )


def _told(value: int) -> str:
    text = f"{value // 100}.{value % 100:02d}"
    return text.rstrip("0").rstrip(".")


def transposed(hand: Hand) -> Found:
    """8384 for 8348."""

    def wrong(text: str, at: int) -> str | None:
        return None if text[at] == text[at + 1] else text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    return _digits(hand, wrong)


def doubled(hand: Hand) -> Found:
    """599 for 559."""

    def wrong(text: str, at: int) -> str | None:
        a, b, c = (text + "??")[at : at + 3]
        if c in ("?", a) or b not in (a, c):
            return None
        return text[: at + 1] + (c if b == a else a) + text[at + 2 :]

    return _digits(hand, wrong)


def printed_twice(hand: Hand) -> Found:
    """The number of another cell of the form, where it is far from what should stand there."""
    division = hand.leaf()
    first, second = hand.pick(ALL), hand.pick(ALL)
    mine, n = hand.month(first, division)
    other = next((place for place in hand.months(second, division) if place.period == mine[n].period), None)
    if first == second or other is None or _differ(first, second) or mine[n].value < 3000:
        raise CannotError
    digits = len(str(other.value // 100).rstrip("0"))
    off = abs(np.log(mine[n].value / max(other.value, 1)))
    if digits < 4 or off < max(np.log(3), 6 * hand.spread(first, division, mine[n].period)):
        raise CannotError
    hand.write(mine[n], other.value)
    period = mine[n].period
    return Found({"printed_twice"}, [(division, period, first), (division, period, second)])
