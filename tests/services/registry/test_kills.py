"""kill -9 in the middle of writes: ``python -m bench.kills`` does it fifty times."""

from __future__ import annotations

from bench.kills import kills


def test_what_was_acknowledged_outlives_kill_9(url: str) -> None:
    said, changes = kills(url, 5)
    assert said >= 5
    assert changes >= 5
