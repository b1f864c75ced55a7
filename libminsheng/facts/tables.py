"""Files as tables of text: CSV in whatever encoding, xlsx, Parquet, Arrow.

Nothing is interpreted here but the container. Row numbers are those that Excel shows: the header
is row 1.
"""

from __future__ import annotations

import io
import re
import zipfile
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import polars as pl

from libminsheng.errors import FactsError, Fault, Place
from libminsheng.facts.book import BROKEN, letters, refuse_bomb, spans
from libminsheng.facts.values import shortest_decimal

__all__ = ["MOST_BREAKDOWNS", "Table", "read_table", "refuse_wide"]

FAULTS_SHOWN: Final = 100

MOST_CELLS: Final = 200_000_000
"""Cells between the corners of a sheet; what reads it makes room for them all."""

MOST_BREAKDOWNS: Final = 100
"""Columns beside the standard ones; a table with more has something else in its columns."""
_WIDEST: Final = 2_000
"""Columns that are looked at one by one to see which of them are standard ones."""
_MOST_HELD: Final = 4_000_000
"""Parts of a sheet that are held at a time, of which a row has some for each of its cells."""

_CHUNK: Final = 1 << 20
_MUCH_TEXT: Final = 1_000_000_000
_STEEPEST: Final = 50
"""Times that a file may be smaller than so many bytes of text in it; facts, no two of which are alike, stay below 20."""

_OTHER_KINDS: Final = {b"PK\3\4": "xlsx/zip", b"%PDF-": "PDF", b"\xd0\xcf\x11\xe0": "xls/doc", b"\x1f\x8b": "gzip"}
"""How files begin that are sent as CSV after nothing but their name was changed."""
_BLANK_LINES = re.compile(r"(?:[ \t,;，]*\r?\n)+")
"""What may stand above a header."""
_MARK: Final = b"\xef\xbb\xbf"
_CELL = re.compile(r"([A-Z]+)(\d+)")
_PRINTED_FLOAT = re.compile(r"-?\d+\.\d{9,}|-?\d{17,}\.\d+")


@dataclass(frozen=True)
class Table:
    """A header and the rows below it; `first_row` is the row number of the first of them.

    `years` are the months in which statistical years begin by what the file itself says: measure, month, first row.
    """

    header: list[str]
    frame: pl.DataFrame
    file: str
    first_row: int = 2
    years: tuple[tuple[str, int, int], ...] = ()


def read_table(path: Path, sheet: str | None = None) -> Table:
    """Read a file by its kind; data of SDMX with our columns and codes.

    Raises
    ------
    FactsError
        If it is no file, empty, of an unknown kind or not what its name says.
    """
    from libminsheng.facts.interchange import from_sdmx, read_xml

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
        if suffix in (".arrow", ".arrows", ".feather", ".ipc"):
            return _typed(pl.read_ipc_stream(path) if _is_stream(path) else pl.read_ipc(path), path)
        if suffix == ".xml":
            return from_sdmx(read_xml(path))
    except BaseException as error:
        if not _is_refused(error):
            raise
        raise FactsError(
            Fault("facts.not_readable", place, {"kind": suffix[1:], "reason": _first_line(error)})
        ) from None
    if suffix in (".xls", ".et", ".ods"):
        raise FactsError(Fault("facts.old_sheet", place, {"kind": suffix[1:]}))
    return from_sdmx(_csv(path))


def refuse_wide(columns: int, place: Place) -> None:
    """Refuse far more columns than facts have, before time and room are spent on each.

    Raises
    ------
    FactsError
    """
    if columns > _WIDEST:
        raise FactsError(Fault("facts.too_wide", place, {"count": columns, "most": MOST_BREAKDOWNS}))


def _is_stream(path: Path) -> bool:
    """Whether Arrow data is a stream, which begins with a message; a file begins with a word."""
    with path.open("rb") as file:
        return file.read(4) == b"\xff\xff\xff\xff"


def _is_refused(error: BaseException) -> bool:
    """Whether a reader refuses a file, or broke over a damaged one: a panic of Rust code is no `Exception`."""
    return isinstance(error, (pl.exceptions.PolarsError, OSError)) or type(error).__name__ == "PanicException"


