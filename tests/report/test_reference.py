"""docs/catalogue.md: what the packs say, whole, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import libminsheng as ms
from libminsheng.report.reference import builtin_catalogue, reference_markdown
from libminsheng.vocabulary.domains import services
from libminsheng.vocabulary.projects import projects

DOCUMENT = Path(__file__).parent.parent.parent / "docs/catalogue.md"


@pytest.fixture(scope="module")
def document() -> str:
    return reference_markdown(builtin_catalogue())


def test_the_document_is_what_the_packs_say(document: str) -> None:
    assert DOCUMENT.read_text("utf-8") == document, "the packs have changed: run make docs"


def test_the_document_is_whole(document: str) -> None:
    catalogue = builtin_catalogue()
    for one in catalogue.indicators:
        assert f"\n- `{one.key}` = `{one.tree}`\n" in document, one.key
    for code in catalogue.measures:
        assert f'| <a id="{code}"></a>`{code}` |' in document, code
    for scheme in catalogue.schemes:
        section = document.split(f"`{scheme.key}`\n", maxsplit=1)[1].split("\n<a id=", maxsplit=1)[0]
        for item in scheme.items:
            assert f"| [`{item.indicator}`](#{item.indicator.partition('@')[0]}) | " in section, item.code
    for code in catalogue.light_rules:
        assert f'| <a id="light-{code}"></a>`{code}` |' in document, code
    for watch in catalogue.watches:
        assert re.search(rf"\n\| `{re.escape(watch.code)}` \| .*\[`{watch.light}`\]\(#light-", document), watch.code
    for service in services():
        assert f"</a>{service.name} " in document, service.name
    for project in projects():
        assert f"| {project.name} |" in document, project.name
    for pack in catalogue.packs:
        assert f"](#pack-{pack.id}) `{pack.id}`: " in document.split("\n## ")[1], pack.id


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_link_leads_to_one_place(lang: str) -> None:
    text = reference_markdown(builtin_catalogue(), "zh" if lang == "zh" else "en")
    places = re.findall(r'<a id="([^"]+)"></a>', text)
    assert len(places) == len(set(places))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(places)


def test_editions_stand_together_each_with_its_name(document: str) -> None:
    section = document.split('<a id="funds_arrival_rate"></a>')[1].split("<a id=", maxsplit=1)[0]
    editions = ms.catalogue().editions("funds_arrival_rate")
    assert len(editions) > 1
    for one in editions:
        assert f"**edition {one.edition}**" in section
        assert f"- `{one.key}` = " in section


def test_what_markdown_would_take_for_marks_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(
        '[[measure]]\ncode = "a"\nname = { zh = "甲|乙*丙", en = "A [b] <c>" }\nunit = "人"\n'
        '[[indicator]]\ncode = "b"\nname = "有"\nformula = "a"\nunit = "人"\nservices = [2]\n',
        "utf-8",
    )
    text = reference_markdown(ms.catalogue(packs=[path], builtin=False), "zh")
    assert r"甲\|乙\*丙 · A \[b\] \<c\>" in text
    assert "[2 孕产妇健康服务](#service-2)" in text


def test_what_is_installed_beside_the_built_in_packs_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINSHENG_PACKS", str(ms.new_pack(tmp_path / "meals")))
    assert "meals" in {pack.id for pack in ms.catalogue().packs}
    assert "meals" not in {pack.id for pack in builtin_catalogue().packs}
