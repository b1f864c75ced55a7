"""Reading facts from files: every bad row with its place and reason, no good row lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from libminsheng.errors import FactsError, Fault, PeriodError, Place, nearest
from libminsheng.facts.coded import Coded, Texts, encoded, key_columns
from libminsheng.facts.columns import BASES, MARKS, SCENARIOS, Header, read_header
from libminsheng.facts.decimals import DIGITS, decimals, scale_of
from libminsheng.facts.facts import CORE, Facts
from libminsheng.facts.filled import Spot, is_form, located, read_form
from libminsheng.facts.headers import read_office_form
from libminsheng.facts.tables import MOST_BREAKDOWNS, Table, read_table
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["read_facts", "without_twice"]

Progress = Callable[[int, int], None]

_KEYS: Final = ("division", "period", "measure", "scenario", "basis", "unit", "project", "issuer")

_LOST_CODE: Final = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
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
    tables: list[Coded] = []
    blank = 0
    refused: list[Fault] = []
    spots: dict[str, Sequence[Spot]] = {}
    unusable: list[pl.DataFrame] = []
    headings: dict[str, Header] = {}
    for number, one in enumerate(paths, start=1):
        try:
            table, empty, bad = _read_file(one, sheet, catalogue, tree, spots, unusable, headings)
        except FactsError as error:
            refused.extend(error.faults)
            continue
        tables.append(table)
        faults.extend(bad)
        blank += empty
        if progress is not None:
            progress(number, len(paths))
    if refused:
        raise FactsError(*refused, *faults)
    joined, twice = without_twice(_joined(tables or [_nothing()], faults))
    faults.extend(twice)
    places: DivisionTree | None = None
    if catalogue is not None:
        from libminsheng.facts.bind import usable, wrong_words
        from libminsheng.vocabulary.divisions import DivisionTree

        places = tree or DivisionTree.builtin()
        joined, more = usable(joined, catalogue, places)
        more += [fault for frame in unusable for fault in wrong_words(frame, catalogue, places)]
        faults.extend(_by_heading(fault, headings) for fault in more)
    faults.sort(key=lambda fault: (paths.index(Path(fault.place.file or paths[0])), fault.place.row or 0))
    if spots:
        placed, faults = located(joined.frame, faults, spots)
        facts = Facts(placed, tuple(faults) if skip_bad_rows else (), blank)
    else:
        facts = Facts.numbered(joined, tuple(faults) if skip_bad_rows else (), blank, (catalogue, places))
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
) -> tuple[Coded, int, list[Fault]]:
    """A table of facts, a form of `template`, or an office's own form; of forms the cells are noted.

    What a table's bad rows say besides goes to `unusable`, how it writes its header to `headings`.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm") or not path.is_file():
        table = read_table(path, sheet)
        coded, blank, bad = _read(table, unusable, headings)
        return coded, blank, [*bad, *(_other_years(table, catalogue) if table.years and catalogue else ())]
    filled = read_form(path, sheet) if is_form(path) else None
    if filled is None:
        try:
            return _read(read_table(path, sheet), unusable, headings)
        except FactsError as error:
            filled = read_office_form(path, sheet, catalogue, tree, error)
    spots[filled.file] = filled.spots
    if not filled.rows:
        return _nothing(), 0, filled.faults
    coded, blank, bad = _read(Table(filled.header, filled.frame, filled.file, 0), unusable, headings)
    bad_rows = [fault.place.row for fault in filled.faults if fault.place.cell is None and fault.place.row is not None]
    return coded, blank - len(bad_rows), [*filled.faults, *bad]


def _other_years(table: Table, catalogue: Catalogue) -> Iterator[Fault]:
    """The measures whose statistical year begins in another month than the file says."""
    for text, month, row in table.years:
        measure = catalogue.measures.get(catalogue.measure_code(text) or "")
        if measure is not None and measure.year_starts != month:
            values = {"measure": measure.code, "month": month, "expected": measure.year_starts}
            yield Fault("sdmx.year_starts", Place(table.file, row=row, column="TIME_PERIOD"), values)


