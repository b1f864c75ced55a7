"""The whole catalogue as one Markdown document: ``docs/catalogue.md`` is written by this file and compared with it.

``make docs`` writes it again after a pack has changed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from libminsheng.definitions.catalogue import Catalogue, catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.errors import Language, language, say
from libminsheng.report.catalogue import kind_words
from libminsheng.report.definition import bounds_words, in_force_words, source_words
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.markdown import table, text, title
from libminsheng.report.reference_schemes import monitoring, schemes
from libminsheng.report.words import domain_place
from libminsheng.vocabulary.domains import Service, find_service, service_classes, services
from libminsheng.vocabulary.projects import GROUPS, project_lists, projects_of
from libminsheng.vocabulary.text import Text

__all__ = ["builtin_catalogue", "reference_markdown"]


def reference_markdown(known: Catalogue, lang: Language = "en") -> str:
    """Every pack with all that it defines, then the services with what measures them, then the projects."""
    with language(lang):
        packs = sorted(known.packs, key=_place)
        parts = [*_opening(known, packs, lang)]
        for pack in packs:
            parts += _pack(pack, known, lang)
        parts += _services(known, lang)
        parts += _projects(lang)
    return "\n\n".join(parts) + "\n"


def builtin_catalogue() -> Catalogue:
    """The built-in packs alone: what is installed beside them is no part of the document."""
    return Catalogue(tuple(pack for pack in catalogue().packs if pack.builtin))


def _place(pack: Pack) -> tuple[int, str]:
    return min((domain_place(one.domain) for one in pack.indicators), default=-1), pack.id


def _opening(known: Catalogue, packs: list[Pack], lang: Language) -> Iterator[str]:
    unverified = [one for one in known.indicators if not one.verified]
    measured = sum(bool(known.of_service(service)) for service in services())
    yield f"# {say('report.catalogue', lang)}"
    yield say(
        "report.reference_opening",
        lang,
        indicators=len({one.code for one in known.indicators}),
        editions=len(known.indicators),
        measures=len(known.measures),
        packs=len(packs),
        unverified=len(unverified),
        measured=measured,
        services=len(services()),
    )
    yield say("report.reference_reading", lang)
    yield f"## {say('report.contents', lang)}"
    lines = [
        f"- [{text(title(pack.title))}](#pack-{pack.id}) `{pack.id}`: "
        + say(
            "report.reference_counts",
            lang,
            indicators=len({one.code for one in pack.indicators}),
            measures=len(pack.measures),
        )
        for pack in packs
    ]
    lines.append(f"- [{say('report.standard', lang)}](#services)")
    lines += [f"- [{text(title(one.title))}](#projects-{one.place}-{one.year})" for one in project_lists()]
    yield "\n".join(lines)


def _pack(pack: Pack, known: Catalogue, lang: Language) -> Iterator[str]:
    yield f'<a id="pack-{pack.id}"></a>\n\n## {text(title(pack.title))}'
    about = [f"`{pack.id}`", say("report.reference_edition", lang, edition=pack.edition), pack.licence]
    if pack.requires:
        needs = ", ".join(f"[`{name}`](#pack-{name})" for name in pack.requires)
        about.append(say("report.reference_requires", lang, packs=needs))
    yield " · ".join(filter(None, about))
    codes = [(code, list(some)) for code, some in groupby(_by_code(pack), key=lambda one: one.code)]
    if codes:
        yield " · ".join(f"[{text(some[0].name.zh)}](#{code})" for code, some in codes)
    for code, some in codes:
        yield f'<a id="{code}"></a>\n\n### {text(title(some[0].name))}'
        for one in some:
            if len(some) > 1:
                yield f"**{say('report.edition', lang)} {one.edition}**"
            yield _indicator(one, known, lang)
    if pack.measures:
        yield f"### {say('report.measures', lang)} `{pack.id}`"
        yield table(
            [say(f"report.column_{name}", lang) for name in ("code", "name", "unit", "time")]
            + [say("report.definition", lang)],
            (_measure(one, lang) for one in pack.measures),
        )
    yield from schemes(pack, known, lang)
    yield from monitoring(pack, known, lang)


def _by_code(pack: Pack) -> list[Indicator]:
    """A pack's editions in its own order, those of one code together."""
    first = {one.code: place for place, one in reversed(list(enumerate(pack.indicators)))}
    return sorted(pack.indicators, key=lambda one: first[one.code])


