"""The executed notebook of the running service still runs from nothing to a chart, and says what it said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.services.process import ROOT, started

NOTEBOOK = ROOT / "examples" / "service" / "service.ipynb"


def outputs(notebook: Any) -> list[dict[str, str]]:
    """What each code cell shows, form by form; a picture's letters are as wide as the machine's fonts."""
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not [one for one in cell.outputs if one.output_type in ("error", "stream")], cell.outputs
            for one in cell.outputs:
                data = {kind: str(text) for kind, text in one.get("data", {}).items()}
                shown.append({kind: re.sub(r"(?s)<svg.*?</svg>", "<svg/>", text) for kind, text in data.items()})
    return shown


def executed(folder: Path, patch: pytest.MonkeyPatch) -> Any:
    """The notebook, run against a service that has nothing yet."""
    with started("", {"MINSHENG_DATABASE_URL": f"sqlite:///{folder}/minsheng.db"}) as (url, told):
        key = re.search(r"ms_\w+", told)
        assert key is not None
        for name, value in {
            "MINSHENG_LANG": "zh",
            "PYTHONPATH": str(ROOT),
            "MINSHENG_URL": url,
            "MINSHENG_TOKEN": key[0],
        }.items():
            patch.setenv(name, value)
        fresh = nbformat.read(NOTEBOOK, as_version=4)
        resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
        NotebookClient(fresh, kernel_name="python3", resources=resources, timeout=300).execute()
        assert key[0] not in nbformat.writes(fresh)
        return fresh


# Jupyter's own client leaves sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_goes_from_nothing_to_a_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = nbformat.read(NOTEBOOK, as_version=4)
    fresh = executed(tmp_path, monkeypatch)
    assert outputs(fresh) == outputs(kept)
    said = str(outputs(kept))
    for part in ("<svg/>", "98.71", "三里街街道", "(True, True, 8)", "'accepted', 4, True"):
        assert part in said, part
    assert "ms_" not in NOTEBOOK.read_text("utf-8")
    assert "<script" not in said
