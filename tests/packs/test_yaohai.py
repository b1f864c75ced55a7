"""The Yaohai 2017 figures: what the published numbers give, and what they cannot give."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

import libminsheng as ms

DISTRICT = "340102"

DERIVED = {
    "special_funds": "26200.00",
    "itemised_funds": "10700.11",
    "itemised_share": "40.84",
    "unitemised_funds": "15499.89",
    "fee_exemption_share": "21.81",
    "senior_secondary_aid_share": "0.42",
    "public_health_share": "16.76",
    "collective_care_share": "0.14",
    "disability_subsidy_share": "1.50",
    "psychiatric_drug_share": "0.21",
    "funds_utilization_rate_reported": "100.00",
    "projects_implemented": "26",
    "works_completion_rate_reported": "100.00",
    "fee_exemption_per_pupil": "831.85",
    "senior_secondary_aid_per_student": "1795.48",
    "welfare_posts_created": "3234",
    "graduate_internships": "79",
    "vocational_trainees": "1595",
    "resident_insurance_enrolment": "18.80",
    "mental_care_visits_per_hospital": "420.86",
    "newborn_screening_rate": "99.61",
    "newborn_screening_rate_reported": "99.61",
    "newborns_unscreened": "41",
    "pension_coverage": "1.45",
    "collective_care_monthly": "710.00",
    "home_care_monthly": "983.00",
    "collective_to_home_care": "72.23",
    "collective_care_per_head": "12306.90",
    "collective_care_per_head_month": "1025.57",
    "care_months_at_collective_standard": "17.33",
    "care_months_at_home_standard": "12.52",
    "shanty_starts": "520",
    "persons_per_shanty_unit": "5.83",
    "disability_subsidy_per_head": "737.60",
    "disability_subsidy_per_head_month": "61.47",
    "orphans_supported": "17",
    "child_rehabilitation": "168",
    "legal_aid_given": "808",
    "videos_made": "8",
    "walls_painted": "91",
    "events_held": "125",
    "events_per_project": "4.81",
    "account_followers": "2.00",
    "time_on_television": "100",
}
"""What the figures of the bulletin give, worked out by hand."""

NOT_COMPUTABLE = {
    "funds_utilization_rate": {"funds_used", "funds_disbursed"},
    "works_completion_rate": {"works_completed", "works_due"},
    "resident_insurance_rate": {"resident_insurable"},
    "pension_rate": {"pension_liable"},
    "disability_subsidy_coverage": {"disability_subsidy_eligible"},
    "psychiatric_drug_persons_implied": {"psychiatric_drug_standard"},
}
"""What they do not give, and the operands that were never printed."""


@pytest.fixture(scope="module")
def path() -> Path:
    return Path(__file__).parents[2] / "examples" / "yaohai-2017" / "facts.csv"


@pytest.fixture(scope="module")
def figures(path: Path) -> ms.Figures:
    wanted = [*DERIVED, *NOT_COMPUTABLE]
    return ms.evaluate(ms.read_facts(path), indicators=wanted, divisions=[DISTRICT], period="year")


def one(figures: ms.Figures, code: str, division: str = DISTRICT) -> ms.Figure:
    (figure,) = (one for one in figures if one.indicator.code == code and one.division == division)
    return figure


def amended(path: Path, **changes: str) -> pl.DataFrame:
    """The shipped facts with some measures reported otherwise, or added, in their own units."""
    bound = [
        {"division": row["division"], "period": row["period"], "measure": row["measure"], "value": row["value"]}
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
        if row["measure"] not in changes and row["measure"] in {"newborns_screened", "psychiatric_drug_funds"}
    ]
    scale = {"newborns_screened": 10_000, "psychiatric_drug_funds": 10_000}
    rows = [{**row, "value": str(Decimal(row["value"]) * scale[row["measure"]])} for row in bound]
    rows += [
        {"division": DISTRICT, "period": "2017", "measure": code, "value": value} for code, value in changes.items()
    ]
    return pl.DataFrame(rows).with_columns(pl.col("value").str.to_decimal(scale=2))


@pytest.mark.parametrize(("code", "value"), DERIVED.items())
def test_a_derived_value(figures: ms.Figures, code: str, value: str) -> None:
    figure = one(figures, code)
    assert (figure.status, str(figure.value)) == ("ok", value)


@pytest.mark.parametrize(("code", "missing"), NOT_COMPUTABLE.items())
def test_what_cannot_be_computed_says_what_is_missing(figures: ms.Figures, code: str, missing: set[str]) -> None:
    figure = one(figures, code)
    assert (figure.status, figure.value) == ("no_data", None)
    assert set(figure.missing) == missing


def test_every_printed_number_is_a_fact_with_its_sentence(path: Path) -> None:
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len(rows) == 39
    for row in rows:
        assert row["source"].startswith("第"), row
        assert row["source"].endswith("句"), row
    assert {row["measure"] for row in rows if row["approximate"] == "true"} == {"live_births", "publicity_events"}


def test_the_births_were_inferred_and_the_rate_says_so(figures: ms.Figures, path: Path) -> None:
    rate = one(figures, "newborn_screening_rate")
    assert (rate.numerator, rate.denominator) == (10601, 10642)
    assert rate.flags == ("estimated",)
    (births,) = (row for row in csv.DictReader(path.read_text("utf-8").splitlines()) if row["measure"] == "live_births")
    assert "推算" in births["note"]


@pytest.mark.parametrize(("births", "unscreened"), [("10642", "41"), ("10643", "42")])
def test_both_possible_births_give_the_printed_rate(path: Path, births: str, unscreened: str) -> None:
    figures = ms.evaluate(
        amended(path, live_births=births),
        indicators=["newborn_screening_rate", "newborns_unscreened"],
        divisions=[DISTRICT],
        period="year",
    )
    assert str(one(figures, "newborn_screening_rate").value) == "99.61"
    assert str(one(figures, "newborns_unscreened").value) == unscreened


@pytest.mark.parametrize("births", ["10641", "10644"])
def test_no_other_births_do(path: Path, births: str) -> None:
    figures = ms.evaluate(
        amended(path, live_births=births), indicators=["newborn_screening_rate"], divisions=[DISTRICT], period="year"
    )
    assert str(one(figures, "newborn_screening_rate").value) != "99.61"


def test_the_drug_subsidies_would_be_550_patients_at_1000_yuan(path: Path) -> None:
    figures = ms.evaluate(
        amended(path, psychiatric_drug_standard="1000"),
        indicators=["psychiatric_drug_persons_implied"],
        divisions=[DISTRICT],
        period="year",
    )
    assert str(one(figures, "psychiatric_drug_persons_implied").value) == "550"


def test_the_standards_stand_as_printed_and_are_flagged(figures: ms.Figures) -> None:
    assert one(figures, "collective_to_home_care").flags == ("out_of_bounds",)
    at_collective = one(figures, "care_months_at_collective_standard")
    at_home = one(figures, "care_months_at_home_standard")
    for figure, over in ((at_collective, "44.45"), (at_home, "4.33")):
        assert figure.numerator is not None
        assert figure.denominator is not None
        exact = Fraction(figure.numerator) / Fraction(figure.denominator) / 12 - 1
        assert f"{float(exact * 100):.2f}" == over


def test_the_districts_own_report_stands_for_its_subdistricts(path: Path) -> None:
    figures = ms.evaluate(ms.read_facts(path), indicators=["events_held"], period="year")
    by_division = {figure.division: str(figure.value) for figure in figures if figure.status == "ok"}
    assert by_division[DISTRICT] == "125"
    assert by_division["340102004"] == "20"
    assert by_division["340100"] == "125"


def test_a_subdistricts_own_report_is_the_districts_total(path: Path) -> None:
    figures = ms.evaluate(ms.read_facts(path), indicators=["time_on_television"], period="year")
    by_division = {figure.division: str(figure.value) for figure in figures if figure.status == "ok"}
    assert by_division["340102008"] == by_division[DISTRICT] == "100"
