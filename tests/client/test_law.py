"""The law of the client: what it gives is what the library gives, of any facts, at any revision, for whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings

import libminsheng as ms
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.view import EVERYTHING, PUBLIC
from tests.client.sameness import same
from tests.client.wires import passed_on
from tests.services.indicators.copy.histories import History, histories, seen, told
from tests.services.indicators.registry import ALL, beside, key_of

SLOW = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@given(history=histories())
@SLOW
def test_the_answers_are_the_librarys(history: History) -> None:
    feed, known = MemoryFeed(), history.definitions
    for step in history.steps:
        step.play(feed)
    options: Any = history.question.options
    with beside(feed, catalogue=known.catalogue, tree=known.tree) as service:
        wire = httpx.MockTransport(passed_on(service, lambda _: None))
        for token, view in ((key_of(ALL), EVERYTHING), ("", PUBLIC)):
            with ms.connect("http://a.example", token=token, tree=known.tree, transport=wire, tries=1) as client:
                for revision in {feed.revision, feed.revision // 2}:
                    _asked(client, history, seen(history, feed, view, revision), revision, options)
                if token:
                    _sent(client, history, options)


def _tried(ask: Callable[[], ms.ServedFigures]) -> ms.ServedFigures | list[str]:
    """Figures, or the codes of what is wrong."""
    try:
        return ask()
    except ms.MinshengError as error:
        return [fault.code for fault in error.faults]


def _asked(client: ms.Client, history: History, facts: Any, revision: int, options: Any) -> None:
    expected = told(history, facts, reporters=options.get("reporters"))
    found = _tried(lambda: client.evaluate(indicators=history.question.indicators, as_of=revision, **options))
    if isinstance(found, list):
        assert not facts or found == expected[0]
    else:
        assert found.revision == revision
        if facts:
            same(found, expected)


def _sent(client: ms.Client, history: History, options: Any) -> None:
    panel, names = history.question.panel, history.question.indicators
    found = _tried(lambda: client.evaluate(panel.frame(), indicators=names, **options))
    expected = _tried(lambda: panel.figures(names, **options))
    if isinstance(found, list) or isinstance(expected, list):
        assert found == expected
    else:
        same(found, expected)
