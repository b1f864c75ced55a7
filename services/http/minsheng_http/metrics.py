"""How the service runs, for Prometheus: requests by operation and kind of status, their seconds, those under way.

An operation is called by its id and never by its path, so that nobody's paths make new series.
"""

from __future__ import annotations

import itertools
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

__all__ = ["MEDIA_TYPE", "SHARED_FOLDER", "Metrics", "exposition"]

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names where several processes of one service count together; the client library's own."""

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LIMITS: Final = (*(str(float(limit)) for limit in _SECONDS), "+Inf")
_REQUESTS: Final = ("minsheng_requests", "Requests that were answered.")
_TOOK: Final = ("minsheng_request_seconds", "Seconds until an answer was sent whole.")
_UNDER_WAY: Final = ("minsheng_requests_under_way", "Requests that are being answered.")


class Metrics:
    """What one application counts, in a registry of its own.

    >>> metrics = Metrics("registry")
    >>> metrics.begin()
    >>> metrics.end("get_project", 200, 0.002)
    >>> 'minsheng_requests_total{operation="get_project",service="registry",status="2xx"} 1.0' in (
    ...     exposition(metrics).decode()
    ... )
    True
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        _forget_the_dead()
        kind = _Shared if os.environ.get(SHARED_FOLDER) else _Own
        counted: _Shared | _Own = kind(service, self.registry)
        self.begin: Final[Callable[[], None]] = counted.begin
        """Note that a request has come in."""
        self.end: Final[Callable[[str, int, float], None]] = counted.end
        """Note that it has been answered: by which operation, with which status, in how many seconds."""


class _Own(Collector):
    """What one process counts for itself, on one loop, so that nothing need be held against anybody.

    The client library's own counters take a lock for each number, which is as long as half a look-up.
    """

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        self._service = service
        self._under_way = 0
        self._requests: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        registry.register(self)

    def begin(self) -> None:
        """Note that a request has come in."""
        self._under_way += 1

    def end(self, operation: str, status: int, seconds: float) -> None:
        """Note that it has been answered."""
        self._under_way -= 1
        key = operation, status // 100
        self._requests[key] = self._requests.get(key, 0) + 1
        if operation not in self._sums:
            self._seconds[operation] = [0] * (len(_SECONDS) + 1)
            self._sums[operation] = 0.0
        self._seconds[operation][bisect_left(_SECONDS, seconds)] += 1
        self._sums[operation] += seconds

    def collect(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(*_REQUESTS, labels=["service", "operation", "status"])
        for (operation, status), count in list(self._requests.items()):
            requests.add_metric([self._service, operation, f"{status}xx"], count)
        took = HistogramMetricFamily(*_TOOK, labels=["service", "operation"])
        for operation, total in list(self._sums.items()):
            counts = zip(_LIMITS, itertools.accumulate(self._seconds[operation]), strict=True)
            took.add_metric([self._service, operation], list(counts), total)
        under_way = GaugeMetricFamily(*_UNDER_WAY, labels=["service"])
        under_way.add_metric([self._service], self._under_way)
        return requests, took, under_way


class _Shared:
    """What several processes count together, by the client library's files."""

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        self._service = service
        self._requests = Counter(*_REQUESTS, ["service", "operation", "status"], registry=registry)
        self._seconds = Histogram(*_TOOK, ["service", "operation"], buckets=_SECONDS, registry=registry)
        self._under_way = Gauge(*_UNDER_WAY, ["service"], registry=registry, multiprocess_mode="livesum").labels(
            service
        )
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def begin(self) -> None:
        """Note that a request has come in."""
        self._under_way.inc()

    def end(self, operation: str, status: int, seconds: float) -> None:
        """Note that it has been answered."""
        self._under_way.dec()
        key = operation, status // 100
        if key not in self._known:
            counter = self._requests.labels(self._service, operation, f"{status // 100}xx")
            self._known[key] = counter, self._seconds.labels(self._service, operation)
        counter, histogram = self._known[key]
        counter.inc()
        histogram.observe(seconds)


class _Together(Collector):
    """What several registries hold; samples of one name stand together, as the format asks."""

    def __init__(self, registries: Iterable[CollectorRegistry]) -> None:
        self._registries = tuple(registries)

    def collect(self) -> Iterable[Metric]:
        found: dict[str, Metric] = {}
        for registry in self._registries:
            for family in registry.collect():
                held = found.get(family.name)
                if held is None:
                    found[family.name] = family
                else:
                    held.samples.extend(family.samples)
        return found.values()


def exposition(*metrics: Metrics) -> bytes:
    """What was counted, in the text format of Prometheus; by all processes, where several answer side by side."""
    registry = CollectorRegistry()
    if os.environ.get(SHARED_FOLDER):
        collector: Any = MultiProcessCollector
        collector(registry)
    else:
        registry.register(_Together(one.registry for one in metrics))
    return generate_latest(registry)


def _forget_the_dead() -> None:
    """What was under way in a process that has ended is under way no longer."""
    folder = os.environ.get(SHARED_FOLDER)
    for path in Path(folder).glob("gauge_live*_*.db") if folder else ():
        process = int(path.stem.rpartition("_")[2])
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            forget: Any = mark_process_dead
            forget(process, folder)
        except PermissionError:
            continue
