"""What the book, the storage and a driver refuse, as whoever runs a registry is told it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from libminsheng.errors import EvaluationError, Fault, Place
from minsheng_registry.book.refusals import Refused
from minsheng_registry.storage.trouble import DRIVER_ERRORS, Unavailable

__all__ = ["told"]


@contextlib.contextmanager
def told(place: str) -> Iterator[None]:
    """Tells what goes wrong within the block with the database at a place.

    Raises
    ------
    EvaluationError
        Whatever the registry refuses, and where its database cannot answer.
    """
    try:
        yield
    except Refused as error:
        raise EvaluationError(*error.faults) from error
    except Unavailable as error:
        fault = Fault(f"registry.database_{error.why}", Place(file=place))
        if error.why == "lost":
            fault = Fault("operations.unreachable", Place(file=place), {"reason": _reason(error.__cause__)})
        raise EvaluationError(fault) from error
    except DRIVER_ERRORS as error:
        raise EvaluationError(Fault("operations.database", Place(file=place), {"reason": _reason(error)})) from error


def _reason(error: BaseException | None) -> str:
    """What a driver says, in one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
