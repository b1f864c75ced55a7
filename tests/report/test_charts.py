"""Charts: what a reader sees is what the figures say, and a gap is a gap."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng import Figures
from libminsheng.errors import EvaluationError
from libminsheng.report.drawing import COLOURS, Bar, Line, drawn_bars, drawn_lines

NAME = "welfare_posts_created"


def _figures(rows: list[tuple[str, str, int]], **options: object) -> Figures:
    facts = pl.DataFrame(rows, schema=["division", "period", "value"], orient="row")
    facts = facts.with_columns(measure=pl.lit("public_welfare_posts"))
    asked = {"indicators": [NAME], "divisions": sorted({row[0] for row in rows})} | options
    return ms.evaluate(facts, **asked)  # type: ignore[arg-type]  # options of every kind


def _texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter() if node.tag.endswith("text")]


def _runs(svg: str, colour: str) -> list[str]:
    """The stretches of the line of a colour: each begins with a move."""
    (line,) = re.findall(rf'<path d="([^"]*)" stroke="{colour}"', svg)
    return re.findall(r"M[^M]*", line)


def test_a_trend_breaks_where_there_is_no_value() -> None:
    chart = _figures([("340102", "2015", 3000), ("340102", "2016", 3100), ("340102", "2018", 3234)]).plot.trend("zh")
    first, alone = _runs(chart.svg, COLOURS[0])
    assert first.count("L") == 1
    assert alone.count("L") == 0
    assert chart.description == "2015年至2018年，单位个：期初3,000，期末3,234。没有数值：2017年。"
    assert [[cell.text for cell in row] for row in chart.grid.sections[0].rows] == [
        ["2015年", "3,000"],
        ["2016年", "3,100"],
        ["2017年", "缺数据"],
        ["2018年", "3,234"],
    ]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), min_size=2, max_size=12).filter(
        lambda row: any(x is not None for x in row)
    )
)
def test_there_are_as_many_points_as_values(values: list[float | None]) -> None:
    periods = [str(2000 + place) for place in range(len(values))]
    svg = drawn_lines(periods, [Line("a", "%", values)], title="t", description="d")
    drawn = re.findall(rf'<path transform="translate\([^"]*" d="[^"]*" fill="{COLOURS[0]}"', svg)
    assert len(drawn) == sum(value is not None for value in values)
    runs = "".join("-" if value is None else "x" for value in values).replace("-", " ").split()
    assert sum(run.count("L") for run in _runs(svg, COLOURS[0])) == sum(len(run) - 1 for run in runs)


def test_bars_have_words_where_there_is_no_value_and_no_bar_of_length_zero() -> None:
    bars = [Bar("瑶海区", 10.0, "10.00"), Bar("庐阳区", None, "缺数据")]
    svg = drawn_bars(bars, title="t", description="d")
    assert len(re.findall(f'fill="{COLOURS[0]}"', svg)) == 1
    assert {"瑶海区", "庐阳区", "10.00", "缺数据"} <= set(_texts(svg))


def test_divisions_stand_in_order_with_their_target() -> None:
    figures = _figures([("340102", "2018", 3234), ("340103", "2018", 4000), ("340104", "2017", 5)])
    chart = figures.plot.comparison("en", target=Decimal(3500))
    assert [row[0].text for row in chart.grid.sections[0].rows] == ["庐阳区", "瑶海区", "蜀山区"]
    assert [row[2].text for row in chart.grid.sections[0].rows] == ["3,500"] * 3
    assert chart.grid.sections[0].rows[2][1].text == "no data"
    assert "The target is 3,500 个." in chart.description
    assert "Without a value: 蜀山区." in chart.description
    assert "stroke-dasharray" in chart.svg
    own = figures.plot.comparison("en", target={"340102": Decimal(3000)})
    assert [row[2].text for row in own.grid.sections[0].rows] == ["—", "3,000", "—"]


def test_what_is_not_drawn_is_counted() -> None:
    chart = _figures([(f"3401{place:02}", "2018", place) for place in (2, 3, 4, 11, 21, 22, 23, 24, 81)]).plot.trend(
        "en"
    )
    assert "1 more are not drawn." in chart.description
    assert len(chart.grid.headers) == 9


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a & \"b\" 'c'", "]]><svg onload=x>", "\x1b[2J\x00"])
def test_hostile_names_are_only_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tree.csv"
    pl.DataFrame({"code": ["1", "2"], "name": [name, "B"], "parent": [None, None]}).write_csv(path)
    tree = ms.DivisionTree.from_csv(path)
    chart = _figures([("1", "2018", 2), ("2", "2018", 1)], tree=tree).plot.comparison("en")
    root = ET.fromstring(chart.svg)
    kinds = {node.tag.split("}")[-1] for node in root.iter()}
    assert kinds <= {"svg", "g", "path", "line", "text", "title", "desc"}
    assert not [key for node in root.iter() for key in node.attrib if key.startswith("on")]


def test_it_is_one_picture_with_a_title_and_loads_nothing() -> None:
    chart = _figures([("340102", "2017", 1), ("340102", "2018", 2)]).plot.trend("zh")
    root = ET.fromstring(chart.svg)
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert [node.tag for node in root[:2]] == [f"{space}title", f"{space}desc"]
    assert root[0].text == chart.title == "公益性岗位规模 · 瑶海区"
    assert not re.search(r'href|url\(|style=|<image|http://(?!www\.w3\.org/2000/svg")', chart.svg)
    assert "currentColor" in chart.svg
    assert {"2017年", "2018年"} <= set(_texts(chart.svg)), "text stays text"
    assert chart.svg in chart._repr_html_()
    assert "图中数字" in chart._repr_html_()


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", COLOURS)
def test_series_stand_out_from_white_and_from_black(colour: str) -> None:
    assert _contrast(colour, "#ffffff") >= 3
    assert _contrast(colour, "#15181d") >= 3


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    figures = _figures([("340102", "2018", 2)])
    with pytest.raises(EvaluationError, match="vl_convert") as told:
        figures.plot.trend()
    assert "libminsheng[charts]" in (told.value.faults[0].hint("en") or "")


def test_bars_that_are_not_drawn_stand_in_the_table() -> None:
    figures = _figures([("340102", "2018", 3), ("340103", "2018", 2), ("340104", "2018", 1)])
    chart = figures.plot.comparison("en", most=2)
    assert len(re.findall(f'fill="{COLOURS[0]}"', chart.svg)) == 2
    assert [row[0].text for row in chart.grid.sections[0].rows] == ["瑶海区", "庐阳区", "蜀山区"]
    assert chart.description.endswith("1 more are not drawn.")


def test_the_one_that_somebody_looks_for_is_drawn_wherever_it_comes_and_its_place_is_told() -> None:
    figures = _figures([("340102", "2018", 3), ("340103", "2018", 2), ("340104", "2018", 2), ("340111", "2018", 1)])
    last = figures.plot.comparison("en", most=2, marked="340111")
    assert len(re.findall(f'fill="{COLOURS[0]}"', last.svg)) == len(re.findall(f'fill="{COLOURS[1]}"', last.svg)) == 1
    assert {"瑶海区", "包河区"} <= set(_texts(last.svg))
    assert last.description.endswith("包河区 comes at place 4 of 4 from the highest. 2 more are not drawn.")
    shared = figures.plot.comparison("zh", marked="340104")
    assert "蜀山区从高到低列第2，共4个。" in shared.description
    assert "从高到低" not in figures.plot.comparison("zh", marked="340100").description


def test_what_is_not_whole_is_drawn_hollow_and_pale() -> None:
    months = [("340102", f"{year}-{month:02}", 10) for year in (2016, 2017) for month in range(1, 13)]
    figures = _figures([*months[:-3], ("340103", "2017", 99)], period="year")
    one = [figure for figure in figures if figure.division == "340102"]
    assert [figure.flags for figure in one] == [(), ("incomplete",)]
    chart = figures.plot.trend("en")
    assert "Hollow points are incomplete." in chart.description
    assert len(re.findall(f'd="[^"]*" stroke="{COLOURS[0]}" stroke-width="2" opacity="1"', chart.svg)) == 1
    assert [row[1].text for row in chart.grid.sections[0].rows] == ["120", "90 (incomplete)"]
    bars = figures.plot.comparison("en")
    assert "Pale bars are incomplete." in bars.description
    assert len(re.findall(f'fill="{COLOURS[0]}" opacity="0.5"', bars.svg)) == 1
