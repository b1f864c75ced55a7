"""One command run in this process: its exit code, what it printed, and what it said on standard error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from libminsheng.cli import main


class Done(NamedTuple):
    code: int
    out: str
    err: str


Minsheng = Callable[..., Done]

FACTS = """\
division,period,measure,value,unit,approximate,kind
340102,2017,newborns_screened,1.0601,万人,,
340102,2017,live_births,10642,人,true,
340102004,2018,newborns_screened,5,人,,
340102004,2018,live_births,0,人,,
340102,2017,funds_disbursed_and_used,2.62,亿元,,
"""


@pytest.fixture
def minsheng(capsys: pytest.CaptureFixture[str]) -> Minsheng:
    def run(*words: str | Path) -> Done:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(code, out, err)

    return run


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.csv"
    path.write_text(FACTS, "utf-8")
    return path
