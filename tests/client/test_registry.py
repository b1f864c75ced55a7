"""A registry over the client: facts in as drafts, step by step to public, and out again as facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from litestar.testing import TestClient

import libminsheng as ms
from minsheng_registry.app import create_app
from minsheng_registry.settings import Settings
from tests.client.wires import talking
from tests.services.registry.api import Api


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with TestClient(create_app(Settings(database_url=f"sqlite:///{tmp_path}/minsheng.db"))) as client:
        yield Api(client)


def test_facts_go_in_and_come_out_as_they_were(api: Api, facts: ms.Facts) -> None:
    with (
        talking(api.client, api.tokens["admin"]) as (clerk, _),
        talking(api.client, api.tokens["checker"]) as (other, _),
    ):
        assert len(clerk.facts()) == 0
        plan = clerk.submit(facts, division="瑶海区", period="2017", dry_run=True)
        warnings = {key: one for key, one in plan.findings.items() if one.severity == "warning"}
        assert {one.code for one in warnings.values()} == {"swapped_values", "implausible_ratio"}
        assert (plan.id, plan.division, plan.rows) == (None, "340102", 39)
        sent = clerk.submit(facts, division="340102", period="2017")
        assert (sent.state, sent.version, sent.revision) == ("draft", 1, None)
        with pytest.raises(ms.MinshengError) as refusal:
            clerk.act(sent, "submit")
        assert all(key in refusal.value.text("zh") for key in warnings)
        handed_in = clerk.act(sent, "submit", remarks=dict.fromkeys(warnings, "照抄公报"))
        assert handed_in.state == "submitted"
        with pytest.raises(ms.ServiceError) as stale:
            other.act(sent, "accept")
        assert stale.value.status == 412
        public = other.act(other.act(handed_in, "accept"), "publish")
        assert (public.state, public.public) == ("accepted", True)
        found = clerk.facts()
        assert set(found.frame["file"]) == {"http://service.example/v1/facts"}
        for one in (found, clerk.facts("340102", public=True), clerk.facts(as_of=public.revision)):
            assert ms.evaluate(one).receipt.facts == ms.evaluate(facts).receipt.facts
        assert len(clerk.facts(as_of=0)) == 0
        births = clerk.facts(["340100"], measures=["活产数", "newborns_screened"], start="2017", end="2017-12")
        assert set(births.frame["measure"]) == {"live_births", "newborns_screened"}
        assert len(clerk.facts("340100", subtree=False)) == 0
        withdrawn = other.act(public, "unpublish", reason="复核")
        assert len(clerk.facts(public=True)) == 0
        assert not withdrawn.public


def test_a_frame_goes_in_too_and_what_is_wrong_is_told(api: Api, tmp_path: Path) -> None:
    rows = pl.DataFrame({"division": "340102", "period": "2017", "measure": ["live_births"] * 2, "value": [3, 4]})
    with talking(api.client, api.tokens["admin"]) as (clerk, asked):
        assert clerk.submit(rows, division="340102", period="2017").rows == 1
        with pytest.raises(ms.FactsError, match="live_births"):
            clerk.submit(rows.with_columns(measure=pl.lit("live_birth")), division="340102", period="2017")
        assert len(asked) == 1
        with pytest.raises(ms.ServiceError, match="/v1/packs"):
            clerk.evaluate(rows)
        elsewhere = ms.Facts(ms.read_facts(_file(tmp_path)).frame)
        with pytest.raises(ms.MinshengError, match="340103"):
            clerk.submit(elsewhere, division="340102", period="2017")


def _file(folder: Path) -> Path:
    path = folder / "facts.csv"
    path.write_text("division,period,measure,value\n340103,2017,live_births,3\n", "utf-8")
    return path


def test_whoever_may_not_is_refused_as_the_registry_says(api: Api, facts: ms.Facts) -> None:
    with talking(api.client, api.tokens["reader"]) as (reader, _), talking(api.client) as (nobody, _):
        for client, status in ((reader, 403), (nobody, 401)):
            with pytest.raises(ms.ServiceError) as refusal:
                client.submit(facts, division="340102", period="2017")
            assert refusal.value.status == status
        with pytest.raises(ms.ServiceError) as refusal:
            nobody.facts()
        assert refusal.value.status == 401


def test_a_question_that_cannot_be_answered_is_told_whole(api: Api) -> None:
    with talking(api.client, api.tokens["admin"]) as (client, _), pytest.raises(ms.MinshengError) as refusal:
        client.facts(measures=["live_birth"], start="2017-13")
    told: Any = refusal.value.text("en")
    assert "live_births" in told
    assert "2017-13" in told
