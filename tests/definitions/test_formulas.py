"""Formulas: printing and parsing are inverse, and what cannot stand is refused with its position."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.definitions.formula import Binary, Call, Condition, Filter, Formula, Name, Negative, Number
from libminsheng.definitions.parse import LIMITS

names = st.sampled_from(["a", "funds_used", "活产数", "x1"]).map(Name)
numbers = st.decimals(0, 10**6, places=3).map(lambda number: Number(abs(number)))
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=6)
conditions = st.builds(
    Condition, st.sampled_from(["sex", "kind", "性别"]), st.lists(words, min_size=1, max_size=3).map(tuple)
)
leaves = st.one_of(names, numbers, st.builds(Filter, names, st.lists(conditions, min_size=1, max_size=2).map(tuple)))


def _larger(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return st.one_of(
        st.builds(Binary, st.sampled_from("+-*/"), inner, inner),
        st.builds(Negative, inner),
        st.builds(Call, st.sampled_from(["target", "previous", "abs", "share"]), inner.map(lambda node: (node,))),
        st.builds(Call, st.sampled_from(["min", "coalesce"]), st.tuples(inner, inner)),
    )


trees = st.recursive(leaves, _larger, max_leaves=12)


@given(trees)
def test_a_tree_reads_back_from_its_text(tree: Formula) -> None:
    assert ms.parse(str(tree)) == tree


@given(st.text(st.sampled_from("ab1 +-*/()[]\"'=.,_活产（）÷%\n\\"), max_size=40))
def test_any_text_is_a_formula_or_refused_with_words(text: str) -> None:
    try:
        said = str(ms.parse(text))
    except ms.FormulaError as error:
        said = error.text("zh")
    assert said


def test_operators_build_the_tree_that_the_text_gives() -> None:
    m = ms.m
    for built, text in (
        (m.funds_used / m.funds_disbursed, "funds_used / funds_disbursed"),
        (1 - m.a / m.b, "1 - a / b"),
        ((m.a + m.b) * Decimal("0.5") - -m.c, "(a + b) * 0.5 - (-c)"),
        (m.a - (m.b - m.c), "a - (b - c)"),
        (m.a[ms.breakdown("sex") == "f"] / m.a, 'a[sex == "f"] / a'),
        (m.a[ms.breakdown("sex").isin("f", "m")] * -2, 'a[sex in ("f", "m")] * (-2)'),
    ):
        assert str(built) == text
        assert ms.parse(text) == built


def test_full_width_signs_are_read_as_plain_ones() -> None:
    assert str(ms.parse("（a＋b）×100÷c")) == "(a + b) * 100 / c"
    assert str(ms.parse("x[sex == “（女）”]")) == 'x[sex == "（女）"]'


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", None, "the formula is empty"),
        ("a +", 3, "cannot be read"),
        ("(a", 2, "not closed"),
        ("a) + (b", 2, "closes nothing"),
        ("__import__('os')", 1, "there is no function '__import__'"),
        ("taget(a)", 1, "did you mean target?"),
        ("a.b", 1, "has no attributes"),
        ("a if b else c", 1, "has no place in a formula"),
        ("(lambda: 1)", 2, "has no place in a formula"),
        ("[x for x in a]", 1, "has no place in a formula"),
        ("f'{a}'", 1, "has no place in a formula"),
        ("(a := 1)", 2, "has no place in a formula"),
        ("a ** 2", 1, "there are + - * /"),
        ("a < b", 1, "within square brackets"),
        ("x[kind == works]", 3, "the values in quotes"),
        ("x[1]", 3, "is no filter"),
        ("(a + b)[sex == 'f']", 1, "only a measure can be filtered"),
        ("coalesce(a)", 1, "takes 2 arguments, not 1"),
        ("target(x=1)", 1, "take no keywords"),
        ("1_000", 1, "write it as 100 or 0.5"),
        ("1e400", 1, "write it as 100 or 0.5"),
        ("'x'", 1, "stands only in a comparison"),
        ("活产数 + 新生儿 ** 2", 7, "there are + - * /"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_position(text: str, position: int | None, said: str) -> None:
    with pytest.raises(ms.FormulaError) as error:
        ms.parse(text)
    fault = error.value.faults[0]
    assert fault.place.position == position
    assert said in fault.text("en")
    assert fault.text("zh") != fault.text("en")


def test_all_faults_of_a_formula_are_told_at_once() -> None:
    with pytest.raises(ms.FormulaError) as error:
        ms.parse("a.b + taget(c) + d ** 2")
    assert [fault.place.position for fault in error.value.faults] == [1, 7, 18]


@pytest.mark.parametrize(
    "text",
    ["a" * 10_000_001, "(" * 10_000 + "a" + ")" * 10_000, "(" * 4000 + "a" + ")" * 4000, "-" * 9000 + "1", "a+" * 4000 + "a"],
    ids=["ten megabytes", "ten thousand brackets", "four thousand brackets", "nine thousand signs", "four thousand terms"],
)  # fmt: skip
def test_a_hostile_formula_is_refused_without_harm(text: str) -> None:
    with pytest.raises(ms.FormulaError) as error:
        ms.parse(text)
    assert any(str(limit) in error.value.text("en") for limit in LIMITS.values())


def test_a_formula_has_a_limited_number_of_operands() -> None:
    with pytest.raises(ms.FormulaError, match="61 different operands"):
        ms.parse(" + ".join(f"x{number}" for number in range(61)))


# ---- what a formula means

MEASURES = (
    ms.Measure("people", unit="人"),
    ms.Measure("visits", unit="人次"),
    ms.Measure("money", unit="元"),
    ms.Measure("rate", unit="%"),
    ms.Measure("stock", unit="人", time="stock"),
    ms.Measure("standard", unit="元/月", time="standard"),
    ms.Measure("other_standard", unit="元/月", time="standard"),
    ms.Measure("october", unit="人", year_starts=10),
    ms.Measure("by_sex", unit="人", breakdowns=["sex"]),
    ms.Measure("scores", unit="分·人次"),
    ms.Measure("squared_scores", unit="分·分·人次"),
)


def define(formula: str, unit: str) -> ms.Catalogue:
    pack = ms.Pack("test", measures=MEASURES, indicators=(ms.Indicator("it", formula=formula, unit=unit),))
    return ms.catalogue(packs=[pack], builtin=False)


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("people / stock", "%"),
        ("people / stock", "‰"),
        ("people / stock", "1"),
        ("money / people", "元/人"),
        ("money / people", "万元/人"),
        ("visits / people", "人次/人"),
        ("people / stock - year_ago(people / stock)", "百分点"),
        ("rate - year_ago(rate)", "百分点"),
        ("year_to_date(people) / full_year(target(people)) - time_progress()", "百分点"),
        ("(people - year_ago(people)) / year_ago(people)", "%"),
        ("1 - people / stock", "%"),
        ("(standard - year_ago(standard)) / year_ago(standard)", "%"),
        ("weighted(standard, stock)", "元/月"),
        ("coalesce(people, 0) + stock", "人"),
        ("people * 2 - 0", "人"),
        ("share(money)", "%"),
        ("annualised(money) / people", "元/人"),
        ('by_sex[sex == "f"] / by_sex', "%"),
        ('people[kind == "works"] / people', "%"),
        ("full_year(stock)", "人"),
        ("margin(people, stock)", "百分点"),
        ("margin(people, stock)", "1"),
        ("margin(0.5 * visits, visits)", "百分点"),
        ("people / stock - margin(people, stock)", "%"),
        ("scores / visits", "分"),
        ("margin(scores, visits, squared_scores)", "分"),
        ("scores / visits + margin(scores, visits, squared_scores)", "分"),
    ],
)
def test_a_formula_that_fits_its_unit_stands(formula: str, unit: str) -> None:
    assert define(formula, unit).indicator("it").unit == unit


@pytest.mark.parametrize(
    ("formula", "unit", "said"),
    [
        ("people + visits", "人", "人 and 人次 cannot be added"),
        ("money / people", "%", "gives 元/人, which is not %"),
        ("money", "%", "gives 元, which is not %"),
        ("people / stock", "人", "gives 1, which is not 人"),
        ("people + 3", "人", "cannot be added"),
        ("min(people, money)", "人", "cannot be added, subtracted or compared"),
        ("standard + other_standard", "元/月", "a standard never adds up"),
        ("standard + money", "元", "a standard never adds up"),
        ("year_to_date(standard)", "元/月", "is a standard and has no year to date"),
        ("year_to_date(stock)", "人", "is a stock and has no year to date"),
        ("people / stock - year_ago(people / stock)", "%", 'unit = "百分点"'),
        ("(people - year_ago(people)) / year_ago(people)", "百分点", "only a difference of two rates"),
        ("people / october", "%", "the statistical years of one formula differ"),
        ('by_sex[colour == "red"]', "人", "by_sex has no breakdown 'colour'"),
        ('people[colour == "red"]', "人", "people has no breakdown 'colour'"),
        ('target(people[issuer in ("a", "b")])', "人", "never added"),
        ('standard[sex in ("f", "m")]', "元/月", "a standard never adds up"),
        ("target(baseline(people))", "人", "baseline has no place within target"),
        ("weighted(people, stock)", "人", "is no standard"),
        ("peple / stock", "%", "did you mean people?"),
        ("people / 0", "人", "divides by zero"),
        ("people / stock", "仁", "unknown part '仁'"),
        ("margin(people, stock)", "%", 'unit = "百分点"'),
        ("margin(people, stock)", "人", "gives 1, which is not 人"),
        ("margin(people, visits)", "百分点", "人 is no part of 人次"),
        ("margin(1, visits)", "百分点", "1 is no part of 人次"),
        ("margin(money, money)", "百分点", "is in 元 and cannot be the size of a sample"),
        ("margin(people / stock, rate)", "百分点", "is in 1 and cannot be the size of a sample"),
        ("margin(money, visits, money)", "分", "the total of a score is in 人次·分"),
        ("margin(scores, visits, scores)", "分", "the sum of the squared scores is in 人次·分2"),
        ("margin(scores, visits, squared_scores)", "百分点", "gives 分, which is not 百分点"),
        ("margin(people)", "百分点", "margin takes 2–3 arguments, not 1"),
    ],
)
def test_a_formula_that_does_not_fit_is_refused_when_defined(formula: str, unit: str, said: str) -> None:
    with pytest.raises(ms.DefinitionError) as error:
        define(formula, unit)
    assert said in error.value.text("en")
    assert error.value.text("zh")


def test_an_indicator_made_by_hand_is_checked_against_the_catalogue() -> None:
    catalogue = ms.catalogue(packs=[ms.Pack("test", measures=MEASURES)], builtin=False)
    with pytest.raises(ms.FormulaError, match="did you mean people"):
        catalogue.adopt(ms.Indicator("it", formula="peple / stock", unit="%"))
    assert str(catalogue.adopt(ms.Indicator("it", formula=ms.m.people / ms.m.stock, unit="%")).tree) == "people / stock"
