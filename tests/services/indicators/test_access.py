"""Who sees what: nothing is open that does not say so, and nothing outside of somebody's subtrees shows in any answer."""

from __future__ import annotations

import asyncio
import datetime
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from minsheng_http.access.guard import undeclared
from minsheng_http.problems import Refused
from minsheng_indicators import Settings
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.keys import RegistryKeys
from tests.services.indicators.registry import NO_LIMIT, Keys, bearer, beside, key_of, leave

RATE = "newborn_screening_rate"
KEYS = {
    "yaohai": ({"figures:read"}, ("340102",)),
    "hefei": ({"figures:read"}, ("340100",)),
    "clerk": ({"facts:read"}, ("*",)),
    "runs": ({"calculations:run"}, ("*",)),
    "checks": ({"checks:run"}, ("*",)),
    "none": ({"figures:read"}, ()),
}
ASKED = (
    "/v1/figures?indicator={rate}&division={division}",
    "/v1/figures?division={division}",
    "/v1/figures?indicator={rate}&division={division}&format=csv",
    "/v1/figures?indicator={rate}&division={division}&as_of=1",
    "/v1/figures?indicator={rate}&division={division}&division=340102",
    "/v1/figures/explain?indicator={rate}&division={division}&period=2017",
    "/v1/figures/compare?indicator={rate}&division={division}",
    "/v1/rankings?indicator={rate}&period=2017&division={division}",
    "/v1/scores?scheme=self_evaluation&division={division}",
    "/v1/monitor?period=2017&division={division}",
)
"""Questions that name a division."""
OPEN = (
    "/v1/figures?indicator={rate}&period=year",
    "/v1/figures?period=year&limit=10000",
    "/v1/figures?indicator={rate}&period=year&format=arrow",
    "/v1/figures?indicator={rate}&by=secret",
    "/v1/figures?indicator={rate}&level=county",
    "/v1/figures?indicator={rate}&division=340102&by=sex",
    "/v1/figures/explain?indicator={rate}&division=340102&period=2017",
    "/v1/figures/compare?indicator={rate}",
    "/v1/rankings?indicator={rate}&period=2017&level=county",
    "/v1/scores?scheme=self_evaluation",
    "/v1/monitor?period=2017",
)
"""Questions that name no division outside."""


def fact(division: str, measure: str, value: int, period: str = "2017", **more: Any) -> dict[str, Any]:
    return {"division": division, "period": period, "measure": measure, "value": value, **more}


def rate(division: str, screened: int = 990, **more: Any) -> list[dict[str, Any]]:
    return [fact(division, "newborns_screened", screened, **more), fact(division, "live_births", 1_000, **more)]


def feed_with(*hidden: list[dict[str, Any]]) -> MemoryFeed:
    """What Yaohai reports, and in a revision of its own what others do."""
    feed = MemoryFeed()
    feed.accept(rate("340102"))
    for facts in hidden:
        feed.accept(facts)
    return feed


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with beside(feed_with(rate("340103", 500), rate("340104", 600)), Keys(**KEYS)) as client:
        yield client


def told(answer: Any) -> tuple[Any, ...]:
    """All that somebody can tell of an answer, but when it was given."""
    passing = {"request-id", "age", "date"}
    headers = {name: value for name, value in answer.headers.items() if name not in passing}
    return answer.status_code, headers, re.sub(rb'"age":[\d.]+', b"", answer.content)


def test_every_operation_says_what_it_needs(client: Any) -> None:
    assert undeclared(client.app) == []


def test_what_needs_a_token_is_closed_without_one(client: Any) -> None:
    document = client.get("/schema/openapi.json").json()
    closed = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            place = path.replace("{code}", RATE)
            answer = client.request(method.upper(), place)
            if operation.get("x-scope") and method == "post":
                assert answer.status_code == 401, (path, answer.text)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                closed.add(path)
            elif path != "/metrics":
                assert answer.status_code not in (401, 403), (path, answer.text)
    assert closed == {"/v1/calculations", "/v1/checks"}


@pytest.mark.parametrize("name", ["clerk", "runs"])
@pytest.mark.parametrize("path", [*ASKED, *OPEN])
def test_a_token_needs_the_scope_of_figures(client: Any, name: str, path: str) -> None:
    answer = client.get(path.format(rate=RATE, division="340102"), headers=bearer(name))
    assert answer.status_code == 403, answer.text


