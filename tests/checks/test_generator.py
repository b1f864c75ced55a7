"""Findings are right: one mistake of each kind, planted in clean panels that were drawn without a look at the checks.

`make bench` measures the same on larger panels and more of them (`bench/checks.py`).
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import libminsheng as ms
from bench.checks import faulty, found, twice
from bench.clean_panel import Panel, clean_panel
from bench.faults import KINDS

SEEDS = (1, 2)


@pytest.fixture(scope="module")
def clean() -> dict[int, Panel]:
    return {seed: clean_panel(seed, divisions=110) for seed in SEEDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_clean_panel_has_no_errors_and_few_warnings(clean: dict[int, Panel], seed: int) -> None:
    panel = clean[seed]
    findings = ms.check(panel.frame, tree=panel.tree)
    assert [one.text("en") for one in findings.at_least("error")] == []
    assert findings.counts["warning"] < 10


def test_a_mistake_of_each_kind_is_found(clean: dict[int, Panel]) -> None:
    hits: dict[str, list[bool]] = defaultdict(list)
    for seed in SEEDS:
        for panel, planted in faulty(clean[seed], np.random.default_rng(seed)):
            findings = ms.check(panel.frame, tree=panel.tree)
            for one in planted:
                hits[one.kind].append(found(one, findings))
    assert set(hits) == set(KINDS)
    assert [kind for kind, some in hits.items() if not any(some)] == []
    assert sum(map(sum, hits.values())) >= 0.9 * sum(map(len, hits.values()))


def test_a_key_that_a_file_reports_twice_is_found(clean: dict[int, Panel], tmp_path: Path) -> None:
    assert twice(clean[1], np.random.default_rng(1), tmp_path, ms.catalogue())


def test_a_fault_changes_what_one_person_wrote_and_nothing_else(clean: dict[int, Panel]) -> None:
    for panel, planted in faulty(clean[1], np.random.default_rng(5), ["outlier", "parent_differs", "cumulative_falls"]):
        changed = [row for row, value in enumerate(panel.values) if value != clean[1].values[row]]
        assert sorted(panel.rows[row][:3] for row in changed) == sorted(one.found.places[0] for one in planted)
