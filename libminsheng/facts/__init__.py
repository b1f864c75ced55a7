"""Reading and validating what was reported."""

from libminsheng.facts.bind import Bound, bind
from libminsheng.facts.facts import BadRows, Facts
from libminsheng.facts.read import read_facts

__all__ = ["BadRows", "Bound", "Facts", "bind", "read_facts"]
