"""Packs: read whole or refused whole, every fault with its file and line."""

from __future__ import annotations

import datetime
import importlib.metadata
import re
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.definitions.installed import ENTRY_POINTS, VARIABLE

GOOD = """\
[[measure]]
code = "a"
name = { zh = "甲", en = "A" }
unit = "人"

[[measure]]
code = "b"
name = "65岁以上人数"
unit = "人"

[[indicator]]
code = "rate"
name = "比率"
formula = "甲 / 65岁以上人数"
unit = "%"
domain = "health"
bounds = [0, ""]

[[case]]
indicator = "rate"
facts = { a = 1, b = 8 }
value = "12.50"
"""


def pack(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_single_file_is_a_pack_and_names_stand_for_codes(tmp_path: Path) -> None:
    catalogue = ms.catalogue(packs=[pack(tmp_path, GOOD)], builtin=False)
    rate = catalogue.indicator("比率")
    assert (rate.formula, rate.edition, rate.decimals, rate.rounding) == ("a / b", "1", 2, "half_up")
    assert rate.bounds == (0, None)
    assert catalogue.measures["a"].decimals == 0
    assert catalogue.given == {"mine"}
    assert [result.differences for result in ms.run_cases(catalogue)] == [()]


TEN_FAULTS = """\
[pack]
id = "ten"
colour = "red"

[[measure]]
code = "a b"
unit = "人"

[[measure]]
code = "people"
unit = "仁"

[[measure]]
code = "visits"
unit = "人次"
time = "flw"

[[measure]]
code = "money"
unit = "元"
decimals = 99

[[measure]]
code = "good"
unit = "人"

[[indicator]]
code = "one"
formula = "goood / visits / people"
unit = "%"

[[indicator]]
code = "two"
formula = "good +"
unit = "人"

[[indicator]]
code = "three"
unit = "人"

[[indicator]]
code = "four"
formula = "good"
unit = "元"
roundng = "half_up"

[[indicator]]
code = "five"
formula = "good"
unit = "%"
domain = "病有所一"
"""


def test_ten_faults_of_a_pack_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    faults = ms.lint(pack(tmp_path, TEN_FAULTS))
    lines = {fault.place.line for fault in faults}
    assert {3, 6, 11, 16, 21, 29, 34, 37, 45, 49, 51} >= lines
    told = "\n".join(fault.text("en") for fault in faults)
    for part in (
        "line 3: there is no key 'colour'",
        "line 6",
        "line 11",
        "time cannot be 'flw', but one of flow, stock, standard (did you mean flow?)",
        "line 21",
        "did you mean good?",
        "cannot be read at '+'",
        "'formula' is missing",
        "there is no key 'roundng' (did you mean rounding?)",
        "did you mean 病有所医?",
    ):
        assert part in told, part
    assert len(faults) >= 10
    assert all(fault.text("zh") for fault in faults)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[indicator]\n", "is no valid TOML"),
        ("a = 1\na = 2\n", "is no valid TOML"),
        ('[[indicators]]\ncode = "x"\n', "did you mean indicator?"),
        ('[[measure]]\ncode = "live_births"\nunit = "人"\n', "already defined by the pack childhood"),
        ('[[indicator]]\ncode = "newborn_screening_rate"\nformula = "live_births"\nunit = "人"\n', "newborns_screened / live_births"),
        ('[pack]\nrequires = ["chidhood"]\n', "did you mean childhood?"),
        (GOOD.replace('bounds = [0, ""]', "bounds = [100, 0]"), "the wrong way round"),
        (GOOD.replace('domain = "health"', "valid_from = 2020-01-01\nvalid_to = 2019-01-01"), "before valid_from"),
    ],
)  # fmt: skip
def test_a_pack_that_cannot_stand_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = pack(tmp_path, text)
    told = "\n".join(fault.text("en") for fault in ms.lint(path))
    assert said in told
    assert str(path) in told or "mine" in told


