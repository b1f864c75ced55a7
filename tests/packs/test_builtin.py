"""The built-in packs: clean, sourced, bilingual; every indicator has a case, and every case passes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import libminsheng
from libminsheng.definitions import Catalogue, catalogue, lint, run_cases

FOLDER = Path(libminsheng.__file__).parent / "packs"
PACKS = sorted(path.parent for path in FOLDER.glob("*/pack.toml"))
OWN = "本库自定"
"""The document of a definition that this library sets itself: a plain sum, share or average."""


def table(pack: Path, name: str) -> list[dict[str, Any]]:
    """A pack's rows of one kind; a pack of rules has no measures or indicators."""
    path = pack / f"{name}s.toml"
    return tomllib.loads(path.read_text("utf-8"))[name] if path.exists() else []


each_pack = pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def builtin() -> Catalogue:
    return catalogue()


def test_every_folder_is_a_pack_of_the_catalogue(builtin: Catalogue) -> None:
    folders = [path.name for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert sorted(pack.id for pack in builtin.packs) == sorted(folders)
    assert len(builtin.indicators) == sum(len(table(pack, "indicator")) for pack in PACKS)
    assert len(builtin.measures) == sum(len(table(pack, "measure")) for pack in PACKS)


@each_pack
def test_a_pack_lints_clean(pack: Path) -> None:
    assert [fault.text("en") for fault in lint(pack)] == []


@each_pack
def test_the_cases_of_a_pack_pass(pack: Path, builtin: Catalogue) -> None:
    definition = next(known for known in builtin.packs if known.id == pack.name)
    results = run_cases(builtin, definition)
    assert len(results) >= len(table(pack, "case"))
    assert [result for result in results if not result.passed] == []


@each_pack
def test_every_edition_has_a_case_of_its_own(pack: Path) -> None:
    asked = {figure["indicator"] for case in table(pack, "case") for figure in case.get("figures", ())}
    for indicator in table(pack, "indicator"):
        key = f"{indicator['code']}@{indicator.get('edition', '1')}"
        alone = indicator.get("default", True) and indicator["code"] in asked
        assert alone or key in asked, key


@each_pack
def test_names_and_explanations_are_bilingual(pack: Path) -> None:
    for item in [*table(pack, "measure"), *table(pack, "indicator"), *table(pack, "rule")]:
        texts = [item["name"], *(item[key] for key in ("definition", "description") if key in item)]
        for text in texts:
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text["zh"]), item["code"]
            assert text["en"].isascii() or "—" in text["en"], item["code"]
            assert text["en"], item["code"]


@each_pack
def test_every_measure_says_what_it_is(pack: Path) -> None:
    for measure in table(pack, "measure"):
        assert measure["definition"]["zh"].endswith("。"), measure["code"]
        assert measure["definition"]["en"].endswith("."), measure["code"]


def test_every_indicator_cites_a_source(builtin: Catalogue) -> None:
    for indicator in builtin.indicators:
        assert indicator.source is not None, indicator.key
        assert indicator.source.document, indicator.key
        assert indicator.source.clause, indicator.key
        assert "http" not in indicator.source.document + indicator.source.clause, indicator.key


def test_what_nobody_found_written_down_is_unverified(builtin: Catalogue) -> None:
    unverified = {indicator.code for indicator in builtin.indicators if not indicator.verified}
    assert unverified == {
        "assistive_device_coverage",
        "card_payment_success_rate",
        "card_payment_timeliness_rate",
        "child_rehabilitation_completion_rate",
        "diabetes_management_rate",
        "disabled_schooling_rate",
        "disbursement_rate",
        "fitness_pass_rate",
        "funds_utilization_rate",
        "health_emergency_timeliness_rate",
        "health_supervision_reporting_rate",
        "hypertension_management_rate",
        "infectious_disease_reporting_rate",
        "infectious_disease_timeliness_rate",
        "jobs_per_seeker",
        "medical_insurance_rate",
        "pension_payment_rate",
        "pension_renewal_rate",
        "primary_gross_enrolment_rate",
        "radio_coverage",
        "regular_exercise_rate",
        "rehabilitation_coverage",
        "senior_gross_enrolment_rate",
        "severe_mental_management_rate",
        "sports_instructors_per_thousand",
        "task_completion_rate",
        "television_coverage",
        "three_public_change_rate",
        "works_completion_rate",
    }


def test_a_name_has_one_meaning_and_no_other_code(builtin: Catalogue) -> None:
    meanings: dict[str, set[str]] = {}
    for measure in builtin.measures.values():
        for word in (measure.name.zh, measure.name.en.lower(), *measure.aliases):
            meanings.setdefault(word, set()).add(measure.code)
    for indicator in builtin.indicators:
        for word in (indicator.name.zh, indicator.name.en.lower(), *indicator.aliases):
            meanings.setdefault(word, set()).add(indicator.code)
    assert {word: codes for word, codes in meanings.items() if len(codes) > 1} == {}


def test_the_screening_rate_is_the_one_of_the_manual(builtin: Catalogue) -> None:
    rate = builtin.indicator("newborn_screening_rate")
    assert rate.key == "newborn_screening_rate@2013"
    assert (rate.formula, rate.unit, rate.decimals, rate.rounding) == (
        "newborns_screened / live_births",
        "%",
        2,
        "half_up",
    )
    assert rate.domain == "幼有所育"
    assert rate.bounds == (0, 100)
    assert builtin.year_starts(rate) == 10
