"""The pages as they are sent: what they say, to whom, and what they can never carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin

import polars as pl
import pytest
from litestar import Litestar
from litestar.testing import TestClient

import libminsheng as ms
from libminsheng.errors import say
from minsheng_http.access.principal import Principal
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.public.reader import COOKIE
from tests.services.indicators.copied import fact, told
from tests.services.indicators.pages import CHECKER, HIDDEN, READER, Read, Ring, feed_of, reading

Client = TestClient[Litestar]

FIGURE = "/figures/newborn_screening_rate/340102/2017"
PAGES = (
    "/",
    "/?division=340102&year=2017",
    "/?division=340102&year=2017&domain=childhood&indicator=newborn_screening_rate",
    "/?division=340102&year=1999",
    "/?division=340102&year=2017&lang=en",
    FIGURE,
    f"{FIGURE}?lang=en",
    "/figures/medical_insurance_rate/340102/2017",
    "/catalogue",
    "/catalogue?q=筛查",
    "/catalogue?q=nothing-of-the-kind",
    "/catalogue?domain=elderly&lang=en",
    "/catalogue/newborn_screening_rate",
    "/session",
    "/findings",
    "/?division=999999",
)


@pytest.fixture(scope="module")
def client(yaohai: Path) -> Iterator[Client]:
    with reading(feed_of(yaohai)) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound_html_without_a_script(client: Client, path: str) -> None:
    answer = client.get(path)
    read = Read(answer.text)
    assert read.faults == []
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert not {"script", "iframe", "object", "embed", "img"} & set(read.tags)
    assert not [name for _, given in read.attributes for name in given if name.startswith("on") or name == "style"]
    assert [given["lang"] for given in read.all("html")] == ["en" if "lang=en" in path else "zh-CN"]
    assert read.tags.count("h1") == 1
    assert all(given.get("scope") for given in read.all("th"))
    labelled = {given["for"] for given in read.all("label")}
    for tag in ("select", "input"):
        assert {given["id"] for given in read.all(tag) if given.get("type") != "hidden"} <= labelled


@pytest.mark.parametrize("path", PAGES)
def test_a_page_may_load_and_run_nothing(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert re.findall(r"""\bsrc=|url\(|@import|srcset=""", answer.text) == []
    assert [given["href"] for given in Read(answer.text).all("link")] == ["data:,"]
    assert [
        one for one in Read(answer.text).links("http://here.test" + path) if not one.startswith("http://here.test/")
    ] == []
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_it_shows_what_the_library_computes(client: Client, yaohai: Path) -> None:
    read = Read(client.get("/?division=340102&year=2017").text)
    figures = ms.evaluate(ms.read_facts(yaohai), divisions=["340102"])
    for figure in figures:
        if figure.value is not None and figure.indicator.domain != "governance":
            assert figure.indicator.name.zh in read.text
            assert f"{figure.value:,.{figure.indicator.decimals}f}" in read.text


def test_what_was_not_reported_is_told_apart_with_what_it_lacks(client: Client, yaohai: Path) -> None:
    text = client.get("/?division=340102&year=2017").text
    (card,) = re.findall(r'<section class="card" aria-labelledby="d-health">.*?</section>', text, re.DOTALL)
    table, _, blank = card.partition("<details")
    assert "居民医保参保规模" in table
    assert "居民基本医保参保率" not in table
    assert "缺数据 1项" in blank
    assert "缺居民医保应参保人数" in blank
    assert re.findall(r'<a href="\./figures/(\w+)/340102/2017">居民基本医保参保率</a>', blank)
    figures = ms.evaluate(ms.read_facts(yaohai), divisions=["340102"])
    (count,) = re.findall(r"项缺数值</dt><dd>(\d+)</dd>", text)
    blanks = [int(one) for one in re.findall(r"缺数据 (\d+)项", text)]
    assert sum(blanks) == int(count) <= sum(one.status == "no_data" for one in figures)


def test_a_figure_stands_by_each_column_that_its_facts_are_broken_down_by() -> None:
    feed = MemoryFeed()
    parts = {("女", "城镇"): "1000", ("女", "农村"): "2000", ("男", "城镇"): "4000"}
    feed.accept(
        [fact("340102", "2017", "legal_aid_visits", value, sex=sex, area=area) for (sex, area), value in parts.items()]
        + [fact("340102", "2017", "orphans", "7")]
        + [fact("340103", "2017", "legal_aid_visits", str(at), village=f"第{at:02}村") for at in range(50)],
        public=True,
    )
    feed.accept([fact("340102", "2017", "orphans", HIDDEN, kept_back="x")])
    with reading(feed) as client:
        page = client.get("/figures/legal_aid_given/340102/2017")
        read = Read(page.text)
        assert read.faults == []
        assert "按“sex”分 2项" in read.text
        assert "女 3,000 人次" in read.text
        assert "男 4,000 人次" in read.text
        assert "城镇 5,000 人次" in read.text
        assert "kept_back" not in page.text
        (address,) = [one for one in read.links("/figures/legal_aid_given/340102/2017") if "by=sex" in one]
        by = {one["by"].get("sex"): one["value"] for one in client.get(address).json()["figures"]}
        assert by == {None: "7000", "女": "3000", "男": "4000"}
        assert "按“" not in client.get("/figures/orphans_supported/340102/2017").text
        many = Read(client.get("/figures/legal_aid_given/340103/2017").text)
        assert "第39村" in many.text
        assert [name for name in many.texts if name in ("第39村", "第40村")] == ["第39村"]
        assert "另有 10 行未列出。" in many.text


def test_targets_stand_with_their_pace_and_their_light_in_words(client: Client) -> None:
    text = Read(client.get("/?division=340102&year=2017").text).text
    assert "开发公益性岗位数 3,234 3,200 个 101.06 % 3,234 ○ 绿 正常" in text
    assert "高校毕业生就业见习人数 79 120 人 65.83 % 79 ▲ 黄 偏慢" in text
    english = Read(client.get("/?division=340102&year=2017&lang=en").text).text
    assert "Graduates in work placements 79 120 人 65.83 % 79 ▲ yellow slow" in english


def test_a_figure_leads_to_its_explanation_its_csv_and_its_address(client: Client) -> None:
    links = Read(client.get("/?division=340102&year=2017").text).links()
    assert FIGURE in links
    page = Read(client.get(FIGURE).text)
    assert "新生儿遗传代谢病筛查人数 ÷ 活产数" in page.text
    assert "newborns_screened / live_births" in page.text
    assert "全国妇幼健康统计调查制度" in page.text
    assert "10,601" in page.text
    assert "10,642" in page.text
    assert "数据修订号 2" in page.text
    rows = client.get(f"{FIGURE}/figure.csv")
    assert rows.headers["content-type"].startswith("text/csv")
    assert rows.headers["content-disposition"].startswith("attachment")
    assert pl.read_csv(rows.content)["value"].to_list() == [99.61]
    (address,) = [one for one in page.links(FIGURE) if one.startswith("/v1/figures")]
    assert address in page.text
    answer = client.get(address)
    assert answer.status_code == 200
    assert [one["value"] for one in answer.json()["figures"]] == ["99.61"]
    assert answer.json()["receipt"]["digest"] in page.text


def test_the_table_is_there_as_csv(client: Client) -> None:
    all_rows = pl.read_csv(client.get("/figures.csv?division=340102&year=2017").content, infer_schema=False)
    some = pl.read_csv(
        client.get("/figures.csv?division=340102&year=2017&domain=childhood").content, infer_schema=False
    )
    assert {"99.61", "26200.00"} <= set(all_rows["value"])
    assert 0 < len(some) < len(all_rows)
    assert client.get("/figures.csv?division=340102&year=1999").status_code == 404


def test_a_chart_is_a_picture_with_a_title_and_its_numbers_beside_it(client: Client) -> None:
    text = client.get("/?division=340102&year=2017").text
    charts = re.findall(r"<svg .*?</svg>", text, re.DOTALL)
    assert len(charts) == 2
    assert all("<title>" in one and "<desc>" in one and 'role="img"' in one for one in charts)
    assert "没有数值：2015年。" in charts[0]
    assert text.count("图中数字") == 2


# ---- who sees what


@pytest.mark.parametrize("path", PAGES)
def test_what_is_not_public_is_nowhere(client: Client, path: str) -> None:
    text = client.get(path).text
    for form in (HIDDEN, "54,321", "108642", "108,642"):
        assert form not in text


def test_pages_are_the_same_whether_there_is_something_hidden_or_not(yaohai: Path) -> None:
    with reading(feed_of(yaohai)) as some, reading(feed_of(yaohai)) as more:
        asked = "/?division=340104&year=2017"
        before = some.get(asked).text
        holdings = more.app.state.holdings
        number = holdings._feed.accept([fact("340104", "2017", "resident_insured", "1234")])
        while holdings.copy.state.revision < number:
            pass
        after = more.get(asked).text
        assert _bare(before) == _bare(after)


def _bare(text: str) -> str:
    """A page without what says of which revision it is."""
    return re.sub(r"数据修订号 \d+（[^）]*）", "", text)


def test_a_token_shows_its_own_divisions_and_no_others(client: Client) -> None:
    mine = client.get("/?division=340103&year=2017", headers=told(READER))
    assert "54,321" in mine.text
    assert say("page.lead_own", "zh") in mine.text, "on paper too it is not said to be public"
    assert say("page.nothing_own", "zh") in client.get("/?division=340103&year=1999", headers=told(READER)).text
    assert say("page.lead", "zh") in client.get("/?division=340103&year=2017").text
    assert mine.headers["cache-control"] == "no-store"
    assert client.get("/?division=340104&year=2017", headers=told(READER)).status_code == 404
    assert client.get("/figures/legal_aid_given/340104/2017", headers=told(READER)).status_code == 404


def test_findings_are_for_those_who_may_see_them(client: Client) -> None:
    nobody = client.get("/findings")
    assert nobody.status_code == 401
    assert "/session" in Read(nobody.text).links("/findings")
    assert client.get("/findings", headers=told(READER)).status_code == 403
    seen = client.get("/findings", headers=told(CHECKER))
    assert seen.status_code == 200
    assert Read(seen.text).faults == []
    assert "瑶海区，2017，五保集中供养标准" in seen.text
    assert "collective_care_standard" not in re.findall(r"<td>([^<]*)</td>", seen.text)
    assert client.get("/findings?division=340103", headers=told(CHECKER)).status_code == 404


def test_who_sees_two_districts_sees_no_more_of_the_city_above_them(yaohai: Path) -> None:
    class Both(Ring):
        def principal(self, token: str) -> Principal | None:
            return Principal("key:both", frozenset({"figures:read", "findings:read"}), ("340102", "340104"))

    with reading(feed_of(yaohai), ring=Both()) as client:
        for page in ("/", "/findings"):
            answer = client.get(page, headers=told(CHECKER))
            assert answer.status_code == 200
            assert 'value="340102" selected' in answer.text
            assert 'value="340100"' not in answer.text
            assert client.get(f"{page}?division=340100", headers=told(CHECKER)).status_code == 404


@pytest.mark.parametrize(("limit", "count"), [("_MOST_HELD", 39 + 2 + 6), ("_MOST_FACTS", 39 + 2 + 2)])
def test_more_facts_than_a_page_can_check_are_said_to_be_too_many(
    client: Client, limit: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"minsheng_indicators.public.findings.{limit}", 10)
    answer = client.get("/findings?division=340102&year=2017", headers=told(CHECKER))
    assert answer.status_code == 200
    assert f"共 {count} 条数据" in answer.text


# ---- signing in


def test_signing_in_gives_a_cookie_that_no_script_and_no_other_site_gets(yaohai: Path) -> None:
    ring = Ring()
    with reading(feed_of(yaohai), ring=ring) as client:
        answer = client.post("/session", data={"token": READER}, follow_redirects=False)
        assert answer.status_code == 303
        assert urljoin("/session", answer.headers["location"]) == "/"
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "max-age" not in cookie, "it ends with the browser"
        assert READER not in answer.text
        assert "54,321" in client.get("/?division=340103&year=2017").text
        assert client.get("/findings").status_code == 403
        assert "key:reader" in client.get("/session").text
        hidden = client.get("/v1/figures?division=340103&period=year&indicator=legal_aid_given")
        assert HIDDEN not in hidden.text, "programs send a header: below /v1 a cookie means nothing"
        ring.gone.add(READER)
        client.app.state.gate.forget()
        ended = client.get("/?division=340103&year=2017")
        assert ended.status_code == 200
        assert "54,321" not in ended.text
        assert say("page.session_ended", "zh") in ended.text
        assert 'minsheng_token=""' in ended.headers["set-cookie"] or "minsheng_token=;" in ended.headers["set-cookie"]


def test_signing_out_takes_the_cookie_away(client: Client) -> None:
    client.cookies.set(COOKIE, CHECKER)
    try:
        answer = client.post("/session/end", follow_redirects=False)
        assert answer.status_code == 303
        assert "Max-Age=0" in answer.headers["set-cookie"]
    finally:
        client.cookies.clear()


@pytest.mark.parametrize("token", ["", "nobody", "ms_aaaa_" + "x" * 43, "值", "a\r\nSet-Cookie: b=c", "x" * 5000])
def test_a_token_that_stands_for_nobody_signs_nobody_in(client: Client, token: str) -> None:
    answer = client.post("/session", data={"token": token}, follow_redirects=False)
    assert answer.status_code in (401, 413)
    assert "set-cookie" not in answer.headers
    assert Read(answer.text).faults == []


@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/session", "/session/end"])
def test_a_form_of_another_site_is_refused(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = client.post(path, data={"token": READER}, headers=headers, follow_redirects=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


# ---- hostile words


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "</style><b>", "{{ 7*7 }}", "'&amp;"]
)
def test_a_hostile_name_is_only_text(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tree.csv"
    rows = {"code": ["1", "11", "12"], "name": ["R", name, "B"], "parent": [None, "1", "1"]}
    pl.DataFrame(rows).write_csv(path)
    feed = MemoryFeed()
    feed.accept(
        [
            fact(code, year, "legal_aid_visits", "5", note=name, source=name)
            for code in ("11", "12")
            for year in ("2016", "2017")
        ],
        public=True,
    )
    with reading(feed, ms.DivisionTree.from_csv(path)) as client:
        for asked in (
            "/",
            "/?division=11",
            "/figures/legal_aid_given/11/2017",
            f"/catalogue?q={name}",
            f"/?domain={name}",
        ):
            answer = client.get(asked)
            read = Read(answer.text)
            assert read.faults == []
            assert not {"script", "img", "b"} & set(read.tags)
        assert name in Read(client.get("/?division=11").text).text


# ---- language, search, refusals


def test_the_language_is_that_of_the_address_then_of_the_browser_then_chinese(client: Client) -> None:
    def lang(path: str, accepted: str | None = None) -> str:
        headers = {"Accept-Language": accepted} if accepted else {"Accept-Language": ""}
        answer = client.get(path, headers=headers)
        (found,) = [given["lang"] for given in Read(answer.text).all("html")]
        assert answer.headers["content-language"] == found
        assert "Accept-Language" in answer.headers["vary"]
        return str(found)

    assert lang("/catalogue") == "zh-CN"
    assert lang("/catalogue", "en-GB,en;q=0.8") == "en"
    assert lang("/catalogue?lang=zh", "en-GB") == "zh-CN"
    assert lang("/catalogue?lang=xx", "fr") == "zh-CN"
    other = [
        given["href"] for given in Read(client.get("/catalogue?q=筛查").text).all("a") if given.get("hreflang") == "en"
    ]
    assert [unquote(one) for one in other] == ["?q=筛查&lang=en"]
    english = Read(client.get("/catalogue?lang=en").text)
    assert all("lang=en" in one for one in english.links("/catalogue") if one.startswith("/catalogue/"))


def test_the_catalogue_is_searched_in_both_languages(client: Client) -> None:
    assert "新生儿遗传代谢性疾病筛查率" in client.get("/catalogue?q=新生儿筛查").text
    assert "/catalogue/newborn_screening_rate" in client.get("/catalogue?q=newborn screening&lang=en").text
    listed = Read(client.get("/catalogue").text)
    assert len({one.code for one in ms.catalogue().indicators}) == sum(
        one.startswith("/catalogue/") for one in listed.links("/catalogue")
    )


def test_templates_say_only_what_has_words_and_all_of_it(repository: Path) -> None:
    folder = repository / "services/indicators/minsheng_indicators/public"
    words = (repository / "libminsheng/messages/page.toml").read_text("utf-8")
    known = set(re.findall(r"^\[(\w+)\]", words, re.MULTILINE))
    text = "".join(path.read_text("utf-8") for path in (folder / "templates").glob("*.html"))
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    used = set(re.findall(r"""\bt\(["'](\w+)["'][,)]""", text)) | set(re.findall(r'"page\.(\w+)"', code))
    composed = {"nav_home", "nav_findings"} | {one for one in known if one.startswith(("receipt_", "pace_"))}
    assert used <= known
    assert known <= used | composed
