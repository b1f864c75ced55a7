"""When keys were last used: noted beside the requests, to the hour."""

from __future__ import annotations

import datetime
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from sqlalchemy import Connection, or_, update

from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import api_keys
from minsheng_registry.storage.trouble import DRIVER_ERRORS, Unavailable

__all__ = ["Uses"]

_COARSE: Final = datetime.timedelta(hours=1)
_LOG: Final = logging.getLogger("minsheng")


class Uses:
    """Notes the use of a key once an hour, by a thread of its own: whoever calls does not wait for another writer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock: Final = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._noting: Final[dict[str, Future[None]]] = {}

    def note(self, key: str, last: datetime.datetime | None, at: datetime.datetime) -> None:
        """Note that a key is used, a moment later, unless it was within the hour before."""
        if last is not None and last >= at - _COARSE:
            return
        with self._lock:
            noting = self._noting.get(key)
            if noting is not None and not noting.done():
                return
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "key-uses")
            self._noting[key] = self._thread.submit(self._write, key, at)

    def flush(self) -> None:
        """Wait until everything is noted."""
        wait(list(self._noting.values()))

    def close(self) -> None:
        """End the thread, after what it is writing; another use would begin another."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown(cancel_futures=True)
        self._noting.clear()

    def _write(self, key: str, at: datetime.datetime) -> None:
        before = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < at - _COARSE)

        def work(connection: Connection) -> None:
            connection.execute(update(api_keys).where(api_keys.c.id == key, before).values(last_used_at=at))

        try:
            self._database.write(work)
        except Unavailable:
            pass  # a full disk keeps nobody from reading; the next use is noted
        except DRIVER_ERRORS as error:
            _LOG.error("the use of a key was not noted", exc_info=error)
