"""A large, seeded panel: divisions × months × measures, many rows to each key."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

import libminsheng as ms

__all__ = ["Panel", "definitions"]

DIVISIONS = [f"d{number:04d}" for number in range(3000)]
PERIODS = [f"2017-{month:02d}" for month in range(1, 13)]
MEASURES = [f"measure_{number:02d}" for number in range(40)]
RATIOS = [(MEASURES[2 * number], MEASURES[2 * number + 1]) for number in range(20)]


def definitions(folder: Path, ratios: int = 20, *, stocks: Container[str] = ()) -> Path:
    """A pack of `ratios` indicators over twice as many measures, flows but for the `stocks`; each with a case."""
    lines = []
    for number in range(ratios):
        top, bottom = f"measure_{2 * number:02d}", f"measure_{2 * number + 1:02d}"
        lines.extend(
            f'[[measure]]\ncode = "{code}"\nname = {{ zh = "指标{code}", en = "{code}" }}\nunit = "人"\n'
            f'time = "{"stock" if code in stocks else "flow"}"\n'
            for code in (top, bottom)
        )
        lines.append(
            f'[[indicator]]\ncode = "rate_{number:03d}"\nname = {{ zh = "比率{number}", en = "Rate {number}" }}\n'
            f'formula = "{top} / {bottom}"\nunit = "%"\nbounds = [0, 100]\nbetter = "higher"\ndomain = "幼有所育"\n'
            f'source = {{ document = "bench", clause = "{number}", verified = true }}\n'
        )
        lines.append(
            f'[[case]]\nindicator = "rate_{number:03d}"\nfacts = {{ {top} = 1, {bottom} = 3 }}\nvalue = "33.33"\n'
        )
    path = folder / f"bench_{ratios}.toml"
    path.write_text("\n".join(lines), "utf-8")
    return path


@dataclass(frozen=True)
class Panel:
    """Facts as typed columns; one root for each division, so that nothing is rolled up."""

    frame: pl.DataFrame

    @classmethod
    def of(cls, rows: int, seed: int = 20171231) -> Panel:
        rng = np.random.default_rng(seed)

        def column(labels: list[str]) -> pl.Series:
            codes = pl.Series(rng.integers(0, len(labels), rows).astype(np.uint32))
            return codes.cat.to(pl.Enum(labels))

        return cls(
            pl.DataFrame(
                {
                    "division": column(DIVISIONS),
                    "period": column(PERIODS),
                    "measure": column(MEASURES),
                    "value": rng.integers(0, 1_000_000, rows),
                }
            )
        )

    def as_strings(self, path: Path) -> Path:
        """The same as a Parquet file whose columns are all text."""
        self.frame.with_columns(pl.all().cast(pl.String)).write_parquet(path)
        return path

    @staticmethod
    def tree() -> ms.DivisionTree:
        return ms.DivisionTree.from_divisions(ms.Division(code, code, None) for code in DIVISIONS)
