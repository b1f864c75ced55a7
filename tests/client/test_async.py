"""The asynchronous client does what the other does."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import httpx
import pytest

import libminsheng as ms
from libminsheng.client.async_client import AsyncClient
from libminsheng.client.connection import Connection
from tests.client.sameness import same
from tests.client.wires import TOKEN, URL, Script, passed_on, problem


def test_it_has_the_same_verbs_with_the_same_parameters() -> None:
    def verbs(kind: type[Any]) -> dict[str, Any]:
        public = {name: member for name, member in vars(kind).items() if not name.startswith("_") and name != "run"}
        return {name: str(inspect.signature(member)) for name, member in public.items() if inspect.isfunction(member)}

    assert verbs(ms.AsyncClient) == verbs(ms.Client)


def test_figures_and_findings_are_the_librarys(alone: Any, facts: ms.Facts) -> None:
    async def ask() -> tuple[ms.ServedFigures, ms.Findings, ms.Explanation, ms.Catalogue]:
        transport = httpx.MockTransport(passed_on(alone, lambda _: None))
        async with ms.connect_async(URL, transport=transport) as client:
            figures, findings = await asyncio.gather(client.evaluate(facts), client.check(facts))
            told = await client.explain("newborn_screening_rate", "340102", "2017", facts=facts)
            return figures, findings, told, await client.catalogue()

    figures, findings, told, known = asyncio.run(ask())
    expected = ms.evaluate(facts)
    same(figures, expected)
    assert findings.to_dicts() == ms.check(facts).to_dicts()
    assert told.as_dict() == expected.explain("newborn_screening_rate", "340102", "2017").as_dict()
    assert known is ms.catalogue()


def test_it_waits_without_blocking_and_gives_up_as_the_other_does() -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def ask(*answers: Any) -> Script:
        script = Script(*answers)
        connection = Connection.to(URL, TOKEN, 5.0, 3)
        async with AsyncClient(connection, transport=httpx.MockTransport(script), sleep=sleep) as client:
            await client.catalogue()
        return script

    packs = (200, {}, {"items": [], "total": 0, "next": None})
    script = asyncio.run(ask(problem(503, **{"Retry-After": "2"}), httpx.ConnectError("no"), packs))
    assert len(script.asked) == 3
    assert 2.0 <= pauses[0] <= 2.5
    with pytest.raises(ms.ServiceError):
        asyncio.run(ask(*[httpx.ConnectError("no")] * 3))
