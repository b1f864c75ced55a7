"""The pages, on one router: each with its guard, its reader, and refusals that are pages too."""

from __future__ import annotations

from typing import Final

from litestar import Router
from litestar.di import Provide

from minsheng_indicators.public.catalogue import catalogue_page, indicator_page
from minsheng_indicators.public.figure import figure_page, figure_table
from minsheng_indicators.public.findings import findings_page
from minsheng_indicators.public.home import home, home_table
from minsheng_indicators.public.reader import known_reader, reader_of
from minsheng_indicators.public.refusals import HANDLERS
from minsheng_indicators.public.session import sign_in, sign_in_page, sign_out

__all__ = ["PAGES"]

PAGES: Final = Router(
    "/",
    route_handlers=[
        home,
        home_table,
        figure_page,
        figure_table,
        catalogue_page,
        indicator_page,
        findings_page,
        sign_in_page,
        sign_in,
        sign_out,
    ],
    guards=[known_reader],
    dependencies={"reader": Provide(reader_of, sync_to_thread=False)},
    exception_handlers=HANDLERS,
)
