"""Reading facts from files: every bad row with its place and reason, no good row lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from libminsheng.errors import FactsError, Fault, PeriodError, Place, nearest
from libminsheng.facts.columns import BASES, MARKS, SCENARIOS, Header, read_header
from libminsheng.facts.facts import CORE, Facts
from libminsheng.facts.filled import Spot, is_form, located, read_form
from libminsheng.facts.headers import read_office_form
from libminsheng.facts.tables import Table, read_table
from libminsheng.facts.values import PLAIN, read_value, shortest_decimal
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["read_facts", "without_twice"]

Progress = Callable[[int, int], None]

_LOST_CODE: Final = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_DIGITS: Final = 38
_FLOAT_CODE: Final = re.compile(r"(\d+)\.0+")


def read_facts(
    path: str | Path | Iterable[str | Path],
    *,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    skip_bad_rows: bool = False,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Facts:
    r"""Read facts from one file or several: CSV, xlsx, Parquet, Arrow.

    CSV may be UTF-8, UTF-8 with BOM or GB18030; headers may be Chinese. With a catalogue, names,
    units, decimals and divisions are checked too; without one, `evaluate` checks them.

    A workbook may also be a form of `template`, known by its key, or an office's own form of one or several
    header rows and merged cells, where every number's division, period and measure is named. Blank cells
    report nothing; facts and faults name their cell.

    Parameters
    ----------
    path
        A file, or several.
    catalogue, tree
        The definitions and divisions to check against.
    skip_bad_rows
        Leave bad rows out and list them in ``Facts.bad_rows`` instead of refusing the file.
    sheet
        The sheet of a workbook; the first one by default.
    progress
        Called with the files done and their number in all.

    Raises
    ------
    FactsError
        If a file cannot be read, or rows are bad: then its `facts` are the good ones.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "facts.csv"
    >>> _ = path.write_text("区划,时期,指标,数值,单位\n340102,2017年,newborns_screened,1.0601,万人\n", "utf-8")
    >>> read_facts(path).frame.select("division", "period", "value").row(0)
    ('340102', '2017', Decimal('1.0601'))
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    faults: list[Fault] = []
    frames: list[pl.DataFrame] = []
    blank = 0
    refused: list[Fault] = []
    spots: dict[str, Sequence[Spot]] = {}
    unusable: list[pl.DataFrame] = []
    headings: dict[str, Header] = {}
    for number, one in enumerate(paths, start=1):
        try:
            frame, empty, bad = _read_file(one, sheet, catalogue, tree, spots, unusable, headings)
        except FactsError as error:
            refused.extend(error.faults)
            continue
        frames.append(frame)
        faults.extend(bad)
        blank += empty
        if progress is not None:
            progress(number, len(paths))
    if refused:
        raise FactsError(*refused, *faults)
    if not frames:
        frames.append(_nothing())
    joined = pl.concat(_aligned(frames, faults), how="diagonal")
    joined, twice = without_twice(joined)
    faults.extend(twice)
    if catalogue is not None:
        from libminsheng.facts.bind import usable, wrong_words
        from libminsheng.vocabulary.divisions import DivisionTree

        places = tree or DivisionTree.builtin()
        joined, more = usable(joined, catalogue, places)
        more += [fault for frame in unusable for fault in wrong_words(frame, catalogue, places)]
        faults.extend(_by_heading(fault, headings) for fault in more)
    faults.sort(key=lambda fault: (paths.index(Path(fault.place.file or paths[0])), fault.place.row or 0))
    if spots:
        joined, faults = located(joined, faults, spots)
    facts = Facts(joined, tuple(faults) if skip_bad_rows else (), blank)
    if faults and not skip_bad_rows:
        raise FactsError(*faults, facts=facts)
    return facts


