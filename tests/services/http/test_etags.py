"""Entity tags as RFC 9110 has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request, Response, get, put

from minsheng_http.etags import answered, content_tag, matched, tag, tags_of, unchanged

opaque = st.text(st.characters(codec="latin-1", exclude_characters='"\x7f', min_codepoint=0x21), max_size=8)
entity = st.tuples(st.booleans(), opaque)
gap = st.sampled_from([",", ", ", " ,\t", ",,", ", , "])


def written(tags: list[tuple[bool, str]], gaps: list[str]) -> str:
    said = [("W/" if weak else "") + f'"{text}"' for weak, text in tags]
    return "".join(
        one + (gaps[number % len(gaps)] if number < len(said) - 1 else "") for number, one in enumerate(said)
    )


@given(st.lists(entity, min_size=1, max_size=5), st.lists(gap, min_size=1, max_size=3))
def test_a_list_is_read_as_it_was_written(tags: list[tuple[bool, str]], gaps: list[str]) -> None:
    assert tags_of(written(tags, gaps)) == tags


@given(st.lists(entity, min_size=1, max_size=5), entity)
def test_if_none_match_compares_weakly(tags: list[tuple[bool, str]], current: tuple[bool, str]) -> None:
    expected = current[1] in {text for _, text in tags}
    assert unchanged(written(tags, [", "]), written([current], [""])) is expected


@given(st.text(max_size=30))
def test_whatever_comes_is_read_or_not(header: str) -> None:
    found = tags_of(header)
    assert found is None or all(f'"{text}"' in header for _, text in found)
    assert unchanged(header, '"here"') is (header.strip() == "*" or (found is not None and (False, "here") in found) or (
        found is not None and (True, "here") in found
    ))  # fmt: skip


@pytest.mark.parametrize("header", ["3", '"3', 'w/"3"', '"3" "4"', 'W/ "3"', '"a b"', "'3'"])
def test_what_is_no_list_of_tags_is_none(header: str) -> None:
    assert tags_of(header) is None
    assert not unchanged(header, '"3"')


@given(st.binary(), st.binary())
def test_equal_contents_have_equal_tags(one: bytes, other: bytes) -> None:
    assert (content_tag(one) == content_tag(other)) is (one == other)


made: list[int] = []


def content() -> bytes:
    made.append(1)
    return b'{"version":3}'


@get("/thing", operation_id="get_thing", sync_to_thread=False)
def get_thing(request: Request[Any, Any, Any]) -> Response[bytes]:
    return answered(request, content, tag(3), headers={"Vary": "Accept", "Minsheng-Revision": "7"})


@put("/thing", operation_id="put_thing", sync_to_thread=False)
def put_thing(request: Request[Any, Any, Any]) -> Response[bytes]:
    held = matched(request, tag(3))
    return Response(b"any" if held is None else ",".join(held).encode(), media_type="text/plain")


@pytest.fixture
def client(serving: Callable[..., Any]) -> Any:
    return serving([get_thing, put_thing])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("header", ['"3"', 'W/"3"', "*", '"1", "3"', '"1",W/"3"'])
def test_who_holds_it_gets_304_without_a_body(client: Any, method: str, header: str) -> None:
    made.clear()
    answer = client.request(method, "/v1/thing", headers={"If-None-Match": header})
    assert (answer.status_code, answer.content, made) == (304, b"", [])
    assert answer.headers["ETag"] == '"3"'
    assert answer.headers["Vary"] == "Accept"
    assert "content-type" not in answer.headers
    assert answer.headers["Minsheng-Revision"] == "7", "what is held is of this revision too"


@pytest.mark.parametrize("header", [None, '"4"', "3", '"1", "2"'])
def test_who_does_not_hold_it_gets_it(client: Any, header: str | None) -> None:
    answer = client.get("/v1/thing", headers={} if header is None else {"If-None-Match": header})
    assert (answer.status_code, answer.json()) == (200, {"version": 3})
    assert (answer.headers["ETag"], answer.headers["Minsheng-Revision"]) == ('"3"', "7")


def test_tags_over_several_lines_are_one_list(client: Any) -> None:
    lines = [("If-None-Match", '"1"'), ("If-None-Match", '"3"')]
    assert client.get("/v1/thing", headers=lines).status_code == 304


@pytest.mark.parametrize(
    ("header", "status"),
    [(None, 428), ('"3"', 200), ("*", 200), ('"1", "3"', 200), ('"4"', 412), ('W/"3"', 412), ("3", 422)],
)
def test_nothing_is_changed_that_was_not_seen(client: Any, header: str | None, status: int) -> None:
    answer = client.put("/v1/thing", headers={} if header is None else {"If-Match": header})
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["faults"]
    if status == 412:
        assert answer.headers["ETag"] == '"3"'
