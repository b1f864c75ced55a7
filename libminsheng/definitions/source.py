"""Sources: the document that a definition was read in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a definition comes from: a document with its number, a clause of it.

    `verified` says that somebody has read it there. What was only inferred, or is told from hand
    to hand, has ``verified=False``, and every figure of it is flagged ``unverified_definition``.

    >>> Source("预算绩效评价共性指标体系框架 财预〔2013〕53号", "附件1 投入 资金落实 资金到位率").verified
    True
    """

    document: str
    clause: str = ""
    verified: bool = True
