"""Domains (领域): the nine areas of the national basic public service standard.

The standard (国家基本公共服务标准, 2021, revised 2023) sorts 81 services for the people's
livelihood into 22 classes and nine areas, from 幼有所育 to 文体服务保障. A tenth domain,
governance, is ours: funds, progress, publicity and feedback, which serve all nine.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from libminsheng.errors import nearest
from libminsheng.vocabulary.text import Text

__all__ = [
    "DOMAINS",
    "Domain",
    "Service",
    "ServiceClass",
    "find_domain",
    "find_service",
    "nearest_services",
    "service_classes",
    "services",
]


@dataclass(frozen=True, slots=True)
class Domain:
    """One of the nine areas, or governance.

    >>> find_domain("幼有所育").code
    'childhood'
    """

    code: str
    name: Text
    order: int


@dataclass(frozen=True, slots=True)
class Service:
    """A service that the standard names.

    `number` is its place in the standard; the one that the revision of 2023 added has none that
    is known. `verified` says whether name and number were read in a published text.
    """

    name: str
    number: int | None
    domain: Domain
    class_number: int
    verified: bool
    formerly: str = ""

    @property
    def key(self) -> int | str:
        """What an indicator is linked by: the number, or the name where there is none.

        >>> find_service("生育保险").key
        4
        """
        return self.name if self.number is None else self.number

    def __str__(self) -> str:
        return self.name if self.number is None else f"{self.number} {self.name}"


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """One of the 22 classes, with its services."""

    number: int
    name: str
    domain: Domain
    services: tuple[Service, ...]


DOMAINS: Final[tuple[Domain, ...]] = tuple(
    Domain(code, Text(zh, en), order)
    for order, (code, zh, en) in enumerate(
        [
            ("childhood", "幼有所育", "Care for children"),
            ("education", "学有所教", "Education"),
            ("employment", "劳有所得", "Work and income"),
            ("health", "病有所医", "Medical care"),
            ("elderly", "老有所养", "Care for the elderly"),
            ("housing", "住有所居", "Housing"),
            ("assistance", "弱有所扶", "Help for the weak"),
            ("veterans", "优军服务保障", "Services for the military and veterans"),
            ("culture_sports", "文体服务保障", "Culture and sports"),
            ("governance", "治理", "Funds, progress, publicity and feedback"),
        ],
        start=1,
    )
)
"""The nine areas in the standard's order, then governance."""


@cache
def _by_text() -> dict[str, Domain]:
    texts = {text: domain for domain in DOMAINS for text in (domain.code, domain.name.zh, domain.name.en)}
    return texts | {"管理": DOMAINS[-1], "综合": DOMAINS[-1], "优军服务": DOMAINS[7], "文体服务": DOMAINS[8]}


def find_domain(text: str) -> Domain | None:
    """The domain of a code or a Chinese or English name, None if there is none.

    >>> find_domain("幼有所育").code
    'childhood'
    """
    return _by_text().get(text.strip())


@cache
def service_classes() -> tuple[ServiceClass, ...]:
    """The 22 classes in the standard's order."""
    text = resources.files("libminsheng.vocabulary").joinpath("data/services.toml").read_text("utf-8")
    classes = []
    for row in tomllib.loads(text)["class"]:
        domain = _by_text()[row["domain"]]
        below = tuple(
            Service(s["name"], s.get("number"), domain, row["number"], s["verified"], s.get("formerly", ""))
            for s in row["services"]
        )
        classes.append(ServiceClass(row["number"], row["name"], domain, below))
    return tuple(classes)


def services() -> tuple[Service, ...]:
    """The 81 services in the standard's order.

    >>> len(services()), services()[-1].name
    (81, '全民健身服务')
    """
    return tuple(service for one in service_classes() for service in one.services)


@cache
def _services_by_key() -> dict[int | str, Service]:
    texts: dict[int | str, Service] = {}
    for one in services():
        texts |= {key: one for key in (one.number, str(one.number or ""), one.name, one.formerly) if key}
    return texts


def find_service(wanted: int | str) -> Service | None:
    """A service by its number or its name, present or former; None if there is none.

    >>> find_service("贫困地区学生营养膳食补助").number
    14
    """
    return _services_by_key().get(wanted.strip() if isinstance(wanted, str) else wanted)


def nearest_services(text: str, count: int = 3) -> tuple[Service, ...]:
    """The services that a word may have meant: those whose name holds it, else those whose name looks like it.

    >>> [one.number for one in nearest_services("法律援")]
    [59]
    >>> [one.number for one in nearest_services("99")]
    [80]
    """
    if text.isdigit():
        return tuple(one for one in services() if one.number)[-1:]
    names = {name: one for one in services() for name in (one.name, one.formerly) if name}
    holding = [name for name in names if text in name]
    return tuple(dict.fromkeys(names[name] for name in holding or nearest(text, names, count)))[:count]
