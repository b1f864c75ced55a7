"""The copy of the registry's facts: what a correction costs with few facts and with many, a restart, questions cold and warm.

Facts are of flows, and a few stocks, that the lowest divisions report month by month, the usual case; the tree has a
province, its prefectures, counties and the reporters below them. More facts are more reporters and more years; as many of
the fifty million as there is memory for. Corrections are of single values; of stocks; of divisions that never reported
anything; of breakdowns that they never had; of counties that report above others. All but the restart is in time of the
processor.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import libminsheng as ms
from bench.panel import MEASURES, definitions
from bench.yardstick import Result
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.intake import COLUMNS, NEVER, Coded, Vocabulary
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.shelf import Held
from minsheng_indicators.copy.sight import Asked
from minsheng_indicators.copy.view import EVERYTHING
from minsheng_indicators.copy.words import Words

__all__ = ["run"]

ROUNDS = 40
STOCKS = MEASURES[38:]
KINDS = {
    "a stock": 19,
    "who never reported": 3,
    "a breakdown that its division never had": 5,
    "a report above others": 7,
}
"""Corrections that are more than another value of a flow, and the indicator whose first measure is corrected."""
BYTES_A_FACT = 200
"""Of memory, all in all."""


def _years() -> int:
    """Of the many facts, so many years that they fit into the memory that is free."""
    free = next(line for line in Path("/proc/meminfo").read_text("ascii").splitlines() if "MemAvailable" in line)
    return max(1, min(7, int(free.split()[1]) * 1024 // (BYTES_A_FACT * Province(14_880, 1).facts)))


@dataclass(frozen=True)
class Province:
    """A tree with so many reporters, and the months that they report."""

    reporters: int
    years: int

    @cached_property
    def codes(self) -> list[str]:
        return [
            f"{100 + number // 1500:03d}{number % 1500 // 15:03d}{number % 15:03d}" for number in range(self.reporters)
        ]

    @cached_property
    def silent(self) -> list[str]:
        """A division below each county that does not report."""
        return [f"{county}x" for county in sorted({code[:6] for code in self.codes})]

    @property
    def facts(self) -> int:
        return self.reporters * self.years * 12 * len(MEASURES)

    def tree(self) -> ms.DivisionTree:
        counties = sorted({code[:6] for code in self.codes})
        prefectures = sorted({code[:3] for code in counties})
        return ms.DivisionTree.from_divisions(
            [
                ms.Division("P", "P"),
                *(ms.Division(code, code, "P") for code in prefectures),
                *(ms.Division(code, code, code[:3]) for code in counties),
                *(ms.Division(code, code, code[:6]) for code in (*self.codes, *self.silent)),
            ]
        )

    def held(self, seed: int = 20171231) -> Held:
        months = [f"{2017 - year:04d}-{month:02d}" for year in range(self.years) for month in range(1, 13)]
        each = self.reporters * len(months)
        count = self.facts
        columns: dict[str, Any] = {name: np.zeros(count, dtype) for name, dtype in COLUMNS.items()}
        columns["measure"] = np.repeat(np.arange(len(MEASURES), dtype=np.int32), each)
        columns["family"] = columns["measure"]
        columns["division"] = np.tile(np.repeat(np.arange(self.reporters, dtype=np.int32), len(months)), len(MEASURES))
        columns["period"] = np.tile(np.arange(len(months), dtype=np.int32), self.reporters * len(MEASURES))
        columns["since"][:] = 1
        columns["public"][:] = 1
        columns["until"][:] = columns["hidden"][:] = NEVER
        columns["value"] = np.random.default_rng(seed).integers(1, 1_000_000, count)
        words = Vocabulary(
            Words(MEASURES),
            Words(self.codes),
            Words((code, "actual", "") for code in MEASURES),
            Words([("", ())]),
            Words(months),
        )
        return Held(1, Coded(columns, {}), words, [])


class _Bench:
    """A copy of a province, and corrections that come in."""

    def __init__(self, province: Province, catalogue: ms.Catalogue) -> None:
        self.province, self.feed = province, MemoryFeed()
        self.feed.accept([])
        self.copy = Copy(self.feed, catalogue, province.tree())
        held = province.held()
        self.copy.take(held)
        self.number = 0
        self.facts = f"{province.facts / 1e6:.1f} M facts"
        self.table = province.codes[::3][:200]

    def correct(self) -> str:
        """A reporter's two facts of one month are corrected; the reporter's code."""
        self.number += 1
        code = self.province.codes[self.number * 7919 % self.province.reporters]
        facts = [
            {"division": code, "period": "2017-05", "measure": measure, "value": str(self.number)}
            for measure in MEASURES[:2]
        ]
        self.feed.accept(facts, public=True)
        return code

    def correct_otherwise(self, kind: str) -> tuple[str, int]:
        """One fact of this kind is reported: the code of its division, and the indicator that it shows in."""
        self.number += 1
        indicator = KINDS[kind]
        code = self.province.codes[self.number * 7919 % self.province.reporters]
        fact = {"period": "2017-05", "measure": MEASURES[2 * indicator], "value": str(self.number)}
        if kind == "who never reported":
            code = self.province.silent[self.number * 7 % len(self.province.silent)]
        if kind == "a breakdown that its division never had":
            fact["project"] = f"p{self.number % 5}"
        if kind == "a report above others":
            code = code[:6]
        self.feed.accept([{"division": code, **fact}], public=True)
        return code, indicator

    def figures(self, codes: list[str], indicators: Iterable[int] = (0,)) -> bytes:
        wanted = tuple(f"rate_{number:03d}" for number in indicators)
        asked = Asked(wanted, period="month", start="2017-01", end="2017-12", divisions=tuple(codes))
        figures = self.copy.sight(EVERYTHING).figures(asked)
        return msgspec.json.encode([figures.to_dicts(), figures.receipt.as_dict()])


def _spent(work: Callable[[], object]) -> float:
    """Seconds of the processor; the machine may have other work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ways(bench: _Bench, code: str) -> dict[str, list[str]]:
    """How a correction of a division shows: the divisions that are asked for after it."""
    return {
        "a correction, taken in": [],
        "a correction, until a figure of its division shows it": [code],
        "a correction, until a figure of the whole province shows it": ["P"],
        "a correction, until a table of 200 divisions shows it": bench.table,
    }


