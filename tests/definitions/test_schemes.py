"""Schemes, lights and watches: each fault is told with the line that it stands on, all of them at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import libminsheng as ms
from libminsheng.errors import Fault

BASE = """\
[[measure]]
code = "done"
name = "完成数"
unit = "个"

[[measure]]
code = "due"
name = "应完成数"
unit = "个"

[[measure]]
code = "money"
name = "花费"
unit = "元"

[[indicator]]
code = "rate"
name = "完成率"
formula = "done / due"
unit = "%"
better = "higher"

[[indicator]]
code = "late"
name = "超时率"
formula = "due / done"
unit = "%"
better = "lower"

[[indicator]]
code = "near"
name = "吻合率"
formula = "done / due"
unit = "%"
better = "target"

[[indicator]]
code = "plain"
name = "无向率"
formula = "done / due"
unit = "%"

[[indicator]]
code = "gap"
name = "缺口"
formula = "due - done"
unit = "个"
better = "lower"

"""
ITEM = '{ indicator = "rate", target = 100 }'
HERE = "# here"


def faults_of(folder: Path, text: str, *others: str) -> tuple[list[Fault], list[int]]:
    """The faults of a pack of one file, and the lines that end with the comment ``here``."""
    path = folder / "mine.toml"
    path.write_text(BASE + text, "utf-8")
    paths = [path]
    for number, other in enumerate(others):
        paths.append(folder / f"other{number}.toml")
        paths[-1].write_text(other, "utf-8")
    marked = [at for at, line in enumerate((BASE + text).splitlines(), 1) if line.endswith(HERE)]
    with pytest.raises(ms.DefinitionError) as caught:
        ms.catalogue(packs=paths, builtin=False)
    for fault in caught.value.faults:
        for lang in ("zh", "en"):
            assert not re.search(r"\{\w+\}", fault.text(lang))
    return list(caught.value.faults), marked


def scheme(items: str, more: str = "", end: str = "") -> str:
    return f'[[scheme]] # S\ncode = "s"\nname = "方案"\n{more}\nitems = [\n{items}\n]\n{end}'


def watch(text: str, light: str = "pace") -> str:
    steps = 'steps = [{ light = "red", below = 60 }, { light = "green" }]\n' if light in ("pace", "value") else ""
    return f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "{light}"\n{steps}\n[[watch]]\ncode = "w"\nlight = "l"\n{text}\n'


BORN = '[[measure]]\ncode = "born"\nname = "出生数"\nunit = "个"\ntime = "flow"\nyear_starts = 10\n'
GROUPS = 'groups = [\n  { code = "g", weight = 60 },\n  { code = "h", weight = 40 },\n]'

SCHEMES = [
    ("scheme_weights", scheme('{ indicator = "rate", target = 1, weight = 60 },\n{ indicator = "late", target = 1, weight = 41 }').replace("items = [", f"items = [ {HERE}")),
    ("scheme_weights", scheme('{ group = "g", indicator = "rate", target = 1 },\n{ group = "h", indicator = "late", target = 1 }', GROUPS.replace("40", "39").replace("groups = [", f"groups = [ {HERE}"))),
    ("scheme_weights", scheme('{ group = "g", indicator = "rate", target = 1, weight = 59 },\n{ group = "h", indicator = "late", target = 1 }', GROUPS).replace("items = [", f"items = [ {HERE}")),
    ("scheme_nothing_left", scheme(f'{ITEM},\n{{ indicator = "late", target = 1, weight = 100 }}').replace("items = [", f"items = [ {HERE}")),
    ("scheme_group", scheme(f'{{ group = "g", indicator = "rate", target = 1 }},\n{{ group = "gg", indicator = "late", target = 1 }}, {HERE}\n{{ group = "h", indicator = "late", code = "l", target = 1 }}', GROUPS)),
    ("scheme_group", scheme('{ group = "g", indicator = "rate", target = 1 },\n{ group = "h", indicator = "late", target = 1 }', GROUPS.replace("weight = 40 },", f'weight = 40, if_missing = "x" }}, {HERE}'))),
    ("scheme_group", scheme('{ group = "g", indicator = "rate", target = 1 },\n{ group = "h", indicator = "late", target = 1 }', GROUPS.replace("weight = 40 },", f'weight = 40, if_missing = "h" }}, {HERE}'))),
    ("scheme_groupless", scheme(f'{{ group = "g", indicator = "rate", target = 1 }},\n{{ indicator = "late", target = 1 }}, {HERE}\n{{ group = "h", indicator = "late", code = "l", target = 1 }}', GROUPS)),
    ("scheme_groupless", scheme(f'{{ group = "g", indicator = "rate", target = 1 }}, {HERE}')),
    ("scheme_group_empty", scheme('{ group = "g", indicator = "rate", target = 1 }', GROUPS.replace("groups = [", f"groups = [ {HERE}"))),
    ("scheme_code_twice", scheme(f'{ITEM},\n{{ indicator = "rate@1", target = 1 }}').replace("items = [", f"items = [ {HERE}")),
    ("scheme_code_twice", scheme('{ group = "g", indicator = "rate", target = 1 }', GROUPS.replace('"h"', '"g"').replace("40", "60").replace("groups = [", f"groups = [ {HERE}"), ).replace('code = "s"', 'code = "s"\ntotal = 120')),
    ("scheme_grades", scheme(ITEM, f'grades = [{{ code = "a", name = "差", least = 0 }}, {{ code = "b", name = "优", least = 90 }}] {HERE}')),
    ("scheme_grades", scheme(ITEM, f'grades = [{{ code = "a", name = "优", least = 0 }}, {{ code = "b", name = "差", least = 0 }}] {HERE}')),
    ("scheme_grades_end", scheme(ITEM, f'grades = [{{ code = "a", name = "优", least = 90 }}, {{ code = "b", name = "良", least = 60 }}] {HERE}')),
    ("scheme_grades_end", scheme(ITEM, f'grades = [{{ code = "a", name = "优", least = 101 }}, {{ code = "b", name = "良", least = 0 }}] {HERE}')),
    ("scheme_needs", scheme(f'{{ indicator = "rate" }}, {HERE}')),
    ("scheme_needs", scheme(f'{{ indicator = "rate", method = "stepped", target = 1, step = 1 }}, {HERE}')),
    ("scheme_needs", scheme(f'{{ indicator = "rate", method = "banded" }}, {HERE}')),
    ("scheme_needs", scheme(f'{{ indicator = "rate", method = "banded", bands = [{{ least = 1 }}] }}, {HERE}')),
    ("scheme_unread", scheme(f'{{ indicator = "rate", method = "threshold", target = 1, passing = 60 }}, {HERE}')),
    ("scheme_unread", scheme(f'{{ indicator = "rate", method = "rated", target = 1 }}, {HERE}')),
    ("scheme_unread", scheme(f'{{ indicator = "rate", target = 1, part_step = "shared" }}, {HERE}')),
    ("scheme_unread", scheme(f'{{ indicator = "rate", method = "rated", bands = [{{ least = 1, share = 4 }}] }}, {HERE}')),
    ("scheme_better", scheme(f'{{ indicator = "plain", target = 1 }}, {HERE}')),
    ("scheme_banded_target", scheme(f'{{ indicator = "near", method = "banded", bands = [{{ least = 1, share = 4 }}] }}, {HERE}')),
    ("scheme_band_side", scheme(f'{{ indicator = "late", method = "banded", bands = [{{ least = 1, share = 4 }}] }}, {HERE}')),
    ("scheme_band_side", scheme(f'{{ indicator = "rate", method = "banded", bands = [{{ most = 1, share = 4 }}] }}, {HERE}')),
    ("scheme_bands", scheme(f'{{ indicator = "rate", method = "banded", bands = [{{ least = 1, share = 4 }}, {{ least = 2, share = 3 }}] }}, {HERE}')),
    ("scheme_bands", scheme(f'{{ indicator = "late", method = "banded", bands = [{{ most = 2, share = 4 }}, {{ most = 1, share = 3 }}] }}, {HERE}')),
    ("scheme_bands", scheme(f'{{ indicator = "rate", method = "banded", bands = [{{ share = 4 }}, {{ least = 2, share = 3 }}] }}, {HERE}')),
    ("scheme_shares", scheme(f'{{ indicator = "rate", method = "banded", bands = [{{ least = 2, share = 3 }}, {{ least = 1, share = 4 }}] }}, {HERE}')),
    ("scheme_opportunity", scheme(f'{{ indicator = "gap", target = 1 }}, {HERE}', 'composite = "opportunity"')),
    ("unknown_indicator", scheme(f'{ITEM},\n{{ indicator = "rat", target = 1 }}, {HERE}')),
    ("default", scheme(ITEM) + scheme(ITEM).replace('"s"', f'"s"\nedition = 2\ndefault = true {HERE}')),
    ("choice", scheme(f'{{ indicator = "rate", target = 1, method = "by_eye" }}, {HERE}')),
    ("choice", scheme(f'{{ indicator = "rate", target = "reportd" }}, {HERE}')),
    ("value", scheme(f'{{ indicator = "rate", target = nan }}, {HERE}')),
    ("value", scheme(f'{{ indicator = "rate", target = 1, weight = 1e30 }}, {HERE}')),
    ("value", scheme(f'{{ indicator = "rate", target = 1e999999999 }}, {HERE}')),
    ("value", scheme(f'{{ indicator = "rate", target = 1, passing = 101 }}, {HERE}')),
    ("value", scheme(f'{{ indicator = "rate", target = 1, weight = 0 }}, {HERE}')),
    ("value", scheme(ITEM, f"total = -100 {HERE}")),
    ("value", scheme(ITEM, f"decimals = 13 {HERE}")),
    ("value", scheme("").replace("items = [", f"items = [ {HERE}")),
    ("value", scheme(",\n".join([ITEM] * 1001)).replace("items = [", f"items = [ {HERE}")),
    ("unknown_key", scheme(f'{{ indicator = "rate", target = 1, wieght = 4 }}, {HERE}')),
    ("missing_key", scheme(f"{ITEM},\n{{ target = 1 }}, {HERE}")),
]  # fmt: skip

LIGHTS = [
    ("light_steps", f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "pace"\nsteps = [{{ light = "green", below = 1 }}, {{ light = "red" }}] {HERE}\n'),
    ("light_steps", f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "value"\nsteps = [{{ light = "red", below = 2 }}, {{ light = "green", below = 1 }}] {HERE}\n'),
    ("light_steps", f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "value"\nsteps = [{{ light = "red" }}, {{ light = "green" }}] {HERE}\n'),
    ("light_steps", f'[[light]] {HERE}\ncode = "l"\nname = "灯"\ncompares = "pace"\n'),
    ("light_unread", f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "limit"\nsteps = [{{ light = "red" }}] {HERE}\n'),
    ("light_unread", f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "range"\nzero_target = "equal" {HERE}\n'),
    ("light_unread", watch(f'measure = "done"\nrange = [1, 2] {HERE}')),
    ("light_unread", watch(f'measure = "done"\nstrict = true {HERE}')),
    ("watch_light", watch('measure = "done"').replace('light = "l"', f'light = "ll" {HERE}')),
    ("watch_what", watch('measure = "done"\nactual = "done"\ntarget = "due"').replace("[[watch]]", f"[[watch]] {HERE}")),
    ("watch_what", watch("").replace("[[watch]]", f"[[watch]] {HERE}")),
    ("watch_target", watch('actual = "done"').replace("[[watch]]", f"[[watch]] {HERE}")),
    ("watch_target", watch(f'actual = "done / due"\nrange = [1, 2]\ntarget = "done / due" {HERE}', "range")),
    ("watch_measure_target", watch(f'measure = "done"\ntarget = "due" {HERE}')),
    ("watch_range", watch('actual = "done / due"', "range").replace("[[watch]]", f"[[watch]] {HERE}")),
    ("watch_range", watch(f'actual = "done / due"\nrange = ["", ""] {HERE}', "range")),
    ("watch_range_order", watch(f'actual = "done / due"\nrange = [2, 1] {HERE}', "range")),
    ("unknown_name", watch(f'measure = "don" {HERE}')),
    ("unknown_name", watch(f'actual = "don" {HERE}\ntarget = "due"')),
    ("unknown_name", watch(f'actual = "done"\ntarget = "due / de" {HERE}')),
    ("result_unit", watch(f'actual = "done"\ntarget = "money" {HERE}')),
    ("years_differ", watch(f'actual = "done"\ntarget = "born" {HERE}') + BORN),
    ("missing_key", watch('actual = "done"\ntarget = "due"').replace('[[watch]]\ncode = "w"', f"[[watch]] {HERE}")),
    ("value", watch(f'actual = "done"\nrange = [1e999999999, ""] {HERE}', "range")),
    ("choice", watch(f'measure = "done"\naspect = "money" {HERE}')),
    ("choice", f'[[light]]\ncode = "l"\nname = "灯"\ncompares = "speed" {HERE}\n'),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), [*SCHEMES, *LIGHTS])
def test_a_fault_is_told_with_its_line(tmp_path: Path, code: str, text: str) -> None:
    faults, (line,) = faults_of(tmp_path, text)
    assert [(fault.code, fault.place.line) for fault in faults] == [(f"definitions.{code}", line)]
    assert faults[0].place.file == str(tmp_path / "mine.toml")


def test_every_message_about_schemes_and_lights_is_met_here(repository: Path) -> None:
    text = (repository / "libminsheng/messages/definitions.toml").read_text("utf-8")
    codes = set(re.findall(r"^\[((?:scheme|light|watch)_\w+)\]", text, re.MULTILINE))
    assert codes - {code for code, _ in (*SCHEMES, *LIGHTS)} == {"scheme_twice", "light_twice", "watch_twice"}, "below"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("scheme_twice", scheme(ITEM)),
        ("light_twice", '[[light]]\ncode = "l"\nname = "灯"\ncompares = "limit"\n'),
        ("watch_twice", '[[watch]]\nmeasure = "done"\nlight = "limit"\n'),
    ],
)
def test_what_another_pack_defines_is_refused_with_its_name(tmp_path: Path, code: str, text: str) -> None:
    limit = '[[light]]\ncode = "limit"\nname = "限"\ncompares = "limit"\n'
    faults, _ = faults_of(tmp_path, limit + text, text)
    told = [fault for fault in faults if fault.code == f"definitions.{code}"]
    assert told
    assert {fault.code for fault in faults} == {f"definitions.{code}"}
    assert any(str(fault.place.file).endswith("other0.toml") and "mine" in fault.text("en") for fault in told)
    assert all(fault.place.line is not None for fault in told)


@pytest.mark.parametrize("text", [scheme(ITEM), '[[light]]\ncode = "l"\nname = "灯"\ncompares = "limit"\n'])
def test_the_same_twice_in_one_file_is_refused(tmp_path: Path, text: str) -> None:
    faults, _ = faults_of(tmp_path, text + text)
    assert {fault.code for fault in faults} <= {
        "definitions.scheme_twice",
        "definitions.light_twice",
        "definitions.default",
    }


def test_two_watches_of_every_target_in_one_pack_are_refused(tmp_path: Path) -> None:
    every = watch('measure = "*"').replace('code = "w"\n', "")
    faults, _ = faults_of(tmp_path, every + '[[watch]]\nmeasure = "*"\nlight = "l"\n')
    assert [fault.code for fault in faults] == ["definitions.watch_twice"]


NESTED = """\
[[scheme]]
code = "s"
name = "方案"

