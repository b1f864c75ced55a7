"""Periods: the stretches of time that facts are reported for.

A period is a year (``2017``), a half (``2017-H1``), a quarter (``2017-Q3``) or a month
(``2017-09``). Year, half, quarter and month make a tree: a year has two halves, a half two
quarters, a quarter three months.

A *statistical year* may begin in another month than January. China's maternal and child
health reports count from October of the year before: with ``year_starts=10`` the year 2017
is October 2016 to September 2017, and its halves and quarters count from there. Months are
always calendar months.
"""

from __future__ import annotations

import calendar
import datetime
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

from libminsheng.errors import Fault, PeriodError

__all__ = ["GRAINS", "MONTHS_IN", "Grain", "Period", "month_label", "year_offset"]

Grain = Literal["month", "quarter", "half", "year"]

GRAINS: Final[tuple[Grain, ...]] = get_args(Grain)
"""The four lengths of a period, finest first."""

MONTHS_IN: Final[dict[Grain, int]] = {"month": 1, "quarter": 3, "half": 6, "year": 12}

_CANONICAL = re.compile(r"(?P<year>\d{4})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")
_YEAR = r"(?P<year>\d{4})\s*年?度?"
_LOOSE = (
    re.compile(_YEAR),
    re.compile(_YEAR + r"\s*[-/.]?\s*(?P<halfname>上半年|下半年)"),
    re.compile(_YEAR + r"\s*[-/.]?\s*[Hh](?P<half>[12])"),
    re.compile(_YEAR + r"\s*[-/.]?\s*[Qq](?P<quarter>[1-4])"),
    re.compile(_YEAR + r"\s*第?\s*(?P<quarter>[1-4])\s*季度?"),
    re.compile(_YEAR + r"\s*[-/.]\s*(?P<month>1[0-2]|0?[1-9])\s*月?"),
    re.compile(r"(?P<year>\d{4})\s*年\s*(?P<month>1[0-2]|0?[1-9])\s*月份?"),
    re.compile(r"(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])"),
    re.compile(
        r"(?P<year>\d{4})[-/.](?P<month>0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?:[ T]00:00(?::00(?:\.0+)?)?)?"
    ),
)
_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")


def year_offset(year_starts: int) -> int:
    """Months to add to a calendar month so that statistical years begin at multiples of 12.

    >>> (2016 * 12 + 9 + year_offset(10)) // 12      # October 2016 lies in the year 2017
    2017
    """
    return (1 - year_starts) % 12


