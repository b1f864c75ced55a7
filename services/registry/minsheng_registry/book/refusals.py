"""Why the book refuses an act, as one tree.

::

    Refused
      ├── NotFound     there is no such thing
      ├── Forbidden    it is known to who asks, and not theirs to change
      ├── Conflict     it is not in the state for this, or exists already
      ├── Stale        somebody else has changed it since it was read
      └── Unusable     what was sent cannot stand; every fault is listed
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from libminsheng.errors import Fault
from libminsheng.vocabulary.personal import masked

__all__ = ["Conflict", "Forbidden", "NotFound", "Refused", "Stale", "Unusable"]


class Refused(Exception):  # noqa: N818  # an answer to an act, and no error of the program
    """An act that is not done. `faults` say why, in both languages; none repeats an id or telephone number."""

    def __init__(self, *faults: Fault) -> None:
        self.faults: Final = tuple(map(_discreet, faults))
        super().__init__(*self.faults)

    def __str__(self) -> str:
        return "\n".join(fault.text() for fault in self.faults)


def _discreet(fault: Fault) -> Fault:
    values = {name: masked(value) if isinstance(value, str) else value for name, value in fault.values.items()}
    place = fault.place
    told = replace(place, item=place.item and masked(place.item), column=place.column and masked(place.column))
    # nothing known is near to a number, and what would look for it remembers the text
    return replace(fault, place=told, values=values, near=fault.near if values == fault.values else None)


class NotFound(Refused):
    """There is no such thing, or was none at that time."""


class Forbidden(Refused):
    """It may be seen by who asks, and not changed by them."""


class Conflict(Refused):
    """It exists already, or is in no state in which this could be done."""


class Stale(Refused):
    """It has another version than the one that was read."""


class Unusable(Refused):
    """What was sent cannot stand."""
