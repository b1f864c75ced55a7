"""The protocol as it is spoken: a client of the SDK, `minsheng serve --mcp` in a process, and a service in another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters, stdio_client

import libminsheng as ms
from libminsheng.cli.commands import run
from libminsheng.mcp.tools import NAMES
from tests.services.process import ROOT, START, started

FACTS = ROOT / "examples/yaohai-2017/facts.csv"
RATE = "newborn_screening_rate"


def test_an_assistant_asks_a_running_service(tmp_path: Path) -> None:
    with started("", {"MINSHENG_DATABASE_URL": f"sqlite:///{tmp_path}/minsheng.db"}) as (url, told):
        key = re.search(r"ms_\w+", told)
        assert key is not None
        other = _second_key(url, key[0])
        with ms.connect(url, token=key[0]) as clerk, ms.connect(url, token=other) as checker:
            facts = ms.read_facts(FACTS)
            plan = clerk.submit(facts, division="340102", period="2017", dry_run=True)
            remarks = {key: "照抄公报" for key, one in plan.findings.items() if one.severity == "warning"}
            sent = clerk.submit(facts, division="340102", period="2017")
            handed_in = clerk.act(sent, "submit", remarks=remarks)
            accepted = checker.act(handed_in, "accept")
            assert accepted.revision is not None
            checker.evaluate(indicators=[RATE], min_revision=accepted.revision, wait=20)
        answers = anyio.run(_conversation, url, key[0])
        assert tuple(tool.name for tool in answers[0].tools) == NAMES
        assert answers[1].structured_content["found"][0]["code"].startswith(RATE)
        figures = answers[2].structured_content["figures"]
        assert [(one["period"], one["value"]) for one in figures] == [("2017", "99.61")]
        assert "99.61 %" in answers[3].structured_content["text"]["en"]
        assert answers[4].is_error
        hidden = anyio.run(_conversation, url, "")
        assert hidden[2].structured_content["figures"] == []


def _second_key(url: str, key: str) -> str:
    told = httpx.post(
        f"{url}/v1/keys",
        headers={"Authorization": f"Bearer {key}"},
        timeout=30,
        json={"label": "checker", "scopes": ["submissions:accept", "figures:read"], "divisions": ["340102"]},
    ).raise_for_status()
    return str(told.json()["token"])


async def _conversation(url: str, token: str) -> list[Any]:
    paths = os.pathsep.join((str(ROOT), *(str(ROOT / "services" / name) for name in ("http", "indicators"))))
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", START, "serve", "--mcp", "--url", url],
        env=dict(os.environ) | {"MINSHENG_TOKEN": token, "PYTHONPATH": paths, "PYTHONUTF8": "1"},
    )
    asked: Any = {"indicators": [RATE], "divisions": ["340102"], "start": "2017"}
    async with Client(stdio_client(server)) as assistant:
        return [
            await assistant.list_tools(),
            await assistant.call_tool("search_catalogue", {"words": "新生儿遗传代谢性疾病筛查率"}),
            await assistant.call_tool("figures", asked),
            await assistant.call_tool("explain", {"indicator": RATE, "division": "瑶海区", "period": "2017"}),
            await assistant.call_tool("show_indicator", {"indicator": "xyzzy"}),
        ]


def test_it_ends_when_nobody_listens_any_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, "serve", "--mcp", "--url", "http://127.0.0.1:9"],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--mcp", "--port", "1"], "cli.mcp_listens"),
        (["--url", "http://127.0.0.1:1"], "cli.url_of_mcp"),
        (["--mcp", "registry"], "cli.serve_options"),
        (["--mcp", "--url", "nowhere"], "client.address"),
    ],
)
def test_options_that_do_not_fit_are_refused(words: list[str], code: str) -> None:
    with pytest.raises(ms.EvaluationError) as refusal:
        run(["serve", *words])
    assert refusal.value.faults[0].code == code
