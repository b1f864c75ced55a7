"""One file a resource."""

from typing import Final

from litestar import Router

from minsheng_http.routes.measures import list_measures
from minsheng_registry.routes.audit import list_audit
from minsheng_registry.routes.changes import list_changes
from minsheng_registry.routes.corrections import (
    answer_correction,
    ask_correction,
    get_correction,
    list_corrections,
)
from minsheng_registry.routes.divisions import get_division, list_divisions
from minsheng_registry.routes.facts import list_facts
from minsheng_registry.routes.keys import create_key, list_keys, revoke_key
from minsheng_registry.routes.principal import get_principal
from minsheng_registry.routes.projects import (
    create_project,
    get_project,
    get_project_history,
    list_projects,
    patch_project,
    replace_project,
    withdraw_project,
)
from minsheng_registry.routes.submission_acts import SUBMISSION_ACTS
from minsheng_registry.routes.submissions import (
    create_submission,
    get_submission,
    get_submission_history,
    list_submissions,
    replace_submission,
)
from minsheng_registry.routes.vocabulary import get_vocabulary

__all__ = ["ROUTES"]

ROUTES: Final = (
    Router(
        "/v1",
        route_handlers=[
            list_projects, create_project, get_project, replace_project, patch_project, withdraw_project,
            get_project_history,
            list_divisions, get_division, get_vocabulary, list_measures,
            list_submissions, create_submission, get_submission, replace_submission, get_submission_history,
            *SUBMISSION_ACTS,
            list_facts, list_changes,
            ask_correction, list_corrections, get_correction, answer_correction,
            list_audit, get_principal, list_keys, create_key, revoke_key,
        ],
    ),
)  # fmt: skip
