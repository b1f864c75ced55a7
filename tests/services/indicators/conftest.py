"""The application under test, and facts to ask it about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from minsheng_indicators import Settings, create_app
from tests.services.indicators.by_hand import Hand, Office, office

Client = TestClient[Litestar]


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    """The service as it is when nothing is configured."""
    with TestClient(create_app(Settings())) as client:
        yield client


@pytest.fixture
def client_with() -> Iterator[Callable[..., Client]]:
    """Makes the service with other settings."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Client:
            return stack.enter_context(TestClient(create_app(Settings(**settings))))

        yield make


@pytest.fixture(scope="session")
def yaohai(repository: Path) -> Path:
    """The facts of Yaohai District, 2017."""
    return repository / "examples/yaohai-2017/facts.csv"


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Both services with the definitions of by_hand.toml."""
    with office(tmp_path_factory.mktemp("by-hand")) as known:
        yield known


@pytest.fixture
def hand(by_hand: Office) -> Hand:
    """One test's facts and questions."""
    return Hand(by_hand)
