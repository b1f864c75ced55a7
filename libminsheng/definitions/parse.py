"""From the text of a formula to its tree.

The text is Python's own syntax, read with the standard library's `ast` and a white list; nothing
is ever run. Its length, its brackets and its depth are checked before, so that a hostile text is
refused in no time. Full-width signs (（）×÷，) are read as their plain forms.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from libminsheng.definitions.formula import (
    FUNCTIONS,
    Binary,
    Call,
    Condition,
    Filter,
    Formula,
    Name,
    Negative,
    Number,
    Operator,
    walk,
)
from libminsheng.errors import Fault, FormulaError, Place, nearest

__all__ = ["LIMITS", "Parsed", "parse", "read_formula"]

LIMITS: Final = {"length": 10_000, "brackets": 100, "depth": 200, "operands": 60}
"""The most characters, nested brackets, nested nodes and different operands of a formula."""

Resolver = Callable[[str], str | None]
"""Gives the code that a name stands for, None for a name nobody knows."""

_PLAIN: Final = str.maketrans({
    "（": "(", "）": ")", "［": "[", "］": "]", "【": "[", "】": "]", "＋": "+", "－": "-", "−": "-", "×": "*", "＊": "*",
    "÷": "/", "／": "/", "，": ",", "＝": "=", "　": " ", "\n": " ", "\r": " ", "\t": " ", "．": ".",
    "“": '"', "”": '"', "‘": "'", "’": "'",
})  # fmt: skip

_OPERATORS: Final[dict[type[ast.operator], Operator]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_NUMBER = re.compile(r"(\d+(\.\d*)?|\.\d+)")


@dataclass
class Parsed:
    """A formula's tree, with the position of each node in the text (from 1), by the node's identity."""

    tree: Formula
    positions: dict[int, int] = field(default_factory=dict)

    def position(self, node: Formula) -> int | None:
        return self.positions.get(id(node))


def parse(text: str, names: Resolver | None = None) -> Formula:
    """The tree of a formula.

    Raises
    ------
    FormulaError
        With every fault that could be told apart, each with its position and a hint.

    Examples
    --------
    >>> parse("（a + b）÷ c")
    Binary(operator='/', left=Binary(operator='+', left=Name(code='a'), right=Name(code='b')), right=Name(code='c'))
    >>> str(parse("done[kind == 'works'] / due * 100"))
    'done[kind == "works"] / due * 100'
    """
    return read_formula(text, names).tree


def read_formula(text: str, names: Resolver | None = None, known: Iterable[str] = ()) -> Parsed:
    """The tree of a formula and where each of its nodes stands in the text.

    `known` are names that Python's syntax cannot write (``65岁及以上老年人数``); they are read as one word.
    """
    if len(text) > LIMITS["length"]:
        raise FormulaError(Fault("definitions.too_long", values={"length": len(text), "most": LIMITS["length"]}))
    plain = _plain(text)
    _check_brackets(plain)
    words = {} if plain.isascii() else dict(_odd_names(plain, known))
    for name, word in words.items():
        plain = plain.replace(name, word)
    if not plain.strip():
        raise FormulaError(Fault("definitions.empty"))
    try:
        body = ast.parse(f"({plain})", mode="eval").body
    except SyntaxError as error:
        position = min(max((error.offset or 2) - 1, 1), len(text))
        raise FormulaError(
            Fault("definitions.syntax", Place(position=position), {"near": plain[position - 1 :][:20]})
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise FormulaError(Fault("definitions.too_deep", values={"most": LIMITS["depth"]})) from None
    reader = _Reader(f"({plain})", names, {word: name for name, word in words.items()})
    reader.check_depth(body)
    tree = reader.read(body)
    if reader.faults:
        raise FormulaError(*reader.faults)
    assert tree is not None
    operands = {str(node) for node in walk(tree) if isinstance(node, Name | Filter)}
    if len(operands) > LIMITS["operands"]:
        raise FormulaError(
            Fault("definitions.too_many_operands", values={"count": len(operands), "most": LIMITS["operands"]})
        )
    return Parsed(tree, reader.positions)


def _plain(text: str) -> str:
    """Full-width signs in their plain forms, except within quotes; every character keeps its place."""
    plain = text.translate(_PLAIN)
    if plain == text or ('"' not in plain and "'" not in plain):
        return plain
    return "".join(text[at] if quoted else plain[at] for at, quoted in enumerate(_quoted(plain)))


def _quoted(text: str) -> Iterator[bool]:
    """For each character, whether it stands within quotes (which themselves do not)."""
    quote, escaped = "", False
    for character in text:
        closes = character == quote and not escaped
        yield bool(quote) and not closes
        escaped = character == "\\" and bool(quote) and not escaped
        if closes:
            quote = ""
        elif not quote and character in "\"'":
            quote = character


def _check_brackets(text: str) -> None:
    """Refuse brackets that do not match or are nested too deep, before Python's parser sees them."""
    depth = 0
    for at, (character, quoted) in enumerate(zip(text, _quoted(text), strict=True), start=1):
        if quoted:
            continue
        if character in "([{":
            depth += 1
            if depth > LIMITS["brackets"]:
                values = {"most": LIMITS["brackets"]}
                raise FormulaError(Fault("definitions.too_many_brackets", Place(position=at), values))
        elif character in ")]}":
            depth -= 1
            if depth < 0:
                raise FormulaError(Fault("definitions.bracket_closes", Place(position=at), {"bracket": character}))
    if depth:
        raise FormulaError(Fault("definitions.bracket_open", Place(position=len(text)), {"count": depth}))