def _corrected(bench: _Bench, name: str) -> float:
    shown = _ways(bench, bench.correct())[name]

    def work() -> None:
        bench.copy.step()
        if shown:
            bench.figures(shown)

    return _spent(work)


def _corrections(few: _Bench, many: _Bench) -> list[Result]:
    """What a correction costs with few facts and with many, turn by turn."""
    names = list(_ways(few, ""))
    seconds: dict[tuple[str, _Bench], list[float]] = {(name, bench): [] for name in names for bench in (few, many)}
    for bench in (few, many):
        bench.figures(["P"])
        bench.figures(bench.table)
    for _ in range(ROUNDS):
        for (name, bench), times in seconds.items():
            times.append(_corrected(bench, name))
    return _ratios(few, many, seconds)


def _corrections_otherwise(few: _Bench, many: _Bench) -> list[Result]:
    """What other corrections cost until a figure of their division shows them.

    That there are projects at all is known before: the first fact of all with another column has all measures rolled up.
    """
    for bench in (few, many):
        bench.feed.accept(
            [{"division": "P", "period": "2017-05", "measure": MEASURES[20], "value": "1", "project": "p"}]
        )
        bench.copy.step()
        for indicator in KINDS.values():
            bench.figures(["P"], [indicator])
    seconds: dict[tuple[str, _Bench], list[float]] = {
        (f"{kind}, until a figure of its division shows it", bench): [] for kind in KINDS for bench in (few, many)
    }
    for number in range(ROUNDS + 1):
        for (name, bench), times in seconds.items():
            code, indicator = bench.correct_otherwise(name.rpartition(", ")[0])

            def work(bench: _Bench = bench, code: str = code, indicator: int = indicator) -> None:
                bench.copy.step()
                bench.figures([code], [indicator])

            spent = _spent(work)
            if number:  # the first one makes what the others follow
                times.append(spent)
    return _ratios(few, many, seconds)


