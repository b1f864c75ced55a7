"""Quantities made by hand, for tests of what happens after reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.bulletin.quantity import Quantity
from libminsheng.vocabulary.units import known_units

CATALOGUE = ms.catalogue()


@dataclass
class Said:
    """A text with its quantities, each given as it is printed."""

    text: str
    division: str | None = "340102"
    period: str | None = "2017"
    quantities: list[Quantity] = field(default_factory=list)

    def number(self, printed: str, value: str, unit: str, of: str = "", half: str = "0") -> Said:
        """The next quantity: as printed, its value, and how far the notation leaves it open."""
        start = self.text.index(printed, self.quantities[-1].end if self.quantities else 0)
        middle, open_ = Decimal(value), Decimal(half)
        self.quantities.append(
            Quantity(
                printed,
                start,
                start + len(printed),
                middle,
                middle - open_,
                middle + open_,
                unit,
                of=of,
                division=self.division,
                period=self.period,
            )
        )
        return self


def near(quantities: Sequence[Quantity], **changes: object) -> list[Quantity]:
    """The same with some fields changed."""
    return [replace(one, **changes) for one in quantities]  # type: ignore[arg-type]  # names of fields


names = st.sampled_from(sorted(measure.name.zh for measure in CATALOGUE.measures.values()))
letters = st.text(
    alphabet="新生儿筛查率人数累计发放补助资金标准养老医疗就业工程，。；、\n0123456789.万亿元%其中共占案件增长百分点-岁",
    max_size=30,
)
values = st.decimals(min_value=-(10**12), max_value=10**15, places=4, allow_nan=False, allow_infinity=False)


@st.composite
def said(draw: st.DrawFn) -> tuple[str, list[Quantity]]:
    """A text of names and noise, and quantities that stand anywhere in it."""
    text = "".join(draw(st.lists(st.one_of(names, letters), max_size=8)))
    found = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, max(len(text) - 1, 0)))
        end = draw(st.integers(start, len(text)))
        low, value, high = sorted(draw(st.tuples(values, values, values)))
        found.append(
            Quantity(
                text[start:end],
                start,
                end,
                value,
                low,
                high,
                draw(st.sampled_from(["", "%", "百分点", "不是单位", *known_units()[:40], "元/月"])),
                draw(st.booleans()),
                draw(st.one_of(names, letters)),
                draw(st.sampled_from([None, "340102", "340103"])),
                draw(st.sampled_from([None, "2017", "2017-H1", "2018"])),
            )
        )
    return text, found
