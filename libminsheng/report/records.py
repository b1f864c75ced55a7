"""Definitions, services and projects as JSON carries them: stable keys, names in both languages, exact numbers as texts.

``kind`` tells what each is: ``indicator``, ``measure``, ``service``, ``project``, ``scheme``, ``light``, ``watch`` or
``pack``. ``code`` is what to write to name it. Services and projects have Chinese names only; their English ones are empty.
"""

from __future__ import annotations

from decimal import Decimal

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.entries import Thing
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.scheme import Band, Item, Scheme
from libminsheng.definitions.source import Source
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.numbers import fraction_text, plain
from libminsheng.report.scheme import item_name
from libminsheng.report.service import measuring
from libminsheng.vocabulary.domains import Service, find_service, service_classes
from libminsheng.vocabulary.projects import Project, project_lists, projects_of
from libminsheng.vocabulary.text import Text

__all__ = [
    "indicator_dict", "light_dict", "measure_dict", "pack_dict", "project_dict", "record", "scheme_dict",
    "service_dict", "watch_dict",
]  # fmt: skip


def record(thing: Thing, catalogue: Catalogue) -> dict[str, object]:
    """Whatever a search finds, as JSON carries it."""
    match thing:
        case Indicator():
            return indicator_dict(thing, catalogue)
        case Measure():
            return measure_dict(thing, catalogue)
        case Service():
            return service_dict(thing, catalogue)
        case Project():
            return project_dict(thing, catalogue)
        case Scheme():
            return scheme_dict(thing, catalogue)
        case LightRule():
            return light_dict(thing, catalogue)
        case Watch():
            return watch_dict(thing)
    return pack_dict(thing, catalogue)


def indicator_dict(indicator: Indicator, catalogue: Catalogue) -> dict[str, object]:
    """An edition of an indicator; `cases` are the names of its cases."""
    bounds = indicator.bounds
    return {
        "kind": "indicator",
        "code": indicator.code,
        "edition": indicator.edition,
        "name": _both(indicator.name),
        "formula": indicator.formula,
        "in_words": {
            "zh": formula_in_words(indicator.tree, catalogue, "zh"),
            "en": formula_in_words(indicator.tree, catalogue, "en"),
        },
        "unit": indicator.unit,
        "decimals": indicator.decimals,
        "rounding": indicator.rounding,
        "bounds": None if bounds is None else [None if bound is None else f"{bound:f}" for bound in bounds],
        "better": indicator.better,
        "domain": indicator.domain,
        "services": list(indicator.services),
        "service_names": [one.name for one in map(find_service, indicator.services) if one],
        "source": _source(indicator.source),
        "valid_from": None if indicator.valid_from is None else indicator.valid_from.isoformat(),
        "valid_to": None if indicator.valid_to is None else indicator.valid_to.isoformat(),
        "default": indicator.default,
        "description": _both(indicator.description),
        "aliases": list(indicator.aliases),
        "pack": indicator.pack,
        "measures": [one.code for one in catalogue.measures_of(indicator)],
        "cases": [case.name for case in catalogue.cases_of(indicator)],
    }


def measure_dict(measure: Measure, catalogue: Catalogue) -> dict[str, object]:
    """A measure; `used_by` are the keys of the indicators whose formula names it."""
    return {
        "kind": "measure",
        "code": measure.code,
        "name": _both(measure.name),
        "unit": measure.unit,
        "time": measure.time,
        "decimals": measure.decimals,
        "year_starts": measure.year_starts,
        "breakdowns": list(measure.breakdowns),
        "definition": _both(measure.definition),
        "source": _source(measure.source),
        "aliases": list(measure.aliases),
        "pack": measure.pack,
        "used_by": [user.key for user in catalogue.used_by(measure.code)],
    }


def service_dict(service: Service, catalogue: Catalogue) -> dict[str, object]:
    """A service; `indicators` measure it, `measures` are what these need to be reported."""
    some = next(one for one in service_classes() if one.number == service.class_number)
    indicators = catalogue.of_service(service)
    return {
        "kind": "service",
        "code": str(service.key),
        "number": service.number,
        "name": _both(Text(service.name)),
        "formerly": service.formerly or None,
        "class": {"number": some.number, "name": some.name},
        "domain": service.domain.name.zh,
        "verified": service.verified,
        "projects": [one.name for one in projects_of(service)],
        "indicators": [_brief(one) for one in indicators],
        "measures": [_needed(one) for one in catalogue.measures_of(*indicators)],
    }


def project_dict(project: Project, catalogue: Catalogue) -> dict[str, object]:
    """A project of a province's list; `indicators` measure the services that it serves."""
    listed = next(one for one in project_lists() if (one.place, one.year) == (project.place, project.year))
    indicators = measuring(project, catalogue)
    return {
        "kind": "project",
        "code": project.name,
        "name": _both(Text(project.name)),
        "group": project.group,
        "programme_kind": None if project.kind is None else project.kind.code,
        "place": project.place,
        "year": project.year,
        "services": [one.key for one in project.services],
        "service_names": [one.name for one in project.services],
        "note": _both(project.note),
        "source": _source(Source(listed.document, listed.clause, listed.verified)),
        "indicators": [_brief(one) for one in indicators],
        "measures": [_needed(one) for one in catalogue.measures_of(*indicators)],
    }


