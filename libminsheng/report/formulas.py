"""Formulas in words: names in place of codes.

``newborns_screened / live_births`` reads 新生儿遗传代谢病筛查人数 ÷ 活产数.
"""

from __future__ import annotations

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number
from libminsheng.errors import Language, current_language, say

__all__ = ["formula_in_words", "name_of"]

_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}


def formula_in_words(formula: Formula, catalogue: Catalogue, lang: Language | None = None) -> str:
    """A formula with the names of its measures and indicators instead of their codes.

    Parameters
    ----------
    formula
        Any tree of the formula language.
    catalogue
        Where the names are looked up; a code that it does not know stays as it is.
    lang
        The language of the names.
    """
    return _words(formula, catalogue, lang or current_language())


def name_of(code: str, catalogue: Catalogue, lang: Language | None = None) -> str:
    """The name of a measure or an indicator; its code where the catalogue does not know it."""
    measure = catalogue.measures.get(code)
    if measure is not None:
        return measure.name.in_(lang)
    editions = catalogue.editions(code)
    return editions[-1].name.in_(lang) if editions else code


def _words(node: Formula, catalogue: Catalogue, lang: Language) -> str:
    match node:
        case Number(value):
            return f"{value:f}"
        case Name(code):
            return name_of(code, catalogue, lang)
        case Filter(operand, conditions):
            tests = "".join(f"[{condition.column}: {_either(condition.values, lang)}]" for condition in conditions)
            return name_of(operand.code, catalogue, lang) + tests
        case Call(function, arguments):
            name = say(f"report.function_{function}", lang)
            inner = ("，" if lang == "zh" else ", ").join(_words(argument, catalogue, lang) for argument in arguments)
            if not arguments:
                return name
            return f"{name}（{inner}）" if lang == "zh" else f"{name} ({inner})"
        case Negative(operand):
            inner = _words(operand, catalogue, lang)
            return f"−({inner})" if isinstance(operand, Binary | Negative) else f"−{inner}"
        case Binary(operator, left, right):
            before = _side(left, operator, catalogue, lang, right=False)
            after = _side(right, operator, catalogue, lang, right=True)
            return f"{before} {_SIGNS[operator]} {after}"
    raise TypeError(node)


def _side(node: Formula, operator: str, catalogue: Catalogue, lang: Language, *, right: bool) -> str:
    inner = _words(node, catalogue, lang)
    if isinstance(node, Binary):
        weaker = _BINDING[node.operator] < _BINDING[operator]
        same = _BINDING[node.operator] == _BINDING[operator]
        return f"({inner})" if weaker or (same and right) else inner
    return f"({inner})" if isinstance(node, Negative) and right else inner


def _either(values: tuple[str, ...], lang: Language) -> str:
    return (" 或 " if lang == "zh" else " or ").join(values)
