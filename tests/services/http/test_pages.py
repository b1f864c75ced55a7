"""A cursor gives back its position, for its own question only."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from libminsheng.errors import EvaluationError
from minsheng_http.pages import LONGEST, cut, opened, seal

plain = st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False)
plain |= st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
questions = st.recursive(plain, lambda inner: st.lists(inner, max_size=4), max_leaves=6)
positions = st.lists(plain, max_size=4)


@given(questions, positions)
def test_what_was_sealed_is_opened(question: Any, position: list[Any]) -> None:
    assert opened(question, seal(question, position), *map(type, position)) == position


@given(questions, questions, positions)
def test_no_other_question_opens_it(question: Any, other: Any, position: list[Any]) -> None:
    assume(repr(question) != repr(other))
    with pytest.raises(EvaluationError):
        opened(other, seal(question, position), *map(type, position))


@given(positions, st.data())
def test_what_was_changed_is_not_opened(position: list[Any], data: st.DataObject) -> None:
    cursor = seal("q", position)
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_"))
    assume(other != cursor[at])
    for changed in (cursor[:at] + other + cursor[at + 1 :], cursor[:at], cursor + other, cursor + "="):
        with pytest.raises(EvaluationError) as refused:
            opened("q", changed, *map(type, position))
        assert refused.value.faults[0].code == "service.cursor"


@given(st.text(max_size=200))
def test_nonsense_is_refused(cursor: str) -> None:
    with pytest.raises(EvaluationError):
        opened("q", cursor)


@pytest.mark.parametrize(
    "made_up", [[], ["a"], ["a", "b"], ["a", True], ["a", 1.0], ["a", 2**63], ["a\0", 1], ["a", 1, 1]]
)
def test_whoever_makes_up_a_position_is_refused(made_up: list[Any]) -> None:
    with pytest.raises(EvaluationError):
        opened("q", seal("q", made_up), str, int)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_pages_are_the_whole(things: list[int], limit: int) -> None:
    found: list[int] = []
    page: Sequence[int]
    page, cursor = cut(things, "things", limit, None)
    found += page
    while cursor is not None:
        assert len(page) == limit
        page, cursor = cut(things, "things", limit, cursor)
        assert page, "no page is empty but the first"
        found += page
    assert found == things


def test_a_position_that_is_no_place_in_a_list_is_refused() -> None:
    for position in ([-1], ["1"], [1, 2], []):
        with pytest.raises(EvaluationError):
            cut("abc", "letters", 1, seal("letters", position))


def test_a_long_key_fits() -> None:
    assert len(seal("q", ["项" * 60, "2017-12-31T23:59:59.999999+08:00", 2**63])) <= LONGEST
