"""Lines and bars as SVG: drawn by Altair and vl-convert in this process, without a browser, a script or a network.

Text stays text, in the fonts of whoever looks; ink is that of the text around it (``currentColor``), and the colours of
series stand out from white and from black alike. A value that is None is a gap.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from libminsheng.errors import EvaluationError, Fault

if TYPE_CHECKING:
    import altair as alt

__all__ = ["COLOURS", "Bar", "Line", "drawn_bars", "drawn_lines"]

COLOURS: Final = ("#2f7de1", "#d9630f", "#12906a", "#b455b4", "#8a7a12", "#d8434f", "#1593a8", "#7a6ee0")
"""One a series, in this order; dashes and the shapes of points tell them apart as well."""
_DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [10, 4], [1, 3], [6, 2, 2, 2])
_SHAPES: Final = (
    "circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right", "triangle-left",
)  # fmt: skip
_FONTS: Final = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Zen Hei', sans-serif"
_INK: Final = "#010203"
"""What stands for the colour of the text around until it is drawn: no such colour is known to Vega."""
_WIDTH: Final = 340
_HEIGHT: Final = 170
_ROW: Final = 24
_SIZE: Final = 12
_LABEL: Final = 150
_NAMESPACE: Final = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its name, its unit (a panel each), and a value or None for each of the periods.

    `partial` are the positions of values that are not of all that should have been reported: hollow points.
    """

    name: str
    unit: str
    values: Sequence[float | None]
    partial: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its name, its length or None, what stands beside it, what it should have come to, whether it is pale.

    `marked` is the one that somebody looks for: it has a colour of its own.
    """

    name: str
    value: float | None
    words: str
    target: float | None = None
    partial: bool = False
    marked: bool = False


def drawn_lines(periods: Sequence[str], lines: Sequence[Line], *, title: str, description: str) -> str:
    """Lines over periods as SVG, a panel for each unit; they break where there is no value.

    Raises
    ------
    EvaluationError
        If the extra ``charts`` is not installed.
    """
    alt = _altair()
    lines = [line for line in lines if any(value is not None for value in line.values)] or lines
    names = [line.name for line in lines]
    panels = []
    for unit in dict.fromkeys(line.unit for line in lines):
        rows = [
            {"period": period, "value": value, "name": line.name, "partial": place in line.partial}
            for line in lines
            if line.unit == unit
            for place, (period, value) in enumerate(zip(periods, line.values, strict=True))
        ]
        panels.append(_panel(alt, rows, periods, names, unit))
    chart = panels[0] if len(panels) == 1 else alt.vconcat(*panels, spacing=24)
    return _svg(chart, title, description)


def _panel(alt: Any, rows: list[dict[str, Any]], periods: Sequence[str], names: Sequence[str], unit: str) -> Any:
    several = len(names) > 1
    known = {"domain": list(names)}
    columns = 2 if max(map(_wide, names)) < _WIDTH / 2 - 40 else 1
    legend = alt.Legend(
        title=None, orient="bottom", columns=columns, labelLimit=_WIDTH - 40, symbolSize=60, symbolStrokeWidth=0
    )

    def told(channel: Any, marks: Sequence[Any]) -> Any:
        scale = alt.Scale(range=list(marks[: len(names)]), **known)
        return channel("name:N", scale=scale, sort=None, legend=legend if several else None)

    axis = alt.Axis(title=None, labelAngle=0, labelOverlap="greedy", labelSeparation=8, labelPadding=6, grid=False)
    values = [row["value"] for row in rows if row["value"] is not None]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("period:O", sort=None, scale=alt.Scale(domain=list(periods)), axis=axis),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=False, nice=True, padding=8 if values else 0),
            axis=alt.Axis(
                title=None if unit == "1" else unit,
                titleAngle=0,
                titleAlign="left",
                titleAnchor="end",
                titleX=0,
                titleY=-10,
                format=",~f",
                tickCount=5,
                domain=False,
                ticks=False,
            ),
        ),
        color=told(alt.Color, COLOURS),
    )
    drawn = base.mark_line(strokeWidth=2, invalid="break-paths-show-domains", point=False)
    drawn = drawn.encode(strokeDash=told(alt.StrokeDash, _DASHES))
    shape = told(alt.Shape, _SHAPES)
    whole = base.transform_filter("!datum.partial").mark_point(filled=True, size=55, opacity=1, invalid="filter")
    some = base.transform_filter("datum.partial").mark_point(size=60, opacity=1, strokeWidth=2, invalid="filter")
    layers = [drawn, whole.encode(shape=shape)]
    if any(row["partial"] for row in rows):
        layers.append(some.encode(shape=shape))
    return alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)


def drawn_bars(bars: Sequence[Bar], *, title: str, description: str, target: float | None = None) -> str:
    """Bars from zero as SVG, one below the other; where there is no value, words stand in its place.

    `target` is one for all, drawn as a line across; a bar's own is drawn as a stroke.

    Raises
    ------
    EvaluationError
        If the extra ``charts`` is not installed.
    """
    alt = _altair()
    rows = [
        {
            "name": bar.name,
            "value": bar.value,
            "words": bar.words,
            "target": bar.target,
            "partial": bar.partial,
            "colour": COLOURS[bar.marked],
        }
        for bar in bars
    ]
    ends = [0.0, target or 0.0, *(end for bar in bars for end in (bar.value, bar.target) if end is not None)]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.22 or 1.0
    scale = alt.Scale(domain=[low - (room if low < 0 else 0), high + (room if high > 0 or low == 0 else 0)], nice=False)
    names = alt.Y(
        "name:N",
        sort=None,
        axis=alt.Axis(title=None, labelLimit=_LABEL, labelPadding=6, ticks=False, minExtent=_breadth(bars)),
    )
    lengths = alt.X("value:Q", scale=scale, axis=None)
    base = alt.Chart(alt.Data(values=rows)).encode(y=names)
    layers = [
        base.transform_filter(test)
        .mark_bar(size=_ROW * 0.6, opacity=opacity, invalid="filter")
        .encode(x=lengths, color=alt.Color("colour:N", scale=None))
        for test, opacity in (("!datum.partial", 1), ("datum.partial", 0.5))
    ]
    for side, align, offset in (("datum.value >= 0", "left", 5), ("datum.value < 0", "right", -5)):
        words = base.transform_filter(f"isValid(datum.value) && {side}")
        layers.append(words.mark_text(align=align, dx=offset, color=_INK).encode(x=lengths, text="words:N"))
    absent = base.transform_filter("!isValid(datum.value)").mark_text(align="left", dx=5, color=_INK, opacity=0.75)
    layers.append(absent.encode(x=alt.datum(0), text="words:N"))
    aims = base.transform_filter("isValid(datum.target)").mark_tick(thickness=2.5, size=_ROW * 0.9, color=_INK)
    layers.append(aims.encode(x="target:Q"))
    if target is not None:
        rule = alt.Chart(alt.Data(values=[{"target": target}])).mark_rule(
            strokeWidth=1.5, strokeDash=[5, 3], color=_INK
        )
        layers.append(rule.encode(x="target:Q"))
    chart = alt.layer(*layers).properties(width=_WIDTH + 30 - _breadth(bars), height=max(2, len(bars)) * _ROW)
    return _svg(chart, title, description)


def _breadth(bars: Sequence[Bar]) -> float:
    """Room for the names, wherever they are drawn: a machine without Chinese fonts would leave too little."""
    return min(_LABEL, max((_wide(bar.name) for bar in bars), default=0.0)) + 10


def _wide(text: str) -> float:
    return sum(1.0 if ord(sign) > 0x2E7F else 0.55 for sign in text) * _SIZE


def _altair() -> Any:
    """Altair, where vl-convert is there too."""
    try:
        import altair as alt
        import vl_convert  # noqa: F401  # what draws: without it a chart would stop half way
    except ModuleNotFoundError as error:
        raise EvaluationError(Fault("report.no_charts", values={"module": error.name})) from error
    return alt


def _svg(chart: alt.TopLevelMixin, title: str, description: str) -> str:
    import vl_convert

    quiet = {"labelColor": _INK, "titleColor": _INK, "labelFontSize": _SIZE, "titleFontSize": _SIZE}
    lines = {"domainColor": _INK, "tickColor": _INK, "gridColor": _INK, "domainOpacity": 0.5, "tickOpacity": 0.5}
    spec = (
        chart.configure(font=_FONTS, background="transparent", padding=4)
        .configure_view(stroke=None)
        .configure_axis(**quiet, **lines, gridOpacity=0.14, titleFontWeight="normal")
        .configure_legend(**quiet)
        .configure_text(fontSize=_SIZE)
        .to_dict()
    )
    return _bare(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]), title, description)


def _bare(svg: str, title: str, description: str) -> str:
    """One picture with a title and a description, in place of the many parts that Vega names."""
    root = ET.fromstring(svg)  # noqa: S314  # what was drawn a moment ago, in this process
    for node in root.iter():
        node.tag = node.tag.removeprefix(f"{{{_NAMESPACE}}}")
        node.attrib = {
            name: "currentColor" if value == _INK else value
            for name, value in node.attrib.items()
            if not name.startswith(("aria-", "role", "class"))
        }
    _drop_empty(root)
    root.attrib |= {"xmlns": _NAMESPACE, "role": "img", "class": "ms-chart", "aria-label": title}
    for place, (name, words) in enumerate((("title", title), ("desc", description))):
        told = ET.Element(name)
        told.text = words
        root.insert(place, told)
    return ET.tostring(root, encoding="unicode")


def _drop_empty(node: ET.Element) -> None:
    """Take out the frames of marks, which draw nothing."""
    for child in list(node):
        _drop_empty(child)
        hidden = child.get("display") == "none" or (
            child.tag == "path" and child.get("fill") is None and child.get("stroke") is None
        )
        if hidden or (child.tag == "g" and not len(child)):
            node.remove(child)
