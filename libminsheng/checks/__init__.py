"""Is it believable: findings on facts before they go out."""

from libminsheng.checks.check import check
from libminsheng.checks.finding import Finding, Findings, Hypothesis

__all__ = ["Finding", "Findings", "Hypothesis", "check"]
