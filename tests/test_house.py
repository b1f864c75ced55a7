"""The house rules that a machine can hold: the public surface, the messages, what an import loads, the pinned sets."""

from __future__ import annotations

import ast
import inspect
import json
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

import libminsheng as ms
from libminsheng import errors
from libminsheng.errors import MinshengError

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("libminsheng", "services") for path in (ROOT / folder).rglob("*.py"))
AREAS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "libminsheng/messages").glob("*.toml")}
MESSAGES = {f"{area}.{name}": words for area, messages in AREAS.items() for name, words in messages.items()}
HEAVY = {
    "IPython", "click", "duckdb", "fastexcel", "great_tables", "httpx", "litestar", "mcp", "msgspec", "narwhals", "nbclient", "nbformat", "openpyxl", "pandas", "pint", "pyarrow",
    "pyspark", "rich", "typer", "uvicorn", "xlsxwriter",
}  # fmt: skip


def _identifier(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ------------------------------------------------------------------------------------- the public surface


def test_all_lists_what_is_public() -> None:
    public = {name for name in dir(ms) if not name.startswith("_") and not isinstance(getattr(ms, name), ModuleType)}
    assert set(ms.__all__) - {"__version__"} == public - {"annotations"}
    assert len(ms.__all__) == len(set(ms.__all__))


@pytest.mark.parametrize("name", ms.__all__)
def test_public_name_is_documented_with_an_example(name: str) -> None:
    thing = getattr(ms, name)
    if not (inspect.isclass(thing) or callable(thing)):
        return  # a type alias or a constant has no docstring of its own
    assert inspect.getdoc(thing), f"{name} has no docstring"
    if inspect.isclass(thing) and issubclass(thing, BaseException):
        return
    members = vars(thing).values() if inspect.isclass(thing) else ()
    texts = [inspect.getdoc(thing) or "", *(inspect.getdoc(member) or "" for member in members)]
    assert any(">>>" in text for text in texts), f"{name} shows no example"


def test_import_loads_nothing_heavy() -> None:
    program = "import sys, json, libminsheng; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(json.loads(done.stdout))
    assert "libminsheng" in loaded
    assert loaded & HEAVY == set()


# ------------------------------------------------------------------------------------- errors and their words


def _drawn_tree() -> Iterator[tuple[str, str | None]]:
    """Each error in the docstring of errors.py, with the one that it hangs under."""
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([\s│]*)(?:[├└]── )?(\w+Error)\b", line):
            column, name = len(found[1]), found[2]
            above = [(other, parent) for other, parent in above if other < column]
            yield name, above[-1][1] if above else None
            above.append((column, name))


def _classes(base: type[MinshengError], parent: str | None = None) -> Iterator[tuple[str, str | None]]:
    """The library's errors; a service that another test has imported may have refusals of its own below them."""
    yield base.__name__, parent
    for child in base.__subclasses__():
        if child.__module__.startswith("libminsheng."):
            yield from _classes(child, base.__name__)


def test_errors_are_the_tree_that_is_drawn() -> None:
    drawn = list(_drawn_tree())
    assert dict(drawn) == dict(_classes(MinshengError))
    assert len(drawn) > 5


def test_errors_are_exported() -> None:
    assert {name for name, _ in _classes(MinshengError)} <= set(errors.__all__)


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_message_is_whole_in_both_languages(code: str) -> None:
    words = MESSAGES[code]
    assert {"zh", "en"} <= set(words) <= {"zh", "en", "hint_zh", "hint_en"}
    assert all(words.values())
    assert ("hint_zh" in words) == ("hint_en" in words)
    assert _placeholders(words["zh"]) == _placeholders(words["en"])
    assert _placeholders(words.get("hint_zh", "")) == _placeholders(words.get("hint_en", ""))
    assert not re.search(r"[\u4e00-\u9fff]", re.sub(r"[「“(（].*?[」”)）]", "", words["en"])), "Chinese only in quotes"


def _spoken() -> Iterator[tuple[Path, ast.Call]]:
    """Every `Fault(…)` and `say(…)` of the library."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
                if called in ("Fault", "say"):
                    yield path, node


def _codes(node: ast.AST) -> set[str]:
    """The message codes that are written out below a node; of a composed one, all that it can become."""
    codes = set[str]()
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr):
            pieces = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in part.values)
            pattern = "".join(pieces)
            if re.match(rf"({'|'.join(AREAS)})\\\.", pattern):
                codes |= {code for code in MESSAGES if re.fullmatch(pattern, code)} or {pattern}
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and _CODE.fullmatch(part.value):
            codes.add(part.value)
    return codes


_CODE = re.compile(rf"({'|'.join(AREAS)})\.[a-z_0-9]*[a-z0-9]")


def test_every_code_that_is_spoken_has_words() -> None:
    unknown = {
        f"{_identifier(path)}:{call.lineno} {code}"
        for path, call in _spoken()
        for code in _codes(call.args[0]) - set(MESSAGES)
    }
    assert unknown == set()


def test_every_message_is_spoken() -> None:
    used = set[str]().union(*(_codes(ast.parse(path.read_text("utf-8"))) for path in SOURCES))
    assert set(MESSAGES) - used == set()


def test_every_message_is_given_its_values() -> None:
    wanting = []
    for path, call in _spoken():
        codes = _codes(call.args[0]) & set(MESSAGES)
        given = next((keyword.value for keyword in call.keywords if keyword.arg == "values"), None)
        given = call.args[2] if len(call.args) > 2 else given
        if (
            isinstance(call.func, ast.Name)
            and call.func.id == "Fault"
            and (given is None or isinstance(given, ast.Dict))
        ):
            keys = given.keys if isinstance(given, ast.Dict) else []
            if all(isinstance(key, ast.Constant) for key in keys):
                names = {key.value for key in keys if isinstance(key, ast.Constant)}
                for code in codes:
                    missing = {name for words in MESSAGES[code].values() for name in _placeholders(words)} - names
                    wanting += [f"{_identifier(path)}:{call.lineno} {code}: {name}" for name in sorted(missing)]
    assert wanting == []


# ------------------------------------------------------------------------------------- the rooms

PYTHON_FILES = sorted(
    path
    for folder in ("libminsheng", "services", "tests", "bench", "examples", "docs")
    for path in (ROOT / folder).rglob("*.py")
)


@pytest.mark.parametrize("path", PYTHON_FILES, ids=_identifier)
def test_file_keeps_the_house_rules(path: Path) -> None:
    text = path.read_text("utf-8")
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert text.count("\n") <= 500, "a file is about one noun or one stage"
    for line in text.splitlines():
        if found := re.search(r"#\s*(?:type:\s*ignore|noqa\b)(.*)", line):
            assert re.match(r"(?:\[[\w,\s-]+\]|:\s*[A-Z]+\d+)\s+#\s+\S", found[1]), (
                f"no code or no reason: {line.strip()}"
            )


# ------------------------------------------------------------------------------------- the pinned sets


def _pins(name: str) -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for package, version in re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / name).read_text("utf-8"), re.MULTILINE
    ):
        pins.setdefault(package.lower(), []).append(version)
    return pins


def test_pinned_sets_satisfy_the_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for name, wanted in {"runtime.txt": project["dependencies"], "ci.txt": [*project["dependencies"], *extras]}.items():
        pins = _pins(name)
        for requirement in map(Requirement, wanted):
            if requirement.name != "libminsheng":
                assert requirement.specifier, f"{requirement.name} has no lower bound"
                versions = pins[requirement.name.lower()]
                assert all(version in requirement.specifier for version in versions), f"{name}: {requirement}"


def test_pinned_sets_agree_and_name_no_address() -> None:
    whole = _pins("ci.txt")
    assert all(whole[package] == versions for package, versions in _pins("runtime.txt").items())
    for name in ("runtime.txt", "ci.txt"):
        text = (ROOT / "requirements" / name).read_text("utf-8")
        assert "://" not in text
        assert "--index" not in text
