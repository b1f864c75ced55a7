"""The executed notebook of the Yaohai example still runs, and says what it said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "examples" / "yaohai-2017"


def outputs(notebook: Any) -> list[dict[str, str]]:
    """What each code cell shows, form by form."""
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not [one for one in cell.outputs if one.output_type == "error"]
            shown.extend(dict(one.get("data", {})) for one in cell.outputs)
    return shown


# Jupyter's own client leaves sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_runs_and_says_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_LANG", "zh")
    monkeypatch.setenv("PYTHONPATH", str(FOLDER.parents[1]))
    kept = nbformat.read(FOLDER / "yaohai.ipynb", as_version=4)
    fresh = nbformat.read(FOLDER / "yaohai.ipynb", as_version=4)
    NotebookClient(fresh, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}, timeout=300).execute()
    assert outputs(fresh) == outputs(kept)
    said = str(outputs(kept))
    for part in ("99.61", "831.85", "737.60", "5.83", "40.84", "缺数据"):
        assert part in said
    assert "<script" not in said
