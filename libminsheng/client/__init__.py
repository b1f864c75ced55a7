"""Asking a service instead of computing here: the same verbs, the same figures.

`connect` gives a client, `connect_async` one whose verbs are awaited. Both need ``libminsheng[client]``.
"""

from libminsheng.client.async_client import AsyncClient, connect_async
from libminsheng.client.client import Client, connect
from libminsheng.client.served import ServedFigures
from libminsheng.client.submission import Submission

__all__ = ["AsyncClient", "Client", "ServedFigures", "Submission", "connect", "connect_async"]