def _odd_names(text: str, known: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Known names in the text that are no identifiers, each with an identifier of the same length."""
    odd = sorted((name for name in known if not name.isidentifier() and name in text), key=len, reverse=True)
    return ((name, ("名" + str(number)).ljust(len(name), "名")) for number, name in enumerate(odd))


class _Reader:
    """Walks Python's tree and builds ours, keeping every fault that it meets."""

    def __init__(self, source: str, names: Resolver | None, words: dict[str, str]) -> None:
        self._bytes = source.encode()
        self._ascii = len(self._bytes) == len(source)
        self._names, self._words = names, words
        self.positions: dict[int, int] = {}
        self.faults: list[Fault] = []

    def check_depth(self, body: ast.expr) -> None:
        """Refuse trees too deep to be walked, without walking into them by recursion."""
        pending: list[tuple[ast.AST, int]] = [(body, 1)]
        while pending:
            node, depth = pending.pop()
            if depth > LIMITS["depth"]:
                raise FormulaError(Fault("definitions.too_deep", values={"most": LIMITS["depth"]}))
            pending.extend((child, depth + 1) for child in ast.iter_child_nodes(node))

    def read(self, node: ast.expr) -> Formula | None:
        built = self._read(node)
        if built is not None:
            self.positions[id(built)] = self._position(node)
        return built

    def _position(self, node: ast.expr) -> int:
        column = node.col_offset if self._ascii else len(self._bytes[: node.col_offset].decode(errors="ignore"))
        return max(column, 1)

    def _text(self, node: ast.expr) -> str:
        return self._bytes[node.col_offset : node.end_col_offset].decode(errors="replace")

    def _fault(self, code: str, node: ast.expr, near: Callable[[], list[str]] | None = None, **values: object) -> None:
        shown = self._text(node)
        values = {"text": shown if len(shown) <= 40 else shown[:40] + "…", **values}
        self.faults.append(Fault(f"definitions.{code}", Place(position=self._position(node)), values, near))

    def _read(self, node: ast.expr) -> Formula | None:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.Name(id=word):
                return Name(self._code(word))
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(node, left, op, right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.read(operand)
                return None if inner is None else Negative(inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.Call():
                return self._call(node)
            case ast.Subscript():
                return self._filter(node)
            case ast.Compare():
                self._fault("comparison", node)
            case ast.Attribute():
                self._fault("attribute", node)
            case _:
                self._fault("not_allowed", node)
        return None

    def _code(self, word: str) -> str:
        word = self._words.get(word, word)
        return (self._names(word) if self._names else None) or word

    def _number(self, node: ast.Constant) -> Formula | None:
        text = self._text(node)
        if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not _NUMBER.fullmatch(text):
            self._fault("text_alone" if isinstance(node.value, str) else "number", node)
            return None
        return Number(Decimal(text))

    def _binary(self, node: ast.expr, left: ast.expr, op: ast.operator, right: ast.expr) -> Formula | None:
        a, b = self.read(left), self.read(right)
        if type(op) not in _OPERATORS:
            self._fault("operator", node)
            return None
        return None if a is None or b is None else Binary(_OPERATORS[type(op)], a, b)

    def _call(self, node: ast.Call) -> Formula | None:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            name = self._text(node.func)
            self._fault("function", node, lambda: nearest(name, FUNCTIONS), name=name, known=", ".join(FUNCTIONS))
            return None
        function = node.func.id
        arguments = [self.read(argument) for argument in node.args]
        if node.keywords:
            self._fault("keyword", node)
            return None
        least, most = FUNCTIONS[function]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            wanted = str(least) if least == most else f"{least}…" if most is None else f"{least}–{most}"
            self._fault("arguments", node, name=function, wanted=wanted, count=len(arguments))
            return None
        built = [argument for argument in arguments if argument is not None]
        return Call(function, tuple(built)) if len(built) == len(arguments) else None

    def _filter(self, node: ast.Subscript) -> Formula | None:
        inner = self.read(node.value)
        conditions = self._conditions(node.slice)
        if inner is None or conditions is None:
            return None
        if isinstance(inner, Name):
            return Filter(inner, conditions)
        if isinstance(inner, Filter):
            return Filter(inner.operand, (*inner.conditions, *conditions))
        self._fault("filter_on", node)
        return None

    def _conditions(self, node: ast.expr) -> tuple[Condition, ...] | None:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            found = [self._conditions(value) for value in node.values]
            return None if any(one is None for one in found) else tuple(c for one in found if one for c in one)
        match node:
            case ast.Compare(left=ast.Name(id=column), ops=[ast.Eq()], comparators=[ast.Constant(value=str(value))]):
                return (Condition(column, (value,)),)
            case ast.Compare(left=ast.Name(id=column), ops=[ast.In()], comparators=[ast.Tuple(elts) | ast.List(elts)]):
                values = [
                    value.value for value in elts if isinstance(value, ast.Constant) and isinstance(value.value, str)
                ]
                if elts and len(values) == len(elts):
                    return (Condition(column, tuple(values)),)
        self._fault("filter", node)
        return None
