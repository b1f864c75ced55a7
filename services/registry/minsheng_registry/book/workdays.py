"""Working days (工作日): weekends and holidays off, and the weekend days that are worked instead (调休).

Each year's arrangement is known when the State Council's notice is out. ``workdays.toml`` has a table a year, and
another file of that form may be given. In a year without one only weekends are taken off, and the day is an estimate.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

__all__ = ["CHINA", "Workdays"]

CHINA: Final = datetime.timezone(datetime.timedelta(hours=8))
"""The hours of China, by which days begin and end."""


@dataclass(frozen=True)
class Workdays:
    """Which days are worked, in the years that are known.

    >>> builtin = Workdays.builtin()
    >>> builtin.after(datetime.date(2026, 2, 13), 1)        # 14 February is a Saturday that is worked
    (datetime.date(2026, 2, 14), True)
    >>> builtin.after(datetime.date(2026, 2, 13), 2)        # and then there is the Spring Festival
    (datetime.date(2026, 2, 24), True)
    """

    years: frozenset[int]
    off: frozenset[datetime.date]
    on: frozenset[datetime.date]

    @classmethod
    def builtin(cls) -> Workdays:
        """The arrangement that ships."""
        return _builtin()

    @classmethod
    def from_file(cls, path: str | Path) -> Workdays:
        """Another arrangement, of the same form."""
        return cls.from_text(Path(path).read_text("utf-8"))

    @classmethod
    def from_text(cls, text: str) -> Workdays:
        """From TOML: a table a year with ``off`` and ``on``."""
        tables = {int(year): table for year, table in tomllib.loads(text).items()}
        return cls(
            frozenset(tables),
            frozenset(day for year, table in tables.items() for day in _days(year, table["off"])),
            frozenset(day for year, table in tables.items() for day in _days(year, table["on"])),
        )

    def works(self, day: datetime.date) -> bool:
        """Whether a day is worked."""
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def after(self, day: datetime.date, count: int) -> tuple[datetime.date, bool]:
        """The working day so many after a day, which itself does not count, and whether every year on the way is known."""
        known = True
        while count:
            day += datetime.timedelta(days=1)
            known = known and day.year in self.years
            count -= self.works(day)
        return day, known


def _days(year: int, texts: Iterable[str]) -> Iterator[datetime.date]:
    for text in texts:
        first, _, last = text.partition("..")
        day, end = (datetime.date.fromisoformat(f"{year}-{part}") for part in (first, last or first))
        while day <= end:
            yield day
            day += datetime.timedelta(days=1)


@cache
def _builtin() -> Workdays:
    return Workdays.from_text(resources.files("minsheng_registry.book").joinpath("workdays.toml").read_text("utf-8"))
