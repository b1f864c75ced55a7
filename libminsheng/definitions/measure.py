"""Measures (基础指标): what bureaus and subdistricts report."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from libminsheng.definitions.formula import FUNCTIONS
from libminsheng.definitions.source import Source
from libminsheng.errors import DefinitionError, Fault, Place, UnitError, nearest
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import Unit, unit

__all__ = ["MOST_DECIMALS", "TIMES", "Measure", "TimeNature", "default_decimals", "faults_of_code", "faults_of_unit"]

TimeNature = Literal["flow", "stock", "standard"]

TIMES: Final[tuple[TimeNature, ...]] = get_args(TimeNature)
"""The three time natures."""

MOST_DECIMALS: Final = 12

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")


@dataclass(frozen=True, init=False)
class Measure:
    """Something that is reported: funds used, newborns screened, the standard of an allowance.

    Parameters
    ----------
    code
        An ASCII word, as formulas and facts write it.
    name
        In Chinese and English; one text serves both.
    unit
        What one of it is: ``人``, ``万元``, ``元/月``, ``%``.
    time
        Its time nature. A ``flow`` adds up over time; a ``stock`` takes the last value in a period;
        a ``standard`` (710 元/月) never adds up, neither over time nor over divisions.
    decimals
        Of a reported value. Without it 2 for what is in money, 0 for what is counted, 4 for ratios
        and the rest.
    year_starts
        The month in which its statistical year begins: 10 for maternal and child health.
    breakdowns
        The columns that its facts may be broken down by; none given means that any may.
    aliases
        Other names that it goes by in reports.
    definition
        What exactly is counted.
    source
        The document that says so.
    pack
        The id of the pack that defines it.

    Raises
    ------
    DefinitionError
        If code, unit, time, decimals or year_starts cannot stand; all that is wrong is named.

    Examples
    --------
    >>> screened = Measure("newborns_screened", "新生儿遗传代谢病筛查人数", unit="人", year_starts=10)
    >>> screened.time, screened.decimals
    ('flow', 0)
    >>> Measure("care_standard", unit="元/月", time="standard").decimals
    2
    """

    code: str
    name: Text
    unit: str
    time: TimeNature
    decimals: int
    year_starts: int
    breakdowns: tuple[str, ...]
    aliases: tuple[str, ...]
    definition: Text | None
    source: Source | None
    pack: str

    def __init__(
        self,
        code: str,
        name: str | Mapping[str, str] | Text = "",
        unit: str = "人",
        time: TimeNature = "flow",
        decimals: int | None = None,
        year_starts: int = 1,
        breakdowns: Iterable[str] = (),
        aliases: Iterable[str] = (),
        definition: str | Mapping[str, str] | Text | None = None,
        source: Source | None = None,
        pack: str = "",
    ) -> None:
        faults = [*faults_of_code(code), *faults_of_unit(unit)]
        if decimals is None:
            decimals = 0 if faults else default_decimals(unit)
        if time not in TIMES:
            faults.append(_choice("time", time, TIMES))
        if not 0 <= decimals <= MOST_DECIMALS:
            faults.append(Fault("definitions.decimals", values={"value": decimals, "most": MOST_DECIMALS}))
        if not 1 <= year_starts <= 12:
            faults.append(Fault("definitions.year_starts", values={"value": year_starts}))
        if faults:
            raise DefinitionError(
                *(Fault(each.code, Place(item=code or "?"), each.values, each.near) for each in faults)
            )
        fields = {
            "code": code,
            "name": Text.of(name) if name and Text.of(name) != Text() else Text(code, code),
            "unit": unit,
            "time": time,
            "decimals": decimals,
            "year_starts": year_starts,
            "breakdowns": tuple(breakdowns),
            "aliases": tuple(aliases),
            "definition": None if definition is None else Text.of(definition),
            "source": source,
            "pack": pack,
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    def __hash__(self) -> int:
        return hash((self.code, self.unit, self.decimals, self.pack))

    def __str__(self) -> str:
        return self.code


def default_decimals(text: str) -> int:
    """A measure's decimals where it does not say: 2 for money, 0 for what is counted, 4 for the rest."""
    known: Unit = unit(text)
    if any(base == "元" for base, _ in known.dimension):
        return 2
    return 0 if len(known.dimension) == 1 and known.dimension[0][1] == 1 else 4


def faults_of_code(code: str) -> list[Fault]:
    """Why a text cannot be the code of a measure or an indicator."""
    if not _CODE.fullmatch(code):
        return [Fault("definitions.code_form", values={"value": code})]
    if code in FUNCTIONS or keyword.iskeyword(code):
        return [Fault("definitions.code_reserved", values={"value": code})]
    return []


def faults_of_unit(text: str) -> list[Fault]:
    """Why a text is no unit."""
    try:
        unit(text)
    except UnitError as error:
        return list(error.faults)
    return []


def _choice(key: str, value: str, choices: tuple[str, ...]) -> Fault:
    values = {"key": key, "value": value, "choices": ", ".join(choices)}
    return Fault("definitions.choice", values=values, near=lambda: nearest(value, choices))
