"""A receipt can be verified: the answer is the same, or it is said what differs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import libminsheng as ms
from tests.services.indicators.copied import EVERY, NO_FIGURES, YAOHAI, fact, feed_of, rows_of, serving, told

YAOHAI_FACTS = Path(__file__).parents[3] / "examples/yaohai-2017/facts.csv"
PATHS = (
    "/v1/figures/compare?indicator=newborn_screening_rate&against=previous&division=340102",
    "/v1/rankings?indicator=newborn_screening_rate&period=2017&level=county",
    "/v1/scores?scheme=self_evaluation&division=340102",
    "/v1/rankings?indicator=newborn_screening_rate&period=2017&level=county&better=lower&ties=printed&reporter=340102001",
    "/v1/figures/explain?indicator=newborn_screening_rate&period=2017&division=340102&reporter=340102001",
    "/v1/monitor?period=2017&division=340102",
    "/v1/figures?indicator=newborn_screening_rate&edition=2013&division=340102&limit=1",
    "/v1/figures?level=county&from=2017&to=2017&parents=own",
)


SMALL = """
[[scheme]]
code = "small"
name = { zh = "小方案", en = "Small" }
total = 100
domain = "governance"
groups = [{ code = "done", name = { zh = "完成", en = "Done" }, weight = 100 }]
items = [
    { indicator = "task_completion_rate", group = "done", weight = 60, method = "threshold", target = 90 },
    { indicator = "task_completion_rate", code = "again", group = "done", weight = 40, method = "threshold", target = 90 },
]
grades = [
    { code = "good", name = { zh = "优", en = "Good" }, least = 90 },
    { code = "poor", name = { zh = "差", en = "Poor" }, least = 0 },
]

[[light]]
code = "calm"
name = { zh = "平", en = "Calm" }
compares = "pace"
steps = [{ light = "red", below = 60 }, { light = "green" }]

[[watch]]
measure = "task_done"
light = "calm"
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    facts = rows_of(YAOHAI_FACTS)
    with serving(feed_of(facts[:5], public=facts)) as (client, _):
        yield client