[[scheme.groups]]
code = "g"
weight = 50

[[scheme.groups]] # here
code = "h"
weight = 50
if_missing = "x"

[[scheme.items]]
group = "g"
indicator = "rate"
target = 100

[[scheme.items]] # here
group = "h"
indicator = "late"
method = "stepped"
target = 5
step = 1
"""

INLINE = f"""\
[[scheme]]
code = "before"
name = "前"
items = [{ITEM}]

[[scheme]]
code = "s"
name = {{ zh = "方案", en = "[{{" }}
groups = [{{ code = "g", weight = 50 }}, {{ code = "h", weight = 50, if_missing = "x" }}] {HERE}
items = [
    # {{ a comment with a bracket ]
    {{ group = "g", indicator = "rate", name = "甲 [ {{", method = "banded", bands = [
        {{ least = 90, share = 100 }},
        {{ least = 60, share = 50 }},
    ] }},
    {{ group = "h", indicator = "late", target = 5, code = "ok" }}, {{ group = "h", indicator = "lat", target = 5 }}, {HERE}
    {{ group = "h", indicator = "near", target = 100, passing = 60, step = 1 }}, {HERE}
]

[[scheme]]
code = "after"
name = "后"
items = [
    {{ indicator = "rate" }}, {HERE}
]
"""


@pytest.mark.parametrize("text", [NESTED, INLINE], ids=["tables", "inline"])
def test_faults_of_inner_tables_are_told_with_their_own_lines(tmp_path: Path, text: str) -> None:
    faults, marked = faults_of(tmp_path, text)
    assert sorted(fault.place.line or 0 for fault in faults) == marked


def test_several_faults_are_told_at_once(tmp_path: Path) -> None:
    parts = [
        scheme('{ indicator = "rate", weight = 90 },\n{ indicator = "rat", target = 1, weight = 20 }'),
        scheme('{ indicator = "rate", target = 1 }', "decimals = 99").replace('"s"', '"t"'),
        watch('measure = "don"'),
        '[[watch]]\ncode = "v"\nlight = "l"\nactual = "done +"\ntarget = "due -"\n',
        '[[watch]]\nmeasure = "due"\nlight = "m"\n',
    ]
    faults, _ = faults_of(tmp_path, "\n".join(parts))
    assert sorted(fault.code.removeprefix("definitions.") for fault in faults) == [
        "scheme_needs",
        "scheme_weights",
        "syntax",
        "syntax",
        "unknown_indicator",
        "unknown_name",
        "value",
        "watch_light",
    ]
    assert len({fault.place.line for fault in faults}) == 8


def test_a_scheme_that_names_a_broken_indicator_is_not_blamed(tmp_path: Path) -> None:
    broken = '[[indicator]]\ncode = "broken"\nformula = "done / due"\nunit = "%"\ndecimals = 99\n\n'
    faults, _ = faults_of(tmp_path, broken + scheme('{ indicator = "broken", target = 1, better = "higher" }'))
    assert [fault.code for fault in faults] == ["definitions.value"]


def test_indicators_in_a_circle_leave_schemes_and_watches_for_later(tmp_path: Path) -> None:
    circle = "".join(
        f'[[indicator]]\ncode = "{one}"\nformula = "{other}"\nunit = "%"\nbetter = "higher"\n\n'
        for one, other in (("one", "other"), ("other", "one"))
    )
    opportunity = scheme('{ indicator = "one", target = 1 }', 'composite = "opportunity"')
    faults, _ = faults_of(tmp_path, circle + opportunity + watch('actual = "one"\nrange = [1, ""]', "range"))
    assert {fault.code for fault in faults} == {"definitions.circle"}


def test_a_sound_pack_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        BASE
        + scheme(
            '{ group = "g", indicator = "完成率", code = "first", target = 100, weight = 20 },\n'
            '{ group = "g", indicator = "late@1", target = 5 },\n{ group = "g", indicator = "near", target = 5 },\n'
            '{ group = "h", indicator = "plain", method = "rated" }',
            GROUPS + '\naliases = ["别名"]',
        )
        + watch('measure = "done"'),
        "utf-8",
    )
    found = ms.catalogue(packs=[path], builtin=False)
    assert {code: str(weight) for code, weight in found.scheme("别名").weights.items()} == {
        "first": "20", "late": "20", "near": "20", "plain": "40",
    }  # fmt: skip
    assert found.scheme("方案@1").items[0].indicator == "完成率"
    assert (found.light_rules["l"].pack, found.watches[0].code) == ("mine", "w")


def test_cases_of_scores_and_lights_say_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        BASE
        + scheme(ITEM, 'grades = [{ code = "ok", name = "合格", least = 0 }]')
        + watch('measure = "done"')
        + """
