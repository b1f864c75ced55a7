"""``minsheng check FORM.xlsx -o MARKED.xlsx``: the form is sent back with what was found in it."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl

import libminsheng as ms
from tests.cli.conftest import Minsheng
from tests.facts.forms import edited, enter

ASKED = ("--measure", "newborns_screened", "--measure", "live_births", "--period", "2017")


def test_check_sends_the_form_back(minsheng: Minsheng, tmp_path: Path) -> None:
    form, back = tmp_path / "form.xlsx", tmp_path / "marked.xlsx"
    minsheng("template", *ASKED, "--division", "340102001", "--division", "340102003", "-o", form)
    enter(form, [105, 100, 50, 60])
    done = minsheng("check", form, "-o", back)
    assert done.code == 1
    assert "cells marked" in done.err
    book = openpyxl.load_workbook(back)
    said = {
        cell.coordinate: cell.comment.text for row in book.worksheets[0].iter_rows() for cell in row if cell.comment
    }
    assert "105" in said["E8"]
    assert set(said) == {"E8", "F8"}  # both sides of a contradiction
    assert "疑点" in book.sheetnames
    assert book["疑点"].row_dimensions[2].height > 15  # LibreOffice shows one line of what is wrapped otherwise
    assert len(ms.read_facts(back)) == 4


def test_check_marks_what_cannot_be_read_and_yields_no_findings_of_the_rest(minsheng: Minsheng, tmp_path: Path) -> None:
    form, back = tmp_path / "form.xlsx", tmp_path / "marked.xlsx"
    minsheng("template", *ASKED, "--division", "340102001", "--division", "340102003", "-o", form)
    enter(form, [105, 100, "五十", 60])
    done = minsheng("check", form, "-o", back)
    assert done.code == 2
    assert "五十" in done.err
    book = openpyxl.load_workbook(back)
    assert [cell.coordinate for row in book.worksheets[0].iter_rows() for cell in row if cell.comment] == ["E9"]
    assert minsheng("check", form, "-o", back, "--skip-bad-rows").code == 1


def test_check_writes_a_list_where_a_format_is_asked_for(minsheng: Minsheng, tmp_path: Path) -> None:
    form, back = tmp_path / "form.xlsx", tmp_path / "list.xlsx"
    minsheng("template", *ASKED, "--division", "340102001", "-o", form)
    enter(form, [105, 100])
    assert minsheng("check", form, "--format", "xlsx", "-o", back).code == 1
    assert "_minsheng" not in openpyxl.load_workbook(back).sheetnames


def test_check_refuses_a_form_that_nobody_can_read(minsheng: Minsheng, tmp_path: Path) -> None:
    form, back = tmp_path / "form.xlsx", tmp_path / "marked.xlsx"
    minsheng("template", *ASKED, "--division", "340102001", "-o", form)

    def damage(book: openpyxl.Workbook) -> None:
        book["_minsheng"]["A3"] = "0"

    edited(form, damage)
    done = minsheng("check", form, "-o", back)
    assert done.code == 2
    assert not back.exists()


def test_a_finding_names_the_cell(minsheng: Minsheng, tmp_path: Path) -> None:
    form = tmp_path / "form.xlsx"
    minsheng("template", *ASKED, "--division", "340102001", "-o", form)
    enter(form, [105, 100])
    assert "cell 填报表!E8" in minsheng("check", form).out
    (found,) = [
        one for one in json.loads(minsheng("check", form, "--format", "json").out) if one["severity"] == "error"
    ]
    assert found["where"]["cell"] == "填报表!E8"