def test_a_key_of_thousands_of_parts_is_not_read(tmp_path: Path) -> None:
    """A megabyte of it would take an hour."""
    with pytest.raises(ms.MinshengError) as caught:
        ms.catalogue(packs=[pack(tmp_path, GOOD + "\n" + "a." * 400_000 + "a = 1\n")], builtin=False)
    assert [fault.code for fault in caught.value.faults] == ["definitions.dots"]


def named_one_after_another(tmp_path: Path, formula: str, count: int) -> Path:
    """`a / b`, and so many indicators that each name the one before."""
    formulas = ["a / b", *(formula.format(below=f"x{number}") for number in range(count))]
    more = "".join(
        f'[[indicator]]\ncode = "x{number}"\nname = "指标{number}"\nunit = "%"\nformula = "{one}"\n'
        for number, one in enumerate(formulas)
    )
    return pack(tmp_path, GOOD + more)


@pytest.mark.parametrize(("formula", "first"), [("{below} * {below} / {below}", 7), ("{below} + 0", 100)])
def test_what_would_be_written_out_without_end_is_refused_at_once(tmp_path: Path, formula: str, first: int) -> None:
    """Three hundred lines that each name the one before three times would come to 3³⁰⁰ parts."""
    with pytest.raises(ms.MinshengError) as caught:
        ms.catalogue(packs=[named_one_after_another(tmp_path, formula, 300)], builtin=False)
    found = [(fault.code, fault.place.item) for fault in caught.value.faults]
    assert found == [("definitions.written_out", f"x{first}@1")]


@pytest.mark.parametrize(("formula", "most"), [("{below} * {below} / {below}", 6), ("{below} + 0", 99)])
def test_what_is_just_not_too_large_has_a_value(tmp_path: Path, formula: str, most: int) -> None:
    known = ms.catalogue(packs=[named_one_after_another(tmp_path, formula, most)], builtin=False)
    facts = {"division": ["340102"] * 2, "period": ["2017"] * 2, "measure": ["a", "b"], "value": [1, 8]}
    figures = ms.evaluate(pl.DataFrame(facts), catalogue=known, indicators=[f"x{most}"], divisions=["340102"])
    assert figures[0].value == Decimal("12.50")


def test_a_circle_among_indicators_is_shown(tmp_path: Path) -> None:
    text = "\n".join(
        f'[[indicator]]\ncode = "{code}"\nformula = "{formula}"\nunit = "1"\n'
        for code, formula in (("one", "two * 2"), ("two", "three"), ("three", "one"), ("free", "one"))
    )
    told = [fault.text("en") for fault in ms.lint(pack(tmp_path, text))]
    assert len(told) == 1
    assert re.search(r"(one|two|three) → .* → \1", told[0])


def test_two_packs_may_not_define_one_code_but_may_use_it(tmp_path: Path) -> None:
    first = pack(tmp_path, GOOD, "first.toml")
    user = pack(tmp_path, '[[indicator]]\ncode = "twice"\nformula = "2 * a"\nunit = "人"\n', "user.toml")
    assert ms.catalogue(packs=[first, user], builtin=False).indicator("twice").formula == "2 * a"
    second = pack(tmp_path, '[[measure]]\ncode = "a"\nunit = "元"\n', "second.toml")
    with pytest.raises(ms.DefinitionError, match=r"second\.toml.*already defined by the pack first"):
        ms.catalogue(packs=[first, second], builtin=False)


EDITIONS = """\
[[measure]]
code = "a"
unit = "人"
[[measure]]
code = "b"
unit = "人"
[[indicator]]
code = "rate"
edition = "2013"
formula = "a / b"
unit = "%"
valid_from = 2013-01-01
valid_to = 2019-12-31
[[indicator]]
code = "rate"
edition = "2020"
formula = "b / a"
unit = "%"
valid_from = 2020-01-01
[[indicator]]
code = "rate"
edition = "local"
formula = "a / (a + b)"
unit = "%"
default = false
"""


