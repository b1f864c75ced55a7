"""A desk at which the tests write and read submissions, each act in a transaction of its own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from minsheng_registry.book import acceptance, examination, facts, publication, submissions
from minsheng_registry.book.changes import last_revision
from minsheng_registry.book.facts import FactKey, FactQuery, FactVersion
from minsheng_registry.book.sent import sent
from minsheng_registry.book.submissions import Submission
from minsheng_registry.storage.database import Database
from tests.services.registry.book import catalogue_of_the_book, facts_of, hours, tree_of_the_book


class Desk:
    """Acts as 王 where it reports and as 李 where it accepts; every act is an hour after the one before."""

    def __init__(self, database: Database) -> None:
        self.database, self.hour = database, 0.0
        self.catalogue, self.tree = catalogue_of_the_book(), tree_of_the_book()

    def at(self) -> Any:
        self.hour += 1
        return hours(self.hour)

    def create(self, submission: str, rows: Any, division: str = "A", period: str = "2024", **names: Any) -> Submission:
        given = sent(facts_of(rows, **names), division, period, self.catalogue, self.tree)
        at = self.at()
        return self.database.write(
            lambda connection: submissions.create(connection, submission, given, self.tree, by="王", at=at)
        )

    def replace(self, now: Submission, rows: Any, **names: Any) -> Submission:
        given = sent(facts_of(rows, **names), now.division, now.period, self.catalogue, self.tree)
        at = self.at()
        return self.database.write(
            lambda connection: submissions.replace(
                connection, now.id, given, self.tree, version=now.version, by="王", at=at
            )
        )

    def examine(self, submission: str) -> examination.Examined:
        return self.database.read(
            lambda connection: examination.examine(connection, submission, self.catalogue, self.tree)
        )

    def submit(self, now: Submission, remarks: Mapping[str, str] | None = None, by: str = "王") -> Submission:
        examined, at = self.examine(now.id), self.at()
        told = {examination.finding_key(one): "核实" for one in examined.findings} if remarks is None else remarks
        return self.database.write(lambda connection: examination.submit(connection, examined, told, by=by, at=at))

    def accept(self, now: Submission, by: str = "李") -> Submission:
        at = self.at()
        return self.database.write(
            lambda connection: acceptance.accept(connection, now.id, version=now.version, by=by, at=at)
        )[0]

    def act(self, name: str, now: Submission, *words: str) -> Submission:
        at = self.at()
        return self.database.write(
            lambda connection: submissions.step(connection, now.id, name, *words, version=now.version, by="李", at=at)
        )

    def publish(self, now: Submission) -> Submission:
        at = self.at()
        return self.database.write(
            lambda connection: publication.publish(connection, now.id, version=now.version, by="李", at=at)
        )

    def unpublish(self, now: Submission, reason: str = "误公开") -> Submission:
        at = self.at()
        return self.database.write(
            lambda connection: publication.unpublish(connection, now.id, reason, version=now.version, by="李", at=at)
        )

    def accepted(self, submission: str, rows: Any, **given: Any) -> Submission:
        """Sent, submitted and accepted at once."""
        return self.accept(self.submit(self.create(submission, rows, **given)))

    def get(self, submission: str) -> Submission:
        return self.database.read(lambda connection: submissions.get(connection, submission))

    def rows(self, **wanted: Any) -> list[tuple[str, str, str, int]]:
        """Division, period, measure and value of what a query gives, read a few rows at a time."""

        def read(connection: Any) -> list[Any]:
            return [
                row
                for frame in facts.read(connection, FactQuery(**wanted), 3)
                for row in frame.select("division", "period", "measure", "value_minor").iter_rows()
            ]

        return self.database.read(read)

    def history(self, *key: Any, **more: Any) -> list[FactVersion]:
        return self.database.read(lambda connection: facts.history(connection, FactKey(*key, **more)))

    def revision(self) -> int:
        return self.database.read(last_revision)


def minor(value: str, decimals: int = 0) -> int:
    """A decimal as whole numbers of its smallest unit."""
    return int(Decimal(value).scaleb(decimals))
