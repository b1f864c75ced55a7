"""Every pack is written as JSON and as TOML, and read back as the same definitions."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.written import pack_json, pack_schema, pack_toml

PACKS = [pack.id for pack in ms.catalogue().packs]
NAMES = st.text(st.characters(codec="utf-8"), max_size=8)


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = pack_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def bare(pack: Pack) -> Pack:
    """A pack by its definitions: wherever it was read, its cases not among them."""
    return replace(pack, cases=(), unread=None, builtin=False)


def cases(catalogue: ms.Catalogue) -> list[Any]:
    """What every case says, its numbers as text."""
    rows = [(case.pack, case.row.model_dump(mode="json", exclude_unset=True)) for case in catalogue.cases]
    return json.loads(json.dumps(rows).replace("null", '""'))


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_in_json_keeps_to_the_schema(name: str) -> None:
    found = ms.catalogue()
    pack = next(one for one in found.packs if one.id == name)
    assert [error.message for error in validator().iter_errors(json.loads(pack_json(pack, found)))] == []


@pytest.fixture(scope="module", params=["json", "toml"])
def again(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ms.Catalogue:
    """The catalogue of the built-in packs, written and read, from where packs are shipped: only those set standing checks."""
    found, folder = ms.catalogue(), tmp_path_factory.mktemp(request.param)
    write = {"json": pack_json, "toml": pack_toml}[request.param]
    paths = []
    for pack in found.packs:
        paths.append(folder / f"{pack.id}.{request.param}")
        paths[-1].write_text(write(pack, found), "utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("libminsheng.definitions.rule_check._SHIPPED", folder)
        return ms.catalogue(paths, builtin=False)


def test_packs_come_back_as_they_were(again: ms.Catalogue) -> None:
    found = ms.catalogue()
    assert list(map(bare, again.packs)) == list(map(bare, found.packs))
    assert cases(again) == cases(found)
    digests = {one.key: again.digest_of(one) for one in again.indicators}
    assert digests == {one.key: found.digest_of(one) for one in found.indicators}


def test_the_cases_of_a_pack_hold_after_it_was_written(again: ms.Catalogue) -> None:
    results = ms.run_cases(again, "childhood")
    assert len(results) > 10
    assert all(result.passed for result in results)


@given(NAMES, NAMES, st.decimals(-(10**11), 99, places=6), st.sampled_from([None, Decimal("99.50")]))
def test_any_words_and_numbers_come_back(zh: str, en: str, low: Decimal, high: Decimal | None) -> None:
    indicator = ms.Indicator(
        "rate",
        "done / planned",
        "%",
        ms.Text(zh, en),
        bounds=(low, high),
        source=ms.Source(zh or "x", en, verified=False),
    )
    measures = (
        ms.Measure("done", unit="个", definition=ms.Text(zh, en)),
        ms.Measure("planned", {"zh": en, "en": zh}, unit="个"),
    )
    found = ms.catalogue([Pack("mine", ms.Text(zh, en), measures=measures, indicators=(indicator,))], builtin=False)
    with tempfile.TemporaryDirectory() as folder:
        for form, write in (("json", pack_json), ("toml", pack_toml)):
            path = Path(folder) / f"mine.{form}"
            path.write_text(write(found.packs[0], found), "utf-8", newline="")
            again = ms.catalogue([path], builtin=False).packs[0]
            assert again.indicators == found.packs[0].indicators
            assert [(one.code, one.name, one.definition or ms.Text()) for one in again.measures] == [
                (one.code, one.name, one.definition or ms.Text()) for one in found.packs[0].measures
            ]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ('{"measure": [{"code": "done", "unit": "个", "name": "完成数"}]}', True),
        ('{"indicator": [{"code": "r", "formula": "1", "edition": 2013, "bounds": [0, null]}]}', True),
        ('{"indicator": [{"code": "r", "formula": "1", "bounds": ["", "99.5"]}]}', True),
        ('{"indicator": [{"code": "r"}]}', False),
        ('{"indicator": [{"code": "9r", "formula": "1"}]}', False),
        ('{"measure": [{"code": "done", "colour": "red"}]}', False),
        ('{"measure": [{"code": "done", "time": "sometimes"}]}', False),
        ('{"mesure": []}', False),
        ('{"measure": {"code": "done"}}', False),
    ],
)
def test_the_schema_accepts_what_is_read(text: str, *, accepted: bool, tmp_path: Path) -> None:
    assert validator().is_valid(json.loads(text)) == accepted
    path = tmp_path / "mine.json"
    path.write_text(text, "utf-8")
    faults = ms.lint(path)
    assert (not [one for one in faults if not one.code.startswith("definitions.no_")]) == accepted


@pytest.mark.parametrize(
    "text", ["", "[]", "nonsense", '{"pack": {"id": "a", "id": "b"}}', '{"measure": NaN}', "[" * 100_000]
)
def test_what_is_no_json_is_refused_in_words(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ms.DefinitionError) as caught:
        ms.catalogue([path], builtin=False)
    assert [fault.code for fault in caught.value.faults] in (["definitions.json"], ["definitions.toml"])
