"""``python -m libminsheng.cli`` is ``minsheng``."""

from __future__ import annotations

import sys

from libminsheng.cli import main

sys.exit(main())