def verify(client: Any, receipt: Any, question: Any, token: str | None = None, **more: Any) -> Any:
    answer = client.post(
        "/v1/receipts/verify", json={"receipt": receipt, "question": question, **more}, headers=told(token)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("token", [EVERY, YAOHAI, None], ids=["every", "yaohai", "nobody"])
@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_found_again(client: Any, path: str, token: str | None) -> None:
    receipt = client.get(path, headers=told(token)).json()["receipt"]
    found = verify(client, receipt, path, token)
    assert (found["equal"], found["differs"], found["found"]) == (True, [], receipt)
    assert found["revision"] == 2
    assert verify(client, client.get(path, headers=told(token)).json(), path, token)["equal"], "of a whole answer"


def test_a_question_may_be_an_object_or_a_query(client: Any) -> None:
    path = PATHS[0]
    receipt = client.get(path).json()["receipt"]
    query = path.partition("?")[2]
    asked = {"indicator": ["newborn_screening_rate"], "against": "previous", "division": "340102", "by": None}
    assert verify(client, receipt, query, of="figures/compare")["equal"]
    assert verify(client, receipt, asked, of="figures/compare")["equal"]
    assert verify(client, receipt, f"https://office.example{path}&format=csv&limit=3")["equal"]


def test_what_differs_is_named(client: Any) -> None:
    path = PATHS[1]
    receipt = client.get(path).json()["receipt"]
    options = verify(client, receipt, f"{path}&division=340102")
    assert (options["equal"], [one["part"] for one in options["differs"]]) == (False, ["options"])
    other = verify(
        client, receipt, path.replace("newborn_screening_rate", "fee_exemption_per_pupil") + "&better=higher", YAOHAI
    )
    assert {"facts", "definitions", "options"} <= {one["part"] for one in other["differs"]}
    changed = ms.Receipt(receipt["facts"], "0" * 64, receipt["options"], receipt["tree"], "0.0.1").as_dict()
    found = verify(client, changed, path)
    assert found["differs"] == [
        {"part": "definitions", "given": "0" * 64, "found": receipt["definitions"]},
        {"part": "version", "given": "0.0.1", "found": receipt["version"]},
    ]
    older = verify(client, {**receipt, "version": "0.0.1"}, path)
    assert (older["equal"], [one["part"] for one in older["differs"]]) == (True, ["version"])


def test_how_divisions_are_ranked_is_a_part_of_the_question(client: Any) -> None:
    path = PATHS[1]
    receipt = client.get(path).json()["receipt"]
    for other in ("&better=lower", "&better=target&target=90", "&ties=printed", "&reporter=340102"):
        found = verify(client, receipt, path + other)
        assert (found["equal"], [one["part"] for one in found["differs"]]) == (False, ["options"])


@pytest.mark.parametrize(
    ("path", "was", "now"),
    [
        ("/v1/scores?scheme=small", "least = 90", "least = 95"),
        ("/v1/scores?scheme=small", "weight = 60", "weight = 61"),
        ("/v1/monitor?period=2017-12&watch=task_done", "below = 60", "below = 70"),
    ],
)
def test_weights_and_thresholds_are_a_part_of_the_definitions(tmp_path: Path, path: str, was: str, now: str) -> None:
    facts = [
        fact("340102", "2017-12", "task_done", "80"),
        fact("340102", "2017", "task_done", "100", scenario="target"),
    ]
    written = tmp_path / "small.toml"

    def ask(text: str, receipt: Any = None) -> Any:
        written.write_text(text, "utf-8")
        with serving(feed_of(public=facts), catalogue=ms.catalogue([written])) as (client, _):
            return client.get(path).json()["receipt"] if receipt is None else verify(client, receipt, path)

    receipt = ask(SMALL)
    assert ask(SMALL, receipt)["equal"]
    assert ask(SMALL.replace("小方案", "小的方案"), receipt)["equal"], "its name changes no score"
    assert was in SMALL
    text = SMALL.replace(was, now).replace("weight = 40", "weight = 39" if "weight" in was else "weight = 40")
    found = ask(text, receipt)
    assert (found["equal"], [one["part"] for one in found["differs"]]) == (False, ["definitions"])


def test_a_figure_of_before_is_verified_as_of_its_revision() -> None:
    first = [fact("340102", "2017", "newborns_screened", "99"), fact("340102", "2017", "live_births", "110")]
    feed = feed_of(public=first)
    path = "/v1/scores?scheme=self_evaluation&division=340102"
    asked = "/v1/figures/compare?indicator=newborn_screening_rate&division=340102"
    with serving(feed) as (client, holdings):
        answer = client.get(asked).json()
        feed.accept([fact("340102", "2017", "newborns_screened", "100")], public=True)
        assert holdings.copy is not None
        assert holdings.copy.wait_for(feed.revision, 10)
        now = verify(client, answer["receipt"], asked)
        assert [one["part"] for one in now["differs"]] == ["facts"]
        then = verify(client, answer["receipt"], f"{asked}&as_of={answer['revision']}")
        assert (then["equal"], then["revision"]) == (True, answer["revision"])
        assert client.get(path).status_code == 200


def test_what_is_not_seen_is_no_part_of_the_facts_found(client: Any) -> None:
    facts = [fact("340102", "2017", "live_births", "9"), fact("340103", "2017", "live_births", "5")]
    path = "/v1/rankings?indicator=newborns_unscreened&period=2017&level=county"
    with serving(feed_of(facts)) as (hidden, _):
        receipt = hidden.get(path, headers=told(EVERY)).json()["receipt"]
        found = verify(hidden, receipt, path, YAOHAI)
        assert "facts" in {one["part"] for one in found["differs"]}
        again = verify(hidden, hidden.get(path, headers=told(YAOHAI)).json()["receipt"], path, YAOHAI)
        assert again["equal"]


def test_facts_of_the_caller_s_own_are_enough(client_with: Any) -> None:
    alone = client_with()
    path = "/v1/calculations?indicator=newborn_screening_rate&division=340102"
    body, kind = YAOHAI_FACTS.read_bytes(), {"Content-Type": "text/csv"}
    receipt = alone.post(path, content=body, headers=kind).json()["receipt"]
    parts = [
        ("facts", ("facts.csv", body, "text/csv")),
        ("receipt", ("receipt.json", json.dumps(receipt).encode(), "application/json")),
        ("question", (None, path)),
    ]
    found = alone.post("/v1/receipts/verify", files=parts).json()
    assert (found["equal"], found["differs"], found["revision"]) == (True, [], None)
    less = body.rpartition(b"\n340102")[0] + b"\n"
    parts[0] = ("facts", ("facts.csv", less, "text/csv"))
    assert [one["part"] for one in alone.post("/v1/receipts/verify", files=parts).json()["differs"]] == ["facts"]


def test_an_answer_of_the_copy_is_verified_by_whoever_has_the_facts(client: Any, client_with: Any) -> None:
    answer = client.get(PATHS[0]).json()
    rows = [{name: cell for name, cell in row.items() if cell} for row in rows_of(YAOHAI_FACTS)]
    found = verify(client_with(), answer["receipt"], PATHS[0], facts=rows)
    assert found["equal"], found["differs"]


def test_facts_in_the_body_need_what_a_calculation_needs(client: Any) -> None:
    receipt = client.get(PATHS[0]).json()["receipt"]
    facts = [{"division": "340102", "period": "2017", "measure": "live_births", "value": "9"}]
    body = {"receipt": receipt, "question": PATHS[0], "facts": facts}
    for token, status in ((None, 401), (YAOHAI, 403), (EVERY, 200)):
        assert client.post("/v1/receipts/verify", json=body, headers=told(token)).status_code == status
    del body["facts"]
    assert client.post("/v1/receipts/verify", json=body, headers=told(NO_FIGURES)).status_code == 403


def test_what_can_only_be_facts_is_not_unpacked_for_nobody() -> None:
    with serving(feed_of(), most_definitions=100) as (client, _):
        body = {"receipt": {}, "question": "x" * 200}
        assert client.post("/v1/receipts/verify", json=body).status_code == 401
        assert client.post("/v1/receipts/verify", json=body, headers=told(EVERY)).status_code == 422


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"receipt": None}, ["service.receipt_shape"]),
        ({"definitions": {"pack": {"id": "mine", "title": {"zh": "我"}}}}, ["service.no_facts"]),
        ({"receipt": {"facts": "x"}}, ["engine.receipt_part"] * 3),
        ({"question": None}, ["service.question_shape"]),
        ({"question": "/v1/packs?limit=3"}, ["service.question_of"]),
        ({"question": {"indicator": {"a": 1}}}, ["service.question_shape"]),
        ({"question": "indicator=newborn_screening_rate&colour=red&level=a&level=b"},
         ["service.unknown_parameter", "service.parameter_twice"]),
        ({"question": "indicator"}, ["service.question_shape"]),
        ({"question": "http://[x"}, ["service.question_shape"]),
        ({"question": "indicator=newborn_screening_rat"}, ["definitions.unknown_indicator"]),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_is_refused(client: Any, change: dict[str, Any], codes: list[str]) -> None:
    body = {"receipt": client.get(PATHS[0]).json()["receipt"], "question": PATHS[0], **change}
    answer = client.post("/v1/receipts/verify", json=body)
    assert answer.status_code == 422, answer.text
    assert [one["code"] for one in answer.json()["faults"]] == codes


