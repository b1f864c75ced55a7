"""A workbook sent back: the same one, with each doubtful cell coloured and commented, and a list of all findings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from libminsheng.checks.finding import Finding, Severity
from libminsheng.errors import EvaluationError, Fault, Language, say
from libminsheng.facts import Facts
from libminsheng.facts.columns import HEADERS

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["mark_workbook"]

_COLOURS: Final[Mapping[Severity, str]] = {"error": "FFC7CE", "warning": "FFEB9C", "note": "DDEBF7"}
_TO_FILL_IN: Final = "FFFBE6"
_AUTHOR: Final = "libminsheng"
_Places = Mapping[tuple[str, str, str], Sequence[tuple[dict[str, str], str]]]
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WORD: Final = re.compile(r"[A-Za-z]\w+", re.ASCII)
_COLUMNS: Final = ("severity", "cell", "division", "period", "measure", "finding", "arithmetic", "hypotheses")
_WIDTHS: Final = (6, 24, 18, 10, 24, 44, 36, 30)


@dataclass(frozen=True)
class _Remark:
    """One line of the list: what is said of which cells."""

    severity: Severity
    cells: tuple[str, ...]
    division: str
    period: str
    measure: str
    words: str
    arithmetic: str = ""
    guesses: str = ""

    def text(self, lang: Language) -> str:
        lines = [say("forms.mark", lang, severity=say(f"forms.severity_{self.severity}", lang), words=self.words)]
        lines += [say("forms.mark_arithmetic", lang, arithmetic=self.arithmetic)] if self.arithmetic else []
        lines += [say("forms.mark_guesses", lang, guesses=self.guesses)] if self.guesses else []
        return "\n".join(lines)


def mark_workbook(
    source: Path,
    target: Path | BinaryIO,
    findings: Iterable[Finding],
    facts: Facts | None,
    *,
    faults: Sequence[Fault] = (),
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    lang: Language = "zh",
) -> int:
    """Write a workbook of facts again, with what was found in it; gives the number of cells that are marked.

    All else stays: words, formats, formulas, the hidden key. A cell has one comment with all that is said of it;
    the sheet 疑点 lists everything, also what belongs to no single cell. Marks of an earlier run are taken off first.

    Parameters
    ----------
    source, target
        The workbook that was read, and what to write.
    findings
        What checks found.
    facts
        What was read of it; tells in which cell each fact stands.
    faults
        What could not be read.
    catalogue, tree
        Name measures and divisions, and tell which cells an indicator comes from.
    lang
        The language of comments and list.

    Raises
    ------
    EvaluationError
        If openpyxl is not installed.
    """
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise EvaluationError(Fault("forms.needs_openpyxl")) from None
    book = load_workbook(source, keep_vba=source.suffix.lower() == ".xlsm", rich_text=True)
    _unmark(book, lang)
    table = _Table(book.worksheets[0])
    remarks = [
        *_of_faults(faults, source, table, lang),
        *_of_findings(findings, _cells(facts, source, table), catalogue, tree, lang),
    ]
    by_cell: dict[str, list[_Remark]] = defaultdict(list)
    for remark in remarks:
        for cell in remark.cells:
            by_cell[cell].append(remark)
    marked = sum(_mark(book, cell, some, lang) for cell, some in by_cell.items())
    _list(book, remarks, lang)
    book.save(target)
    return marked


class _Table:
    """A plain table of facts: which cell a row's value, or another column of it, stands in."""

    def __init__(self, sheet: Any) -> None:
        self.title = sheet.title
        head = next((row for row in sheet.iter_rows() if any(cell.value is not None for cell in row)), ())
        self.columns = {str(cell.value).strip(): cell.column_letter for cell in head if cell.value is not None}
        named = ((HEADERS.get(text, text.lower()), column) for text, column in self.columns.items())
        self.value = next((column for name, column in named if name == "value"), None)

    def cell(self, row: int | None, column: str | None = None) -> tuple[str, ...]:
        letter = self.columns.get(column or "", self.value)
        return (f"{self.title}!{letter}{row}",) if row and letter else ()


def _of_faults(faults: Sequence[Fault], source: Path, table: _Table, lang: Language) -> list[_Remark]:
    found = []
    for fault in faults:
        if fault.place.file in (None, str(source)):
            hint = fault.hint(lang)
            words = fault.message(lang) + (f"（{hint}）" if hint and lang == "zh" else f" ({hint})" if hint else "")
            place = fault.place
            cells = (place.cell,) if place.cell else table.cell(place.row, place.column)
            found.append(_Remark("error", cells, "", "", fault.place.item or "", words))
    return found


def _of_findings(
    findings: Iterable[Finding],
    places: _Places,
    catalogue: Catalogue | None,
    tree: DivisionTree | None,
    lang: Language,
) -> list[_Remark]:
    names = {} if catalogue is None else {one.code: one.name.in_(lang) for one in catalogue.indicators}
    names |= {} if catalogue is None else {code: one.name.in_(lang) for code, one in catalogue.measures.items()}
    separator = "；" if lang == "zh" else "; "
    found = []
    for finding in findings:
        where = finding.where
        code = str(where.get("measure") or where.get("indicator") or "")
        division = str(where.get("division") or "")
        found.append(
            _Remark(
                finding.severity,
                _cells_of(finding, places, catalogue),
                tree.name(division) if tree and division else division,
                str(where.get("period") or ""),
                names.get(code, code),
                finding.message(lang),
                _WORD.sub(lambda found: names.get(found[0]) or found[0], finding.arithmetic),
                separator.join(one.what.in_(lang) for one in finding.hypotheses),
            )
        )
    return found


