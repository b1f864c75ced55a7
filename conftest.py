"""What holds for every test, the docstrings' examples included.

Messages are shown in English unless a test asks otherwise, random examples are as many as the
profile says, and where ``MINSHENG_NO_SKIP`` is set (as in CI) a test that skips has failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

os.environ["MINSHENG_LANG"] = "en"
os.environ.pop("MINSHENG_PACKS", None)

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)

_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("dev", max_examples=40, deadline=None, suppress_health_check=_slow)
settings.register_profile(
    "ci", max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=_slow
)
settings.register_profile("fuzz", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=_slow)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

_NO_SKIP = bool(os.environ.get("MINSHENG_NO_SKIP"))


@cache
def _java_version() -> int | None:
    """The version of the Java that Spark would start, or None."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    if java is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', told.stderr)
    return int(found[1]) if found else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What uses Spark needs Java 17, what goes through an office program LibreOffice, what is looked at Chromium; each shares one process."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()) or item.get_closest_marker("java"):
            item.add_marker(pytest.mark.xdist_group("spark"))
            if (_java_version() or 0) < 17 and not _NO_SKIP:
                item.add_marker(pytest.mark.skip(reason="Java 17 is not installed"))
        if item.get_closest_marker("libreoffice"):
            item.add_marker(pytest.mark.xdist_group("libreoffice"))
            if shutil.which("soffice") is None and not _NO_SKIP:
                item.add_marker(pytest.mark.skip(reason="LibreOffice is not installed"))
        if item.get_closest_marker("chromium"):
            item.add_marker(pytest.mark.xdist_group("chromium"))
            if shutil.which("chromium") is None and not _NO_SKIP:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips."""
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips."""
    return _refuse_skip((yield))


def _refuse_skip(report: _Report) -> _Report:
    """Where nothing may be left out, a skip is a failure."""
    if _NO_SKIP and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and MINSHENG_NO_SKIP is set: {report.longrepr}"
    return report
