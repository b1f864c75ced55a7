"""Facts that came as SDMX (ISO 17369): SDMX-CSV 1.0 and 2, SDMX-ML of any version, as a table like any other.

The columns are told by their names alone (`vocabulary.sdmx`), so that no structure is needed beside the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from libminsheng.errors import FactsError, Fault, PeriodError, Place
from libminsheng.facts.tables import Table
from libminsheng.vocabulary.sdmx import YEAR_STARTS, code_text, column_name, period_label

__all__ = ["from_sdmx", "read_xml"]

_STARTS: Final = (YEAR_STARTS, "REPORTING_YEAR_START_DAY")
_OF_THE_FORM: Final = frozenset({
    "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "DATAFLOW", "ACTION", "SERIES_KEY", "OBS_KEY", "FREQ", "UNIT_MULT",
    "OBS_STATUS", "CONF_STATUS", "DECIMALS", *_STARTS,
})  # fmt: skip
"""What says nothing of a fact that its other columns do not say."""
_PLAIN: Final = frozenset({"SCENARIO", "BASIS", "UNIT_MEASURE", "APPROXIMATE", "SOURCE", "NOTE", "REPORTED"})
_ABSENT: Final = ("", "NaN", "#N/A")
_SHOWN: Final = 5


def from_sdmx(table: Table) -> Table:
    """A table with the columns and codes of SDMX as one with ours; any other as it is.

    Raises
    ------
    FactsError
        If it deletes facts, or writes values in multiples (UNIT_MULT).

    Examples
    --------
    >>> columns = ["STRUCTURE", "STRUCTURE_ID", "REF_AREA", "TIME_PERIOD", "OBS_VALUE", "SEX"]
    >>> rows = pl.DataFrame([["dataflow", "A:B(1.0)", "340102", "2017-S1", "5", "_T"]], schema=columns, orient="row")
    >>> from_sdmx(Table(columns, rows, "")).frame.row(0)
    ('340102', '2017-H1', '5', None)
    """
    ids = [text.partition(": ")[0].removesuffix("[]").strip("\ufeff ") for text in table.header]
    if not ids or not (ids[0] == "DATAFLOW" or (ids[0].startswith("STRUCTURE") and "STRUCTURE_ID" in ids)):
        return table
    given = dict(zip(ids, table.frame.get_columns(), strict=False))
    _refuse(given, "ACTION", "sdmx.deletes", ("D",), table)
    _refuse(given, "UNIT_MULT", "sdmx.multiples", None, table)
    header, columns = [], {}
    for name, column in given.items():
        if name in _OF_THE_FORM or name.startswith("STRUCTURE["):
            continue
        texts = column.cast(pl.String)
        if name == "TIME_PERIOD":
            starts = next((given[one].cast(pl.String) for one in _STARTS if one in given), None)
            columns[name] = _periods(texts, starts)
        elif name == "OBS_VALUE" or name in _PLAIN:
            columns[name] = texts.replace(dict.fromkeys(_ABSENT))
        else:
            known = texts.drop_nulls().unique().to_list()
            read = [code_text(code) for code in known]
            columns[name] = texts.replace_strict(known, read, return_dtype=pl.String) if known else texts
        standard = name in _PLAIN or name in ("REF_AREA", "TIME_PERIOD", "OBS_VALUE", "MEASURE", "PROJECT", "ISSUER")
        header.append(name if standard else column_name(name))
    years = _years(given, columns, table.first_row)
    return Table(header, pl.DataFrame(columns), table.file, table.first_row, years)


def read_xml(path: Path) -> Table:
    """The observations of an SDMX-ML file as a table that `from_sdmx` understands.

    Raises
    ------
    FactsError
        If pysdmx is not installed, or the file is no SDMX-ML with data.
    """
    place = Place(str(path))
    try:
        from pysdmx.errors import PysdmxError
        from pysdmx.io import read_sdmx
        from pysdmx.io.pd import PandasDataset
    except ImportError:
        raise FactsError(Fault("sdmx.extra", place)) from None
    try:
        found = [one for one in read_sdmx(path).data or () if isinstance(one, PandasDataset)]
        frames = [pl.from_pandas(one.data.astype(object)).cast(pl.String) for one in found]
    except (PysdmxError, ValueError, SyntaxError, KeyError, TypeError, AttributeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise FactsError(Fault("facts.not_readable", place, {"kind": "SDMX-ML", "reason": reason})) from None
    if not any(len(frame) for frame in frames):
        raise FactsError(Fault("facts.empty", place))
    frame = pl.concat(frames, how="diagonal")
    marks = [pl.lit("dataflow").alias("STRUCTURE"), pl.lit("").alias("STRUCTURE_ID")]
    frame = frame.select(*marks, pl.all())
    return Table(list(frame.columns), frame, str(path), 1)


def _periods(texts: pl.Series, starts: pl.Series | None) -> pl.Series:
    """Periods as we write them; what cannot be one stays, and is refused where periods are read."""
    day = pl.lit(None, pl.String) if starts is None else pl.lit(starts)
    pairs = pl.select(text=texts, starts=day)
    known = pairs.unique()
    labels = [_label(text, day) for text, day in known.iter_rows()]
    table = known.with_columns(pl.Series("label", labels, dtype=pl.String))
    return pairs.join(table, on=["text", "starts"], how="left", nulls_equal=True, maintain_order="left")["label"]


def _years(
    given: Mapping[str, pl.Series], columns: Mapping[str, pl.Series], first_row: int
) -> tuple[tuple[str, int, int], ...]:
    """The months in which the statistical years of measures begin, where the data says so, and the first row that does.

    A month is a month of the calendar in any year.
    """
    days = [name for name in _STARTS if name in given]
    if not days or not {"MEASURE", "TIME_PERIOD"} <= set(columns):
        return ()
    rows = pl.select(measure=columns["MEASURE"], label=columns["TIME_PERIOD"], day=given[days[0]].cast(pl.String))
    said = (
        rows.with_row_index("row", first_row)
        .with_columns(pl.col("day").str.extract(r"^--(0[1-9]|1[0-2])-01$").cast(pl.Int64).alias("month"))
        .filter(pl.col("month").is_not_null() & ~pl.col("label").str.contains(r"^\d{4}-\d{2}$"))
        .unique(["measure", "month"], keep="first", maintain_order=True)
    )
    return tuple(said.select("measure", "month", "row").iter_rows())


def _label(text: str | None, day: str | None) -> str | None:
    try:
        return None if text is None else period_label(text, day)
    except PeriodError:
        return text


def _refuse(given: Mapping[str, pl.Series], name: str, code: str, odd: tuple[str, ...] | None, table: Table) -> None:
    """Refuse a column with one of the values `odd`; with none named, with any but zero."""
    if name not in given:
        return
    texts = given[name].cast(pl.String)
    bad = texts.is_in(odd) if odd else ~texts.fill_null("0").is_in(["0", *_ABSENT])
    faults = [
        Fault(code, Place(table.file, row=at + table.first_row, column=name), {"value": texts[at]})
        for at in _rows(bad.fill_null(value=False))
    ]
    if faults:
        raise FactsError(*faults)


def _rows(bad: pl.Series) -> Iterator[int]:
    yield from bad.arg_true().head(_SHOWN).to_list()
