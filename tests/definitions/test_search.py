"""Searching: every word is needed, whole names come first, Chinese needs no spaces; what a word stands for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.definitions.entries import Thing, entries, name_of
from libminsheng.definitions.search import taken_apart
from libminsheng.vocabulary.projects import Project, find_project

PACK = """\
[pack]
id = "canteens"
title = { zh = "老年食堂", en = "Canteens" }

[[measure]]
code = "elderly_examined"
name = { zh = "老年人体检人数", en = "Elderly examined" }
unit = "人"
definition = { zh = "年内免费体检。", en = "Examined free of charge." }

[[measure]]
code = "elderly"
name = { zh = "老年人数", en = "Elderly" }
unit = "人"

[[indicator]]
code = "elderly_examination_rate"
name = { zh = "老年人体检率", en = "Elderly examination rate" }
aliases = ["体检覆盖率"]
formula = "elderly_examined / elderly"
unit = "%"
domain = "病有所医"
services = [47]
source = { document = "某办法第九条", verified = true }

[[indicator]]
code = "examination_rate"
name = { zh = "体检率", en = "Examination rate" }
formula = "elderly_examined / elderly"
unit = "%"

[[indicator]]
code = "examination_rate"
edition = "old"
name = { zh = "体检率", en = "Examination rate" }
formula = "elderly / elderly_examined"
unit = "%"
default = false

[[case]]
name = "by code"
indicator = "examination_rate"
facts = { elderly_examined = 1, elderly = 8 }
value = "12.50"

