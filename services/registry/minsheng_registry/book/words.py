"""The words of a project's document: what an office may write, and the code that it is kept as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from libminsheng.errors import Fault, Place, nearest
from libminsheng.vocabulary.domains import DOMAINS, find_domain
from libminsheng.vocabulary.programmes import PROGRAMME_KINDS, TIERS, programme_kind, tier

__all__ = ["SOURCES", "STATUSES", "WITHDRAWN", "WORDS", "Words"]

SOURCES: Final = {
    "central": "中央财政", "provincial": "省级财政", "municipal": "市级财政", "county": "县级财政", "bonds": "政府债券",
    "social": "社会资金", "personal": "个人缴费", "other": "其他",
}  # fmt: skip
"""Where money comes from; a name stands for its code."""

STATUSES: Final = {"planned": "计划", "active": "实施", "suspended": "暂停", "completed": "完成"}
"""What may be said of a project; `WITHDRAWN` is a state that only withdrawing gives."""

WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True)
class Words:
    """One list of words: how a text is read as a code, and what a refusal names as known.

    >>> WORDS["tier"].code("省级")
    'provincial'
    """

    code: Callable[[str], str | None]
    known: tuple[str, ...]

    def fault(self, text: str, item: str) -> Fault:
        """That nobody knows this word."""
        values = {"given": text, "known": ", ".join(self.known)}
        return Fault("registry.word", Place(item=item), values, partial(nearest, text, self.known))


def _domain(text: str) -> str | None:
    found = find_domain(text)
    return None if found is None else found.code


def _kind(text: str) -> str | None:
    found = programme_kind(text)
    return None if found is None else found.code


def _tier(text: str) -> str | None:
    found = tier(text)
    return None if found is None else found.code


def _listed(names: Mapping[str, str], text: str) -> str | None:
    return text if text in names else next((code for code, name in names.items() if name == text), None)


WORDS: Final[Mapping[str, Words]] = {
    "domain": Words(_domain, tuple(one.name.zh for one in DOMAINS)),
    "kind": Words(_kind, tuple(one.code for one in PROGRAMME_KINDS)),
    "tier": Words(_tier, tuple(one.code for one in TIERS)),
    "source": Words(partial(_listed, SOURCES), tuple(SOURCES)),
    "status": Words(partial(_listed, STATUSES), tuple(STATUSES)),
    "any_status": Words(partial(_listed, {**STATUSES, WITHDRAWN: "撤销"}), (*STATUSES, WITHDRAWN)),
}
"""Each list by the name of what is said with it."""
