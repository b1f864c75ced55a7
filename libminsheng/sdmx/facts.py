"""Facts as SDMX: an observation each, in the unit that it was reported in."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from libminsheng.definitions.catalogue import Catalogue, catalogue
from libminsheng.facts import Facts
from libminsheng.facts.bind import bind
from libminsheng.sdmx import lists
from libminsheng.sdmx.artefacts import AGENCY, Structures, owner_of
from libminsheng.sdmx.concepts import FACTS
from libminsheng.sdmx.message import write_structures
from libminsheng.sdmx.shapes import shaped
from libminsheng.sdmx.texts import code_column
from libminsheng.sdmx.write import Form, write_data
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.sdmx import NOT_APPLICABLE, TOTAL, YEAR_STARTS, component_id, start_day, time_period

__all__ = ["facts_sdmx", "facts_structures"]

_REMARKS: Final = {"SOURCE": "source", "NOTE": "note", "REPORTED": "reported"}


def facts_sdmx(
    facts: Facts,
    target: Path | BinaryIO,
    form: Form = "csv",
    *,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    agency: str = AGENCY,
    prepared: datetime.datetime | None = None,
) -> None:
    r"""Write facts as SDMX-CSV 2.0, as SDMX-ML 3.0, or the structure that both are written in.

    A blank project or breakdown is its total, ``_T``; a blank issuer ``_Z``; a blank unit the measure's.
    `read_facts` reads the file back.

    Parameters
    ----------
    facts
        What was read.
    target
        A path or a stream of bytes.
    form
        ``csv``, ``xml`` or ``structure``.
    catalogue, tree
        The definitions of the measures, and the divisions; the built-in ones, unless others are given.
    agency
        Who maintains the structure.
    prepared
        When an XML message was made; now, unless it is said.

    Raises
    ------
    FactsError
        If a measure, a division or a unit is unknown.
    EvaluationError
        If the agency is not written as SDMX asks.

    Examples
    --------
    >>> import io, pathlib, tempfile, libminsheng as ms
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "facts.csv"
    >>> _ = path.write_text("区划,时期,指标,数值,单位\n340102,2017年,newborns_screened,1.0601,万人\n", "utf-8")
    >>> written = io.BytesIO()
    >>> facts_sdmx(ms.read_facts(path), written)
    >>> written.getvalue().decode().splitlines()[1]
    'dataflow,MINSHENG:FACTS(2026.0.0),I,newborns_screened,340102,actual,period,_T,_Z,2016-10-01/P1Y,1.0601,万人,,,,,--10-01'
    """
    known, places = _definitions(catalogue), tree or DivisionTree.builtin()
    frame = _coded(facts, known, places)
    structures = _structures(facts, frame, known, places, agency)
    if form == "structure":
        write_structures(structures, target, prepared=prepared)
    else:
        write_data(_observations(facts, frame, known), structures.data[0], target, form, prepared=prepared)


def facts_structures(
    facts: Facts, *, catalogue: Catalogue | None = None, tree: DivisionTree | None = None, agency: str = AGENCY
) -> Structures:
    """The structure of these facts: the measures, divisions, projects and breakdowns that they have.

    Raises
    ------
    FactsError
        If a measure, a division or a unit is unknown.
    EvaluationError
        If the agency is not written as SDMX asks.
    """
    known, places = _definitions(catalogue), tree or DivisionTree.builtin()
    return _structures(facts, _coded(facts, known, places), known, places, agency)


def _definitions(given: Catalogue | None) -> Catalogue:
    return catalogue() if given is None else given


def _coded(facts: Facts, known: Catalogue, places: DivisionTree) -> pl.DataFrame:
    bound = bind(facts, known, places).frame
    frame = facts.frame.with_columns(bound[name].cast(pl.String) for name in ("division", "measure"))
    codes = frame["measure"].unique().to_list()
    units = frame["measure"].replace_strict(
        codes, [known.measures[code].unit for code in codes], return_dtype=pl.String
    )
    return frame.with_columns(unit=frame["unit"].fill_null(units))


def _structures(facts: Facts, frame: pl.DataFrame, known: Catalogue, places: DivisionTree, agency: str) -> Structures:
    owner = owner_of(known, agency)

    def values(column: str) -> list[str]:
        return frame[column].drop_nulls().unique().to_list()

    own = {
        "MEASURE": lists.measures(owner, known, values("measure")),
        "REF_AREA": lists.divisions(owner, places, values("division")),
        "SCENARIO": lists.scenarios(owner),
        "BASIS": lists.bases(owner),
        "PROJECT": lists.projects(owner, values("project")),
        "ISSUER": lists.issuers(owner, values("issuer")),
        "UNIT_MEASURE": lists.units(owner, values("unit")),
    }
    broken_down = {column: values(column) for column in facts.breakdowns}
    return Structures(owner, (shaped("FACTS", FACTS, own, broken_down, owner),))


def _observations(facts: Facts, frame: pl.DataFrame, known: Catalogue) -> pl.DataFrame:
    """The facts as columns of text that are named as the components are."""
    rows = []
    for measure, label in frame.select("measure", "period").unique().iter_rows():
        period = Period.parse(label, known.measures[measure].year_starts)
        rows.append([measure, label, time_period(period), start_day(period.year_starts)])
    schema = dict.fromkeys(["measure", "period", "TIME_PERIOD", YEAR_STARTS], pl.String)
    table = pl.DataFrame(rows, schema=schema, orient="row")
    joined = frame.join(table, on=["measure", "period"], how="left", maintain_order="left")
    value = pl.col("value").cast(pl.String)
    if isinstance(joined["value"].dtype, pl.Decimal) and joined["value"].dtype.scale:
        value = value.str.strip_chars_end("0").str.strip_chars_end(".")
    return joined.select(
        code_column(joined["measure"]).alias("MEASURE"),
        code_column(joined["division"]).alias("REF_AREA"),
        pl.col("scenario").alias("SCENARIO"),
        pl.col("basis").alias("BASIS"),
        code_column(joined["project"], TOTAL).alias("PROJECT"),
        code_column(joined["issuer"], NOT_APPLICABLE).alias("ISSUER"),
        *(code_column(joined[name], TOTAL).alias(component_id(name)) for name in facts.breakdowns),
        "TIME_PERIOD",
        value.alias("OBS_VALUE"),
        pl.col("unit").alias("UNIT_MEASURE"),
        pl.when(pl.col("approximate")).then(pl.lit("true")).alias("APPROXIMATE"),
        *(
            (pl.col(column) if column in joined.columns else pl.lit(None, pl.String)).alias(name)
            for name, column in _REMARKS.items()
        ),
        YEAR_STARTS,
    )
