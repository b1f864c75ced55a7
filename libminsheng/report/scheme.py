"""Scoring schemes laid out for reading: groups, weights, how each item earns its points, grades."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Better
from libminsheng.definitions.scheme import Band, Grade, Group, Item, Scheme
from libminsheng.errors import EvaluationError, Language, current_language, say
from libminsheng.report.definition import dates_words, source_words
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.numbers import plain
from libminsheng.report.words import domain_words, interval, joined
from libminsheng.scoring.points import shown
from libminsheng.vocabulary.text import Text

__all__ = [
    "bands_words", "composite_words", "grades_words", "group_words", "item_name", "items_of", "method_words", "missing_words",
    "scheme_grids", "scheme_row", "scheme_rows_grid", "schemes_grid", "shared_bands", "target_words",
]  # fmt: skip

_WIDE = 88
_BESIDE = 44


def scheme_grids(editions: Sequence[Scheme], catalogue: Catalogue, lang: Language | None = None) -> list[Grid]:
    """The editions of a scheme side by side, then the items of each, group by group."""
    lang = lang or current_language()
    columns = [_definition(edition, lang) for edition in editions]
    if len({edition.name for edition in editions}) == 1:
        for column in columns:
            del column["name"]
    names = [name for name in columns[0] if any(column[name].text for column in columns)]
    rows = [[Cell(say(f"report.{name}", lang), "quiet"), *(column[name] for column in columns)] for name in names]
    several = len(editions) > 1
    page = Grid(
        f"{editions[0].name.in_(lang)} · {editions[0].code}",
        [say("report.edition", lang), *(_edition(edition, lang) for edition in editions)],
        [Section("", rows)],
        wrap=_BESIDE if several else _WIDE,
    )
    return [page, *(_items_grid(edition, catalogue, lang, several=several) for edition in editions)]


def schemes_grid(catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """Every scheme of a catalogue."""
    counts = say("report.count_schemes", lang, count=len(catalogue.schemes))
    return scheme_rows_grid(f"{say('report.schemes', lang)} · {counts}", catalogue.schemes, lang)


def scheme_rows_grid(caption: str, schemes: Iterable[Scheme], lang: Language | None = None) -> Grid:
    """Schemes one below the other: code, name, edition, total, how many items, whether verified."""
    names = ("code", "name", "edition", "total", "items", "source")
    headers = [say(f"report.column_{name}", lang) for name in names]
    return Grid(caption, headers, [Section("", [scheme_row(one, lang) for one in schemes])], frozenset({3, 4}))


def scheme_row(scheme: Scheme, lang: Language | None) -> list[Cell]:
    """One line about a scheme; an edition that is not the default stands back."""
    tone: Tone = "plain" if scheme.default else "quiet"
    mark = say("report.verified" if scheme.verified else "report.unverified", lang)
    texts = (scheme.code, scheme.name.in_(lang), scheme.edition, plain(scheme.total), str(len(scheme.items)))
    return [*(Cell(text, tone) for text in texts), Cell(mark, tone if scheme.verified else "warn")]


def item_name(item: Item, catalogue: Catalogue) -> Text:
    """An item's name, which by default is its indicator's."""
    if item.name != Text():
        return item.name
    try:
        return catalogue.indicator(item.indicator).name
    except EvaluationError:
        return Text(item.code, item.code)


def items_of(scheme: Scheme) -> list[tuple[Group | None, list[Item]]]:
    """The items of each group; of a scheme without groups all of them."""
    groups: Sequence[Group | None] = scheme.groups or (None,)
    return [
        (group, [item for item in scheme.items if item.group == (None if group is None else group.code)])
        for group in groups
    ]


def group_words(group: Group, scheme: Scheme, lang: Language | None = None) -> str:
    """A group's name and weight, and where its weight goes when all of it is missing."""
    name, weight = group.name.in_(lang) or group.code, plain(group.weight)
    heir = scheme.group(group.if_missing)
    if heir is None:
        return say("report.group_weight", lang, group=name, weight=weight)
    return say("report.group_heir", lang, group=name, weight=weight, heir=heir.name.in_(lang) or heir.code)


def composite_words(scheme: Scheme, lang: Language | None = None) -> str:
    """How the total is made of the items."""
    return say(f"report.composite_{scheme.composite}", lang)


def missing_words(scheme: Scheme, lang: Language | None = None) -> str:
    """What an item without a value does."""
    return say(f"report.if_missing_{scheme.missing}", lang)


def grades_words(scheme: Scheme, lang: Language | None = None) -> str:
    """The grades with the stretch of totals that each is given for: the better limit belongs to the next better one.

    >>> from libminsheng.definitions.catalogue import catalogue
    >>> grades_words(catalogue().scheme("self_evaluation"), "zh")
    '优 [90, 100]、良 [80, 90)、中 [60, 80)、差 [0, 60)'
    """
    return joined((_grade(grade, scheme, lang) for grade in scheme.grades), lang)


def target_words(item: Item, catalogue: Catalogue, lang: Language | None = None) -> str:
    """What an item is held against, in its indicator's unit."""
    if item.target is None:
        return ""
    if item.target == "reported":
        return say("report.target_reported", lang)
    unit = _indicator(item, catalogue)[0]
    return f"{plain(item.target)} {unit}".rstrip()


def shared_bands(scheme: Scheme) -> tuple[Band, ...]:
    """The bands by which reviewers' ratings are read, if several items share them: they are told once."""
    counted = Counter(item.bands for item in scheme.items if item.method == "rated" and item.bands)
    return next((bands for bands, count in counted.items() if count > 1), ()) if len(counted) == 1 else ()


