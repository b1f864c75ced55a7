"""What time the numbers of a text are of: it is said once, for many.

A year that is named (2017年) holds until another is; a shorter time (上半年, 1—7月, 截至9月底) holds to
the end of its paragraph. Months from January on (1—7月) are the report of the last of them, as in a
facts file. Dates and clocks say nothing of the numbers, but no quantity stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from libminsheng.errors import PeriodError
from libminsheng.vocabulary.periods import Period

__all__ = ["Time", "find_times", "periods_at"]

_DASH = r"\s?[-—~～至到]{1,2}\s?"
_M = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_D = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"
_TIME = re.compile(
    r"(?<![\d.])(?:"
    rf"(?P<years>(?:19|20)\d\d\s?年?{_DASH}(?:19|20)\d\d\s?(?:学?年度?))"
    r"|(?P<date>(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}(?![\d.]))"
    r"|(?P<dotted>(?:19|20)\d\d[-.](?:0[1-9]|1[0-2])(?![\d.%-]))"
    r"|(?P<year>(?:19|20)\d\d\s?(?:学?年度?(?!代)|年代))"
    rf"|(?P<months>{_M}\s?月?份?{_DASH}(?P<to>{_M})\s?月(?:份|底|末)?)"
    rf"|(?P<days>(?:(?P<daymonth>{_M})\s?月\s?)?{_D}\s?[日号]?{_DASH}(?:{_M}\s?月\s?)?{_D}\s?[日号](?![内间]))"
    rf"|(?P<month>{_M}\s?月(?:份|底|末|[上中下]旬)?(?!\s?个)(?:\s?{_D}\s?[日号])?)"
    r"|(?P<day>(?:3[01]|[12]\d|[1-9])\s?[日号](?![内间常]))"
    r"|(?P<clock>\d{1,2}\s?:\s?\d{2}(?::\d{2})?(?!\d))"
    r"|(?P<hour>\d{1,2}\s?[时点](?![间段])(?:\s?\d{1,2}\s?分)?)"
    r"|(?P<quarters>前[三3二2]个?季度)"
    r"|(?P<quarter>第?(?P<q>[一二三四1-4])季度末?)"
    r"|(?P<hanyear>[一二][〇零一二三四五六七八九]{3}年)"
    r")|(?P<half>[上下]半年)|(?P<whole>全年|年度|今年|本年|年末|年底|去年|上年)"
)
_COMPARED = re.compile(r"(?:比|较|同|与|于)$")
_UNTIL = re.compile(r"(?:截[至止]到?|到|至|自|从)\s?$")
_PAST_ENDS = re.compile(r"[，,。；;\n提增下上降升减到至]")
_HAN_DIGITS: Final = {sign: str(value) for value, sign in enumerate("零一二三四五六七八九")} | {"〇": "0"}

Kind = Literal["year", "past", "part", "whole", "line", "mark"]


@dataclass(frozen=True, slots=True)
class Time:
    """A time that a text names: where it stands, the year or what part of one, as a label without its year."""

    start: int
    end: int
    kind: Kind
    label: str = ""


def find_times(plain: str) -> list[Time]:
    """Every time that is named, from left to right; a ``mark`` says nothing about what the numbers are of,
    a ``past`` year (比2019年的97.1%) only of the next.

    >>> [(time.kind, time.label) for time in find_times("2017年，截至9月底，1—7月")]
    [('year', '2017'), ('part', '-09'), ('part', '-07')]
    """
    found: list[Time] = []
    for match in _TIME.finditer(plain):
        first = found[-1].start if found and found[-1].end == match.start() else match.start()
        time = _time(plain, match, plain[max(0, first - 4) : first])
        if time is not None:
            found.append(time)
    return found


def _time(plain: str, match: re.Match[str], before: str) -> Time | None:
    kind, start, end = match.lastgroup, match.start(), match.end()
    compared = _COMPARED.search(before) is not None
    groups = match.groupdict()
    year = groups["year"] or groups["hanyear"]
    label = ""
    what: Kind = "mark"
    if groups["date"] or groups["dotted"]:
        pieces = re.split(r"[-./]", match[0])
        what, label = ("year", pieces[0]) if groups["dotted"] is None else ("part", f"-{pieces[1]}")
        what = "mark" if groups["date"] else what
    elif year:
        number = "".join(_HAN_DIGITS.get(sign, sign) for sign in year[:4])
        passing: Kind = "past" if plain.startswith("的", end) else "mark"
        what, label = ("mark" if "代" in year else passing if compared else "year"), number
    elif groups["months"]:
        first = _month(re.match(_M, match[0]))
        last = _month(re.match(_M, groups["to"]))
        what, label = ("part", f"-{last:02d}") if first == 1 and last > first else ("mark", "")
    elif groups["month"]:
        month = _month(re.match(_M, match[0]))
        dated = match[0].rstrip().endswith(("日", "号"))
        what, label = ("mark" if compared or (dated and not _UNTIL.search(before)) else "part"), f"-{month:02d}"
    elif groups["quarters"]:
        what, label = "part", "-09" if match[0][1] in "三3" else "-06"
    elif groups["quarter"]:
        what, label = ("mark" if compared else "part"), f"-Q{'一二三四1234'.index(groups['q']) % 4 + 1}"
    elif groups["half"]:
        what, label = ("mark" if compared else "part"), "-H1" if match[0][0] == "上" else "-H2"
    elif groups["whole"]:
        what = "whole" if match[0] in ("全年", "年末", "年底") and not compared else "line"
    if kind == "hour" and not re.search(r"(?:[上下中]午|[早晚]|日)\s?$", before) and "分" not in match[0]:
        begins = plain.startswith(("结", "开", "止", "起", "前", "后", "至"), end)
        return Time(start, end, what) if begins and match[0][-1] == "时" else None
    return Time(start, end, what, label)


def _month(found: re.Match[str] | None) -> int:
    text = found[0] if found else "1"
    if text.isdigit():
        return int(text)
    return "一二三四五六七八九十".index(text[-1]) + 1 + (10 if len(text) == 2 else 0)


def periods_at(plain: str, times: list[Time], given: Period | None) -> Iterator[tuple[int, Period | None]]:
    """From each position on, the period that holds there; `given` is the document's own."""
    year = f"{given.last_month // 12:04d}" if given else None
    current = given
    yield 0, current
    line = 0
    for time in times:
        if "\n" in plain[line : time.start] and current is not None and current.grain != "year" and year:
            current = _period(year, "") if given is None or str(given)[:4] != year else given
            yield plain.index("\n", line), current
        line = max(line, time.end)
        if time.kind == "past":
            yield time.start, _period(time.label, "")
            ends = _PAST_ENDS.search(plain, time.end, time.end + 30)
            yield ends.start() if ends else time.end + 30, current
            continue
        if time.kind == "year":
            year = time.label
            current = _period(year, "")
        elif time.kind == "part" and year:
            current = _period(year, time.label)
        elif time.kind == "whole" and year:
            current = _period(year, "")
        else:
            continue
        yield time.start, current


@lru_cache(maxsize=4096)
def _period(year: str, label: str) -> Period | None:
    try:
        return Period.parse(year + label)
    except PeriodError:
        return None