def _indicator(one: Indicator, known: Catalogue, lang: Language) -> str:
    rounding = say(f"report.rounding_{one.rounding}", lang)
    facts = [
        f"`{one.unit}`",
        say("report.reference_decimals", lang, count=one.decimals, rounding=rounding),
        say("report.reference_bounds", lang, bounds=_code(bounds_words(one, lang))),
        "" if one.better is None else say(f"report.better_{one.better}", lang),
        in_force_words(one, lang) if one.valid_from or one.valid_to else "",
        "" if one.default else say("report.reference_not_default", lang),
    ]
    links = [
        f"[{text(str(service))}](#{_anchor(service)})" for service in filter(None, map(find_service, one.services))
    ]
    about = [
        f"`{one.key}` = `{one.tree}`",
        f"{text(formula_in_words(one.tree, known, 'zh'))} — {text(formula_in_words(one.tree, known, 'en'))}",
        " · ".join(filter(None, facts)),
        f"{say('report.source', lang)}: {text(source_words(one.source, lang))}",
        " · ".join([*links, say("report.reference_cases", lang, count=len(known.cases_of(one)))]),
    ]
    if one.aliases:
        about.append(f"{say('report.aliases', lang)}: {text(', '.join(one.aliases))}")
    if one.description != Text():
        about.append(f"{say('report.definition', lang)}: {text(title(one.description))}")
    return "\n".join(f"- {line}" for line in about)


def _measure(one: Measure, lang: Language) -> list[str]:
    said = "" if one.definition is None else f"{one.definition.zh} {one.definition.en}".strip()
    time = say(f"report.time_{one.time}", lang)
    if one.year_starts != 1:
        time += say("report.reference_year_starts", lang, month=one.year_starts)
    return [f'<a id="{one.code}"></a>`{one.code}`', text(title(one.name)), f"`{one.unit}`", time, text(said)]


def _services(known: Catalogue, lang: Language) -> Iterator[str]:
    yield f'<a id="services"></a>\n\n## {say("report.standard", lang)}'
    for some in service_classes():
        yield f"### {some.number} {some.name} · {text(title(some.domain.name))}"
        yield table(
            [say(f"report.column_{name}", lang) for name in ("number", "service", "indicators", "projects")],
            (_service(service, known) for service in some.services),
        )


def _service(service: Service, known: Catalogue) -> list[str]:
    codes = {one.code: one.name.zh for one in known.of_service(service)}
    name = f'<a id="{_anchor(service)}"></a>{text(service.name)}'
    if service.formerly:
        name += f" ({say('report.formerly')} {text(service.formerly)})"
    links = " · ".join(f"[{text(title)}](#{code})" for code, title in codes.items())
    return [str(service.number or "–"), name, links, text("、".join(one.name for one in projects_of(service)))]


def _projects(lang: Language) -> Iterator[str]:
    for listed in project_lists():
        yield f'<a id="projects-{listed.place}-{listed.year}"></a>\n\n## {text(title(listed.title))}'
        yield text(f"{listed.document} · {listed.clause}")
        yield say("report.project_reading", lang)
        rows = []
        for group in GROUPS:
            for one in (*listed.projects, *listed.exited):
                if one.group == group:
                    links = " · ".join(f"[{text(str(service))}](#{_anchor(service)})" for service in one.services)
                    rows.append([say(f"report.group_{group}", lang), text(one.name), kind_words(one, lang), links])
        headers = [say("report.group", lang)]
        headers += [say(f"report.column_{name}", lang) for name in ("project", "kind", "services")]
        yield table(headers, rows)


def _anchor(service: Service) -> str:
    return f"service-{service.number or 'folic-acid'}"


def _code(text: str) -> str:
    return f"`{text}`" if text.startswith("[") else text


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference_markdown(builtin_catalogue()), "utf-8")