def method_words(item: Item, catalogue: Catalogue, lang: Language | None = None, *, bands: bool = True) -> str:
    """How an item earns its points; without its bands where these are told elsewhere."""
    better = _indicator(item, catalogue)[1]
    side = f"_{better}" if better in ("lower", "target") else ""
    words = [_method(item, side, lang)]
    if item.passing is not None:
        words.append(say("report.method_passing", lang, passing=plain(item.passing)))
    if item.method == "stepped":
        words.append(say(f"report.part_step_{item.part_step}", lang))
    if item.bands and bands:
        words.append(bands_words(item.bands, lang, most=better == "lower" and item.method == "banded"))
    if item.zero_target == "full_if_none":
        words.append(say("report.zero_target_full_if_none", lang))
    return ("；" if (lang or current_language()) == "zh" else "; ").join(words)


def bands_words(bands: Sequence[Band], lang: Language | None = None, *, most: bool = False) -> str:
    """Bands from the best on, each as a half-open stretch of values with what it earns and means.

    >>> from decimal import Decimal
    >>> bands_words([Band(Decimal(90), None, Decimal(100), Text()), Band(None, None, Decimal(0), Text())], "en")
    '[90, ∞) 100 %, (−∞, 90) 0 %'
    """
    return joined(
        (
            " ".join(filter(None, (_stretch(bands, number, most=most), _share(band), band.label.in_(lang))))
            for number, band in enumerate(bands)
        ),
        lang,
    )


def _stretch(bands: Sequence[Band], number: int, *, most: bool) -> str:
    band, before = bands[number], bands[number - 1] if number else None
    if most:
        return interval(None if before is None else before.most, band.most, "(]")
    return interval(band.least, None if before is None else before.least, "[)")


def _share(band: Band) -> str:
    return "" if band.share is None else f"{plain(band.share)} %"


def _method(item: Item, side: str, lang: Language | None) -> str:
    if item.method in ("proportional", "threshold", "stepped"):
        step, deduct = plain(item.step), plain(item.deduct)
        return say(f"report.method_{item.method}{side}", lang, step=step, deduct=deduct)
    return say(f"report.method_{item.method}", lang)


def _indicator(item: Item, catalogue: Catalogue) -> tuple[str, Better | None]:
    """The unit in which an item is scored, and which side is better."""
    try:
        found = catalogue.indicator(item.indicator)
    except EvaluationError:
        return "", item.better
    return "" if found.unit == "1" else found.unit, item.better or found.better


def _grade(grade: Grade, scheme: Scheme, lang: Language | None) -> str:
    above = min((other.least for other in scheme.grades if other.least > grade.least), default=None)
    stretch = interval(grade.least, scheme.total if above is None else above, "[]" if above is None else "[)")
    return f"{grade.name.in_(lang) or grade.code} {stretch}"


def _edition(scheme: Scheme, lang: Language) -> str:
    return f"{scheme.edition} · {say('report.default_edition', lang)}" if scheme.default else scheme.edition


def _definition(scheme: Scheme, lang: Language) -> dict[str, Cell]:
    rounding = say(f"report.rounding_{scheme.rounding}", lang)
    return {
        "name": Cell(scheme.name.in_(lang)),
        "total": Cell(plain(scheme.total)),
        "composite": Cell(composite_words(scheme, lang)),
        "if_missing": Cell(missing_words(scheme, lang)),
        "rounding": Cell(say("report.reference_decimals", lang, count=scheme.decimals, rounding=rounding)),
        "grades": Cell(grades_words(scheme, lang)),
        "domain": Cell(domain_words(scheme.domain, lang) if scheme.domain else ""),
        "in_force": Cell(dates_words(scheme.valid_from, scheme.valid_to, lang)),
        "source": Cell(source_words(scheme.source, lang), "plain" if scheme.verified else "warn"),
        "definition": Cell(scheme.description.in_(lang)),
        "aliases": Cell(joined(scheme.aliases, lang)),
        "pack": Cell(scheme.pack),
    }


def _items_grid(scheme: Scheme, catalogue: Catalogue, lang: Language, *, several: bool) -> Grid:
    names = ("item", "indicator", "weight", "target", "method")
    shared = shared_bands(scheme)
    sections = [
        Section(
            "" if group is None else group_words(group, scheme, lang),
            [_item(item, scheme, catalogue, lang, bands=item.bands != shared) for item in items],
        )
        for group, items in items_of(scheme)
    ]
    items = say("report.items", lang)
    notes = [say("report.rated_bands", lang, bands=bands_words(shared, lang))] if shared else []
    return Grid(
        f"{scheme.edition} · {items}" if several else items,
        [say(f"report.column_{name}", lang) for name in names],
        sections,
        frozenset({2, 3}),
        [*notes, *([] if scheme.verified else [say("report.scheme_unverified", lang)])],
        wrap=_BESIDE,
    )


def _item(item: Item, scheme: Scheme, catalogue: Catalogue, lang: Language, *, bands: bool) -> list[Cell]:
    return [
        Cell(item_name(item, catalogue).in_(lang)),
        Cell(item.indicator.removesuffix("@1")),
        Cell(shown(scheme.weights[item.code])),
        Cell(target_words(item, catalogue, lang)),
        Cell(method_words(item, catalogue, lang, bands=bands)),
    ]