[[case]]
name = "right"
period = "2018-06"
facts = [
    { measure = "done", value = 40 }, { measure = "due", value = 80 },
    { measure = "done", value = 80, scenario = "target", period = "2018" },
]
scores = [{ scheme = "s", period = "2018", total = "50.00", grade = "合格", points = { rate = "50.00" } }]
lights = [{ watch = "w", period = "2018-06", light = "green", pace = "100.00", needed = "7", forecast = "80" }]

[[case]]
name = "wrong"
period = "2018-06"
facts = [
    { measure = "done", value = 40 }, { measure = "due", value = 80 },
    { measure = "done", value = 80, scenario = "target", period = "2018" },
]
scores = [{ scheme = "s", period = "2018", total = "51.00", grade = "优" }, { scheme = "s", period = "2019" }]
lights = [{ watch = "w", period = "2018-06", light = "red" }]
""",
        "utf-8",
    )
    right, wrong = ms.run_cases(ms.catalogue(packs=[path], builtin=False))
    assert right.differences == ()
    assert len(wrong.differences) == 4
    assert all(got in "".join(wrong.differences) for got in ("'50.00'", "'合格'", "'green'", "0 scorecards"))


def test_pack_lint_refuses_weights_that_do_not_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from libminsheng.cli import main

    path = tmp_path / "mine.toml"
    path.write_text(BASE + scheme('{ indicator = "rate", target = 1, weight = 99 }'), "utf-8")
    assert main(["pack", "lint", str(path), "--lang", "en"]) == 2
    told = capsys.readouterr().err
    assert "the weights of items add up to 99, not to 100" in told
    assert f"line {len(BASE.splitlines()) + 5}" in told
