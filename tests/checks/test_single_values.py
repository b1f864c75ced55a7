"""Single values that do not look right, by example: each finding, and the case that must stay silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from libminsheng.checks.slips import misprint
from libminsheng.facts import read_facts
from tests.checks.series import Values, catalogue, code, found, frame, label, tree


def _steady(rows: int = 8, columns: int = 12, level: float = 50_000, seed: int = 1) -> Values:
    rng = np.random.default_rng(seed)
    return np.round(level * np.exp(rng.normal(0, 0.4, (rows, 1)) + rng.normal(0, 0.08, (rows, columns))))


# ------------------------------------------------------------------------------------------- unit slips


def test_yuan_reported_where_ten_thousand_yuan_is_asked() -> None:
    made = _steady(level=500)
    made[2, 7] = 5_120_000
    (one,) = found(frame({"granted": made}), 8)
    assert one.code == "unit_slip"
    assert one.where == {"division": code(2), "period": label(7), "measure": "granted"}
    assert one.severity == "warning"
    assert one.seen == "5120000"
    assert one.arithmetic.startswith("5120000 ÷ 10000 = 512 ≈ ")
    assert one.hypotheses[0].what.in_("en") == "filed in 元 where 万元 is asked for"


def test_ten_thousand_yuan_reported_where_yuan_is_asked() -> None:
    made = _steady()
    made[2, 7] = 5.1
    (one,) = found(frame({"paid": made}), 8)
    assert one.arithmetic.startswith("5.1 × 10000 = 51000 ≈ ")
    assert one.hypotheses[0].what.in_("zh") == "按“万元”填报，而要求的单位是“元”"


def test_a_share_reported_where_per_cent_is_asked() -> None:
    made = np.random.default_rng(1).uniform(90, 100, (8, 12)).round(2)
    made[2, 7] = 0.96
    (one,) = found(frame({"covered": made}), 8)
    assert (one.code, one.seen) == ("unit_slip", "0.96")


def test_a_whole_report_in_another_unit_is_one_finding() -> None:
    paid, spent, heads = _steady(), _steady(level=900_000, seed=2), _steady(level=700, seed=3)
    for made in (paid, spent):
        made[2, 7] = round(made[2, 7] / 10_000, 2)
    (one,) = found(frame({"paid": paid, "spent": spent, "heads": heads}), 8)
    assert one.where == {"division": code(2), "period": label(7)}
    assert one.message("en").startswith("2 of the 2 amounts of this report are about 1/10000")


def test_a_reporter_who_always_uses_another_unit_is_seen_beside_its_neighbours() -> None:
    paid, heads = _steady(), _steady(level=700, seed=3)
    paid[2] = np.round(paid[2] / 10_000, 2)
    (one,) = found(frame({"paid": paid, "heads": heads}), 8)
    assert one.where["division"] == code(2)
    assert "every period" in one.message("en")


def test_one_period_alone_is_judged_by_neighbours_per_head() -> None:
    heads = np.round(np.exp(np.random.default_rng(4).normal(8, 1.5, (20, 1))))
    paid = np.round(heads * 980)
    paid[6, 0] = round(paid[6, 0] / 10_000, 2)
    (one,) = found(frame({"paid": paid, "heads": heads}), 20)
    assert (one.code, one.where["division"]) == ("unit_slip", code(6))


def test_the_unit_column_is_named(tmp_path: Path) -> None:
    made = _steady()
    rows = [
        f"{code(row)},{label(column)},paid,{made[row, column]:.0f},{'万元' if (row, column) == (2, 7) else '元'}"
        for row in range(8)
        for column in range(12)
    ]
    path = tmp_path / "facts.csv"
    path.write_text("\n".join(["division,period,measure,value,unit", *rows]), "utf-8")
    (one,) = found(read_facts(path, catalogue=catalogue(), tree=tree(8)), 8)
    assert one.where["row"] == 2 * 12 + 7 + 2
    assert one.hypotheses[0].what.in_("en").startswith("the unit column says 万元")


def test_a_cumulative_report_is_judged_by_its_mean_so_far() -> None:
    made = np.cumsum(_steady(), axis=1)
    made[2, 7] = round(made[2, 7] / 10_000, 2)
    facts = frame({"paid": made}).with_columns(basis=pl.lit("year_to_date"))
    (one,) = found(facts, 8)
    assert (one.code, one.where["period"]) == ("unit_slip", label(7))


@pytest.mark.parametrize("values", [[3, 4, 2, 5, 3, 29], [1, 1, 1, 1, 1, 25]])
def test_small_numbers_are_never_slips_or_outliers(values: list[float]) -> None:
    assert found(frame({"heads": np.array([values] * 6 + [values[::-1]], float)}), 7) == []


# ----------------------------------------------------------------------------------------------- swaps


def test_two_measures_in_each_others_place_are_one_finding_and_no_slips() -> None:
    paid, heads = _steady(level=7_000_000), _steady(level=700, seed=3)
    paid[2, 7], heads[2, 7] = heads[2, 7], paid[2, 7]
    (one,) = found(frame({"paid": paid, "heads": heads}), 8)
    assert one.code == "swapped_values"
    assert {one.where["measure"]} <= {"paid", "heads"}


def test_a_pair_of_standards_the_lower_in_the_place_of_the_higher() -> None:
    facts = frame({"in_homes": np.array([[710.0]]), "at_home": np.array([[983.0]])})
    (one,) = found(facts, 1)
    assert (one.code, one.arithmetic) == ("swapped_values", "710 < 983")
    assert one.message("zh") == "710 与 983（at_home）疑似互换"
    assert found(frame({"in_homes": np.array([[983.0]]), "at_home": np.array([[710.0]])}), 1) == []


def test_a_parent_in_the_place_of_its_child() -> None:
    children = np.array([[400.0], [300.0], [200.0]])
    facts = frame({"heads": children}).vstack(frame({"heads": np.array([[900.0]])}, lambda _: "g0"))
    assert found(facts, 3, 1) == []
    children[0, 0] = 900
    facts = frame({"heads": children}).vstack(frame({"heads": np.array([[400.0]])}, lambda _: "g0"))
    (one,) = found(facts, 3, 1)
    assert (one.code, one.where["division"], one.arithmetic) == ("swapped_values", "g0", "900 = 400 + 500")


def test_two_children_of_different_parents_in_each_others_place() -> None:
    made = _steady(6, 4, 3000)
    whole = np.array([made[[0, 2, 4]].sum(axis=0), made[[1, 3, 5]].sum(axis=0)])
    made[0, 1], made[1, 1] = made[1, 1], made[0, 1]
    facts = frame({"heads": made}).vstack(frame({"heads": whole}, lambda row: f"g{row}"))
    (one,) = found(facts, 6, 2)
    assert one.code == "swapped_values"
    assert one.where["division"] in (code(0), code(1))


# ---------------------------------------------------------------------------------------------- digits


def test_two_digits_changed_places_and_a_sum_holds_again() -> None:
    children = np.array([[8384.0], [559.0], [2077.0]])
    facts = frame({"heads": children}).vstack(frame({"heads": np.array([[10984.0]])}, lambda _: "g0"))
    (one,) = found(facts, 3, 1)
    assert one.code == "digits_transposed"
    assert one.where["division"] == code(0)
    assert one.arithmetic == "8384 + 559 + 2077 = 11020 ≠ 10984; 10984 - 11020 = -36 = 9 × -4"
    assert one.message("en") == "8384 seems to be a misprint of 8348"


def test_the_wrong_digit_was_doubled() -> None:
    children = np.array([[599.0], [8348.0]])
    facts = frame({"heads": children}).vstack(frame({"heads": np.array([[8907.0]])}, lambda _: "g0"))
    (one,) = found(facts, 2, 1)
    assert one.hypotheses[0].what.in_("en") == "the wrong digit was doubled: 599 for 559"


def test_a_year_that_is_not_its_months_by_a_transposition() -> None:
    months = np.array([[8384.0, *[2077.0] * 11]])
    total = months.sum() - 36
    year = {"division": [code(0)], "period": ["2016"], "measure": ["heads"], "value": [f"{total:.2f}"]}
    (one,) = found(frame({"heads": months}).vstack(pl.DataFrame(year)), 1)
    assert (one.code, one.where["period"]) == ("digits_transposed", "2016-01")


def test_a_sum_that_is_off_by_anything_else_is_not_a_misprint() -> None:
    children = np.array([[8384.0], [559.0], [2077.0]])
    facts = frame({"heads": children}).vstack(frame({"heads": np.array([[10900.0]])}, lambda _: "g0"))
    assert found(facts, 3, 1) == []


def test_first_digits_exchanged_bring_an_outlier_back() -> None:
    made = np.round(np.random.default_rng(2).uniform(18_500, 19_500, (8, 12)))
    made[2, 7] = 91_044
    (one,) = found(frame({"heads": made}), 8)
    assert one.code == "digits_transposed"
    assert "91044 - 19044 = 9 × 8000" in one.arithmetic


@pytest.mark.parametrize(
    ("seen", "wanted", "kind"),
    [
        (8384, 8348, "transposed"),
        (599, 559, "doubled"),
        (559, 599, "doubled"),
        (1233, 1223, "doubled"),
        (55, 59, None),
        (123, 321, None),
        (7, 7, None),
    ],
)
def test_what_a_misprint_is(seen: int, wanted: int, kind: str | None) -> None:
    assert misprint(seen, wanted) == kind


# -------------------------------------------------------------------------------------------- outliers


def test_an_outlier_is_said_with_what_was_expected() -> None:
    made = _steady()
    made[2, 7] *= 37
    (one,) = found(frame({"paid": made}), 8)
    assert (one.code, one.severity) == ("outlier", "warning")
    assert one.where == {"division": code(2), "period": label(7), "measure": "paid"}


def test_a_digit_too_many_is_guessed() -> None:
    made = _steady()
    made[2, 7] *= 10
    (one,) = found(frame({"heads": made}), 8)
    assert one.hypotheses[0].what.in_("en") == "a digit too many"


def test_the_same_month_of_the_year_before_explains_it() -> None:
    made = _steady(columns=24)
    made[2, [11, 23]] *= 20
    assert found(frame({"paid": made}), 8) == []


def test_what_every_neighbour_did_in_the_period_is_no_outlier() -> None:
    made = _steady()
    made[:, 11] *= 20
    assert found(frame({"paid": made}), 8) == []


def test_more_findings_than_a_reader_reads_are_counted() -> None:
    made = _steady(300, 24)
    made[np.arange(300), np.arange(300) % 24] *= 10_000
    findings = found(frame({"paid": made}), 300)
    assert len(findings) == 201
    assert findings[-1].severity == "note"
    assert findings[-1].message("en") == "100 more findings of the rule unit_slip are not listed"


def test_nothing_reported_is_nothing_found() -> None:
    assert found(frame({"paid": np.full((1, 1), np.nan)}), 1) == []
