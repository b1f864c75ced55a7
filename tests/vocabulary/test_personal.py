"""Numbers that name a person are found in every dress, and nothing else is taken for one."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from libminsheng.vocabulary.credit_codes import ALPHABET, check_character
from libminsheng.vocabulary.personal import SUSPECT, citizen_check_character, masked, personal_numbers

FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
PROVINCES = ["11", "13", "34", "36", "44", "54", "65"]

days = st.dates(datetime.date(1920, 1, 1), datetime.date(2025, 12, 31))
orders = st.integers(0, 999).map("{:03d}".format)
divisions = st.builds(
    lambda province, rest: f"{province}{rest:04d}", st.sampled_from(PROVINCES), st.integers(101, 9999)
)
joins = st.sampled_from(["", " ", "-", "—", "　", "\u200b"])
dresses = st.sampled_from([str, str.lower, lambda text: text.translate(FULL_WIDTH)])
around = st.sampled_from(
    [("", ""), ("身份证号：", "，男"), ("张三", "的母亲"), ("2024年3月5日 ", "。"), ("id", " "), ("（", "）")]
)


@st.composite
def citizen_ids(draw: st.DrawFn) -> str:
    body = draw(divisions) + draw(days).strftime("%Y%m%d") + draw(orders)
    return body + citizen_check_character(body)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["11", "12", "51", "52", "53", "91", "92", "93", "N1", "N2", "Y1", "A1"]))
    # of a division that ends in 19 or 20 a code of digits may hold a day, once in a thousand
    division = draw(divisions.filter(lambda code: code[4:] not in ("19", "20")))
    body = head + division + draw(st.text(st.sampled_from(ALPHABET + "0123456789" * 5), min_size=9, max_size=9))
    return body + check_character(body)


mobiles = st.builds(lambda head, rest: f"1{head}{rest:09d}", st.integers(3, 9), st.integers(0, 999_999_999))
landlines = st.builds(
    lambda code, local: (code, str(local)),
    st.sampled_from(["010", "021", "0551", "0898", "0371"]),
    st.integers(2_000_000, 9_999_999) | st.integers(10_000_000, 99_999_999),
)


def _kinds(text: str) -> list[str]:
    return [one.kind for one in personal_numbers(text)]


def test_the_standard_s_own_examples() -> None:
    assert [citizen_check_character(body) for body in ("11010519491231002", "44052418800101001")] == ["X", "4"]


@given(citizen_ids(), joins, dresses, around)
def test_a_citizen_s_number_is_found_in_every_dress(
    number: str, join: str, dress: object, sides: tuple[str, str]
) -> None:
    written = dress(join.join((number[:6], number[6:14], number[14:])))  # type: ignore[operator]  # one of three functions
    assert _kinds(f"{sides[0]}{written}{sides[1]}") == ["citizen_id"]


@given(citizen_ids(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_a_wrong_digit_makes_it_another_number(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    assume(wrong != number)
    assert "citizen_id" not in _kinds(wrong)


@given(divisions, st.dates(datetime.date(1920, 1, 1), datetime.date(1999, 12, 31)), orders)
def test_old_numbers_have_fifteen_digits_and_a_day(division: str, day: datetime.date, order: str) -> None:
    assert _kinds(f"证号{division}{day:%y%m%d}{order}") == ["citizen_id"]
    assert _kinds(f"证号{division}{day:%y}13{day:%d}{order}") == []


@given(mobiles, st.sampled_from(["", "+86", "+86 ", "0086-", "86", "(+86)"]), joins, dresses, around)
def test_a_mobile_number_is_found_in_every_dress(
    number: str, code: str, join: str, dress: object, sides: tuple[str, str]
) -> None:
    assume(not (code and sides[0] == "id"))
    written = dress(code + join.join((number[:3], number[3:7], number[7:])))  # type: ignore[operator]  # one of three functions
    assert _kinds(f"{sides[0].strip()}{written}{sides[1]}") == ["phone"]


@given(landlines, st.sampled_from(["-", " ", "－", ")", "—"]), dresses)
def test_a_landline_needs_its_area_code(number: tuple[str, str], join: str, dress: object) -> None:
    code, local = number
    written = dress(f"{'(' if join == ')' else ''}{code}{join}{local}")  # type: ignore[operator]  # one of three functions
    assert _kinds(f"电话{written}转3") == ["phone"]
    assert _kinds(f"电话{local}") == []


@given(credit_codes())
@example("91340100711773456" + check_character("91340100711773456"))
def test_a_body_s_code_is_nobody_s_number(code: str) -> None:
    assert _kinds(code) == _kinds(f"牵头单位{code}。") == []


@given(st.integers(0, 10**19), st.sampled_from(["元", "万元", "亿元", " 元", "人次", "%", ".50", ".5元"]))
@example(13812345678, "元")
@example(340102900307123, "元")
def test_an_amount_is_nobody_s_number(amount: int, unit: str) -> None:
    assert _kinds(f"投入{amount}{unit}") == []
    assert _kinds(f"投入{amount:,}{unit}") == []


@given(st.lists(st.dates(datetime.date(1990, 1, 1)), min_size=1, max_size=4), st.sampled_from(["-", "/", ".", ""]))
def test_days_are_nobody_s_number(days: list[datetime.date], join: str) -> None:
    assert _kinds(" ".join(f"{day:%Y}{join}{day:%m}{join}{day:%d}" for day in days)) == []


@given(
    st.lists(
        st.builds(lambda six, rest: f"{six}{rest:06d}", divisions, st.integers(0, 999_999)), min_size=1, max_size=4
    )
)
def test_village_codes_are_nobody_s_number(codes: list[str]) -> None:
    for join in ("、", ",", "\n", "；"):
        assert _kinds(join.join(codes)) == _kinds(join.join(code[:9] for code in codes)) == []


@given(st.integers(2000, 2030), st.integers(1, 9999), st.integers(0, 999_999))
def test_numbers_of_documents_and_projects_are_nobody_s(year: int, number: int, last: int) -> None:
    for text in (
        f"皖政办〔{year}〕{number}号", f"财预[{year}]{number}号", f"GB/T {number}-{year}", f"{year}-340102-47-03-{last:06d}",
        f"A-{year}-{number:03d}", f"CN{year}{last:06d}1", f"批复{year}{number:04d}",
    ):  # fmt: skip
        assert _kinds(text) == [], text


@pytest.mark.parametrize(
    "text",
    [
        "", "无", "拨打12345或12333", "0551-12345", "400-820-8820", "95598", "120 130 140 150", "1500 80 30 500",
        "13812345678.5", "ABC13812345678", "13812345678A", "138123456789", "￥13812345678", "第13812号",
        "340102199003071230000", "990102199003071234", "110105194913310028", "2024-138-1234-5678-01",
    ],
)  # fmt: skip
def test_what_is_nobody_s_number(text: str) -> None:
    assert _kinds(text) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张三13812345678，李四 139-1234-5678", "张三138********，李四 139**********"),
        ("13812345678/13912345678", "138********/139********"),
        ("138 1234 5678 139 1234 5678", "138********** 139**********"),
        ("Tel13812345678", "Tel138********"),
        ("１３８１２３４５６７８", "１３８********"),
        ("11010519491231002x", "110***************"),
        ("没有", "没有"),
    ],
)
def test_what_is_shown_of_one_is_its_beginning(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert personal_numbers(shown) == ()


@given(citizen_ids() | mobiles | landlines.map("-".join), joins)
def test_every_one_is_suspected_by_the_regular_expression(number: str, join: str) -> None:
    import polars as pl

    parted = join.join((number[:3], number[3:7], number[7:]))
    assert pl.Series([f"张三{parted}"]).str.contains(SUSPECT).item()
