"""The copy beside a real registry over HTTP: corrections within a second, restarts, backups, revoked keys, cut answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

import pytest

import libminsheng as ms
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.registry_feed import RegistryFeed
from minsheng_indicators.copy.sight import Asked
from minsheng_indicators.copy.view import EVERYTHING, PUBLIC, View
from tests.services.live import Registry, free_port

YAOHAI, LUYANG = "340102", "340103"
RATE = Asked(indicators=("newborn_screening_rate",), divisions=(YAOHAI,), period="year")
CATALOGUE, TREE = ms.catalogue(), ms.DivisionTree.builtin()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with closing(Registry(tmp_path)) as made:
        made.accept(YAOHAI, "2017", newborns_screened=10601, live_births=10642)
        yield made


def copy_of(
    registry: Registry, *, url: str | None = None, token: str | None = None, folder: Path | None = None
) -> Copy:
    token = token or registry.enrol(["facts:read", "changes:read"], ["*"])
    return Copy(RegistryFeed(url or registry.url, token), CATALOGUE, TREE, folder)


@pytest.fixture
def following(registry: Registry) -> Iterator[Copy]:
    with closing(copy_of(registry)) as copy:
        copy.start()
        assert copy.wait_for(registry.revision, 20)
        yield copy


def rate(copy: Copy, view: View = EVERYTHING) -> Decimal | None:
    figures = copy.sight(view).figures(RATE)
    value: Decimal | None = figures[0].value if len(figures) else None
    return value


def soon(holds: Callable[[], object], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_what_is_accepted_shows_within_a_second_and_what_is_published_to_all(registry: Registry, following: Copy):
    assert rate(following) == Decimal("99.61")
    one = registry.accept(YAOHAI, "2017", newborns_screened=10642, live_births=10642)
    assert following.wait_for(registry.revision, 1)
    assert rate(following) == 100
    assert rate(following, PUBLIC) is None
    registry.publish(one)
    assert following.wait_for(registry.revision, 1)
    assert rate(following, PUBLIC) == 100
    assert following.sight(EVERYTHING, 1).figures(RATE)[0].value == Decimal("99.61")


def test_a_registry_that_starts_again_is_followed_again(registry: Registry, following: Copy):
    registry.stop()
    assert soon(lambda: following.away)
    assert rate(following) == Decimal("99.61")
    registry.start()
    registry.accept(YAOHAI, "2017", newborns_screened=10642, live_births=10642)
    assert following.wait_for(registry.revision, 20)
    assert rate(following) == 100
    assert following.away is None


@pytest.mark.parametrize("on", [0, 1, 3])
def test_a_registry_that_was_set_back_to_a_backup_is_copied_anew(registry: Registry, tmp_path: Path, on: int):
    """It may have fewer revisions, as many as were known, or more."""
    token = registry.enrol(["facts:read", "changes:read"], ["*"])
    registry.stop()
    kept = registry.saved()
    registry.start()
    registry.accept(YAOHAI, "2017", newborns_screened=10642, live_births=10642)
    with closing(copy_of(registry, token=token, folder=tmp_path / "copy")) as copy:
        copy.start()
        assert copy.wait_for(registry.revision, 20)
        known = copy.state.revision
        registry.stop()
        registry.set_back(kept)
        registry.start()
        for number in range(on):
            registry.accept(YAOHAI, "2017", newborns_screened=5321 + number, live_births=10642)
        fresh = copy_of(registry, token=token)
        with closing(fresh):
            fresh.open()
            assert soon(lambda: copy.state.revision == registry.revision and rate(copy) == rate(fresh))
        assert (copy.state.revision > known) == (on > 1)
        assert rate(copy) != 100


def test_a_key_that_is_revoked_ends_the_copying_and_no_figure(registry: Registry, caplog: pytest.LogCaptureFixture):
    token = registry.enrol(["facts:read", "changes:read"], ["*"])
    with closing(copy_of(registry, token=token)) as copy:
        copy.start()
        assert copy.wait_for(registry.revision, 20)
        registry.revoke(token)
        registry.accept(LUYANG, "2017", newborns_screened=1, live_births=1)
        assert soon(lambda: copy.away and "401" in copy.away)
        registry.accept(YAOHAI, "2017", newborns_screened=10642, live_births=10642)
        known = len(caplog.records)
        time.sleep(0.5)
        assert len(caplog.records) == known  # it does not ask on and on
        assert rate(copy) == Decimal("99.61")
        assert copy.age is not None


class Relay:
    """Passes on what one says to the other; of what comes back so many bytes, then it hangs up."""

    def __init__(self, port: int) -> None:
        self.to, self.port = port, free_port()
        self.most: int | None = None
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                there = socket.create_connection(("127.0.0.1", self.to))
                threading.Thread(target=self._pass, args=(here, there, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(there, here, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        passed = 0
        with suppress(OSError):
            while part := source.recv(1 << 14):
                if back and self.most is not None and passed + len(part) > self.most:
                    target.sendall(part[: max(0, self.most - passed)])
                    self.cut += 1
                    break
                target.sendall(part)
                passed += len(part)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        self._listening.close()


def test_an_answer_that_is_cut_in_the_middle_changes_nothing(registry: Registry):
    with (
        closing(Relay(registry.port)) as relay,
        closing(copy_of(registry, url=f"http://127.0.0.1:{relay.port}")) as copy,
    ):
        relay.most = 0
        copy.start()
        for most in (300, 900, 1500, 2500):
            relay.most = most
            cut = relay.cut
            assert soon(lambda cut=cut: relay.cut > cut)
            assert not copy.ready
        relay.most = None
        assert copy.wait_for(registry.revision, 20)
        before = copy.state.revision
        for most in (400, 1200, 2000):
            relay.most = most
            registry.accept(YAOHAI, "2017", newborns_screened=most, live_births=10642)
            cut = relay.cut
            assert soon(lambda cut=cut: relay.cut > cut)
        relay.most = None
        assert copy.wait_for(registry.revision, 20)
        assert rate(copy) == Decimal("18.79")
        assert before < copy.state.revision
        with closing(copy_of(registry)) as fresh:
            fresh.open()
            for revision in range(copy.state.revision + 1):
                mine, theirs = (one.sight(EVERYTHING, revision).figures(RATE) for one in (copy, fresh))
                assert (mine.to_dicts(), mine.receipt) == (theirs.to_dicts(), theirs.receipt)
