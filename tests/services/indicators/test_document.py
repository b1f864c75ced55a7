"""Whatever the document allows, and much that it does not, is answered as it says: no 500, no undocumented status."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from minsheng_indicators import Settings, create_app
from minsheng_indicators.answers import offered


@schemathesis.serializer(*(kind for kind in offered() if kind.startswith("application/vnd.")))
def as_it_is(_: Any, value: Any) -> bytes:
    """Files of facts: bytes that are none, for the most part."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


schema = schemathesis.openapi.from_asgi("/schema/openapi.json", create_app(Settings()))


@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck))
def test_every_operation_answers_as_documented(case: Any) -> None:
    # the document says what a parameter looks like; whether there is such an indicator or division is seen afterwards
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
