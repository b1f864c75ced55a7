"""What is wrong with a rule is said when its pack is read: every fault with file and line; and cases hold findings to their word."""

from __future__ import annotations

from pathlib import Path

import pytest

import libminsheng as ms
from libminsheng.checks.check import _CHECKS
from libminsheng.definitions import lint, run_cases
from libminsheng.definitions.rule import RULED
from libminsheng.errors import DefinitionError
from tests.checks.rules import MEASURES

COMPARE = 'left = "a"\ncomparison = "<="\nright = "b"'


def faults(tmp_path: Path, *rules: str) -> list[tuple[str, int | None]]:
    """The codes of all faults, each with its line counted from the first rule."""
    path = tmp_path / "mine.toml"
    path.write_text(MEASURES + "\n".join(rules) + "\n", "utf-8")
    before = MEASURES.count("\n")
    return [
        (fault.code.partition(".")[2], (fault.place.line or before) - before)
        for fault in lint(path)
        if fault.place.file == str(path)
    ]


def rule(check: str, text: str, code: str = "mine") -> str:
    return f'[[rule]]\ncode = "{code}"\ncheck = "{check}"\n{text}'


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("compare", COMPARE),
        ("compare", 'left = "a"\ncomparison = ">="\nright = "0"'),
        ("compare", COMPARE + '\nmissing = "never"\ntolerance = 2\nyear_to_date = true\nsettings = { most = 5 }'),
        ("range", 'left = "a / b"\nlow = 1'),
        ("range", 'left = "money / a"\nunit = "万元/人"\nhigh = 4'),
        ("parts", 'measures = ["a", "b", "c"]'),
        ("per_head", 'measures = ["money", "stock", "pay", "other_pay"]\nsettings = { tolerance = 0.2 }'),
        ("rate", 'measures = ["rate", "a"]'),
        ("rate", 'measures = ["rate", "a", "b"]'),
        ("out_of_bounds", 'severity = "off"'),
        ("outlier", 'measures = ["a"]\nsettings = { distance = 9 }'),
    ],
)
def test_a_sound_rule_has_no_faults(tmp_path: Path, check: str, text: str) -> None:
    assert faults(tmp_path, rule(check, text)) == []


@pytest.mark.parametrize(
    ("check", "text", "wanted"),
    [
        ("compares", COMPARE, [("rule_check", 3)]),
        ("compare", 'left = "a"', [("rule_needs", 1), ("rule_needs", 1)]),
        ("compare", COMPARE + "\nlow = 3", [("rule_unread", 7)]),
        ("compare", COMPARE + '\nmeasures = ["a"]', [("rule_unread", 7)]),
        ("compare", COMPARE.replace('"a"', '"aa"'), [("unknown_name", 4)]),
        ("compare", COMPARE.replace('"b"', '"money"'), [("units_differ", 6)]),
        ("compare", COMPARE.replace('"b"', '"b +"'), [("syntax", 6)]),
        ("compare", COMPARE + "\nsettings = { least = 1 }", [("rule_setting", 7)]),
        ("range", 'left = "a / b"', [("rule_needs", 1)]),
        ("range", 'left = "a / b"\nlow = 3\nhigh = 2', [("rule_range", 5)]),
        ("range", 'left = "money / b"\nunit = "%"\nhigh = 2', [("result_unit", 4)]),
        ("range", 'left = "a / b"\nhigh = 2\nright = "b"', [("rule_unread", 6)]),
        ("parts", 'measures = ["a", "b"]', [("rule_measures", 4)]),
        ("parts", 'measures = ["a", "b", "money"]', [("units_differ", 4)]),
        ("parts", 'measures = ["a", "b", "b"]', [("rule_measure_twice", 4)]),
        ("parts", 'measures = ["pay", "pay", "other_pay"]', [("rule_measure_twice", 4), ("standard_added", 4)]),
        ("parts", 'measures = ["a", "b", "d"]', [("unknown_name", 4)]),
        ("per_head", 'measures = ["money", "stock"]', [("rule_measures", 4)]),
        ("per_head", 'measures = ["money", "stock", "a"]', [("rule_standard", 4), ("rule_per_head", 4)]),
        ("per_head", 'measures = ["a", "stock", "pay"]', [("rule_per_head", 4)]),
        ("rate", 'measures = ["a", "b", "c"]', [("rule_rate", 4)]),
        ("rate", 'measures = ["rate", "a", "money"]', [("rule_counts", 4)]),
        ("rate", 'measures = ["rate", "a", "b", "c"]', [("rule_measures", 4)]),
        ("outlier", "settings = { distence = 9 }", [("rule_setting", 4)]),
        ("outlier", COMPARE, [("rule_unread", 4), ("rule_unread", 5), ("rule_unread", 6)]),
        ("compare", COMPARE + '\nhypotheses = [{ what = "x", weight = 2 }]', [("value", 7)]),
    ],
)
def test_every_fault_has_its_line(tmp_path: Path, check: str, text: str, wanted: list[tuple[str, int]]) -> None:
    assert sorted(faults(tmp_path, rule(check, text))) == sorted(wanted)


def test_a_code_is_taken_once(tmp_path: Path) -> None:
    assert faults(tmp_path, rule("compare", COMPARE), rule("compare", COMPARE)) == [("rule_twice", 8)]


def test_what_was_meant_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MEASURES + rule("compare", COMPARE.replace('"a"', '"moneys"')) + "\n", "utf-8")
    with pytest.raises(DefinitionError) as refusal:
        ms.catalogue(packs=[path])
    assert "money" in refusal.value.text("en").partition("moneys")[2]


def test_every_check_that_is_shipped_is_asked() -> None:
    asked = {rule.check for rule in ms.catalogue().rules}
    assert set(RULED) <= set(_CHECKS)
    assert set(_CHECKS) <= asked


CASE = '[[case]]\nname = "x"\nfacts = { a = 2, b = 1 }\n'


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ('findings = [{ code = "comparison_fails", period = "2017", measure = "a", severity = "warning" }]', []),
        ('findings = [{ code = "comparison_fails", severity = "error" }]', ["nothing of the kind"]),
        ('findings = [{ code = "comparison_fails", measure = "b" }]', ["nothing of the kind"]),
        ('silent = ["comparison_fails"]', ["comparison_fails"]),
        ('silent = ["subset_exceeds_set"]', []),
    ],
)
def test_a_case_expects_findings_or_silence(tmp_path: Path, expected: str, words: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MEASURES + rule("compare", COMPARE) + "\n" + CASE + expected + "\n", "utf-8")
    (result,) = run_cases(ms.catalogue(packs=[path]), "mine")
    assert len(result.differences) == len(words)
    assert all(word in told for word, told in zip(words, result.differences, strict=True))
