"""A form as a workbook: words at the top, cells that refuse what they do not want, a hidden key."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from libminsheng.definitions.rule import Rule
from libminsheng.errors import say
from libminsheng.facts.form import Asked, Form
from libminsheng.facts.form_checks import bounds_of, contradictions
from libminsheng.facts.key import KEY_SHEET, MARK, FormKey, FormSheet, key_cells
from libminsheng.vocabulary.divisions import DivisionTree

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["write_form"]

_FONT: Final = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
_LINE: Final = {"border": 1, "border_color": "#8C8C8C"}
_WIDEST: Final = 26
_MOST_WORDS: Final = 250
"""A message of a data validation has at most 255 letters, its title 32."""


@dataclass(frozen=True)
class Spots:
    """Where a form's parts stand, from 0: the row of marks, the first row and column of values."""

    marks: int
    row: int
    column: int


def write_form(
    form: Form, target: str | BinaryIO, rules: Iterable[Rule], tree: DivisionTree, title: str | None
) -> None:
    """Write the workbook."""
    from xlsxwriter import Workbook
    from xlsxwriter.utility import xl_rowcol_to_cell

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    rules = list(rules)
    with Workbook(target, options) as book:
        styles = _styles(book)
        heading = title or say("forms.title", form.lang, periods=_periods(form))
        book.set_properties({"title": heading, "comments": say("forms.made_by", form.lang)})
        spots = [_sheet(book, styles, form, sheet, heading, rules, tree) for sheet in form.key.sheets]
        first = xl_rowcol_to_cell(spots[0].row, spots[0].column)
        hidden = book.add_worksheet(KEY_SHEET)
        for row, text in enumerate(key_cells(FormKey(form.key.tables, form.key.sheets, first))):
            hidden.write_string(row, 0, text)
        hidden.protect()
        hidden.very_hidden()


def _periods(form: Form) -> str:
    labels = [period.text(form.lang) for period in form.periods]
    return labels[0] if len(labels) == 1 else f"{labels[0]}—{labels[-1]}"


def _styles(book: Workbook) -> dict[str, Any]:
    plain: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 16, "align": "center"},
        "line": {"align": "left", "text_wrap": True},
        "quiet": {"align": "left", "text_wrap": True, "font_color": "#595959", "font_size": 9.5},
        "head": {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7", **_LINE},
        "label": {"align": "left", "indent": 1, "text_wrap": True, "bg_color": "#F2F2F2", **_LINE},
        "mark": {"font_color": "#FFFFFF", "font_size": 6},
        "choice": {"align": "center", "locked": False, "bg_color": "#FFFBE6", "num_format": "@", **_LINE},
        "note": {"align": "left", "locked": False, "bg_color": "#FFFBE6", "num_format": "@", **_LINE},
        "bad": {"bg_color": "#F8CBAD", "font_color": "#9C0006"},
        "doubt": {"bg_color": "#FFE699", "font_color": "#7F6000"},
    }
    return {
        name: book.add_format({**(_FONT if name not in ("bad", "doubt") else {}), **one}) for name, one in plain.items()
    }


def _sheet(
    book: Workbook,
    styles: dict[str, Any],
    form: Form,
    sheet: FormSheet,
    title: str,
    rules: Sequence[Rule],
    tree: DivisionTree,
) -> Spots:
    table = form.key.table(sheet)
    page: Worksheet = book.add_worksheet(sheet.name)
    heads, columns = len(table.heads), len(table.columns)
    lead = 1 if "scenario" in table.remarks else 0
    first = 1 + heads + lead
    last = first + columns + len(table.remarks) - lead - 1
    widths = _widths(form, sheet)
    row = _top(page, styles, form, sheet, title, tree, (1, last), sum(widths[1 : last + 1]))
    spots = Spots(row, row + 2, first)
    for at, width in enumerate(widths):
        page.set_column(at, at, width)
    page.set_column(0, 0, 8, None, {"hidden": True})
    page.write_string(row, 0, f"{MARK}{sheet.mark}", styles["mark"])
    titles = [(f"h{at}", text) for at, text in enumerate(table.heads)]
    beside = [(name, say(f"forms.head_{name}", form.lang)) for name in table.remarks]
    titles += beside[:lead] + [(f"c{at}", line.label[0]) for at, line in enumerate(table.columns)] + beside[lead:]
    for at, (mark, text) in enumerate(titles, start=1):
        page.write_string(row, at, f"{MARK}{mark}", styles["mark"])
        page.write_string(row + 1, at, text, styles["head"])
    page.set_row(row, None, None, {"hidden": True})
    page.set_row(row + 1, 15.0 * max(_lines(text, widths[at]) for at, (_, text) in enumerate(titles, start=1)) + 6)
    _body(book, page, styles, form, sheet, spots, rules)
    contradictions(page, styles, form, table, spots.row, spots.column, rules)
    page.freeze_panes(spots.row, first)
    _print(page, form, row + 1, spots.row + len(table.rows) - 1, last)
    return spots


