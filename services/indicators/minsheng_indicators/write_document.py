"""Writing the OpenAPI document down: ``python -m minsheng_indicators.write_document openapi/indicators.yaml``."""

from __future__ import annotations

import sys
from pathlib import Path

from minsheng_http.document import document_yaml
from minsheng_indicators.document import DOCUMENT

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document_yaml(DOCUMENT), "utf-8")
