"""How good is it: points and grades, lights, rankings, growth."""

from libminsheng.scoring.comparison import Change, Comparison
from libminsheng.scoring.growth import compare
from libminsheng.scoring.monitor import monitor
from libminsheng.scoring.ranking import Ranked, Ranking, rank
from libminsheng.scoring.score import score
from libminsheng.scoring.scorecard import Points, Scorecard, Scores
from libminsheng.scoring.watched import Monitor, Overall, Watched

__all__ = [
    "Change", "Comparison", "Monitor", "Overall", "Points", "Ranked", "Ranking", "Scorecard", "Scores", "Watched",
    "compare", "monitor", "rank", "score",
]  # fmt: skip
