"""What comes in: a body of facts in any form, as one reporter's facts for a period."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from libminsheng.errors import FactsError, Fault, MinshengError, Place
from libminsheng.facts import read_facts
from minsheng_http.forms import Form
from minsheng_http.holdings import Holdings
from minsheng_http.problems import Refused
from minsheng_http.received import Received
from minsheng_http.uploads import Uploads, unpack
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.book.sent import Sent, sent

__all__ = ["taken"]


@dataclass
class SubmissionUploads(Uploads):
    """Facts, and in a body of JSON or in parts beside them whose they are and of which period."""

    parts: ClassVar[tuple[str, ...]] = ("facts", "division", "period")

    told_beside: dict[str, str] = field(default_factory=dict)

    def take_part(self, name: str, path: Path, _form: Form | None, _label: str) -> None:
        self.take_key(name, path.read_text("utf-8", errors="replace"))

    def take_key(self, name: str, value: Any) -> None:
        if not isinstance(value, str):
            raise FactsError(Fault("registry.expected_text", Place(item=name), {"given": value}))
        self.told_beside[name] = value.strip()


def taken(received: Received, holdings: Holdings, division: str | None, period: str | None) -> Sent:
    """The facts of a body, bound to the definitions and seen to be the reporter's.

    Parameters
    ----------
    division, period
        Whose facts they are and of which period, where the body does not say so itself.

    Raises
    ------
    Refused
        If it is too large.
    Unusable, MinshengError
        With every fault of every row; nothing is kept.
    """
    uploads = unpack(received, SubmissionUploads(received.folder, holdings.settings))
    whose = {"division": division, "period": period} | uploads.told_beside
    missing = [name for name, text in whose.items() if not text]
    if missing:
        raise Unusable(*(Fault("registry.field_missing", Place(item=name), {"field": name}) for name in missing))
    try:
        # bad rows are told with whatever else is wrong, and until then kept beside the good ones
        found = read_facts(uploads.facts, catalogue=holdings.catalogue, tree=holdings.tree, skip_bad_rows=True)
    except FactsError as error:
        raise FactsError(*map(uploads.told, error.faults)) from None
    if len(found) > holdings.settings.most_rows:
        raise Refused(413, Fault("service.too_many_rows", values={"most": holdings.settings.most_rows}))
    try:
        return sent(found, str(whose["division"]), str(whose["period"]), holdings.catalogue, holdings.tree)
    except Unusable as error:
        raise Unusable(*map(uploads.told, error.faults)) from None
    except MinshengError as error:
        raise Unusable(*map(uploads.told, error.faults)) from None
