"""The server on standard input and output."""

from __future__ import annotations

from functools import partial
from typing import Any

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult
from mcp_types import Tool as Offered
from pydantic import ValidationError

from libminsheng.client import AsyncClient, connect_async
from libminsheng.errors import EvaluationError, Fault, nearest, say
from libminsheng.mcp.tools import Tools, told
from libminsheng.version import __version__

__all__ = ["create_server", "run"]


class _Server(MCPServer[Any]):
    """A server that refuses arguments which a tool does not have: dropped, they would change what is answered."""

    async def list_tools(self) -> list[Offered]:
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, "additionalProperties": False}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tools = {tool.name: list(tool.input_schema["properties"]) for tool in await self.list_tools()}
        known = tools.get(name, list(arguments))
        strange = [_strange(given, known) for given in arguments if given not in known]
        if strange:
            raise told(EvaluationError(*strange))
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise told(EvaluationError(*_unfit(error.__cause__))) from None
            raise


def _strange(given: str, known: list[str]) -> Fault:
    return Fault(
        "mcp.no_argument", values={"name": given, "known": ", ".join(known)}, near=partial(nearest, given, known)
    )


def _unfit(error: ValidationError) -> list[Fault]:
    """What is wrong with arguments, without what the validator says of itself."""
    return [
        Fault("mcp.argument", values={"name": ".".join(map(str, one["loc"])), "reason": one["msg"]})
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def create_server(client: AsyncClient) -> MCPServer[Any]:
    """A server whose tools ask over a client.

    >>> create_server(connect_async("http://127.0.0.1:8765")).name
    'minsheng'
    """
    server = _Server(
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
