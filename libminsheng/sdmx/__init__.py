"""Figures and facts as SDMX (ISO 17369), the language that statistical offices exchange data in: SDMX-CSV 2.0, SDMX-ML 3.0.

What a file means stands in its structure: which columns identify a value, which describe it, which
codes there are and what they are called. `read_facts` reads the facts back.
"""

from libminsheng.sdmx.artefacts import AGENCY, Structures
from libminsheng.sdmx.facts import facts_sdmx, facts_structures
from libminsheng.sdmx.figures import figures_sdmx, figures_structures
from libminsheng.sdmx.message import write_structures
from libminsheng.sdmx.shapes import catalogue_structures
from libminsheng.sdmx.write import MEDIA_TYPES, Form

__all__ = [
    "AGENCY",
    "MEDIA_TYPES",
    "Form",
    "Structures",
    "catalogue_structures",
    "facts_sdmx",
    "facts_structures",
    "figures_sdmx",
    "figures_structures",
    "write_structures",
]