[[case]]
name = "by edition"
facts = { elderly_examined = 1, elderly = 8 }
figures = [
  { indicator = "examination_rate@old", value = "800.00" },
  { indicator = "elderly_examination_rate", value = "12.50" },
]
"""


@pytest.fixture
def canteens(tmp_path: Path) -> ms.Catalogue:
    path = tmp_path / "canteens.toml"
    path.write_text(PACK, "utf-8")
    return ms.catalogue(packs=[path], builtin=False)


def names(things: Iterable[Thing]) -> list[str]:
    return [name_of(one) for one in things]


def test_a_whole_name_comes_first_then_its_beginning_then_what_holds_it(canteens: ms.Catalogue) -> None:
    assert names(canteens.find("体检率").indicators) == [
        "examination_rate",
        "examination_rate",
        "elderly_examination_rate",
    ]
    assert names(canteens.find("elderly").things)[0] == "elderly"
    assert names(canteens.find("Elderly Examination Rate").things)[0] == "elderly_examination_rate"
    assert names(canteens.find("体检覆盖率").things) == ["elderly_examination_rate"]


@pytest.mark.parametrize(
    "words",
    [
        ("病有所医", "体检"), ("health examination",), ("老年人健康管理",), ("canteens", "老年人体检率"), ("第九条",),
        ("elderly_examined / elderly", "elderly_examination_rate"), ("体检、老年人，率",), ("“老年人体检率”",), ("ＥＬＤＥＲＬＹ rate",),
    ],
)  # fmt: skip
def test_a_word_may_stand_in_name_domain_service_pack_formula_or_source(
    canteens: ms.Catalogue, words: tuple[str, ...]
) -> None:
    found = canteens.find(*words)
    assert "elderly_examination_rate" in names(found.indicators)
    assert found.parts == ()


def test_every_word_is_needed(canteens: ms.Catalogue) -> None:
    assert canteens.search("体检", "没有这个词") == ()
    assert names(canteens.search("免费")) == ["elderly_examined"]
    assert canteens.find(" ").things == ()


def test_chinese_without_spaces_is_taken_apart_only_where_nothing_holds_it_whole(canteens: ms.Catalogue) -> None:
    assert canteens.find("老年人体检").parts == ()
    found = canteens.find("全市老年人免费体检情况")
    assert found.parts == ("老年人", "免费体检")
    assert names(found.things) == ["elderly_examined"]
    longer = canteens.find("elderly_examination_rate", "人数")
    assert longer.parts == ("elderly_examination_rate", "人数")
    assert names(longer.things) == ["elderly_examination_rate"], "the longer part tells more"
    mixed = canteens.find("elderly", "nobody")
    assert mixed.parts == ("elderly",)
    assert mixed.things
    assert canteens.find("zzzzzz").things == ()
    assert canteens.search("全市老年人免费体检情况") == ()


@given(st.lists(st.sampled_from([*"老年人体检食堂数率新生儿", "老年人", "体检人数", "，"]), max_size=12).map("".join))
def test_a_phrase_is_taken_apart_into_the_longest_parts_from_its_beginning_on(phrase: str) -> None:
    catalogue = ms.catalogue()
    texts = [text for entry in entries(catalogue) for text in (*entry.titles, entry.belongs, entry.text)]
    expected = []
    for word in phrase.split("，"):
        if any(word in text for text in texts):
            expected.append(word)
            continue
        start = 0
        while start < len(word):
            longest = (word[start:end] for end in range(len(word), start + 1, -1))
            part = next((part for part in longest if any(part in text for text in texts)), None)
            expected += [part] if part else []
            start += len(part or "x")
    found = catalogue.find(phrase)
    assert found.parts in ((), tuple(dict.fromkeys(filter(None, expected))))


def test_a_long_word_costs_as_many_looks_as_it_has_letters() -> None:
    looks: list[object] = []

    class Counted(str):
        __slots__ = ()

        def __contains__(self, part: object) -> bool:
            looks.append(part)
            return part == "老年"

    letters = "老年人" * 200
    assert list(taken_apart(letters, Counted())) == ["老年"] * 200
    assert len(looks) < 3 * len(letters)


def test_a_project_finds_what_measures_its_services(canteens: ms.Catalogue) -> None:
    catalogue = ms.catalogue()
    project = find_project("出生缺陷防治")
    assert isinstance(project, Project)
    found = catalogue.find("出生缺陷防治")
    assert found.projects[0] == found.things[0] == project
    measuring = {one.key for service in project.services for one in catalogue.of_service(service)}
    assert measuring
    assert measuring <= {one.key for one in found.indicators}
    assert set(found.services) >= set(project.services)


def test_meanings_are_whole_names_of_anything(canteens: ms.Catalogue) -> None:
    both = canteens.editions("examination_rate")
    assert canteens.meanings("体检率") == both
    assert canteens.meanings("体检率@old") == canteens.meanings("examination_rate@old") == both[1:]
    assert names(canteens.meanings("体检覆盖率")) == ["elderly_examination_rate"]
    assert names(canteens.meanings("ELDERLY")) == ["elderly"]
    assert names(canteens.meanings("贫困地区学生营养膳食补助")) == names(canteens.meanings("14")) == ["14"]
    assert names(canteens.meanings("canteens")) == ["canteens"]
    assert names(canteens.meanings("农村危房改造")) == ["53", "农村危房改造"]
    assert canteens.meanings("体检") == canteens.meanings("") == canteens.meanings("体检率@new") == ()


def test_what_a_word_may_have_meant(canteens: ms.Catalogue) -> None:
    assert names(canteens.likely("体检"))[:2] == ["examination_rate", "elderly_examination_rate"]
    assert names(canteens.likely("elderly_examind"))[0] == "elderly_examined"
    assert "examination_rate" in names(canteens.likely("examination_rate@new"))
    assert canteens.likely("zzzzzz") == ()


def test_a_service_leads_to_its_indicators_and_what_they_need(canteens: ms.Catalogue) -> None:
    assert (
        names(canteens.of_service(47)) == names(canteens.of_service("老年人健康管理")) == ["elderly_examination_rate"]
    )
    assert names(canteens.measures_of(*canteens.of_service(47))) == ["elderly_examined", "elderly"]
    assert canteens.of_service(26) == ()
    assert canteens.measures_of() == ()
    with pytest.raises(ms.EvaluationError, match="80 全民健身服务"):
        canteens.of_service(99)


def test_every_indicator_is_found_from_its_services_and_back() -> None:
    catalogue = ms.catalogue()
    linked = [one for one in catalogue.indicators if one.services]
    assert linked
    for one in linked:
        for service in one.services:
            assert one in catalogue.of_service(service)


def test_a_case_belongs_to_the_edition_that_it_expects(canteens: ms.Catalogue) -> None:
    cases = {one.key: [case.name for case in canteens.cases_of(one)] for one in canteens.indicators}
    assert cases == {
        "examination_rate@1": ["by code"],
        "examination_rate@old": ["by edition"],
        "elderly_examination_rate@1": ["by edition"],
    }


def test_every_built_in_edition_has_its_cases() -> None:
    catalogue = ms.catalogue()
    assert [one.key for one in catalogue.indicators if not catalogue.cases_of(one)] == []


def test_used_by_names_the_formulas_that_a_measure_stands_in(canteens: ms.Catalogue) -> None:
    assert [one.key for one in canteens.used_by("elderly")] == [one.key for one in canteens.indicators]
    assert canteens.used_by("nothing") == ()


SCORED = """\
[pack]
id = "scored"
title = { zh = "某县考核", en = "County assessment" }