def scheme_dict(scheme: Scheme, catalogue: Catalogue) -> dict[str, object]:
    """An edition of a scheme; each item with its own weight, an equal part of its group's worked out."""
    return {
        "kind": "scheme",
        "code": scheme.code,
        "edition": scheme.edition,
        "name": _both(scheme.name),
        "total": plain(scheme.total),
        "composite": scheme.composite,
        "missing": scheme.missing,
        "decimals": scheme.decimals,
        "rounding": scheme.rounding,
        "groups": [
            {"code": one.code, "name": _both(one.name), "weight": plain(one.weight), "if_missing": one.if_missing}
            for one in scheme.groups
        ],
        "items": [_item(one, scheme, catalogue) for one in scheme.items],
        "grades": [{"code": one.code, "name": _both(one.name), "least": plain(one.least)} for one in scheme.grades],
        "domain": scheme.domain,
        "source": _source(scheme.source),
        "verified": scheme.verified,
        "valid_from": None if scheme.valid_from is None else scheme.valid_from.isoformat(),
        "valid_to": None if scheme.valid_to is None else scheme.valid_to.isoformat(),
        "default": scheme.default,
        "description": _both(scheme.description),
        "aliases": list(scheme.aliases),
        "pack": scheme.pack,
    }


def light_dict(rule: LightRule, catalogue: Catalogue) -> dict[str, object]:
    """A rule of lights; a step shines below its limit, and `watches` are the codes that go by it."""
    return {
        "kind": "light",
        "code": rule.code,
        "name": _both(rule.name),
        "compares": rule.compares,
        "steps": [{"light": one.light, "below": _number(one.below)} for one in rule.steps],
        "zero_target": rule.zero_target,
        "source": _source(rule.source),
        "description": _both(rule.description),
        "pack": rule.pack,
        "watches": [watch.code for watch in catalogue.watches if watch.light == rule.code],
    }


def watch_dict(watch: Watch) -> dict[str, object]:
    """A watch; `light` is the code of its rule."""
    return {
        "kind": "watch",
        "code": watch.code,
        "name": _both(watch.name),
        "aspect": watch.aspect,
        "measure": watch.measure,
        "actual": None if watch.actual is None else str(watch.actual),
        "target": None if watch.target is None else str(watch.target),
        "low": _number(watch.low),
        "high": _number(watch.high),
        "strict": watch.strict,
        "light": watch.light,
        "source": _source(watch.source),
        "pack": watch.pack,
    }


def pack_dict(pack: Pack, catalogue: Catalogue) -> dict[str, object]:
    """A pack; `indicators` and `schemes` are keys, `measures`, `lights` and `watches` codes, `cases` is how many."""
    return {
        "kind": "pack",
        "code": pack.id,
        "name": _both(pack.title),
        "edition": pack.edition,
        "licence": pack.licence,
        "requires": list(pack.requires),
        "builtin": pack.builtin,
        "indicators": [one.key for one in pack.indicators],
        "measures": [one.code for one in pack.measures],
        "schemes": [one.key for one in pack.schemes],
        "lights": [one.code for one in pack.light_rules],
        "watches": [one.code for one in pack.watches],
        "cases": sum(case.pack == pack.id for case in catalogue.cases),
    }


def _item(item: Item, scheme: Scheme, catalogue: Catalogue) -> dict[str, object]:
    return {
        "code": item.code,
        "name": _both(item_name(item, catalogue)),
        "indicator": item.indicator,
        "group": item.group,
        "weight": fraction_text(scheme.weights[item.code]),
        "method": item.method,
        "better": item.better,
        "target": item.target if isinstance(item.target, str) else _number(item.target),
        "passing": _number(item.passing),
        "step": _number(item.step),
        "deduct": _number(item.deduct),
        "part_step": item.part_step,
        "bands": [_band(one) for one in item.bands],
        "zero_target": item.zero_target,
    }


def _band(band: Band) -> dict[str, object]:
    ends: dict[str, object] = {key: _number(getattr(band, key)) for key in ("least", "most", "share")}
    return ends | {"label": _both(band.label)}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _brief(indicator: Indicator) -> dict[str, object]:
    return {
        "key": indicator.key,
        "name": _both(indicator.name),
        "formula": indicator.formula,
        "unit": indicator.unit,
    }


def _needed(measure: Measure) -> dict[str, object]:
    return {"code": measure.code, "name": _both(measure.name), "unit": measure.unit, "time": measure.time}


def _source(source: Source | None) -> dict[str, object] | None:
    if source is None:
        return None
    return {"document": source.document, "clause": source.clause, "verified": source.verified}


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}
