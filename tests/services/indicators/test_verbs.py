"""What the library's verbs say over REST is what they say of the facts that the caller sees."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.view import EVERYTHING, PUBLIC, View
from tests.services.indicators.copied import EVERY, LUYANG, NO_FIGURES, YAOHAI, fact, feed_of, serving, told

TOKENS = {EVERY: EVERYTHING, None: PUBLIC, YAOHAI: View.of(["340102"]), LUYANG: View.of(["340103"])}
RATE = "newborn_screening_rate"
PLACES = ("340102", "340103", "340102001", "340102002", "340103001")
REPORTERS = (*PLACES, "340102003", "340104")
"""And who never reports."""

FACT = st.builds(
    fact,
    st.sampled_from(PLACES),
    st.sampled_from(("2016", "2017", "2016-12", "2017-01", "2017-05", "2017-Q1")),
    st.sampled_from(("newborns_screened", "live_births", "task_done", "funds_spent", "funds_budgeted")),
    st.integers(0, 40).map(str),
    scenario=st.sampled_from(("actual", "actual", "actual", "target")),
    basis=st.sampled_from(("period", "period", "year_to_date")),
    sex=st.sampled_from((None, None, "f", "m")),
)

Verb = Callable[..., Any]


def _changes(facts: Any, **options: Any) -> tuple[list[Any], Any]:
    found = ms.compare(facts, against=["year_ago", "previous"], **options)
    return found.to_dicts(), found.narrow_receipt


def _scores(facts: Any, **options: Any) -> tuple[list[Any], Any]:
    options["period"] = options.get("period") or "year"
    found = ms.score(facts, "self_evaluation", **options)
    return found.to_dicts(), found.narrow_receipt


def _lights(facts: Any, **options: Any) -> tuple[list[Any], Any]:
    options.pop("period", None)
    found = ms.monitor(facts, "2017-05", **options)
    return found.to_dicts(), found.narrow_receipt


def _places(facts: Any, **options: Any) -> tuple[list[Any], Any]:
    level = options.pop("level", None)
    options.pop("period", None)
    figures = ms.evaluate(facts, indicators=[RATE], period="year", start="2017", end="2017", level=level, **options)
    found = ms.rank(figures, RATE, "2017", level=level)
    return found.to_dicts(), found.narrow_receipt


VERBS: dict[str, tuple[str, str, Verb, tuple[str, ...]]] = {
    "compare": (f"/v1/figures/compare?indicator={RATE}&indicator=task_completion_rate&against=year_ago&against=previous",
                "changes", lambda facts, **options: _changes(facts, indicators=[RATE, "task_completion_rate"], **options),
                ("by", "period", "level", "parents", "reporters")),
    "scores": ("/v1/scores?scheme=self_evaluation", "scorecards", _scores, ("by", "period", "level", "parents", "reporters")),
    "monitor": ("/v1/monitor?period=2017-05", "watched", _lights, ("by", "level", "parents", "reporters")),
    "rankings": (f"/v1/rankings?indicator={RATE}&period=2017", "places", _places, ("level", "parents", "reporters")),
}  # fmt: skip


def url(path: str, **more: Any) -> str:
    """A path with its query, and more parameters."""
    return f"{path}&{urlencode(more, doseq=True)}"


def expected(call: Callable[[], tuple[list[Any], Any]]) -> Any:
    """What the library gives, or the codes of what it finds wrong."""
    try:
        rows, receipt = call()
    except ms.MinshengError as error:
        return [one.code for one in error.faults]
    return rows, receipt.as_dict()


@pytest.fixture(scope="module")
def served() -> Iterator[Any]:
    """A service whose copy is put in by the test."""
    with serving(feed_of(public=[])) as known:
        yield known


@pytest.mark.parametrize("name", VERBS)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_verb_is_the_library_s_over_what_is_seen(served: Any, name: str, data: st.DataObject) -> None:
    client, holdings = served
    path, key, verb, options = VERBS[name]
    hidden, public = data.draw(st.lists(FACT, min_size=1, max_size=25)), data.draw(st.lists(FACT, max_size=12))
    known = {
        "by": st.sampled_from(((), ("sex",))),
        "period": st.sampled_from((None, "year", "month")),
        "level": st.sampled_from((None, "county")),
        "parents": st.sampled_from(("total", "own")),
        "reporters": st.one_of(st.none(), st.lists(st.sampled_from(REPORTERS), min_size=1, unique=True)),
    }
    asked = {option: data.draw(known[option]) for option in options}
    asked = {option: value for option, value in asked.items() if value}
    feed = feed_of(hidden[:10], hidden[10:], public=public)
    copy = Copy(feed, holdings.catalogue, holdings.tree)
    copy.open()
    with mock.patch.object(holdings, "copy", copy):
        for token, view in TOKENS.items():
            as_of = data.draw(st.sampled_from((None, 2)))
            sight = copy.sight(view, as_of)
            limits = {"divisions": sight.divisions()} if view.roots is not None else {}
            wanted = expected(partial(verb, sight.facts(), **asked, **limits))
            beside = {} if as_of is None else {"as_of": as_of}
            query = {{"reporters": "reporter"}.get(option, option): value for option, value in asked.items()}
            answer = client.get(url(path, **query, **beside), headers=told(token))
            if isinstance(wanted, list):
                assert answer.status_code == 422, answer.text
                assert [one["code"] for one in answer.json()["faults"]] == wanted
                continue
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert (found[key], found["receipt"]) == wanted
            assert answer.headers["Minsheng-Revision"] == str(found["revision"]) == str(as_of or feed.revision)
            assert answer.headers["Minsheng-Receipt"] == wanted[1]["digest"]


FACTS = [
    fact("340102", "2016", "newborns_screened", "80"),
    fact("340102", "2016", "live_births", "100"),
    fact("340102", "2017", "newborns_screened", "99"),
    fact("340102", "2017", "live_births", "110"),
    fact("340103", "2017", "newborns_screened", "50"),
    fact("340103", "2017", "live_births", "50"),
    fact("340102", "2018-05", "task_done", "35", basis="year_to_date"),
    fact("340102", "2018", "task_done", "100", scenario="target"),
    fact("340102", "2017", "funds_spent", "810"),
    fact("340102", "2017", "funds_budgeted", "1000"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with serving(feed_of(FACTS[:2], public=FACTS[2:])) as (client, _):
        yield client


def test_a_rate_changes_in_points(client: Any) -> None:
    answer = client.get(
        f"/v1/figures/compare?indicator={RATE}&division=340102&period=year&from=2017&to=2017", headers=told(EVERY)
    )
    change = answer.json()["changes"][0]
    shown = [change[name] for name in ("value", "base", "change", "change_unit", "against")]
    assert shown == ["90.00", "80.00", "10.00", "百分点", "year_ago"]


def test_what_is_not_public_is_no_base_for_a_change(client: Any) -> None:
    change = client.get(f"/v1/figures/compare?indicator={RATE}&division=340102&period=year&from=2017&to=2017").json()[
        "changes"
    ][0]
    assert (change["value"], change["base"], change["status"]) == ("90.00", None, "no_data")


def test_divisions_are_ranked(client: Any) -> None:
    answer = client.get(f"/v1/rankings?indicator={RATE}&period=2017&level=county").json()
    assert [(one["rank"], one["division"], one["value"]) for one in answer["places"]] == [
        (1, "340103", "100.00"),
        (2, "340102", "90.00"),
    ]
    assert (answer["indicator"], answer["better"], answer["ties"]) == (RATE, "higher", "exact")


def test_a_score_says_how_it_came_about(client: Any) -> None:
    card = client.get("/v1/scores?scheme=self_evaluation&division=340102&from=2017&to=2017").json()["scorecards"][0]
    assert card["items"][0]["points"] == "8.10"
    assert card["items"][0]["arithmetic"]["en"] == "10 × 81 ÷ 100 = 8.10"


def test_a_light_has_its_pace_and_what_is_still_needed(client: Any) -> None:
    found = client.get("/v1/monitor?period=2018-05&division=340102").json()
    one = next(one for one in found["watched"] if one["watch"] == "task_done")
    assert (one["light"], one["pace"], one["needed"]) == ("green", "84.00", "9.2858")
    assert found["overall"][0]["light"] == "green"


@pytest.mark.parametrize("path", [path for path, *_ in VERBS.values()])
def test_tables_have_the_rows_of_the_json(client: Any, path: str) -> None:
    asked = {"division": ["340102", "340103"], "level": "county"}
    whole = client.get(url(path, **asked)).json()
    name = next(iter(whole))
    frames: dict[str, Callable[[bytes], pl.DataFrame]] = {
        "csv": lambda content: pl.read_csv(content, infer_schema=False),
        "arrow": lambda content: pl.read_ipc_stream(io.BytesIO(content)),
        "parquet": lambda content: pl.read_parquet(io.BytesIO(content)),
        "xlsx": pl.read_excel,
    }
    count = sum(len(one.get("items", [0])) for one in whole[name])
    for form, read in frames.items():
        answer = client.get(url(path, **asked, format=form))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Minsheng-Receipt"] == whole["receipt"]["digest"]
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}.{form}"'
        frame = read(answer.content)
        assert len(frame) == count
        if form in ("arrow", "parquet"):
            assert set(frame["division"]) == {one["division"] for one in whole[name]}


def test_a_table_for_an_office_says_that_it_is_unicode(client: Any) -> None:
    for path, *_ in VERBS.values():
        plain = client.get(url(path, level="county", format="csv")).content
        assert client.get(url(path, level="county", format="csv", bom="true")).content == b"\xef\xbb\xbf" + plain


def test_what_is_held_is_not_sent_again(client: Any) -> None:
    path = f"/v1/rankings?indicator={RATE}&period=2017&level=county"
    first = client.get(path)
    assert first.headers["ETag"].startswith(f'"{first.json()["receipt"]["digest"]}-')
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Minsheng-Revision"] == first.headers["Minsheng-Revision"]
    table = client.get(url(path, format="csv"), headers={"If-None-Match": first.headers["ETag"]})
    assert table.status_code == 200
    assert client.head(path).headers["ETag"] == first.headers["ETag"]


def test_more_periods_are_another_answer_with_the_same_receipt() -> None:
    feed = feed_of(public=FACTS)
    path = f"/v1/figures/compare?indicator={RATE}&division=340103&period=year"
    with serving(feed) as (client, holdings):
        first = client.get(path)
        feed.accept([fact("340103", "2019", "newborns_visited", "3")], public=True)
        assert holdings.copy is not None
        assert holdings.copy.wait_for(feed.revision, 10)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert len(again.json()["changes"]) > len(first.json()["changes"])


def test_a_division_outside_is_not_there_and_another_is_unknown(client: Any) -> None:
    path = f"/v1/figures/compare?indicator={RATE}"
    for outside in ("340103", "340104", "340103001"):
        answer = client.get(url(path, division=outside), headers=told(YAOHAI))
        assert (answer.status_code, [one["code"] for one in answer.json()["faults"]]) == (404, ["service.outside"])
    answer = client.get(url(path, division="999999"), headers=told(YAOHAI))
    assert answer.status_code == 422
    assert {one["division"] for one in client.get(path, headers=told(YAOHAI)).json()["changes"]} == {"340102"}


def test_a_token_that_may_not_see_figures_is_refused(client: Any) -> None:
    for path, *_ in VERBS.values():
        answer = client.get(path, headers=told(NO_FIGURES))
        assert (answer.status_code, answer.json()["faults"][0]["code"]) == (403, "http.no_scope")


def test_all_that_is_wrong_is_told_at_once(client: Any) -> None:
    answer = client.get("/v1/figures/compare?indicator=newborn_screening_rat&against=last_year&levle=county&format=pdf")
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["faults"]] == [
        "service.unknown_parameter",
        "service.format",
        "scoring.option",
    ]
    answer = client.get("/v1/figures/compare?indicator=newborn_screening_rat&by=colour&period=fortnight")
    assert {one["code"] for one in answer.json()["faults"]} == {
        "definitions.unknown_indicator",
        "engine.unknown_column",
        "engine.unknown_option",
    }


def test_what_is_needed_and_not_there_is_told_with_the_rest(client: Any) -> None:
    answer = client.get("/v1/rankings?perod=2017&level=county&level=township", headers={"Accept-Language": "en"})
    assert [(one["code"], one["message"]["en"]) for one in answer.json()["faults"]] == [
        ("service.unknown_parameter", "there is no query parameter 'perod'"),
        ("service.parameter_twice", "there may be only one 'level'"),
        ("service.parameter_missing", "the parameter 'indicator' is needed"),
        ("service.parameter_missing", "the parameter 'period' is needed"),
    ]


def test_without_a_registry_there_is_nothing_to_compare(client_with: Any) -> None:
    alone = client_with()
    for path, *_ in VERBS.values():
        answer = alone.get(path)
        assert (answer.status_code, answer.json()["faults"][0]["code"]) == (404, "service.no_registry")


def test_a_question_for_too_much_is_refused() -> None:
    with serving(feed_of(public=FACTS), most_figures=3) as (client, _):
        answer = client.get(f"/v1/figures/compare?indicator={RATE}")
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "engine.too_many")


def test_a_question_that_takes_too_long_is_stopped() -> None:
    with serving(feed_of(public=FACTS), seconds=1e-6) as (client, _):
        answer = client.get("/v1/scores?scheme=self_evaluation")
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "service.too_long")


def test_under_corrections_no_answer_mixes_two_revisions() -> None:
    """Screened and born are corrected together, so that every rate is 100 % at every revision, and its numerator tells which."""

    def both(period: str, value: int) -> list[dict[str, Any]]:
        return [fact("340102", period, name, str(value)) for name in ("newborns_screened", "live_births")]

    feed = feed_of(public=[*both("2016", 1), *both("2017", 1)])
    asked = f"/v1/rankings?indicator={RATE}&period=2017&level=county"
    compared = f"/v1/figures/compare?indicator={RATE}&division=340102&period=year&from=2017&to=2017"
    asking = threading.Event()

    def correct(first: int) -> None:
        while not asking.wait(0.01):
            number = feed.revision + 2 - first
            feed.accept([*both("2016", number), *both("2017", number)], public=True)

    answers: list[dict[str, Any]] = []
    with serving(feed) as (client, _), ThreadPoolExecutor(5) as pool:
        first = feed.revision
        correcting = pool.submit(correct, first)
        until = time.monotonic() + 20
        try:
            while len({one["revision"] for one in answers}) < 6 and time.monotonic() < until:
                answers += [one.json() for one in pool.map(client.get, [asked, compared] * 4)]
        finally:
            asking.set()
        correcting.result()
    assert len({answer["revision"] for answer in answers}) >= 6
    for answer in answers:
        for place in answer.get("places", ()):
            assert place["numerator"] == place["denominator"] == str(answer["revision"] - first + 1)
        for change in answer.get("changes", ()):
            assert (change["value"], change["base"], change["change"]) == ("100.00", "100.00", "0.00")