[[measure]]
code = "meals"
name = { zh = "供餐数", en = "Meals" }
unit = "份"

[[indicator]]
code = "meals_served"
name = { zh = "供餐量", en = "Meals served" }
formula = "meals"
unit = "份"
better = "higher"

[[scheme]]
code = "kitchens"
edition = "old"
name = { zh = "食堂评分", en = "Kitchen scores" }
aliases = ["食堂考核"]
domain = "老有所养"
default = false
source = { document = "某办法第十条" }
description = { zh = "只看数量。", en = "Quantity only." }
groups = [{ code = "amount", name = { zh = "供应量", en = "Amount served" }, weight = 100 }]
items = [{ group = "amount", indicator = "meals_served", target = 10 }]

[[scheme]]
code = "kitchens"
edition = "new"
name = { zh = "食堂星级", en = "Kitchen stars" }
items = [{ indicator = "meals_served", target = 20 }]

[[light]]
code = "ceiling"
name = { zh = "上限灯", en = "Ceiling" }
compares = "limit"
source = { document = "某办法第十二条" }

[[watch]]
code = "waste"
name = { zh = "浪费", en = "Waste" }
actual = "meals"
target = "target(meals)"
light = "ceiling"
"""


@pytest.fixture
def scored(tmp_path: Path) -> ms.Catalogue:
    path = tmp_path / "scored.toml"
    path.write_text(SCORED, "utf-8")
    return ms.catalogue(packs=[path], builtin=False)


@pytest.mark.parametrize(
    "words", ["食堂评分", "食堂考核", "kitchens", "Kitchen scores", "第十条", "只看数量", "供应量", "老有所养 county"]
)
def test_a_scheme_is_found_by_name_alias_and_words(scored: ms.Catalogue, words: str) -> None:
    assert "kitchens@old" in [one.key for one in scored.find(*words.split()).schemes]


def test_schemes_lights_and_watches_mean_themselves(scored: ms.Catalogue) -> None:
    assert [one.key for one in scored.schemes] == ["kitchens@new", "kitchens@old"]
    assert set(scored.meanings("kitchens")) == set(scored.meanings("食堂考核")) == set(scored.schemes)
    assert scored.meanings("kitchens@new") == scored.meanings("食堂星级@new") == scored.schemes[:1]
    assert scored.meanings("上限灯") == scored.meanings("CEILING") == (scored.light_rules["ceiling"],)
    assert scored.meanings("waste") == scored.meanings("浪费") == scored.watches
    assert scored.find("第十二条").light_rules == (scored.light_rules["ceiling"],)
    assert scored.find("target(meals)").watches == scored.watches
    assert scored.search("食堂评分") == ()
    assert names(scored.likely("kitchns"))[0] == "kitchens"
