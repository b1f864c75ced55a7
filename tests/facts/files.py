"""Files of facts made for a test, and what is said when one is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import libminsheng as ms

HEADER = "division,period,measure,value\n"
CHINESE = ["区划", "时期", "指标", "数值"]


def written(folder: Path, text: str | bytes, name: str = "facts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def workbook(path: Path, rows: Sequence[Sequence[Any]], *, first: int = 0, merge: str | None = None) -> Path:
    """A workbook of one sheet whose table begins in row `first` (from 0)."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows, start=first):
            sheet.write_row(number, 0, row)
        if merge:
            sheet.merge_range(merge, "340102")
    return path


def repacked(path: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> Path:
    """The same workbook with its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(*change(*part))
    return path


def refused(path: Path | list[Path], **options: Any) -> ms.FactsError:
    with pytest.raises(ms.FactsError) as error:
        ms.read_facts(path, **options)
    return error.value


def good(error: ms.FactsError) -> list[int]:
    """The row numbers of the good rows that came with a refusal."""
    assert isinstance(error.facts, ms.Facts)
    return error.facts.frame["row"].to_list()