def _read_file(
    path: Path,
    sheet: str | None,
    catalogue: Catalogue | None,
    tree: DivisionTree | None,
    spots: dict[str, Sequence[Spot]],
    unusable: list[pl.DataFrame],
    headings: dict[str, Header],
) -> tuple[pl.DataFrame, int, list[Fault]]:
    """A table of facts, a form of `template`, or an office's own form; of forms the cells are noted.

    What a table's bad rows say besides goes to `unusable`, how it writes its header to `headings`.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm") or not path.is_file():
        return _read(read_table(path, sheet), unusable, headings)
    filled = read_form(path, sheet) if is_form(path) else None
    if filled is None:
        try:
            return _read(read_table(path, sheet), unusable, headings)
        except FactsError as error:
            filled = read_office_form(path, sheet, catalogue, tree, error)
    spots[filled.file] = filled.spots
    if not filled.rows:
        return _nothing(), 0, filled.faults
    frame, blank, bad = _read(Table(filled.header, filled.frame, filled.file, 0), unusable, headings)
    bad_rows = [fault.place.row for fault in filled.faults if fault.place.cell is None and fault.place.row is not None]
    return frame, blank - len(bad_rows), [*filled.faults, *bad]


def _by_heading(fault: Fault, headings: Mapping[str, Header]) -> Fault:
    """The fault with its column called as the file calls it."""
    place = fault.place
    header = headings.get(place.file or "")
    if header is None or place.column is None:
        return fault
    return replace(fault, place=replace(place, column=header.column(place.column)))


def _nothing() -> pl.DataFrame:
    """The columns of facts without a row."""
    kinds: dict[str, Any] = {"value": pl.Decimal(38, 0), "approximate": pl.Boolean, "row": pl.UInt32}
    return pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in CORE if name not in ("cell", "reported")})


def _aligned(frames: list[pl.DataFrame], faults: list[Fault]) -> list[pl.DataFrame]:
    """All values with one number of decimals; a number that has no room for them is refused."""
    most = max(_scale(frame["value"].dtype) for frame in frames)
    aligned = []
    for frame in frames:
        values = frame["value"].cast(pl.Decimal(_DIGITS, most), strict=False)
        for row, file, value in frame.filter(values.is_null()).select("row", "file", "value").iter_rows():
            place = Place(file, row=row, column="value")
            faults.append(Fault("facts.too_long", place, {"value": f"{value:f}", "most": _DIGITS}))
        aligned.append(frame.with_columns(values).filter(values.is_not_null()))
    return aligned


def _scale(dtype: pl.DataType) -> int:
    return dtype.scale if isinstance(dtype, pl.Decimal) else 0


class _Rows:
    """The rows of one table while they are being read; bad ones are noted and marked."""

    def __init__(self, table: Table, header: Header) -> None:
        self.header, self.file = header, table.file
        frame = table.frame.rename(dict(zip(table.frame.columns, _unique(header.names), strict=True)))
        self.frame = frame.with_row_index("row", table.first_row)
        self.faults: list[Fault] = []

    def place(self, row: int, name: str) -> Place:
        return Place(self.file, row=row, column=self.header.column(name))

    def texts(self, name: str) -> pl.Series:
        """A column as text, trimmed; blanks are null."""
        if name not in self.frame.columns:
            return pl.repeat(None, len(self.frame), dtype=pl.String, eager=True)
        column = self.frame[name]
        if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
            place = Place(self.file, column=self.header.column(name))
            raise FactsError(Fault("facts.column_type", place, {"type": str(column.dtype)}))
        if column.dtype in (pl.Date, pl.Datetime):
            column = column.dt.strftime("%Y-%m")
        text = column.cast(pl.String).str.strip_chars()
        return pl.select(pl.when(text != "").then(text)).to_series()

    def mapped(self, name: str, read: Callable[[str | None], Any]) -> pl.Series:
        """A column with each distinct text read once; what cannot be read is a fault of its rows."""
        texts = self.texts(name)
        known: dict[str | None, Any] = {}
        wrong: dict[str | None, Fault] = {}
        for text in texts.unique().to_list():
            found = read(text)
            if isinstance(found, Fault):
                wrong[text] = found
            else:
                known[text] = found
        if wrong:
            for row, text in zip(self.frame["row"].to_list(), texts.to_list(), strict=True):
                if text in wrong:
                    fault = wrong[text]
                    self.faults.append(Fault(fault.code, self.place(row, name), fault.values, fault.near))
        table = pl.DataFrame({"text": list(known), "read": list(known.values())}, schema_overrides={"text": pl.String})
        joined = pl.DataFrame({"text": texts}).join(
            table, on="text", how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["read"]


def _unique(names: tuple[str, ...]) -> list[str]:
    return [name or f"column {number}" for number, name in enumerate(names, start=1)]


def _read(
    table: Table, unusable: list[pl.DataFrame], headings: dict[str, Header]
) -> tuple[pl.DataFrame, int, list[Fault]]:
    header, faults = read_header(table.header, Place(table.file, row=1))
    if faults:
        raise FactsError(*faults)
    if table.frame.is_empty():
        raise FactsError(Fault("facts.no_rows", Place(table.file)))
    headings[table.file] = header
    rows = _Rows(table, header)
    named = [name for name in rows.frame.columns if name != "row"]
    filled = pl.any_horizontal(pl.col(name).cast(pl.String).str.strip_chars().fill_null("") != "" for name in named)
    rows.frame = rows.frame.filter(filled)
    reported = rows.texts("value").is_not_null()
    blank = len(rows.frame) - int(reported.sum())
    rows.frame = rows.frame.filter(reported)
    done: dict[str, pl.Series] = {
        "division": rows.mapped("division", _code),
        "period": rows.mapped("period", _period),
        "measure": rows.mapped("measure", _needed("measure")),
        "value": _values(rows),
        "scenario": rows.mapped("scenario", _word("scenario", SCENARIOS)),
        "basis": rows.mapped("basis", _word("basis", BASES)),
        "unit": rows.texts("unit"),
        "project": rows.texts("project"),
        "issuer": rows.texts("issuer"),
        "approximate": rows.mapped("approximate", _word("approximate", MARKS)),
        "source": rows.texts("source"),
        "note": rows.texts("note"),
        "row": rows.frame["row"],
        "file": pl.repeat(table.file, len(rows.frame), dtype=pl.String, eager=True),
        **({"reported": rows.texts("reported")} if "reported" in header.names else {}),
        **{name: rows.texts(name) for name in header.breakdowns if name},
    }
    for name in ("division", "period", "measure", "scenario", "basis"):
        done[name] = done[name].cast(pl.String)
    done["approximate"] = done["approximate"].cast(pl.Boolean)
    bad = {fault.place.row for fault in rows.faults}
    frame = pl.DataFrame(done)
    if bad:
        lost = pl.col("row").is_in(list(bad))
        unusable.append(frame.filter(lost))
        frame = frame.filter(~lost)
    return frame, blank, rows.faults


def _code(text: str | None) -> str | Fault:
    if text is None:
        return Fault("facts.blank", values={"name": "division"})
    if _LOST_CODE.fullmatch(text):
        return Fault("facts.lost_code", values={"value": text})
    whole = _FLOAT_CODE.fullmatch(text)
    return whole[1] if whole else text


def _period(text: str | None) -> str | Fault:
    if text is None:
        return Fault("facts.blank", values={"name": "period"})
    whole = _FLOAT_CODE.fullmatch(text)
    try:
        return str(Period.parse(whole[1] if whole else text))
    except PeriodError as error:
        return error.faults[0]


def _needed(name: str) -> Callable[[str | None], str | Fault]:
    return lambda text: Fault("facts.blank", values={"name": name}) if text is None else text


def _word(name: str, words: Mapping[str, Any]) -> Callable[[str | None], Any]:
    def read(text: str | None) -> Any:
        word = (text or "").strip().lower()
        if word in words:
            return words[word]
        known = ", ".join(key for key in words if key)
        return Fault(
            "facts.word", values={"name": name, "value": text, "known": known}, near=lambda: nearest(word, words)
        )

    return read


def _values(rows: _Rows) -> pl.Series:
    column = rows.frame["value"]
    if column.dtype.is_integer() or column.dtype == pl.Decimal:
        return column.cast(pl.Decimal(38, _scale(column.dtype)))
    texts = rows.texts("value") if not column.dtype.is_float() else _float_texts(column)
    plain = texts.str.contains(PLAIN) & (texts.str.len_bytes() <= 36)
    odd = pl.DataFrame({"row": rows.frame["row"], "text": texts, "at": pl.int_range(len(texts), eager=True)}).filter(
        ~plain
    )
    read: dict[int, str] = {}
    for row, text, at in odd.iter_rows():
        found = read_value(text, rows.place(row, "value"))
        if isinstance(found, Fault):
            rows.faults.append(found)
        else:
            read[at] = f"{found:f}"
    texts = pl.select(pl.when(plain).then(texts)).to_series()
    if read:
        texts = texts.scatter(list(read), list(read.values()))
    bare = texts.str.strip_chars_start("+-")
    decimals = (bare.str.len_bytes() - bare.str.find(".", literal=True) - 1).fill_null(0)
    whole = bare.str.find(".", literal=True).fill_null(bare.str.len_bytes())
    widest: Any = whole.max()
    fits = decimals <= _DIGITS - min(int(widest or 0), _DIGITS)
    most: Any = decimals.filter(fits).max()
    numbers = pl.select(pl.when(fits).then(texts)).to_series().cast(pl.Decimal(_DIGITS, int(most or 0)), strict=False)
    lost = pl.DataFrame({"row": rows.frame["row"], "text": texts}).filter(numbers.is_null() & texts.is_not_null())
    rows.faults.extend(
        Fault("facts.too_long", rows.place(row, "value"), {"value": text, "most": _DIGITS})
        for row, text in lost.iter_rows()
    )
    return numbers


def _float_texts(column: pl.Series) -> pl.Series:
    """Floats by their shortest decimal."""
    texts = [None if value is None else shortest_decimal(value) for value in column.cast(pl.Float64).to_list()]
    return pl.Series(texts, dtype=pl.String)


def without_twice(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Fault]]:
    """Refuse a key that is reported twice; both places are named."""
    keys = [
        name
        for name in frame.columns
        if name not in ("value", "unit", "approximate", "source", "note", "row", "file", "cell", "reported")
    ]
    twice = frame.filter(pl.struct(keys).is_duplicated()) if len(frame) else frame
    if twice.is_empty():
        return frame, []
    first: dict[Any, Place] = {}
    faults = []
    for row in twice.select(*keys, "row", "file").iter_rows():
        key, place = row[: len(keys)], Place(row[-1], row=row[-2])
        if key in first:
            values = {"first": first[key].row, "file": first[key].file if first[key].file != place.file else ""}
            faults.append(Fault("facts.twice", place, values))
        else:
            first[key] = place
    return frame.filter(~pl.struct(keys).is_duplicated()), faults
