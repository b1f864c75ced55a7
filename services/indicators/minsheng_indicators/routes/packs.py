"""The packs that the catalogue is made of: listed, and each with all that it defines."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import structs

from libminsheng.definitions.written import pack_json, pack_toml
from libminsheng.errors import EvaluationError, Fault, nearest
from minsheng_http.access.guard import public
from minsheng_http.etags import answered, tag
from minsheng_http.pages import Cursor, Limit, cut
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import Refused, documented
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.schemas import PackEntry, PackPage

__all__ = ["get_pack", "list_packs"]

_FORMS: Final = {"json": "application/json", "toml": "application/toml"}

Written = Annotated[
    str,
    QueryParameter(
        name="format",
        description="json, which the schema of packs describes, or toml, as people write it.",
        schema_extra={"enum": list(_FORMS)},
    ),
]


@get(
    "/packs",
    operation_id="list_packs",
    summary="List packs",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 422, 429, 503),
)
def list_packs(
    request: Request[Any, Any, Any], holdings: NamedDependency[Holdings], limit: Limit = 50, cursor: Cursor = None
) -> PackPage:
    """Packs of definitions, built in, installed or named by `MINSHENG_PACKS`."""
    faults = wrong_parameters(request)
    if faults:
        raise EvaluationError(*faults)
    found = holdings.catalogue.packs
    shown, following = cut(found, ["packs"], limit, cursor)
    entries = [
        structs.replace(entry, digest=holdings.digests[entry.code]) for entry in holdings.entries(shown, PackEntry)
    ]
    return PackPage(entries, len(found), following)


@get(
    "/packs/{code:str}",
    operation_id="get_pack",
    summary="One pack with all that it defines",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 404, 422, 429, 503),
)
def get_pack(
    request: Request[Any, Any, Any], holdings: NamedDependency[Holdings], code: FromPath[str], form: Written = "json"
) -> Response[bytes]:
    """A pack as it was written: measures, indicators, schemes, lights, rules and cases; it can be used as a pack again."""
    known = holdings.catalogue
    faults = wrong_parameters(request)
    if form not in _FORMS:
        values = {"form": form, "known": ", ".join(_FORMS)}
        faults.append(Fault("service.format", values=values, near=partial(nearest, form, _FORMS)))
    if faults:
        raise EvaluationError(*faults)
    pack = next((one for one in known.packs if one.id == code), None)
    if pack is None:
        codes = [one.id for one in known.packs]
        raise Refused(404, Fault("service.no_pack", values={"pack": code}, near=partial(nearest, code, codes)))
    write = pack_json if form == "json" else pack_toml
    etag = tag(f"{holdings.digests[code]}-{form}")
    return answered(request, lambda: write(pack, known).encode(), etag, media_type=_FORMS[form])
