"""``python -m bench [NAME…]``: run the benches, print the table, keep it in ``bench/results``."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from pathlib import Path

import polars as pl

import libminsheng as ms
from bench.yardstick import Result

NAMES = ("start", "definitions", "figures", "catalogue", "scaling", "checks", "copy", "figures_service")


def table(name: str, results: list[Result]) -> str:
    """The results as a Markdown table under the machine that they were measured on."""
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, polars {pl.__version__}"
    )
    lines = [
        f"# {name}",
        "",
        f"`python -m bench {name}`; libminsheng {ms.__version__}; {machine}",
        "",
        "| what | measured | wanted | kept | detail |",
        "|---|---|---|---|---|",
    ]
    for one in results:
        kept = "" if one.kept is None else "yes" if one.kept else "NO"
        lines.append(f"| {one.name} | {one.figure} | {one.limit} | {kept} | {one.detail} |")
    return "\n".join(lines) + "\n"


def main(names: list[str]) -> int:
    """Run these benches, or all; 1 if one of them missed what it has to keep."""
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    missed = 0
    for name in names or NAMES:
        print(f"running {name} …", file=sys.stderr, flush=True)
        results = importlib.import_module(f"bench.{name}").run()
        text = table(name, results)
        print(text, flush=True)
        (folder / f"{name}.md").write_text(text, "utf-8")
        missed += sum(one.kept is False for one in results)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
