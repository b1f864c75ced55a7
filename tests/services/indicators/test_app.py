"""What holds for every request: problems, HEAD, languages, health, the document and its page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from litestar.testing import TestClient

from libminsheng.errors import EvaluationError
from minsheng_http.problems import KINDS
from minsheng_indicators import Settings, create_app
from minsheng_indicators.holdings import Holdings

PATHS = [
    "/v1/indicators",
    "/v1/indicators/live",
    "/v1/measures",
    "/v1/packs",
    "/health/live",
    "/health/ready",
    "/schema",
]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/v1/nothing", {}, 404),
        ("GET", "/v1/indicators/nothing", {}, 404),
        ("DELETE", "/v1/indicators", {}, 405),
        ("GET", "/v1/calculations", {}, 405),
        ("HEAD", "/v1/calculations", {}, 405),
        ("POST", "/v1/calculations", {"Content-Type": "text/csv", "Accept": "image/png"}, 406),
        ("POST", "/v1/calculations", {"Content-Type": "image/png"}, 415),
        ("POST", "/v1/calculations", {}, 415),
        ("GET", "/v1/indicators?limit=0", {}, 422),
        ("GET", "/v1/indicators?limit=x", {}, 422),
        ("GET", "/v1/indicators?search=" + "x" * 61, {}, 422),
        ("POST", "/v1/calculations?from=" + "x" * 41, {"Content-Type": "text/csv"}, 422),
    ],
)
@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_every_refusal_is_a_problem(
    client: Any, method: str, path: str, headers: dict[str, str], status: int, tongue: str
) -> None:
    answer = client.request(method, path, headers=headers | {"Accept-Language": f"fr, {tongue};q=0.5"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if status == 405:
        allowed = {"GET, HEAD, OPTIONS"} if path == "/v1/indicators" else {"OPTIONS, POST"}
        assert {answer.headers["Allow"]} == allowed
    if method == "HEAD":
        return
    problem = answer.json()
    kind = KINDS[status]
    assert problem["type"] == kind.type
    assert problem["title"] == kind.title("zh" if tongue == "zh" else "en")
    assert (problem["status"], problem["retry"]) == (status, kind.retry)
    assert problem["detail"]


def test_what_nobody_expected_is_a_problem_that_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("secret")

    with TestClient(create_app(Settings())) as client:
        monkeypatch.setattr(Holdings, "entries", fails)
        answer = client.get("/v1/packs")
    assert (answer.status_code, answer.json()["retry"]) == (500, False)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "secret" in caplog.text


@pytest.mark.parametrize("path", PATHS)
def test_head_is_a_get_without_its_body(client: Any, path: str) -> None:
    named = {"Request-Id": "the-same-one"}
    get, head = client.get(path, headers=named), client.head(path, headers=named)
    assert head.content == b""
    assert (head.status_code, head.headers) == (get.status_code, get.headers)


def test_health(client: Any) -> None:
    assert client.get("/health/live").json()["status"] == "live"
    ready = client.get("/health/ready").json()
    assert ready["status"] == "ready"
    assert ready["checks"] == {"definitions": True}
    client = TestClient(create_app(Settings()))
    answer = client.get("/health/ready")  # not started: nothing has been read
    assert (answer.status_code, answer.json()["retry"], answer.headers["Retry-After"]) == (503, True, "1")


def test_the_document_is_the_one_that_is_written_down(client: Any, repository: Path) -> None:
    written = yaml.safe_load((repository / "openapi/indicators.yaml").read_text("utf-8"))
    served = client.get("/schema/openapi.json")
    assert served.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    assert served.json() == written, "make openapi writes it again"
    assert written["openapi"].startswith("3.1")
    operations = [operation for path in written["paths"].values() for operation in path.values()]
    assert sorted(operation["operationId"] for operation in operations) == [
        "compare_figures", "create_calculation", "create_check", "explain_figure", "get_indicator", "get_pack", "get_scheme",
        "get_structures", "list_figures", "list_indicators", "list_measures", "list_packs", "list_schemes", "live", "metrics",
        "monitor_divisions", "rank_divisions", "ready", "score_divisions", "verify_receipt",
    ]  # fmt: skip
    for operation in operations:
        for status, answer in operation["responses"].items():
            assert status in ("200", "304") or list(answer["content"]) == ["application/problem+json"]


def test_no_reference_of_the_document_leads_nowhere(client: Any) -> None:
    text = client.get("/schema/openapi.json").text
    known = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= set(known)


def test_the_page_loads_nothing_from_outside(client: Any) -> None:
    for tongue, word in (("zh", "操作"), ("en", "Operations")):
        answer = client.get("/schema", headers={"Accept-Language": tongue})
        assert word in answer.text
        assert not re.search(r"<script|<link|<img|<iframe|src=|@import|url\(|https?://", answer.text)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        for kind in KINDS.values():
            assert f'id="{kind.type.partition("#")[2]}"' in answer.text
        for path in client.get("/schema/openapi.json").json()["paths"]:
            assert path in answer.text


def test_settings_come_from_the_environment() -> None:
    known = {"MINSHENG_INDICATORS_PORT": "1234", "MINSHENG_INDICATORS_SECONDS": "2.5", "MINSHENG_LANG": "zh"}
    settings = Settings.from_environment(known)
    assert (settings.host, settings.port, settings.seconds) == ("127.0.0.1", 1234, 2.5)
    wrong = {"MINSHENG_INDICATORS_PROT": "1", "MINSHENG_INDICATORS_PORT": "99999", "MINSHENG_INDICATORS_AT_ONCE": "0"}
    with pytest.raises(EvaluationError) as refused:
        Settings.from_environment(wrong)
    assert len(refused.value.faults) == 3
    assert "did you mean MINSHENG_INDICATORS_PORT?" in refused.value.text("en")
