"""Digits in each other's place (数字换位): 8384 for 8348, 599 for 559.

Two neighbouring digits change places, or the doubled one of three is the wrong one. Nobody can see that in a
number alone: a sum must hold again once it is undone, or an outlier must be back where it should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from libminsheng.checks.capped import most, shown, written
from libminsheng.checks.expected import expected_log, printed
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.identities import Identity, broken
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.checks.slips import misprint
from libminsheng.checks.suspects import Suspects, suspects
from libminsheng.checks.swaps import explained as swaps
from libminsheng.checks.unit_slips import explained as slips
from libminsheng.engine.figures import exact_decimal

__all__ = ["Misprint", "digits_transposed", "explained", "misprints"]

_LAST: Final = frozenset(range(1, 10)) | frozenset(range(18, 82, 9))
"""What two such numbers differ by, without the zeros at its end."""


@dataclass(frozen=True)
class Misprint:
    """An entry, the whole number of smallest units that it should be, how it was misprinted, and what shows it."""

    at: int
    wanted: int
    kind: str
    arithmetic: str
    others: tuple[tuple[int, int], ...] = ()


def digits_transposed(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Values of which two neighbouring digits changed places, or the wrong one was doubled."""
    yield from most("digits_transposed", settings, misprints(panel), lambda found: _finding(panel, settings, found))


def misprints(panel: Panel) -> Sequence[Misprint]:
    """The misprints of a panel that no swap or slip explains; found once for all checks."""
    found = panel.shared.get("misprints")
    if found is None:
        settings = settings_of(panel.catalogue.rules).get("digits_transposed")
        asked = settings is not None and settings.rule() is not None
        found = panel.shared["misprints"] = tuple(_all(panel, settings)) if settings is not None and asked else ()
    assert isinstance(found, tuple)
    return found


def explained(panel: Panel) -> Mapping[int, Misprint]:
    """Each entry that a misprint explains."""
    return {found.at: found for found in misprints(panel)}


def _all(panel: Panel, settings: Settings) -> Iterator[Misprint]:
    taken = set(swaps(panel)) | set(slips(panel))
    for source in (_in_sums(panel, settings), _in_outliers(panel, settings)):
        for found in source:
            if found.at not in taken:
                taken.add(found.at)
                yield found


# ---------------------------------------------------------------------------------------- sums that fail


def _in_sums(panel: Panel, settings: Settings) -> Iterator[Misprint]:
    """One misprint in a sum that fails; one that mends two sums at once comes before one that mends one."""
    least, exchanged = settings.number("least"), set(swaps(panel))
    wanted: dict[tuple[int, int], list[Identity]] = {}
    for identity in broken(panel):
        if _plausible(identity.off) and not exchanged & set(identity.members):
            for at, value in _mending(panel, identity, least):
                wanted.setdefault((at, value), []).append(identity)
    done: set[Identity] = set()
    ranked = sorted(wanted, key=lambda key: (-len(wanted[key]), -_likelier(panel, *key), key))
    for at, value in ranked:
        mended = wanted[at, value]
        if done & set(mended):
            continue
        done |= set(mended)
        rivals = [key for key in ranked if key[0] != at and set(wanted[key]) & set(mended)]
        if len(rivals) < settings.number("rivals"):
            yield Misprint(
                at, value, str(misprint(_total(panel, at), value)), _sum(panel, mended[0]), tuple(rivals[:3])
            )


def _likelier(panel: Panel, at: int, value: int) -> float:
    """How much nearer to its expectation an entry is once corrected, in spreads of ten per cent; the usual misprint first."""
    seen = _total(panel, at)
    centre = expected_log(panel, at) + np.log(10) * panel.measure(at).decimals
    usual = 1.0 if misprint(seen, value) == "transposed" else 0.0
    if not np.isfinite(centre) or seen <= 0 or value <= 0:
        return usual
    return usual + 10 * float(abs(np.log(seen) - centre) - abs(np.log(value) - centre))


def _plausible(off: int) -> bool:
    while off % 10 == 0:
        off //= 10
    return abs(off) in _LAST


