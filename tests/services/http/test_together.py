"""Two services on one port: each answers what is its own, and together they say how they are."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from litestar import get
from msgspec import Struct

from minsheng_http.together import Together
from tests.services.http.conftest import OtherSettings, SmallSettings, small_service
from tests.services.http.other_shapes import get_figure


class Alike(Struct):
    """The same in both."""

    text: str


class Inner(Struct):
    number: int


class Outer(Struct):
    inner: Inner
    alike: Alike


@get("/projects", operation_id="list_projects", sync_to_thread=False)
def list_projects() -> Outer:
    return Outer(Inner(1), Alike("first"))


@get("/measures", operation_id="list_measures", sync_to_thread=False)
def measures_of_first() -> str:
    return "first"


@get("/measures", operation_id="list_measures", sync_to_thread=False)
def measures_of_second() -> str:
    return "second"


@pytest.fixture
def lived() -> list[str]:
    return []


@pytest.fixture
def holds() -> dict[str, bool]:
    return {"database": True, "copy": True}


@pytest.fixture
def client(serving: Callable[..., Any], lived: list[str], holds: dict[str, bool]) -> Any:
    def life(name: str) -> Callable[[Any], Any]:
        @asynccontextmanager
        async def lives(_: Any) -> AsyncIterator[None]:
            lived.append(f"{name} begins")
            yield
            lived.append(f"{name} ends")

        return lives

    first = small_service(
        [list_projects, measures_of_first],
        SmallSettings(),
        checks=lambda: {"database": holds["database"]},
        lifespan=[life("first")],
    )
    second = small_service(
        [get_figure, measures_of_second],
        OtherSettings(),
        checks=lambda: {"copy": holds["copy"]},
        lifespan=[life("second")],
    )
    for app in (first, second):
        app.state.holdings.__dict__.update(catalogue=1, tree=1)
    return serving(Together(first, second))


def test_each_answers_what_is_its_own(client: Any) -> None:
    assert client.get("/v1/projects").json()["alike"]["text"] == "first"
    assert client.get("/v1/figures/340102").json()["alike"]["text"] == "second"
    assert client.get("/v1/measures").text == "second"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/nothing", "/v1/projectsx", "/v2/projects", "/v1/projects/x"])
def test_what_neither_knows_is_a_problem(client: Any, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_both_live_as_long_as_it_does(serving: Callable[..., Any], lived: list[str], client: Any) -> None:
    assert sorted(lived) == ["first begins", "second begins"]
    client.__exit__(None, None, None)
    assert lived[2:] == ["second ends", "first ends"]


def test_it_is_ready_when_both_are(client: Any, holds: dict[str, bool]) -> None:
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").json()["checks"] == {
        "small: definitions": True, "small: database": True, "other: definitions": True, "other: copy": True,
    }  # fmt: skip
    for name, told in (("database", "small: database"), ("copy", "other: copy")):
        holds[name] = False
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert [one["message"]["en"] for one in answer.json()["faults"]] == [f"{told} is not ready"]
        holds[name] = True


def test_both_are_counted(client: Any) -> None:
    client.get("/v1/projects")
    client.get("/v1/figures/1")
    text = client.get("/metrics").text
    assert 'minsheng_requests_total{operation="list_projects",service="small",status="2xx"} 1.0' in text
    assert 'minsheng_requests_total{operation="get_figure",service="other",status="2xx"} 1.0' in text
    assert text.count("# TYPE minsheng_requests_total") == 1
    series = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))


def test_the_document_is_that_of_both(client: Any) -> None:
    document = client.get("/schema/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/projects", "/v1/figures/{code}", "/v1/measures", "/metrics", "/health/live", "/health/ready",
    }  # fmt: skip
    shapes = document["components"]["schemas"]
    assert {"Alike", "Inner", "Outer", "SmallInner", "SmallOuter"} <= set(shapes)
    assert "SmallAlike" not in shapes
    assert shapes["SmallInner"]["properties"]["number"]["type"] == "integer"
    assert shapes["Inner"]["properties"]["number"]["type"] == "string"
    assert "SmallInner" in json.dumps(shapes["SmallOuter"])
    assert "SmallOuter" in json.dumps(document["paths"]["/v1/projects"])
    assert "Small" not in json.dumps(document["paths"]["/v1/figures/{code}"])
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert referred <= set(shapes)
    page = client.get("/schema").text
    assert all(path in page for path in ("/v1/projects", "/v1/figures/{code}"))


def test_a_service_that_cannot_start_lets_nothing_start(serving: Callable[..., Any]) -> None:
    def fails() -> None:
        raise OSError("no database")

    first = small_service([list_projects], SmallSettings(), on_startup=[fails])
    second = small_service([measures_of_second], OtherSettings())
    with pytest.raises(ExceptionGroup) as refused:
        serving(Together(first, second))
    assert refused.group_contains(OSError, match="no database")
