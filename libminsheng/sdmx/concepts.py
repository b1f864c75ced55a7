"""The components of figures and facts, and what each status of a figure is called where all offices meet."""

from __future__ import annotations

from typing import Final

from libminsheng.errors import say
from libminsheng.sdmx.artefacts import Component
from libminsheng.vocabulary.sdmx import YEAR_STARTS
from libminsheng.vocabulary.text import Text

__all__ = ["FACTS", "FIGURES", "OBSERVED", "spoken"]

OBSERVED: Final = {
    "ok": "A",
    "no_data": "O",
    "zero_denominator": "M",
    "not_additive": "M",
    "suppressed": "Q",
}
"""Each status of a figure in the list that all offices share (CL_OBS_STATUS): normal, missing, cannot exist, suppressed.

A figure that is ``ok`` is E (estimated) if an operand was reported as approximate, else I (imputed) if one was carried.
"""

UNNAMED: Final = Text()
"""Their names are looked up when a structure is made."""

FIGURES: Final = (
    Component("INDICATOR", "dimension", UNNAMED),
    Component("EDITION", "dimension", UNNAMED),
    Component("REF_AREA", "dimension", UNNAMED),
    Component("TIME_PERIOD", "time", UNNAMED, text="ObservationalTimePeriod"),
    Component("OBS_VALUE", "measure", UNNAMED, text="Decimal"),
    Component("UNIT_MEASURE", "attribute", UNNAMED, always=True),
    Component("DECIMALS", "attribute", UNNAMED, text="Integer", always=True),
    Component("OBS_STATUS", "attribute", UNNAMED, always=True),
    Component("STATUS", "attribute", UNNAMED, always=True),
    Component("NUMERATOR", "attribute", UNNAMED, text="Decimal"),
    Component("DENOMINATOR", "attribute", UNNAMED, text="Decimal"),
    Component("FLAGS", "attribute", UNNAMED),
    Component("COVERAGE_REPORTED", "attribute", UNNAMED, text="Integer", always=True),
    Component("COVERAGE_EXPECTED", "attribute", UNNAMED, text="Integer", always=True),
    Component("MISSING", "attribute", UNNAMED),
    Component(YEAR_STARTS, "attribute", UNNAMED, text="MonthDay"),
)
"""The columns of figures; breakdowns come before the time."""

FACTS: Final = (
    Component("MEASURE", "dimension", UNNAMED),
    Component("REF_AREA", "dimension", UNNAMED),
    Component("SCENARIO", "dimension", UNNAMED),
    Component("BASIS", "dimension", UNNAMED),
    Component("PROJECT", "dimension", UNNAMED),
    Component("ISSUER", "dimension", UNNAMED),
    Component("TIME_PERIOD", "time", UNNAMED, text="ObservationalTimePeriod"),
    Component("OBS_VALUE", "measure", UNNAMED, text="Decimal", always=True),
    Component("UNIT_MEASURE", "attribute", UNNAMED, always=True),
    Component("APPROXIMATE", "attribute", UNNAMED, text="Boolean"),
    Component("SOURCE", "attribute", UNNAMED),
    Component("NOTE", "attribute", UNNAMED),
    Component("REPORTED", "attribute", UNNAMED),
    Component(YEAR_STARTS, "attribute", UNNAMED, text="MonthDay"),
)
"""The columns of facts; breakdowns come before the time."""


def spoken(name: str) -> Text:
    """A name of this room's messages in both languages.

    >>> spoken("concept_ref_area").zh
    '行政区划'
    """
    return Text(say(f"sdmx.{name}", "zh"), say(f"sdmx.{name}", "en"))
