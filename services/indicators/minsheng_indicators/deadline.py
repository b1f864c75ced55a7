"""How long the work on one request may take: as every service has it."""

from __future__ import annotations

from minsheng_http.deadline import Deadline

__all__ = ["Deadline"]
