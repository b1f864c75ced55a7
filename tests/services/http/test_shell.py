"""What every answer of every service has."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.exceptions import LitestarException
from litestar.params import FromPath
from litestar.testing import TestClient

from libminsheng.errors import Fault, MinshengError
from minsheng_http.access.guard import Gate
from minsheng_http.access.principal import Principal
from minsheng_http.access.tokens import Tokens
from minsheng_http.logs import JsonLines, log_config, request_id, without_secrets
from minsheng_http.problems import KINDS, Refused
from tests.services.http.conftest import SmallSettings, small_service

KEY = "ms_3f9a01_" + "Kq7" * 14 + "Z"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@get("/thing", operation_id="get_thing", sync_to_thread=False)
def get_thing() -> dict[str, int]:
    return {"thing": 1}


@get("/page", operation_id="get_page", media_type="text/html", sync_to_thread=False)
def get_page() -> str:
    return "<p>page</p>"


@get("/tagged", operation_id="get_tagged", sync_to_thread=False)
def get_tagged() -> Response[bytes]:
    return Response(b"1", media_type="text/plain", headers={"ETag": '"1"'})


@get("/kept", operation_id="get_kept", sync_to_thread=False)
def get_kept() -> Response[bytes]:
    return Response(b"1", media_type="text/plain", headers={"Cache-Control": "private, max-age=5", "Vary": "Accept"})


@get("/refused/{status:int}", operation_id="get_refused", sync_to_thread=False)
def get_refused(status: FromPath[int]) -> None:
    raise Refused(status)


@get("/broken", operation_id="get_broken", sync_to_thread=True)
def get_broken() -> None:
    raise RuntimeError(f"cannot reach postgresql://office:hush@db with Authorization: Bearer {KEY} or {JWT}")


@get("/stopped", operation_id="get_stopped", sync_to_thread=True)
def get_stopped() -> int:
    return next(iter(()))


def stops() -> int:
    return next(iter(()))


@get(
    "/dependent",
    operation_id="get_dependent",
    sync_to_thread=True,
    dependencies={"n": Provide(stops, sync_to_thread=True)},
)
def get_dependent(n: NamedDependency[int]) -> int:
    return n


async def gives_back() -> AsyncIterator[int]:
    yield 1


@get("/faulty", operation_id="get_faulty", sync_to_thread=True, dependencies={"n": Provide(gives_back)})
def get_faulty(n: NamedDependency[int]) -> int:
    raise MinshengError(Fault("http.not_ready", values={"name": str(n)}))


HANDLERS = [
    get_thing, get_page, get_tagged, get_kept, get_refused, get_broken, get_stopped, get_dependent, get_faulty,
]  # fmt: skip


@pytest.fixture
def client(serving: Callable[..., Any]) -> Any:
    return serving(HANDLERS)


# ---- headers


@pytest.mark.parametrize("path", ["/v1/thing", "/v1/broken", "/nothing", "/health/live", "/metrics", "/schema"])
def test_nobody_guesses_the_type(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Cache-Control" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/page", "/schema"])
def test_a_page_runs_nothing(client: Any, path: str) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "Content-Security-Policy" not in client.get("/v1/thing").headers


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/thing", "no-store"),
        ("/v1/tagged", "private, no-cache"),
        ("/v1/kept", "private, max-age=5"),
        ("/v1/broken", "no-store"),
    ],
)
def test_what_a_token_has_paid_for_is_not_kept_by_others(client: Any, path: str, said: str) -> None:
    answer = client.get(path, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.headers["Cache-Control"] == said
    assert answer.headers["Vary"] == ("Accept" if path == "/v1/kept" else "Accept, Accept-Language, Authorization")


# ---- problems


@pytest.mark.parametrize("status", sorted(KINDS))
def test_every_kind_of_problem(client: Any, status: int) -> None:
    for tongue in ("zh", "en"):
        answer = client.get(f"/v1/refused/{status}", headers={"Accept-Language": tongue})
        problem = answer.json()
        assert (answer.status_code, problem["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["title"] == KINDS[status].title("zh" if tongue == "zh" else "en")
        assert problem["retry"] is (status in {408, 429, 503})
        assert ("Retry-After" in answer.headers) is (status in {429, 503})
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)


@pytest.mark.parametrize("path", ["/v1/stopped", "/v1/dependent"])
def test_an_iterator_that_ends_too_early_is_no_request_that_hangs(client: Any, path: str) -> None:
    assert client.get(path).status_code == 500


def test_a_fault_in_a_handler_is_told(client: Any) -> None:
    assert client.get("/v1/faulty").status_code == 422


# ---- the id of a request, and the log


@given(st.binary(max_size=80) | st.from_regex(rb"[0-9A-Za-z._-]{6,66}", fullmatch=True))
def test_only_a_harmless_id_is_taken(given_id: bytes) -> None:
    found = request_id(given_id)
    assert re.fullmatch("[0-9A-Za-z._-]{8,64}", found)
    assert (found.encode() == given_id) is bool(re.fullmatch(rb"[0-9A-Za-z._-]{8,64}", given_id))


def test_a_request_is_called_by_its_id(client: Any) -> None:
    assert client.get("/v1/thing", headers={"Request-Id": "gateway-17"}).headers["Request-Id"] == "gateway-17"
    ids = {client.get("/v1/thing", headers={"Request-Id": "<b>"}).headers["Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert "<b>" not in ids


def test_the_log_has_the_request_and_no_secret(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    lines = JsonLines()
    with caplog.at_level(logging.INFO, "minsheng.requests"):
        caplog.handler.setFormatter(lines)
        client.get(f"/v1/broken?token={KEY}", headers={"Authorization": f"Bearer {KEY}", "Request-Id": "gateway-17"})
    written = [json.loads(line) for line in caplog.text.splitlines() if '"minsheng' in line]
    (failed,) = [line for line in written if line["from"] == "minsheng"]
    (answered,) = [line for line in written if line["from"] == "minsheng.requests"]
    assert failed["request"] == answered["request"] == "gateway-17"
    assert "RuntimeError" in failed["error"]
    assert (answered["operation"], answered["status"], answered["path"]) == ("get_broken", 500, "/v1/broken")
    for secret in (KEY, JWT, "hush"):
        assert secret not in json.dumps(written)


@given(
    st.text(max_size=20),
    st.from_regex(r"[0-9a-z]{4,32}", fullmatch=True),
    st.from_regex(r"[0-9A-Za-z]{43}", fullmatch=True),
)
def test_no_key_is_written(around: str, number: str, secret: str) -> None:
    assert secret not in without_secrets(f"{around} ms_{number}_{secret} {around}")


def test_the_log_goes_where_it_should() -> None:
    for wished, level in ((True, "INFO"), (False, "WARNING")):
        assert log_config(requests=wished)["loggers"]["minsheng.requests"]["level"] == level


def test_the_document_leaves_the_log_as_it_is(client: Any) -> None:
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    assert client.get("/schema/openapi.json").status_code == 200
    assert (root.level, list(root.handlers)) == before


# ---- health


def test_ready_is_what_is_asked_of_it(serving: Callable[..., Any]) -> None:
    holds = {"database": False, "copy": True}
    client = serving([get_thing], checks=lambda: holds)
    client.app.state.holdings.__dict__.update(catalogue=1, tree=1)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["retry"], answer.headers["Retry-After"]) == (503, True, "1")
    assert [one["message"]["en"] for one in answer.json()["faults"]] == ["database is not ready"]
    assert client.get("/health/live").json()["status"] == "live"
    holds["database"] = True
    assert client.get("/health/ready").json()["checks"] == {"definitions": True, "database": True, "copy": True}


# ---- metrics


def test_requests_are_counted_by_operation(client: Any) -> None:
    for path in ("/v1/thing", "/v1/thing", "/v1/broken", "/v1/nothing", "/v1/other", "/v1/refused/409"):
        client.get(path)
    client.head("/v1/thing")
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    counted = dict(
        re.findall(
            r'^minsheng_requests_total\{operation="(\w+)",service="small",status="(\dxx)"\}', answer.text, re.MULTILINE
        )
    )
    assert counted == {"get_thing": "2xx", "get_broken": "5xx", "none": "4xx", "get_refused": "4xx"}
    assert 'minsheng_requests_total{operation="get_thing",service="small",status="2xx"} 3.0' in answer.text
    assert 'minsheng_request_seconds_count{operation="none",service="small"} 2.0' in answer.text
    assert 'minsheng_requests_under_way{service="small"} 1.0' in answer.text
    assert "/v1/" not in answer.text


def test_each_application_counts_for_itself(serving: Callable[..., Any]) -> None:
    one, other = serving([get_thing]), serving([get_thing])
    one.get("/v1/thing")
    assert "get_thing" not in other.get("/metrics").text


class OneKey:
    """A ring with one key, which reads metrics or does not."""

    def __init__(self, *scopes: str) -> None:
        self.found = Principal("key:one", frozenset(scopes), (), None)

    def principal(self, token: str) -> Principal | None:
        return self.found if token == KEY else None


@pytest.mark.parametrize(
    ("scopes", "address", "headers", "status"),
    [
        (None, "203.0.113.9", {}, 200),
        (("metrics:read",), "203.0.113.9", {}, 401),
        (("metrics:read",), "203.0.113.9", {"Authorization": f"Bearer {KEY}"}, 200),
        (("facts:read",), "203.0.113.9", {"Authorization": f"Bearer {KEY}"}, 403),
        (("facts:read",), "127.0.0.1", {}, 200),
        (("facts:read",), "::1", {}, 200),
        (("facts:read",), "10.0.0.1", {"Authorization": f"Bearer {KEY}", "Via": "1.1 x"}, 403),
        (("metrics:read",), "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 401),
        (("metrics:read",), "127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 401),
    ],
)
def test_the_metrics_are_for_this_machine_and_for_who_may_read_them(
    scopes: tuple[str, ...] | None, address: str, headers: dict[str, str], status: int
) -> None:
    gate = None if scopes is None else Gate(Tokens(OneKey(*scopes)), SmallSettings())
    app = small_service([get_thing], gate=gate)

    async def called(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (address, 1234)}, receive, send)

    with TestClient(called) as client:
        assert client.get("/metrics", headers=headers).status_code == status
        assert client.get("/v1/thing").status_code == 200


def test_a_caller_who_goes_away_is_counted_out(serving: Callable[..., Any]) -> None:
    client = serving([get_thing])

    async def gone() -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            raise ConnectionResetError

        scope = {
            "type": "http", "method": "GET", "path": "/v1/thing", "raw_path": b"/v1/thing", "query_string": b"",
            "headers": [(b"host", b"x")], "root_path": "", "client": None, "server": ("x", 80), "scheme": "http",
        }  # fmt: skip
        with pytest.raises((OSError, LitestarException)):
            await client.app(scope, receive, send)

    asyncio.run(gone())
    assert 'minsheng_requests_under_way{service="small"} 1.0' in client.get("/metrics").text


def test_settings_have_the_service_s_name() -> None:
    assert SmallSettings.service() == "small"
    assert SmallSettings.from_environment({"MINSHENG_SMALL_PORT": "1", "MINSHENG_OTHER_PORT": "x"}).port == 1


def test_a_caller_who_goes_away_in_the_middle_is_no_fault_of_the_service(
    serving: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    @post("/sent", operation_id="post_sent")
    async def post_sent(request: Request[Any, Any, Any]) -> int:
        return len(await request.body())

    client = serving([post_sent])
    parts = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return parts.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/v1/sent", "raw_path": b"/v1/sent", "query_string": b"",
        "headers": [(b"host", b"x")], "root_path": "", "client": None, "server": ("x", 80), "scheme": "http",
    }  # fmt: skip
    asyncio.run(client.app(scope, receive, send))
    assert sent[0]["status"] == 400
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
