"""Figures of the registry's facts: what is asked, in which form, of which revision, and what is not sent again."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

import libminsheng as ms
from minsheng_http.shell import Service
from minsheng_indicators.copy.memory_feed import MemoryFeed
from tests.services.indicators.registry import Keys, bearer, beside, leave

RATE = "newborn_screening_rate"
COUNTIES = ("340102", "340103", "340104")
KEYS = {"yaohai": ({"figures:read"}, ("340102",))}


def fact(division: str, period: str, measure: str, value: object, **more: Any) -> dict[str, Any]:
    return {"division": division, "period": period, "measure": measure, "value": value, **more}


def facts(divisions: tuple[str, ...] = COUNTIES, years: tuple[str, ...] = ("2016", "2017")) -> list[dict[str, Any]]:
    return [
        fact(division, year, measure, 1000 + 10 * place + (5 if measure == "live_births" else 0))
        for place, (division, year) in enumerate((division, year) for division in divisions for year in years)
        for measure in ("newborns_screened", "live_births")
    ]


@pytest.fixture
def feed() -> MemoryFeed:
    feed = MemoryFeed()
    feed.accept(facts())
    return feed


@pytest.fixture
def client(feed: MemoryFeed) -> Iterator[Any]:
    with beside(feed, Keys(**KEYS)) as client:
        client.headers.update(bearer("all"))
        yield client


def ask(client: Any, **query: Any) -> Any:
    return client.get("/v1/figures", params={"indicator": RATE, **query})


def test_an_answer_names_its_revision_definitions_and_version(client: Any) -> None:
    answer = ask(client, division="340102", period="year")
    body = answer.json()
    assert [(one["period"], one["value"]) for one in body["figures"]] == [("2016", "99.50"), ("2017", "99.51")]
    assert (body["revision"], body["next"], body["version"]) == (1, None, ms.__version__)
    assert body["at"] == "2018-01-01T01:00:00+00:00"
    assert 0 <= body["age"] < 60
    assert answer.headers["Minsheng-Revision"] == "1"
    assert answer.headers["Minsheng-Version"] == ms.__version__
    assert answer.headers["Minsheng-Definitions"] == body["definitions"]
    assert answer.headers["Minsheng-Receipt"] == body["receipt"]["digest"]
    assert answer.headers["Age"] == "0"
    assert "Minsheng-Registry" not in answer.headers


def test_what_somebody_holds_already_is_not_sent_again(client: Any, feed: MemoryFeed) -> None:
    first = ask(client, division="340102")
    assert first.headers["ETag"].strip('"').startswith(first.json()["receipt"]["digest"])
    again = client.get(first.request.url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = client.get(f"{first.request.url}&format=csv", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    feed.accept([fact("340103", "2017", "tap_water_households", 5)])
    assert client.app.state.holdings.copy.wait_for(2, 10)
    same = client.get(first.request.url, headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304, "nothing that the figures are made of has changed"
    feed.accept([fact("340102", "2017", "newborns_screened", 900)])
    assert client.app.state.holdings.copy.wait_for(3, 10)
    changed = client.get(first.request.url, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_head_is_get_without_its_body(client: Any) -> None:
    get, head = ask(client), client.head("/v1/figures", params={"indicator": RATE})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Minsheng-Receipt", "Minsheng-Revision", "Content-Type"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("form", ["csv", "arrow", "parquet", "xlsx"])
def test_the_form_is_that_of_format_or_of_accept(client: Any, form: str) -> None:
    by_format = ask(client, format=form)
    media_type = by_format.headers["Content-Type"].partition(";")[0]
    by_accept = client.get("/v1/figures", params={"indicator": RATE}, headers={"Accept": media_type})
    assert by_accept.headers["Content-Type"] == by_format.headers["Content-Type"]
    assert by_accept.headers["ETag"] == by_format.headers["ETag"]
    assert by_format.headers["Content-Disposition"].startswith("attachment; filename=")
    assert by_format.headers["Minsheng-Revision"] == "1"


@pytest.mark.parametrize(
    ("name", "wishes", "path"),
    [
        ("Accept", ("text/csv", "application/json", "*/*"), "/v1/figures?period=year"),
        ("Accept-Language", ("zh", "en", "de"), "/v1/figures/explain?period=2017&format=text"),
    ],
)
def test_nobody_is_given_what_was_made_for_another_wish(
    client: Any, name: str, wishes: tuple[str, ...], path: str
) -> None:
    """A header may be sent twice: what is kept of one of them is not made for the other."""

    def told(wait: str, *given: str) -> str:
        query = f"{path}&indicator={RATE}&division=340102&wait={wait}"  # which changes what is kept, and no answer
        return str(client.get(query, headers=[(name, one) for one in given]).text.partition('"age"')[0])

    alone = {one: told("1", one) for one in wishes}
    for first in wishes:
        for second in wishes:
            told("2", first, second)
    assert {one: told("2", one) for one in wishes} == alone


def test_csv_may_begin_with_a_byte_order_mark(client: Any) -> None:
    plain, marked = ask(client, format="csv").content, ask(client, format="csv", bom="true").content
    assert marked == b"\xef\xbb\xbf" + plain
    rows = list(csv.DictReader(io.StringIO(plain.decode())))
    assert {row["indicator"] for row in rows} == {RATE}


def test_pages_are_of_one_revision(client: Any, feed: MemoryFeed) -> None:
    whole = ask(client, period="year").json()
    first = ask(client, period="year", limit=2).json()
    feed.accept([fact("340104", "2017", "newborns_screened", 1)])
    assert client.app.state.holdings.copy.wait_for(2, 10)
    found, cursor = first["figures"], first["next"]
    while cursor is not None:
        page = ask(client, period="year", limit=2, cursor=cursor).json()
        assert (page["revision"], page["receipt"]) == (1, first["receipt"])
        found, cursor = found + page["figures"], page["next"]
    assert found == whole["figures"]
    assert ask(client, period="year").json()["figures"] != whole["figures"]
    other = ask(client, period="year", limit=2, cursor=first["next"], division="340102")
    assert (other.status_code, other.json()["faults"][0]["code"]) == (422, "service.cursor")


def test_a_cursor_is_no_good_for_somebody_else(client: Any) -> None:
    cursor = ask(client, period="year", limit=1).json()["next"]
    answer = client.get(
        "/v1/figures",
        params={"indicator": RATE, "period": "year", "limit": 1, "cursor": cursor},
        headers=bearer("yaohai"),
    )
    assert answer.status_code == 422


def test_as_it_was_known_then(client: Any, feed: MemoryFeed) -> None:
    before = ask(client, division="340102").json()["figures"]
    feed.accept([fact("340102", "2017", "newborns_screened", 900)])
    assert client.app.state.holdings.copy.wait_for(2, 10)
    for then in ("1", "2018-01-01T01:30:00Z", "2018-01-01T09:30:00+08:00"):
        answer = ask(client, division="340102", as_of=then)
        assert answer.json()["figures"] == before, then
        assert answer.json()["revision"] == 1
        assert answer.headers["Minsheng-Revision"] == "1"
    feed.accept([fact("340104", "2017", "newborns_screened", 7)])
    assert client.app.state.holdings.copy.wait_for(3, 10)
    assert ask(client, division="340102", as_of="2").json()["revision"] == 2
    now = ask(client, division="340102", as_of="3").json()
    assert now["figures"] == ask(client, division="340102").json()["figures"]


def test_whoever_looks_back_waits_without_a_thread(
    client: Any, feed: MemoryFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in range(4):
        feed.accept([fact("340102", "2017", "live_births", 2_000 + value)])
    assert ask(client, min_revision=feed.revision, wait=5).status_code == 200
    copy, here, most = client.app.state.holdings.copy, [0], [0]
    sight = copy.sight

    def slow(*given: Any) -> Any:
        here[0] += 1
        most[0] = max(most[0], here[0])
        time.sleep(0.05)
        here[0] -= 1
        return sight(*given)

    monkeypatch.setattr(copy, "sight", slow)
    answers: list[int] = []
    asking = [
        threading.Thread(target=lambda then=then: answers.append(ask(client, as_of=str(then)).status_code))
        for then in range(1, 5)
    ]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert (answers, most) == ([200] * 4, [1])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"as_of": "99"}, "service.copy_revision"),
        ({"as_of": "2999-01-01T00:00:00Z"}, "service.as_of_to_come"),
        ({"as_of": "2018-01-01"}, "service.as_of"),
        ({"as_of": "yesterday"}, "service.as_of"),
        ({"indicators": RATE}, "service.unknown_parameter"),
        ({"format": "pdf"}, "service.format"),
        ({"format": "csv", "limit": "5"}, "service.pages_of_json"),
        ({"edition": "2013", "indicator": [RATE, "health_records_rate"]}, "service.edition_of_one"),
        ({"edition": "1999"}, "definitions.unknown_indicator"),
        ({"division": "999999"}, "vocabulary.division"),
        ({"period": "week"}, "engine.unknown_option"),
        ({"cursor": "AAAA"}, "service.cursor"),
    ],
)
def test_what_cannot_be_asked_is_refused(client: Any, query: dict[str, Any], code: str) -> None:
    answer = ask(client, **query)
    assert answer.status_code == 422, answer.text
    assert code in [fault["code"] for fault in answer.json()["faults"]], answer.text


def test_all_that_is_wrong_is_told_at_once(client: Any) -> None:
    answer = ask(client, format="pdf", indicators="x", division="999999")
    assert len(answer.json()["faults"]) == 3
    assert ask(client, limit=1).status_code == 200
    assert len(ask(client, limit=1, format="pdf", indicators="x").json()["faults"]) == 2


def test_an_edition_may_be_named_by_itself(client: Any) -> None:
    named = ask(client, edition="2013", division="340102").json()
    assert (
        named["figures"]
        == client.get("/v1/figures", params={"indicator": f"{RATE}@2013", "division": "340102"}).json()["figures"]
    )
    assert {one["edition"] for one in named["figures"]} == {"2013"}


def test_a_level_is_asked_for_by_its_name(client: Any) -> None:
    levels = {level: ask(client, level=level, period="year").json()["figures"] for level in ("county", "prefecture")}
    assert {one["division"] for one in levels["county"]} == set(COUNTIES)
    assert [(one["division"], one["period"], one["denominator"]) for one in levels["prefecture"]] == [
        ("340100", "2016", "3075"),
        ("340100", "2017", "3105"),
    ]


def test_names_may_stand_for_codes(client: Any) -> None:
    by_code, by_name = (
        ask(client, division="340102"),
        ask(client, division="瑶海区", indicator="新生儿遗传代谢性疾病筛查率"),
    )
    assert by_name.status_code == 200, by_name.text
    assert by_name.json()["figures"] == by_code.json()["figures"]


def test_ones_own_writes_can_be_waited_for(client: Any, feed: MemoryFeed) -> None:
    def accept() -> None:
        time.sleep(0.2)
        feed.accept([fact("340102", "2017", "newborns_screened", 900)])

    ask(client, division="340102", period="year")
    threading.Thread(target=accept).start()
    answer = ask(client, division="340102", period="year", min_revision=2)
    assert answer.json()["revision"] == 2
    assert answer.json()["figures"][-1]["numerator"] == "900"
    began = time.monotonic()
    late = ask(client, min_revision=9, wait=0.2)
    assert time.monotonic() - began < 5
    assert (late.status_code, late.json()["retry"], late.headers["Retry-After"]) == (503, True, "1")


def test_figures_stay_while_the_registry_is_away_and_follow_when_it_is_back(client: Any, feed: MemoryFeed) -> None:
    here = ask(client, division="340102").json()
    leave(feed)
    copy = client.app.state.holdings.copy
    deadline = time.monotonic() + 10
    while copy.away is None and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(1.1)
    away = ask(client, division="340102")
    assert away.json()["figures"] == here["figures"]
    assert away.headers["Minsheng-Registry"] == "away"
    assert int(away.headers["Age"]) >= 1
    assert away.json()["age"] > here["age"]
    feed.away = None
    number = feed.accept([fact("340102", "2017", "newborns_screened", 900)])
    back = ask(client, division="340102", period="year", min_revision=number, wait=20)
    assert back.json()["figures"][-1]["numerator"] == "900"
    assert "Minsheng-Registry" not in back.headers


def test_the_explanation_comes_in_four_forms(client: Any) -> None:
    query = {"indicator": RATE, "division": "340102", "period": "2017"}
    told = client.get("/v1/figures/explain", params=query)
    assert told.json()["figure"]["value"] == "99.51"
    assert told.json()["steps"]["kind"] == "figure"
    assert told.headers["Minsheng-Receipt"] == told.json()["receipt"]["digest"]
    english = {"Accept-Language": "en"}
    for form, media_type, mark in (
        ("text", "text/plain", "Newborn screening rate = 99.51 %\n"),
        ("markdown", "text/markdown", "## Newborn screening rate = 99.51 %\n\n- "),
        ("html", "text/html", "<!DOCTYPE html>"),
    ):
        answer = client.get("/v1/figures/explain", params={**query, "format": form}, headers=english)
        assert answer.headers["Content-Type"].startswith(media_type)
        assert answer.text.startswith(mark)
        assert answer.headers["ETag"] != told.headers["ETag"]
    page = client.get("/v1/figures/explain", params=query, headers={"Accept": "text/html"})
    assert "瑶海区" in page.text
    assert "新生儿" in page.text


def test_what_cannot_be_explained_is_refused(client: Any) -> None:
    def codes(**query: str) -> list[str]:
        answer = client.get("/v1/figures/explain", params=query)
        assert answer.status_code == 422
        return [fault["code"] for fault in answer.json()["faults"]]

    assert codes(by="sex", perod="2017") == ["service.unknown_parameter", *["service.parameter_missing"] * 3]
    asked = {"indicator": RATE, "division": "340102", "period": "2017-13", "by": "sex", "colour": "red"}
    assert codes(**asked) == ["service.unknown_parameter", "service.cell", "vocabulary.period"]
    assert codes(**{**asked, "period": "2017", "by": "sex=f"}) == ["service.unknown_parameter", "engine.unknown_column"]


def test_under_corrections_no_answer_mixes_two_revisions(client: Any, feed: MemoryFeed) -> None:
    """Every correction moves numerator and denominator together: their difference tells a mixture."""
    stop = threading.Event()

    def correct() -> None:
        count = 0
        while not stop.is_set():
            count += 1
            feed.accept(
                [
                    fact("340102", "2017", "newborns_screened", 1000 + count),
                    fact("340102", "2017", "live_births", 2000 + 2 * count),
                ]
            )
            time.sleep(0.005)

    corrector = threading.Thread(target=correct)
    corrector.start()
    try:
        seen = {}
        for number in range(150):
            form = ("json", "arrow")[number % 2]
            answer = ask(client, division="340102", period="year", **{"from": "2017"}, format=form)
            if form == "json":
                one = answer.json()["figures"][0]
                top, bottom = int(one["numerator"]), int(one["denominator"])
            else:
                row = pl.read_ipc_stream(answer.content).row(0, named=True)
                top, bottom = int(row["numerator"]), int(row["denominator"])
            revision = int(answer.headers["Minsheng-Revision"])
            assert (top, bottom) == ((1010, 1015) if revision == 1 else (999 + revision, 1998 + 2 * revision))
            assert seen.setdefault(revision, top) == top
    finally:
        stop.set()
        corrector.join()
    assert len(seen) > 5


def test_without_a_registry_there_are_no_figures(client_with: Any) -> None:
    client = client_with()
    for path in ("/v1/figures", "/v1/figures/explain?indicator=x&division=x&period=2017"):
        answer = client.get(path)
        assert answer.status_code == 404, answer.text
        assert answer.json()["faults"][0]["code"] == "service.no_registry"


def test_a_copy_that_is_not_there_yet_is_told_as_such() -> None:
    feed = MemoryFeed()
    leave(feed)
    with beside(feed, caught_up=False) as client:
        answer = client.get("/v1/figures", headers=bearer("all"))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert client.get("/health/ready").status_code == 503
        feed.away = None
        feed.accept(facts())
        later = client.get("/v1/figures", params={"min_revision": 1, "wait": 20}, headers=bearer("all"))
        assert later.status_code == 200
        assert client.get("/health/ready").json()["checks"] == {"definitions": True, "copy": True}


def test_the_answer_is_bounded() -> None:
    feed = MemoryFeed()
    feed.accept(facts())
    with beside(feed, most_figures=3) as client:
        answer = client.get("/v1/figures", params={"indicator": RATE, "period": "year"}, headers=bearer("all"))
        assert answer.status_code == 422, answer.text
        few = client.get("/v1/figures", params={"indicator": RATE, "division": "340102"}, headers=bearer("all"))
        assert few.status_code == 200


def test_every_operation_says_what_it_needs(client: Any) -> None:
    service: Service = client.app
    document = client.get("/schema/openapi.json").json()
    needs = {
        operation["operationId"]: (operation.get("x-scope"), operation.get("security"))
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert needs["list_figures"] == ("figures:read", [{"token": []}, {}])
    assert needs["create_calculation"][0] == "calculations:run"
    assert service.state.holdings.has_registry
