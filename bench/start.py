"""Starting up: the import, and the command line on the Yaohai file, as whole processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.yardstick import Result, race

__all__ = ["run"]

FACTS = Path(__file__).parent.parent / "examples" / "yaohai-2017" / "facts.csv"


def _python(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run() -> list[Result]:
    """The import against importing polars and pydantic alone; `minsheng evaluate` in seconds."""
    seconds = race(
        {
            "libminsheng": lambda: _python("-c", "import libminsheng"),
            "polars and pydantic": lambda: _python("-c", "import polars, pydantic"),
            "evaluate": lambda: _python("-m", "libminsheng.cli", "evaluate", str(FACTS), "--format", "json"),
        },
        rounds=7,
    )
    ratio = seconds["libminsheng"] / seconds["polars and pydantic"]
    detail = f"{seconds['libminsheng']:.2f} s against {seconds['polars and pydantic']:.2f} s"
    return [
        Result("import libminsheng, against polars and pydantic", f"{ratio:.2f}×", "≤ 1.5×", ratio <= 1.5, detail),
        Result(
            "minsheng evaluate on the Yaohai facts", f"{seconds['evaluate']:.2f} s", "< 1 s", seconds["evaluate"] < 1
        ),
    ]
