"""Reading and validating what was reported, and the forms to report it in."""

from libminsheng.facts.bind import Bound, bind
from libminsheng.facts.facts import Facts
from libminsheng.facts.read import read_facts
from libminsheng.facts.template import template

__all__ = ["Bound", "Facts", "bind", "read_facts", "template"]
