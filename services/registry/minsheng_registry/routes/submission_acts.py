"""What is done to a submission that is there: handed in, accepted or returned, locked, reopened, published."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from sqlalchemy import Connection

from minsheng_http.access.guard import needs
from minsheng_http.deadline import Deadline
from minsheng_http.problems import documented
from minsheng_registry.bodies import expected, known
from minsheng_registry.book import publication, submissions
from minsheng_registry.book.acceptance import accept
from minsheng_registry.book.act_rows import ReasonRow, RemarksRow
from minsheng_registry.book.examination import Examined, examine, submit
from minsheng_registry.book.shapes import read_shape
from minsheng_registry.desk import Caller, Desk
from minsheng_registry.routes.submissions import ACTS, TAGS, answer, whole
from minsheng_registry.schemas import Submission

__all__ = ["SUBMISSION_ACTS"]


class Act(NamedTuple):
    """An act on a submission: what it is called, which scope it needs, whether a reason comes with it, and what it does."""

    name: str
    scope: str
    summary: str
    about: str
    change: Callable[..., submissions.Submission]
    reasoned: bool = False

    @property
    def operation(self) -> str:
        return f"{self.name}_submission"

    def described(self) -> dict[str, Any]:
        """As the framework asks for it."""
        return {
            "path": f"/submissions/{{submission:str}}/{self.name}",
            "operation_id": self.operation,
            "summary": self.summary,
            "description": self.about,
            "tags": TAGS,
            "status_code": 200,
            "sync_to_thread": True,
            "guards": [needs(self.scope)],
            "responses": documented(*ACTS),
        }


def _accept(*given: Any, **named: Any) -> submissions.Submission:
    done, _ = accept(*given, **named)
    return done


_SUBMIT: Final = Act(
    "submit",
    "submissions:submit",
    "Hand in a submission",
    "Run the checks and hand in. Errors block it; each warning needs a remark, named by the finding's key.",
    submit,
)

_ACTS: Final = (
    Act(
        "accept",
        "submissions:accept",
        "Accept a submission",
        "From now on its facts stand, and what they replace does not. Whoever submitted it may not accept it.",
        _accept,
    ),
    Act(
        "return",
        "submissions:accept",
        "Return a submission",
        "Give it back to its reporter, with remarks.",
        partial(submissions.step, act="return"),
        reasoned=True,
    ),
    Act(
        "lock",
        "submissions:lock",
        "Lock a submission",
        "Close what was accepted; only reopening, which is recorded, opens it again.",
        partial(submissions.step, act="lock"),
    ),
    Act(
        "reopen",
        "submissions:lock",
        "Reopen a submission",
        "Make what was accepted or locked a draft again, with a reason. Its facts stand until others are accepted.",
        partial(submissions.step, act="reopen"),
        reasoned=True,
    ),
    Act(
        "publish",
        "submissions:publish",
        "Publish what was accepted",
        "Mark its facts public: figures of them are shown to everyone.",
        publication.publish,
    ),
    Act(
        "unpublish",
        "submissions:publish",
        "Take back a publication",
        "From now on its facts are not public any more, with a reason.",
        publication.unpublish,
        reasoned=True,
    ),
)


@post(**_SUBMIT.described())
def submit_submission(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    submission: FromPath[str],
) -> Response[bytes]:
    known(request)
    remarks, version = read_shape(RemarksRow, sent).remarks, expected(request)
    # the checks may take long, so they read on their own; submitting sees that nothing has changed since
    deadline = Deadline(desk.settings.check_seconds)

    def look(connection: Connection) -> Examined:
        return examine(connection, submission, desk.catalogue, desk.tree, caller.roots, progress=deadline.check)

    examined = desk.read(look)
    if examined.version != version:
        raise submissions.stale(version, examined.version)

    def work(connection: Connection, at: datetime.datetime) -> Submission:
        return whole(connection, submit(connection, examined, remarks, by=caller.name, at=at, roots=caller.roots))

    return answer(desk.act(caller, _SUBMIT.operation, submission, work))


def _handler(act: Act) -> HTTPRouteHandler:
    """The operation of an act."""

    def do(
        request: Request[Any, Any, Any], desk: Desk, caller: Caller, submission: str, **reason: str
    ) -> Response[bytes]:
        known(request)
        version = expected(request)

        def work(connection: Connection, at: datetime.datetime) -> Submission:
            whose = {"version": version, "by": caller.name, "at": at, "roots": caller.roots}
            return whole(connection, act.change(connection, submission, **reason, **whose))

        return answer(desk.act(caller, act.operation, submission, work, {"version": version}))

    def plain(
        request: Request[Any, Any, Any],
        desk: NamedDependency[Desk],
        caller: NamedDependency[Caller],
        submission: FromPath[str],
    ) -> Response[bytes]:
        return do(request, desk, caller, submission)

    def reasoned(
        request: Request[Any, Any, Any],
        desk: NamedDependency[Desk],
        caller: NamedDependency[Caller],
        sent: NamedDependency[Any],
        submission: FromPath[str],
    ) -> Response[bytes]:
        return do(request, desk, caller, submission, reason=read_shape(ReasonRow, sent).reason)

    return post(**act.described())(reasoned if act.reasoned else plain)


SUBMISSION_ACTS: Final = (submit_submission, *map(_handler, _ACTS))
"""The operations, in the order of a submission's life."""
