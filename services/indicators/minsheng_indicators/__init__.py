"""The indicators service: the catalogue, and figures computed from facts that a caller brings, over REST.

It wires and checks; what a figure means lives in the library.
"""

from minsheng_indicators.app import create_app
from minsheng_indicators.settings import Settings

__all__ = ["Settings", "create_app"]
