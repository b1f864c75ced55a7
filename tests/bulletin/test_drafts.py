"""Draft facts: what a person confirms; what is not plain has no measure and says why."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings

import libminsheng as ms
from libminsheng.bulletin.drafts import DRAFT_COLUMNS, draft_facts
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.read import Bulletin, read_bulletin
from libminsheng.errors import Language, language
from tests.bulletin.quantities import CATALOGUE, said


def test_the_yaohai_bulletin_becomes_the_facts_that_a_person_wrote(repository: Path) -> None:
    folder = repository / "examples/yaohai-2017"
    draft = draft_facts(read_bulletin((folder / "bulletin.txt").read_text("utf-8")), CATALOGUE)
    wanted = ms.read_facts(folder / "facts.csv", catalogue=CATALOGUE).frame.filter(pl.col("measure") != "live_births")
    keys = ["division", "period", "measure"]
    assert draft.filter(pl.col("measure").is_not_null()).height == wanted.height
    assert set(draft.select(keys).iter_rows()) == set(wanted.select(keys).iter_rows())


def test_confirmed_drafts_are_read_back_as_facts(tmp_path: Path) -> None:
    text = "2017年，瑶海区救助孤儿17人，拨付和使用专项资金2.62亿元，三里街街道开展宣传活动20余场。"
    path = tmp_path / "draft.csv"
    draft_facts(read_bulletin(text), CATALOGUE).write_csv(path)
    facts = ms.read_facts(path, catalogue=CATALOGUE).frame
    assert facts["measure"].to_list() == ["orphans", "funds_disbursed_and_used", "publicity_events"]
    assert facts["approximate"].to_list() == [False, False, True]
    assert facts["source"][0] == "瑶海区救助孤儿17人"


def test_unconfirmed_drafts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "draft.csv"
    draft_facts(read_bulletin("2017年，瑶海区补贴390户。"), CATALOGUE).write_csv(path)
    with pytest.raises(ms.FactsError):
        ms.read_facts(path, catalogue=CATALOGUE)


def test_a_measure_is_drafted_once() -> None:
    draft = draft_facts(read_bulletin("2017年，瑶海区救助孤儿17人。", division="340102"), CATALOGUE, "en")
    twice = draft_facts(read_bulletin("2017年，瑶海区救助孤儿17人。全区救助孤儿17人。"), CATALOGUE, "en")
    assert draft["measure"].to_list() == ["orphans"]
    assert twice["measure"].to_list() == ["orphans", None]
    assert twice["note"][1] == "said before: Orphans supported (orphans)"


def test_notes_say_what_is_open(lang: Language) -> None:
    with language(lang):
        draft = draft_facts(read_bulletin("发放补贴约6.87万元。"), CATALOGUE)
    note = draft["note"][0]
    for part in ("68650", "6875") if lang == "zh" else ("no division", "no period"):
        assert part in note


@given(said())
@settings(deadline=None)
def test_no_row_is_without_a_measure_and_a_reason(given_: tuple[str, list[Quantity]]) -> None:
    text, quantities = given_
    draft = draft_facts(Bulletin(text, quantities), CATALOGUE)
    assert tuple(draft.columns) == DRAFT_COLUMNS
    assert draft.height == len(quantities)
    assert draft.filter(pl.col("measure").is_null() & pl.col("note").is_null()).is_empty()
