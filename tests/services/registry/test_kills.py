"""kill -9 in the middle of writes: ``python -m bench.kills`` and ``bench.kills_http`` do it fifty times each."""

from __future__ import annotations

from bench import kills_http
from bench.kills import kills


def test_what_was_acknowledged_outlives_kill_9(url: str) -> None:
    said, changes = kills(url, 5)
    assert said >= 5
    assert changes >= 5


def test_what_the_service_acknowledged_outlives_kill_9(url: str) -> None:
    acknowledged, changes = kills_http.kills(url, 1)
    assert acknowledged >= 1
    assert changes >= 1
