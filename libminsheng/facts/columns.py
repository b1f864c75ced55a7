"""The columns of facts, by the headers that offices write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from libminsheng.errors import Fault, Place, nearest

__all__ = ["BASES", "MARKS", "REMARKS", "REQUIRED", "SCENARIOS", "STANDARD", "Header", "read_header"]

REQUIRED: Final = ("division", "period", "measure", "value")
REMARKS: Final = ("approximate", "source", "note")
STANDARD: Final = (*REQUIRED, "project", "scenario", "basis", "unit", "issuer", *REMARKS, "reported")
STANDING: Final = frozenset({"submission", "revision_from", "revision_to", "public_from", "public_to"})
"""What the registry says of a fact besides; not read, because the book that the facts go into says it anew."""

HEADERS: Final[dict[str, str]] = {
    "区划": "division", "行政区划": "division", "区划代码": "division", "行政区划代码": "division", "地区": "division",
    "时期": "period", "期间": "period", "报告期": "period", "年月": "period", "年度": "period", "月份": "period",
    "指标": "measure", "指标代码": "measure", "指标名称": "measure", "基础指标": "measure",
    "数值": "value", "值": "value", "数据": "value",
    "项目": "project", "项目名称": "project", "项目代码": "project",
    "口径": "scenario",
    "累计": "basis", "累计/当期": "basis", "累计当期": "basis", "基准": "basis",
    "单位": "unit", "计量单位": "unit",
    "下达单位": "issuer", "下达": "issuer",
    "约数": "approximate", "是否约数": "approximate", "近似": "approximate",
    "来源": "source", "出处": "source", "数据来源": "source",
    "备注": "note", "说明": "note", "注": "note",
    "上报日期": "reported", "报送日期": "reported", "上报时间": "reported",
    "REF_AREA": "division", "TIME_PERIOD": "period", "OBS_VALUE": "value", "UNIT_MEASURE": "unit",
}  # fmt: skip
"""Chinese headers of the standard columns, and those of SDMX. Any other header is a breakdown."""

SCENARIOS: Final = {
    "": "actual", "actual": "actual", "实际": "actual", "实绩": "actual", "完成": "actual",
    "target": "target", "目标": "target", "计划": "target",
    "baseline": "baseline", "基期": "baseline", "基线": "baseline",
}  # fmt: skip

BASES: Final = {
    "": "period", "period": "period", "当期": "period", "本期": "period", "否": "period",
    "year_to_date": "year_to_date", "ytd": "year_to_date", "累计": "year_to_date", "年累计": "year_to_date",
    "本年累计": "year_to_date", "是": "year_to_date",
}  # fmt: skip

MARKS: Final = {
    "": False, "false": False, "否": False, "0": False, "no": False, "f": False,
    "true": True, "是": True, "1": True, "yes": True, "约": True, "t": True, "近似": True, "约数": True,
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """The name of each column of a file, as written and as the library calls it."""

    written: tuple[str, ...]
    names: tuple[str, ...]

    def column(self, name: str) -> str:
        """How the file writes a standard column."""
        return self.written[self.names.index(name)] if name in self.names else name

    @property
    def breakdowns(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in STANDARD and name not in STANDING)


def read_header(written: Sequence[str], place: Place) -> tuple[Header, list[Fault]]:
    """Name the columns; a missing required column and a column given twice are faults."""
    names = tuple(_name(text) for text in written)
    faults = [
        Fault(
            "facts.missing_column",
            place,
            {"column": name, "headers": ", ".join(text for text in written if text) or "–"},
            partial(nearest, name, [text for text in written if _name(text) not in STANDARD]),
        )
        for name in REQUIRED
        if name not in names
    ]
    faults.extend(Fault("facts.reserved", place, {"column": name}) for name in names if name in ("row", "file", "cell"))
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    faults.extend(Fault("facts.column_twice", place, {"column": name}) for name in twice)
    return Header(tuple(text.strip() for text in written), names), faults


def _name(text: str) -> str:
    plain = text.strip().strip("﻿")
    return HEADERS.get(plain, plain.lower() if plain.lower() in STANDARD else plain)