def test_the_edition_in_force_is_found_by_its_day(tmp_path: Path) -> None:
    catalogue = ms.catalogue(packs=[pack(tmp_path, EDITIONS)], builtin=False)
    found = {
        day: catalogue.in_force("rate", datetime.date.fromisoformat(day))
        for day in ("2012-12-31", "2019-12-31", "2020-01-01")
    }
    assert {day: one and one.edition for day, one in found.items()} == {
        "2012-12-31": "local",
        "2019-12-31": "2013",
        "2020-01-01": "2020",
    }
    assert catalogue.indicator("rate").edition == "2020"
    assert catalogue.indicator("rate@2013").formula == "a / b"
    with pytest.raises(ms.EvaluationError, match="rate@2013"):
        catalogue.indicator("rate@2014")


def test_of_editions_in_force_together_one_is_the_default(tmp_path: Path) -> None:
    told = [fault.text("en") for fault in ms.lint(pack(tmp_path, EDITIONS.replace("default = false\n", "")))]
    assert len(told) == 1
    assert "are in force together and 2 of them are the default" in told[0]


def test_packs_come_from_the_environment_and_from_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(pack(tmp_path, GOOD)))
    assert ms.catalogue().indicator("rate").pack == "mine"
    monkeypatch.delenv(VARIABLE)
    other = pack(tmp_path, GOOD.replace("rate", "installed_rate"), "installed.toml")

    class Point:
        def load(self) -> Path:
            return other

    points = lambda group: [Point()] if group == ENTRY_POINTS else []  # noqa: E731  # stands in for the installed ones
    monkeypatch.setattr(importlib.metadata, "entry_points", points)
    assert ms.catalogue(packs=[ms.Pack("none")]).indicator("installed_rate").pack == "installed"


def test_a_new_pack_stands_and_its_cases_pass(tmp_path: Path) -> None:
    folder = ms.new_pack(tmp_path / "meals")
    assert ms.lint(folder) == ()
    results = ms.run_cases(ms.catalogue(packs=[folder]), "meals")
    assert len(results) == 2
    assert all(result.passed for result in results)
    with pytest.raises(ms.DefinitionError, match="nothing was changed"):
        ms.new_pack(folder)
    with pytest.raises(ms.DefinitionError, match="cannot be the name of a pack"):
        ms.new_pack(tmp_path / "七里站")


def test_a_case_that_fails_says_what_was_expected(tmp_path: Path) -> None:
    path = pack(tmp_path, GOOD.replace('value = "12.50"', 'value = "12.49"'))
    (result,) = ms.run_cases(ms.catalogue(packs=[path], builtin=False))
    assert not result.passed
    assert "expected '12.49' but got '12.50'" in result.differences[0]


def test_a_measure_without_a_name_goes_by_its_code(tmp_path: Path) -> None:
    path = pack(tmp_path, '[[measure]]\ncode = "a"\nunit = "人"\n')
    assert ms.catalogue(packs=[path], builtin=False).measures["a"].name == ms.Text("a", "a")
    assert ms.Measure("b").name.in_("zh") == "b"


def test_search_finds_words_in_either_language() -> None:
    catalogue = ms.catalogue()
    assert "newborn_screening_rate" in [one.code for one in catalogue.search("筛查率")]
    assert "newborn_screening_rate" in [one.code for one in catalogue.search("screening", "newborn")]
    assert catalogue.search("没有这个词") == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"code": "a b"}, "cannot be a code"),
        ({"code": "min"}, "is a function"),
        ({"code": "x", "unit": "仁"}, "unknown part"),
        ({"code": "x", "time": "flw"}, "flow"),
        ({"code": "x", "decimals": 40}, "decimals"),
        ({"code": "x", "year_starts": 13}, "13"),
    ],
)
def test_a_measure_made_by_hand_is_checked(options: dict[str, object], said: str) -> None:
    with pytest.raises(ms.DefinitionError) as error:
        ms.Measure(**options)  # type: ignore[arg-type]  # what is wrong is the point
    assert said in error.value.text("en")
