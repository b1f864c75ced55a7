"""What is sent again, how often, and after how long; and what never is."""

from __future__ import annotations

import datetime
from email.utils import format_datetime

import httpx
import pytest

import libminsheng as ms
from libminsheng.client.ask import Ask
from libminsheng.client.patience import Patience, retry_after
from libminsheng.client.submission import Submission
from tests.client.wires import problem, scripted

PACKS = (200, {"Content-Type": "application/json"}, {"items": [], "total": 0, "next": None})
DRAFT = {"id": "s1", "division": "340102", "period": "2017", "state": "draft", "version": 3, "rows": 2}
ROWS = {"division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [5]}


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_what_passes_is_asked_again(status: int) -> None:
    client, script, pauses = scripted(problem(status), problem(status), PACKS)
    client.catalogue()
    assert [request.url.path for request in script.asked] == ["/v1/packs"] * 3
    assert len(pauses) == 2
    assert 0 <= pauses[0] <= 0.5
    assert 0 <= pauses[1] <= 1.0


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")]
)
def test_a_service_that_is_away_is_asked_again_and_named_in_the_end(error: Exception) -> None:
    client, script, _ = scripted(error, PACKS)
    client.catalogue()
    assert len(script.asked) == 2
    client, script, _ = scripted(*[error] * 4)
    with pytest.raises(ms.ServiceError, match=r"service\.example") as refusal:
        client.catalogue()
    assert len(script.asked) == 4
    assert (refusal.value.status, refusal.value.retry) == (None, True)


def test_what_cannot_be_mended_by_asking_again_is_asked_once() -> None:
    for status in (400, 401, 403, 404, 413, 422, 500):
        client, script, pauses = scripted(problem(status))
        with pytest.raises(ms.MinshengError):
            client.catalogue()
        assert (len(script.asked), pauses) == (1, [])


def test_retry_after_is_kept_to_in_seconds_and_as_a_date() -> None:
    client, _, pauses = scripted(problem(503, **{"Retry-After": "3"}), PACKS)
    client.catalogue()
    assert 3.0 <= pauses[0] <= 3.5
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=8)
    client, _, pauses = scripted(problem(429, **{"Retry-After": format_datetime(soon, usegmt=True)}), PACKS)
    client.catalogue()
    assert 5.0 <= pauses[0] <= 8.5


def test_a_wait_that_is_too_long_is_left_to_the_caller() -> None:
    client, script, pauses = scripted(problem(503, retry=True, **{"Retry-After": "3600"}))
    with pytest.raises(ms.ServiceError) as refusal:
        client.catalogue()
    assert (len(script.asked), pauses) == (1, [])
    assert (refusal.value.retry, refusal.value.retry_after) == (True, 3600.0)


def test_tries_are_as_many_as_were_asked_for() -> None:
    client, script, _ = scripted(problem(503), tries=1)
    with pytest.raises(ms.ServiceError):
        client.catalogue()
    assert len(script.asked) == 1


def test_a_draft_is_sent_again_by_one_key_and_an_act_never(facts: ms.Facts) -> None:
    client, script, _ = scripted(httpx.ReadTimeout("slow"), problem(503), (201, {}, DRAFT))
    made = client.submit(facts, division="340102", period="2017")
    keys = {request.headers["Idempotency-Key"] for request in script.asked}
    assert (len(script.asked), len(keys), made.version) == (3, 1, 3)
    for trouble in (httpx.ReadTimeout("slow"), problem(503)):
        client, script, _ = scripted(trouble)
        with pytest.raises(ms.ServiceError):
            client.act(made, "accept")
        assert len(script.asked) == 1
        assert script.asked[0].headers["If-Match"] == '"3"'


def test_a_trial_and_a_question_with_facts_change_nothing_and_are_sent_again(facts: ms.Facts) -> None:
    planned = {"division": "340102", "period": "2017", "rows": 2, "divisions": [], "measures": [], "findings": []}
    client, script, _ = scripted(problem(503), (200, {}, planned))
    plan = client.submit(facts, division="340102", period="2017", dry_run=True)
    assert (plan.id, plan.rows, len(script.asked)) == (None, 2, 2)
    assert "Idempotency-Key" not in script.asked[0].headers
    with pytest.raises(ms.EvaluationError, match="dry_run"):
        client.act(plan, "submit")
    client, script, _ = scripted(problem(429), (200, {}, {"findings": [], "notes": []}))
    assert len(client.check(facts)) == 0
    assert len(script.asked) == 2


def test_an_act_that_is_none_is_refused_here() -> None:
    client, script, _ = scripted()
    with pytest.raises(ms.EvaluationError, match="publish"):
        client.act(Submission.of(DRAFT), "publsh")  # type: ignore[arg-type]  # misspelt
    assert script.asked == []


def test_waits_grow_and_are_drawn_by_lot() -> None:
    patience = Patience(tries=9, first=1.0, longest=5.0)
    asked = Ask("GET", "/v1/packs")
    drawn = [patience.pause(asked, tried, None, lambda: 1.0) for tried in range(1, 9)]
    assert drawn == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0]
    assert patience.pause(asked, 1, None, lambda: 0.0) == 0.0
    assert patience.pause(asked, 9, None) is None


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "99999999999999999999x"])
def test_a_retry_after_that_is_none_says_nothing(text: str) -> None:
    assert retry_after(text) is None
