"""An office's own form: merged cells, several header rows, a number's meaning spread around it.

A number means what its row, its column and the title say together: a measure, a division, a period, and
perhaps a unit and a scenario. Each word is looked up; nothing is guessed. What is said nowhere, or twice, is
refused with what was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

from libminsheng.errors import DivisionError, FactsError, Fault, PeriodError, Place, UnitError
from libminsheng.facts.book import Book, Sheet, address, read_book, spans
from libminsheng.facts.columns import BASES, HEADERS, REQUIRED, SCENARIOS
from libminsheng.facts.filled import Filled, Spot
from libminsheng.facts.key import MARK
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import unit

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["read_office_form"]

_RECOVERABLE: Final = frozenset(
    {"facts.merged", "facts.missing_column", "facts.no_header", "facts.column_twice", "facts.excel_error"}
)
"""Why a sheet is no plain table of facts, and may be a form."""
_PASSED: Final = frozenset({"序号", "编号", "行次", "代码", "备注", "说明", "注", "no", "note", "notes"})
"""Columns that say nothing of a number."""
_TOTALS: Final = frozenset({"合计", "总计", "小计", "共计", "总数", "total", "sum"})
_FILLERS: Final = frozenset(
    {
        "",
        "数值",
        "值",
        "数据",
        "其中",
        "情况",
        "指标",
        "指标名称",
        "基础指标",
        "区划",
        "地区",
        "填报单位",
        "单位名称",
        "镇街",
        "街道",
        "乡镇",
        "时期",
        "时间",
        "计量单位",
        "单位",
        "项目",
        "区划代码",
        "指标代码",
    }
)
_SCENARIO_WORDS: Final = {
    "目标数": "target",
    "目标值": "target",
    "计划数": "target",
    "任务数": "target",
    "实际数": "actual",
    "完成数": "actual",
    "完成情况": "actual",
    "基期数": "baseline",
}
_BASIS_WORDS: Final = {
    "本月": "period",
    "本月数": "period",
    "本期数": "period",
    "累计数": "year_to_date",
    "本年累计数": "year_to_date",
}
_WITH_UNIT: Final = re.compile(r"(?P<name>.+?)\s*[（(](?P<unit>[^（()）]+)[）)]")
_TITLE_UNIT: Final = re.compile(r"(?:计量)?单位\s*[：:]\s*(?P<units>[^\s　]+)")
_TITLE_WHO: Final = re.compile(r"(?:填报单位|填报地区|地区|区划)\s*[：:]\s*(?P<who>[^\s　（(]+)")
_TITLE_WHEN: Final = re.compile(
    r"\d{4}\s*年(?:\s*\d{1,2}\s*月(?!\s*\d{1,2}\s*日)份?|上半年|下半年|第?[一二三四1-4]季度?|度)?(?!\s*\d{1,2}\s*月)"
)

_CODE: Final = re.compile(r"\d{6,12}")

MOST_MERGED: Final = 1_000_000
"""Cells that merged ones may cover."""

Said = dict[str, str]
"""What a row, column or title says: division, period, measure, unit, scenario, basis."""


def read_office_form(
    path: Path, only: str | None, catalogue: Catalogue | None, tree: DivisionTree | None, refusal: FactsError
) -> Filled:
    """The values of a sheet that is no plain table of facts.

    Raises
    ------
    FactsError
        `refusal` itself if the sheet was meant as a table of facts; else what could not be told.
    """
    if not {fault.code for fault in refusal.faults} <= _RECOVERABLE:
        raise refusal
    from libminsheng.definitions.catalogue import catalogue as default_catalogue

    book = read_book(path)
    sheet = next((one for one in book.sheets if one.name == (only or one.name)), None)
    if sheet is None or not sheet.cells:
        raise refusal
    if any(cell.text.startswith(f"{MARK}s") for one in book.sheets for cell in one.cells.values()):
        raise FactsError(Fault("forms.key_damaged", Place(book.file)))
    page = _Page(book, sheet, catalogue or default_catalogue(), tree or DivisionTree.builtin())
    named = page.named_columns
    if len(named) > 2 or ("value" in named and len(named) > 1):
        raise refusal
    try:
        return page.read()
    except FactsError:
        merged = any(fault.code == "facts.merged" for fault in refusal.faults)
        if len(named) > 1 and not merged:
            raise refusal from None
        raise


class _Page:
    """A sheet while its words are looked up."""

    def __init__(self, book: Book, sheet: Sheet, catalogue: Catalogue, tree: DivisionTree) -> None:
        self.file, self.sheet, self.catalogue, self.tree = book.file, sheet, catalogue, tree
        self.sheets = ", ".join(one.name for one in book.sheets)
        self.words = {spot: cell.text.strip() for spot, cell in sheet.cells.items()}
        self.wide: dict[tuple[int, int], int] = {}
        self._spread()
        self.known: dict[str, Said | None] = {}

    def _spread(self) -> None:
        """Give every merged cell the words of the first, as far as the sheet reaches."""
        lowest, farthest = (max(spot[side] for spot in self.words) for side in (0, 1))
        room = MOST_MERGED
        for merged in self.sheet.merged:
            (top, left), (bottom, right) = spans(merged)
            rows, columns = range(top, min(bottom, lowest) + 1), range(left, min(right, farthest) + 1)
            room -= len(rows) * len(columns)
            if room < 0:
                values = {"first": address(top, left), "last": address(bottom, right)}
                raise FactsError(Fault("facts.too_large", Place(self.file, item=self.sheet.name), values))
            text = self.words.get((top, left), "")
            for spot in product(rows, columns):
                self.words[spot] = text
                self.wide[spot] = right - left + 1

    @cached_property
    def named_columns(self) -> set[str]:
        """The columns of facts that its first row names: with most of them it is a table with faults, and no form."""
        first = min(row for row, _ in self.words)
        return {HEADERS.get(text, text.lower()) for (row, _), text in self.words.items() if row == first} & {*REQUIRED}

    def refuse(self, code: str, row: int | None = None, column: int | None = None, **values: object) -> FactsError:
        """A refusal that says what was seen."""
        cell = None if row is None or column is None else f"{self.sheet.name}!{address(row, column)}"
        place = Place(self.file, item=None if cell else self.sheet.name, cell=cell)
        seen = Fault(f"forms.saw_{code}", values=values)
        return FactsError(Fault("forms.unreadable", place, {"seen": seen}))

    # ---- what a word says

    def says(self, text: str) -> Said | None:
        """What one word says; None if it is not known, nothing if it is a filler."""
        if text not in self.known:
            self.known[text] = self._says(text.replace("\n", "").strip())
        return self.known[text]

    def _says(self, text: str) -> Said | None:
        if text in _FILLERS or text.lower() in _PASSED:
            return {}
        code = self.catalogue.measure_code(text)
        if code is not None:
            return {"measure": code}
        for kind, words in (("scenario", {**SCENARIOS, **_SCENARIO_WORDS}), ("basis", {**BASES, **_BASIS_WORDS})):
            if text in words and text not in ("是", "否"):
                return {kind: words[text]}
        # 340102 is a county before it is a month of the year 3401
        readers = (("period", self._period), ("unit", _unit), ("division", self._division))
        for kind, read in readers[::-1] if _CODE.fullmatch(text) else readers:
            found = read(text)
            if found is not None:
                return {kind: found}
        with_unit = _WITH_UNIT.fullmatch(text)
        if with_unit and (said := self._says(with_unit["name"])) and (found := _unit(with_unit["unit"])):
            return {**said, "unit": found}
        return None

    def _period(self, text: str) -> str | None:
        try:
            return str(Period.parse(text.removesuffix("度") if text.endswith("年度") else text))
        except PeriodError:
            return None

    def _division(self, text: str) -> str | None:
        try:
            code = self.tree.resolve(text)
        except DivisionError:
            return None
        return code if self.tree.is_listed(code) else None

    # ---- where the numbers are

    def read(self) -> Filled:
        first = self._first_row()
        left = self._label_columns(first)
        columns = sorted({c for r, c in self.words if r >= first and c not in left and self._is_number(r, c)})
        title, heads = self._title(first)
        told = ((column, self._column(column, heads)) for column in columns)
        by_column = {column: said for column, said in told if said is not None}
        filled = Filled(self.file)
        for row in sorted({r for r, c in self.words if r >= first and c in by_column}):
            numbers = [column for column in by_column if self.sheet.cells.get((row, column))]
            if not numbers:
                continue
            said = self._row(row, sorted(left))
            for column in numbers:
                of = self._joined(row, column, said, by_column[column], title)
                spot = Spot(row, f"{self.sheet.name}!{address(row, column)}")
                hidden = self.sheet.is_hidden(row, column)
                filled.add(of, self.sheet.cells[row, column], spot, hidden=hidden, formulas=True)
        if not filled.rows:
            raise self.refuse("nothing", sheet=self.sheet.name, sheets=self.sheets)
        return filled

    def _is_number(self, row: int, column: int) -> bool:
        cell = self.sheet.cells.get((row, column))
        return cell is not None and cell.kind in ("number", "error")

    def _first_row(self) -> int:
        """The first row with a known word that has a number to its right."""
        for row in sorted({row for row, _ in self.sheet.cells}):
            columns = sorted(column for r, column in self.words if r == row)
            labels = [c for c in columns if self.words[row, c] and self._names(self.words[row, c])]
            numbers = [c for c in columns if self._is_number(row, c) and not self._names(self.words[row, c])]
            if labels and numbers and min(labels) < max(numbers):
                return row
            texts = [c for c in columns if self.words[row, c] and self.says(self.words[row, c]) is None]
            unknown = [c for c in texts if not self._is_number(row, c)]
            if numbers and unknown and unknown[0] < max(numbers):
                raise self.refuse("unknown", row, unknown[0], text=self.words[row, unknown[0]])
        raise self.refuse("nothing", sheet=self.sheet.name, sheets=self.sheets)

    def _names(self, text: str) -> bool:
        return bool({"measure", "division", "period"} & set(self.says(text) or ()))

    def _label_columns(self, first: int) -> set[int]:
        """The columns at the left whose cells are words, or codes or years that all are known."""
        left: set[int] = set()
        for column in sorted({column for row, column in self.words if row >= first}):
            rows = [
                r for r in sorted({r for r, c in self.words if c == column and r >= first}) if self.words[r, column]
            ]
            head = {self.words.get((row, column), "").replace("\n", "").lower() for row in range(1, first)}
            numbers = [row for row in rows if self._is_number(row, column)]
            known = all(self._names(self.words[row, column]) for row in rows)
            if numbers and not known and not head & _PASSED:
                break
            left.add(column)
        return left

    def _title(self, first: int) -> tuple[Said, list[int]]:
        """What the lines above the header say of every number, and the rows of the header."""
        said: Said = {}
        heads: list[int] = []
        above = sorted({row for row, _ in self.words if row < first})
        for row in above:
            texts = {text for (r, _), text in self.words.items() if r == row and text}
            spread = {c for r, c in self.words if r == row and self.words[r, c]}
            widest = max((self.wide.get((row, c), 1) for c in spread), default=0)
            alone = len(texts) == 1 and (len(spread) == 1 or widest == len(spread))
            told = any(_TITLE_UNIT.search(text) or _TITLE_WHO.search(text) for text in texts)
            if heads or not (alone or told):
                heads.append(row)
                continue
            for text in texts:
                self._tell(text, said)
        return said, heads

    def _tell(self, text: str, said: Said) -> None:
        whole = self.says(text)
        if whole and set(whole) <= {"period", "division"}:
            said.update(whole)
            return
        periods = list(
            dict.fromkeys(filter(None, (self._period(found[0].strip()) for found in _TITLE_WHEN.finditer(text))))
        )
        if len(periods) > 1 or (periods and said.get("period", periods[0]) != periods[0]):
            texts = "、".join(dict.fromkeys([*([said["period"]] if "period" in said else []), *periods]))
            raise self.refuse("two", name=Fault("forms.name_period"), texts=texts)
        if periods:
            said["period"] = periods[0]
        if who := _TITLE_WHO.search(text):
            code = self._division(who["who"])
            if code is None:
                raise self.refuse("unknown", text=who["who"])
            said["division"] = code
        if units := _TITLE_UNIT.search(text):
            known = [_unit(part) for part in re.split(r"[、，,/;；]", units["units"])]
            if all(known):
                said["unit"] = "、".join(filter(None, known))

    # ---- what they mean

    def _column(self, column: int, heads: Sequence[int]) -> Said | None:
        """What the header above a column says; None where it says that the column does not count."""
        parts = list(dict.fromkeys(self.words.get((row, column), "").replace("\n", "") for row in heads))
        parts = [part for part in parts if part]
        if any(part.lower() in _PASSED for part in parts):
            return None
        return self._together(parts, heads[-1] if heads else None, column)

    def _row(self, row: int, left: Sequence[int]) -> Said:
        parts = []
        for column in left:
            head = {self.words.get((r, column), "").replace("\n", "").lower() for r in range(1, row)}
            if text := self.words.get((row, column), ""):
                if text.lower() in _TOTALS:
                    raise self.refuse("total", row, column, text=text)
                if not head & _PASSED:
                    parts.append(text)
        return self._together(list(dict.fromkeys(parts)), row, left[0] if left else 1)

    def _together(self, parts: Sequence[str], row: int | None, column: int) -> Said:
        """What several words say together; two that are no measures by themselves may be one when they are joined."""
        said: Said = {}
        for name, value in _pairs(self._meanings(parts, row, column)):
            if said.get(name, value) != value:
                texts = f"{said[name]}、{value}"
                raise self.refuse("two", row, column, name=Fault(f"forms.name_{name}"), texts=texts)
            said[name] = value
        return said

    def _meanings(self, parts: Sequence[str], row: int | None, column: int) -> list[Said]:
        alone = [self.says(part) for part in parts]
        if len(parts) > 1:
            whole = self.says("".join(parts))
            if whole and "measure" in whole:
                return [whole]
            for at in range(len(parts) - 1):
                pair = self.says(parts[at] + parts[at + 1])
                if pair and "measure" in pair and (alone[at] is None or alone[at + 1] is None):
                    return [pair, *self._meanings([*parts[:at], *parts[at + 2 :]], row, column)]
        for part, one in zip(parts, alone, strict=True):
            if one is None:
                raise self.refuse("unknown", row, column, text=part)
        return [one for one in alone if one]

    def _joined(self, row: int, column: int, by_row: Said, by_column: Said, title: Said) -> dict[str, str | None]:
        both: Said = {}
        for name, value in [*by_row.items(), *by_column.items()]:
            if both.get(name, value) != value:
                raise self.refuse("two", row, column, name=Fault(f"forms.name_{name}"), texts=f"{both[name]}、{value}")
            both[name] = value
        for name in ("division", "period", "measure"):
            if name not in both and name not in title:
                raise self.refuse("no", row, column, name=Fault(f"forms.name_{name}"))
        joined = {**{name: value for name, value in title.items() if name != "unit"}, **both}
        return {**joined, "unit": both.get("unit") or self._unit_of(row, column, joined["measure"], title)}

    def _unit_of(self, row: int, column: int, code: str, title: Said) -> str | None:
        """The unit that the title names for a measure of that kind; an amount of money has to have one."""
        measure = self.catalogue.measures[code]
        own = unit(measure.unit)
        fitting = [text for text in title.get("unit", "").split("、") if text and unit(text).compatible(own)]
        if len(fitting) == 1:
            return fitting[0]
        if own.money:
            raise self.refuse("no_unit", row, column, measure=measure.name.in_() or code)
        return None


def _pairs(said: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for one in said:
        yield from one.items()


def _unit(text: str) -> str | None:
    try:
        unit(text)
    except UnitError:
        return None
    return text if not text.isascii() or text == "%" else None
