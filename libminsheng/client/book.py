"""Facts as a registry gives them, read as those of a file."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from libminsheng.client.problem import unreadable
from libminsheng.errors import FactsError
from libminsheng.facts import Facts, read_facts

if TYPE_CHECKING:
    import httpx

__all__ = ["read_book"]


def read_book(answer: httpx.Response, url: str) -> Facts:
    """The facts of an answer in Arrow; their file is the registry's address, their rows are those of the answer.

    Raises
    ------
    ServiceError
        If they cannot be read.
    """
    try:
        if pl.read_ipc_stream(io.BytesIO(answer.content)).is_empty():
            return read_facts([])
        with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
            path = Path(folder) / "facts.arrow"
            path.write_bytes(answer.content)
            found = read_facts(path)
    except (FactsError, pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(answer, error) from None
    return Facts(found.frame.with_columns(pl.lit(f"{url}/v1/facts").alias("file")))