def _cells(facts: Facts | None, source: Path, table: _Table) -> _Places:
    """The cells of each division, period and measure, with their breakdowns and scenario."""
    places: dict[tuple[str, str, str], list[tuple[dict[str, str], str]]] = defaultdict(list)
    if facts is None:
        return places
    parts = ["project", "issuer", *facts.breakdowns]
    for row in facts.frame.iter_rows(named=True):
        cell = row.get("cell") or next(iter(table.cell(row["row"])), None)
        if cell and row["file"] == str(source):
            by = {name: row[name] for name in parts if row[name] is not None}
            by |= {"scenario": row["scenario"]} if row["scenario"] != "actual" else {}
            places[row["division"], row["period"], row["measure"]].append((by, cell))
    return places


def _cells_of(finding: Finding, places: _Places, catalogue: Catalogue | None) -> tuple[str, ...]:
    """The cells that a finding is about: its fact's, or of an indicator those of its operands."""
    where = finding.where
    codes = [where["measure"]] if where.get("measure") else []
    if not codes and catalogue and where.get("indicator"):
        try:
            codes = [one.code for one in catalogue.measures_of(catalogue.indicator(str(where["indicator"])))]
        except EvaluationError:
            codes = []
    by = {name: value for name, value in dict(where.get("by") or {}).items() if value is not None}
    found: list[str] = [str(where["cell"])] if where.get("cell") and not where.get("indicator") else []
    for code in () if found else codes:
        near = places.get((str(where.get("division")), str(where.get("period")), str(code)), ())
        found += [cell for other, cell in near if other == by] or [cell for _, cell in near]
    for other in finding.beside:
        found += _cells_of(replace(finding, where=other, beside=()), places, catalogue)
    return tuple(dict.fromkeys(found))


def _unmark(book: Any, lang: Language) -> None:
    """Take off what an earlier run said."""
    from openpyxl.styles import PatternFill

    title = say("forms.findings_sheet", lang)
    if title in book.sheetnames and book[title]["A1"].value == say("forms.list_severity", lang):
        book.remove(book[title])
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if getattr(cell, "comment", None) is not None and cell.comment.author == _AUTHOR:
                    cell.comment = None
                    cell.fill = (
                        PatternFill() if cell.protection.locked else PatternFill("solid", start_color=_TO_FILL_IN)
                    )


def _mark(book: Any, cell: str, remarks: Sequence[_Remark], lang: Language) -> bool:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    name, _, at = cell.rpartition("!")
    if name not in book.sheetnames:
        return False
    spot = book[name][at]
    if type(spot).__name__ == "MergedCell":
        spans = (span for span in book[name].merged_cells.ranges if at in span)
        spot = book[name][next(spans).start_cell.coordinate]
    worst = min((one.severity for one in remarks), key=list(_COLOURS).index)
    spot.fill = PatternFill("solid", start_color=_COLOURS[worst])
    said = [spot.comment.text] if spot.comment is not None else []
    text = _UNPRINTABLE.sub("", "\n".join([*said, *dict.fromkeys(one.text(lang) for one in remarks)]))
    comment = Comment(text, _AUTHOR, width=360, height=min(60 + 18 * (text.count("\n") + len(text) // 26), 400))
    spot.comment = comment
    return True


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of so many letters; a Chinese character is two wide."""
    return sum(
        -(-sum(1 if character.isascii() else 2 for character in line) // max(int(width) - 1, 1)) or 1
        for line in text.split("\n")
    )


def _list(book: Any, remarks: Sequence[_Remark], lang: Language) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(say("forms.findings_sheet", lang))
    for column, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True), start=1):
        head = sheet.cell(1, column, say(f"forms.list_{name}", lang))
        head.font, head.fill = Font(bold=True), PatternFill("solid", start_color="DDEBF7")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, one in enumerate(remarks, start=2):
        texts = (
            say(f"forms.severity_{one.severity}", lang), "、".join(one.cells), one.division, one.period,
            one.measure, one.words, one.arithmetic, one.guesses,
        )  # fmt: skip
        for column, text in enumerate(texts, start=1):
            cell = sheet.cell(row, column)
            cell.value = _UNPRINTABLE.sub("", text)
            cell.data_type = "s"  # what begins with = is a text all the same
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        lines = max(_lines(text, width) for text, width in zip(texts, _WIDTHS, strict=True))
        sheet.row_dimensions[row].height = 15 * min(lines, 20)  # LibreOffice and WPS make no room for what is wrapped
        sheet.cell(row, 1).fill = PatternFill("solid", start_color=_COLOURS[one.severity])
        if one.cells:
            name, _, at = one.cells[0].rpartition("!")
            quoted = name.replace("'", "''")
            sheet.cell(row, 2).hyperlink = f"#'{quoted}'!{at}"
            sheet.cell(row, 2).data_type = "s"
    if not remarks:
        sheet.cell(2, 1, say("forms.nothing_found", lang))
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
