"""The words of SDMX (ISO 17369): how periods, columns and codes are written where statistical offices exchange data.

Codes of SDMX are made of ``A-Z a-z 0-9 _ @ $ -`` and names of components of capitals, digits and
``_``; our divisions, projects and breakdowns may have any letters. Each way of writing here has an
inverse, so that what was written is read back as it was, without the structure beside it.

SDMX knows years, halves and quarters of its own (``2017``, ``2017-S1``, ``2017-Q3``), which begin in
January. A statistical year that begins in October is the *time range* that it is:
``2016-10-01/P1Y``. `REPORTING_YEAR_START_DAY` of the standard would not do: it names a year after the
calendar year in which it begins, maternal and child statistics after the one in which it ends.
"""

from __future__ import annotations

import re
from typing import Final

from libminsheng.errors import Fault, PeriodError
from libminsheng.vocabulary.periods import Grain, Period, month_label

__all__ = [
    "COMPONENTS", "NOT_APPLICABLE", "TOTAL", "YEAR_STARTS", "code_id", "code_text", "column_name", "component_id", "period_label",
    "start_day", "time_period",
]  # fmt: skip

TOTAL: Final = "_T"
"""The code of a total over a dimension: a breakdown or a project that was left blank."""
NOT_APPLICABLE: Final = "_Z"
"""The code where a dimension has nothing to say: a fact without an issuer."""
YEAR_STARTS: Final = "REPYEARSTART"
"""The attribute that says on which day a statistical year begins, where it is not in January."""

COMPONENTS: Final[frozenset[str]] = frozenset({
    "INDICATOR", "EDITION", "MEASURE", "REF_AREA", "TIME_PERIOD", "SCENARIO", "BASIS", "PROJECT", "ISSUER", "OBS_VALUE",
    "UNIT_MEASURE", "DECIMALS", "OBS_STATUS", "STATUS", "NUMERATOR", "DENOMINATOR", "FLAGS", "COVERAGE_REPORTED",
    "COVERAGE_EXPECTED", "MISSING", "APPROXIMATE", "SOURCE", "NOTE", "REPORTED", YEAR_STARTS, "REPORTING_YEAR_START_DAY",
    "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY", "OBS_KEY", "DATAFLOW", "FREQ",
    "DIVISION", "PERIOD", "VALUE", "UNIT", "ROW", "FILE", "CELL",
})  # fmt: skip
"""What no breakdown is called: the components of figures and facts, and the columns that SDMX-CSV has besides."""

_DURATIONS: Final = {"year": "P1Y", "half": "P6M", "quarter": "P3M", "month": "P1M"}
_GRAINS: Final[dict[str, Grain]] = {"P1Y": "year", "P12M": "year", "P6M": "half", "P3M": "quarter", "P1M": "month"}
_RANGE: Final = re.compile(r"(\d{4})-(\d{2})-01(?:T00:00:00)?/(P\d+[YM])")
_REPORTING: Final = re.compile(r"(\d{4})-(?:A1|S([12])|Q([1-4])|M(0[1-9]|1[0-2]))")
_START: Final = re.compile(r"--(0[1-9]|1[0-2])-01")
_PLAIN_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_CODED_NAME: Final = re.compile(r"B(?:_[0-9A-F]{2,6})+")
_LEGAL: Final = re.compile(r"[A-Za-z0-9-]")
_CODED: Final = re.compile(r"\$([0-9a-f]{2,6})\$")


def time_period(period: Period) -> str:
    """A period as SDMX writes it.

    >>> [time_period(Period.parse(text)) for text in ("2017", "2017-H1", "2017-Q3", "2017-07")]
    ['2017', '2017-S1', '2017-Q3', '2017-07']
    >>> time_period(Period.parse("2017", year_starts=10)), time_period(Period.parse("2017-07", year_starts=10))
    ('2016-10-01/P1Y', '2017-07')
    """
    if period.grain == "month":
        return str(period)
    if period.year_starts != 1:
        return f"{month_label(period.first_month)}-01/{_DURATIONS[period.grain]}"
    return str(period).replace("-H", "-S")


