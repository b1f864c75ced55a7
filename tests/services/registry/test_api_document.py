"""Every operation against the registry's document: nothing is answered that the document does not say."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from minsheng_http.access.guard import undeclared
from minsheng_http.forms import FORMS, TAKEN
from minsheng_registry.access import keys
from minsheng_registry.app import create_app
from minsheng_registry.desk import now
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

FOLDER = Path(tempfile.mkdtemp(prefix="registry-"))
URL = f"sqlite:///{FOLDER}/registry.db"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LIFTED: dict[str, Any] = dict.fromkeys(
    ("most_a_minute", "most_in_a_burst", "most_a_minute_without_token", "most_in_a_burst_without_token"), 10**9
)


def _token() -> str:
    database = Database(URL)
    database.migrate()
    token = database.write(lambda connection: keys.first_key(connection, at=now()))
    database.close()
    assert token is not None
    return token


TOKEN = _token()
APP = create_app(Settings(database_url=URL, most_wait=0.01, **LIFTED))
schema = schemathesis.openapi.from_asgi("/schema/openapi.json", APP)


@schemathesis.serializer(*(kind for form in FORMS.values() for kind in form.media_types if "vnd." in kind), *TAKEN)
def as_it_is(_: Any, value: Any) -> bytes:
    """Files of facts: bytes that are none, for the most part."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schema.parametrize()
@settings(max_examples=max(3, settings().max_examples // 30), suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_documented(case: Any) -> None:
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {TOKEN}"}
    case.call_and_validate(checks=CHECKS, timeout=300)


def test_the_document_is_the_one_that_is_written_down(repository: Path) -> None:
    written = yaml.safe_load((repository / "openapi/registry.yaml").read_text("utf-8"))
    assert APP.state.document.data == written, "make openapi writes it again"


def test_no_operation_is_open_by_mistake() -> None:
    assert undeclared(APP) == []


def test_no_reference_leads_nowhere() -> None:
    document = APP.state.document.data

    def references(part: Any) -> Any:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


@pytest.fixture
def repository() -> Path:
    return Path(__file__).parents[3]
