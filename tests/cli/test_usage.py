"""What every command shares: language, help, refusals of one line, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from libminsheng.cli import app, main
from libminsheng.cli.languages import split_language
from libminsheng.cli.outcome import Outcome, tell
from libminsheng.errors import EvaluationError, FactsError, Fault, Place, language
from tests.cli.conftest import Minsheng


def walk(command: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found = [(path, command)]
    for name, member in getattr(command, "commands", {}).items():
        found += walk(member, (*path, name))
    return found


def test_the_commands_are_those_of_the_design() -> None:
    names = {" ".join(path) for path, command in walk(get_command(app)) if not hasattr(command, "commands")}
    assert names == {
        "demo", "evaluate", "explain", "compare", "rank", "catalogue list", "catalogue services", "catalogue projects", "catalogue schemes",
        "catalogue show", "catalogue search", "catalogue export", "catalogue schema", "catalogue sdmx",
        "pack new", "pack lint", "pack test", "score", "monitor", "check", "read", "template", "serve indicators", "serve registry", "serve all",
            "registry verify", "registry backup", "registry restore", "registry migrate", "registry audit list", "registry audit prune",
            "registry keys list", "registry keys create", "registry keys revoke", "registry keys rotate",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_and_option_has_help_in_the_readers_language(lang: Any) -> None:
    with language(lang):
        commands = walk(get_command(app))
    for path, command in commands:
        texts = [command.help, *(parameter.help for parameter in command.params)]
        assert all(texts), path
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) == (lang == "zh") for text in texts), path
        if not hasattr(command, "commands"):
            assert any("--lang" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize(
    "words", [["--lang", "zh", "demo", "-h"], ["demo", "-h", "--lang=zh"], ["demo", "--lang", "zh", "--help"]]
)
def test_the_language_may_stand_anywhere(minsheng: Minsheng, words: list[str]) -> None:
    done = minsheng(*words)
    assert done.code == 0
    assert "瑶海区" in done.out
    assert done.err == ""


def test_the_language_may_come_from_the_environment(minsheng: Minsheng, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_LANG", "zh")
    assert "瑶海区" in minsheng("demo", "--help").out
    assert "瑶海区" not in minsheng("demo", "--help", "--lang", "en").out


@given(
    st.lists(st.sampled_from(["demo", "-o", "x", "--by", "", "--language"])), st.sampled_from(["zh", "en"]), st.data()
)
def test_taking_the_language_out_leaves_the_rest(words: list[str], lang: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(words)))
    given_words = [*words[:place], "--lang", lang, *words[place:]]
    assert split_language(given_words) == (words, lang, None)
    assert split_language(["--", *given_words]) == (["--", *given_words], None, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--lang fr demo", "there is no language 'fr' (write --lang zh or --lang en)"),
        ("demo --lang", "there is no language '' (write --lang zh or --lang en)"),
        ("evalute facts.csv", "there is no command evalute (did you mean evaluate?)"),
        ("pack tset x", "there is no command tset (did you mean test?)"),
        ("evaluate", "FACTS is missing (see minsheng evaluate --help)"),
        ("explain x.csv --division 3", "--indicator is missing (see minsheng explain --help)"),
        ("demo --indicater x", "there is no option --indicater"),
        ("evaluate x.csv --frmat json", "there is no option --frmat (did you mean"),
        ("evaluate x.csv --format jsn", "there is no format 'jsn' (did you mean json?)"),
        ("evaluate x.csv -o no/such/folder.csv", "the folder no/such does not exist"),
        ("evaluate x.csv --successors y.csv", "--successors goes with --tree"),
        ("evaluate x.csv --reporters y.csv", "y.csv: there is no such file"),
        ("explain x.csv --indicator a --division 3 --period 2017 --by sex", "'sex' is not COLUMN=VALUE"),
        ("explain x.csv --indicator a --division 3 --period 2017-13", "'2017-13' is no period"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_in_one_line(
    minsheng: Minsheng, words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = minsheng(*words.split())
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert said in done.err


@pytest.mark.parametrize("words", ["", "catalogue", "pack"])
def test_without_a_command_help_is_told_aside(minsheng: Minsheng, words: str) -> None:
    done = minsheng(*words.split())
    assert done.code == 2
    assert done.out == ""
    assert "Commands:" in done.err


def test_the_version(minsheng: Minsheng) -> None:
    from libminsheng import __version__

    assert minsheng("--version") == (0, f"libminsheng {__version__}\n", "")


def _ended(error: BaseException) -> int:
    with Outcome() as outcome:
        raise error
    return outcome.code


def test_many_faults_are_told_by_twenty_and_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [Fault("cli.no_file", Place(row=row)) for row in range(1, 36)]
    assert _ended(FactsError(*faults)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert lines[0] == "row 1: there is no such file"
    assert lines[20] == "15 more faults, 35 in all"


def test_a_fault_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell([Fault("cli.nothing_found", values={"words": "a\nb\x1b[2J"}), Fault("cli.no_file", Place(file="a\nb\x1b"))])
    assert [line for line in capsys.readouterr().err.splitlines() if "\x1b" in line] == []


def test_a_fault_of_our_own_asks_to_be_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINSHENG_DEBUG", raising=False)
    assert _ended(ZeroDivisionError("1 / 0")) == 70
    said = capsys.readouterr().err
    assert said.startswith("internal error: ZeroDivisionError: 1 / 0")
    assert len(said.splitlines()) == 1
    monkeypatch.setenv("MINSHENG_DEBUG", "1")
    assert _ended(ZeroDivisionError("1 / 0")) == 70
    assert "Traceback" in capsys.readouterr().err


def test_how_else_a_command_may_end(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _ended(KeyboardInterrupt()) == 130
    assert _ended(PermissionError(13, "no", str(tmp_path))) == 2
    assert _ended(OSError(28, "No space left on device")) == 2
    assert _ended(EvaluationError()) == 2
    assert "the system refused: No space left on device" in capsys.readouterr().err


def test_ctrl_c_while_computing(
    monkeypatch: pytest.MonkeyPatch, facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from libminsheng import engine

    def broken_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "evaluate", broken_off)
    assert main(["evaluate", str(facts)]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_who_goes_away_hears_nothing(repository: Path) -> None:
    program = [sys.executable, "-m", "libminsheng.cli", "catalogue", "list", "--format", "json"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        assert started.stderr.read() == b""
    assert started.returncode == 141
