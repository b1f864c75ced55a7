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
from libminsheng.client.verbs import Verbs
from tests.client.sameness import same
from tests.client.wires import TOKEN, URL, Script, passed_on, problem
from tests.services.indicators.copied import fact, feed_of
from tests.services.indicators.registry import beside


def verbs(kind: type[Any]) -> dict[str, inspect.Signature]:
    public = {name: member for name, member in vars(kind).items() if not name.startswith("_") and name != "close"}
    return {name: inspect.signature(member) for name, member in public.items() if inspect.isfunction(member)}


def test_both_clients_have_the_same_verbs_with_the_same_parameters() -> None:
    said = verbs(Verbs)
    assert set(said) == {"catalogue", "evaluate", "explain", "check", "facts", "submit", "act"}
    for client in (ms.Client, ms.AsyncClient):
        found = {name: one for name, one in verbs(client).items() if name != "run"}
        assert {name: one.parameters for name, one in found.items()} == {
            name: one.parameters for name, one in said.items()
        }
        for name in said:
            member = getattr(client, name)
            assert inspect.iscoroutinefunction(member) is (client is ms.AsyncClient)
            assert f"Steps[{found[name].return_annotation}]" == said[name].return_annotation
            assert (member.__name__, member.__doc__) == (name, getattr(Verbs, name).__doc__)


@pytest.mark.parametrize(
    ("verb", "known", "here"),
    [
        ("evaluate", ms.evaluate, {"tree", "most", "progress"}),
        ("check", ms.check, {"tree", "catalogue", "progress"}),
        ("explain", ms.Figures.explain, set()),
    ],
)
def test_a_verb_takes_what_the_librarys_takes(verb: str, known: Any, here: set[str]) -> None:
    mine, theirs = (dict(inspect.signature(one).parameters) for one in (getattr(ms.Client, verb), known))
    assert set(theirs) - set(mine) == here, "what only makes sense where facts, divisions and time are one's own"
    for name in set(mine) & set(theirs) - {"facts"}:
        assert (mine[name].kind, mine[name].default) == (theirs[name].kind, theirs[name].default)


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


def test_a_client_that_is_closed_says_so_and_its_figures_explain_themselves_all_the_same() -> None:
    born = feed_of(public=[fact("340102", "2023", "live_births", "10")])
    with beside(born) as service:
        transport = httpx.MockTransport(passed_on(service, lambda _: None))
        asked: Any = {"indicators": ["newborn_screening_rate"], "divisions": ["340102"]}
        with ms.connect(URL, token="", transport=transport) as client:
            found = [client.evaluate(**asked)]

        async def ask() -> ms.ServedFigures:
            async with ms.connect_async(URL, token="", transport=transport) as other:
                given = await other.evaluate(**asked)
            with pytest.raises(ms.EvaluationError, match="closed"):
                await other.catalogue()
            return given

        found.append(asyncio.run(ask()))
        with pytest.raises(ms.EvaluationError, match="closed"):
            client.catalogue()
        for figures in found:
            assert figures.explain_figure(figures[0]).figure == figures[0]


class Wire(httpx.AsyncBaseTransport):
    """What carries to a service in this process, and only for who is asynchronous."""

    def __init__(self, service: Any) -> None:
        self._service = service

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return passed_on(self._service, lambda _: None)(request)


def test_what_carries_asynchronously_only_is_not_gone_round() -> None:
    async def ask(service: Any) -> ms.ServedFigures:
        async with ms.connect_async(URL, token="", transport=Wire(service)) as client:
            return await client.evaluate(indicators=["newborn_screening_rate"])

    with beside(feed_of(public=[fact("340102", "2023", "live_births", "10")])) as service:
        figures = asyncio.run(ask(service))
    with pytest.raises(ms.EvaluationError, match=r"await client\.explain"):
        figures.explain_figure(figures[0])


def test_a_client_belongs_to_one_event_loop(alone: Any) -> None:
    client = ms.connect_async(URL, transport=httpx.MockTransport(passed_on(alone, lambda _: None)))
    asyncio.run(client.catalogue())
    with pytest.raises(ms.EvaluationError, match=r"asyncio\.run"):
        asyncio.run(client.catalogue())


def test_whoever_gives_up_waiting_does_no_harm_to_the_next(alone: Any, facts: ms.Facts) -> None:
    async def ask() -> ms.ServedFigures:
        async with ms.connect_async(URL, transport=Wire(alone)) as client:
            waiting = asyncio.create_task(client.evaluate(facts))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            return await client.evaluate(facts)

    same(asyncio.run(ask()), ms.evaluate(facts))
