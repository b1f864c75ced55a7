"""What the checks on how reports fit together say, each beside a case in which they are silent."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl

import libminsheng as ms
from libminsheng.vocabulary.divisions import Succession
from tests.checks.panels import FLOW, MONTHS, OTHER, STOCK, Key, Rows, checked, months, places, to_date

STEADY = [4120, 3987, 4215, 4333, 4051, 3896, 4178, 4402, 4269, 3954, 4087, 4310]


def only(findings: ms.Findings) -> ms.checks.Finding:
    assert len(findings) == 1, [one.text("en") for one in findings]
    return findings[0]


def guesses(finding: ms.checks.Finding) -> list[str]:
    return [one.what.in_("en") for one in finding.hypotheses]


# ---------------------------------------------------------------------------------- divisions


def family(aaa: int, aab: int, aac: int, aa: int, month: str = "2017-01", **more: str) -> Rows:
    values = {"aaa": aaa, "aab": aab, "aac": aac, "aa": aa}
    return {Key(division, month, **more): value for division, value in values.items()}


def test_a_parent_differs_by_two_digits_that_changed_places() -> None:
    found = only(checked(family(8384, 512, 77, 8348 + 512 + 77), "parent_differs"))
    assert (found.code, found.severity, found.seen) == ("parent_differs", "error", "8937")
    assert found.arithmetic == "8384 + 512 + 77 = 8973 ≠ 8937"
    assert found.message("zh") == "本级上报 8937，与下级 3 个单位合计 8973 不符，相差 -36"
    assert found.message("en") == "its own report is 8937, the sum of 3 below it 8973: -36 apart"
    assert guesses(found) == [
        "two digits of aa AA may have changed places: 8937 for 8973",
        "two digits of aaa AAA may have changed places: 8384 for 8348",
    ]
    assert not checked(family(8384, 512, 77, 8973), "parent_differs")


def test_a_parent_of_0_above_children_was_not_reported() -> None:
    found = only(checked(family(40, 30, 12, 0), "parent_differs"))
    assert found.arithmetic == "40 + 30 + 12 = 82 ≠ 0"
    assert guesses(found) == ["the parent may not have reported, and its blank was filled with 0"]
    assert not checked(family(0, 0, 0, 0), "parent_differs")


def test_a_child_left_out_or_in_another_unit() -> None:
    assert guesses(only(checked(family(40, 30, 12, 70), "parent_differs")))[0] == (
        "aac AAC may have been left out of the parent's report"
    )
    slipped = only(checked(family(40, 30, 120_000, 82), "parent_differs"))
    assert guesses(slipped) == [
        "aac AAC may be off by ten thousand, with 「元」 for 「万元」 or the reverse: 120000 for 12"
    ]


def test_a_parent_is_not_compared_where_a_usual_child_is_missing() -> None:
    rows: Rows = {}
    for month in MONTHS[:6]:
        rows |= family(40, 30, 12, 82, month)
    del rows[Key("aac", "2017-03")]
    assert not checked(rows, "parent_differs")
    rows[Key("aac", "2017-03")] = 13
    assert places(checked(rows, "parent_differs")) == [("parent_differs", "aa", "2017-03", FLOW)]


def test_a_child_that_never_reports_a_measure_makes_it_a_warning() -> None:
    rows = family(40, 30, 12, 113)
    del rows[Key("aac", "2017-01")]
    rows[Key("aac", "2017-01", OTHER)] = 5
    found = only(checked(rows, "parent_differs"))
    assert found.severity == "warning"
    assert guesses(found) == ["1 below it have not reported (aac AAC); the difference may be theirs"]


def test_targets_that_differ_are_a_note_and_standards_are_not_added() -> None:
    assert only(checked(family(40, 30, 12, 90, scenario="target"), "parent_differs")).severity == "note"
    assert not checked(family(710, 710, 710, 710, measure="dibao_standard"), "parent_differs")


# -------------------------------------------------------------------------------------- parts


def test_parts_exceed_their_whole() -> None:
    rows = {Key("aaa", "2017", sex="f"): 620, Key("aaa", "2017", sex="m"): 508, Key("aaa", "2017"): 1100}
    found = only(checked(rows, "part_exceeds_whole"))
    assert (found.severity, found.arithmetic) == ("error", "620 + 508 = 1128 > 1100")
    assert found.message("zh") == "按“sex”分列的 2 项合计 1128，大于总数 1100"
    assert found.message("en") == "the 2 parts by sex come to 1128, more than the whole, 1100"
    rows[Key("aaa", "2017")] = 1128
    assert not checked(rows, "part_exceeds_whole")


def test_parts_below_their_whole_are_a_warning_unless_one_is_missing() -> None:
    rows = {}
    for month in MONTHS[:4]:
        rows |= {Key("aaa", month, sex="f"): 6, Key("aaa", month, sex="m"): 5, Key("aaa", month): 11}
    del rows[Key("aaa", "2017-02", sex="m")]
    assert not checked(rows, "part_exceeds_whole")
    rows[Key("aaa", "2017-02", sex="m")] = 4
    found = only(checked(rows, "part_exceeds_whole"))
    assert (found.severity, found.message("en")) == ("warning", "the 2 parts by sex come to 10, not to the whole, 11")


# --------------------------------------------------------------------------------------- time


def test_a_quarter_differs_from_its_months() -> None:
    rows = {**months("aaa", [120, 130, 140]), Key("aaa", "2017-Q1"): 399}
    found = only(checked(rows, "year_differs"))
    assert (found.severity, found.arithmetic) == ("error", "120 + 130 + 140 = 390 ≠ 399")
    assert found.message("zh") == "上报 399，与 2017-01 至 2017-03 的 3 期合计 390 不符，相差 9"
    assert "two digits of 2017-02" not in str(guesses(found))
    assert not checked({**months("aaa", [120, 130]), Key("aaa", "2017-Q1"): 399}, "year_differs")


def test_the_year_of_maternal_and_child_statistics_begins_in_october() -> None:
    measure = "live_births"
    rows = {Key("aaa", f"2016-{month}", measure): 10 for month in (10, 11, 12)}
    assert not checked({**rows, Key("aaa", "2017-Q1", measure): 30}, "year_differs")
    assert places(checked({**rows, Key("aaa", "2017-Q1", measure): 31}, "year_differs")) == [
        ("year_differs", "aaa", "2017-Q1", measure)
    ]


def test_a_cumulative_report_falls() -> None:
    rows = months("aaa", [120, 250, 203, 310], basis="year_to_date")
    found = only(checked(rows, "cumulative_falls"))
    assert (found.severity, found.where["period"]) == ("error", "2017-03")
    assert found.arithmetic == "203 - 250 = -47 < 0"
    assert found.message("zh") == "累计数 203 小于同年 2017-02 的累计数 250"
    assert found.message("en") == "the year to date is 203, less than 250 to 2017-02 of the same year"
    assert guesses(found) == ["the report of 2017-03 may be too low", "the report of 2017-02 may be too high"]


def test_which_of_two_cumulative_reports_is_wrong_is_told_by_the_others() -> None:
    high = only(checked(months("aaa", [120, 520, 203, 310], basis="year_to_date"), "cumulative_falls"))
    assert guesses(high) == ["the report of 2017-02 may be too high"]
    low = only(checked(months("aaa", [120, 250, 103, 310], basis="year_to_date"), "cumulative_falls"))
    assert guesses(low) == ["the report of 2017-03 may be too low", "2017-03 may have been reported as a period value"]
    swapped = only(checked(months("aaa", [120, 281, 218, 310], basis="year_to_date"), "cumulative_falls"))
    assert guesses(swapped)[0] == "two digits of 2017-03 may have changed places: 218 for 281"


def test_a_cumulative_report_starts_again_in_january() -> None:
    rows = {
        **months("aaa", to_date(STEADY), basis="year_to_date"),
        **months("aaa", to_date(STEADY), year=2018, basis="year_to_date"),
    }
    assert not checked(rows, "cumulative_falls", "basis_confused")


def test_period_values_that_never_fall_and_end_at_the_year_are_cumulative() -> None:
    rows = {**months("aaa", to_date(STEADY)), Key("aaa", "2017"): sum(STEADY)}
    found = only(checked(rows, "basis_confused", "year_differs"))
    assert (found.code, found.where["period"], found.severity) == ("basis_confused", "2017", "warning")
    assert found.message("zh") == "报为当期数，但年内 12 期从不下降，像是累计数"
    assert guesses(found)[0] == "the basis may be year-to-date"
    assert not checked({**months("aaa", STEADY), Key("aaa", "2017"): sum(STEADY)}, "basis_confused", "year_differs")


def test_one_year_that_climbs_far_above_the_reporters_others_is_cumulative() -> None:
    rows = {**months("aaa", STEADY, year=2016), **months("aaa", to_date(STEADY))}
    assert places(checked(rows, "basis_confused")) == [("basis_confused", "aaa", "2017", FLOW)]
    growing = [value + 900 * month for month, value in enumerate(sorted(STEADY))]
    assert not checked({**months("aaa", STEADY, year=2016), **months("aaa", growing)}, "basis_confused")


def test_cumulative_values_that_fall_again_and_again_are_period_values() -> None:
    found = only(checked(months("aaa", STEADY, basis="year_to_date"), "basis_confused", "cumulative_falls"))
    assert (found.code, found.message("en")) == (
        "basis_confused",
        "declared as year-to-date, but rising and falling within the year: like period values",
    )


# ------------------------------------------------------------------------------------- stocks


def test_a_stock_is_summed() -> None:
    rows = {**months("aaa", [500, 510, 505], STOCK), Key("aaa", "2017-Q1", STOCK): 1515}
    found = only(checked(rows, "stock_summed", "year_differs"))
    assert (found.code, found.severity) == ("stock_summed", "error")
    assert found.arithmetic == "500 + 510 + 505 = 1515; 505 (2017-03)"
    assert found.message("zh") == "时点数 1515 是 3 期之和；应取期末数 505"
    rows[Key("aaa", "2017-Q1", STOCK)] = 505
    assert not checked(rows, "stock_summed", "year_differs")


def test_a_parents_stock_is_the_sum_of_all_its_childrens_months() -> None:
    rows = {**months("aaa", [500, 510, 505], STOCK), **months("aab", [40, 41, 42], STOCK)}
    found = only(checked({**rows, Key("aa", "2017-Q1", STOCK): 1638}, "stock_summed"))
    assert found.where["division"] == "aa"
    assert found.arithmetic == "500 + 510 + 505 + 40 + 41 + 42 = 1638; 505 + 42 = 547 (2017-03)"
    assert not checked({**rows, Key("aa", "2017-Q1", STOCK): 547}, "stock_summed")


def test_a_stock_that_differs_at_the_same_time_is_a_warning() -> None:
    rows = {**months("aaa", [500, 510, 505], STOCK), Key("aaa", "2017-Q1", STOCK): 550}
    found = only(checked(rows, "stock_summed", "year_differs"))
    assert (found.code, found.severity) == ("year_differs", "warning")
    assert found.message("en") == "the stock is reported as 550, at the same time by 2017-03 as 505: 45 apart"


def test_a_denominator_changes_in_mid_year() -> None:
    before, after = [5000, 5010, 5012, 5020], [6100, 6105, 6110, 6120]
    found = only(checked(months("aaa", before + after, STOCK), "denominator_changed"))
    assert (found.where["period"], found.severity) == ("2017-05", "warning")
    assert found.arithmetic == "5020 (2017-04) → 6100 (2017-05): +21.5 %"
    assert found.message("zh") == "作分母的数由 2017-04 的 5020 变为 6100（+21.5%），此后至 2017-08 不再变"
    assert not checked(months("aaa", [*before, 6100, *before], STOCK), "denominator_changed"), "it does not stay"
    everyone = {
        key: value for leaf in ("aaa", "aab", "aac") for key, value in months(leaf, before + after, STOCK).items()
    }
    assert not checked(everyone, "denominator_changed"), "all were revised"
    assert not checked(months("aaa", before + after, FLOW), "denominator_changed"), "a flow"


# ---------------------------------------------------------------------------------- reporters


def forms(divisions: tuple[str, ...] = ("aaa", "aab", "aac", "aba"), **measures: int) -> Rows:
    """Monthly forms of several divisions; no two of their numbers are alike."""
    rows: Rows = {}
    for place, division in enumerate(divisions, start=1):
        for measure, size in measures.items():
            own = [value * size * (place + 3) // 7 + place for value in STEADY]
            rows |= months(division, own, measure)
    return rows


def test_a_report_is_missing() -> None:
    rows = forms(funds_used=1, funds_disbursed=3)
    assert not checked(rows, "missing_report", "late_report")
    del rows[Key("aab", "2017-05")], rows[Key("aab", "2017-06")]
    found = only(checked(rows, "missing_report", "late_report"))
    assert places(ms.Findings([found])) == [("missing_report", "aab", "2017-05", FLOW)]
    assert found.message("zh") == "平常有报，2017-05 至 2017-06 共 2 期未报"
    assert found.message("en") == "usually reported, but not from 2017-05 to 2017-06 (2 in all)"


def test_a_whole_form_that_is_missing_is_one_finding() -> None:
    rows = {
        key: value for key, value in forms(funds_used=1, funds_disbursed=3).items() if key[:2] != ("aab", "2017-05")
    }
    found = only(checked(rows, "missing_report"))
    assert "measure" not in found.where
    assert found.arithmetic == "2017-05: funds_disbursed, funds_used"
    quarters = {Key("aab", f"2017-Q{n}", "live_births"): 60 + n for n in range(1, 5)}
    seldom = months("aab", [0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0], "legal_aid_cases")
    del seldom[Key("aab", "2017-05", "legal_aid_cases")]
    found = only(checked({**rows, **quarters, **seldom}, "missing_report"))
    assert "measure" not in found.where, "what is reported by quarter, or mostly 0, is not asked for in that month"


def test_nobody_is_missing_where_nobody_reports() -> None:
    rows = {key: value for key, value in forms(funds_used=1).items() if key.period not in ("2017-02", "2017-08")}
    assert not checked(rows, "missing_report", "late_report")
    seldom = {
        key: value for key, value in forms(funds_used=1).items() if key.division != "aab" or key.period == "2017-03"
    }
    assert not checked(seldom, "missing_report", "late_report"), "it does not usually report"


def test_a_quarter_stands_for_months_that_were_not_reported() -> None:
    rows = forms(funds_used=1)
    quarter = sum(rows.pop(Key("aab", month)) for month in MONTHS[3:6])
    assert not checked({**rows, Key("aab", "2017-Q2"): quarter}, "missing_report")


def test_the_newest_report_is_late_once_most_have_theirs() -> None:
    rows = {
        key: value for key, value in forms(funds_used=1, funds_disbursed=3).items() if key[:2] != ("aab", "2017-12")
    }
    found = only(checked(rows, "late_report", "missing_report"))
    assert (found.code, found.severity) == ("late_report", "note")
    assert found.where == {"division": "aab", "period": "2017-12"}
    assert found.message("zh") == "多数单位已报 2017-12，该单位有 2 项指标未报"
    early = {key: value for key, value in rows.items() if key.period != "2017-12" or key.division == "aaa"}
    assert not checked(early, "late_report", "missing_report"), "most have not reported yet"


def test_a_report_after_the_due_day_of_a_rule(tmp_path: Path) -> None:
    pack = tmp_path / "due.toml"
    pack.write_text(
        '[[rule]]\ncode = "due_births"\ncheck = "late_report"\nseverity = "warning"\n'
        'measures = ["live_births"]\nsettings = { due_day = 12 }\n',
        "utf-8",
    )
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "区划,时期,指标,数值,上报日期\n"
        "340102,2017-Q4,live_births,5,2017-10-13\n340103,2017-Q4,live_births,6,2017/10/12\n"
        "340102,2017-Q4,funds_used,7,2017-12-30\n",
        "utf-8",
    )
    read = ms.read_facts(facts)
    assert read.breakdowns == ()
    found = only(ms.check(read, catalogue=ms.catalogue(packs=[pack]), only=["late_report"]))
    assert found.where == {"division": "340102", "period": "2017-Q4", "measure": "live_births"}
    assert (found.severity, found.rule, found.arithmetic) == ("warning", "due_births", "2017-10-13 > 2017-10-12: 1")
    assert found.message("zh") == "2017-10-13 上报，晚于规定的 2017-10-12"
    assert not ms.check(read, only=["late_report"]), "no rule says when it is due"


# -------------------------------------------------------------------------------------- zeros


def test_a_zero_that_was_a_blank_and_is_caught_up() -> None:
    rows = forms(funds_used=1)
    rows[Key("aab", "2017-06")] += rows[Key("aab", "2017-05")]
    rows[Key("aab", "2017-05")] = 0
    found = only(checked(rows, "blank_zero", "missing_report"))
    assert (found.seen, found.where["period"], found.severity) == ("0", "2017-05", "warning")
    assert found.message("zh").startswith("报为 0，而平常约为 ")
    assert guesses(found)[0].startswith("it may have been late and is in 2017-06")


def test_zeros_of_what_is_small_or_of_a_season_are_silent() -> None:
    assert not checked(months("aaa", [3, 0, 2, 5, 1, 0, 4, 2, 3, 6, 2, 1]), "blank_zero")
    summer = {key: 0 if key.period in MONTHS[6:8] else value for key, value in forms(funds_used=1).items()}
    assert not checked(summer, "blank_zero")


def test_a_blank_among_zeros() -> None:
    rows = {**forms(funds_used=1), **months("abb", [0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0])}
    del rows[Key("abb", "2017-05")]
    found = only(checked(rows, "blank_zero", "missing_report"))
    assert (found.severity, found.where["period"]) == ("note", "2017-05")
    assert found.message("en") == "left blank, where 8 of 11 reports are 0"


# ------------------------------------------------------------------------------------ repeats

FORM = {"funds_used": 1, "funds_disbursed": 3, "funds_paid": 5, "funds_spent": 7, "funds_due": 11}


def test_a_form_sent_again() -> None:
    rows = forms(**FORM)
    assert not checked(rows, "duplicate")
    for measure in FORM:
        rows[Key("aab", "2017-06", measure)] = rows[Key("aab", "2017-05", measure)]
    found = only(checked(rows, "duplicate"))
    assert found.where == {"division": "aab", "period": "2017-06"}
    assert found.message("zh") == "两者都有的 5 项数据中，5 项与 aab 2017-05 完全相同"
    assert guesses(found) == ["the form of 2017-05 may have been sent again"]


def test_a_form_sent_again_in_january() -> None:
    rows = forms(**FORM)
    rows |= {key._replace(period="2018-01"): value for key, value in rows.items() if key[:2] == ("aab", "2017-12")}
    assert only(checked(rows, "duplicate")).where == {"division": "aab", "period": "2018-01"}


def test_a_form_under_another_name() -> None:
    rows = forms(**FORM)
    for measure in list(FORM)[:4]:
        rows[Key("aab", "2017-06", measure)] = rows[Key("aaa", "2017-06", measure)]
    found = only(checked(rows, "duplicate"))
    assert found.where == {"division": "aab", "period": "2017-06"}
    assert found.message("en") == "of 5 values that both hold, 4 are those of aaa for 2017-06"


def test_a_parent_with_one_child_is_no_duplicate() -> None:
    rows = forms(("aba",), **FORM)
    rows |= {key._replace(division="ab"): value for key, value in rows.items()}
    assert not checked(rows, "duplicate")


def test_one_number_is_printed_for_two_measures() -> None:
    rows = {Key("aaa", "2017", "resident_population"): 68731, Key("aaa", "2017", "funds_used"): 68731}
    found = only(checked(rows, "printed_twice"))
    assert (found.severity, found.arithmetic) == ("warning", "funds_used = resident_population = 68731")
    assert found.message("zh") == "同一数 68731 也报给了 resident_population"
    round_number = dict.fromkeys(rows, 68000)
    assert not checked(round_number, "printed_twice")


def test_numbers_that_a_formula_joins_may_be_equal() -> None:
    rows = {Key("aaa", "2017", "funds_used"): 68731, Key("aaa", "2017", "funds_disbursed"): 68731}
    assert not checked(rows, "printed_twice")


def test_a_copied_number_is_told_from_a_meeting_by_chance_by_what_is_usual() -> None:
    rows = {**forms(funds_used=1, resident_population=20)}
    rows[Key("aaa", "2017-04", "funds_used")] = rows[Key("aaa", "2017-04", "resident_population")]
    found = only(checked(rows, "printed_twice"))
    assert found.where["measure"] == "funds_used"
    assert guesses(found) == ["it may have been copied from resident_population"]


def test_no_more_findings_than_the_rule_allows_and_a_note_of_the_rest() -> None:
    rows: Rows = {}
    for year in range(2000, 2025):
        for month in range(1, 13):
            rows |= family(4, 3, 2, 11, f"{year}-{month:02d}")
    found = checked(rows, "parent_differs")
    assert [one.severity for one in found] == ["error"] * 200 + ["note"]
    assert found[-1].message("en").startswith("100 more")


# ---------------------------------------------------------------------------------- divisions that changed


def test_a_split_or_merger_is_told_where_old_and_new_reported() -> None:
    day = datetime.date(2017, 1, 1)
    codes = [
        ms.Division(code, name)
        for code, name in (("a", "甲县"), ("b", "乙县"), ("m", "合县"), ("o", "旧县"), ("n", "新县"), ("q", "合市"))
    ]
    turned = [Succession("a", "m", day), Succession("b", "m", day), Succession("o", "n", day)]
    tree = ms.DivisionTree.from_divisions(codes, turned)

    def told(*reported: tuple[str, str]) -> ms.Findings:
        facts = pl.DataFrame(
            {
                "division": [division for division, _ in reported],
                "period": [period for _, period in reported],
                "measure": "live_births",
                "value": 500,
            }
        )
        return ms.check(facts, tree=tree, only="split_or_merged")

    found = only(told(("a", "2016"), ("m", "2017"), ("o", "2016"), ("n", "2017")))
    assert (found.code, found.severity, found.where) == ("split_or_merged", "note", {"division": "m"})
    assert found.arithmetic == "a 甲县, b 乙县 → m 合县 (2017-01-01)"
    assert not told(("a", "2016"), ("b", "2016")), "of the new one nothing"
    assert not told(("o", "2016"), ("n", "2017")), "renumbered, and carried across"
    tree = ms.DivisionTree.from_divisions(codes, [*turned, Succession("m", "q", datetime.date(2018, 1, 1))])
    for new in "mq":
        assert only(told(("a", "2016"), (new, "2018"))).where == {"division": "m"}, "renumbered after it was merged"
