"""Reading and validating what was reported."""

from libminsheng.facts.bind import Bound, bind
from libminsheng.facts.facts import Facts
from libminsheng.facts.read import read_facts

__all__ = ["Bound", "Facts", "bind", "read_facts"]
