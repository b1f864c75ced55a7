"""The commands put together, their help in the reader's language.

Help lives in ``libminsheng/messages/cli.toml`` beside every other word: ``help_pack_lint`` is what
``minsheng pack lint`` says of itself, ``option_by`` what every option does that fills a parameter
``by``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from libminsheng.cli import (
    catalogue,
    check,
    compare,
    demo,
    evaluate,
    explain,
    interchange,
    monitor,
    options,
    pack,
    rank,
    read,
    registry,
    registry_keys,
    score,
    serve,
    template,
)
from libminsheng.errors import say

__all__ = ["app", "run"]

_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Spoken(TyperGroup):
    """All commands; what they say of themselves is looked up when they are put together, in the language of then."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        for path, command in _walk(self, ()):
            command.help = say(f"cli.help_{'_'.join(path) or 'minsheng'}")
            command.short_help = command.help
            command.epilog = say("cli.help_exit")
            for parameter in command.params:
                parameter.help = say(f"cli.option_{parameter.name.strip('_')}")


app = typer.Typer(
    cls=_Spoken, add_completion=False, no_args_is_help=True, rich_markup_mode=None, context_settings=_SETTINGS
)


def run(words: Sequence[str]) -> int:
    """Run one command; what goes wrong is raised."""
    result = typer.main.get_command(app).main(args=list(words), prog_name="minsheng", standalone_mode=False)
    return result if isinstance(result, int) else 0


@app.callback()
def _root(
    *,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
    _lang: options.Lang = None,
) -> None:
    """Only its options: commands do the work."""


def _show_version(*, wanted: bool) -> None:
    if wanted:
        from libminsheng.version import __version__

        typer.echo(f"libminsheng {__version__}")
        raise typer.Exit


def _group(name: str, above: typer.Typer = app, alone: Callable[..., None] | None = None) -> typer.Typer:
    """Commands under a name; `alone` is what is done where none of them is named."""
    group = typer.Typer(no_args_is_help=alone is None, rich_markup_mode=None, context_settings=_SETTINGS)
    if alone is not None:
        group.callback(invoke_without_command=True)(alone)
    above.add_typer(group, name=name)
    return group


def _walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, member in getattr(command, "commands", {}).items():
        yield from _walk(member, (*path, name))


app.command("demo")(demo.demo)
app.command("evaluate")(evaluate.evaluate)
app.command("explain")(explain.explain)
app.command("compare")(compare.compare)
app.command("rank")(rank.rank)
app.command("score")(score.score)
app.command("monitor")(monitor.monitor)
app.command("check")(check.check)
app.command("template")(template.template)
app.command("read")(read.read)
for _name, _members in (
    ("catalogue", catalogue.COMMANDS | interchange.COMMANDS),
    ("pack", pack.COMMANDS),
    ("serve", serve.COMMANDS),
):
    _made = _group(_name, alone=serve.office if _name == "serve" else None)
    for _member, _command in _members.items():
        _made.command(_member)(_command)
_registry = _group("registry")
for _member, _command in registry.COMMANDS.items():
    _registry.command(_member)(_command)
for _name, _members in (("keys", registry_keys.KEYS), ("audit", registry.AUDIT)):
    _made = _group(_name, _registry)
    for _member, _command in _members.items():
        _made.command(_member)(_command)
