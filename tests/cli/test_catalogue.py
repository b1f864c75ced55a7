"""minsheng catalogue: list, services, projects, show, search."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import libminsheng as ms
from tests.cli.conftest import Minsheng

ROOT = Path(__file__).parent.parent.parent


def test_list_names_every_indicator_under_its_domain(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "list", "--lang", "zh")
    assert done.code == 0
    codes = {line.split()[0] for line in done.out.splitlines() if line.strip()}
    known = ms.catalogue().indicators
    assert {known.code if known.edition == "1" else known.key for known in known} <= codes
    assert "幼有所育" in codes


def test_list_as_json_is_one_array(minsheng: Minsheng) -> None:
    listed = json.loads(minsheng("catalogue", "list", "--format", "json").out)
    assert {f"{item['code']}@{item['edition']}" for item in listed} == {
        known.key for known in ms.catalogue().indicators
    }


def test_show_puts_the_editions_side_by_side(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "show", "funds_arrival_rate", "--lang", "zh")
    assert done.code == 0
    for part in (
        "funds_received / funds_planned",
        "funds_received / funds_budgeted",
        "53号",
        "已核对",
        "÷",
        "2013-04-21",
    ):
        assert part in done.out.replace("\n", "").replace(" " * 8, "") or part in done.out
    heading = done.out.splitlines()[2]
    assert all(edition in heading for edition in ("2013", "2020", "allocated"))
    assert minsheng("catalogue", "show", "资金到位率", "--lang", "zh") == done


def test_show_one_edition_and_what_is_not_verified(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "show", "funds_arrival_rate@2020", "--lang", "en")
    assert "funds_planned" not in done.out
    assert "unverified" in minsheng("catalogue", "show", "funds_utilization_rate", "--lang", "en").out


def test_show_as_json_says_the_same(minsheng: Minsheng) -> None:
    shown = json.loads(minsheng("catalogue", "show", "newborn_screening_rate", "--format", "json").out)
    assert [item["edition"] for item in shown] == [
        known.edition for known in ms.catalogue().editions("newborn_screening_rate")
    ]
    assert shown[0]["formula"] == "newborns_screened / live_births"
    assert "÷" in shown[0]["in_words"]["zh"]
    assert shown[0]["bounds"] == ["0", "100"]
    assert shown[0]["cases"]


def test_show_a_measure(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "show", "live_births", "--lang", "en")
    assert done.code == 0
    assert "newborn_screening_rate@2013" in done.out
    shown = json.loads(minsheng("catalogue", "show", "live_births", "--format", "json").out)
    assert shown[0]["unit"] == "人"


def test_show_something_unknown_names_the_nearest(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "show", "newborn_screening_rat", "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert "newborn_screening_rate (Newborn screening rate)" in done.err
    assert "minsheng catalogue search" in done.err


@pytest.mark.parametrize("words", [["筛查"], ["screening"], ["newborn", "screening"]])
def test_search_finds_names_in_both_languages(minsheng: Minsheng, words: list[str]) -> None:
    assert "newborn_screening_rate" in minsheng("catalogue", "search", *words).out
    found = json.loads(minsheng("catalogue", "search", *words, "--format", "json").out)
    assert "newborn_screening_rate" in {item["code"] for item in found}


def test_search_that_finds_nothing_says_so_aside(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "search", "zzzzzz", "--lang", "en")
    assert (done.code, done.out) == (0, "")
    assert "nothing was found for 'zzzzzz'" in done.err
    assert minsheng("catalogue", "search", "zzzzzz", "--format", "json").out == "[]\n"


def test_search_by_parts_says_so_aside(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "search", "全部新生儿听力筛查情况", "--format", "json", "--lang", "zh")
    assert "新生儿听力" in done.err
    assert "newborn_hearing_screening_rate" in {item["code"] for item in json.loads(done.out)}
    whole = minsheng("catalogue", "search", "新生儿听力筛查率", "--format", "json")
    assert whole.err == ""
    assert json.loads(whole.out)[0]["code"] == "newborn_hearing_screening_rate"


def test_search_lists_every_kind_under_its_heading(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "search", "困难残疾人康复", "--lang", "en")
    lines = done.out.splitlines()
    assert lines.index("Indicators") < lines.index("Services of the national standard") < lines.index("Projects")
    found = json.loads(minsheng("catalogue", "search", "困难残疾人康复", "--format", "json").out)
    assert found[0]["kind"] == "project"
    assert {item["kind"] for item in found} == {"indicator", "service", "project"}


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        (["--domain", "childhood"], lambda one: one["domain"] == "幼有所育"),
        (["--domain", "幼有所育"], lambda one: one["domain"] == "幼有所育"),
        (["--service", "预防接种"], lambda one: 5 in one["services"]),
        (["--service", "6"], lambda one: 6 in one["services"]),
        (["--pack", "publicity"], lambda one: one["pack"] == "publicity"),
        (["--unverified"], lambda one: not one["source"]["verified"]),
        (["--domain", "governance", "--pack", "funds", "--unverified"], lambda one: one["pack"] == "funds" and not one["source"]["verified"]),
    ],
)  # fmt: skip
def test_list_filters(minsheng: Minsheng, options: list[str], fits: Callable[[dict[str, Any]], bool]) -> None:
    everything = json.loads(minsheng("catalogue", "list", "--format", "json").out)
    listed = json.loads(minsheng("catalogue", "list", *options, "--format", "json").out)
    assert listed == [one for one in everything if fits(one)]
    assert 0 < len(listed) < len(everything)
    table = minsheng("catalogue", "list", *options, "--lang", "en").out
    assert f"{len(listed)} of {len(everything)} indicators" in table


def test_list_takes_a_pack_by_its_path(minsheng: Minsheng, tmp_path: Path) -> None:
    minsheng("pack", "new", tmp_path / "meals")
    listed = json.loads(minsheng("catalogue", "list", "--pack", tmp_path / "meals", "--format", "json").out)
    assert {one["pack"] for one in listed} == {"meals"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--domain", "childhod"], "did you mean childhood?"),
        (["--service", "99"], "did you mean 80 全民健身服务?"),
        (["--service", "预防接重"], "did you mean 5 预防接种?"),
        (["--pack", "publicty"], "did you mean publicity?"),
    ],
)
def test_list_refuses_what_is_not_there_with_the_nearest(minsheng: Minsheng, options: list[str], said: str) -> None:
    done = minsheng("catalogue", "list", *options, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_list_of_nothing_says_so_aside(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "list", "--domain", "childhood", "--service", "72", "--lang", "en")
    assert (done.code, done.out) == (0, "")
    assert "nothing fits" in done.err


def test_services_are_listed_with_how_many_indicators_measure_them(minsheng: Minsheng) -> None:
    listed = json.loads(minsheng("catalogue", "services", "--format", "json").out)
    assert len(listed) == 81
    assert [one["number"] for one in listed if one["number"]] == list(range(1, 81))
    done = minsheng("catalogue", "services", "--domain", "childhood", "--lang", "zh")
    assert "增补叶酸预防神经管缺陷服务" in done.out
    assert "幼有所育 · 1 优孕优生服务" in done.out
    assert "学有所教" not in done.out
    governance = minsheng("catalogue", "services", "--domain", "governance")
    assert (governance.code, governance.out) == (0, "")


def test_projects_are_listed_by_what_changed(minsheng: Minsheng) -> None:
    listed = json.loads(minsheng("catalogue", "projects", "--format", "json").out)
    assert len(listed) == 33 + 4
    done = minsheng("catalogue", "projects", "--lang", "zh")
    order = [done.out.index(text) for text in ("新增", "调整", "继续实施", "退出")]
    assert order == sorted(order)
    assert "棚户区+城镇老旧小区改造" in done.out


@pytest.mark.parametrize("word", ["14", "农村义务教育学生营养膳食补助", "贫困地区学生营养膳食补助"])
def test_show_a_service_by_number_name_or_former_name(minsheng: Minsheng, word: str) -> None:
    (shown,) = json.loads(minsheng("catalogue", "show", word, "--format", "json").out)
    catalogue = ms.catalogue()
    assert (shown["kind"], shown["number"], shown["domain"]) == ("service", 14, "学有所教")
    assert shown["class"] == {"number": 5, "name": "义务教育服务"}
    assert shown["projects"] == ["义务教育营养改善"]
    assert [one["key"] for one in shown["indicators"]] == [one.key for one in catalogue.of_service(14)]
    assert {"key", "name", "formula", "unit"} == set(shown["indicators"][0])
    assert [one["code"] for one in shown["measures"]] == [
        one.code for one in catalogue.measures_of(*catalogue.of_service(14))
    ]
    table = minsheng("catalogue", "show", word, "--lang", "zh").out
    for part in ("贫困地区学生营养膳食补助", "义务教育服务", "学有所教", "义务教育营养改善", "为此要报送的基础指标"):
        assert part in table


def test_show_the_service_without_a_number(minsheng: Minsheng) -> None:
    table = minsheng("catalogue", "show", "增补叶酸预防神经管缺陷服务", "--lang", "en").out
    assert "added in 2023" in table
    assert "出生缺陷防治" in table


def test_show_a_service_that_nothing_measures_says_so(
    minsheng: Minsheng, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alone = ms.catalogue(packs=[ms.Pack("alone")], builtin=False)
    monkeypatch.setattr("libminsheng.cli.inputs.open_catalogue", lambda packs: alone)
    done = minsheng("catalogue", "show", "22", "--lang", "en")
    assert "No indicator measures it" in done.out


def test_show_a_project_with_what_measures_its_services(minsheng: Minsheng) -> None:
    (shown,) = json.loads(minsheng("catalogue", "show", "四好农村路建设", "--format", "json").out)
    assert (shown["kind"], shown["group"], shown["programme_kind"]) == ("project", "continued", "works")
    assert shown["services"] == shown["indicators"] == []
    (relief,) = json.loads(minsheng("catalogue", "show", "困难人员救助暨困难职工帮扶", "--format", "json").out)
    assert relief["services"] == [7, 54, 55, 57, 60]
    assert relief["source"]["verified"]
    assert relief["indicators"]
    assert "按名称的理解" in minsheng("catalogue", "show", "智慧医疗", "--lang", "zh").out


def test_show_a_pack(minsheng: Minsheng) -> None:
    (shown,) = json.loads(minsheng("catalogue", "show", "childhood", "--format", "json").out)
    assert (shown["kind"], shown["licence"], shown["builtin"]) == ("pack", "Apache-2.0", True)
    assert "newborn_screening_rate@2013" in shown["indicators"]
    assert "live_births" in shown["measures"]
    table = minsheng("catalogue", "show", "childhood", "--lang", "en").out
    for part in ("Apache-2.0", "newborn_screening_rate@2013", "live_births"):
        assert part in table


def test_show_everything_that_a_word_means(minsheng: Minsheng) -> None:
    shown = json.loads(minsheng("catalogue", "show", "农村危房改造", "--format", "json").out)
    assert [one["kind"] for one in shown] == ["service", "project"]
    table = minsheng("catalogue", "show", "农村危房改造", "--lang", "zh").out
    assert "16 住房改造服务" in table
    assert "继续实施" in table


AMBIGUOUS = """\
[[measure]]
code = "first"
name = "同名"
unit = "人"
[[measure]]
code = "second"
name = "同名"
unit = "人"
"""


def test_an_ambiguous_word_lists_what_it_may_mean(minsheng: Minsheng, tmp_path: Path) -> None:
    path = tmp_path / "twins.toml"
    path.write_text(AMBIGUOUS, "utf-8")
    done = minsheng("catalogue", "show", "同名", "--pack", path, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert "may mean: first (同名); second (同名)" in done.err
    part = minsheng("catalogue", "show", "筛查", "--lang", "zh")
    assert (part.code, part.out) == (2, "")
    assert "newborn_screening_rate（新生儿遗传代谢性疾病筛查率）" in part.err


def test_show_counts_the_cases_and_names_the_services(minsheng: Minsheng) -> None:
    catalogue = ms.catalogue()
    rate = catalogue.indicator("newborn_screening_rate")
    table = minsheng("catalogue", "show", "新生儿遗传代谢性疾病筛查率", "--lang", "zh").out
    assert "6 儿童健康管理" in table
    assert f"{len(catalogue.cases_of(rate))}个：" in table
    assert catalogue.cases_of(rate)[0].name[:20] in table


KEYS = {
    "newborn_screening_rate": "kind code edition name formula in_words unit decimals rounding bounds better domain services service_names source valid_from valid_to default description aliases pack measures cases",
    "live_births": "kind code name unit time decimals year_starts breakdowns definition source aliases pack used_by",
    "1": "kind code number name formerly class domain verified projects indicators measures",
    "智慧医疗": "kind code name group programme_kind place year services service_names note source indicators measures",
    "self_evaluation": "kind code edition name total composite missing decimals rounding groups items grades domain source verified valid_from valid_to default description aliases pack",
    "positive": "kind code name compares steps zero_target source description pack watches",
    "quality_met": "kind code name aspect measure actual target low high strict light source pack",
    "funds": "kind code name edition licence requires builtin indicators measures schemes lights watches cases",
}


@pytest.mark.parametrize("word", KEYS)
def test_json_keys_are_those_that_the_reference_documents(minsheng: Minsheng, word: str) -> None:
    (shown,) = json.loads(minsheng("catalogue", "show", word, "--format", "json").out)
    assert set(KEYS[word].split()) <= set(shown)
    section = (ROOT / "docs/cli.md").read_text("utf-8").split("## minsheng catalogue")[1].split("\n## ")[0]
    (row,) = [line for line in section.splitlines() if line.startswith(f"| `{shown['kind']}` |")]
    assert set(re.findall(r"`(\w+)`", row)[1:]) >= set(shown) - {"kind"}


# ------------------------------------------------------------------------------------- schemes, lights, watches


def test_schemes_are_listed_edition_by_edition(minsheng: Minsheng) -> None:
    listed = json.loads(minsheng("catalogue", "schemes", "--format", "json").out)
    known = ms.catalogue().schemes
    assert [f"{one['code']}@{one['edition']}" for one in listed] == [one.key for one in known]
    table = minsheng("catalogue", "schemes", "--lang", "zh").out
    lines = {tuple(line.split()) for line in table.splitlines()}
    assert ("self_evaluation", "单位自评", "2020", "100", "7", "已核对") in lines
    assert ("project_evaluation", "项目支出绩效评价", "2013", "100", "20", "未核实") in lines


def test_schemes_of_no_pack_say_so_aside(minsheng: Minsheng, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = ms.catalogue(packs=[ms.Pack("alone")], builtin=False)
    monkeypatch.setattr("libminsheng.cli.inputs.open_catalogue", lambda packs: alone)
    done = minsheng("catalogue", "schemes", "--lang", "en")
    assert (done.code, done.out) == (0, "")
    assert "nothing fits" in done.err
    assert minsheng("catalogue", "schemes", "--format", "json").out == "[]\n"


@pytest.mark.parametrize("word", ["self_evaluation", "self_evaluation@2020", "单位自评", "Self-evaluation"])
def test_show_a_scheme(minsheng: Minsheng, word: str) -> None:
    (shown,) = json.loads(minsheng("catalogue", "show", word, "--format", "json").out)
    assert (shown["kind"], shown["code"], shown["verified"]) == ("scheme", "self_evaluation", True)
    assert [(one["code"], one["weight"]) for one in shown["groups"]] == [
        ("execution", "10"), ("output", "50"), ("benefit", "30"), ("satisfaction", "10"),
    ]  # fmt: skip
    weights = [one["weight"] for one in shown["items"] if one["group"] == "output"]
    assert weights == ["12.5"] * 4
    table = minsheng("catalogue", "show", word, "--lang", "zh").out
    for part in (
        "优 [90, 100]、良 [80, 90)、中 [60, 80)、差 [0, 60)", "产出指标 · 50", "12.5", "budget_execution_rate@self_evaluation",
        "有一项没有结果就不出总分", "已核对", "上报的目标", "[60, 80) 部分达成并具有一定效果",
    ):  # fmt: skip
        assert part in table


def test_show_the_editions_of_a_scheme_side_by_side_whatever_they_are_called(minsheng: Minsheng) -> None:
    table = minsheng("catalogue", "show", "core_indicators", "--lang", "en").out
    assert "cost · default edition" in table
    assert "no_cost" in table
    assert "Core indicators, without cost" in table
    assert "Satisfaction · 10 (where all of it is missing, to Benefit)" in table
    assert "6.6666…" in table
    assert table.index("cost · Items") < table.index("no_cost · Items")
    one = minsheng("catalogue", "show", "core_indicators@no_cost", "--lang", "en").out
    assert "economic_cost@2021" not in one
    years = json.loads(minsheng("catalogue", "show", "project_evaluation", "--format", "json").out)
    assert [one["edition"] for one in years] == ["2013", "2020"]
    exact = json.loads(minsheng("catalogue", "show", "core_indicators@cost", "--format", "json").out)
    assert exact[0]["items"][0]["weight"] == "20/3"


def test_show_a_light_and_what_is_watched(minsheng: Minsheng) -> None:
    table = minsheng("catalogue", "show", "positive", "--lang", "en").out
    assert "red (−∞, 60) %, yellow [60, 80) %, green [80, 120) %, blue [120, ∞) %" in table
    assert "green if nothing was done, else red" in table
    both = json.loads(minsheng("catalogue", "show", "预算执行", "--format", "json").out)
    assert [(one["kind"], one["code"]) for one in both] == [("light", "budget"), ("watch", "budget_execution")]
    assert both[0]["watches"] == ["budget_execution", "disbursement"]
    assert both[0]["steps"][-1] == {"light": "green", "below": None}
    watch = minsheng("catalogue", "show", "budget_execution", "--lang", "zh").out
    for part in ("year_to_date(funds_spent)", "全年（预算资金）", "预算执行 · budget", "黄 [60, 80) %"):
        assert part in watch


def test_show_a_pack_with_its_schemes_lights_and_watches(minsheng: Minsheng) -> None:
    (shown,) = json.loads(minsheng("catalogue", "show", "progress", "--format", "json").out)
    assert (shown["schemes"], shown["lights"][0], shown["watches"]) == ([], "positive", ["*", "quality_met"])
    table = minsheng("catalogue", "show", "progress", "--lang", "en").out
    for part in ("Rules of lights", "green up to the target, red above it", "every measure with a target"):
        assert part in table
    assert "self_evaluation" in minsheng("catalogue", "show", "budget_2020_project", "--lang", "en").out


def test_search_finds_schemes_lights_and_watches_under_their_headings(minsheng: Minsheng) -> None:
    done = minsheng("catalogue", "search", "预算执行", "--lang", "zh")
    lines = [line.split()[0] for line in done.out.splitlines() if line]
    order = [lines.index(word) for word in ("指标", "评分方案", "self_evaluation@2020", "亮灯规则", "budget", "监控项")]
    assert order == sorted(order)
    found = json.loads(minsheng("catalogue", "search", "单位自评", "--format", "json").out)
    assert [(one["kind"], one["code"]) for one in found] == [("scheme", "self_evaluation")]
