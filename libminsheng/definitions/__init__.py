"""What a number means: measures, indicators, formulas, packs, the catalogue."""

from libminsheng.definitions.cases import CaseResult, run_cases
from libminsheng.definitions.catalogue import Catalogue, catalogue
from libminsheng.definitions.scaffold import lint, new_pack

__all__ = ["CaseResult", "Catalogue", "catalogue", "lint", "new_pack", "run_cases"]
