"""What is fuzzed: each target takes bytes, and may refuse them only in the library's own words."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import libminsheng as ms
from libminsheng.errors import MinshengError

__all__ = ["TARGETS", "seeds"]

_SUFFIXES: Final = (".csv", ".xlsx", ".parquet", ".arrow")
_CSV: Final = (
    '区划,时期,指标,数值,单位\n340102,2017年,newborns_screened,1.0601,万人\n340102,2017-05,已使用资金,"1,020.00",元\n'
)
_TEXT: Final = (
    "2017年，全区资助普通高中家庭困难学生619名，发放助学金111.14万元，集中和分散供养标准分别达到710元/月、983元/月。",
    "新生儿筛查1.0601万名，筛查率达99.61%，同比提高5.8个百分点；开展活动二十余场，近14万人次参加。",
    "截至8月底，完成投资2.62亿元，占年度计划的三分之二，其中：一季度３，２３４户、5-6月约50户。",
)


def read_bulletin(data: bytes) -> None:
    """A bulletin: any text whatever has quantities or none."""
    text = data.decode("utf-8", "replace")
    bulletin = ms.read_bulletin(text)
    for one in bulletin:
        assert text[one.start : one.end] == one.text
    ms.check(bulletin)


def read_facts(data: bytes) -> None:
    """A file of facts; its first byte says of which kind."""
    if not data:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"facts{_SUFFIXES[data[0] % len(_SUFFIXES)]}"
        path.write_bytes(data[1:])
        try:
            facts = ms.read_facts(path, catalogue=_CATALOGUE, skip_bad_rows=True)
            ms.check(facts, catalogue=_CATALOGUE)
        except MinshengError as refused:
            str(refused)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {"bulletin": read_bulletin, "facts": read_facts}


def seeds(target: str) -> Iterator[bytes]:
    """Small things to begin with, made here so that none is kept."""
    if target == "bulletin":
        yield from (text.encode() for text in _TEXT)
        return
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "facts.csv"
        csv.write_text(_CSV, "utf-8")
        frame = ms.read_facts(csv).frame.select("division", "period", "measure", "value", "unit")
        frame.write_parquet(Path(folder) / "facts.parquet")
        frame.write_ipc(Path(folder) / "facts.arrow")
        frame.write_excel(Path(folder) / "facts.xlsx")
        for number, suffix in enumerate(_SUFFIXES):
            yield bytes([number]) + (Path(folder) / f"facts{suffix}").read_bytes()
        yield b"\0" + _CSV.encode("gb18030")


_CATALOGUE: Final = ms.catalogue()
