"""Time and memory from 1 to 50 million rows; each size runs in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import libminsheng as ms
from bench.panel import Panel, definitions
from bench.yardstick import Result

__all__ = ["run"]

SIZES = (1_000_000, 5_000_000, 20_000_000, 50_000_000)


def run(sizes: tuple[int, ...] = SIZES) -> list[Result]:
    """Whether time grows linearly and memory stays under twice the input's."""
    found = [json.loads(subprocess.check_output([sys.executable, "-m", "bench.scaling", str(size)])) for size in sizes]
    small, large = found[0], found[-1]
    growth = (large["seconds"] / small["seconds"]) / (large["rows"] / small["rows"])
    memory = max(one["memory"] / one["input"] for one in found[1:])
    times = ", ".join(f"{one['rows'] / 1e6:g} M {one['seconds']:.2f} s" for one in found)
    sizes_text = ", ".join(f"{one['rows'] / 1e6:g} M {one['memory'] / one['input']:.2f}×" for one in found)
    return [
        Result("time per row, largest against smallest", f"{growth:.2f}×", "≤ 1.2×", growth <= 1.2, times),
        Result("memory above the input, as a multiple of it", f"{memory:.2f}×", "< 1×", memory < 1, sizes_text),
    ]


def measure(rows: int) -> dict[str, float]:
    """One size: the least of three runs, and the most memory beyond what held the input."""
    panel = Panel.of(rows)
    tree = panel.tree()
    with tempfile.TemporaryDirectory() as folder:
        catalogue = ms.catalogue(packs=[definitions(Path(folder))], builtin=False)
        before = _resident()
        _reset_peak()
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            frame = ms.evaluate(panel.frame, catalogue=catalogue, tree=tree).frame
            seconds.append(time.perf_counter() - start)
            del frame
        memory = max(_peak() - before, 0)
    return {"rows": rows, "seconds": min(seconds), "memory": memory, "input": panel.frame.estimated_size()}


def _status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _resident() -> int:
    return _status("VmRSS:")


def _peak() -> int:
    return _status("VmHWM:")


def _reset_peak() -> None:
    """From here on the highest memory is counted anew (Linux)."""
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5")


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
