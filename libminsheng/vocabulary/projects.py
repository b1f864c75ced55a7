"""Projects on a list (民生工程清单): what a province undertook in a year, and the services that each project serves.

A province decides its livelihood projects every year: some are new, some adjusted, most continued, and a few leave
the list. A project is no service of the national standard: one project may serve several services, one service may be
served by several projects, and roads or reservoirs serve none of the 81. Which serves which, and a project's kind
where its name leaves no doubt, is this library's reading; the list says neither.

Each file ``data/projects-*.toml`` is one list: another year, or another province, is another file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, get_args

from libminsheng.errors import nearest
from libminsheng.vocabulary.domains import Service, find_service
from libminsheng.vocabulary.programmes import ProgrammeKind, programme_kind
from libminsheng.vocabulary.text import Text

__all__ = [
    "GROUPS",
    "Group",
    "Project",
    "ProjectList",
    "find_project",
    "nearest_projects",
    "project_lists",
    "projects",
    "projects_of",
]

Group = Literal["new", "adjusted", "continued", "exited"]

GROUPS: Final[tuple[Group, ...]] = get_args(Group)
"""New this year, adjusted, continued, and what left the list."""

_QUOTES: Final = str.maketrans("", "", "“”\"'‘’「」 ")


@dataclass(frozen=True, slots=True)
class Project:
    """A project as a province's list of one year names it.

    Parameters
    ----------
    name
        As the list has it.
    group
        ``new``, ``adjusted``, ``continued``, or ``exited``: no longer on the list.
    place, year
        Whose list, by the code of the division, and of which year.
    kind
        What it does, where its name leaves no doubt.
    services
        The services of the national standard that it serves; none for what lies outside the standard.
    note
        What else is known: whether it was merged, or is named by its content.

    Examples
    --------
    >>> one = find_project("出生缺陷防治")
    >>> one.group, one.kind.code, [service.key for service in one.services]
    ('continued', 'service', [1, 6, '增补叶酸预防神经管缺陷服务'])
    """

    name: str
    group: Group
    place: str
    year: int
    kind: ProgrammeKind | None = None
    services: tuple[Service, ...] = ()
    note: Text = Text()


@dataclass(frozen=True, slots=True)
class ProjectList:
    """The list of one province and year, with the projects that left it and where it was read.

    >>> anhui = project_lists()[0]
    >>> anhui.year, len(anhui.projects), len(anhui.exited)
    (2021, 33, 4)
    """

    place: str
    year: int
    title: Text
    document: str
    clause: str
    verified: bool
    projects: tuple[Project, ...]
    exited: tuple[Project, ...]


@cache
def project_lists() -> tuple[ProjectList, ...]:
    """Every list that ships, the earliest first."""
    folder = resources.files("libminsheng.vocabulary").joinpath("data")
    files = sorted(file.name for file in folder.iterdir() if file.name.startswith("projects-"))
    found = [_read(folder.joinpath(name).read_text("utf-8")) for name in files]
    return tuple(sorted(found, key=lambda one: (one.year, one.place)))


def projects() -> tuple[Project, ...]:
    """The projects of every list, in their order; those that left a list are not among them.

    >>> len(projects())
    33
    """
    return tuple(one for some in project_lists() for one in some.projects)


def find_project(name: str) -> Project | None:
    """The project of a name, with or without its quotation marks; of several years the latest. None if there is none.

    >>> find_project("四好农村路建设").name
    '“四好农村路”建设'
    """
    return _by_name().get(name.translate(_QUOTES))


def projects_of(service: Service | int | str) -> tuple[Project, ...]:
    """The projects that serve a service.

    >>> [one.name for one in projects_of(44)]
    ['城乡居民基本医疗保险', '城乡居民大病保险']
    """
    wanted = service if isinstance(service, Service) else find_service(service)
    return () if wanted is None else tuple(one for one in projects() if wanted in one.services)


def nearest_projects(text: str, count: int = 3) -> tuple[Project, ...]:
    """The projects whose name holds a word, else those whose name looks like it.

    >>> [one.name for one in nearest_projects("大病")]
    ['城乡居民大病保险']
    """
    word = text.translate(_QUOTES)
    holding = [name for name in _by_name() if word in name]
    return tuple(_by_name()[name] for name in holding or nearest(word, _by_name(), count))[:count]


@cache
def _by_name() -> dict[str, Project]:
    everything = (one for some in project_lists() for one in (*some.exited, *some.projects))
    return {one.name.translate(_QUOTES): one for one in everything}


def _read(text: str) -> ProjectList:
    data = tomllib.loads(text)
    head, source = data["list"], data["list"]["source"]
    rows = [_project(row, head["place"], head["year"]) for row in data["project"]]
    return ProjectList(
        head["place"],
        head["year"],
        Text.of(head["title"]),
        source["document"],
        source["clause"],
        source["verified"],
        tuple(one for one in rows if one.group != "exited"),
        tuple(one for one in rows if one.group == "exited"),
    )


def _project(row: dict[str, object], place: str, year: int) -> Project:
    group, kind = str(row["group"]), row.get("kind")
    keys = row.get("services", [])
    assert group in GROUPS
    assert isinstance(keys, list)
    served = [find_service(key) for key in keys]
    assert None not in served, row["name"]
    note = row.get("note", {})
    assert isinstance(note, dict)
    return Project(
        str(row["name"]),
        group,
        place,
        year,
        None if kind is None else programme_kind(str(kind)),
        tuple(one for one in served if one),
        Text.of(note),
    )
