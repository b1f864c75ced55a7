"""minsheng catalogue: list, show, search."""

from __future__ import annotations

import json

import pytest

import libminsheng as ms
from tests.cli.conftest import Minsheng


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
    assert "newborn_screening_rate" in done.err


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
