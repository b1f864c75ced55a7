"""Unified social credit codes: what GB 32100-2015 says of their form and check character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libminsheng.errors import Fault
from libminsheng.vocabulary.credit_codes import ALPHABET, check_character, credit_code

signs = st.sampled_from(ALPHABET)
bodies = st.builds(
    lambda head, division, body: head + division + body,
    st.text(signs, min_size=2, max_size=2),
    st.text(st.sampled_from("0123456789"), min_size=6, max_size=6),
    st.text(signs, min_size=9, max_size=9),
)
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""As the standard prints them."""


@given(bodies)
def test_the_check_character_makes_the_weighted_sum_divisible(body: str) -> None:
    code = body + check_character(body)
    assert credit_code(code) == code
    assert (sum(ALPHABET.index(s) * w for s, w in zip(body, WEIGHTS, strict=True)) + ALPHABET.index(code[17])) % 31 == 0


@given(bodies, st.integers(0, 17), signs)
def test_one_wrong_character_is_always_seen(body: str, place: int, sign: str) -> None:
    code = body + check_character(body)
    wrong = code[:place] + sign + code[place + 1 :]
    assert isinstance(credit_code(wrong), str) is (wrong == code)


@given(bodies, st.integers(0, 16))
def test_two_neighbours_swapped_are_always_seen(body: str, place: int) -> None:
    code = body + check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert isinstance(credit_code(swapped), str) is (swapped == code)


@pytest.mark.parametrize(
    "code",
    [
        "N2340102MF1234567Y",  # a village collective: letter first
        "91350100M000100Y43",  # the standard's own example
    ],
)
def test_known_codes(code: str) -> None:
    assert credit_code(code) == code
    assert credit_code(f" {code[:8].lower()}-{code[8:]} ") == code


@pytest.mark.parametrize(
    "text",
    ["", "91350100M000100Y4", "91350100M000100Y433", "9135010OM000100Y43", "9135I100M000100Y43", "９１３５"],
)
def test_what_has_another_form_is_no_code(text: str) -> None:
    found = credit_code(text)
    assert isinstance(found, Fault)
    assert found.code == "vocabulary.credit_code"


def test_the_fault_names_the_right_character() -> None:
    found = credit_code("91350100M000100Y44")
    assert isinstance(found, Fault)
    assert "ends in 4, the others give 3" in found.text("en")
    assert "应为 3" in found.text("zh")
