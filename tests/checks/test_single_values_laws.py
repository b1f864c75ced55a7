"""Laws of the checks on single values: clean data of every family is quiet, and what was planted is found and named."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libminsheng.checks import Finding
from tests.checks.series import FAMILIES, code, found, frame, label

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=15, deadline=None)


def _keys(findings: list[Finding]) -> Counter[tuple[str, ...]]:
    return Counter(
        (one.code, *(str(one.where.get(name)) for name in ("division", "period", "measure"))) for one in findings
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_clean_panel_is_quiet(family: str) -> None:
    """No error, and at most 6 warnings in 10,000 values, over three shapes."""
    warnings = values = 0
    for number, (rows, columns) in enumerate(((150, 24), (30, 12), (60, 1))):
        made = FAMILIES[family](np.random.default_rng(number), rows, columns)
        findings = found(frame({"paid": made, "heads": made}), rows)
        assert not [one for one in findings if one.severity == "error"]
        warnings += sum(one.severity == "warning" for one in findings)
        values += 2 * made.size
    assert warnings * 10_000 <= 6 * values


@pytest.mark.parametrize("shift", [0.2, 4, 8])
def test_a_level_that_shifts_and_stays_is_a_note_at_most(shift: float) -> None:
    rng = np.random.default_rng(5)
    begins = rng.integers(2, 22, (60, 1))
    made = np.round(5000 * np.where(np.arange(24) >= begins, shift, 1) * np.exp(rng.normal(0, 0.15, (60, 24))))
    assert {one.severity for one in found(frame({"paid": made}), 60)} <= {"note"}


@FEW
@given(
    seed=SEEDS,
    shape=st.sampled_from([(1, 1), (1, 12), (2, 2), (3, 24), (7, 5)]),
    family=st.sampled_from(list(FAMILIES)),
)
def test_few_values_never_crash(seed: int, shape: tuple[int, int], family: str) -> None:
    rng = np.random.default_rng(seed)
    made = FAMILIES[family](rng, *shape)
    made[rng.random(shape) < 0.3] = np.nan
    made *= rng.choice([-1, 1, 1, 1e20], shape)
    if np.isfinite(made).any():
        assert all(one.text("zh") and one.text("en") for one in found(frame({"paid": made}), shape[0]))


@FEW
@given(seed=SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = FAMILIES["lognormal"](rng, 12, 12)
    made[3, 4] *= 10_000
    made[5, 6] *= 40
    facts = frame({"paid": made})
    assert _keys(found(facts, 12)) == _keys(found(facts.sample(fraction=1, shuffle=True, seed=seed % 1000), 12))


@FEW
@given(seed=SEEDS, power=st.integers(1, 6))
def test_one_factor_on_everything_changes_nothing(seed: int, power: int) -> None:
    rng = np.random.default_rng(seed)
    made = np.round(FAMILIES["lognormal"](rng, 12, 12)) + 10_000
    made[3, 4] *= 10_000
    made[5, 6] *= 40
    assert _keys(found(frame({"paid": made}), 12)) == _keys(found(frame({"paid": made * 10**power}), 12))


@FEW
@given(seed=SEEDS, power=st.sampled_from([-4, -3, 3, 4]), family=st.sampled_from(["steady", "lognormal", "laplace"]))
def test_a_planted_slip_is_found_and_named(seed: int, power: int, family: str) -> None:
    rng = np.random.default_rng(seed)
    made = FAMILIES[family](rng, 20, 24) * 1000
    row, column = int(rng.integers(20)), int(rng.integers(24))
    made[row, column] = np.round(np.median(made[row]) * 10.0**power, 2)  # of a usual value
    (one,) = (one for one in found(frame({"paid": made}), 20) if one.code != "outlier")
    assert (one.code, one.where["division"], one.where["period"]) == ("unit_slip", code(row), label(column))
    assert f"{'÷' if power > 0 else '×'} {10 ** abs(power)} =" in one.arithmetic


@FEW
@given(seed=SEEDS, share=st.sampled_from([0.1, 0.2, 0.3]))
def test_up_to_a_third_of_bad_values_are_all_found(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    made = FAMILIES["steady"](rng, 10, 10) * 1000
    bad = np.add.outer(rng.permutation(10), rng.permutation(10)) % 10 < 10 * share
    findings = found(frame({"paid": np.round(np.where(bad, made / 10_000, made), 2)}), 10)
    assert {(one.where["division"], one.where["period"]) for one in findings} == {
        (code(row), label(column)) for row, column in zip(*np.nonzero(bad), strict=True)
    }
    assert {one.code for one in findings} == {"unit_slip"}


@FEW
@given(seed=SEEDS, kind=st.sampled_from(["measures", "divisions", "periods"]))
def test_a_planted_swap_is_found_and_named(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    paid, heads = (FAMILIES["steady"](rng, 10, 24) for _ in range(2))
    paid = np.round(paid * 5 + 5000)
    heads = np.round(heads / 5 + 100)
    paid[:, 5] *= 6
    paid[4] *= 9
    if kind == "measures":
        paid[1, 2], heads[1, 2] = heads[1, 2], paid[1, 2]
        ends = {("paid", code(1), label(2)), ("heads", code(1), label(2))}
    elif kind == "divisions":
        paid[1, 2], paid[4, 2] = 60_000, 6000
        paid[1, [n for n in range(24) if n != 2]] = 6000
        paid[4, [n for n in range(24) if n != 2]] = 60_000
        ends = {("paid", code(1), label(2)), ("paid", code(4), label(2))}
    else:
        paid[1, 2], paid[1, 5] = paid[1, 5], paid[1, 2]
        ends = {("paid", code(1), label(2)), ("paid", code(1), label(5))}
    (one,) = (one for one in found(frame({"paid": paid, "heads": heads}), 10) if one.code != "outlier")
    assert one.code == "swapped_values"
    assert tuple(one.where[name] for name in ("measure", "division", "period")) in ends


@FEW
@given(seed=SEEDS, place=st.integers(0, 3))
def test_a_planted_transposition_is_found_and_named(seed: int, place: int) -> None:
    rng = np.random.default_rng(seed)
    made = np.round(rng.uniform(10_000, 99_999, (3, 6)))
    digits = "73948"
    made[1, 3] = 73_948
    whole = made.sum(axis=0, keepdims=True)
    made[1, 3] = float(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :])
    facts = frame({"heads": made}).vstack(frame({"heads": whole}, lambda _: "g0"))
    (one,) = (one for one in found(facts, 3, 1) if one.code == "digits_transposed")
    wanted = [one.hypotheses[0].what.in_("en"), *(guess.what.in_("en") for guess in one.hypotheses[1:])]
    assert any("73948" in text for text in wanted)
    assert one.where["period"] == label(3)
    assert "= 9 ×" in one.arithmetic or "= -9" in one.arithmetic or "9 × -" in one.arithmetic
