"""Files as tables of text: CSV in whatever encoding, xlsx, Parquet, Arrow.

Nothing is interpreted here but the container. Row numbers are those that Excel shows: the header
is row 1.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import polars as pl

from libminsheng.errors import FactsError, Fault, Place

__all__ = ["Table", "read_table"]

LARGEST_SHEET: Final = 2_000_000_000
"""Bytes that a sheet may have when it is unpacked."""

STEEPEST: Final = 500
"""Times that a sheet may grow when it is unpacked; real sheets stay below 50."""

MERGES_SHOWN: Final = 20


@dataclass(frozen=True)
class Table:
    """A header and the rows below it; `first_row` is the row number of the first of them."""

    header: list[str]
    frame: pl.DataFrame
    file: str
    first_row: int = 2


def read_table(path: Path, sheet: str | None = None) -> Table:
    """Read a file by its kind.

    Raises
    ------
    FactsError
        If it is no file, empty, of an unknown kind or not what its name says.
    """
    place = Place(str(path))
    if not path.exists() or path.is_dir():
        raise FactsError(Fault("facts.no_file", place))
    if path.stat().st_size == 0:
        raise FactsError(Fault("facts.empty", place))
    suffix = path.suffix.lower()
    try:
        if suffix in (".xlsx", ".xlsm"):
            return _xlsx(path, sheet)
        if suffix == ".parquet":
            return _typed(pl.read_parquet(path), path)
        if suffix in (".arrow", ".feather", ".ipc"):
            return _typed(pl.read_ipc(path), path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FactsError(
            Fault("facts.not_readable", place, {"kind": suffix[1:], "reason": _first_line(error)})
        ) from None
    if suffix in (".xls", ".et", ".ods"):
        raise FactsError(Fault("facts.old_sheet", place, {"kind": suffix[1:]}))
    return _csv(path)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _typed(frame: pl.DataFrame, path: Path) -> Table:
    return Table(list(frame.columns), frame, str(path))


def _csv(path: Path) -> Table:
    raw = path.read_bytes()
    text = _decoded(raw, str(path))
    if not text.strip():
        raise FactsError(Fault("facts.empty", Place(str(path))))
    if text.count('"') % 2:
        raise FactsError(Fault("facts.quotes", Place(str(path), row=_last_quote(text))))
    first = text[: text.find("\n")] if "\n" in text else text
    separator = max(",\t;，", key=first.count)
    if separator == "，":
        text, separator = text.replace("，", ","), ","
    try:
        frame = pl.read_csv(
            text.encode(),
            has_header=False,
            infer_schema=False,
            separator=separator,
        )
    except pl.exceptions.PolarsError as error:
        raise FactsError(_ragged(text, separator, str(path), error)) from None
    header = [cell or "" for cell in frame.row(0)]
    return Table(header, frame[1:], str(path))


def _last_quote(text: str) -> int:
    """The row in which the last quote stands: what it opens is never closed."""
    return text[: text.rindex('"')].count("\n") + 1


def _ragged(text: str, separator: str, file: str, error: Exception) -> Fault:
    """The row that has more cells than the header, if that is what is wrong."""
    import csv

    rows = csv.reader(io.StringIO(text), delimiter=separator)
    width = len(next(rows, []))
    for number, row in enumerate(rows, start=2):
        if len(row) > width:
            values = {"cells": len(row), "columns": width}
            return Fault("facts.ragged", Place(file, row=number), values)
    return Fault("facts.not_readable", Place(file), {"kind": "csv", "reason": _first_line(error)})


def _decoded(raw: bytes, file: str) -> str:
    """UTF-8 (with BOM or not), UTF-16 with BOM, GB18030; strictly, and never one within the other."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise FactsError(_undecodable(raw, error.start, file)) from None
    try:
        text = raw.decode("utf-8-sig")
        return _as_gb18030(raw, text) or text
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "ignore")
        if re.search(r"[一-鿿]{2}", before):
            raise FactsError(_undecodable(raw, error.start, file, "facts.mixed_encoding")) from None
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise FactsError(_undecodable(raw, error.start, file)) from None
    strange = re.search(r"[\ue000-\uf8ff\ufffd\x00-\x08]|[鈥銆锛鍖鏁]{2}", text)
    if strange:
        at = len(text[: strange.start()].encode("gb18030"))
        raise FactsError(_undecodable(raw, at, file, "facts.mixed_encoding"))
    return text


def _as_gb18030(raw: bytes, text: str) -> str | None:
    """A short Chinese text in GB18030 may pass for UTF-8: 约 is the same two bytes as the Armenian Լ.

    What reads as UTF-8 without one Chinese letter, and as GB18030 with some, is GB18030.
    """
    if text.isascii() or re.search(r"[⺀-鿿＀-￯]", text):
        return None
    try:
        other = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return other if re.search(r"[一-鿿]", other) else None


def _undecodable(raw: bytes, at: int, file: str, code: str = "facts.encoding") -> Fault:
    row = raw[:at].count(b"\n") + 1
    return Fault(code, Place(file, row=row), {"byte": at + 1})


def _xlsx(path: Path, sheet: str | None) -> Table:
    place = Place(str(path))
    if not zipfile.is_zipfile(path):
        raise FactsError(Fault("facts.no_xlsx", place))
    with zipfile.ZipFile(path) as archive:
        _refuse_bomb(archive, place)
        merged = list(_merged_ranges(archive))
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise FactsError(Fault("facts.no_sheet", place, {"sheet": sheet, "sheets": ", ".join(names)}))
        chosen = sheet or names[0]
        frame = book.load_sheet(chosen, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise FactsError(Fault("facts.not_readable", place, {"kind": "xlsx", "reason": _first_line(error)})) from None
    number = names.index(chosen) + 1
    faults = [
        Fault("facts.merged", Place(str(path), row=row, column=column), {"range": span})
        for which, span, row, column in merged
        if which == number
    ]
    if faults:
        raise FactsError(*faults[:MERGES_SHOWN])
    if frame.is_empty():
        raise FactsError(Fault("facts.empty", place))
    header = [cell or "" for cell in frame.row(0)]
    while header and not header[-1]:
        header.pop()
    return Table(header, frame[1:, : len(header)], str(path))


def _refuse_bomb(archive: zipfile.ZipFile, place: Place) -> None:
    """Look at what the archive says of itself before anything is unpacked."""
    size = 0
    for member in archive.infolist():
        size += member.file_size
        steep = member.file_size > 10_000_000 and member.file_size > STEEPEST * max(member.compress_size, 1)
        if steep or size > LARGEST_SHEET:
            values = {"member": member.filename, "size": size // 1_000_000}
            raise FactsError(Fault("facts.bomb", place, values))


def _merged_ranges(archive: zipfile.ZipFile) -> Iterator[tuple[int, str, int, str]]:
    """Each sheet's merged ranges: sheet number, range, first row, first column."""
    sheets = sorted(
        (name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
        key=lambda name: int(re.findall(r"\d+", name)[0]),
    )
    for number, name in enumerate(sheets, start=1):
        with archive.open(name) as stream:
            for _, element in ElementTree.iterparse(stream):  # noqa: S314  # its size was checked; entities are not expanded
                if element.tag.endswith("}mergeCell"):
                    span = element.get("ref", "")
                    found = re.match(r"([A-Z]+)(\d+)", span)
                    if found:
                        yield number, span, int(found[2]), found[1]
                elif element.tag.endswith("}row"):
                    element.clear()
