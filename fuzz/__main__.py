"""``python -m fuzz [TARGET…]``: fuzz each target for FUZZ_SECONDS (60), guided by the code that it reaches.

What was tried lies in ``.fuzz/TARGET`` and is gone on from; an input that broke something lies beside it, and is
tried again by ``python -m fuzz TARGET FILE``.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

NAMES = ("bulletin", "facts")
FOLDER = Path(".fuzz")


def run(target: str, more: list[str]) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["libminsheng"]):
        from fuzz.targets import TARGETS, seeds

        for seed in seeds(target):  # names are imported when they are first asked for: all of them under the instrument
            TARGETS[target](seed)
    if more:
        for path in more:
            TARGETS[target](Path(path).read_bytes())
        return
    corpus = FOLDER / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        (corpus / f"seed-{number}").write_bytes(seed)
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    limits = [
        f"-max_total_time={seconds}",
        "-timeout=20",
        "-rss_limit_mb=3000",
        "-max_len=8000",
        "-len_control=10",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={FOLDER}/{target}-", str(corpus)], TARGETS[target])
    atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Fuzz these targets one after the other, each in a process of its own; 1 if one of them broke."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed (it has wheels for Linux only): nothing was fuzzed", file=sys.stderr)
        return 0
    if arguments[1:] or os.environ.get("FUZZ_HERE"):
        run(arguments[0], arguments[1:])
        return 0
    broken = 0
    for target in arguments or NAMES:
        print(f"fuzzing {target} …", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "fuzz", target]
        broken += subprocess.run(command, env={**os.environ, "FUZZ_HERE": "1"}, check=False).returncode != 0
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
