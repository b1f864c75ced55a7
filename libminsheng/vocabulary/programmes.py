"""Programme kinds (项目类型) and tiers (层级).

Local papers sort projects in their own words, and no list of them is stable: 补助类, 补助发放类 and
补助补偿类 are one kind. The source's label is kept with the project; here it finds its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from libminsheng.vocabulary.text import Text

__all__ = ["PROGRAMME_KINDS", "TIERS", "ProgrammeKind", "Tier", "programme_kind", "tier"]


@dataclass(frozen=True, slots=True)
class ProgrammeKind:
    """What a project does: builds, pays, insures, trains, serves; with the labels that papers use.

    >>> programme_kind("补助发放类").code
    'subsidy'
    """

    code: str
    name: Text
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    """Who set a project.

    >>> tier("省级").code
    'provincial'
    """

    code: str
    name: Text
    aliases: tuple[str, ...] = ()


PROGRAMME_KINDS: Final = (
    ProgrammeKind("works", Text("工程类", "Works"), ("工程", "建设类", "建设", "工程建设类", "工程项目")),
    ProgrammeKind(
        "subsidy", Text("补助类", "Subsidies"), ("补助", "发放类", "补助发放类", "补助补偿类", "补贴类", "资金发放类")
    ),
    ProgrammeKind("insurance", Text("参保补偿类", "Insurance"), ("参保", "参保类", "保险类", "参保缴费类", "保险")),
    ProgrammeKind("training", Text("培训类", "Training"), ("培训", "技能培训类")),
    ProgrammeKind("service", Text("公共服务类", "Services"), ("服务", "服务类", "公共服务")),
    ProgrammeKind("other", Text("其他类", "Other"), ("其他", "其它类", "其它")),
)

TIERS: Final = (
    Tier("national", Text("国家级", "National"), ("国家", "中央", "中央级")),
    Tier("provincial", Text("省级", "Provincial"), ("省", "省定", "省级民生工程")),
    Tier("municipal", Text("市级", "Municipal"), ("市", "市定", "市级民生工程")),
    Tier("county", Text("县级", "County"), ("县", "县定", "区级", "区", "区定", "县区级")),
)


def programme_kind(text: str) -> ProgrammeKind | None:
    """The kind that a label stands for, None for a label that is not known.

    >>> programme_kind("参保补偿类").code
    'insurance'
    """
    word = text.strip()
    return next((one for one in PROGRAMME_KINDS if word in (one.code, one.name.zh, one.name.en, *one.aliases)), None)


def tier(text: str) -> Tier | None:
    """The tier that a word stands for, None for a word that is not known."""
    word = text.strip()
    return next((one for one in TIERS if word in (one.code, one.name.zh, one.name.en, *one.aliases)), None)
