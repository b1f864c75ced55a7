"""Writing the OpenAPI document down: ``python -m minsheng_indicators.write_document openapi/indicators.yaml``."""

from __future__ import annotations

import sys
from pathlib import Path

from minsheng_indicators.document import document

__all__ = ["document_yaml"]


def document_yaml() -> str:
    """The document as YAML, in the order of the routes."""
    import yaml

    text: str = yaml.safe_dump(document(), allow_unicode=True, sort_keys=False, width=110)
    return text


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document_yaml(), "utf-8")
