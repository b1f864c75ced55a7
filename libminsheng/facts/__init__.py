"""Reading and validating what was reported."""

from libminsheng.facts.bind import Bound, bind
from libminsheng.facts.facts import BadRowsError, Facts
from libminsheng.facts.read import read_facts

__all__ = ["BadRowsError", "Bound", "Facts", "bind", "read_facts"]
