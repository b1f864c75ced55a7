"""Scopes: what a token may allow, one for each resource and act."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from libminsheng.vocabulary.text import Text

__all__ = ["ALL", "SCOPES", "exceeding", "known_scopes"]

ALL: Final = "*"
"""Grants every scope, those to come too."""

_ROWS: Final = (
    ("projects:read", "查阅项目", "read projects"),
    ("projects:write", "录入和修改项目", "enter and change projects"),
    ("projects:withdraw", "撤销项目", "withdraw projects"),
    ("submissions:read", "查阅填报", "read submissions"),
    ("submissions:write", "填报和修改草稿", "send facts and change drafts"),
    ("submissions:submit", "提交填报", "submit what was sent"),
    ("submissions:accept", "接收和退回填报", "accept and return submissions"),
    ("submissions:lock", "锁定和重开填报", "lock and reopen submissions"),
    ("submissions:publish", "公开和撤回公开", "publish facts and take them back"),
    ("facts:read", "查阅数据", "read facts"),
    ("changes:read", "查阅变更", "read changes"),
    ("corrections:read", "查阅校核", "read requests to check facts"),
    ("corrections:ask", "提出校核", "ask for a fact to be checked"),
    ("corrections:answer", "答复校核", "answer such a request"),
    ("audit:read", "查阅审计记录", "read the audit"),
    ("keys:manage", "管理密钥", "make and revoke API keys"),
    ("figures:read", "查阅指标值", "read figures"),
    ("findings:read", "查阅疑点", "read findings"),
    ("calculations:run", "运行计算", "run calculations"),
    ("checks:run", "运行核查", "run checks"),
    ("metrics:read", "查阅运行指标", "read how the service runs"),
)

SCOPES: Final = MappingProxyType({code: Text(zh, en) for code, zh, en in _ROWS})
"""Every scope with what it allows, in both languages."""


def known_scopes(codes: Iterable[str]) -> frozenset[str]:
    """Those of some scopes that exist; `ALL` is none of them.

    >>> sorted(known_scopes(["facts:read", "openid", "*"]))
    ['facts:read']
    """
    return frozenset(code for code in codes if code in SCOPES)


def exceeding(asked: Iterable[str], held: Iterable[str]) -> list[str]:
    """Those of the scopes asked for that nobody with the scopes held can pass on, sorted.

    >>> exceeding(["facts:read", "keys:manage"], ["facts:read"]), exceeding(["*"], SCOPES), exceeding(["*"], ["*"])
    (['keys:manage'], ['*'], [])
    """
    granted = frozenset(held)
    return [] if ALL in granted else sorted(frozenset(asked) - granted)
