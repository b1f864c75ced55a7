"""Writing the OpenAPI document down: ``python -m minsheng_registry.write_document openapi/registry.yaml``."""

from __future__ import annotations

import sys
from pathlib import Path

from minsheng_http.document import document_yaml
from minsheng_registry.document import DOCUMENT

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document_yaml(DOCUMENT), "utf-8")
