"""Whether findings are right, and what they cost: one fault of each kind in clean panels, and 20 million facts.

A fault counts as found where a finding of the planted code stands at the planted place. Several faults are
planted into one panel, each in a neighbourhood of its own.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

import libminsheng as ms
from bench.clean_panel import Panel, clean_panel
from bench.faults import KINDS, plant
from bench.hand import Planted
from bench.panel import Panel as LargePanel
from bench.panel import definitions
from bench.yardstick import Result, race

__all__ = ["faulty", "found", "run", "twice"]

SEEDS = range(100, 110)
ROUNDS = 2
"""Panels with faults of each clean one."""


def faulty(
    clean: Panel, rng: np.random.Generator, kinds: Iterable[str] = KINDS
) -> Iterator[tuple[Panel, list[Planted]]]:
    """Panels with a fault of each kind; a new one is begun where there is no room for another neighbourhood."""
    panel, planted = clean, list[Planted]()
    for kind in rng.permutation(list(kinds)).tolist():
        try:
            panel, one = plant(panel, kind, rng)
        except LookupError:
            if planted:
                yield panel, planted
            panel, one = plant(clean, kind, rng)
            planted = []
        planted.append(one)
    yield panel, planted


def found(planted: Planted, findings: ms.Findings) -> bool:
    """Whether one of the findings is the fault."""
    for finding in findings.of(*planted.found.codes):
        where = tuple(finding.where.get(name) for name in ("division", "period", "measure"))
        for number, place in enumerate(planted.found.places):
            if all(wanted in (None, own) for wanted, own in zip(place, where, strict=True)):
                texts = [guess.what.in_("en") for guess in finding.hypotheses]
                if not number or not planted.found.words or any(_names(text, planted.found.words) for text in texts):
                    return True
    return False


def _names(text: str, words: tuple[str, ...]) -> bool:
    return all(word in text.replace(",", " ").replace(";", " ").split() for word in words)


def twice(clean: Panel, rng: np.random.Generator, folder: Path, catalogue: ms.Catalogue) -> bool:
    """Whether a key that a file reports twice is found in both of its rows' file."""
    from libminsheng.checks.twice import twice_findings
    from libminsheng.errors import FactsError

    frame = clean.frame.drop("basis")
    frame = frame.filter(frame["measure"] == "trainees")
    row = int(rng.integers(len(frame)))
    path = folder / "twice.csv"
    frame.vstack(frame[row]).write_csv(path)
    try:
        ms.read_facts(path, catalogue=catalogue, tree=clean.tree)
    except FactsError as refused:
        seen = list(twice_findings(refused.faults, catalogue))
        return len(seen) == 1 and seen[0].where.get("row") == len(frame) + 2
    return False


def run(rows: int = 20_000_000) -> list[Result]:
    """Recall, false errors and warnings, and the race."""
    return [*_faults(), _race(rows)]


def _faults() -> Iterator[Result]:
    catalogue = ms.catalogue()
    tries, hits, placed = Counter[str](), Counter[str](), Counter[str]()
    errors, warnings = list[int](), list[int]()
    with tempfile.TemporaryDirectory() as folder:
        for seed in SEEDS:
            clean, rng = clean_panel(seed), np.random.default_rng([seed, 7])
            counts = ms.check(clean.frame, catalogue=catalogue, tree=clean.tree).counts
            errors.append(counts["error"])
            warnings.append(counts["warning"])
            for _ in range(ROUNDS):
                for panel, planted in faulty(clean, rng):
                    findings = ms.check(panel.frame, catalogue=catalogue, tree=panel.tree)
                    for one in planted:
                        tries[one.kind] += 1
                        hits[one.kind] += found(one, findings)
                        alone = replace(one, found=one.found._replace(places=one.found.places[:1]))
                        placed[one.kind] += found(alone, findings)
                tries["duplicate: one key twice"] += 1
                hits["duplicate: one key twice"] += twice(clean, rng, Path(folder), catalogue)
    overall = sum(hits.values()) / sum(tries.values())
    count = (
        f"{sum(hits.values())} of {sum(tries.values())}, {len(SEEDS)} panels of 200 divisions, 24 months, 40 measures"
    )
    yield Result("recall", f"{overall:.3f}", "≥ 0.95", overall >= 0.95, count)
    yield Result("false errors in a clean panel, at most", str(max(errors)), "≤ 1", max(errors) <= 1, _listed(errors))
    mean = sum(warnings) / len(warnings)
    yield Result("warnings in a clean panel, on average", f"{mean:.1f}", "< 20", mean < 20, _listed(warnings))
    for kind in sorted(tries):
        share = hits[kind] / tries[kind]
        yield Result(f"recall of {kind}", f"{share:.2f}", "≥ 0.8", share >= 0.8, _placed(kind, hits, placed, tries))


def _placed(kind: str, hits: Counter[str], placed: Counter[str], tries: Counter[str]) -> str:
    """How many were found; of digits also how many at the very value, the others by name among the hypotheses."""
    own = f", {placed[kind]} at the value itself" if kind.startswith("digits") else ""
    return f"{hits[kind]} of {tries[kind]}{own}"


def _listed(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _race(rows: int) -> Result:
    """Facts checked by every built-in rule, against twenty ratios of them; each adds up the rows itself."""
    panel = LargePanel.of(rows)
    tree = panel.tree()
    with tempfile.TemporaryDirectory() as folder:
        path = definitions(Path(folder))
        alone, all_ = ms.catalogue(packs=[path], builtin=False), ms.catalogue(packs=[path])
        seconds = race(
            {
                "evaluate": lambda: ms.evaluate(panel.frame, catalogue=alone, tree=tree).frame,
                "check": lambda: ms.check(panel.frame, catalogue=all_, tree=tree),
            }
        )
    ratio = seconds["check"] / seconds["evaluate"]
    detail = ", ".join(f"{name} {seconds[name]:.2f} s" for name in ("check", "evaluate"))
    return Result(
        f"{rows / 1e6:g} million facts checked, beside 20 ratios of them", f"{ratio:.2f}×", "≤ 3×", ratio <= 3, detail
    )
