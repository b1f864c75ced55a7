"""One cause, one finding: what another finding explains is not said again, and comes back where its cause is not asked for."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.checks.causes import CAUSES

Rows = Sequence[tuple[str, str, str, object]]

DISTRICT, FIRST, SECOND, THIRD = "340102", "340102001", "340102003", "340102004"


def found(rows: Rows, *only: str) -> ms.Findings:
    table = [[str(cell) for cell in row] for row in rows]
    schema = dict.fromkeys(("division", "period", "measure", "value"), pl.String)
    return ms.check(pl.DataFrame(table, schema=schema, orient="row"), only=only or None)


def told(findings: ms.Findings) -> list[tuple[str, str, str, str]]:
    """Severity, code, division and period."""
    return [(one.severity, one.code, one.where["division"], one.where["period"]) for one in findings]


def year(**measures: object) -> Rows:
    return [(DISTRICT, "2017", code, value) for code, value in measures.items()]


def funds(slip: int = 1) -> Rows:
    """A year of money in three subdistricts; what one used in March times `slip`."""
    rows = []
    for place, division in enumerate((FIRST, SECOND, THIRD)):
        for month in range(1, 13):
            came = 400_000 + 7_000 * ((month * (place + 3)) % 11)
            went = came * 9 // 10 * (slip if (division, month) == (FIRST, 3) else 1)
            period = f"2017-{month:02d}"
            rows += [(division, period, "funds_disbursed", came), (division, period, "funds_used", went)]
    return rows


# ------------------------------------------------------------------------------------------ readable examples


def test_more_screened_than_born_is_one_error() -> None:
    assert told(found(year(newborns_screened=10642, live_births=10601))) == [
        ("error", "subset_exceeds_set", DISTRICT, "2017")
    ]
    (one,) = found(year(newborns_screened=10642, live_births=10601))
    assert one.hypotheses[0].what.in_("zh") == "新生儿遗传代谢病筛查人数与活产数可能互换"
    alone = found(year(newborns_screened=10642, live_births=10601), "out_of_bounds")
    assert [one.where["indicator"] for one in alone] == ["newborn_screening_rate"]


def test_used_above_disbursed_above_allocated_is_two_errors() -> None:
    (one, other) = found(year(funds_allocated=100, funds_disbursed=120, funds_used=130))
    assert one.arithmetic == "funds_disbursed = 120 > funds_allocated = 100"
    assert other.arithmetic == "funds_used = 130 > funds_disbursed = 120"
    (used,) = found(year(funds_allocated=100, funds_disbursed=100, funds_used=130))[:1]
    assert used.code == "subset_exceeds_set"


def test_the_two_standards_in_each_others_place_are_one_finding_with_the_arithmetic_of_all() -> None:
    care = {"collective_care_recipients": 29, "collective_care_funds": 356900}
    (one,) = found(year(collective_care_standard=710, home_care_standard=983, **care))
    assert (one.code, one.severity) == ("swapped_values", "warning")
    assert [where["measure"] for where in one.beside] == ["home_care_standard"]
    assert "29 × 12 × 710 = 247080 ≠ 356900 (+44.45 %)" in one.arithmetic
    assert not found(year(collective_care_standard=983, home_care_standard=710, **care))


def test_a_slip_is_as_grave_as_what_it_contradicts_and_is_not_said_of_every_later_month() -> None:
    assert not found(funds())
    (one,) = found(funds(slip=10_000))
    assert (one.code, one.severity, one.where["division"], one.where["period"]) == (
        "unit_slip",
        "error",
        FIRST,
        "2017-03",
    )
    assert "÷ 10000 = " in one.arithmetic
    assert "> funds_disbursed = " in one.arithmetic
    assert told(found(funds(slip=10_000), "compare")) == [("error", "subset_exceeds_set", FIRST, "2017-03")]


def test_a_ratio_of_the_year_so_far_is_told_of_its_first_month() -> None:
    rows = [(FIRST, f"2017-{m:02d}", "shanty_units_started", 100) for m in range(1, 7)]
    rows += [(FIRST, f"2017-{m:02d}", "shanty_beneficiaries", 900 if m == 2 else 290) for m in range(1, 7)]
    assert told(found(rows, "range")) == [("warning", "implausible_ratio", FIRST, "2017-02")]
    above = [(DISTRICT, period, code, value) for _, period, code, value in rows]
    assert told(found([*rows, *above], "range")) == [("warning", "implausible_ratio", FIRST, "2017-02")]
    later = [
        (*row[:3], {7: 500, 8: 700}.get(at, row[3])) for at, row in enumerate(above)
    ]  # the district's begins in March
    assert told(found([*rows, *later], "range")) == [("warning", "implausible_ratio", FIRST, "2017-02")]


def test_every_month_that_adds_to_what_is_too_much_is_said() -> None:
    rows = [(FIRST, f"2017-{m:02d}", "funds_disbursed", 100) for m in range(1, 7)]
    rows += [(FIRST, f"2017-{m:02d}", "funds_used", v) for m, v in enumerate([90, 150, 100, 130, 20, 50], start=1)]
    assert told(found(rows, "compare")) == [
        ("error", "subset_exceeds_set", FIRST, "2017-02"),
        ("error", "subset_exceeds_set", FIRST, "2017-04"),
    ]


def test_what_a_subdistrict_reports_is_not_said_again_of_the_district_that_adds_it_up() -> None:
    rows = [(FIRST, "2017", "live_births", 100), (FIRST, "2017", "newborns_screened", 150)]
    above = [(DISTRICT, "2017", "live_births", 100), (DISTRICT, "2017", "newborns_screened", 150)]
    assert told(found([*rows, *above])) == [("error", "subset_exceeds_set", FIRST, "2017")]
    assert told(found(above)) == [("error", "subset_exceeds_set", DISTRICT, "2017")]


def test_an_independent_contradiction_is_said_beside() -> None:
    rows = [*funds(slip=10_000), (SECOND, "2017-05", "newborns_screened", 9), (SECOND, "2017-05", "live_births", 5)]
    assert {one.code for one in found(rows)} == {"unit_slip", "out_of_bounds"}
    assert {one.where["division"] for one in found(rows)} == {FIRST, SECOND}


# ------------------------------------------------------------------------------------------------------ laws

_CODES = ["live_births", "newborns_screened", "newborns_visited", "mothers", "funds_used", "funds_disbursed"]


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from([DISTRICT, FIRST, SECOND]), st.sampled_from(["2017", "2018-03"]), st.sampled_from(_CODES)
        ),
        st.integers(0, 400),
        max_size=14,
    )
)
def test_nothing_is_left_out_that_no_other_finding_tells(values: dict[tuple[str, str, str], int]) -> None:
    rows = [(*key, value) for key, value in values.items()]
    whole = found(rows)
    kept = {(one.code, str(one.where)) for one in whole}
    for check in ("compare", "out_of_bounds"):
        for one in found(rows, check):
            if (one.code, str(one.where)) not in kept:
                places = {one.where["division"]} | set(ms.DivisionTree.builtin().subtree(one.where["division"]))
                near = [other for other in whole if other.where.get("division") in places]
                assert any(other.code in (*CAUSES, "subset_exceeds_set", "out_of_bounds") for other in near)
    assert whole.counts["error"] <= len(found(rows, "compare")) + len(whole.of(*CAUSES, "parent_differs"))