def _first_line(error: BaseException) -> str:
    if type(error).__name__ == "PanicException":
        return "damaged"
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _typed(frame: pl.DataFrame, path: Path) -> Table:
    refuse_wide(frame.width, Place(str(path)))
    for name in frame.columns:
        if frame[name].dtype.is_nested() or frame[name].dtype in (pl.Binary, pl.Object):
            place = Place(str(path), column=name)
            raise FactsError(Fault("facts.column_type", place, {"type": str(frame[name].dtype)}))
    # a text stands once in such a file, however many rows have it
    texts = frame.select(
        pl.col(pl.String, pl.Categorical, pl.Enum).cast(pl.String).str.len_bytes().cast(pl.Int64).sum()
    )
    size = sum(texts.row(0)) if texts.width else 0
    if size > _MUCH_TEXT and size > _STEEPEST * path.stat().st_size:
        raise FactsError(Fault("facts.bomb", Place(str(path)), {"member": path.suffix[1:], "size": size // 1_000_000}))
    return Table(list(frame.columns), frame, str(path))


def _csv(path: Path) -> Table:
    raw = path.read_bytes()
    for mark, kind in _OTHER_KINDS.items():
        if raw.startswith(mark):
            raise FactsError(Fault("facts.other_kind", Place(str(path)), {"kind": kind}))
    text, encoded = _decoded(raw, str(path))
    if not text or text.isspace():
        raise FactsError(Fault("facts.empty", Place(str(path))))
    if encoded.count(b'"') % 2:
        raise FactsError(Fault("facts.quotes", Place(str(path), row=_last_quote(text))))
    above = _BLANK_LINES.match(text)
    skipped = text.count("\n", 0, above.end()) if above else 0
    if above:
        encoded, text = encoded[len(above[0].encode()) :], text[above.end() :]
    first = text[: text.find("\n")] if "\n" in text else text
    separator = max(",\t;，", key=first.count)
    refuse_wide(first.count(separator), Place(str(path), row=skipped + 1))
    if separator == "，":
        text, separator = text.replace("，", ","), ","
        encoded = text.encode()
    try:
        frame = pl.read_csv(
            encoded,
            has_header=False,
            infer_schema=False,
            separator=separator,
        )
    except BaseException as error:
        if not _is_refused(error):
            raise
        raise FactsError(_ragged(text, separator, str(path), skipped, error)) from None
    header = [cell or "" for cell in frame.row(0)]
    _refuse_without_header(frame[1:], header, Place(str(path)), skipped + 2)
    return Table(header, frame[1:], str(path), skipped + 2)


def _last_quote(text: str) -> int:
    """The row in which the last quote stands: what it opens is never closed."""
    return text[: text.rindex('"')].count("\n") + 1


def _ragged(text: str, separator: str, file: str, skipped: int, error: BaseException) -> Fault:
    """The row that has more cells than the header, if that is what is wrong."""
    import csv

    rows = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        width = len(next(rows, []))
        for number, row in enumerate(rows, start=skipped + 2):
            if len(row) > width:
                values = {"cells": len(row), "columns": width}
                return Fault("facts.ragged", Place(file, row=number), values)
    except csv.Error as broken:  # a line end in the middle of a cell
        error = broken
    return Fault("facts.not_readable", Place(file), {"kind": "csv", "reason": _first_line(error)})


def _decoded(raw: bytes, file: str) -> tuple[str, bytes]:
    """A text and its UTF-8, which most files are as they lie there."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _as_other(raw, file, error.start)
        return text, text.encode()
    other = None if raw.startswith(_MARK) else _as_gb18030(raw, text)
    return (text, raw.removeprefix(_MARK)) if other is None else (other, other.encode())


def _as_other(raw: bytes, file: str, valid: int) -> str:
    """UTF-16 with BOM, GB18030; strictly, and never one within the other. `valid` bytes are UTF-8."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise FactsError(_undecodable(raw, error.start, file)) from None
    if re.search(r"[一-鿿]{2}", raw[:valid].decode("utf-8-sig", "ignore")):
        raise FactsError(_undecodable(raw, valid, file, "facts.mixed_encoding"))
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("gb18030", "ignore")
        mixed = "facts.mixed_encoding" if re.search(r"[一-鿿]{2}", before) else "facts.encoding"
        raise FactsError(_undecodable(raw, error.start, file, mixed)) from None
    strange = re.search(r"[\ue000-\uf8ff\ufffd\x00-\x08]|[鈥銆锛鍖鏁]{2}", text)
    if strange:
        at = len(text[: strange.start()].encode("gb18030"))
        raise FactsError(_undecodable(raw, at, file, "facts.mixed_encoding"))
    return text


def _as_gb18030(raw: bytes, text: str) -> str | None:
    """A short Chinese text in GB18030 may pass for UTF-8: 约 is the same two bytes as the Armenian Լ.

    What reads as UTF-8 without one Chinese letter, and as GB18030 with some, is GB18030.
    """
    if text.isascii() or re.search(r"[⺀-鿿＀-￯]", text) or max(text) <= "ÿ":
        return None
    try:
        other = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return other if re.search(r"[一-鿿]", other) else None


def _undecodable(raw: bytes, at: int, file: str, code: str = "facts.encoding") -> Fault:
    while at > 0 and raw[at - 1] > 0x7F and raw[at] > 0x7F:
        at -= 1  # back to where the letters begin that do not fit
    row = raw[:at].count(b"\n") + 1
    return Fault(code, Place(file, row=row), {"byte": at + 1})


def _xlsx(path: Path, sheet: str | None) -> Table:
    place = Place(str(path))
    if not zipfile.is_zipfile(path):
        raise FactsError(Fault("facts.no_xlsx", place))
    import fastexcel

    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, place)
            parts = _sheet_parts(archive)
            if sheet is not None and sheet not in parts:
                raise FactsError(Fault("facts.no_sheet", place, {"sheet": sheet, "sheets": ", ".join(parts)}))
            chosen = sheet or next(iter(parts))
            first = _first_row(archive, parts[chosen], place)
            _refuse_longer(archive)
        frame = fastexcel.read_excel(path).load_sheet(chosen, header_row=None, dtypes="string").to_polars()
    except (*BROKEN, fastexcel.FastExcelError) as error:
        raise FactsError(Fault("facts.not_readable", place, {"kind": "xlsx", "reason": _first_line(error)})) from None
    if frame.is_empty():
        raise FactsError(Fault("facts.empty", place))
    header = [cell or "" for cell in frame.row(0)]
    while header and not header[-1]:
        header.pop()
    refuse_wide(len(header), place)
    _refuse_without_header(frame[1:], header, place, first + 1)
    body = frame[1:, : len(header)].with_columns(pl.all().map_elements(_as_entered, return_dtype=pl.String))
    return Table(header, body, str(path), first + 1)


def _refuse_longer(archive: zipfile.ZipFile) -> None:
    """Refuse parts that are longer than the archive says: what reads the sheet would go on unpacking to their end.

    Raises
    ------
    zipfile.BadZipFile
    """
    for member in archive.infolist():
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # which workbooks have no other than
            raise zipfile.BadZipFile(f"{member.filename}: compression {member.compress_type}")
        wider = copy(member)
        wider.file_size += 1  # nothing is read beyond it
        with archive.open(wider) as stream:
            size = sum(map(len, iter(partial(stream.read, _CHUNK), b"")))
        if size > member.file_size:
            raise zipfile.BadZipFile(f"{member.filename} > {member.file_size}")


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The file within the archive that holds each sheet, by the sheet's name, in the workbook's order."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # its size was checked
    targets = {one.get("Id"): str(one.get("Target")) for one in relations}
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  # its size was checked
    parts = {}
    for one in book.iter():
        if one.tag.endswith("}sheet"):
            key = next((value for name, value in one.attrib.items() if name.endswith("}id")), None)
            target = targets[key].lstrip("/")
            parts[str(one.get("name"))] = target if target.startswith("xl/") else f"xl/{target}"
    return parts


def _first_row(archive: zipfile.ZipFile, part: str, place: Place) -> int:
    """The first row of a sheet that holds something; merged cells, errors and far corners are refused."""
    faults: list[Fault] = []
    first, last, right = 0, 1, 1
    rows = inside = 0
    with archive.open(part) as stream:
        for _, element in ElementTree.iterparse(stream):  # noqa: S314  # its size was checked; entities are not expanded
            kind = element.tag.rpartition("}")[2]
            inside += 1
            if rows + inside > _MOST_HELD:
                raise FactsError(Fault("facts.too_large", place, {"first": "A1", "last": f"{letters(right)}{last}"}))
            if kind == "mergeCell":
                span = str(element.get("ref"))
                found = _CELL.match(span)
                where = Place(place.file, row=int(found[2]), column=found[1]) if found else place
                faults.append(Fault("facts.merged", where, {"range": span}))
            elif kind == "c" and (found := _CELL.fullmatch(element.get("r", ""))):
                row = int(found[2])
                last, right = max(last, row), max(right, spans(found[0])[0][1])
                if len(element):
                    first = first or row
                if element.get("t") == "e":
                    value = next((child.text for child in element if child.tag.endswith("}v")), "")
                    where = Place(place.file, row=row, column=found[1])
                    faults.append(Fault("facts.excel_error", where, {"value": value}))
            elif kind == "row":
                element.clear()
                rows, inside = rows + 1, 0
    if last * right > MOST_CELLS:
        values = {"first": "A1", "last": f"{letters(right)}{last}"}
        faults.append(Fault("facts.too_large", place, values))
    if faults:
        raise FactsError(*faults[:FAULTS_SHOWN])
    return first or 1


def _as_entered(text: str) -> str:
    """A number that was printed with more digits than a float has, as it was entered."""
    return shortest_decimal(float(text)) if _PRINTED_FLOAT.fullmatch(text) else text


def _refuse_without_header(frame: pl.DataFrame, header: list[str], place: Place, first: int = 2) -> None:
    """Refuse rows with data in a column that has no name, which would be lost."""
    for number, name in enumerate(frame.columns):
        if number >= len(header) or not header[number].strip():
            filled = frame[name].str.strip_chars().fill_null("") != ""
            if filled.any():
                row = int(filled.arg_max() or 0) + first
                raise FactsError(Fault("facts.no_header", Place(place.file, row=row, column=letters(number + 1))))
