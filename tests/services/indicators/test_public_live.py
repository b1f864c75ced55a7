"""The pages beside a real registry: what is published shows, what is withdrawn from the public goes, keys are the registry's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from minsheng_indicators import Settings, create_app
from tests.services.indicators.copied import LIFTED
from tests.services.live import Registry

HOME = "/?division=340102&year=2017"
FIGURE = "/figures/newborn_screening_rate/340102/2017"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with closing(Registry(tmp_path)) as made:
        yield made


@pytest.fixture
def client(registry: Registry) -> Iterator[TestClient[Litestar]]:
    token = registry.enrol(["facts:read", "changes:read"], ["*"])
    settings = Settings(registry=registry.url, registry_token=token, grace_seconds=0.1, token_seconds=0.1, **LIFTED)
    with TestClient(create_app(settings)) as client:
        assert soon(lambda: client.get("/").status_code == 200)
        yield client


def soon(holds: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_it_shows_from_its_publication_until_its_withdrawal(registry: Registry, client: TestClient[Litestar]) -> None:
    accepted = registry.accept("340102", "2017", newborns_screened=10601, live_births=10642)
    assert soon(lambda: f"数据修订号 {registry.revision}" in client.get("/").text)
    assert "99.61" not in client.get(HOME).text
    assert client.get(FIGURE).status_code == 404 or "99.61" not in client.get(FIGURE).text
    published = registry.publish(accepted)
    assert soon(lambda: "99.61" in client.get(HOME).text)
    assert "10,601" in client.get(FIGURE).text
    registry.ask(
        registry.admin,
        "POST",
        f"/v1/submissions/{published['id']}/unpublish",
        headers={"If-Match": f'"{published["version"]}"'},
        json={"reason": "一处待核"},
    )
    assert soon(lambda: "99.61" not in client.get(HOME).text)
    assert "10,601" not in client.get(FIGURE).text


def test_a_key_of_the_registry_signs_in_until_it_is_revoked(registry: Registry, client: TestClient[Litestar]) -> None:
    registry.accept("340102", "2017", newborns_screened=10601, live_births=10642)
    key = registry.enrol(["figures:read", "findings:read"], ["340102"])
    assert client.post("/session", data={"token": key}, follow_redirects=False).status_code == 303
    assert soon(lambda: "99.61" in client.get(HOME).text)
    assert client.get("/findings?division=340102&year=2017").status_code == 200
    assert client.get("/?division=340103").status_code == 404
    registry.revoke(key)
    assert soon(lambda: "登录已失效" in client.get(HOME).text)
    assert "99.61" not in client.get(HOME).text


def test_while_the_registry_is_away_pages_stay_and_say_so(registry: Registry, client: TestClient[Litestar]) -> None:
    registry.publish(registry.accept("340102", "2017", newborns_screened=10601, live_births=10642))
    key = registry.enrol(["figures:read"], ["340102"])
    assert client.post("/session", data={"token": key}, follow_redirects=False).status_code == 303
    assert soon(lambda: "99.61" in client.get(HOME).text)
    registry.stop()
    assert soon(lambda: "登记系统暂时连不上，以下是" in client.get(HOME).text)
    page = client.get(HOME)
    assert page.status_code == 200
    assert "99.61" in page.text
    assert soon(lambda: "无法核对令牌" in client.get(HOME).text)
    assert client.get("/").status_code == 200
    registry.start()
    assert soon(lambda: "无法核对令牌" not in client.get(HOME).text)
    assert "登录已失效" not in client.get(HOME).text, "the browser has kept the token"
