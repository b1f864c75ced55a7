"""Loading and planning definitions: how long, and whether it grows linearly."""

from __future__ import annotations

import datetime
import tempfile
import time
from pathlib import Path

import libminsheng as ms
from bench.panel import definitions
from bench.yardstick import Result
from libminsheng.engine.plan import plan

__all__ = ["run"]


def _best(way: object, rounds: int = 7) -> float:
    assert callable(way)
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        way()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def run() -> list[Result]:
    """160 definitions with their cases against a tenth of them and ten times as many."""
    day = datetime.date(2017, 12, 31)
    loading: dict[int, float] = {}
    planning: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (16, 160, 1600):
            path = definitions(Path(folder), count)
            loading[count] = _best(lambda path=path: ms.catalogue(packs=[path], builtin=False))
            fresh = [ms.catalogue(packs=[path], builtin=False) for _ in range(5)]
            seconds = []
            for catalogue in fresh:
                start = time.perf_counter()
                for indicator in catalogue.indicators:
                    plan(catalogue, indicator, catalogue.inlined(indicator, day))
                seconds.append(time.perf_counter() - start)
            planning[count] = min(seconds)
    load, plans = loading[160] * 1000, planning[160] * 1000
    growth = loading[1600] / loading[160] / 10
    plan_growth = planning[1600] / planning[160] / 10
    return [
        Result("loading 160 definitions and cases", f"{load:.0f} ms", "< 100 ms", load < 100),
        Result("planning 160 definitions", f"{plans:.1f} ms", "< 20 ms", plans < 20),
        Result("loading: time per definition, 1600 against 160", f"{growth:.2f}×", "≤ 1.3×", growth <= 1.3),
        Result("planning: time per definition, 1600 against 160", f"{plan_growth:.2f}×", "≤ 1.3×", plan_growth <= 1.3),
    ]
