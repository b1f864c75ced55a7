"""``minsheng template``, and the way back: filled in and evaluated."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Minsheng
from tests.facts.forms import enter, pages, value_cells

ASKED = ("--measure", "newborns_screened", "--measure", "live_births", "--period", "2017")


def test_a_form_is_made_filled_in_and_evaluated(minsheng: Minsheng, tmp_path: Path) -> None:
    form = tmp_path / "form.xlsx"
    done = minsheng("template", *ASKED, "--division", "瑶海区", "-o", form)
    assert (done.code, done.out) == (0, "")
    assert "asks for 2 values" in done.err
    enter(form, [10601, 10642])
    done = minsheng("evaluate", form, "--indicator", "newborn_screening_rate", "--format", "csv")
    assert done.code == 0
    assert "99.61" in done.out


def test_reporters_breakdowns_scenarios_units_and_sheets(minsheng: Minsheng, tmp_path: Path) -> None:
    form, names = tmp_path / "form.xlsx", tmp_path / "names.txt"
    names.write_text("340102001\n340102003\n", "utf-8")
    options = [
        "--reporters",
        names,
        "--breakdown",
        "性别=男，女",
        "--scenario",
        "--unit",
        "万元",
        "--sheets",
        "--title",
        "资金表",
    ]
    assert minsheng("template", "--measure", "funds_used", "--period", "2017-09", *options, "-o", form).code == 0
    book = openpyxl.load_workbook(form)
    assert [page.title for page in pages(book)] == ["明光路街道", "胜利路街道"]
    assert len(list(value_cells(pages(book)[0]))) == 6
    assert "资金表" in [cell.value for cell in pages(book)[0][1]]
    assert "万元" in [cell.value for row in pages(book)[0].iter_rows() for cell in row]


def test_a_pack_by_id_by_path_and_a_level(minsheng: Minsheng, tmp_path: Path) -> None:
    form, pack = tmp_path / "form.xlsx", tmp_path / "mine.toml"
    assert (
        minsheng(
            "template",
            "--pack",
            "population",
            "--under",
            "340102",
            "--level",
            "township",
            "--period",
            "2017",
            "-o",
            form,
        ).code
        == 0
    )
    pack.write_text('[[measure]]\ncode = "meals"\nunit = "份"\n', "utf-8")
    assert minsheng("template", "--pack", pack, "--division", "340102", "--period", "2017", "-o", form).code == 0
    assert len(list(value_cells(pages(openpyxl.load_workbook(form))[0]))) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--measure", "live_birth", "--division", "340102"], "live_births"),
        (["--measure", "live_births"], "nothing to fill in"),
        (["--pack", "childhod", "--division", "340102"], "childhood"),
        (["--measure", "live_births", "--division", "340199"], "340199"),
        (["--measure", "live_births", "--division", "340102", "--breakdown", "sex"], "COLUMN=VALUE"),
    ],
)
def test_what_cannot_be_asked_is_refused(minsheng: Minsheng, tmp_path: Path, options: list[str], words: str) -> None:
    done = minsheng("template", *options, "--period", "2017", "-o", tmp_path / "form.xlsx")
    assert done.code == 2
    assert words in done.err
    assert not (tmp_path / "form.xlsx").exists()


def test_a_form_is_an_xlsx(minsheng: Minsheng, tmp_path: Path) -> None:
    done = minsheng("template", *ASKED, "--division", "340102", "-o", tmp_path / "form.csv")
    assert done.code == 2
    assert "xlsx" in done.err