def _mending(panel: Panel, identity: Identity, least: float) -> Iterator[tuple[int, int]]:
    """The members of a sum, and what each would have to be, that a misprint explains."""
    for at in identity.members:
        seen = _total(panel, at)
        value = seen - identity.off if at == identity.total else seen + identity.off
        if misprint(seen, value) and abs(panel.exact(at)) >= least:
            yield at, value


def _sum(panel: Panel, identity: Identity) -> str:
    """12 + 30 = 42 ≠ 40, and what is left divided by nine where it is divisible."""
    parts = [shown(panel, at) for at in identity.parts]
    total, whole = panel.exact(identity.total), sum((panel.exact(at) for at in identity.parts), Decimal(0))
    listed = " + ".join(parts) if len(parts) <= 6 else f"{' + '.join(parts[:5])} + … ({len(parts)})"
    text = f"{listed} = {written(whole)} ≠ {shown(panel, identity.total)}"
    off = f"{shown(panel, identity.total)} - {written(whole)} = {written(total - whole)}"
    nine = f" = 9 × {written((total - whole) / 9)}" if identity.off % 9 == 0 else ""
    return f"{text}; {off}{nine}"


def _total(panel: Panel, at: int) -> int:
    return int(panel.sums.total[at])


# --------------------------------------------------------------------------------------------- outliers


def _in_outliers(panel: Panel, settings: Settings) -> Iterator[Misprint]:
    """Outliers whose first digits, exchanged, bring them back."""
    found = suspects(panel)
    off = np.abs(found.off)
    chosen = (
        (found.distance >= settings.number("distance")) & (off >= np.log(settings.number("times"))) & (off < np.log(5))
    )
    found = found.take(chosen & (found.beside < 1))
    for number in range(len(found)):
        back = _back(panel, found, number, settings.number("within"))
        if back is not None:
            yield back


def _back(panel: Panel, found: Suspects, number: int, within: float) -> Misprint | None:
    at = int(found.at[number])
    seen = _total(panel, at)
    if seen < 100:
        return None
    digits, expected = str(seen), found.expected(number)
    near = min(within * float(found.plain[number]), np.log(1.15))
    scale = 10.0 ** panel.measure(at).decimals
    for place in range(min(2, len(digits) - 1)):
        a, b = digits[place], digits[place + 1]
        value = int(f"{digits[:place]}{b}{a}{digits[place + 2 :]}")
        if a != b and len(str(value)) == len(digits) and abs(np.log(value / (expected * scale))) <= near:
            exact = panel.exact(at)
            wanted = exact * value / seen
            apart = exact - wanted
            text = f"{shown(panel, at)} - {written(wanted)} = 9 × {written(apart / 9)}; {written(wanted)} ≈ {printed(expected)}"
            return Misprint(at, value, "transposed", text)
    return None


# ---------------------------------------------------------------------------------------- how it is said


def _finding(panel: Panel, settings: Settings, found: Misprint) -> Finding:
    seen = shown(panel, found.at)
    return Finding(
        "digits_transposed",
        settings.severity(panel.measure(found.at).code),
        panel.where(found.at),
        seen=seen,
        arithmetic=found.arithmetic,
        hypotheses=tuple(_hypotheses(panel, found)),
        values={"value": seen, "wanted": _units(panel, found.at, found.wanted)},
        rule="digits_transposed",
    )


def _hypotheses(panel: Panel, found: Misprint) -> Iterator[Hypothesis]:
    share = 0.8 / (1 + len(found.others))
    for number, (at, wanted) in enumerate([(found.at, found.wanted), *found.others]):
        kind = misprint(_total(panel, at), wanted) or found.kind
        values = {"seen": shown(panel, at), "wanted": _units(panel, at, wanted)}
        yield hypothesis(
            "digits_doubled" if kind == "doubled" else "digits_exchanged", f"{share - 0.01 * number:.2f}", **values
        )
    yield hypothesis("value_true", "0.1")


def _units(panel: Panel, at: int, value: int) -> str:
    return written(exact_decimal(value, panel.measure(at).decimals))
