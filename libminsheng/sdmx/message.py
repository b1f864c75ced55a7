"""Structures as an SDMX-ML 3.0 structure message, with every name in both languages."""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr

from libminsheng.sdmx.artefacts import Codelist, Component, DataStructure, Structures
from libminsheng.sdmx.concepts import spoken
from libminsheng.vocabulary.text import Text

__all__ = ["CONCEPTS", "header", "opened", "write_structures"]

CONCEPTS: Final = "CS_MINSHENG"
"""The concept scheme that all components take their names from."""
_BASE: Final = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
_NAMESPACES: Final = {
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "mes": f"{_BASE}message",
    "str": f"{_BASE}structure",
    "com": f"{_BASE}common",
    "ss": f"{_BASE}data/structurespecific",
}
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no XML may hold."""


def write_structures(
    structures: Structures,
    target: Path | BinaryIO,
    *,
    message: str | None = None,
    prepared: datetime.datetime | None = None,
) -> None:
    r"""Write a structure message: code lists, concepts, data structures and dataflows.

    Parameters
    ----------
    structures
        What `figures_structures`, `facts_structures` or `catalogue_structures` gives.
    target
        A path or a stream of bytes.
    message
        The ID of the message; one of its own, unless it is said.
    prepared
        When it was made; now, unless it is said.

    Examples
    --------
    >>> import io, libminsheng as ms
    >>> from libminsheng.sdmx import catalogue_structures
    >>> written = io.BytesIO()
    >>> write_structures(catalogue_structures(ms.catalogue()), written)
    >>> "<com:Name xml:lang=\"zh\">行政区划</com:Name>" in written.getvalue().decode()
    True
    """
    if isinstance(target, Path):
        with target.open("wb") as stream:
            write_structures(structures, stream, message=message, prepared=prepared)
        return
    target.writelines(f"{line}\n".encode() for line in _lines(structures, message, prepared))


def opened(element: str, *names: str) -> str:
    """The first lines of a message whose root is `element`, with the namespaces of these names."""
    spaces = "".join(f' xmlns:{name}="{_NAMESPACES[name]}"' for name in names)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:{element}{spaces}>'


def header(message: str | None, agency: str, prepared: datetime.datetime | None) -> Iterator[str]:
    """Who sends what, and when it was made; what is said of a structure comes before the end tag."""
    moment = (prepared or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC)
    yield "<mes:Header>"
    yield f"<mes:ID>{message or f'MS-{uuid.uuid4()}'}</mes:ID>"
    yield "<mes:Test>false</mes:Test>"
    yield f"<mes:Prepared>{moment:%Y-%m-%dT%H:%M:%SZ}</mes:Prepared>"
    yield f'<mes:Sender id="{agency.replace(".", "_")}"/>'


def _lines(structures: Structures, message: str | None, prepared: datetime.datetime | None) -> Iterator[str]:
    yield opened("Structure", "xsi", "mes", "str", "com")
    yield from header(message, structures.owner.agency, prepared)
    yield "</mes:Header>"
    yield "<mes:Structures>"
    yield "<str:Codelists>"
    for some in structures.codelists:
        yield from () if some.values else _codelist(some, "Codelist", "Code")
    yield "</str:Codelists>"
    if any(some.values for some in structures.codelists):
        yield "<str:ValueLists>"
        for some in structures.codelists:
            yield from _codelist(some, "ValueList", "ValueItem") if some.values else ()
        yield "</str:ValueLists>"
    yield "<str:ConceptSchemes>"
    owner = structures.owner
    mine = f'id="{CONCEPTS}" version="{owner.version}" agencyID="{owner.agency}"'
    yield f"<str:ConceptScheme {mine}>{_names(spoken('concepts'))}"
    for component in structures.concepts:
        yield f'<str:Concept id="{component.id}">{_names(component.name)}</str:Concept>'
    yield "</str:ConceptScheme>"
    yield "</str:ConceptSchemes>"
    yield "<str:DataStructures>"
    for one in structures.data:
        yield from _data_structure(one)
    yield "</str:DataStructures>"
    yield "<str:Dataflows>"
    for one in structures.data:
        yield f"<str:Dataflow {_maintained(one)}>{_names(one.name)}<str:Structure>{one.urn}</str:Structure></str:Dataflow>"
    yield "</str:Dataflows>"
    yield "</mes:Structures>"
    yield "</mes:Structure>"


def _codelist(some: Codelist, kind: str, item: str) -> Iterator[str]:
    partial = "" if some.values else f' isPartial="{str(some.partial).lower()}"'
    yield f"<str:{kind} {_maintained(some)}{partial}>{_names(some.name)}"
    for code in some.codes:
        yield f"<str:{item} id={quoteattr(code.id)}>{_names(code.name)}{_names(code.note, 'Description')}</str:{item}>"
    yield f"</str:{kind}>"


def _data_structure(one: DataStructure) -> Iterator[str]:
    yield f"<str:DataStructure {_maintained(one)}>{_names(one.name)}<str:DataStructureComponents>"
    yield "<str:DimensionList>"
    for position, component in enumerate(one.of("dimension"), start=1):
        yield f'<str:Dimension id="{component.id}" position="{position}">{_body(component, one)}</str:Dimension>'
    for component in one.of("time"):
        yield f'<str:TimeDimension id="{component.id}">{_body(component, one)}</str:TimeDimension>'
    yield "</str:DimensionList>"
    yield "<str:AttributeList>"
    related = "<str:AttributeRelationship><str:Observation/></str:AttributeRelationship>"
    for component in one.of("attribute"):
        yield f"<str:Attribute {_usage(component)}>{_body(component, one)}{related}</str:Attribute>"
    yield "</str:AttributeList>"
    yield "<str:MeasureList>"
    for component in one.of("measure"):
        yield f"<str:Measure {_usage(component)}>{_body(component, one)}</str:Measure>"
    yield "</str:MeasureList>"
    yield "</str:DataStructureComponents></str:DataStructure>"


def _usage(component: Component) -> str:
    return f'id="{component.id}" usage="{"mandatory" if component.always else "optional"}"'


def _body(component: Component, one: DataStructure) -> str:
    concept = one.owner.urn("conceptscheme.Concept", CONCEPTS)
    shown = (
        f'<str:TextFormat textType="{component.text}"/>'
        if component.codes is None
        else f"<str:Enumeration>{component.codes.urn}</str:Enumeration>"
    )
    return (
        f"<str:ConceptIdentity>{concept}.{component.id}</str:ConceptIdentity>"
        f"<str:LocalRepresentation>{shown}</str:LocalRepresentation>"
    )


def _maintained(one: Codelist | DataStructure) -> str:
    return f'id="{one.id}" version="{one.owner.version}" agencyID="{one.owner.agency}"'


def _names(name: Text, element: str = "Name") -> str:
    texts = {"en": _ILLEGAL.sub("\ufffd", name.en), "zh": _ILLEGAL.sub("\ufffd", name.zh)}
    return "".join(
        f'<com:{element} xml:lang="{lang}">{escape(text)}</com:{element}>' for lang, text in texts.items() if text
    )
