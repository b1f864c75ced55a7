"""The services that an indicator measures: by number, by name where there is none, never one that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

import libminsheng as ms

FOLIC_ACID = "增补叶酸预防神经管缺陷服务"

PACK = """\
[[measure]]
code = "a"
unit = "人"

[[indicator]]
code = "number"
formula = "a"
unit = "人"
services = {services}
"""


def pack(folder: Path, services: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(PACK.format(services=services), "utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ("[2, 6]", (2, 6)),
        (f'["{FOLIC_ACID}", 1]', (FOLIC_ACID, 1)),
        ('["预防接种", "贫困地区学生营养膳食补助", "47"]', (5, 14, 47)),
        ("[]", ()),
    ],
)
def test_a_service_is_linked_by_number_or_by_the_name_of_the_one_without(
    tmp_path: Path, written: str, stands: tuple[int | str, ...]
) -> None:
    catalogue = ms.catalogue(packs=[pack(tmp_path, written)], builtin=False)
    assert catalogue.indicator("number").services == stands


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[81]", "no service 81 (did you mean 80 全民健身服务?)"),
        ("[0]", "no service 0 (did you mean 80 全民健身服务?)"),
        ('["预防接重"]', "did you mean 5 预防接种?"),
        ('["增补叶酸"]', "did you mean 增补叶酸预防神经管缺陷服务?"),
        ("[1.5]", "no service '1.5'"),
        ("[true]", "no service 'True' (write a number from 1 to 80"),
    ],
)
def test_a_link_to_no_service_is_refused_with_its_line_and_the_nearest(tmp_path: Path, written: str, said: str) -> None:
    path = pack(tmp_path, written)
    (fault,) = ms.lint(path)
    assert said in fault.text("en")
    assert (fault.place.file, fault.place.line) == (str(path), 9)
    assert fault.text("zh")