def _widths(form: Form, sheet: FormSheet) -> list[float]:
    """The width of each column, so that words of a header take few lines and a number of 15 digits is seen."""
    table = form.key.table(sheet)
    widths = [8.0]
    for at, text in enumerate(table.heads):
        longest = max(_width(line.label[at]) for line in table.rows)
        widths.append(
            min(max(longest, _width(text)) + 2, _WIDEST + 14 if form.layout == "sheets" and not at else _WIDEST)
        )
    numbers = [min(max(13, math.ceil(_width(line.label[0]) / 3) + 3), _WIDEST) for line in table.columns]
    beside = {"scenario": 8.0, "approximate": 6.0, "note": 18.0}
    lead = [beside[name] for name in table.remarks if name == "scenario"]
    return [*widths, *lead, *numbers, *(beside[name] for name in table.remarks if name != "scenario")]


def _width(text: str) -> int:
    """The width of a text in letters; a Chinese one has two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _lines(text: str, width: float) -> int:
    return max(1, math.ceil(_width(text) / max(width - 1, 1)))


def _top(
    page: Worksheet,
    styles: dict[str, Any],
    form: Form,
    sheet: FormSheet,
    title: str,
    tree: DivisionTree,
    span: tuple[int, int],
    width: float,
) -> int:
    """Title, who reports to whom, how to fill it in; gives the first row below."""
    lang = form.lang
    lines = [(title, "title", 28.0)]
    lines.append((_reporters(form, sheet, tree), "line", 18.0))
    lines += [(say(f"forms.how_{name}", lang), "quiet", 15.0) for name in ("cells", "blank", "return")]
    for row, (text, style, height) in enumerate(lines):
        if span[1] > span[0]:
            page.merge_range(row, span[0], row, span[1], "", styles[style])
        page.write_string(row, span[0], text, styles[style])
        page.set_row(row, height * _lines(text, width) if style != "title" else height)
    return len(lines)


def _reporters(form: Form, sheet: FormSheet, tree: DivisionTree) -> str:
    codes = [sheet.of["division"]] if "division" in sheet.of else list(form.reporters)
    above = list(dict.fromkeys(tree.parent(code) for code in codes))
    who = say("forms.who", form.lang, name=tree.name(codes[0]), code=codes[0])
    if len(codes) > 1:
        who = say("forms.whos", form.lang, count=len(codes))
    if len(above) == 1 and above[0] is not None:
        who += say("forms.to", form.lang, name=tree.name(above[0]), code=above[0])
    return who + say("forms.signature", form.lang)


def _body(
    book: Workbook,
    page: Worksheet,
    styles: dict[str, Any],
    form: Form,
    sheet: FormSheet,
    spots: Spots,
    rules: Sequence[Rule],
) -> None:
    table = form.key.table(sheet)
    heads, bottom = len(table.heads), spots.row + len(table.rows) - 1
    asked = {one.measure.code: one for one in form.asked}
    formats = {code: _number_style(book, one) for code, one in asked.items()}
    by_row = form.layout == "sheets"
    words = {name: say(f"forms.{name}", form.lang) for name in ("actual", "target", "baseline", "yes", "no")}
    beside = [name for name in table.remarks if name != "scenario"]
    after = spots.column + len(table.columns)
    for at, line in enumerate(table.rows):
        row = spots.row + at
        page.write_string(row, 0, f"{MARK}r{at}", styles["mark"])
        for column, text in enumerate(line.label, start=1):
            page.write_string(row, column, text, styles["label"])
        page.set_row(row, 15.0 * max(1, _lines(line.label[0], _WIDEST + 14)) + 3)
        if "scenario" in table.remarks:
            page.write_string(row, 1 + heads, words[line.of["scenario"]], styles["choice"])
        for column, other in enumerate(table.columns):
            code = (line if by_row else other).of["measure"]
            page.write_blank(row, spots.column + column, None, formats[code])
        for column, name in enumerate(beside):
            page.write_blank(row, after + column, None, styles["note" if name == "note" else "choice"])
        if by_row:
            one = asked[line.of["measure"]]
            _validate(page, form, one, rules, (row, spots.column, row, after - 1))
    if not by_row:
        for column, other in enumerate(table.columns):
            at = spots.column + column
            _validate(page, form, asked[other.of["measure"]], rules, (spots.row, at, bottom, at))
    if "scenario" in table.remarks:
        _choose(
            page,
            form,
            "scenario",
            [words[one] for one in ("actual", "target", "baseline")],
            spots.row,
            1 + heads,
            bottom,
        )
    _choose(page, form, "approximate", [words["yes"], words["no"]], spots.row, after, bottom)


def _number_style(book: Workbook, asked: Asked) -> Any:
    decimals = asked.decimals
    shown = min(decimals, 2)
    form = "#,##0" + ("." + "0" * shown + "#" * (decimals - shown) if decimals else "")
    return book.add_format(
        {**_FONT, **_LINE, "num_format": form, "align": "right", "indent": 1, "locked": False, "bg_color": "#FFFBE6"}
    )


def _validate(page: Worksheet, form: Form, asked: Asked, rules: Sequence[Rule], box: tuple[int, int, int, int]) -> None:
    from xlsxwriter.utility import xl_rowcol_to_cell

    lang, cell = form.lang, xl_rowcol_to_cell(box[0], box[1])
    measure = asked.measure
    low, high = bounds_of(asked, rules)
    wanted = say("forms.want_count", lang) if asked.counted else say("forms.want_number", lang, decimals=asked.decimals)
    about = measure.definition.in_(lang) if measure.definition else measure.name.in_(lang)
    starts = measure.year_starts
    year = "" if starts == 1 else say("forms.statistical_year", lang, month=starts)
    told = say("forms.want", lang, unit=asked.unit, wanted=wanted, year=year, about=about)
    rule: dict[str, Any] = {
        "ignore_blank": True,
        "input_title": measure.name.in_(lang)[:32],
        "input_message": told[:_MOST_WORDS],
        "error_title": say("forms.refused", lang),
        "error_message": say("forms.refused_because", lang, wanted=wanted, unit=asked.unit)[:_MOST_WORDS],
        "error_type": "stop",
    }
    if asked.counted and high is None:
        rule |= {"validate": "integer", "criteria": ">=", "value": low or 0}
    elif asked.counted:
        rule |= {"validate": "integer", "criteria": "between", "minimum": low or 0, "maximum": high}
    else:
        tests = [f"ISNUMBER({cell})", f"ROUND({cell},{asked.decimals})={cell}"]
        tests += [f"{cell}>={low}"] if low is not None else []
        tests += [f"{cell}<={high}"] if high is not None else []
        rule |= {"validate": "custom", "value": f"=AND({','.join(tests)})"}
    page.data_validation(*box, rule)


def _choose(page: Worksheet, form: Form, name: str, words: list[str], top: int, column: int, bottom: int) -> None:
    rule = {
        "validate": "list",
        "source": words,
        "input_title": say(f"forms.head_{name}", form.lang),
        "input_message": say(f"forms.about_{name}", form.lang),
        "error_title": say("forms.refused", form.lang),
        "error_message": say("forms.refused_choice", form.lang, words="、".join(words)),
    }
    page.data_validation(top, column, bottom, column, rule)


def _print(page: Worksheet, form: Form, head: int, bottom: int, last: int) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.repeat_rows(head)
    page.print_area(0, 1, bottom, last)
    page.set_footer(say("forms.footer", form.lang))
    page.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
