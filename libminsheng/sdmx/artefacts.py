"""What a structure of SDMX is made of: code lists, concepts, data structures, dataflows.

A *code list* says which codes a component may have and what they are called. A *data structure*
says which components identify a value (dimensions), which is the value (the measure), and which
describe it (attributes). A *dataflow* is what is exchanged in such a structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import EvaluationError, Fault
from libminsheng.vocabulary.text import Text

__all__ = [
    "AGENCY", "Code", "Codelist", "Component", "DataStructure", "Owner", "Role", "Structures", "owner_of",
]  # fmt: skip

AGENCY: Final = "MINSHENG"
"""Who maintains the structures, unless somebody else is named."""
_REVISION: Final = 0
"""Of the components here: their minor version, counted up when one is added."""
_AGENCY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z0-9_-]*)*")

Role = Literal["dimension", "time", "measure", "attribute"]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who maintains a structure, and in which version."""

    agency: str
    version: str

    def urn(self, kind: str, name: str) -> str:
        """The name that an artefact has all over the world.

        >>> Owner("MINSHENG", "2026.0.0").urn("codelist.Codelist", "CL_STATUS")
        'urn:sdmx:org.sdmx.infomodel.codelist.Codelist=MINSHENG:CL_STATUS(2026.0.0)'
        """
        return f"urn:sdmx:org.sdmx.infomodel.{kind}={self.agency}:{name}({self.version})"


def owner_of(catalogue: Catalogue, agency: str = AGENCY) -> Owner:
    """The owner of the structures of a catalogue: their version is the latest edition of its packs.

    Raises
    ------
    EvaluationError
        If the agency is not written as SDMX asks.

    Examples
    --------
    >>> import libminsheng as ms
    >>> owner_of(ms.catalogue()).version
    '2026.0.0'
    """
    if not _AGENCY.fullmatch(agency):
        raise EvaluationError(Fault("sdmx.agency", values={"agency": agency}))
    years = [re.match(r"\d+", pack.edition) for pack in catalogue.packs]
    latest = max((int(year[0]) for year in years if year), default=1)
    return Owner(agency, f"{latest}.{_REVISION}.0")


@dataclass(frozen=True, slots=True)
class Code:
    """A code, what it is called, and what more is to be said."""

    id: str
    name: Text
    note: Text = Text()


@dataclass(frozen=True, slots=True)
class Codelist:
    """A list of codes; a value list may have codes of any letters, and only attributes have such.

    `partial`: it holds what the data beside it needs, not all that there is.
    """

    id: str
    name: Text
    codes: tuple[Code, ...]
    owner: Owner
    values: bool = False
    partial: bool = True

    @property
    def urn(self) -> str:
        kind = "ValueList" if self.values else "Codelist"
        return self.owner.urn(f"codelist.{kind}", self.id)


@dataclass(frozen=True, slots=True)
class Component:
    """A column of the data: its name, its role, its codes or its type of text, and whether it is always there."""

    id: str
    role: Role
    name: Text
    codes: Codelist | None = None
    text: str = "String"
    always: bool = False


@dataclass(frozen=True, slots=True)
class DataStructure:
    """The components of a kind of data, in the order of its columns; its dataflow has the same name."""

    id: str
    name: Text
    components: tuple[Component, ...]
    owner: Owner

    @property
    def urn(self) -> str:
        return self.owner.urn("datastructure.DataStructure", self.id)

    @property
    def flow(self) -> str:
        return self.owner.urn("datastructure.Dataflow", self.id)

    @property
    def short(self) -> str:
        """What SDMX-CSV calls its dataflow: ``MINSHENG:FIGURES(2026.0.0)``."""
        return self.flow.partition("=")[2]

    def of(self, *roles: Role) -> tuple[Component, ...]:
        """The components of some roles."""
        return tuple(one for one in self.components if one.role in roles)


@dataclass(frozen=True)
class Structures:
    """What is written into one structure message.

    >>> import libminsheng as ms
    >>> from libminsheng.sdmx import catalogue_structures
    >>> [one.id for one in catalogue_structures(ms.catalogue()).data]
    ['FIGURES', 'FACTS']
    """

    owner: Owner
    data: tuple[DataStructure, ...] = field(repr=False)

    @property
    def codelists(self) -> tuple[Codelist, ...]:
        """The lists of all components, each once."""
        return tuple(dict.fromkeys(one.codes for one in self._components if one.codes is not None))

    @property
    def concepts(self) -> tuple[Component, ...]:
        """A component of each name, whose words are its concept's."""
        return tuple({one.id: one for one in self._components}.values())

    @property
    def _components(self) -> Iterable[Component]:
        return (component for structure in self.data for component in structure.components)