def _ratios(few: _Bench, many: _Bench, seconds: dict[tuple[str, _Bench], list[float]]) -> list[Result]:
    results = []
    for name in dict.fromkeys(name for name, _ in seconds):
        small, large = (statistics.median(seconds[name, bench]) for bench in (few, many))
        detail = (
            f"{small * 1e3:.1f} ms with {few.facts}, {large * 1e3:.1f} ms with {many.facts} "
            f"(mean {statistics.mean(seconds[name, many]) * 1e3:.1f} ms, the slowest of {ROUNDS} "
            f"{max(seconds[name, many]) * 1e3:.0f} ms)"
        )
        results.append(Result(name, f"{large / small:.2f}×", "≤ 2×", large <= 2 * small, detail))
    return results


def run() -> list[Result]:
    """All benches."""
    with tempfile.TemporaryDirectory() as folder:
        catalogue = ms.catalogue(packs=[definitions(Path(folder), stocks=STOCKS)], builtin=False)
        few, many = (_Bench(one, catalogue) for one in (Province(2_083, 1), Province(14_880, _years())))
        results = [*_corrections(few, many), *_questions(few), *_questions(many), *_corrections_otherwise(few, many)]
        del few, many
        gc.collect()
        results.append(_restart(Path(folder), catalogue))
    return results


def _questions(bench: _Bench) -> list[Result]:
    facts, codes = bench.facts, bench.table
    cold = _spent(lambda: bench.figures(codes, range(20)))
    warm, alone = [], []
    asked = Asked(
        tuple(f"rate_{n:03d}" for n in range(20)), period="year", divisions=tuple(codes), start="2017", end="2017"
    )
    for _ in range(20):
        warm.append(_spent(lambda: bench.copy.sight(EVERYTHING).figures(asked).receipt))
        figures = bench.copy.sight(EVERYTHING).figures(asked)
        rows = figures.to_dicts()
        alone.append(_spent(lambda rows=rows: msgspec.json.encode(rows)))  # type: ignore[misc]  # as above
    one = statistics.median(_spent(lambda: bench.figures(codes[:1])) for _ in range(20))
    return [
        Result(f"20 indicators × 200 divisions, cold, {facts}", f"{cold:.2f} s"),
        Result(
            f"20 indicators × 200 divisions of a year, warm, {facts}",
            f"{statistics.median(warm) * 1e3:.1f} ms",
            detail=f"{len(rows)} figures; their encoding alone {statistics.median(alone) * 1e3:.1f} ms",
        ),
        Result(f"one indicator, one division, a year by month, warm, {facts}", f"{one * 1e3:.2f} ms"),
    ]


def _restart(folder: Path, catalogue: ms.Catalogue) -> Result:
    province = Province(2_976, 7)
    feed = MemoryFeed()
    feed.accept([])
    first = Copy(feed, catalogue, province.tree(), folder / "copy")
    first.take(province.held())
    first.save()
    first.close()
    gc.collect()
    again = Copy(MemoryFeed(), catalogue, province.tree(), folder / "copy")
    loaded = _timed(again.open)
    shown = _timed(lambda: again.sight(EVERYTHING).figures(Asked(("rate_000",), divisions=("P",))).receipt)
    return Result(
        f"a restart with {province.facts / 1e6:.1f} M facts, until it is ready",
        f"{loaded:.2f} s",
        "≤ 5 s",
        loaded <= 5,
        f"the first figure {shown:.2f} s later",
    )
