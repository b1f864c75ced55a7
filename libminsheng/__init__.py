"""Livelihood programmes (民生工程): their definitions, and figures computed from what was reported, exactly."""

from libminsheng.definitions import CaseResult, Catalogue, catalogue, lint, new_pack, run_cases
from libminsheng.definitions.formula import Formula, breakdown, m
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.parse import parse
from libminsheng.definitions.source import Source
from libminsheng.engine import Explanation, Figure, Figures, Receipt, evaluate
from libminsheng.errors import (
    DefinitionError,
    DivisionError,
    EvaluationError,
    FactsError,
    Fault,
    FormulaError,
    MinshengError,
    PeriodError,
    Place,
    ReceiptError,
    UnitError,
    language,
)
from libminsheng.facts import Facts, read_facts
from libminsheng.version import __version__
from libminsheng.vocabulary.divisions import Division, DivisionTree
from libminsheng.vocabulary.domains import Domain, find_domain
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.programmes import ProgrammeKind, programme_kind
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import Unit, convert, unit

__all__ = [
    "CaseResult",
    "Catalogue",
    "DefinitionError",
    "Division",
    "DivisionError",
    "DivisionTree",
    "Domain",
    "EvaluationError",
    "Explanation",
    "Facts",
    "FactsError",
    "Fault",
    "Figure",
    "Figures",
    "Formula",
    "FormulaError",
    "Indicator",
    "Measure",
    "MinshengError",
    "Pack",
    "Period",
    "PeriodError",
    "Place",
    "ProgrammeKind",
    "Receipt",
    "ReceiptError",
    "Source",
    "Text",
    "Unit",
    "UnitError",
    "__version__",
    "breakdown",
    "catalogue",
    "convert",
    "evaluate",
    "find_domain",
    "language",
    "lint",
    "m",
    "new_pack",
    "parse",
    "programme_kind",
    "read_facts",
    "run_cases",
    "unit",
]
