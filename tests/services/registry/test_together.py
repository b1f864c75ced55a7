"""Rows that many ask for at once, on one connection: each gets their own, whoever goes away, whatever is lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest

from minsheng_registry.storage.together import Row, Together
from tests.services.registry.conftest import address_of

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("postgres")]

STATEMENT = "SELECT asked, asked || array_to_string($2, '') FROM unnest($1) AS asked WHERE asked <> 'none'"
SLOW = f"{STATEMENT} AND (asked <> 'slow' OR pg_sleep(0.4) IS NOT NULL)"


@contextlib.asynccontextmanager
async def together(server: str, statement: str = STATEMENT, seconds: float = 5) -> AsyncIterator[Together]:
    made = Together(address_of(server, "postgres"), statement, seconds=seconds)
    try:
        yield made
    finally:
        await made.close()


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await work()

    asyncio.run(bounded())


def cut(server: str) -> int:
    """End the connections that look rows up."""
    with psycopg.connect(address_of(server, "postgres"), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%unnest($1)%' AND pid <> pg_backend_pid()"
        )
        return len(ended.fetchall())


def test_each_gets_their_own_row(server: str) -> None:
    async def work() -> None:
        async with together(server) as asked:
            dice = random.Random(7)
            keys = [dice.choice(["none", "民生", "'; --", "\\", '"', *map(str, range(1_200))]) for _ in range(3_000)]
            commons = [dice.choice([(), ("A",), ("A", "乙"), ("{,}",)]) for _ in keys]
            found = await asyncio.gather(*(asked.row(*one) for one in zip(keys, commons, strict=True)))
            expected: list[Row | None] = [
                None if key == "none" else ((key + "".join(common)).encode(),)
                for key, common in zip(keys, commons, strict=True)
            ]
            assert found == expected

    run(work)


def test_what_is_too_much_for_one_message_is_sent_in_parts(server: str) -> None:
    async def work() -> None:
        async with together(server) as asked:
            keys = [f"{number}-{'长' * 50_000}" for number in range(100)]
            found = await asyncio.gather(*(asked.row(key, ()) for key in keys))
            assert [one[0].decode() for one in found if one] == keys

    run(work)


def test_who_goes_away_is_not_missed(server: str) -> None:
    async def work() -> None:
        async with together(server, SLOW) as asked:
            tasks = [asyncio.create_task(asked.row(key, ())) for key in ("slow", "slow", "a", "a", "b")]
            await asyncio.sleep(0.2)
            for one in (0, 2):
                tasks[one].cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            assert [type(found[one]) for one in (0, 2)] == [asyncio.CancelledError] * 2
            assert [found[one] for one in (1, 3, 4)] == [(b"slow",), (b"a",), (b"b",)]

    run(work)


@pytest.mark.parametrize("waiting", [False, True])
def test_a_connection_that_ended_is_made_anew(server: str, waiting: bool) -> None:
    async def work() -> None:
        async with together(server, SLOW) as asked:
            assert await asked.row("a", ()) == (b"a",)
            tasks = []
            if waiting:
                tasks = [asyncio.create_task(asked.row(key, ())) for key in ("slow", "b", "c")]
                await asyncio.sleep(0.1)
            assert await asyncio.to_thread(cut, server) == 1
            assert await asyncio.gather(asked.row("d", ()), *tasks) == [
                (b"d",),
                *[(b"slow",), (b"b",), (b"c",)][: len(tasks)],
            ]

    run(work)


def test_nobody_waits_for_ever(server: str) -> None:
    async def work() -> None:
        async with together(server, SLOW, seconds=0.2) as asked:
            assert await asked.row("a", ()) == (b"a",)
            slow = asyncio.create_task(asked.row("slow", ()))
            await asyncio.sleep(0.05)
            after = asyncio.create_task(asked.row("b", ()))
            with pytest.raises(TimeoutError):
                await slow
            assert await after == (b"b",)

    run(work)


def test_what_cannot_be_asked_is_told_to_all(server: str) -> None:
    async def work() -> None:
        async with together(server, "SELECT nothing FROM nowhere WHERE $1 = $2") as asked:
            found = await asyncio.gather(*(asked.row(key, ()) for key in "ab"), return_exceptions=True)
            assert {type(one) for one in found} == {psycopg.errors.UndefinedTable}
        async with together(server, "SELECT asked, 1 / length(asked) FROM unnest($1) AS asked WHERE $2 <> $1") as asked:
            with pytest.raises(psycopg.errors.DivisionByZero):
                await asked.row("", ("b",))
            assert await asked.row("a", ("b",)) == (b"\0\0\0\1",)

    run(work)


def test_nobody_answers() -> None:
    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            asked = Together(f"postgresql://a@127.0.0.1:{port}/b", STATEMENT, seconds=0.2)
            with pytest.raises(TimeoutError):
                await asked.row("a", ())
        with pytest.raises(psycopg.OperationalError):
            await asked.row("a", ())
        await asked.close()

    run(work)


def test_who_waits_at_the_end_is_told(server: str) -> None:
    async def work() -> None:
        found: list[Any] = []
        async with together(server, SLOW) as asked:
            await asked.row("a", ())
            tasks = [asyncio.create_task(asked.row(key, ())) for key in ("slow", "b")]
            await asyncio.sleep(0.1)
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in found} == {psycopg.OperationalError}

    run(work)
