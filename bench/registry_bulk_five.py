"""The same as `bench.registry_bulk` with five million facts in one body, once: what a single submission may hold."""

from __future__ import annotations

from bench.registry_bulk import run as sent
from bench.yardstick import Result


def run() -> list[Result]:
    """The table."""
    return sent(millions=5, rounds=1)
