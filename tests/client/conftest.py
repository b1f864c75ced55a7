"""Facts to send, and a service to send them to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

import libminsheng as ms
from minsheng_indicators import Settings, create_app
from tests.services.indicators.copied import LIFTED


@pytest.fixture(scope="session")
def facts(repository: Path) -> ms.Facts:
    """The facts of Yaohai District, 2017."""
    return ms.read_facts(repository / "examples/yaohai-2017/facts.csv")


@pytest.fixture(scope="session")
def alone() -> Iterator[TestClient[Litestar]]:
    """The indicators service without a registry."""
    with TestClient(create_app(Settings(**LIFTED))) as client:
        yield client
