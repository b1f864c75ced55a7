"""Rules of lights, and what is watched by them, laid out for reading."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Formula
from libminsheng.definitions.lights import EVERY, LightRule, Watch
from libminsheng.errors import Language, say
from libminsheng.report.definition import page_grid, source_words
from libminsheng.report.formulas import formula_in_words, name_of
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.words import interval, joined

__all__ = [
    "compares_words", "light_grid", "light_row", "lights_grid", "range_words", "steps_words", "watch_grid",
    "watch_name", "watch_row", "watched_words", "watches_grid", "zero_words",
]  # fmt: skip


def light_grid(rule: LightRule, catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """A rule: what is compared, where the colours change, what a target of zero does, and who goes by it."""
    values = {
        "compares": compares_words(rule, lang),
        "colours": steps_words(rule, lang),
        "zero_target": zero_words(rule, lang),
        "source": source_words(rule.source, lang),
        "definition": rule.description.in_(lang),
        "pack": rule.pack,
        "watched_by": joined((watch.code for watch in catalogue.watches if watch.light == rule.code), lang),
    }
    return page_grid(f"{rule.name.in_(lang)} · {rule.code}", values.items(), lang)


def watch_grid(watch: Watch, catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """A watch: what is set against what, in which of the two monitorings, and by which rule."""
    rule = catalogue.light_rules.get(watch.light)
    values = {
        "aspect": say(f"report.aspect_{watch.aspect}", lang),
        "watched": watched_words(watch, catalogue, lang),
        "actual": "" if watch.actual is None else str(watch.actual),
        "target": _target(watch, rule, catalogue, lang),
        "range": range_words(watch),
        "strict": say(f"report.strict_{rule.compares}", lang) if watch.strict and rule is not None else "",
        "light_rule": watch.light if rule is None else f"{rule.name.in_(lang)} · {rule.code}",
        "colours": "" if rule is None else steps_words(rule, lang) or compares_words(rule, lang),
        "source": "" if watch.source is None else source_words(watch.source, lang),
        "pack": watch.pack,
    }
    return page_grid(f"{watch_name(watch, catalogue, lang)} · {watch.code}", values.items(), lang)


def lights_grid(caption: str, rules: Iterable[LightRule], lang: Language | None = None) -> Grid:
    """Rules one below the other: code, name, what is compared, colours."""
    headers = [say(f"report.column_{name}", lang) for name in ("code", "name", "compares", "light")]
    return Grid(caption, headers, [Section("", [light_row(one, lang) for one in rules])])


def watches_grid(caption: str, watches: Iterable[Watch], catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """Watches one below the other: code, name, rule, what is watched."""
    headers = [say(f"report.column_{name}", lang) for name in ("code", "name", "light", "watched")]
    return Grid(caption, headers, [Section("", [watch_row(one, catalogue, lang) for one in watches])])


def light_row(rule: LightRule, lang: Language | None) -> list[Cell]:
    """One line about a rule."""
    kind, words = say(f"report.compared_{rule.compares}", lang), compares_words(rule, lang)
    return [Cell(text) for text in (rule.code, rule.name.in_(lang), kind, steps_words(rule, lang) or words)]


def watch_row(watch: Watch, catalogue: Catalogue, lang: Language | None) -> list[Cell]:
    """One line about a watch."""
    what = " / ".join(str(formula) for formula in (watch.actual, watch.target) if formula) or watch.measure or ""
    return [Cell(text) for text in (watch.code, watch_name(watch, catalogue, lang), watch.light, what)]


def compares_words(rule: LightRule, lang: Language | None = None) -> str:
    """What a rule compares, and for a limit or a range which colours that gives."""
    return say(f"report.compares_{rule.compares}", lang)


def steps_words(rule: LightRule, lang: Language | None = None) -> str:
    """The colours with the half-open stretches of values in which they shine.

    >>> from libminsheng.definitions.catalogue import catalogue
    >>> steps_words(catalogue().light_rules["positive"], "en")
    'red (−∞, 60) %, yellow [60, 80) %, green [80, 120) %, blue [120, ∞) %'
    """
    least: Decimal | None = None
    words = []
    unit = " %" if rule.compares == "pace" else ""
    for step in rule.steps:
        words.append(f"{say(f'report.light_{step.light}', lang)} {interval(least, step.below, '[)')}{unit}")
        least = step.below
    return joined(words, lang)


def zero_words(rule: LightRule, lang: Language | None = None) -> str:
    """What a target of zero does, where a rule sets what was reached against one."""
    return say(f"report.zero_target_{rule.zero_target}", lang) if rule.compares == "pace" else ""


def watch_name(watch: Watch, catalogue: Catalogue, lang: Language | None = None) -> str:
    """The name of a watch, else of the measure that it watches, else its code."""
    if name := watch.name.in_(lang):
        return name
    if watch.measure == EVERY:
        return say("report.every_measure", lang)
    return watch.code if watch.measure is None else name_of(watch.measure, catalogue, lang)


def watched_words(watch: Watch, catalogue: Catalogue, lang: Language | None = None) -> str:
    """What is watched: a measure by its name, a formula in words."""
    if watch.measure == EVERY:
        return say("report.every_measure", lang)
    if watch.measure is not None:
        return f"{name_of(watch.measure, catalogue, lang)} · {watch.measure}"
    return _in_words(watch.actual, catalogue, lang)


def range_words(watch: Watch) -> str:
    """The ends of a range, which belong to it; empty where there are none."""
    return "" if watch.low is None and watch.high is None else interval(watch.low, watch.high, "[]")


def _target(watch: Watch, rule: LightRule | None, catalogue: Catalogue, lang: Language | None) -> str:
    if watch.target is not None:
        return say("report.marked", lang, text=str(watch.target), mark=_in_words(watch.target, catalogue, lang))
    aims = watch.measure is not None and (rule is None or rule.compares in ("pace", "limit"))
    return say("report.target_reported", lang) if aims else ""


def _in_words(formula: Formula | None, catalogue: Catalogue, lang: Language | None) -> str:
    return "" if formula is None else formula_in_words(formula, catalogue, lang)
