"""The public surface as a user's type checker sees it. mypy reads this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import assert_type

import polars as pl

import libminsheng as ms

facts = ms.read_facts(Path("facts.csv"))
assert_type(facts, ms.Facts)
assert_type(facts.frame, pl.DataFrame)
assert_type(facts.breakdowns, tuple[str, ...])
assert_type(ms.read_facts(["january.csv", "february.xlsx"], skip_bad_rows=True), ms.Facts)

assert_type(ms.template("form.xlsx", measures=["live_births"], divisions=["340102"], periods=["2017"]), int)

catalogue = ms.catalogue(packs=["canteen.toml", Path("my_pack")])
assert_type(catalogue, ms.Catalogue)
assert_type(catalogue.indicator("newborn_screening_rate@2013"), ms.Indicator)
assert_type(catalogue.measures, Mapping[str, ms.Measure])
assert_type(catalogue.indicators, tuple[ms.Indicator, ...])
assert_type(catalogue.of_service("预防接种"), tuple[ms.Indicator, ...])
assert_type(catalogue.measures_of(*catalogue.of_service(5)), tuple[ms.Measure, ...])
assert_type(catalogue.find("筛查").services, tuple[ms.Service, ...])
assert_type(ms.find_service(5), ms.Service | None)
assert_type(ms.find_project("智慧医疗"), ms.Project | None)

tree = ms.DivisionTree.from_csv("divisions.csv")
assert_type(tree, ms.DivisionTree)
assert_type(tree.lineage("340102"), tuple[str, ...])
assert_type(tree.parent("340102"), str | None)

period = ms.Period.parse("2017年上半年")
assert_type(period, ms.Period)
assert_type(period.parts(), list[ms.Period])
assert_type(period + 1, ms.Period)

figures = ms.evaluate(
    facts,
    indicators=["newborn_screening_rate", catalogue.indicator("funds_utilization_rate")],
    catalogue=catalogue,
    tree=tree,
    by=["sex"],
    period="month",
    start="2017-01",
    end="2017-12",
    divisions=["340102"],
    level="county",
    reporters=["340102004"],
    parents="own",
)
assert_type(figures, ms.Figures)
assert_type(figures.frame, pl.DataFrame)
assert_type(figures.receipt, ms.Receipt)
assert_type(figures[0], ms.Figure)
for figure in figures:
    assert_type(figure, ms.Figure)
    assert_type(figure.value, Decimal | None)
    assert_type(figure.indicator, ms.Indicator)
    assert_type(figure.by, Mapping[str, str])

explanation = figures.explain(indicator="newborn_screening_rate", division="340102", period="2017", by={"sex": "f"})
assert_type(explanation, ms.Explanation)
assert_type(explanation.text("zh"), str)

assert_type(ms.evaluate(pl.LazyFrame()), ms.Figures)

ranking = ms.rank(figures, "newborn_screening_rate", "2017", {"sex": "f"}, level="county", better="target", target=95)
assert_type(ranking, ms.Ranking)
assert_type(ranking[0], ms.Ranked)
assert_type(ranking[0].rank, int | None)
assert_type(ranking[0].figure, ms.Figure)
assert_type(ranking.frame, pl.DataFrame)

comparison = ms.compare(
    facts,
    indicators=["newborn_screening_rate"],
    against=["year_ago", "previous"],
    catalogue=catalogue,
    tree=tree,
    by=["sex"],
    period="month",
    start=period,
    end="2017-12",
    divisions=["340102"],
    level="county",
    reporters=["340102004"],
    parents="own",
)
assert_type(comparison, ms.Comparison)
assert_type(comparison[0], ms.Change)
assert_type(comparison[0].change, Decimal | None)
assert_type(comparison[0].base, ms.Figure)
assert_type(comparison.frame, pl.DataFrame)
assert_type(comparison.explain("newborn_screening_rate", "340102", "2017", against="previous"), ms.Explanation)

findings = ms.check(facts, catalogue=catalogue, tree=tree, only=["compare"])
assert_type(findings, ms.Findings)
assert_type(findings[0], ms.Finding)
assert_type(findings[0].message("zh"), str)
assert_type(findings[0].hypotheses, tuple[ms.Hypothesis, ...])
assert_type(findings.of("subset_exceeds_set"), tuple[ms.Finding, ...])
assert_type(findings.frame, pl.DataFrame)

partners = ms.partners("99.61", numerator=10601, unit="%", low=1, high=20000)
assert_type(partners, ms.Partners)
assert_type(partners.half_up, ms.Counts)
assert_type(partners.possible, bool)
assert_type(ms.solve_rates([("99.61", 10601), (Decimal("98.90"), 10526)]).truncate.last, int | None)

bulletin = ms.read_bulletin("发放助学金111.14万元。", division="瑶海区", period=period, tree=tree)
assert_type(bulletin, ms.Bulletin)
assert_type(bulletin[0], ms.Quantity)
assert_type(bulletin[0].value, Decimal)
assert_type(bulletin.text, str)
assert_type(bulletin.frame, pl.DataFrame)

try:
    ms.parse("funds_used / funds_disbursed")
except ms.FormulaError as refusal:
    assert_type(refusal.faults, tuple[ms.Fault, ...])
    assert_type(refusal.faults[0].place, ms.Place)
    assert_type(refusal.text("zh"), str)
assert_type(ms.check(bulletin, catalogue=catalogue), ms.Findings)
assert_type(ms.draft_facts(bulletin, catalogue, "zh"), pl.DataFrame)

client = ms.connect("http://127.0.0.1:8765", token="ms_a_b", timeout=5, tries=2, tree=tree)
assert_type(client, ms.Client)
served = client.evaluate(
    indicators=["newborn_screening_rate"], by=["sex"], divisions=["340102"], as_of=3, min_revision=2
)
assert_type(served, ms.ServedFigures)
assert_type(served[0], ms.Figure)
assert_type(served.frame, pl.DataFrame)
assert_type(served.receipt, ms.Receipt)
assert_type(served.revision, int | None)
assert_type(client.evaluate(facts, indicators="newborn_screening_rate", catalogue=catalogue), ms.ServedFigures)
assert_type(client.explain("newborn_screening_rate", "340102", period, {"sex": "f"}), ms.Explanation)
assert_type(client.check(bulletin, only=["compare"]), ms.Findings)
assert_type(client.catalogue(), ms.Catalogue)
assert_type(
    client.facts(["340102"], measures=["live_births"], start="2017", as_of="2018-01-01T00:00:00+08:00"), ms.Facts
)
submission = client.submit(facts, division="340102", period="2017", dry_run=True)
assert_type(submission, ms.Submission)
assert_type(client.act(submission, "publish"), ms.Submission)


async def ask_service() -> None:
    async with ms.connect_async("http://127.0.0.1:8765") as other:
        assert_type(other, ms.AsyncClient)
        assert_type(await other.evaluate(facts), ms.ServedFigures)
        assert_type(await other.explain("newborn_screening_rate", "340102", "2017"), ms.Explanation)
        assert_type(await other.check(facts), ms.Findings)
        assert_type(await other.catalogue(), ms.Catalogue)
        assert_type(await other.facts(), ms.Facts)


try:
    client.catalogue()
except ms.ServiceError as away:
    assert_type(away.status, int | None)
    assert_type(away.retry, bool)
    assert_type(away.retry_after, float | None)
