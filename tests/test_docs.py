"""The documents tell the truth: every command and example in them runs, and gives what is printed below it.

The blocks of a document run in order in one fresh folder that holds a copy of ``examples/``.

- ``console``: a line ``$ minsheng …`` or ``$ curl …`` is run, and what follows is what it prints; a line of a lone ``…`` stands for any lines,
  one within a line for anything in it.
- ``python``: a session with ``>>>``, run as a doctest.
- ``toml``: has to be readable.
- ``bash``, ``powershell``: setting up (make, pip, git); not run, but every make target has to exist.
- A comment above a block adds to it: ``<!-- file: facts.csv -->`` writes it to that file first, ``<!-- exit: 2 -->`` is the
  exit code that its command ends with (0 otherwise), ``<!-- serve: indicators -->`` lets this service run while the block's
  commands or examples do; they reach it where it listens by default. ``$KEY`` is the key that a registry shows when it
  first starts, ``$OTHER`` the token that an answer showed last, ``$ID`` the submission.

``python tests/test_docs.py`` writes what the commands really print into the documents; read the change before you keep it.
"""

from __future__ import annotations

import contextlib
import difflib
import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from libminsheng.cli import app
from libminsheng.errors import language
from tests.services.process import started

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "requirements/*.md") for path in ROOT.glob(pattern)
)
BLOCK = re.compile(
    r"(?:^<!-- (?P<directive>file|exit|serve): (?P<value>\S+) -->\n+)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SETTING_UP = re.compile(r"(make|git|cd|pip|python|python3|py|\.venv/\S+|\.venv\\\S+|source|bash|export)\b")
WIDTH = "110"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    file: str | None
    exit: int
    service: str | None
    line: int
    start: int
    """Where its text begins in the document."""


def blocks(document: str) -> Iterator[Block]:
    for found in BLOCK.finditer(document):
        directive, value = found["directive"], found["value"]
        yield Block(
            kind=found["kind"],
            text=found["text"],
            file=value if directive == "file" else None,
            exit=int(value) if directive == "exit" else 0,
            service=value if directive == "serve" else None,
            line=document.count("\n", 0, found.start("text")) + 1,
            start=found.start("text"),
        )


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block with the output that is printed below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = command[:-1] + more.strip()
        yield command, output


def run(command: str, folder: Path, lang: str, noted: dict[str, str]) -> tuple[str, int]:
    """What a terminal of a fixed width shows, and the exit code; what a reader would note is `noted`."""
    program, *arguments = [
        re.sub(r"\$([A-Z]+)", lambda name: noted.get(name[1], ""), part) for part in shlex.split(command)
    ]
    if program == "cat":
        return "".join((folder / name).read_text("utf-8") for name in arguments), 0
    assert program in ("minsheng", "curl"), command
    environment = os.environ | {
        "MINSHENG_LANG": lang,
        "COLUMNS": WIDTH,
        "PYTHONUTF8": "1",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "CURL_HOME": str(folder),
    }
    start = [sys.executable, "-c", "import sys; from libminsheng.cli import main; sys.exit(main())"]
    done = subprocess.run(
        [*(start if program == "minsheng" else ["curl"]), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=environment,
        check=False,
    )
    for name, pattern in _NOTED.items():
        if found := re.search(pattern, done.stdout):
            noted[name] = found[1]
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.rstrip().splitlines()), done.returncode


_NOTED = {"OTHER": r'"token":"(ms_\w+)"', "ID": r'^\{"id":"([\w-]+)","division"'}


@contextlib.contextmanager
def served(block: Block, folder: Path, noted: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Let the block's service run on a free port, and curl find it where the document says that it is.

    Gives that address and the real one.
    """
    if block.service is None:
        yield "", ""
        return
    settings = {"MINSHENG_DATABASE_URL": f"sqlite:///{folder}/minsheng.db"}
    with started(block.service, settings) as (url, told):
        real = url.removeprefix("http://")
        port = {"registry": 8764}.get(block.service, 8765)
        (folder / ".curlrc").write_text(f'noproxy = "*"\nconnect-to = "127.0.0.1:{port}:{real}"\n', "utf-8")
        if key := re.search(r"ms_\w+", told):
            noted["KEY"] = key[0]
        yield f"127.0.0.1:{port}", real


def agrees(printed: str, real: str) -> bool:
    parts = re.split(r"^…\n", printed, flags=re.MULTILINE)
    lines = ("[^\\n]*".join(map(re.escape, part.split("…"))) for part in parts)
    return re.fullmatch("(?s:.*)".join(lines), real) is not None


def language_of(document: Path) -> str:
    return "zh" if ".zh-CN" in document.name else "en"


def new_folder(at: Path) -> Path:
    shutil.copytree(
        ROOT / "examples", at / "examples", ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    )
    return at


def identifier(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=identifier)
def test_document_runs(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = new_folder(tmp_path)
    monkeypatch.chdir(folder)
    lang = language_of(document)
    known: dict[str, object] = {}
    noted: dict[str, str] = {}
    for block in blocks(document.read_text("utf-8")):
        place = f"{identifier(document)}:{block.line}"
        if block.file:
            assert not Path(block.file).is_absolute()
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text, "utf-8")
        if block.kind == "console":
            with served(block, folder, noted):
                for command, printed in commands(block):
                    real, code = run(command, folder, lang, noted)
                    difference = "\n".join(difflib.ndiff(printed.splitlines(), real.splitlines()))
                    assert agrees(printed, real), f"{place}: {command}\n{difference}"
                    assert code == block.exit, f"{place}: {command} ended with {code}\n{real}"
        elif block.kind == "python":
            said: list[str] = []
            with served(block, folder, noted) as (told, real), language("zh" if lang == "zh" else "en"):
                text = block.text.replace(told, real) if told else block.text
                examples = doctest.DocTestParser().get_doctest(text, known, place, str(document), block.line)
                assert examples.examples, f"{place}: a python block is a session with >>>"
                runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
                result = runner.run(examples, out=said.append, clear_globs=False)
            known = examples.globs
            assert result.failed == 0, "".join(said)
        elif block.kind == "toml":
            tomllib.loads(block.text)


def _targets(text: str) -> set[str]:
    return set(re.findall(r"\bmake ([a-z]+)\b", text))


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    offered = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        for block in blocks(document.read_text("utf-8")):
            if block.kind in ("bash", "powershell"):
                for line in filter(None, (line.partition("#")[0].strip() for line in block.text.splitlines())):
                    assert SETTING_UP.match(line), f"{identifier(document)}:{block.line}: not run by anything: {line}"
                assert _targets(block.text) <= offered, identifier(document)


def test_both_readmes_tell_the_same() -> None:
    """The Chinese README is the whole one: the same sections, commands, files and examples."""
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert re.findall(r"^#+", english, re.MULTILINE) == re.findall(r"^#+", chinese, re.MULTILINE)
    shapes = []
    for text in (english, chinese):
        found = list(blocks(text))
        shapes.append(
            [
                (block.kind, block.file, block.exit, block.service, [command for command, _ in commands(block)])
                for block in found
            ]
        )
    assert shapes[0] == shapes[1]


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        text = re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            assert "://" in target or (document.parent / target).exists(), f"{identifier(document)}: {target}"


def test_decisions_are_listed() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    records = sorted(path.name for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index) == records
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A command and those below it. Typer carries a click of its own, so it is known by what it has, not by its class."""
    yield name, command
    for part, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{name} {part}")


def test_command_line_reference_is_whole() -> None:
    """Every command has its section and its help, every option its row, and nothing else is described."""
    parts = re.split(r"^##+ (minsheng [\w ]+)$", (ROOT / "docs/cli.md").read_text("utf-8"), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    real = dict(_commands(get_command(app), "minsheng"))
    assert set(sections) == set(real) - {"minsheng"}
    for name, section in sections.items():
        assert real[name].help, name
        offered = {
            max(parameter.opts, key=len): getattr(parameter, "help", None)
            for parameter in real[name].params
            if parameter.param_type_name == "option" and not parameter.hidden and "--help" not in parameter.opts
        }
        rows = re.findall(r"^\|(.*?)(?<!\\)\|", section, re.MULTILINE)
        assert {flag for row in rows for flag in re.findall(r"`(--[\w-]+)", row)} == set(offered), name
        assert all(offered.values()), f"{name}: an option without help: {offered}"


# ------------------------------------------------------------------------------------- writing outputs in


class Listener(doctest.DocTestRunner):
    """Runs a session and remembers what each example that differs really gives, by its line."""

    def __init__(self) -> None:
        super().__init__(optionflags=OPTIONS, verbose=False)
        self.gives: dict[int, str] = {}

    def report_failure(self, out: object, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        self.gives[example.lineno] = re.sub(r"^$\n", "<BLANKLINE>\n", got, flags=re.MULTILINE)


def rewritten_session(block: Block, known: dict[str, Any]) -> str:
    session = doctest.DocTestParser().get_doctest(block.text, known, "session", None, 0)
    listener = Listener()
    listener.run(session, clear_globs=False)
    known.update(session.globs)
    lines, fresh, at = block.text.splitlines(keepends=True), "", 0
    for example in session.examples:
        answer = example.lineno + example.source.count("\n")
        if example.lineno in listener.gives:
            fresh += "".join(lines[at:answer]) + listener.gives[example.lineno]
            at = answer + example.want.count("\n")
    return fresh + "".join(lines[at:])


def rewritten_console(block: Block, folder: Path, lang: str, noted: dict[str, str]) -> str:
    fresh = block.text
    for command, printed in commands(block):
        real, _ = run(command, folder, lang, noted)
        if not agrees(printed, real):
            old, new = (printed, real) if printed.strip() else (f"{command}\n", f"{command}\n{real}")
            fresh = fresh.replace(old, new, 1)
    return fresh


def rewrite(document: Path) -> None:
    """Put what the commands and sessions of a document really print into it."""
    text, lang = document.read_text("utf-8"), language_of(document)
    result, copied, known, noted = "", 0, dict[str, Any](), dict[str, str]()
    with tempfile.TemporaryDirectory() as at, contextlib.chdir(at), language("zh" if lang == "zh" else "en"):
        folder = new_folder(Path(at))
        for block in blocks(text):
            fresh = block.text
            if block.file:
                Path(block.file).parent.mkdir(parents=True, exist_ok=True)
                Path(block.file).write_text(block.text, "utf-8")
            if block.kind == "console":
                with served(block, folder, noted):
                    fresh = rewritten_console(block, folder, lang, noted)
            elif block.kind == "python":
                with served(block, folder, noted) as (told, real):
                    here = replace(block, text=block.text.replace(told, real)) if told else block
                    fresh = rewritten_session(here, known)
                    fresh = fresh.replace(real, told) if told else fresh
            result += text[copied : block.start] + fresh
            copied = block.start + len(block.text)
    document.write_text(result + text[copied:], "utf-8")


if __name__ == "__main__":
    for chosen in [Path(name).resolve() for name in sys.argv[1:]] or DOCUMENTS:
        rewrite(chosen)