def month_label(month: int) -> str:
    """The label of an absolute month (12 × year + month − 1).

    >>> month_label(2017 * 12 + 8)
    '2017-09'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


@dataclass(frozen=True, slots=True, order=False)
class Period:
    """A year, half, quarter or month, in the calendar or in a statistical year.

    Parameters
    ----------
    grain
        ``"year"``, ``"half"``, ``"quarter"`` or ``"month"``.
    index
        Its number among its kind since the year 0: for a month 12 × year + month − 1, for a
        quarter 4 × year + quarter − 1. Of a month the calendar year counts; of the others the
        statistical year.
    year_starts
        The month in which the statistical year begins, 1 for the calendar year.

    Examples
    --------
    >>> Period.parse("2017年上半年")
    Period('2017-H1')
    >>> Period.parse("2017-Q1", year_starts=10).months()[0]
    Period('2016-10', year_starts=10)
    >>> Period.parse("2017-12") + 1
    Period('2018-01')
    """

    grain: Grain
    index: int
    year_starts: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.year_starts <= 12:
            raise PeriodError(Fault("vocabulary.year_starts", values={"value": self.year_starts}))

    @classmethod
    def parse(cls, text: str, year_starts: int = 1) -> Period:
        """Read a period as reports write it.

        Canonical labels, ``2017年``, ``2017年上半年``, ``2017年第三季度``, ``2017年9月``,
        ``201709``, ``2017/9`` and a date (its month) are understood.

        Raises
        ------
        PeriodError
            If the text is no period.
        """
        found = _CANONICAL.fullmatch(text)
        if found is None:
            plain = unicodedata.normalize("NFKC", text).strip()
            plain = (
                plain.replace("十二月", "12月").replace("十一月", "11月").replace("十月", "10月").translate(_NUMERALS)
            )
            found = next(filter(None, (form.fullmatch(plain) for form in _LOOSE)), None)
        if found is None or int(found["year"]) == 0:
            raise PeriodError(Fault("vocabulary.period", values={"text": text}))
        parts = found.groupdict()
        year = int(parts["year"])
        if parts.get("month"):
            return cls("month", year * 12 + int(parts["month"]) - 1, year_starts)
        if parts.get("quarter"):
            return cls("quarter", year * 4 + int(parts["quarter"]) - 1, year_starts)
        if parts.get("half") or parts.get("halfname"):
            half = int(parts["half"]) if parts.get("half") else 1 + (parts["halfname"] == "下半年")
            return cls("half", year * 2 + half - 1, year_starts)
        return cls("year", year, year_starts)

    @classmethod
    def of(cls, grain: Grain, month: int, year_starts: int = 1) -> Period:
        """The period of this length that contains an absolute calendar month."""
        if grain == "month":
            return cls("month", month, year_starts)
        return cls(grain, (month + year_offset(year_starts)) // MONTHS_IN[grain], year_starts)

    @property
    def first_month(self) -> int:
        """The absolute calendar month in which it begins."""
        if self.grain == "month":
            return self.index
        return self.index * MONTHS_IN[self.grain] - year_offset(self.year_starts)

    @property
    def last_month(self) -> int:
        """The absolute calendar month in which it ends."""
        return self.first_month + MONTHS_IN[self.grain] - 1

    @property
    def last_day(self) -> datetime.date:
        """The day on which it ends, by which editions in force are looked up; no calendar goes beyond the year 9999."""
        year, month = divmod(self.last_month, 12)
        if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
            return datetime.date.min if year < datetime.MINYEAR else datetime.date.max
        return datetime.date(year, month + 1, calendar.monthrange(year, month + 1)[1])

    @property
    def year(self) -> Period:
        """The (statistical) year that contains it."""
        return Period.of("year", self.last_month, self.year_starts)

    @property
    def elapsed_months(self) -> int:
        """Months from the year's beginning to the period's end: 9 for September, 12 for a year."""
        return self.last_month - self.year.first_month + 1

    def months(self) -> list[Period]:
        """The months it is made of."""
        return [Period("month", month, self.year_starts) for month in range(self.first_month, self.last_month + 1)]

    def parts(self) -> list[Period]:
        """The next smaller periods it is made of: a half has two quarters, a month has none."""
        position = GRAINS.index(self.grain)
        if position == 0:
            return []
        finer = GRAINS[position - 1]
        step = MONTHS_IN[finer]
        return [
            Period.of(finer, month, self.year_starts) for month in range(self.first_month, self.last_month + 1, step)
        ]

    def previous(self) -> Period:
        """The period of the same length before it (环比)."""
        return self - 1

    def year_ago(self) -> Period:
        """The same period of the year before (同比)."""
        return self - 12 // MONTHS_IN[self.grain]

    def to(self, end: Period) -> Iterator[Period]:
        """This period and those after it up to `end`, all of this period's length.

        Raises
        ------
        PeriodError
            If `end` ends before this period does.
        """
        if end.last_month < self.last_month:
            raise PeriodError(Fault("vocabulary.range", values={"start": self, "end": end}))
        last = Period.of(self.grain, end.last_month, self.year_starts).index
        return (Period(self.grain, index, self.year_starts) for index in range(self.index, last + 1))

    def contains(self, other: Period) -> bool:
        """Whether `other` lies within it."""
        return self.first_month <= other.first_month and other.last_month <= self.last_month

    def text(self, lang: Literal["zh", "en"] = "en") -> str:
        """The label, or its Chinese form (2017年第三季度)."""
        if lang == "en":
            return str(self)
        if self.grain == "year":
            return f"{self.index}年"
        if self.grain == "half":
            return f"{self.index // 2}年{'上下'[self.index % 2]}半年"
        if self.grain == "quarter":
            return f"{self.index // 4}年第{'一二三四'[self.index % 4]}季度"
        return f"{self.index // 12}年{self.index % 12 + 1}月"

    def __add__(self, count: int) -> Period:
        return Period(self.grain, self.index + count, self.year_starts)

    def __sub__(self, count: int) -> Period:
        return Period(self.grain, self.index - count, self.year_starts)

    def __lt__(self, other: Period) -> bool:
        return (self.first_month, self.last_month) < (other.first_month, other.last_month)

    def __str__(self) -> str:
        if self.grain == "year":
            return f"{self.index:04d}"
        if self.grain == "half":
            return f"{self.index // 2:04d}-H{self.index % 2 + 1}"
        if self.grain == "quarter":
            return f"{self.index // 4:04d}-Q{self.index % 4 + 1}"
        return month_label(self.index)

    def __repr__(self) -> str:
        suffix = "" if self.year_starts == 1 else f", year_starts={self.year_starts}"
        return f"Period({str(self)!r}{suffix})"
