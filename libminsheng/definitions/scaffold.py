"""A new pack, ready to run, and the check of one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from libminsheng.definitions.catalogue import catalogue
from libminsheng.errors import DefinitionError, Fault, Place

__all__ = ["lint", "new_pack"]

_PACK: Final = """\
# A pack of definitions. Check it with `minsheng pack lint`, run its cases with `minsheng pack test`.
# 指标包。用 minsheng pack lint 检查，用 minsheng pack test 运行算例。

[pack]
id = "{id}"
title = {{ zh = "{id}", en = "{id}" }}
edition = "1"
licence = ""
requires = []
"""

_MEASURES: Final = """\
# What is reported. 上报的基础指标。
# time: "flow" adds up over time 可累加, "stock" takes the last value 取期末, "standard" never adds up 从不相加.
# A measure of another pack may be used in formulas, but never defined again. 其他指标包的指标可以用，不能重新定义。

[[measure]]
code = "{id}_served"
name = {{ zh = "{id}服务人数", en = "People served by {id}" }}
unit = "人"
time = "flow"

[[measure]]
code = "{id}_entitled"
name = {{ zh = "{id}应服务人数", en = "People entitled to {id}" }}
unit = "人"
time = "flow"
"""

_INDICATORS: Final = """\
# Formulas over measures. 由基础指标计算的指标。
# A released edition never changes: a new formula is a new edition with valid_from. 已发布的版本不改，改公式就加版本。

[[indicator]]
code = "{id}_coverage"
edition = "1"
name = {{ zh = "{id}覆盖率", en = "Coverage of {id}" }}
formula = "{id}_served / {id}_entitled"
unit = "%"
decimals = 2
rounding = "half_up"
bounds = [0, 100]
better = "higher"
domain = "弱有所扶"
source = {{ document = "（文号）", clause = "（条款）", verified = false }}
"""

_CASES: Final = """\
# Facts in, figures out, worked out by hand. 算例：给出数据和手算的结果。

[[case]]
name = "{id}覆盖率：手算"
note = "1 ÷ 3 = 0.33333…"
facts = [
    {{ measure = "{id}_served", value = "1" }},
    {{ measure = "{id}_entitled", value = "3" }},
]
figures = [
    {{ indicator = "{id}_coverage", value = "33.33", flags = ["unverified_definition"] }},
]

[[case]]
name = "{id}覆盖率：无人应服务"
facts = {{ {id}_served = 0, {id}_entitled = 0 }}
indicator = "{id}_coverage"
status = "zero_denominator"
"""

_FILES: Final = {"pack.toml": _PACK, "measures.toml": _MEASURES, "indicators.toml": _INDICATORS, "cases.toml": _CASES}


def new_pack(path: str | Path) -> Path:
    """Write a pack with two measures, one indicator and its cases; the folder's name is its id.

    Raises
    ------
    DefinitionError
        If something is there already, or the name cannot be an id.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = new_pack(pathlib.Path(tempfile.mkdtemp()) / "meals")
    >>> sorted(path.name for path in folder.iterdir())
    ['cases.toml', 'indicators.toml', 'measures.toml', 'pack.toml']
    """
    folder = Path(path)
    name = folder.name
    if not (name.isascii() and name.isidentifier() and name[0].isalpha()):
        raise DefinitionError(Fault("definitions.pack_name", Place(str(folder)), {"name": name}))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DefinitionError(Fault("definitions.pack_exists", Place(str(folder))))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in _FILES.items():
            (folder / file).write_text(text.format(id=name), "utf-8")
    except OSError as error:
        raise DefinitionError(
            Fault("definitions.pack_write", Place(str(folder)), {"reason": error.strerror or str(error)})
        ) from None
    return folder


def lint(path: str | Path) -> tuple[Fault, ...]:
    r"""Everything that is wrong with a pack, beside the built-in and installed ones; empty if nothing is.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "mine.toml"
    >>> _ = path.write_text('[[indicator]]\ncode = "twice"\nformula = "2 * live_brths"\nunit = "人"', "utf-8")
    >>> lint(path)[0].hint("en")
    'did you mean live_births?'
    """
    try:
        catalogue(packs=[path])
    except DefinitionError as error:
        return error.faults
    return ()