def _by_heading(fault: Fault, headings: Mapping[str, Header]) -> Fault:
    """The fault with its column called as the file calls it."""
    place = fault.place
    header = headings.get(place.file or "")
    if header is None or place.column is None:
        return fault
    return replace(fault, place=replace(place, column=header.column(place.column)))


def _nothing() -> Coded:
    """The columns of facts without a row."""
    kinds: dict[str, Any] = {"value": pl.Decimal(DIGITS, 0), "approximate": pl.Boolean, "row": pl.UInt32}
    names = [name for name in CORE if name not in ("cell", "reported")]
    return Coded.of(pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in names}), _KEYS)


def _joined(tables: list[Coded], faults: list[Fault]) -> Coded:
    """The rows of all tables, all values with one number of decimals; one that has no room for them is refused."""
    if len(tables) == 1:
        return tables[0]
    most = max(scale_of(table.rest.schema["value"]) for table in tables)
    aligned = []
    for table in tables:
        frame = table.frame
        values = frame["value"].cast(pl.Decimal(DIGITS, most), strict=False)
        for row, file, value in frame.filter(values.is_null()).select("row", "file", "value").iter_rows():
            place = Place(file, row=row, column="value")
            faults.append(Fault("facts.too_long", place, {"value": f"{value:f}", "most": DIGITS}))
        aligned.append(frame.with_columns(values).filter(values.is_not_null()))
    whole = pl.concat(aligned, how="diagonal")
    return Coded.of(whole, key_columns(whole))


class _Rows:
    """The rows of one table while they are being read; bad ones are noted and marked."""

    def __init__(self, table: Table, header: Header) -> None:
        self.header, self.file = header, table.file
        frame = table.frame.rename(dict(zip(table.frame.columns, _unique(header.names), strict=True)))
        self.frame = frame.with_row_index("row", table.first_row)
        self.faults: list[Fault] = []
        self._coded: dict[str, Texts] = {}

    def reported(self) -> int:
        """Leave out the rows without a value; how many there are of them that say something else."""
        if not self.frame.schema["value"].is_numeric():
            self.frame = self.frame.with_columns(self.texts("value").alias("value"))
        value = self.frame["value"]
        if not value.null_count():
            return 0
        silent = self.frame.filter(value.is_null())
        says = [
            pl.col(name).cast(pl.String).str.strip_chars().fill_null("") != ""
            for name in self.frame.columns
            if name not in ("row", "value")
        ]
        self.frame = self.frame.filter(value.is_not_null())
        return int(silent.select(pl.any_horizontal(says).sum()).item())

    def code(self, names: Iterable[str]) -> None:
        """Number the texts of these columns."""
        kinds = self.frame.schema
        known = [name for name in names if name in kinds]
        dated = self.frame.with_columns(
            pl.col(name).dt.strftime("%Y-%m") for name in known if kinds[name] in (pl.Date, pl.Datetime)
        )
        self._coded = {name: column.trimmed() for name, column in encoded(dated, known).items()}

    def place(self, row: int, name: str) -> Place:
        return Place(self.file, row=row, column=self.header.column(name))

    def texts(self, name: str) -> pl.Series:
        """A column as text, trimmed; blanks are null."""
        column = self.frame[name]
        if column.dtype in (pl.Date, pl.Datetime):
            column = column.dt.strftime("%Y-%m")
        text = column.cast(pl.String).str.strip_chars()
        return pl.select(pl.when(text != "").then(text)).to_series()

    def remark(self, name: str) -> pl.Series | pl.Expr:
        """A column of free text, of which most rows have none or their own."""
        if name not in self.frame.columns:
            return pl.lit(None, pl.String).alias(name)
        return self.texts(name).alias(name)

    def coded(self, name: str) -> Texts:
        """A column's distinct texts, trimmed."""
        return self._coded[name] if name in self._coded else Texts.constant(None, len(self.frame))

    def mapped(self, name: str, read: Callable[[str | None], Any]) -> tuple[Texts, list[Any]]:
        """A column and what each of its texts means: read once, and if it cannot be, a fault of its rows."""
        texts = self.coded(name)
        found = [read(text) for text in texts.known]
        wrong = {number: one for number, one in enumerate(found) if isinstance(one, Fault)}
        if wrong:
            rows = self.frame["row"]
            for at in texts.where(wrong).tolist():
                fault = wrong[int(texts.codes[at])]
                self.faults.append(Fault(fault.code, self.place(rows[at], name), fault.values, fault.near))
        return texts, [None if number in wrong else one for number, one in enumerate(found)]

    def key(self, name: str, read: Callable[[str | None], Any]) -> Texts:
        """A column in the library's own words."""
        texts, meant = self.mapped(name, read)
        return texts.replaced(meant)

    def marks(self, name: str) -> pl.Series | pl.Expr:
        """A column that says yes or no."""
        texts, meant = self.mapped(name, _word(name, MARKS))
        if len(meant) == 1:
            return pl.lit(meant[0], pl.Boolean).alias(name)
        return pl.Series(name, meant, pl.Boolean).gather(pl.Series(texts.codes))

    def values(self) -> pl.Series:
        """The values as decimals."""
        numbers, faults = decimals(self.frame["value"], self.frame["row"], lambda row: self.place(row, "value"))
        self.faults.extend(faults)
        return numbers.alias("value")


