"""The page of the registry's document in a real browser that reaches nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.process import running

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("registry")
    with running("registry", {"MINSHENG_DATABASE_URL": f"sqlite:///{folder}/registry.db"}) as url:
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_loads_nothing_from_outside(address: str, scheme: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light", locale="zh-CN")
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(address) else route.abort())
        answer = page.goto(f"{address}/schema")
        assert answer is not None
        assert answer.ok
        assert page.get_by_text("POST /v1/projects", exact=True).is_visible()
        assert page.get_by_text("填报数据", exact=True).first.is_visible()
        page.screenshot(path=tmp_path / f"schema-{scheme}.png", full_page=True)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        browser.close()
    assert asked
    assert all(url.startswith(address) for url in asked), "nothing is asked of anybody else"
    assert said == []
    light = sum(int(part) for part in background.strip("rgba()").split(",")[:3]) > 3 * 128
    assert light == (scheme == "light")
