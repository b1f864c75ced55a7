"""Tables on their way out: what is cut off does not look whole, and what was held for a client is given back."""

from __future__ import annotations

import asyncio
import http.client
import io
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import polars as pl
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, get
from litestar.response import Stream

from minsheng_http.tables.passed import Passing, Stalled, told
from minsheng_http.tables.written import Schema, defused, written

SCHEMA: Schema = {"note": pl.String, "number": pl.Int64, "value": pl.Decimal(38, 2)}


def frames(count: int, fails: bool = False) -> Iterator[pl.DataFrame]:
    for number in range(count):
        column = pl.Series([f"{number}.25"] * 20_000).cast(pl.Decimal(38, 2))
        yield pl.DataFrame({"note": ["平"] * 20_000, "number": [number] * 20_000, "value": column})
    if fails:
        raise RuntimeError("the database has gone")


class Source:
    """Parts that say when they were let go."""

    def __init__(self, count: int, fails: bool = False, form: str = "arrow") -> None:
        self.closed = threading.Event()
        self.count, self.fails, self.form = count, fails, form

    def parts(self) -> Generator[bytes, None, None]:
        try:
            yield from written(self.form, frames(self.count, self.fails), SCHEMA)
        finally:
            self.closed.set()


@contextmanager
def served(source: Source, patience: float = 60) -> Iterator[int]:
    """An answer over a real socket."""

    @get("/")
    async def answer() -> Stream:
        return await told(source.form, source.parts(), "facts", patience=patience)

    app = Litestar([answer], openapi_config=None, logging_config=None)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.mark.parametrize("form", ["arrow", "parquet", "csv"])
def test_a_whole_answer_is_read_whole(form: str) -> None:
    source = Source(5, form=form)
    with served(source) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        answer = connection.getresponse()
        content = io.BytesIO(answer.read())
        assert answer.headers["Content-Disposition"] == f'attachment; filename="facts.{form}"'
        connection.close()
    read = {"arrow": pl.read_ipc_stream, "parquet": pl.read_parquet, "csv": pl.read_csv}[form]
    frame = read(content)
    assert frame.shape == (100_000, 3)
    assert frame["number"].unique().sort().to_list() == list(range(5))
    assert source.closed.wait(5)


@pytest.mark.parametrize("form", ["arrow", "csv"])
def test_an_answer_that_fails_in_the_middle_is_cut_off(form: str) -> None:
    source = Source(5, fails=True, form=form)
    with served(source) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        answer = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead) as cut:
            answer.read()
        connection.close()
    if form == "arrow":
        assert not cut.value.partial.endswith(b"\xff\xff\xff\xff\0\0\0\0"), "the mark of a stream's end"
    assert source.closed.wait(5)


def test_parquet_that_fails_is_no_answer_at_all() -> None:
    with served(Source(5, fails=True, form="parquet")) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().status == 500
        connection.close()


def test_who_leaves_lets_go_of_what_was_held() -> None:
    source = Source(500)
    with served(source) as port:
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1_000)
        assert not source.closed.is_set()
        client.close()
        assert source.closed.wait(10)


def test_who_takes_nothing_does_not_hold_the_database_for_ever() -> None:
    source = Source(500)
    with served(source, patience=0.5) as port:
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.recv(1_000)
        assert source.closed.wait(10)
        client.close()


def test_a_stalled_client_that_comes_back_is_told_nothing_more() -> None:
    async def ask() -> None:
        source = Source(5)
        passing = Passing(source.parts(), patience=0.05)
        await passing.begin()
        parts = aiter(passing)
        await anext(parts)
        await asyncio.to_thread(source.closed.wait, 5)
        with pytest.raises(Stalled):
            await anext(parts)

    asyncio.run(ask())


def test_the_first_failure_comes_before_the_answer_begins() -> None:
    async def ask() -> None:
        def parts() -> Generator[bytes, None, None]:
            yield {b"": b""}[b"the first part"]

        with pytest.raises(KeyError):
            await told("csv", parts(), "facts")

    asyncio.run(ask())


def test_memory_does_not_grow_with_the_rows() -> None:
    """At most the part that is sent and the one that is made are held, however slow the client."""

    async def ask() -> int:
        made = 0

        def parts() -> Generator[bytes, None, None]:
            nonlocal made
            for _ in range(50):
                made += 1
                yield b"x"

        passing = Passing(parts())
        await passing.begin()
        most = taken = 0
        async for _ in passing:
            taken += 1
            time.sleep(0.001)  # a loop that is busy elsewhere
            most = max(most, made - taken)
        assert taken == 50
        return most

    assert asyncio.run(ask()) <= 1


@given(st.lists(st.text(max_size=5), max_size=20))
def test_no_cell_begins_as_a_formula_and_no_text_is_lost(texts: list[str]) -> None:
    cells = defused(pl.DataFrame({"note": texts}, schema={"note": pl.String}))["note"].to_list()
    for text, cell in zip(texts, cells, strict=True):
        assert cell == (f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text else text)
