"""Tables as text: aligned, on one line each, harmless."""

from __future__ import annotations

import io
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.numbers import grouped, grouped_text, plain
from libminsheng.report.table import display_width, print_grid, table_text

words = st.text(st.sampled_from("abc 民生指标（）é—％\t\n\x1b\u200b"), max_size=12)
rows = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(words, min_size=width, max_size=width), min_size=1, max_size=5)
)


@given(rows)
def test_cells_of_a_column_begin_in_the_same_place(texts: list[list[str]]) -> None:
    grid = Grid(
        "", [f"h{place}" for place in range(len(texts[0]))], [Section("", [[Cell(t) for t in row] for row in texts])]
    )
    lines = table_text(grid).splitlines()
    assert len(lines) == len(texts) + 2
    rule = lines[1]
    starts = [place for place in range(len(rule)) if rule[place] == "-" and (not place or rule[place - 1] == " ")]
    for line in lines:
        columns = "".join(character + "\0" * (display_width(character) - 1) for character in line).ljust(len(rule))
        for start in starts[1:]:
            assert columns[start - 2 : start] == "  "


@given(words)
def test_no_control_character_reaches_a_terminal(text: str) -> None:
    shown = table_text(Grid(text, [text], [Section(text, [[Cell(text)]])], notes=[text]))
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]


@given(st.lists(words, min_size=1, max_size=3), st.integers(4, 20))
def test_folding_loses_nothing_but_blanks(texts: list[str], width: int) -> None:
    grid = Grid("", [], [Section("", [[Cell(text) for text in texts]])], wrap=width)
    flat = table_text(Grid("", [], [Section("", [[Cell(text)] for text in texts])]))
    folded = table_text(grid)
    assert sorted("".join(folded.split())) == sorted("".join(flat.split()))
    assert all(display_width(line) <= (width + 2) * len(texts) for line in folded.splitlines())


def test_a_table_reads_like_this() -> None:
    sections = [
        Section("资金", [[Cell("专项资金规模"), Cell("26,200.00"), Cell("万元")]]),
        Section("病有所医", [[Cell("筛查率"), Cell("99.61"), Cell("%")]]),
    ]
    grid = Grid("瑶海区", ["指标", "数值", "单位"], sections, frozenset({1}), ["一条说明"])
    assert table_text(grid).splitlines() == [
        "瑶海区",
        "",
        "指标               数值  单位",
        "------------  ---------  ----",
        "资金",
        "专项资金规模  26,200.00  万元",
        "",
        "病有所医",
        "筛查率            99.61  %",
        "",
        "一条说明",
    ]


def test_long_cells_go_on_in_the_next_line() -> None:
    grid = Grid("", ["", "a"], [Section("", [[Cell("公式"), Cell("newborns_screened / live_births")]])], wrap=20)
    assert table_text(grid).splitlines()[2:] == ["公式  newborns_screened /", "      live_births"]


def test_a_terminal_gets_the_same_letters_in_colour(monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    grid = Grid("", ["状态"], [Section("", [[Cell("[bold]缺数据", "bad")]])])
    screen = Terminal()
    print_grid(grid, screen)
    assert "\x1b[31m" in screen.getvalue()
    assert "[bold]缺数据" in screen.getvalue()
    paper = io.StringIO()
    print_grid(grid, paper)
    assert paper.getvalue() == table_text(grid)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_numbers_lose_nothing_when_they_are_read_back(value) -> None:
    assert type(value)(grouped(value, 4).replace(",", "")) == value
    assert type(value)(grouped_text(f"{value:f}").replace(",", "")) == value
    assert type(value)(plain(value)) == value
    assert "E" not in plain(value)


def test_text_that_is_no_number_stays_as_it_is() -> None:
    assert grouped_text("10601/10642 ≈ 0.996147") == "10601/10642 ≈ 0.996147"
    assert grouped_text("NaN") == "NaN"
    assert grouped(None, 2) == "—"
    assert plain(None) == ""
