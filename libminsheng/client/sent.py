"""Facts on their way to a service: summed here, since equal keys add up, and sent as Arrow."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
import polars as pl

from libminsheng.client.ask import ARROW, Part
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.written import pack_toml
from libminsheng.engine.sums import BASES, Sums
from libminsheng.errors import EvaluationError, Fault
from libminsheng.facts.decimals import DIGITS

__all__ = ["arrow", "facts_part", "own_definitions", "sums_frame"]

_TOML: Final = "application/toml"


def sums_frame(sums: Sums, catalogue: Catalogue) -> pl.DataFrame:
    """Sums as facts: one row a key, values in the unit of the measure.

    Raises
    ------
    EvaluationError
        If a sum has more digits than there is room for.
    """
    decimals = [catalogue.measures[family.measure].decimals for family in sums.families]
    most = max(decimals, default=0)
    shift = np.array([10 ** (most - one) for one in decimals], object)
    whole = [total * factor for total, factor in zip(sums.total.tolist(), shift[sums.family].tolist(), strict=True)]
    if any(abs(number) >= 10**DIGITS for number in whole):
        raise EvaluationError(Fault("engine.too_large"))
    value = pl.Series(whole, dtype=pl.Int128).cast(pl.Decimal(DIGITS, 0)).cast(pl.String)
    texts = {
        "division": (sums.divisions, sums.division),
        "period": ([str(period) for period in sums.periods], sums.period),
        "measure": ([family.measure for family in sums.families], sums.family),
        "scenario": ([family.scenario for family in sums.families], sums.family),
        "issuer": ([family.issuer for family in sums.families], sums.family),
        "basis": (BASES, sums.cumulative.astype(np.int64)),
        **{name: ([cell[at] for cell in sums.cells], sums.cell) for at, name in enumerate(sums.columns)},
    }
    columns: dict[str, Any] = {
        name: pl.Series(list(known), dtype=pl.String).gather(numbers) for name, (known, numbers) in texts.items()
    }
    return pl.DataFrame({**columns, "value": _placed(value, most), "approximate": sums.estimated})


def arrow(frame: pl.DataFrame) -> bytes:
    """A frame as an Arrow stream, packed: half a million rows are 4 MB instead of 55, and no slower to read."""
    held = io.BytesIO()
    frame.write_ipc_stream(held, compression="zstd", compat_level=pl.CompatLevel.oldest())
    return held.getvalue()


def own_definitions(catalogue: Catalogue) -> list[Part]:
    """The packs that a catalogue was given, beside those that everybody has."""
    return [
        Part("definitions", f"pack-{pack.id}.toml", _TOML, pack_toml(pack, catalogue).encode())
        for pack in catalogue.packs
        if pack.id in catalogue.given
    ]


def facts_part(content: bytes) -> Part:
    """Facts beside definitions."""
    return Part("facts", "facts.arrow", ARROW, content)


def _placed(digits: pl.Series, scale: int) -> pl.Series:
    """Whole numbers of the last place as decimals."""
    if not scale:
        return digits.cast(pl.Decimal(DIGITS, 0))
    bare = digits.str.strip_prefix("-").str.zfill(scale + 1)
    sign = pl.when(digits.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
    text = pl.select(sign + bare.str.head(-scale) + "." + bare.str.tail(scale)).to_series()
    return text.cast(pl.Decimal(DIGITS, scale))
