"""minsheng pack: make, check, test."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Minsheng


def test_a_new_pack_is_clean_passes_and_computes(minsheng: Minsheng, tmp_path: Path) -> None:
    pack = tmp_path / "my_pack"
    made = minsheng("pack", "new", pack, "--lang", "en")
    assert made.code == 0
    assert [line.split()[:3] for line in made.out.splitlines()[2:4]] == [
        ["minsheng", "pack", "lint"],
        ["minsheng", "pack", "test"],
    ]
    linted = minsheng("pack", "lint", pack)
    assert (linted.code, linted.err) == (0, "")
    tested = minsheng("pack", "test", pack)
    assert tested.code == 0
    assert "passed" in tested.out
    listed = minsheng("catalogue", "list", "--pack", pack)
    assert listed.code == 0


def test_a_folder_that_is_there_is_left_alone(minsheng: Minsheng, tmp_path: Path) -> None:
    (tmp_path / "my_pack").mkdir()
    (tmp_path / "my_pack/pack.toml").write_text("mine", "utf-8")
    done = minsheng("pack", "new", tmp_path / "my_pack")
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert (tmp_path / "my_pack/pack.toml").read_text("utf-8") == "mine"
    assert len(list((tmp_path / "my_pack").iterdir())) == 1


def test_all_faults_of_a_pack_are_told_at_once(minsheng: Minsheng, tmp_path: Path) -> None:
    pack = tmp_path / "bad.toml"
    tables = [
        f'[[indicator]]\ncode = "rate_{n}"\nname = "率{n}"\nformula = "live_birth / {n}"\nunit = "人"\n'
        for n in range(1, 31)
    ]
    pack.write_text("\n".join(tables), "utf-8")
    done = minsheng("pack", "lint", pack)
    assert (done.code, done.out) == (2, "")
    assert sum("did you mean live_births?" in line for line in done.err.splitlines()) == 30
    used = minsheng("evaluate", pack, "--pack", pack)
    assert (used.code, used.out) == (2, "")


def test_a_pack_that_is_no_toml_is_refused(minsheng: Minsheng, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[[indicator]\n", "utf-8")
    for words in (("pack", "lint"), ("pack", "test")):
        done = minsheng(*words, tmp_path / "bad.toml")
        assert (done.code, done.out) == (2, "")
        assert minsheng(*words, tmp_path / "none.toml").code == 2


CASE = """\
[[indicator]]
code = "births_twice"
name = {{ zh = "出生两倍", en = "Births, twice" }}
formula = "2 * live_births"
unit = "人"
decimals = 0
domain = "幼有所育"

[[case]]
name = "two births"
facts = [{{ measure = "live_births", value = "2" }}]
figures = [{{ indicator = "births_twice", value = "{value}" }}]
"""


def test_a_case_that_fails_says_what_was_expected_and_what_came(minsheng: Minsheng, tmp_path: Path) -> None:
    pack = tmp_path / "twice.toml"
    pack.write_text(CASE.format(value="4"), "utf-8")
    assert minsheng("pack", "test", pack).code == 0
    pack.write_text(CASE.format(value="5"), "utf-8")
    done = minsheng("pack", "test", pack, "--lang", "en")
    assert done.code == 1
    assert "two births" in done.out
    assert "5" in done.out
    assert "4" in done.out
    assert "1 of 1 cases failed" in done.err


def test_a_pack_without_cases_says_so(minsheng: Minsheng, tmp_path: Path) -> None:
    pack = tmp_path / "twice.toml"
    pack.write_text(CASE.format(value="4").partition("[[case]]")[0], "utf-8")
    done = minsheng("pack", "test", pack, "--lang", "en")
    assert done.code == 0
    assert "the pack has no cases" in done.err
