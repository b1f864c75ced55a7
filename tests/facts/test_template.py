"""Forms are made, filled in, mistreated and read back: what was entered is what is read."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from tests.facts.forms import edited, enter, mistreated, pages, through_libreoffice, told, value_cells

CATALOGUE = ms.catalogue()
MEASURES = ["newborns_screened", "live_births", "funds_disbursed", "funds_used", "resident_insured"]
STREETS = ["340102", "340102001", "340102003", "340104", "340100"]
PERIODS = ["2017", "2017-H1", "2017-Q3", "2017-09", "2018-01"]
TRICKY = ["男", "=1+1", "f", "a b", "_x0041_", "农村,城市", '"', "+x"]


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    def some(values: list[str], most: int) -> list[str]:
        return draw(st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True))

    columns = draw(st.lists(st.sampled_from(["性别", "kind", "=x"]), max_size=2, unique=True))
    return {
        "measures": some(MEASURES, 4),
        "divisions": some(STREETS, 3),
        "periods": some(PERIODS, 3),
        "breakdowns": {column: some(TRICKY, 2) for column in columns},
        "scenario": draw(st.booleans()),
        "units": draw(st.sampled_from([[], ["万元"], ["亿元", "万人"]])),
        "layout": draw(st.sampled_from(["flat", "sheets"])),
    }


def keys(question: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The facts that a form asks for, in the order of its cells."""
    columns = question["breakdowns"]
    cells = [
        tuple(sorted((name, value) for name, value in zip(columns, values, strict=True) if value is not None))
        for values in product(*([None, *some] for some in columns.values()))
    ]
    groups = list(product(["actual", "target"] if question["scenario"] else ["actual"], cells))
    divisions, periods, measures = question["divisions"], question["periods"], question["measures"]
    if question["layout"] == "flat":
        order = product(divisions, periods, groups, measures)
        return [(d, p, m, s, by) for d, p, (s, by), m in order]
    return [(d, p, m, s, by) for d, m, (s, by), p in product(divisions, measures, groups, periods)]


NUMBERS = st.one_of(
    st.none(),
    st.integers(0, 10**9),
    st.decimals(0, 10**7, places=2, allow_nan=False, allow_infinity=False),
    st.just("12345678901234567890.12"),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(question=questions(), data=st.data(), rough=st.booleans())
def test_what_was_entered_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, question: dict[str, Any], data: st.DataObject, rough: bool
) -> None:
    path = tmp_path_factory.mktemp("form") / "form.xlsx"
    asked = keys(question)
    assert ms.template(path, catalogue=CATALOGUE, **question) == len(asked)
    values = data.draw(st.lists(NUMBERS, min_size=len(asked), max_size=len(asked)))
    enter(path, [float(one) if isinstance(one, Decimal) else one for one in values])
    if rough:
        edited(path, mistreated)
    facts = ms.read_facts(path)
    expected = {key: Decimal(value) for key, value in zip(asked, values, strict=True) if value is not None}
    assert {key: value for key, (value, _) in told(facts).items()} == expected
    assert facts.blank_rows == len(asked) - len(expected)


@pytest.mark.libreoffice
@pytest.mark.parametrize("layout", ["flat", "sheets"])
@pytest.mark.parametrize("rough", [False, True])
def test_a_form_that_libreoffice_saved_reads_back(tmp_path: Path, layout: str, rough: bool) -> None:
    question = {
        "measures": MEASURES, "divisions": STREETS[:3], "periods": ["2017-09", "2017-10"],
        "breakdowns": {"性别": ["男", "=1+1"]}, "scenario": True, "units": ["万元"], "layout": layout,
    }  # fmt: skip
    path = tmp_path / "form.xlsx"
    ms.template(path, catalogue=CATALOGUE, **question)  # type: ignore[arg-type]  # the layout is one of the two
    asked = keys(question)
    numbers = [None if at % 7 == 3 else at * 1.25 for at in range(len(asked))]
    enter(path, numbers)
    if rough:
        edited(path, mistreated)
    saved = through_libreoffice(path, tmp_path / "saved")
    expected = {key: Decimal(str(one)) for key, one in zip(asked, numbers, strict=True) if one is not None}
    assert {key: value for key, (value, _) in told(ms.read_facts(saved)).items()} == expected


