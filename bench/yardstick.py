"""Timing two ways of doing one thing, turn by turn, so that a noisy machine disturbs both."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Result", "race"]


@dataclass(frozen=True)
class Result:
    """One line of the table: what was measured, its figure, the limit that it has to keep."""

    name: str
    figure: str
    limit: str = ""
    kept: bool | None = None
    detail: str = ""


def race(ways: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """The least seconds of each way; the ways take turns, and the first round is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            gc.collect()
            start = time.perf_counter()
            result = way()
            elapsed = time.perf_counter() - start
            del result
            if turn:
                seconds[name].append(elapsed)
    return {name: min(times) for name, times in seconds.items()} | {
        f"{name} (median)": statistics.median(times) for name, times in seconds.items()
    }
