"""minsheng evaluate: every option, every form, and what happens when the input is bad."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest

from libminsheng.cli import main
from tests.cli.conftest import Minsheng

RATE = ("--indicator", "newborn_screening_rate")


def figures(text: str) -> list[dict[str, Any]]:
    return json.loads(text)


def test_json_is_the_array_of_the_design(minsheng: Minsheng, facts: Path) -> None:
    done = minsheng("evaluate", facts, *RATE, "--division", "340102", "--to", "2017", "--format", "json")
    assert done.code == 0
    assert done.out == (
        '[\n{"indicator": "newborn_screening_rate", "edition": "2013", "division": "340102", "period": "2017", "by": {}, '
        '"value": "99.61", "unit": "%", "numerator": "10601", "denominator": "10642", "status": "ok", "flags": ["estimated"], '
        '"coverage": {"reported": 1, "expected": 1}, "missing": []}\n]\n'
    )


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "zh",
            (
                "瑶海区 340102 · 共2个结果\n\n"
                "指标                        时期     数值  单位  状态\n"
                "--------------------------  ------  -----  ----  --------\n"
                "幼有所育\n"
                "新生儿遗传代谢性疾病筛查率  2017年  99.61  %     含推算数\n"
                "新生儿遗传代谢性疾病筛查率  2018年      —  %     分母为零\n"
            ),
        ),
        (
            "en",
            (
                "瑶海区 340102 · 2 figures\n\n"
                "Indicator               Period  Value  Unit  Status\n"
                "----------------------  ------  -----  ----  ----------------\n"
            ),
        ),
    ],
)
def test_the_table_is_grouped_and_aligned(minsheng: Minsheng, facts: Path, lang: str, expected: str) -> None:
    done = minsheng("evaluate", facts, *RATE, "--division", "340102", "--lang", lang)
    assert done.code == 0
    assert done.out.startswith(expected)


def test_an_indicator_may_be_named_in_chinese_or_by_edition(minsheng: Minsheng, facts: Path) -> None:
    words = [
        "--indicator",
        "新生儿遗传代谢性疾病筛查率",
        "--indicator",
        "funds_arrival_rate@allocated",
        "--format",
        "json",
    ]
    done = minsheng("evaluate", facts, *words)
    assert {(figure["indicator"], figure["edition"]) for figure in figures(done.out)} == {
        ("newborn_screening_rate", "2013"),
        ("funds_arrival_rate", "allocated"),
    }


def test_without_a_wish_whatever_has_an_operand_is_computed(minsheng: Minsheng, facts: Path) -> None:
    codes = {figure["indicator"] for figure in figures(minsheng("evaluate", facts, "--format", "json").out)}
    assert {"newborn_screening_rate", "special_funds"} <= codes
    assert "funds_utilization_rate" not in codes


def test_csv_to_a_pipe_has_no_byte_order_mark_and_a_file_has(minsheng: Minsheng, facts: Path, tmp_path: Path) -> None:
    words = ["evaluate", facts, *RATE, "--division", "340102"]
    piped = minsheng(*words, "--format", "csv").out
    assert minsheng(*words, "-o", tmp_path / "figures.csv").code == 0
    assert (tmp_path / "figures.csv").read_bytes() == b"\xef\xbb\xbf" + piped.encode()
    rows = list(csv.DictReader(io.StringIO(piped)))
    assert [row["value"] for row in rows] == ["99.61", ""]
    assert rows[0]["flags"] == "estimated"


@pytest.mark.parametrize("form", ["json", "csv", "parquet", "xlsx", "html", "txt"])
def test_a_file_is_written_in_the_form_of_its_suffix(
    minsheng: Minsheng, facts: Path, tmp_path: Path, form: str
) -> None:
    target = tmp_path / f"figures.{form}"
    done = minsheng("evaluate", facts, *RATE, "-o", target, "--lang", "en")
    assert done.code == 0
    assert done.out == ""
    assert f"wrote {target}" in done.err
    reads: dict[str, Any] = {
        "json": lambda: figures(target.read_text("utf-8")),
        "csv": lambda: pl.read_csv(target),
        "parquet": lambda: pl.read_parquet(target),
        "xlsx": lambda: fastexcel.read_excel(target).load_sheet(0).to_polars(),
        "html": lambda: target.read_text("utf-8").startswith("<!DOCTYPE html>"),
        "txt": lambda: target.read_text("utf-8").splitlines()[2].startswith("Indicator"),
    }
    assert reads[form]() is not False


def test_bytes_go_to_a_pipe_but_not_to_a_terminal(facts: Path, capfdbinary: Any, monkeypatch: Any) -> None:
    assert main(["evaluate", str(facts), *RATE, "--format", "parquet"]) == 0
    assert len(pl.read_parquet(io.BytesIO(capfdbinary.readouterr().out)))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert main(["evaluate", str(facts), *RATE, "--format", "xlsx"]) == 2
    assert b"xlsx cannot be shown on a terminal" in capfdbinary.readouterr().err


def test_by_period_range_division_and_level_limit_the_figures(minsheng: Minsheng, facts: Path) -> None:
    words = ["evaluate", facts, *RATE, "--format", "json"]
    by = figures(minsheng(*words, "--by", "kind").out)
    assert {tuple(figure["by"]) for figure in by} == {()}
    assert {figure["period"] for figure in figures(minsheng(*words, "--from", "2018").out)} == {"2018"}
    assert {figure["period"] for figure in figures(minsheng(*words, "--to", "2017年").out)} == {"2017"}
    assert {figure["division"] for figure in figures(minsheng(*words, "--division", "瑶海区").out)} == {"340102"}
    assert {figure["division"] for figure in figures(minsheng(*words, "--level", "township").out)} == {"340102004"}
    halves = figures(minsheng(*words, "--period", "half", "--division", "340102").out)
    assert {figure["period"] for figure in halves} == {"2017-H1", "2017-H2", "2018-H1", "2018-H2"}


def test_the_expected_reporters_come_from_a_list(minsheng: Minsheng, facts: Path, tmp_path: Path) -> None:
    names = tmp_path / "reporters.csv"
    names.write_text("区划,名称\n340102004,三里街\n340102008,和平路\n", "gb18030")
    done = minsheng(
        "evaluate", facts, *RATE, "--from", "2018", "--division", "340102", "--reporters", names, "--format", "json"
    )
    assert [figure["coverage"] for figure in figures(done.out)] == [{"reported": 1, "expected": 2}]
    names.write_text("\n", "utf-8")
    refused = minsheng("evaluate", facts, "--reporters", names)
    assert (refused.code, refused.err) == (2, f"{names}: the list names no division (write one code a line)\n")


def test_a_tree_of_ones_own_is_complete(minsheng: Minsheng, tmp_path: Path) -> None:
    (tmp_path / "tree.csv").write_text("code,name,parent\nroot,All,\na,A,root\n", "utf-8")
    (tmp_path / "old.csv").write_text("old,new,from\nz,a,2018-01-01\n", "utf-8")
    facts = tmp_path / "facts.csv"
    facts.write_text("division,period,measure,value\na,2017,live_births,2\na,2017,newborns_screened,1\n", "utf-8")
    words = [*RATE, "--tree", tmp_path / "tree.csv", "--format", "json"]
    done = minsheng("evaluate", facts, *words)
    assert [(figure["division"], figure["value"]) for figure in figures(done.out)] == [
        ("a", "50.00"),
        ("root", "50.00"),
    ]
    facts.write_text("division,period,measure,value\nz,2017,live_births,2\n", "utf-8")
    assert minsheng("evaluate", facts, *words).code == 2
    assert minsheng("evaluate", facts, *words, "--successors", tmp_path / "old.csv").code == 0


def test_parents_own_adds_the_parents_report(minsheng: Minsheng, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text(
        "division,period,measure,value\n340102,2017,publicity_events,125\n340102004,2017,publicity_events,20\n", "utf-8"
    )
    words = ["evaluate", facts, "--indicator", "events_held", "--division", "340102", "--format", "json"]
    assert [figure["value"] for figure in figures(minsheng(*words).out)] == ["125"]
    assert [figure["value"] for figure in figures(minsheng(*words, "--parents", "own").out)] == ["145"]
    assert minsheng(*words, "--parents", "all").code == 2


def test_several_files_are_read_as_one(minsheng: Minsheng, tmp_path: Path) -> None:
    header = "division,period,measure,value\n"
    (tmp_path / "a.csv").write_text(header + "340102,2017,live_births,4\n", "utf-8")
    (tmp_path / "b.csv").write_text(header + "340102,2017,newborns_screened,1\n", "utf-8")
    words = [*RATE, "--division", "340102", "--format", "json"]
    done = minsheng("evaluate", tmp_path / "a.csv", tmp_path / "b.csv", *words)
    assert [figure["value"] for figure in figures(done.out)] == ["25.00"]


def test_a_pack_is_used_beside_the_built_in_ones(minsheng: Minsheng, facts: Path, tmp_path: Path) -> None:
    pack = tmp_path / "mine.toml"
    pack.write_text(
        '[[indicator]]\ncode = "births_in_ten_thousands"\nname = "出生"\nformula = "live_births"\nunit = "万人"\ndomain = "幼有所育"\n',
        "utf-8",
    )
    done = minsheng("evaluate", facts, "--pack", pack, "--division", "340102", "--to", "2017", "--format", "json")
    assert [(figure["indicator"], figure["value"]) for figure in figures(done.out)] == [
        ("births_in_ten_thousands", "1.06")
    ]


def test_a_receipt_is_written_beside(minsheng: Minsheng, facts: Path, tmp_path: Path) -> None:
    from libminsheng.engine import Receipt

    receipts = []
    for _ in range(2):
        assert minsheng("evaluate", facts, *RATE, "--format", "json", "--receipt", tmp_path / "receipt.json").code == 0
        receipts.append(Receipt.from_dict(json.loads((tmp_path / "receipt.json").read_text("utf-8"))))
    assert receipts[0] == receipts[1]


def test_nothing_to_show_is_said_aside(minsheng: Minsheng, facts: Path) -> None:
    done = minsheng("evaluate", facts, *RATE, "--level", "village", "--format", "json")
    assert (done.code, done.out) == (0, "[]\n")
    assert "no figures" in done.err


BAD = """\
division,period,measure,value,unit
340102,2017,live_births,10642,人
340102,2017,newborns_screened,99.61%,人
340102,2017-13,live_births,10642,人
340102,2017,fee_exemption_funds,5714.8,人
"""


def test_nothing_is_computed_from_a_file_with_bad_rows_unless_asked(minsheng: Minsheng, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(BAD, "utf-8")
    done = minsheng("evaluate", path, *RATE)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 3
    assert all(f"row {row}" in line for row, line in zip((3, 4, 5), done.err.splitlines(), strict=True))
    asked = minsheng("evaluate", path, *RATE, "--skip-bad-rows", "--division", "340102", "--format", "json")
    assert asked.code == 0
    assert [figure["status"] for figure in figures(asked.out)] == ["no_data"]
    assert all(f"row {row}" in asked.err for row in (3, 4, 5))
    assert "3 rows were left out" in asked.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"division,period\n1,2\n",
        b"\x00\xff\xfe\x9f" * 50,
        "区划,时期\n".encode("utf-16"),
        b"PK\x03\x04 no workbook",
        b"division,period,measure,value\n" + b'"' * 7,
        "division,period,measure,value\n340102,2017,新生儿,五".encode("gb18030") + "指标".encode(),
    ],
    ids=["empty", "blank", "columns", "bytes", "utf-16", "zip", "quotes", "mixed"],
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".dat"])
def test_an_ugly_file_is_refused_in_lines(minsheng: Minsheng, tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"ugly{suffix}"
    path.write_bytes(content)
    done = minsheng("evaluate", path, "-o", tmp_path / "out.csv")
    assert done.code == 2, done.err
    assert done.err
    assert all(len(line) < 600 for line in done.err.splitlines())
    assert not (tmp_path / "out.csv").exists()


def test_what_there_was_stays_when_the_new_cannot_be_made(
    minsheng: Minsheng, facts: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    target = tmp_path / "figures.xlsx"
    target.write_text("old", "utf-8")
    target.chmod(0o640)
    assert minsheng("evaluate", tmp_path / "none.csv", "-o", target).code == 2
    assert target.read_text("utf-8") == "old"

    from libminsheng.report import workbook

    def half(_: object, stream: io.BytesIO) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(workbook, "figures_workbook", half)
        done = minsheng("evaluate", facts, *RATE, "-o", target)
    assert (done.code, done.err) == (2, f"{target}: the system refused: No space left on device\n")
    assert target.read_text("utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facts.csv", "figures.xlsx"]
    assert minsheng("evaluate", facts, *RATE, "-o", target).code == 0
    assert target.read_bytes().startswith(b"PK")
    assert target.stat().st_mode & 0o777 == 0o640


def test_the_facts_are_not_overwritten(minsheng: Minsheng, facts: Path, tmp_path: Path) -> None:
    before = facts.read_bytes()
    (tmp_path / "link.csv").symlink_to(facts)
    for target in (facts, tmp_path / "link.csv"):
        done = minsheng("evaluate", facts, "-o", target)
        assert (done.code, facts.read_bytes()) == (2, before)
        assert "-o would overwrite the facts" in done.err
    assert minsheng("evaluate", facts, "-o", tmp_path).code == 2


def test_a_small_file_loads_little(repository: Path, facts: Path) -> None:
    """What makes a start slow is what is imported: a table of a few rows needs no sheets, bars or other engines."""
    program = (
        "import sys; from libminsheng.cli import main; code = main(sys.argv[1:]); "
        "print(sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "evaluate", str(facts), "--format", "json"],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": str(repository)},
    )  # fmt: skip
    assert json.loads(done.stdout)
    for heavy in ("rich", "xlsxwriter", "fastexcel", "great_tables", "pandas", "duckdb", "pyspark"):
        assert f"'{heavy}'" not in done.stderr