def test_each_scope_opens_what_it_is_for(client: Any) -> None:
    body = {"facts": rate("340102")}
    for name, path, status in (
        ("runs", "/v1/calculations", 200),
        ("checks", "/v1/calculations", 403),
        ("yaohai", "/v1/calculations", 403),
        ("checks", "/v1/checks", 200),
        ("runs", "/v1/checks", 403),
    ):
        assert client.post(path, json=body, headers=bearer(name)).status_code == status, (name, path)


def test_a_token_that_stands_for_nobody_is_nobody(client: Any) -> None:
    for headers in (bearer("unknown"), {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        assert client.get("/v1/figures", headers=headers).status_code == 401
        assert client.get("/v1/indicators", headers=headers).status_code == 401


@pytest.fixture(scope="module")
def worlds() -> Iterator[list[Any]]:
    """Registries in which Yaohai reports the same, and others something else or nothing, in as many revisions."""
    strange = fact("340103", "task_done", 5, project="P-1", secret="s", sex="f")
    with (
        beside(feed_with(rate("340103", 500, sex="f"), [strange]), Keys(**KEYS)) as one,
        beside(feed_with(rate("340111"), rate("340111", 7)), Keys(**KEYS)) as other,
        beside(feed_with(rate("340102", 990), rate("340102", 990)), Keys(**KEYS)) as alone,
    ):
        yield [one, other, alone]


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("division", ["340103", "340100", "340000", "蜀山区"])
def test_outside_is_not_found_whether_there_are_facts_or_not(worlds: list[Any], path: str, division: str) -> None:
    place = path.format(rate=RATE, division=division)
    answers = [told(client.get(place, headers=bearer("yaohai"))) for client in worlds]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 404
    assert b'"service.outside"' in answers[0][2]


@pytest.mark.parametrize("path", OPEN)
def test_what_is_hidden_shows_in_no_answer(worlds: list[Any], path: str) -> None:
    place = path.format(rate=RATE)
    answers = [told(client.get(place, headers=bearer("yaohai"))) for client in worlds]
    assert answers[0] == answers[1], "what others report makes no difference"
    assert answers[0] == answers[2], "nor whether they report anything"


def test_without_a_token_there_is_what_is_public(client: Any) -> None:
    feed = MemoryFeed()
    feed.accept(rate("340102", 990), public=True)
    feed.accept(rate("340103", 500))
    with beside(feed, Keys(**KEYS)) as client:

        def ask(division: str, **headers: str) -> list[Any]:
            query = {"indicator": RATE, "division": division, "period": "year"}
            answer = client.get("/v1/figures", params=query, headers=headers)
            assert answer.status_code == 200, answer.text
            return [(one["value"], one["denominator"]) for one in answer.json()["figures"]]

        assert ask("340102") == [("99.00", "1000")]
        assert ask("340100") == [("99.00", "1000")], "the total of the city is that of what is public"
        assert ask("340100", **bearer("hefei")) == [("74.50", "2000")]
        assert ask("340103") in ([], [(None, None)])
        feed.publish(rate("340103", 500))
        assert client.app.state.holdings.copy.wait_for(3, 10)
        assert ask("340100") == [("74.50", "2000")]
        feed.publish(rate("340102", 990), again=True)
        assert client.app.state.holdings.copy.wait_for(4, 10)
        assert ask("340100") == [("50.00", "1000")]


def test_who_has_no_divisions_sees_nothing(client: Any) -> None:
    answer = client.get("/v1/figures", headers=bearer("none"))
    assert (answer.status_code, answer.json()["figures"]) == (200, [])
    assert client.get("/v1/figures?division=340102", headers=bearer("none")).status_code == 404


def test_two_principals_of_one_view_share_what_is_kept_and_two_of_different_views_do_not(client: Any) -> None:
    query = {"indicator": RATE, "period": "year"}
    answers = {name: client.get("/v1/figures", params=query, headers=bearer(name)) for name in ("yaohai", "hefei")}
    tags = {answer.headers["ETag"] for answer in answers.values()}
    assert len(tags) == 2
    stolen = client.get(
        "/v1/figures", params=query, headers={**bearer("yaohai"), "If-None-Match": answers["hefei"].headers["ETag"]}
    )
    assert stolen.status_code == 200, "a tag of somebody else's answer tells nothing"
    assert stolen.json()["figures"] == answers["yaohai"].json()["figures"]


# ---- keys of a registry


class FarRegistry:
    """What a registry says of keys; it may be away."""

    def __init__(self) -> None:
        self.known = {key_of("yaohai"): {"name": "key:1", "scopes": ["figures:read"], "divisions": ["340102"]}}
        self.status = 200
        self.away = False
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.away:
            raise httpx.ConnectError("gone", request=request)
        if self.status != 200:
            return httpx.Response(self.status)
        found = self.known.get(request.headers["Authorization"].removeprefix("Bearer "))
        if found is None:
            return httpx.Response(401)
        return httpx.Response(200, json={**found, "expires_at": "2999-01-01T00:00:00+00:00"})

    def keys(self, grace: float = 60) -> RegistryKeys:
        return RegistryKeys("http://registry/", "ms_own", grace=grace, transport=httpx.MockTransport(self))


def test_the_registry_is_asked_with_the_key_itself() -> None:
    registry = FarRegistry()

    async def ask() -> None:
        keys = registry.keys()
        found = await keys.ask(key_of("yaohai"), "192.0.2.7")
        assert found is not None
        assert (found.name, found.scopes, found.divisions) == ("key:1", {"figures:read"}, ("340102",))
        assert found.expires_at == datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)
        assert await keys.ask(key_of("other"), "192.0.2.7") is None
        await keys.close()

    asyncio.run(ask())
    assert [str(one.url) for one in registry.asked] == ["http://registry/v1/principal"] * 2
    assert {one.headers["Minsheng-For"] for one in registry.asked} == {"192.0.2.7"}
    assert {one.headers["Minsheng-Service"] for one in registry.asked} == {"Bearer ms_own"}


def test_a_registry_that_answers_drop_by_drop_is_away() -> None:
    class Drops(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.01)
                yield b" "

    def dripping(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Drops())

    async def ask() -> None:
        keys = RegistryKeys("http://registry/", seconds=0.1, transport=httpx.MockTransport(dripping))
        with pytest.raises(Refused) as refused:
            await asyncio.wait_for(keys.ask(key_of("yaohai"), "192.0.2.7"), 5)
        assert refused.value.status == 503
        await keys.close()

    asyncio.run(ask())


@pytest.mark.parametrize("away", [None, 500, 503, 429, 404])
def test_a_key_that_was_known_stays_good_for_a_while(away: int | None) -> None:
    registry = FarRegistry()

    async def ask() -> None:
        keys = registry.keys(grace=0.3)
        assert await keys.ask(key_of("yaohai"), "192.0.2.7") is not None
        registry.away, registry.status = away is None, away or 200
        assert await keys.ask(key_of("yaohai"), "192.0.2.7") is not None
        with pytest.raises(Refused) as refused:
            await keys.ask(key_of("other"), "192.0.2.7")
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")
        await asyncio.sleep(0.35)
        with pytest.raises(Refused) as over:
            await keys.ask(key_of("yaohai"), "192.0.2.7")
        assert over.value.status == 503
        registry.away, registry.status = False, 200
        assert await keys.ask(key_of("yaohai"), "192.0.2.7") is not None

    asyncio.run(ask())


def test_a_key_that_was_revoked_is_not_remembered() -> None:
    registry = FarRegistry()

    async def ask() -> None:
        keys = registry.keys()
        assert await keys.ask(key_of("yaohai"), "192.0.2.7") is not None
        registry.known.clear()
        assert await keys.ask(key_of("yaohai"), "192.0.2.7") is None
        registry.away = True
        with pytest.raises(Refused):
            await keys.ask(key_of("yaohai"), "192.0.2.7")

    asyncio.run(ask())


def test_figures_stay_for_whoever_is_known_while_the_registry_is_away() -> None:
    registry, feed = FarRegistry(), feed_with()
    with beside(feed, registry.keys(), token_seconds=0.2) as client:
        query = {"indicator": RATE, "division": "340102"}
        here = client.get("/v1/figures", params=query, headers=bearer("yaohai"))
        assert here.status_code == 200, here.text
        registry.away = True
        leave(feed)
        time.sleep(0.3)
        away = client.get("/v1/figures", params=query, headers=bearer("yaohai"))
        assert away.json()["figures"] == here.json()["figures"]
        unknown = client.get("/v1/figures", params=query, headers=bearer("other"))
        assert (unknown.status_code, unknown.json()["retry"], unknown.headers["Retry-After"]) == (503, True, "5")
        registry.away = False
        registry.known.clear()
        time.sleep(0.3)
        assert client.get("/v1/figures", params=query, headers=bearer("yaohai")).status_code == 401


def test_the_token_for_the_registry_is_not_shown() -> None:
    told = Settings(**NO_LIMIT, registry="http://registry", registry_token="ms_1234_secret")
    assert "secret" not in f"{told!r} {told}"
