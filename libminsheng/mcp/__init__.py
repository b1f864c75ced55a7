"""A server of the Model Context Protocol over a service: an assistant inside the office searches the catalogue and asks
for figures and their explanations, under the token and scopes of whoever started it.

It needs ``libminsheng[mcp]``; ``minsheng serve --mcp --url http://127.0.0.1:8765`` starts it.
"""

from __future__ import annotations

__all__ = ["serve"]


def serve(url: str, token: str | None = None) -> None:
    """Answer an assistant on standard input and output until it goes away.

    Parameters
    ----------
    url
        The service that is asked.
    token
        Whose figures are seen; without it that of ``MINSHENG_TOKEN``.

    Raises
    ------
    EvaluationError
        If the extra is not installed, or the address is none.
    """
    from libminsheng.client.connection import needed

    needed("mcp", "mcp", "httpx", "pyarrow")
    from libminsheng.mcp.server import run

    run(url, token)
