"""Livelihood programmes (民生工程): their definitions, and figures computed from what was reported, exactly.

A name is imported when it is first asked for, so that the import is light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from libminsheng.version import __version__

if TYPE_CHECKING:
    from libminsheng.bulletin.check import check
    from libminsheng.bulletin.drafts import draft_facts
    from libminsheng.bulletin.quantity import Quantity
    from libminsheng.bulletin.read import Bulletin, read_bulletin
    from libminsheng.checks import Finding, Findings, Hypothesis
    from libminsheng.checks.rates import Counts, Partners, partners, solve_rates
    from libminsheng.client import AsyncClient, Client, ServedFigures, Submission, connect, connect_async
    from libminsheng.definitions import CaseResult, lint, new_pack, run_cases
    from libminsheng.definitions.catalogue import Catalogue, catalogue
    from libminsheng.definitions.formula import Formula, breakdown, m
    from libminsheng.definitions.indicator import Indicator
    from libminsheng.definitions.measure import Measure
    from libminsheng.definitions.pack import Pack
    from libminsheng.definitions.parse import parse
    from libminsheng.definitions.scheme import Scheme
    from libminsheng.definitions.source import Source
    from libminsheng.engine import Explanation, Figure, Figures, Receipt
    from libminsheng.engine.evaluate import evaluate
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
        ServiceError,
        UnitError,
        language,
    )
    from libminsheng.facts import Facts, read_facts
    from libminsheng.facts.template import template
    from libminsheng.scoring.comparison import Change, Comparison
    from libminsheng.scoring.growth import compare
    from libminsheng.scoring.monitor import monitor
    from libminsheng.scoring.ranking import Ranked, Ranking, rank
    from libminsheng.scoring.score import score
    from libminsheng.scoring.scorecard import Scorecard, Scores
    from libminsheng.scoring.watched import Monitor
    from libminsheng.vocabulary.divisions import Division, DivisionTree
    from libminsheng.vocabulary.domains import Domain, Service, find_domain, find_service
    from libminsheng.vocabulary.periods import Period
    from libminsheng.vocabulary.programmes import ProgrammeKind, programme_kind
    from libminsheng.vocabulary.projects import Project, find_project
    from libminsheng.vocabulary.text import Text
    from libminsheng.vocabulary.units import Unit, convert, unit

_ROOMS: Final = {
    "AsyncClient": "libminsheng.client",
    "Bulletin": "libminsheng.bulletin.read",
    "CaseResult": "libminsheng.definitions",
    "Catalogue": "libminsheng.definitions",
    "Change": "libminsheng.scoring.comparison",
    "Client": "libminsheng.client",
    "Comparison": "libminsheng.scoring.comparison",
    "Counts": "libminsheng.checks.rates",
    "DefinitionError": "libminsheng.errors",
    "Division": "libminsheng.vocabulary.divisions",
    "DivisionError": "libminsheng.errors",
    "DivisionTree": "libminsheng.vocabulary.divisions",
    "Domain": "libminsheng.vocabulary.domains",
    "EvaluationError": "libminsheng.errors",
    "Explanation": "libminsheng.engine",
    "Facts": "libminsheng.facts",
    "FactsError": "libminsheng.errors",
    "Fault": "libminsheng.errors",
    "Figure": "libminsheng.engine",
    "Figures": "libminsheng.engine",
    "Finding": "libminsheng.checks",
    "Findings": "libminsheng.checks",
    "Formula": "libminsheng.definitions.formula",
    "FormulaError": "libminsheng.errors",
    "Hypothesis": "libminsheng.checks",
    "Indicator": "libminsheng.definitions.indicator",
    "Measure": "libminsheng.definitions.measure",
    "MinshengError": "libminsheng.errors",
    "Monitor": "libminsheng.scoring.watched",
    "Pack": "libminsheng.definitions.pack",
    "Partners": "libminsheng.checks.rates",
    "Period": "libminsheng.vocabulary.periods",
    "PeriodError": "libminsheng.errors",
    "Place": "libminsheng.errors",
    "ProgrammeKind": "libminsheng.vocabulary.programmes",
    "Project": "libminsheng.vocabulary.projects",
    "Quantity": "libminsheng.bulletin.quantity",
    "Ranked": "libminsheng.scoring.ranking",
    "Ranking": "libminsheng.scoring.ranking",
    "Receipt": "libminsheng.engine",
    "ReceiptError": "libminsheng.errors",
    "Scheme": "libminsheng.definitions.scheme",
    "Scorecard": "libminsheng.scoring.scorecard",
    "Scores": "libminsheng.scoring.scorecard",
    "ServedFigures": "libminsheng.client",
    "Service": "libminsheng.vocabulary.domains",
    "ServiceError": "libminsheng.errors",
    "Source": "libminsheng.definitions.source",
    "Submission": "libminsheng.client",
    "Text": "libminsheng.vocabulary.text",
    "Unit": "libminsheng.vocabulary.units",
    "UnitError": "libminsheng.errors",
    "breakdown": "libminsheng.definitions.formula",
    "catalogue": "libminsheng.definitions",
    "check": "libminsheng.bulletin.check",
    "compare": "libminsheng.scoring.growth",
    "connect": "libminsheng.client",
    "connect_async": "libminsheng.client",
    "convert": "libminsheng.vocabulary.units",
    "draft_facts": "libminsheng.bulletin.drafts",
    "evaluate": "libminsheng.engine",
    "find_domain": "libminsheng.vocabulary.domains",
    "find_project": "libminsheng.vocabulary.projects",
    "find_service": "libminsheng.vocabulary.domains",
    "language": "libminsheng.errors",
    "lint": "libminsheng.definitions",
    "m": "libminsheng.definitions.formula",
    "monitor": "libminsheng.scoring.monitor",
    "new_pack": "libminsheng.definitions",
    "parse": "libminsheng.definitions.parse",
    "partners": "libminsheng.checks.rates",
    "programme_kind": "libminsheng.vocabulary.programmes",
    "rank": "libminsheng.scoring.ranking",
    "read_bulletin": "libminsheng.bulletin.read",
    "read_facts": "libminsheng.facts",
    "run_cases": "libminsheng.definitions",
    "score": "libminsheng.scoring.score",
    "solve_rates": "libminsheng.checks.rates",
    "template": "libminsheng.facts",
    "unit": "libminsheng.vocabulary.units",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "AsyncClient",
    "Bulletin",
    "CaseResult",
    "Catalogue",
    "Change",
    "Client",
    "Comparison",
    "Counts",
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
    "Finding",
    "Findings",
    "Formula",
    "FormulaError",
    "Hypothesis",
    "Indicator",
    "Measure",
    "MinshengError",
    "Monitor",
    "Pack",
    "Partners",
    "Period",
    "PeriodError",
    "Place",
    "ProgrammeKind",
    "Project",
    "Quantity",
    "Ranked",
    "Ranking",
    "Receipt",
    "ReceiptError",
    "Scheme",
    "Scorecard",
    "Scores",
    "ServedFigures",
    "Service",
    "ServiceError",
    "Source",
    "Submission",
    "Text",
    "Unit",
    "UnitError",
    "__version__",
    "breakdown",
    "catalogue",
    "check",
    "compare",
    "connect",
    "connect_async",
    "convert",
    "draft_facts",
    "evaluate",
    "find_domain",
    "find_project",
    "find_service",
    "language",
    "lint",
    "m",
    "monitor",
    "new_pack",
    "parse",
    "partners",
    "programme_kind",
    "rank",
    "read_bulletin",
    "read_facts",
    "run_cases",
    "score",
    "solve_rates",
    "template",
    "unit",
]
