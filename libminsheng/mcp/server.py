"""The server on standard input and output."""

from __future__ import annotations

from functools import partial
from typing import Any

import anyio
from mcp.server.mcpserver import MCPServer

from libminsheng.client import AsyncClient, connect_async
from libminsheng.errors import say
from libminsheng.mcp.tools import Tools
from libminsheng.version import __version__

__all__ = ["create_server", "run"]


def create_server(client: AsyncClient) -> MCPServer[Any]:
    """A server whose tools ask over a client.

    >>> create_server(connect_async("http://127.0.0.1:8765")).name
    'minsheng'
    """
    server: MCPServer[Any] = MCPServer(
        "minsheng",
        title=f"{say('mcp.title', 'zh')} · {say('mcp.title', 'en')}",
        instructions=f"{say('mcp.instructions', 'zh')}\n{say('mcp.instructions', 'en')}",
        version=__version__,
        log_level="WARNING",
        subscriptions=False,
    )
    Tools(client).given_to(server)
    return server


def run(url: str, token: str | None = None) -> None:
    """Answer until standard input ends."""
    anyio.run(partial(_run, connect_async(url, token=token)))


async def _run(client: AsyncClient) -> None:
    async with client:
        await create_server(client).run_stdio_async()
