"""When figures are the same."""

from __future__ import annotations

import libminsheng as ms


def same(found: ms.Figures, expected: ms.Figures, *, explained: int = 3) -> None:
    """Hold figures against others in everything that can be asked of them; some are explained."""
    assert found.frame.schema == expected.frame.schema
    assert found.frame.equals(expected.frame)
    assert found.to_dicts() == expected.to_dicts()
    assert list(found) == list(expected)
    assert found.receipt == expected.receipt
    assert [note.as_dict() for note in found.notes] == [note.as_dict() for note in expected.notes]
    assert (found.by, [one.key for one in found.indicators]) == (expected.by, [one.key for one in expected.indicators])
    for figure in list(expected)[:: max(1, len(expected) // explained)]:
        where = (figure.indicator.key, figure.division, figure.period, figure.by)
        assert found.find(*where) == figure
        told, known = found.explain(*where), expected.explain(*where)
        assert told.figure == known.figure
        assert told.steps.as_dict() == known.steps.as_dict()
