"""HTML for notebooks and pages: well formed, escaped, without scripts, nothing from outside, light and dark."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.checks.finding import Findings
from libminsheng.definitions import Catalogue
from libminsheng.report.findings import findings_html
from libminsheng.report.html import (
    catalogue_html,
    explanation_html,
    facts_html,
    figures_html,
    indicator_html,
    receipt_html,
)
from libminsheng.report.page import explanation_page, figures_page

VOID = {"meta", "br", "hr", "img", "link"}


class Reader(HTMLParser):
    """Reads HTML and remembers its elements and what it says; an element left open is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("td", "th", "li", "p", "caption", "summary"):
            self.cells.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.cells and "style" not in self.open:
            self.cells[-1] += data


@pytest.fixture(scope="module")
def shown(figures: ms.Figures, broken_down: ms.Figures, builtin: Catalogue) -> dict[str, str]:
    explanation = figures.explain("newborn_screening_rate", "340102", "2017")
    return {
        "figures": figures_html(figures),
        "broken_down": figures_html(broken_down),
        "explanation": explanation_html(explanation),
        "receipt": receipt_html(figures.receipt),
        "catalogue": catalogue_html(builtin),
        "indicator": indicator_html(builtin.indicator("newborn_screening_rate"), catalogue=builtin),
        "page": figures_page(broken_down),
        "explanation_page": explanation_page(explanation),
    }


KINDS = [
    "figures", "broken_down", "explanation", "receipt", "catalogue", "indicator", "page", "explanation_page",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_well_formed_and_needs_nothing_from_outside(shown: dict[str, str], kind: str) -> None:
    text = shown[kind]
    elements = Reader(text).elements
    assert {tag for tag, _ in elements} & {"script", "link", "img", "iframe", "object"} == set()
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    assert not re.search(r"https?://|@import|url\(|src=|javascript:", text)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_readable_in_light_and_dark(shown: dict[str, str], kind: str) -> None:
    assert "color-scheme:light dark" in shown[kind]
    assert "@media (prefers-color-scheme:dark)" in shown[kind]
    assert "color:inherit" in shown[kind]


def test_what_came_from_a_file_is_escaped(shown: dict[str, str]) -> None:
    assert "<script>alert(1)</script>" in "".join(Reader(shown["broken_down"]).cells)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown["broken_down"]


def test_figures_say_names_values_units_and_what_is_missing(figures: ms.Figures) -> None:
    cells = Reader(figures_html(figures, "zh")).cells
    assert {"新生儿遗传代谢性疾病筛查率", "99.61", "%", "含推算数", "分母为零", "26,200.00", "万元", "2017年"} <= set(
        cells
    )
    assert any(cell.startswith("缺数据；缺") for cell in cells)
    english = Reader(figures_html(figures, "en")).cells
    assert {"zero denominator", "estimated"} <= set(english)
    assert any(cell.startswith("no data; lacks ") for cell in english)


def test_a_long_table_shows_its_beginning_and_how_much_more_there_is() -> None:
    months = pl.DataFrame({"period": [f"{year}-{month:02d}" for year in range(2010, 2018) for month in range(1, 13)]})
    facts = months.with_columns(division=pl.lit("340102"), measure=pl.lit("live_births"), value=1)
    figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["340102"])
    text = figures_html(figures, "en")
    assert text.count("<tr>") == 61
    assert f"{len(figures) - 60} more rows are not shown" in text
    assert figures_html(figures, limit=None).count("<tr>") == len(figures) + 1


def test_an_explanation_leads_down_to_the_reports(shown: dict[str, str]) -> None:
    said = "".join(Reader(shown["explanation"]).cells)
    assert "10,642" in said
    assert "10,601" in said
    assert "<details open>" in shown["explanation"]


def test_many_reports_are_folded_and_few_lie_open() -> None:
    def folded(count: int) -> list[str]:
        facts = pl.DataFrame(
            {
                "division": [f"1101{number:02}" for number in range(2, 2 + count)],
                "period": "2017",
                "measure": "legal_aid_visits",
                "value": 1,
            }
        )
        figures = ms.evaluate(facts, indicators=["legal_aid_given"], divisions=["110100"])
        text = figures.explain("legal_aid_given", "110100", "2017").html("zh")
        assert text.count("<li>") > count
        return re.findall(r"<details( open)?>", text)

    assert set(folded(24)) == {" open"}
    assert folded(25).count("") == 1


def test_what_has_no_rows_is_no_table_of_no_width() -> None:
    text = findings_html(Findings([]), "zh")
    assert "<p>疑点：错误 0，可疑 0，提示 0</p>" in text
    assert "<table>" not in text


def test_an_indicator_says_its_formula_in_words(builtin: Catalogue) -> None:
    cells = Reader(indicator_html(builtin.indicator("newborn_screening_rate"), "zh", catalogue=builtin)).cells
    assert "newborns_screened / live_births" in cells
    assert any("÷" in cell and "活产" in cell for cell in cells)
    without = Reader(indicator_html(builtin.indicator("newborn_screening_rate"), "zh")).cells
    assert not any("÷" in cell and "新生儿遗传代谢病筛查人数" in cell for cell in without)


def test_facts_show_their_bad_rows(tmp_path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(
        "division,period,measure,value\n340102,2017,live_births,5\n340102,2017,live_births,<b>x</b>\n", "utf-8"
    )
    facts = ms.read_facts(path, skip_bad_rows=True)
    text = facts_html(facts, "en")
    assert "1 rows cannot be used" in text
    assert "<b>" not in text
    Reader(text)


@pytest.mark.parametrize("attribute", ["figures", "explanation", "catalogue", "indicator"])
def test_notebooks_are_given_this_html(figures: ms.Figures, builtin: Catalogue, attribute: str) -> None:
    things = {
        "figures": figures,
        "explanation": figures.explain("newborn_screening_rate", "340102", "2017"),
        "catalogue": builtin,
        "indicator": builtin.indicator("newborn_screening_rate"),
    }
    text = things[attribute]._repr_html_()
    assert text.startswith('<div class="ms"')
    Reader(text)


def test_the_language_is_marked(figures: ms.Figures) -> None:
    assert '<div class="ms" lang="zh-CN">' in figures_html(figures, "zh")
    assert '<html lang="en">' in figures_page(figures, "en")
