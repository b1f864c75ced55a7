"""minsheng read and minsheng check on texts: forms, encodings, what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Minsheng

TEXT = "2017年，瑶海区救助孤儿17人，开展活动约20场，办理法律援助案件808人次。"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "bulletin.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_a_table_shows_each_quantity_with_its_measure(minsheng: Minsheng, text: Path) -> None:
    done = minsheng("read", text, "--lang", "en")
    assert done.code == 0
    assert "3 quantities" in done.out
    for word in ("17人", "孤儿", "Orphans supported", "≈ 20", "340102"):
        assert word in done.out
    assert "救助孤儿数" in minsheng("read", text, "--lang", "zh").out


def test_json_is_the_contract_of_a_quantity(minsheng: Minsheng, text: Path) -> None:
    first, second, _ = json.loads(minsheng("read", text, "--format", "json").out)
    start = TEXT.index("17人")
    candidates = first.pop("candidates")
    assert candidates[0]["measure"] == "orphans"
    assert 0 < float(candidates[0]["score"]) <= 1
    assert first == {
        "text": "17人",
        "start": start,
        "end": start + 3,
        "value": "17",
        "low": "17",
        "high": "17",
        "unit": "人",
        "approximate": False,
        "of": "孤儿",
        "division": "340102",
        "period": "2017",
        "measure": "orphans",
    }
    assert second["approximate"] is True


def test_csv_is_the_draft_facts(minsheng: Minsheng, text: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(minsheng("read", text, "--format", "csv").out)))
    assert [row["measure"] for row in rows][:1] == ["orphans"]
    assert rows[0]["source"] == "瑶海区救助孤儿17人"
    target = tmp_path / "draft.csv"
    done = minsheng("read", text, "-o", target)
    assert done.code == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "draft.csv" in done.err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_is_read_in_the_encodings_of_offices(minsheng: Minsheng, text: Path, encoding: str) -> None:
    text.write_bytes(TEXT.encode(encoding))
    assert json.loads(minsheng("read", text, "--format", "json").out)[0]["text"] == "17人"


def test_a_text_comes_through_standard_input(minsheng: Minsheng, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("read", "check"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode("utf-8"))))
        done = minsheng(command, "-", "--format", "json")
        assert "808人次" in done.out


def test_division_and_period_may_be_given(minsheng: Minsheng, text: Path) -> None:
    text.write_text("救助孤儿17人。", "utf-8")
    (one,) = json.loads(minsheng("read", text, "--division", "庐阳区", "--period", "2018", "--format", "json").out)
    assert (one["division"], one["period"]) == ("340103", "2018")


@pytest.mark.parametrize("option", [("--division", "999999"), ("--period", "2018-13"), ("--format", "xml")])
def test_what_cannot_be_used_is_refused(minsheng: Minsheng, text: Path, option: tuple[str, str]) -> None:
    done = minsheng("read", text, *option)
    assert done.code == 2
    assert done.out == ""
    assert option[1] in done.err


def test_what_is_no_text_is_refused(minsheng: Minsheng, tmp_path: Path) -> None:
    path = tmp_path / "bulletin.txt"
    for content in (b"\x00\x01\x02", b"\xff\xff\xff\x80"):
        path.write_bytes(content)
        for command in ("read", "check"):
            done = minsheng(command, path, "--lang", "en")
            assert done.code == 2
            assert "bulletin.txt: not text in UTF-8 or GB18030" in done.err
    assert minsheng("read", tmp_path / "none.txt").code == 2


def test_an_empty_text_has_no_quantities(minsheng: Minsheng, text: Path) -> None:
    text.write_text("", "utf-8")
    assert json.loads(minsheng("read", text, "--format", "json").out) == []
    assert minsheng("check", text).code == 0
    assert "0 quantities" in minsheng("read", text, "--lang", "en").out


def test_check_takes_texts_beside_facts(minsheng: Minsheng, text: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "division,period,measure,value\n340102,2017,newborns_screened,10642\n340102,2017,live_births,10601\n", "utf-8"
    )
    done = minsheng("check", text, facts, "--format", "json")
    found = json.loads(done.out)
    assert done.code == 1
    assert {(Path(one["where"]["file"]).name, one["code"]) for one in found} >= {
        ("bulletin.txt", "counted_otherwise"),
        ("facts.csv", "subset_exceeds_set"),
    }
    where = next(one["where"] for one in found if one["code"] == "counted_otherwise")
    assert TEXT[where["start"] : where["end"]] == "808人次"


def test_only_some_checks_of_a_text(minsheng: Minsheng, text: Path) -> None:
    assert json.loads(minsheng("check", text, "--only", "text_points", "--format", "json").out) == []
    assert minsheng("check", text, "--only", "nonsense").code == 2