def test_a_receipt_that_was_changed_is_refused(client: Any) -> None:
    receipt = client.get(PATHS[0]).json()["receipt"]
    answer = client.post("/v1/receipts/verify", json={"receipt": {**receipt, "facts": "0"}, "question": PATHS[0]})
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "engine.receipt_digest")


def test_of_whoever_may_not_calculate_no_more_is_taken_than_a_receipt(client: Any) -> None:
    app = client.app
    most = app.state.holdings.settings.most_definitions
    taken: list[int] = []
    statuses: list[int] = []

    async def receive() -> Any:
        taken.append(1)
        return {"type": "http.request", "body": b" " * (most // 4), "more_body": len(taken) < 100}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/v1/receipts/verify",
        "raw_path": b"/v1/receipts/verify", "root_path": "", "query_string": b"", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "headers": [(b"content-type", b"application/json")], "extensions": {},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert (statuses[0], len(taken)) == (401, 5)


def test_who_waits_too_long_for_figures_is_told_to_come_again(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    holdings = client.app.state.holdings
    monkeypatch.setattr(holdings, "working", asyncio.Semaphore(0))
    monkeypatch.setattr(holdings, "settings", holdings.settings.model_copy(update={"waiting_seconds": 0.05}))
    answer = client.get("/v1/figures?indicator=newborn_screening_rate&limit=7")
    assert (answer.status_code, answer.json()["retry"], answer.headers["Retry-After"]) == (503, True, "5")
