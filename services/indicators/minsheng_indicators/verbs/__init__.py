"""The library's verbs, asked of what a view sees of the copy, or of facts that the caller brought.

One file a verb, from the question to the answer. A question is a query: the same words, in the same parameters,
whichever facts it is asked of.
"""

from collections.abc import Mapping
from typing import Final

from minsheng_indicators.verbs.compare import AskedChanges
from minsheng_indicators.verbs.explain import AskedExplanation
from minsheng_indicators.verbs.figures import AskedFigures
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.monitor import AskedLights
from minsheng_indicators.verbs.rankings import AskedPlaces
from minsheng_indicators.verbs.scores import AskedScores
from minsheng_indicators.verbs.verb import Asked, Verb

__all__ = ["VERBS", "Asked", "AskedExplanation", "AskedFigures", "Ground", "Verb"]

VERBS: Final[Mapping[str, type[Asked]]] = {
    "figures": AskedFigures,
    "figures/explain": AskedExplanation,
    "figures/compare": AskedChanges,
    "rankings": AskedPlaces,
    "scores": AskedScores,
    "monitor": AskedLights,
}
"""By the path below ``/v1``."""
