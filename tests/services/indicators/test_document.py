"""Whatever the document allows, and much that it does not, is answered as it says: no 500, no undocumented status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from minsheng_http.access.guard import undeclared
from minsheng_http.forms import FORMS, TAKEN
from minsheng_indicators import Settings, create_app
from minsheng_indicators.holdings import Holdings
from tests.services.indicators.copied import EVERY, LIFTED, Ring, fact, feed_of, rows_of, told
from tests.services.parameters import asked_twice

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATIENCE = 300
"""Seconds for an answer, as schemathesis gives it ten: on a machine with much to do the widest questions take longer."""
YAOHAI_FACTS = Path(__file__).parents[3] / "examples/yaohai-2017/facts.csv"


class Held(Holdings):
    """A copy that stays through the many starts and ends that an application under test goes through."""

    def open(self) -> None:
        if self.copy is None:
            super().open()

    def close(self) -> None:
        """Nothing yet."""


def _beside_a_registry() -> Any:
    """The service with the facts of a district behind it, half of them public."""
    more = [fact("340103", "2016", "newborns_screened", "80"), fact("340103", "2016", "live_births", "90", sex="f")]
    chosen = Settings(**LIFTED, longest_wait=0.01)
    holdings = Held(chosen, feed_of(more, public=rows_of(YAOHAI_FACTS)))
    app = create_app(chosen, holdings=holdings, keys=Ring())
    holdings.load()
    holdings.open()
    assert holdings.copy is not None
    assert holdings.copy.wait_for(2, 30)
    return app


ALONE = create_app(Settings())
BESIDE = _beside_a_registry()
alone = schemathesis.openapi.from_asgi("/schema/openapi.json", ALONE)
beside = schemathesis.openapi.from_asgi("/schema/openapi.json", BESIDE)


@schemathesis.serializer(*(kind for form in FORMS.values() for kind in form.media_types if "vnd." in kind), *TAKEN)
def as_it_is(_: Any, value: Any) -> bytes:
    """Files of facts: bytes that are none, for the most part."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@alone.parametrize()
@settings(max_examples=max(3, settings().max_examples // 15), suppress_health_check=list(HealthCheck), deadline=None)
def test_every_operation_answers_as_documented(case: Any) -> None:
    # the document says what a parameter looks like; whether there is such an indicator or division is seen afterwards
    # and any text may be the name of a column
    loose = [negative_data_rejection] if case.operation.path == "/v1/structures" else []
    case.call_and_validate(timeout=PATIENCE, excluded_checks=[positive_data_acceptance, *loose])


@pytest.mark.parametrize("token", [EVERY, None], ids=["token", "nobody"])
@beside.parametrize()
@settings(max_examples=max(3, settings().max_examples // 15), suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_beside_a_registry_is_documented(case: Any, token: str | None) -> None:
    case.headers = {name: text for name, text in (case.headers or {}).items() if name.lower() != "authorization"}
    answer = case.call(headers=told(token), timeout=PATIENCE)
    assert answer.status_code != 500, answer.text  # a 503 says that a revision does not come
    case.validate_response(answer, checks=CHECKS)


def test_every_example_of_the_document_is_answered() -> None:
    """What the document shows as a question is one, asked with a token."""
    from litestar.testing import TestClient

    client = TestClient(BESIDE)
    asked = 0
    for path, operations in BESIDE.state.document.data["paths"].items():
        for method, operation in operations.items():
            examples = {one["name"]: one["example"] for one in operation.get("parameters", ()) if "example" in one}
            bodies = operation.get("requestBody", {}).get("content", {})
            for kind, body in bodies.items() if bodies else [("", {})]:
                if not examples and "example" not in body:
                    continue
                text = body.get("example")
                sent = {"json": text} if isinstance(text, dict) else {"content": text} if text else {}
                headers = told(EVERY) | ({"Content-Type": kind} if kind and "content" in sent else {})
                answer = client.request(method, path, params=examples, headers=headers, **sent)
                assert answer.status_code in (200, 422), (path, answer.text)
                asked += answer.status_code == 200
    assert asked >= 7


def test_no_operation_is_open_by_mistake() -> None:
    assert undeclared(BESIDE) == []


def test_what_stands_once_is_not_taken_twice() -> None:
    from litestar.testing import TestClient

    client = TestClient(BESIDE)
    asked = 0
    for method, path, query, name in asked_twice(BESIDE.state.document.data):
        headers = told(EVERY) | {"Accept-Language": "en"}
        answer = client.request(method, path.replace("{code}", "population"), params=query, headers=headers, json={})
        assert answer.status_code == 422
        assert f"there may be only one '{name}'" in answer.json()["detail"], (path, query, answer.text)
        asked += 1
    assert asked > 60
