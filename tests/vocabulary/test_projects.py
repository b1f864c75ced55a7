"""Lists of projects: Anhui's 33 of 2021, whole, each found by its name and from the services that it serves."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib import resources

import pytest

from libminsheng.vocabulary.domains import find_service, services
from libminsheng.vocabulary.projects import (
    GROUPS,
    Project,
    find_project,
    nearest_projects,
    project_lists,
    projects,
    projects_of,
)

ANHUI_2021 = [
    "城市社区卫生机构和村卫生室标准化建设",
    "中小学及中职学校教师培训",
    "城乡适龄妇女“两癌”免费筛查",
    "农田建设工程",
    "农作物秸秆产业化利用",
    "小型病险水库除险加固",
    "幼儿托育",
    "智慧医疗",
    "文化惠民工程",
    "义务教育经费保障",
    "棚户区+城镇老旧小区改造",
    "党建引领扶贫工程",
    "“四带一自”产业扶贫",
    "技能培训提升",
    "农村危房改造",
    "出生缺陷防治",
    "“四好农村路”建设",
    "困难残疾人康复",
    "城乡困难群体法律援助",
    "就业创业促进",
    "农村饮水工程维修养护",
    "美丽乡村建设",
    "农村厕所改造及粪污资源化利用",
    "农村电商提质增效",
    "养老服务和智慧养老",
    "困难人员救助暨困难职工帮扶",
    "城乡居民基本医疗保险",
    "城乡居民大病保险",
    "城乡居民基本养老保险",
    "义务教育营养改善",
    "学前教育促进",
    "家庭经济困难学生资助",
    "水环境生态补偿",
]


def test_anhui_2021_is_whole() -> None:
    (anhui,) = project_lists()
    assert [one.name for one in anhui.projects] == ANHUI_2021
    assert len(set(ANHUI_2021)) == 33
    assert Counter(one.group for one in anhui.projects) == {"new": 6, "adjusted": 8, "continued": 19}
    assert [one.name for one in anhui.exited] == [
        "水利薄弱环节治理三年行动",
        "农产品质量安全追溯",
        "资产收益扶贫",
        "健康脱贫医疗保障",
    ]
    assert anhui.verified
    assert "http" not in anhui.document
    assert (anhui.place, anhui.year) == ("340000", 2021)


def test_the_file_holds_only_what_is_read() -> None:
    """A misspelt key or kind would be passed over in silence."""
    text = resources.files("libminsheng.vocabulary").joinpath("data/projects-anhui-2021.toml").read_text("utf-8")
    for row in tomllib.loads(text)["project"]:
        assert set(row) <= {"name", "group", "kind", "services", "note"}, row["name"]
        assert row["group"] in GROUPS
        project = find_project(row["name"])
        assert project is not None
        assert (project.kind and project.kind.code) == row.get("kind")
        assert [service.key for service in project.services] == row.get("services", [])


@pytest.mark.parametrize("project", projects(), ids=lambda one: one.name)
def test_services_and_projects_lead_to_each_other(project: Project) -> None:
    found = find_project(project.name)
    assert found == project
    assert found is not None
    for service in found.services:
        assert found in projects_of(service)
        assert found in projects_of(service.key)
    for service in services():
        assert (found in projects_of(service)) == (service in found.services)


def test_names_are_found_with_and_without_quotation_marks() -> None:
    assert find_project("四带一自产业扶贫") == find_project("“四带一自”产业扶贫")
    assert find_project(' 城乡适龄妇女"两癌"免费筛查 ') is not None
    assert find_project("没有这项") is None
    exited = find_project("资产收益扶贫")
    assert exited is not None
    assert exited.group == "exited"
    assert exited not in projects()


def test_what_serves_no_service_and_what_no_project_serves() -> None:
    road = find_project("“四好农村路”建设")
    assert road is not None
    assert road.services == ()
    assert projects_of(26) == ()
    assert projects_of("没有这项服务") == ()
    folic_acid = find_service("增补叶酸预防神经管缺陷服务")
    assert folic_acid is not None
    assert [one.name for one in projects_of(folic_acid)] == ["出生缺陷防治"]


def test_a_word_finds_the_projects_that_it_may_mean() -> None:
    assert [one.name for one in nearest_projects("居民基本")] == ["城乡居民基本医疗保险", "城乡居民基本养老保险"]
    assert [one.name for one in nearest_projects("困难残疾人康夏")] == ["困难残疾人康复"]
    assert nearest_projects("zzz") == ()
