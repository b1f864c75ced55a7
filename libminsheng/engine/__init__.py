"""From facts to figures: aggregate, roll up, evaluate, explain."""

from libminsheng.engine.evaluate import evaluate
from libminsheng.engine.explain import Explanation, Step
from libminsheng.engine.figures import Coverage, Figure, Figures
from libminsheng.engine.receipt import Receipt

__all__ = ["Coverage", "Explanation", "Figure", "Figures", "Receipt", "Step", "evaluate"]