def start_day(year_starts: int) -> str | None:
    """The day on which a statistical year begins, as SDMX writes it; None for January.

    >>> start_day(10), start_day(1)
    ('--10-01', None)
    """
    return None if year_starts == 1 else f"--{year_starts:02d}-01"


def period_label(text: str, starts: str | None = None) -> str:
    """The label of a period (``2017``, ``2017-H1``) that SDMX writes as `text`.

    Parameters
    ----------
    text
        A year, a reporting period (``2017-S1``, ``2017-A1``, ``2017-M07``), a month, or a time range. Any
        other text is left as it is.
    starts
        The day on which its statistical year begins (``--10-01``); January, unless the data says so.

    Raises
    ------
    PeriodError
        If a time range is no year, half, quarter or month of its statistical year.

    Examples
    --------
    >>> period_label("2017-S1"), period_label("2016-10-01/P1Y", "--10-01"), period_label("2016-A1", "--10-01")
    ('2017-H1', '2017', '2017')
    """
    day = _START.fullmatch(starts or "")
    if found := _RANGE.fullmatch(text):
        grain, month = _GRAINS.get(found[3]), int(found[1]) * 12 + int(found[2]) - 1
        if grain is not None:
            period = Period.of(grain, month, int(day[1]) if day else 1)
            if period.first_month == month:
                return str(period)
        raise PeriodError(Fault("vocabulary.period", values={"text": text}))
    if found := _REPORTING.fullmatch(text):
        # SDMX names a year after the calendar year that it begins in
        year = int(found[1]) + (1 if day and day[1] != "01" and not found[4] else 0)
        part = f"-H{found[2]}" if found[2] else f"-Q{found[3]}" if found[3] else f"-{found[4]}" if found[4] else ""
        return f"{year:04d}{part}"
    return text


def component_id(column: str) -> str:
    """A breakdown column as the name of a dimension: in capitals, or letter by letter where it is not in plain words.

    >>> component_id("sex"), component_id("性别"), component_id("status")
    ('SEX', 'B_6027_522B', 'B_73_74_61_74_75_73')
    """
    name = column.upper()
    if _PLAIN_NAME.fullmatch(column) and name not in COMPONENTS and not _CODED_NAME.fullmatch(name):
        return name
    return "B" + "".join(f"_{ord(letter):02X}" for letter in column)


def column_name(component: str) -> str:
    """The breakdown column that a dimension stands for: the inverse of `component_id`.

    >>> column_name("SEX"), column_name("B_6027_522B")
    ('sex', '性别')
    """
    if _CODED_NAME.fullmatch(component):
        return "".join(chr(int(letter, 16)) for letter in component.split("_")[1:])
    return component.lower() if component.isupper() else component


def code_id(text: str) -> str:
    """Any text as a code of SDMX: letters that no code may have, and a leading ``_``, by their numbers between ``$``.

    >>> code_id("340102"), code_id("rural_area"), code_id("女"), code_id("_T")
    ('340102', 'rural_area', '$5973$', '$5f$T')
    """
    if text.isascii() and text.replace("_", "a").replace("-", "a").isalnum() and text[:1] != "_":
        return text
    return "".join(
        letter if _LEGAL.fullmatch(letter) or (letter == "_" and at) else f"${ord(letter):02x}$"
        for at, letter in enumerate(text)
    )


def code_text(code: str) -> str | None:
    """The text that a code stands for, the inverse of `code_id`; None for a total and for what does not apply.

    >>> code_text("$5973$"), code_text("_T")
    ('女', None)
    """
    if code in (TOTAL, NOT_APPLICABLE):
        return None
    return _CODED.sub(lambda found: chr(int(found[1], 16)), code)