def _unique(names: tuple[str, ...]) -> list[str]:
    return [name or f"column {number}" for number, name in enumerate(names, start=1)]


def _read(table: Table, unusable: list[pl.DataFrame], headings: dict[str, Header]) -> tuple[Coded, int, list[Fault]]:
    header, faults = read_header(table.header, Place(table.file, row=1))
    if faults:
        raise FactsError(*faults)
    if table.frame.is_empty():
        raise FactsError(Fault("facts.no_rows", Place(table.file)))
    headings[table.file] = header
    breakdowns = [name for name in header.breakdowns if name]
    if len(breakdowns) > MOST_BREAKDOWNS:
        values = {"count": len(breakdowns), "most": MOST_BREAKDOWNS}
        raise FactsError(Fault("facts.too_wide", Place(table.file, row=1), values))
    rows = _Rows(table, header)
    blank = rows.reported()
    rows.code([*_KEYS, "approximate", *breakdowns])
    texts = {
        "division": rows.key("division", _code),
        "period": rows.key("period", _period),
        "measure": rows.key("measure", _needed("measure")),
    }
    value = rows.values()
    texts |= {
        "scenario": rows.key("scenario", _word("scenario", SCENARIOS)),
        "basis": rows.key("basis", _word("basis", BASES)),
        **{name: rows.coded(name) for name in ("unit", "project", "issuer", *breakdowns)},
    }
    rest = pl.DataFrame([value, rows.frame["row"]]).with_columns(
        rows.marks("approximate"),
        *(rows.remark(name) for name in ("source", "note")),
        *([rows.remark("reported")] if "reported" in header.names else []),
        file=pl.lit(table.file),
    )
    order = [name for name in CORE if name in texts or name in rest.columns]
    coded = Coded(rest, texts, (*order, *breakdowns))
    bad = {fault.place.row for fault in rows.faults}
    if bad:
        lost = np.isin(rest["row"].to_numpy(), np.array(list(bad), np.int64))
        unusable.append(coded.kept(lost).frame)
        coded = coded.kept(~lost)
    return coded, blank, rows.faults


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


def without_twice(facts: Coded) -> tuple[Coded, list[Fault]]:
    """Refuse a key that is reported twice; both places are named."""
    keys = [name for name in facts.texts if name != "unit"]
    twice = facts.twice(keys)
    if twice is None:
        return facts, []
    first: dict[Any, Place] = {}
    faults = []
    for row in facts.kept(twice).frame.select(*keys, "row", "file").iter_rows():
        key, place = row[: len(keys)], Place(row[-1], row=row[-2])
        if key in first:
            values = {"first": first[key].row, "file": first[key].file if first[key].file != place.file else ""}
            faults.append(Fault("facts.twice", place, values))
        else:
            first[key] = place
    return facts.kept(~twice), faults