def made(**options: Any) -> openpyxl.Workbook:
    held = io.BytesIO()
    chosen = {"measures": ["newborns_screened"], "divisions": ["340102"], "periods": ["2017"]} | options
    ms.template(
        held, catalogue=options.pop("catalogue", CATALOGUE), **{k: v for k, v in chosen.items() if k != "catalogue"}
    )
    held.seek(0)
    return openpyxl.load_workbook(held)


def test_a_chosen_unit_stands_in_the_header_and_is_converted_when_read(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    ms.template(
        path, measures=["funds_used"], divisions=["340102"], periods=["2017"], units=["万元"], catalogue=CATALOGUE
    )
    enter(path, [5714.8])
    facts = ms.read_facts(path, catalogue=CATALOGUE)
    assert list(told(facts).values()) == [(Decimal("5714.8"), "万元")]
    figures = ms.evaluate(
        facts, indicators=[ms.Indicator("spent", formula="funds_used", unit="元")], catalogue=CATALOGUE
    )
    assert figures[0].value == Decimal("57148000.00")
    words = [str(cell.value) for row in pages(openpyxl.load_workbook(path))[0].iter_rows() for cell in row]
    assert any("（万元）" in word for word in words)


def test_only_cells_of_values_can_be_changed() -> None:
    book = made(measures=MEASURES, scenario=True)
    (page,) = pages(book)
    assert page.protection.sheet
    assert book["_minsheng"].sheet_state == "veryHidden"
    labels = [cell for row in page.iter_rows() for cell in row if cell.value and cell.number_format != "@"]
    assert labels
    assert all(cell.protection.locked for cell in labels)
    assert len(list(value_cells(page))) == 2 * len(MEASURES)


def test_a_form_can_be_printed_and_scrolled() -> None:
    (page,) = pages(made())
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.freeze_panes
    assert page.print_title_rows
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_cells_refuse_what_they_do_not_want_in_chinese() -> None:
    (page,) = pages(made(measures=["newborns_screened", "funds_used"], scenario=True))
    rules = {rule.type: rule for rule in page.data_validations.dataValidation}
    assert (rules["whole"].operator, rules["whole"].formula1) == ("greaterThanOrEqual", "0")
    assert "ISNUMBER" in rules["custom"].formula1
    assert "ROUND(" in rules["custom"].formula1
    assert rules["list"].formula1
    for rule in page.data_validations.dataValidation:
        assert re.search("[一-鿿]", rule.prompt)
        assert re.search("[一-鿿]", rule.error)
        assert rule.errorStyle in (None, "stop")
        assert len(rule.prompt) <= 255


def test_number_formats_have_the_measures_decimals() -> None:
    (page,) = pages(made(measures=["newborns_screened", "funds_used"]))
    assert [cell.number_format for cell in value_cells(page)] == ["#,##0", "#,##0.00"]
    (page,) = pages(made(measures=["funds_used"], units=["万元"]))
    assert [cell.number_format for cell in value_cells(page)] == ["#,##0.00####"]


PACK = """
[pack]
id = "mine"
[[measure]]
code = "due"
unit = "人"
[[measure]]
code = "reached"
unit = "人"
[[measure]]
code = "granted"
unit = "元"
[[measure]]
code = "spent"
unit = "元"
[[rule]]
code = "reached_within_due"
check = "compare"
finding = "subset_exceeds_set"
severity = "error"
left = "reached"
comparison = "<="
right = "due"
[[rule]]
code = "spent_within_granted"
check = "compare"
finding = "subset_exceeds_set"
severity = "error"
left = "spent"
comparison = "<="
right = "granted"
"""


def formulas(book: openpyxl.Workbook) -> list[str]:
    (page, *_) = pages(book)
    return [str(rule.formula[0]) for some in page.conditional_formatting for rule in some.rules]


@pytest.mark.parametrize("layout", ["flat", "sheets"])
def test_the_rules_of_packs_are_shown_in_the_cells(tmp_path: Path, layout: str) -> None:
    (tmp_path / "mine.toml").write_text(PACK, "utf-8")
    own = ms.catalogue([tmp_path / "mine.toml"])
    book = made(measures=["due", "reached", "granted", "spent"], units=["万元"], layout=layout, catalogue=own)
    shown = formulas(book)
    assert sum("ROUND(" in one and ">0" in one for one in shown) == 4, "each rule marks both of its cells"


def test_totals_of_parts_children_and_months_are_shown() -> None:
    flat = formulas(made(divisions=["340102", "340102001"], breakdowns={"性别": ["男", "女"]}))
    assert sum("SUM(" in one for one in flat) == 2, "one total for each division; not all streets are in the form"
    quarters = ["2017", *(f"2017-Q{quarter}" for quarter in range(1, 5))]
    flow = formulas(made(measures=["pupils_fee_exempted"], periods=quarters, layout="sheets"))
    assert sum("SUM(" in one for one in flow) == 1
    stock = formulas(made(measures=["resident_population"], periods=quarters, layout="sheets"))
    assert sum("SUM(" in one for one in stock) == 0, "a stock does not add up over time"


def test_formula_like_texts_are_no_formulas(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    ms.template(
        path, measures=["live_births"], divisions=["340102"], periods=["2017"], title='=HYPERLINK("x")',
        breakdowns={"=cmd": ["=1+1", "@sum"]}, catalogue=CATALOGUE,
    )  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_approximate_and_scenario_hold_for_their_row(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    question = {"measures": ["live_births"], "divisions": ["340102"], "periods": ["2017"], "scenario": True}
    ms.template(path, catalogue=CATALOGUE, **question)  # type: ignore[arg-type]  # of many kinds

    def choose(book: openpyxl.Workbook) -> None:
        (page,) = pages(book)
        rows = list(page.iter_rows())
        marks = next({str(c.value): c.column for c in row} for row in rows if any(c.value == "ms:c0" for c in row))
        first, second = (cell.row for cell in value_cells(page))
        page.cell(first, marks["ms:approximate"]).value = "是"
        page.cell(first, marks["ms:note"]).value = "推算"
        page.cell(second, marks["ms:scenario"]).value = "基期"

    facts = ms.read_facts(edited(enter(path, [5, 6]), choose))
    columns = facts.frame.select("scenario", "approximate", "note")
    assert columns.rows() == [("actual", True, "推算"), ("baseline", False, None)]


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    def refusal(**options: Any) -> str:
        chosen = {"measures": ["live_births"], "divisions": ["340102"], "periods": ["2017"]} | options
        with pytest.raises(ms.MinshengError) as error:
            ms.template(tmp_path / "form.xlsx", catalogue=CATALOGUE, **chosen)
        assert not (tmp_path / "form.xlsx").exists()
        return error.value.text("en")

    assert "live_births" in refusal(measures=["live_birth"])
    assert "childhood" in refusal(packs=["childhod"])
    assert "nothing to fill in" in refusal(measures=[])
    assert "nothing to fill in" in refusal(periods=[])
    assert "2017-13" in refusal(periods=["2017-13"])
    assert "too large" in refusal(
        divisions=[f"{code:06d}" for code in range(110101, 110117)],
        periods=[f"{year}-{month:02d}" for year in range(1000, 2000) for month in range(1, 13)],
        measures=MEASURES,
        breakdowns={"x": ["a"]},
    )
    assert "needs the division" in refusal(level="township")
    assert "no divisions of that level" in refusal(under="340102", level="village")
    assert "library's own" in refusal(breakdowns={"数值": ["1"]})
    assert "no values" in refusal(breakdowns={"sex": []})
    assert "unit" in refusal(units=["万圆"])


def test_reporters_below_a_division_and_measures_of_packs_and_indicators() -> None:
    book = made(
        measures=[],
        indicators=["newborn_screening_rate"],
        divisions=[],
        under="340102",
        level="township",
        layout="sheets",
    )
    assert len(pages(book)) == len(ms.DivisionTree.builtin().children("340102"))
    assert len(list(value_cells(pages(book)[0]))) == 2
    book = made(measures=[], packs=["childhood"])
    assert len(list(value_cells(pages(book)[0]))) == len(
        [one for one in CATALOGUE.measures.values() if one.pack == "childhood"]
    )


def test_sheets_of_namesakes_have_names_of_their_own() -> None:
    tree = ms.DivisionTree.from_divisions([ms.Division("a", "城关镇", None), ms.Division("b", "城关镇", None)])
    names = [page.title for page in pages(made(divisions=["a", "b"], tree=tree, layout="sheets"))]
    assert names[0] == "城关镇"
    assert len(set(names)) == 2
