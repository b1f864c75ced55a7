"""A pack of one file with rules and watches of its own."""

from __future__ import annotations

import pytest

import libminsheng as ms

LOCAL = """
[[measure]]
code = "paved"
name = { zh = "硬化里程", en = "Roads paved" }
unit = "公里"
decimals = 2

[[measure]]
code = "visits"
name = "上访次数"
unit = "次"

[[measure]]
code = "waiting"
name = "超时次数"
unit = "次"

[[measure]]
code = "beds"
name = "床位数"
unit = "张"
time = "stock"

[[measure]]
code = "aid"
name = "补助标准"
unit = "元/月"
time = "standard"

[[measure]]
code = "opinion"
name = "社会评价"
unit = "%"
time = "stock"
decimals = 2

[[measure]]
code = "screened"
name = "筛查数"
unit = "人"
year_starts = 10

[[light]]
code = "local_pace"
name = "本地序时"
compares = "pace"
steps = [{ light = "red", below = 90 }, { light = "green" }]

[[watch]]
measure = "visits"
light = "negative"

[[watch]]
measure = "waiting"
light = "negative"
strict = true

[[watch]]
measure = "aid"
light = "negative"

[[watch]]
measure = "opinion"
light = "qualitative"

[[watch]]
code = "aid_range"
name = { zh = "补助在范围内", en = "Aid within its range" }
actual = "aid"
light = "quality"
range = [600, 700]

[[watch]]
code = "both"
actual = "year_to_date(visits) + year_to_date(waiting)"
target = "full_year(target(visits))"
light = "negative"

[[watch]]
code = "paved_rate"
actual = "year_to_date(paved / visits)"
target = "full_year(target(paved / visits))"
light = "local_pace"
"""


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> ms.Catalogue:
    path = tmp_path_factory.mktemp("packs") / "local.toml"
    path.write_text(LOCAL, "utf-8")
    return ms.catalogue(packs=[path])
