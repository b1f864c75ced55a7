"""The pages in a real browser that reaches nothing else: seen, read aloud, used by keyboard, on a phone and on paper."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.services.indicators.pages import CHECKER, everything_of, feed_of, listening, made

pytestmark = pytest.mark.chromium

HOME = "/?division=340102&year=2017"
PAGES = {
    "home": HOME,
    "home-en": f"{HOME}&lang=en",
    "figure": "/figures/newborn_screening_rate/340102/2017",
    "catalogue": "/catalogue?q=筛查",
    "indicator": "/catalogue/newborn_screening_rate",
    "session": "/session",
    "refusal": "/catalogue/nothing",
    "figure-en": "/figures/newborn_screening_rate/340102/2017?lang=en",
    "catalogue-en": "/catalogue?domain=elderly&lang=en",
    "empty": "/?division=340102&year=1999",
}
_ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP office.test 127.0.0.1"]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def address(yaohai: Path) -> Iterator[str]:
    with listening(made(feed_of(yaohai))) as url:
        while urlopen(f"{url}/health/live", timeout=5).status != 200:
            pass
        yield url


@pytest.fixture(scope="module")
def much() -> Iterator[str]:
    """The address of a service with all that can be reported."""
    with listening(made(everything_of(["340102", "340103"], ["2016", "2017"]))) as url:
        until = time.monotonic() + 60
        while not _answers(f"{url}/health/ready"):
            assert time.monotonic() < until, "the copy does not come"
            time.sleep(0.1)
        yield url


def _answers(url: str) -> bool:
    try:
        return bool(urlopen(url, timeout=5).status == 200)
    except HTTPError:
        return False


@pytest.fixture(scope="module")
def shots(repository: Path) -> Path:
    """Where the screenshots are kept to be looked at."""
    folder = repository / "build/screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Opened]:
    """Opens pages whose every request and every complaint is noted: none may leave, and there may be none."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def open_page(path: str, *, scheme: str = "light", size: dict[str, int] = DESK, status: int = 200) -> Any:
        context = browser.new_context(color_scheme=scheme, viewport=size, locale="zh-CN", java_script_enabled=True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(address) else route.abort())
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == status
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:"))] == [], "nothing is asked of anybody else"
    assert [line for line in said if "status of 40" not in line] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_screen_reader_finds_nothing_in_its_way(opened: Opened, shots: Path, name: str, scheme: str) -> None:
    page = opened(PAGES[name], scheme=scheme, status=404 if name == "refusal" else 200)
    _keep(page, shots / f"{name}-{scheme}.png")
    assert page.evaluate("document.scripts.length") == 0
    assert _in_the_way(page) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(int(part) for part in re.findall(r"\d+", background)[:3]) > 3 * 128
    assert light == (scheme == "light")


def _in_the_way(page: Any) -> list[tuple[str, str]]:
    """What axe finds, with all that is folded laid open."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def _keep(page: Any, path: Path) -> None:
    """A picture of the whole page; a browser on a busy machine may need another try."""
    from playwright.sync_api import Error

    for left in (2, 1, 0):
        try:
            page.screenshot(path=path, full_page=True)
        except Error:
            if not left:
                raise
            page.wait_for_timeout(500)
        else:
            return


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_phone_does_not_scroll_sideways(opened: Opened, shots: Path, name: str) -> None:
    page = opened(PAGES[name], size=PHONE, status=404 if name == "refusal" else 200)
    _keep(page, shots / f"{name}-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    texts = "[...document.querySelectorAll('svg text')].map(e => e.getBoundingClientRect().height)"
    assert all(height >= 8 for height in page.evaluate(texts)), "what stands in a chart can be read"


def test_the_first_page_is_used_by_keyboard_alone(opened: Opened, address: str) -> None:
    page = opened(HOME)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0, "it is seen when it has focus"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-division"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-domain"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "childhood"
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")
    page.wait_for_url("**domain=childhood**")
    assert page.locator("section.card[aria-labelledby=d-childhood]").count() == 1
    assert page.locator("section.card[aria-labelledby^=d-]").count() == 1
    page.locator("a", has_text="新生儿遗传代谢性疾病筛查率").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/figures/newborn_screening_rate/340102/2017")
    assert page.locator("h1").inner_text() == "新生儿遗传代谢性疾病筛查率"


def _sheets(paper: bytes) -> int:
    """How many sheets a document has, each of A4."""
    (box,) = set(re.findall(rb"/MediaBox \[([^]]*)\]", paper))
    width, height = (round(float(part)) for part in box.split()[2:])
    assert (width, height) in ((595, 842), (596, 842), (595, 841))
    return len(re.findall(rb"/Type\s*/Page[^s]", paper))


@pytest.mark.parametrize("name", ["home", "home-en", "figure"])
def test_it_is_printed_on_one_page_of_a4(opened: Opened, shots: Path, name: str) -> None:
    assert _sheets(opened(PAGES[name]).pdf(path=shots / f"{name}.pdf", prefer_css_page_size=True)) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_that_can_be_reported_goes_on_some_pages_and_a_domain_of_it_on_one(
    browser: Any, much: str, shots: Path, lang: str
) -> None:
    page = browser.new_page(viewport=DESK)
    asked = f"{much}/?division=340102&year=2017&lang={lang}"
    page.goto(asked)
    rows = page.locator("table.figures tbody tr").count()
    assert rows > 250
    assert _sheets(page.pdf(path=shots / f"everything-{lang}.pdf", prefer_css_page_size=True)) <= 6
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1030})  # 186 by 273 mm, what the margins of the sheet leave
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    beyond = (
        "[...document.querySelectorAll('table')].filter(e => e.scrollWidth > e.parentElement.clientWidth + 1).length"
    )
    assert page.evaluate(beyond) == 0, "no table is wider than its place"
    heads = "[...document.querySelectorAll('thead')].map(e => getComputedStyle(e).display)"
    assert set(page.evaluate(heads)) == {"table-header-group"}, "which is said again on every sheet"
    for domain in ("childhood", "elderly", "education"):
        page.goto(f"{asked}&domain={domain}")
        assert _sheets(page.pdf(prefer_css_page_size=True)) == 1, domain
    page.close()


def test_who_signs_in_sees_findings_and_who_signs_out_does_not(opened: Opened, shots: Path, address: str) -> None:
    page = opened("/session")
    page.get_by_label("访问令牌").fill(CHECKER)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    assert page.evaluate("document.cookie") == "", "no script can read it"
    page.get_by_role("link", name="疑点").click()
    _keep(page, shots / "findings.png")
    assert _in_the_way(page) == []
    assert page.locator("h1").inner_text() == "疑点"
    page.get_by_role("link", name="已登录").click()
    assert page.get_by_text("key:checker").is_visible()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(f"{address}/")
    assert page.get_by_role("link", name="疑点").count() == 0


def test_one_signs_in_on_another_machine_without_tls_too(browser: Any, address: str) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    there = address.replace("127.0.0.1", "office.test")  # of which a browser does not say which site a form is of
    page.goto(f"{there}/session")
    page.get_by_label("访问令牌").fill(CHECKER)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{there}/")
    page.get_by_role("link", name="已登录").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(f"{there}/")
    assert page.get_by_role("link", name="登录").is_visible()
    context.close()


def test_it_works_without_any_script(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(address + HOME)
    page.get_by_label("领域").select_option("elderly")
    page.get_by_role("button", name="查看").click()
    page.get_by_role("link", name="集中供养月标准").click()
    assert "710.00" in page.locator(".figure").inner_text()
    context.close()
