"""minsheng demo: the bulletin's figures, what cannot be computed and why, and one figure explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from libminsheng.cli import demo
from libminsheng.report.table import display_width
from tests.cli.conftest import Minsheng

SECTIONS = [
    "资金", "项目与进度", "幼有所育", "学有所教", "劳有所得", "病有所医", "老有所养", "住有所居", "弱有所扶", "宣传",
]  # fmt: skip


def test_it_groups_the_bulletins_figures(minsheng: Minsheng) -> None:
    done = minsheng("demo", "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert "瑶海区 340102 · 2017年" in lines[0]
    assert [line for line in lines if line in SECTIONS] == SECTIONS
    rows = {line.split()[0]: line.split()[1:] for line in reversed(lines) if len(line.split()) >= 4}
    assert rows["专项资金规模"] == ["26,200.00", "万元", "正常"]
    assert rows["新生儿遗传代谢性疾病筛查率"] == ["99.61", "%", "含推算数"]
    assert rows["资金利用率"][:2] == ["—", "%"]
    assert rows["资金利用率"][2].startswith("缺数据；缺已使用资金、已拨付资金")


def test_it_explains_the_screening_rate_and_says_what_to_do_next(minsheng: Minsheng) -> None:
    done = minsheng("demo", "--lang", "en")
    assert "Newborn screening rate = 99.61 %" in done.out
    assert "10642" in done.out
    assert "10601" in done.out
    assert "minsheng evaluate" in done.out.splitlines()[-2]
    assert "minsheng pack new" in done.out.splitlines()[-1]


def test_it_is_wide_only_where_it_has_to_be(minsheng: Minsheng) -> None:
    lines = minsheng("demo", "--lang", "zh").out.splitlines()
    table = lines[2 : lines.index("")]
    assert all(display_width(line) <= 110 for line in table)


def test_the_facts_ship_with_the_package_or_lie_beside_it(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo.demo_facts().read_bytes() == (repository / "examples/yaohai-2017/facts.csv").read_bytes()
    package = tmp_path / "libminsheng"
    (package / "data").mkdir(parents=True)
    monkeypatch.setattr(demo.libminsheng, "__file__", str(package / "__init__.py"))
    with pytest.raises(ValueError, match="shipped facts"):
        demo.demo_facts()
    (package / "data/yaohai-2017.csv").write_text("", "utf-8")
    assert demo.demo_facts() == package / "data/yaohai-2017.csv"
