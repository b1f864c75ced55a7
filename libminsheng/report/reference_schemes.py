"""The schemes, lights and watches of a pack in the document of the whole catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.scheme import Item, Scheme
from libminsheng.errors import Language, say
from libminsheng.report.definition import dates_words, source_words
from libminsheng.report.markdown import table, text, title
from libminsheng.report.numbers import plain
from libminsheng.report.scheme import (
    bands_words,
    composite_words,
    grades_words,
    group_words,
    item_name,
    items_of,
    method_words,
    missing_words,
    shared_bands,
    target_words,
)
from libminsheng.report.watch import (
    compares_words,
    range_words,
    steps_words,
    watch_name,
    watched_words,
    zero_words,
)
from libminsheng.scoring.points import shown

__all__ = ["monitoring", "schemes"]


def schemes(pack: Pack, known: Catalogue, lang: Language) -> Iterator[str]:
    """Each edition of the pack's schemes: what holds for all of it, then its items."""
    if pack.schemes:
        yield f"### {say('report.schemes', lang)} `{pack.id}`"
    for scheme in pack.schemes:
        yield f'<a id="scheme-{scheme.code}-{scheme.edition}"></a>\n\n#### {text(title(scheme.name))} `{scheme.key}`'
        size = say(
            "report.reference_scheme",
            lang,
            total=plain(scheme.total),
            composite=composite_words(scheme, lang),
            missing=missing_words(scheme, lang),
            decimals=say(
                "report.reference_decimals",
                lang,
                count=scheme.decimals,
                rounding=say(f"report.rounding_{scheme.rounding}", lang),
            ),
        )
        about = [
            size,
            f"{say('report.grades', lang)}: {text(grades_words(scheme, lang))}" if scheme.grades else "",
            dates_words(scheme.valid_from, scheme.valid_to, lang) if scheme.valid_from or scheme.valid_to else "",
            "" if scheme.default else say("report.reference_not_default", lang),
            f"{say('report.source', lang)}: {text(source_words(scheme.source, lang))}",
            f"{say('report.aliases', lang)}: {text(', '.join(scheme.aliases))}" if scheme.aliases else "",
            text(title(scheme.description)),
        ]
        shared = shared_bands(scheme)
        if shared:
            about.append(say("report.rated_bands", lang, bands=text(bands_words(shared, lang))))
        yield "\n".join(f"- {line}" for line in about if line)
        heads = [say(f"report.column_{name}", lang) for name in ("item", "indicator", "weight", "target", "method")]
        rows = []
        for group, items in items_of(scheme):
            if group is not None:
                rows.append([f"**{text(group_words(group, scheme, lang))}**", "", "", "", ""])
            rows += [_item(item, scheme, known, lang, bands=item.bands != shared) for item in items]
        yield table(heads, rows)


def _item(item: Item, scheme: Scheme, known: Catalogue, lang: Language, *, bands: bool) -> list[str]:
    code = item.indicator.partition("@")[0]
    return [
        text(title(item_name(item, known))),
        f"[`{item.indicator}`](#{code})" if known.editions(code) else f"`{item.indicator}`",
        shown(scheme.weights[item.code]),
        text(target_words(item, known, lang)),
        text(method_words(item, known, lang, bands=bands)),
    ]


def monitoring(pack: Pack, known: Catalogue, lang: Language) -> Iterator[str]:
    """The pack's rules of lights, and what is watched by them."""
    if pack.light_rules:
        yield f"### {say('report.light_rules', lang)} `{pack.id}`"
        heads = [say(f"report.column_{name}", lang) for name in ("code", "name", "compares", "light", "source")]
        yield table(heads, (_light(rule, lang) for rule in pack.light_rules))
    if pack.watches:
        yield f"### {say('report.watches', lang)} `{pack.id}`"
        heads = [say(f"report.column_{name}", lang) for name in ("code", "name", "light", "watched", "target")]
        yield table(heads, (_watch(watch, known, lang) for watch in pack.watches))


def _light(rule: LightRule, lang: Language) -> list[str]:
    steps, zero = steps_words(rule, lang), zero_words(rule, lang)
    if zero:
        steps += f" · {say('report.zero_target', lang)}: {zero}"
    return [
        f'<a id="light-{rule.code}"></a>`{rule.code}`',
        text(title(rule.name)),
        text(compares_words(rule, lang)),
        text(steps),
        text(source_words(rule.source, lang)),
    ]


def _watch(watch: Watch, known: Catalogue, lang: Language) -> list[str]:
    rule = f"[`{watch.light}`](#light-{watch.light})" if watch.light in known.light_rules else f"`{watch.light}`"
    target = "" if watch.target is None else f"`{watch.target}`"
    return [
        f"`{watch.code}`",
        text(watch_name(watch, known, lang)),
        rule,
        text(watched_words(watch, known, lang)) if watch.actual is None else f"`{watch.actual}`",
        target or text(range_words(watch)),
    ]
