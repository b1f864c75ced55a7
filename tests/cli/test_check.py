"""minsheng check: findings in each form, exit codes, duplicates, bad rows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import fastexcel
import pytest

from tests.cli.conftest import Minsheng

HEADER = "division,period,measure,value\n"
WRONG = ["340102,2017,newborns_screened,10642", "340102,2017,live_births,10601"]
ODD = ["340102,2017,shanty_units_started,520", "340102,2017,shanty_beneficiaries,3034"]
RIGHT = ["340102,2017,newborns_screened,10601", "340102,2017,live_births,10642"]


def file(folder: Path, *rows: str, name: str = "facts.csv") -> Path:
    path = folder / name
    path.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return path


def test_what_contradicts_itself_is_told_with_its_row(
    minsheng: Minsheng, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would be folded in the table
    done = minsheng("check", file(tmp_path, *WRONG).name, "--only", "subset_exceeds_set", "--lang", "en")
    assert done.code == 1
    assert "1 errors, 0 warnings" in done.out
    assert "row 2, 340102, 2017, newborns_screened" in done.out
    assert "newborns_screened = 10642 > live_births = 10601" in done.out


def test_nothing_found_is_exit_0(minsheng: Minsheng, tmp_path: Path) -> None:
    done = minsheng("check", file(tmp_path, *RIGHT), "--lang", "en")
    assert done.code == 0
    assert "0 errors, 0 warnings, 0 notes" in done.out


def test_notes_alone_are_exit_0(minsheng: Minsheng, tmp_path: Path) -> None:
    rows = ["340102,2017,newborns_screened,10601", "340102,2017,newborn_screening_reported,99.61"]
    done = minsheng("check", file(tmp_path, *rows), "--only", "rate", "--format", "json")
    assert done.code == 0
    assert [one["code"] for one in json.loads(done.out)] == ["rate_partners"]


def test_the_json_of_a_finding(minsheng: Minsheng, tmp_path: Path) -> None:
    path = file(tmp_path, *ODD)
    done = minsheng("check", path, "--format", "json")
    (one,) = json.loads(done.out)
    assert (done.code, one["code"], one["severity"]) == (1, "implausible_ratio", "warning")
    assert set(one) == {"code", "severity", "where", "seen", "arithmetic", "hypotheses", "message"}
    assert one["where"] == {
        "file": str(path),
        "row": 3,
        "division": "340102",
        "period": "2017",
        "measure": "shanty_beneficiaries",
    }
    assert [guess["weight"] for guess in one["hypotheses"]] == ["0.6", "0.3", "0.2"]
    assert set(one["message"]) == {"zh", "en"}


def test_only_some_and_only_the_gravest(minsheng: Minsheng, tmp_path: Path) -> None:
    path = file(tmp_path, *WRONG, *ODD)
    assert json.loads(minsheng("check", path, "--only", "range", "--severity", "error", "--format", "json").out) == []
    assert minsheng("check", path, "--only", "range", "--severity", "error").code == 0
    done = minsheng("check", path, "--only", "persons_per_dwelling", "--only", "compare", "--format", "json")
    assert [one["code"] for one in json.loads(done.out)] == ["subset_exceeds_set", "implausible_ratio"]


def test_as_csv_and_as_a_workbook(minsheng: Minsheng, tmp_path: Path) -> None:
    path, target = file(tmp_path, *ODD), tmp_path / "findings.xlsx"
    (row,) = csv.DictReader(io.StringIO(minsheng("check", path, "--format", "csv", "--lang", "en").out))
    assert (row["severity"], row["finding_code"], row["row"], row["rule"]) == (
        "warning",
        "implausible_ratio",
        "3",
        "persons_per_dwelling",
    )
    assert minsheng("check", path, "-o", target, "--lang", "zh").code == 1
    frame = fastexcel.read_excel(target).load_sheet("疑点").to_polars()
    assert frame["行"].to_list() == [3]
    assert frame["区划"].to_list() == ["340102"]


def test_what_is_reported_twice_is_found_and_the_rest_is_checked(minsheng: Minsheng, tmp_path: Path) -> None:
    path = file(tmp_path, *WRONG, "340102,2017,culture_walls,1", "340102,2017,culture_walls,2")
    found = json.loads(minsheng("check", path, "--format", "json").out)
    twice = [one for one in found if one["code"] == "duplicate"]
    assert [one["where"]["row"] for one in twice] == [5]
    assert "row 4 has it already" in twice[0]["message"]["en"]
    assert any(one["code"] == "subset_exceeds_set" for one in found)


def test_what_two_files_report_is_found_too(minsheng: Minsheng, tmp_path: Path) -> None:
    one, two = (file(tmp_path, "340102,2017,culture_walls,1", name=name) for name in ("one.csv", "two.csv"))
    done = minsheng("check", one, two, "--only", "duplicate", "--format", "json")
    (found,) = json.loads(done.out)
    assert (found["where"]["file"], found["where"]["row"]) == (str(two), 2)
    assert f"row 2 of {one}" in found["message"]["en"]


def test_other_bad_rows_refuse_the_file_unless_asked(minsheng: Minsheng, tmp_path: Path) -> None:
    path = file(tmp_path, *WRONG, "340102,2017,culture_walls,many", "340102,2017,live_births,10601")
    done = minsheng("check", path, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert "row 4" in done.err
    done = minsheng("check", path, "--skip-bad-rows", "--format", "json", "--lang", "en")
    assert done.code == 1
    assert "row 4" in done.err
    assert [one["code"] for one in json.loads(done.out)] == ["duplicate"]


def test_an_offices_own_rule(minsheng: Minsheng, tmp_path: Path) -> None:
    pack = tmp_path / "mine.toml"
    pack.write_text(
        '[[rule]]\ncode = "mine"\ncheck = "compare"\nseverity = "error"\nleft = "文化墙"\ncomparison = ">="\nright = "2 * culture_walls"\n'.replace(
            "文化墙", "culture_walls"
        ),
        "utf-8",
    )
    done = minsheng(
        "check", file(tmp_path, "340102,2017,culture_walls,3"), "--pack", pack, "--only", "mine", "--format", "json"
    )
    (one,) = json.loads(done.out)
    assert one["arithmetic"] == "culture_walls = 3 < 2 * culture_walls = 6"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--only", "subset_exceed_set"), "subset_exceeds_set"),
        (("--severity", "grave"), "error, warning, note"),
        (("--format", "html"), "table, json, csv, xlsx"),
        (("--pack", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    minsheng: Minsheng, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    done = minsheng("check", file(tmp_path, *RIGHT), *options, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert told in done.err
