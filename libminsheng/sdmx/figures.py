"""Figures as SDMX: an observation each, with its status, its numerator and denominator, what it rests on."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from libminsheng.engine import Figures
from libminsheng.report.export import text_frame
from libminsheng.report.figures import by_columns
from libminsheng.sdmx import lists
from libminsheng.sdmx.artefacts import AGENCY, Codelist, Owner, Structures, owner_of
from libminsheng.sdmx.concepts import FIGURES, OBSERVED
from libminsheng.sdmx.message import write_structures
from libminsheng.sdmx.shapes import shaped
from libminsheng.sdmx.texts import code_column
from libminsheng.sdmx.write import Form, write_data
from libminsheng.vocabulary.sdmx import TOTAL, YEAR_STARTS, component_id, start_day, time_period

__all__ = ["figures_sdmx", "figures_structures"]

_COLUMNS: Final = {
    "OBS_VALUE": "value",
    "UNIT_MEASURE": "unit",
    "STATUS": "status",
    "NUMERATOR": "numerator",
    "DENOMINATOR": "denominator",
    "COVERAGE_REPORTED": "reported",
    "COVERAGE_EXPECTED": "expected",
}


def figures_sdmx(
    figures: Figures,
    target: Path | BinaryIO,
    form: Form = "csv",
    *,
    agency: str = AGENCY,
    prepared: datetime.datetime | None = None,
) -> None:
    """Write figures as SDMX-CSV 2.0, as SDMX-ML 3.0, or the structure that both are written in.

    Values have the decimals of their indicator, numerators and denominators all of their digits.
    A total over a breakdown is ``_T``; several flags or missing operands are joined by ``;``.

    Parameters
    ----------
    figures
        What was evaluated.
    target
        A path or a stream of bytes.
    form
        ``csv``, ``xml`` or ``structure``.
    agency
        Who maintains the structure.
    prepared
        When an XML message was made; now, unless it is said. Its ID is the receipt's digest.

    Raises
    ------
    EvaluationError
        If the agency is not written as SDMX asks.

    Examples
    --------
    >>> import io, polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 2, "period": ["2017"] * 2,
    ...     "measure": ["newborns_screened", "live_births"], "value": [10601, 10642],
    ... })
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["340102"])
    >>> written = io.BytesIO()
    >>> figures_sdmx(figures, written)
    >>> written.getvalue().decode().splitlines()[1]
    'dataflow,MINSHENG:FIGURES(2026.0.0),I,newborn_screening_rate,2013,340102,2016-10-01/P1Y,99.61,%,2,A,ok,10601,10642,,1,1,,--10-01'
    """
    structures = figures_structures(figures, agency=agency)
    if form == "structure":
        write_structures(structures, target, message=f"MS-S-{figures.receipt.digest}", prepared=prepared)
    else:
        message = f"MS-{figures.receipt.digest}" if form == "xml" else None
        write_data(_observations(figures), structures.data[0], target, form, message=message, prepared=prepared)


def figures_structures(figures: Figures, *, agency: str = AGENCY) -> Structures:
    """The structure of these figures: the indicators, divisions and breakdowns that they have.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [10642], "sex": ["f"],
    ... })
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], by=["sex"])
    >>> figures_structures(figures).data[0].id
    'FIGURES_BY_SEX'
    """
    owner = owner_of(figures.catalogue, agency)
    frame = figures.frame
    broken_down = {column: frame[column].drop_nulls().unique().to_list() for column in by_columns(frame)}
    shape = shaped("FIGURES", FIGURES, _lists(figures, owner), broken_down, owner)
    return Structures(owner, (shape,))


def _lists(figures: Figures, owner: Owner) -> dict[str, Codelist]:
    indicators = figures.indicators
    return {
        "INDICATOR": lists.indicators(owner, figures.catalogue, (one.code for one in indicators)),
        "EDITION": lists.editions(owner, (one.edition for one in indicators)),
        "REF_AREA": lists.divisions(owner, figures.tree, figures.frame["division"].unique().to_list()),
        "UNIT_MEASURE": lists.units(owner, (one.unit for one in indicators)),
        "STATUS": lists.statuses(owner),
        "OBS_STATUS": lists.observed(),
    }


def _observations(figures: Figures) -> pl.DataFrame:
    """The figures as columns of text that are named as the components are."""
    frame = text_frame(figures)
    keys = ["indicator", "edition", "period"]
    said = {
        (block.indicator.code, block.indicator.edition, str(period)): (
            time_period(period),
            start_day(period.year_starts),
            str(block.indicator.decimals),
        )
        for block in figures.blocks
        for period in block.periods
    }
    schema = dict.fromkeys([*keys, "TIME_PERIOD", YEAR_STARTS, "DECIMALS"], pl.String)
    table = pl.DataFrame([[*key, *words] for key, words in said.items()], schema=schema, orient="row")
    joined = frame.join(table, on=keys, how="left", maintain_order="left")
    marks = figures.frame["flags"]
    observed = (
        pl.when((pl.col("status") == "ok") & pl.lit(marks.list.contains("estimated")))
        .then(pl.lit("E"))
        .when((pl.col("status") == "ok") & pl.lit(marks.list.contains("carried")))
        .then(pl.lit("I"))
        .otherwise(pl.col("status").replace_strict(OBSERVED, return_dtype=pl.String))
    )
    return joined.select(
        code_column(joined["indicator"]).alias("INDICATOR"),
        code_column(joined["edition"]).alias("EDITION"),
        code_column(joined["division"]).alias("REF_AREA"),
        *(code_column(joined[name], TOTAL).alias(component_id(name)) for name in by_columns(frame)),
        "TIME_PERIOD",
        *(pl.col(column).cast(pl.String).alias(name) for name, column in _COLUMNS.items()),
        "DECIMALS",
        observed.alias("OBS_STATUS"),
        *(
            pl.when(pl.col(column) != "").then(pl.col(column)).alias(name)
            for name, column in {"FLAGS": "flags", "MISSING": "missing"}.items()
        ),
        YEAR_STARTS,
    )
