"""An office whose figures are worked out by hand: one process with both services, and definitions of its own.

Each test reports for places of its own, so that nothing that another test reports is at or below them.
"""

from __future__ import annotations

import contextlib
import textwrap
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.services.process import started

__all__ = ["PACK", "Hand", "Office", "line", "office", "table"]

PACK = Path(__file__).with_name("by_hand.toml")
_LIMITS = ("MOST_A_MINUTE", "MOST_IN_A_BURST", "MOST_A_MINUTE_WITHOUT_TOKEN", "MOST_IN_A_BURST_WITHOUT_TOKEN")


@dataclass(frozen=True)
class Office:
    """The services as two people ask them: who reports and who accepts."""

    clerk: httpx.Client
    checker: httpx.Client

    def key(self, *divisions: str) -> httpx.Client:
        """Somebody who sees the figures of some divisions."""
        asked = {"label": "reader", "scopes": ["figures:read"], "divisions": divisions}
        return self.client(self.clerk.post("/v1/keys", json=asked).json()["token"])

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.clerk.base_url, headers=headers, timeout=60)


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Office]:
    """``minsheng serve`` with the definitions of `PACK`."""
    limits = {f"MINSHENG_{part}_{name}": "100000000" for part in ("INDICATORS", "REGISTRY") for name in _LIMITS}
    settings = {"MINSHENG_DATABASE_URL": f"sqlite:///{folder}/minsheng.db", "MINSHENG_PACKS": str(PACK), **limits}
    with started("", settings) as (url, told), contextlib.ExitStack() as stack:

        def client(token: str) -> httpx.Client:
            headers = {"Authorization": f"Bearer {token}"}
            return stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=60))

        clerk = client(next(word for word in told.split() if word.startswith("ms_")))
        asked = {"label": "checker", "scopes": ["*"], "divisions": ["*"]}
        checker = client(clerk.post("/v1/keys", json=asked).json()["token"])
        until = time.monotonic() + 60
        while clerk.get("/health/ready").status_code != 200:
            assert time.monotonic() < until, "the figures are not ready"
            time.sleep(0.05)
        yield Office(clerk, checker)


@dataclass
class Hand:
    """What one test reports and asks."""

    office: Office
    facts: str = ""

    def reports(self, facts: str, *, each: str = "year") -> list[dict[str, Any]]:
        """Hand in, and have accepted, facts in CSV: a submission for each division and year or period, in their order."""
        self.facts = table(facts)
        header, *rows = self.facts.splitlines()
        sent: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in rows:
            division, period, *_ = row.split(",")
            sent[division, period[:4] if each == "year" else period].append(row)
        return [self.accept(*where, "\n".join([header, *lines, ""])) for where, lines in sent.items()]

    def brings(self, facts: str) -> None:
        """Facts that nobody would accept: they are computed, and kept nowhere."""
        self.facts = ""
        self.brought = table(facts)

    brought: str = field(default="", init=False)

    def draft(self, division: str, period: str, content: str) -> dict[str, Any]:
        asked = {"division": division, "period": period}
        given: Any = {"content": content.encode(), "headers": {"Content-Type": "text/csv"}}
        made = self.office.clerk.post("/v1/submissions", params=asked, **given)
        assert made.status_code == 201, made.text
        told: dict[str, Any] = made.json()
        return told

    def accept(self, division: str, period: str, content: str) -> dict[str, Any]:
        """A submission that goes all its way; what is doubtful about it is said to be true."""
        one = self.draft(division, period, content)
        place, headers = f"/v1/submissions/{one['id']}/submit", {"If-Match": f'"{one["version"]}"'}
        answer = self.office.clerk.post(place, headers=headers, json={})
        if answer.status_code == 422:
            asked = {"division": division, "period": period, "dry_run": "true"}
            plan = self.office.clerk.post(
                "/v1/submissions", params=asked, content=content.encode(), headers={"Content-Type": "text/csv"}
            )
            keys = [one["key"] for one in plan.json()["findings"] if one["severity"] == "warning"]
            return self.act(self.act(one, "submit", remarks=dict.fromkeys(keys, "属实")), "accept")
        assert answer.status_code == 200, answer.text
        return self.act(answer.json(), "accept")

    def act(self, one: dict[str, Any], act: str, **body: Any) -> dict[str, Any]:
        """Do something to a submission; it is accepted, returned and published by somebody else."""
        who = self.office.clerk if act in ("submit", "replace") else self.office.checker
        place, headers = f"/v1/submissions/{one['id']}/{act}", {"If-Match": f'"{one["version"]}"'}
        answer = who.post(place, headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        done: dict[str, Any] = answer.json()
        return done

    @property
    def revision(self) -> int:
        last: int = self.office.clerk.get("/v1/changes", params={"after": 2**52}).json()["last"]
        return last

    def ask(self, path: str, *, who: httpx.Client | None = None, **asked: Any) -> httpx.Response:
        """An answer that knows all that has happened."""
        query = {name.rstrip("_"): value for name, value in asked.items()}
        return (who or self.office.clerk).get(path, params={"min_revision": self.revision, **query})

    def figures(
        self, indicator: str | Sequence[str], division: str | Sequence[str], first: str, last: str = "", **asked: Any
    ) -> list[str]:
        """Figures from one period to another, a line each; asked of the registry's facts, and of the same brought along."""
        grain = next(
            (name for letter, name in (("H", "half"), ("Q", "quarter"), ("-", "month")) if letter in first), "year"
        )
        query = {"indicator": indicator, "division": division, "period": grain, "from": first, "to": last or first}
        query |= {name.rstrip("_"): value for name, value in asked.items()}
        of_facts = None
        if self.facts or self.brought:
            content = (self.facts or self.brought).encode()
            answer = self.office.clerk.post(
                "/v1/calculations", params=query, content=content, headers={"Content-Type": "text/csv"}
            )
            assert answer.status_code == 200, answer.text
            of_facts = [line(one) for one in answer.json()["figures"]]
            if not self.facts:
                return of_facts
        answer = self.ask("/v1/figures", **query)
        assert answer.status_code == 200, answer.text
        found = [line(one) for one in answer.json()["figures"]]
        assert of_facts in (None, found)
        return found


def line(figure: dict[str, Any]) -> str:
    """A figure in one line: ``320102 2017 sex=f: 40.00 % = 40/100 [1/2] incomplete``.

    That is division, period and breakdown; the value, or the status with what is missing; numerator and denominator;
    how many of the expected reported; flags.
    """
    by = "".join(f" {column}={value}" for column, value in figure["by"].items())
    told = f"{figure['value']} {figure['unit']}" if figure["status"] == "ok" else figure["status"]
    lacks = f" without {', '.join(figure['missing'])}" if figure["missing"] else ""
    sides = (
        ""
        if figure["numerator"] is None and figure["denominator"] is None
        else (f" = {figure['numerator'] or '–'}/{figure['denominator'] or '–'}")
    )
    coverage = f" [{figure['coverage']['reported']}/{figure['coverage']['expected']}]"
    flags = "".join(f" {flag}" for flag in figure["flags"])
    return f"{figure['division']} {figure['period']}{by}: {told}{lacks}{sides}{coverage}{flags}"


def table(text: str) -> str:
    """Facts in CSV as they are written in a test: indented, and with spaces after the commas."""
    rows = textwrap.dedent(text).strip().splitlines()
    return "\n".join(",".join(cell.strip() for cell in row.split(",")) for row in rows if row) + "\n"
