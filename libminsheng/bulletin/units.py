"""Units in prose: what stands after a number, longest match first, and how this library writes it.

Known are the units of `vocabulary.units` and their prose spellings (个百分点, 元每人每年, 户次), and
the measure words that the vocabulary has no unit for (支, 批, 只): those are given as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from libminsheng.vocabulary import units as vocabulary

__all__ = ["Found", "before_unit", "canonical", "known_words", "read_unit"]

_SPELLINGS: Final = {
    "个百分点": "百分点", "百分点": "百分点", "%": "%", "‰": "‰", "个千分点": "‰", "千分点": "‰",
    "块钱": "元", "元人民币": "元", "元钱": "元", "人民币": "元",
    "个月": "月", "个小时": "小时", "个工作日": "天", "工作日": "天", "个学时": "课时", "学时": "课时", "个课时": "课时",
    "周岁": "年", "岁": "年", "人(次)": "人次", "场(次)": "场次", "张床位": "张床", "个床位": "张床",
    "平方公里": "平方公里", "平方千米": "平方公里", "㎡": "平方米", "m²": "平方米", "m2": "平方米", "平米": "平方米", "平方": "平方米",
    "km": "公里", "kg": "公斤", "km²": "平方公里", "立方": "立方米", "方": "立方米", "倍": "1", "人口": "人",
    "口人": "人", "起": "件", "册": "本", "宗": "件", "人份": "份", "公里": "公里",
}  # fmt: skip
_OTHER: Final = (
    "支", "批", "期", "类", "头", "只", "棵", "株", "篇", "幅", "块", "面", "门", "笔", "节", "轮", "站", "口", "盏", "根", "道", "组",
    "对", "副", "枚", "段", "层", "艘", "架", "眼", "户次", "件次", "学期", "成", "千瓦时", "千瓦", "度", "升", "毫克", "吨标准煤", "样",
    "家次", "台次", "辆次", "种", "批次", "站次", "例次", "课次", "车次", "人天", "幢", "片", "包", "袋", "箱", "瓶", "克", "里", "厘米", "毫米", "毫升", "兆瓦", "剂次", "剂", "千伏安",
)  # fmt: skip
_HAN_ALLOWED: Final = frozenset({"支", "成", "批次", "户次", "幢", "块", "只", "株", "棵"})
"""Measure words outside the vocabulary that a Chinese numeral counts with; 三类, 一批, 五门 are mostly names."""

_NOT_BEFORE: Final = {
    "分": "之别类散批期级区片步配布析享管明厘解工红成数钱", "年": "级代龄度均报后前初末底月间青轻少老纪货味", "天": "然津地使花气堂",
    "人": "民均才员大工力文物事社居类生间为士防力行道工", "家": "庭长园具居门乡属务政", "户": "籍外型口均厕", "处": "理置级罚方于在分长",
    "部": "门署队委级分长", "项": "目", "张": "力贴", "场": "所地馆镇景面次", "次": "性数级序生要", "位": "于置居列数次", "名": "单称誉义录次额优牌",
    "所": "有以需得长在属谓", "座": "谈位右", "条": "例款件", "本": "级科地年月市区县省次身土着人质校", "份": "额", "班": "级子车主次",
    "例": "如外会子", "月": "份底末度均", "台": "账湾阶", "村": "级民庄庭委", "间": "隔接断", "日": "常均报前起内间", "角": "度落色",
    "社": "会保", "社区": "工服", "岗位": "津", "元": "素旦", "件": "数均", "套": "餐路取", "秒": "杀", "户次": "", "吨": "位",
    "成": "为立果功效本员长熟人都分交品片套就绩年形组因了份田规",
    "对": "接口象于全市区农困低口特老残学辖重城外照标应策症", "期": "间末初望限待货内", "类": "似型别", "支": "持出部付农教撑援委书", "批": "准复评发示量",
    "面": "对向积临貌板粉上", "门": "诊口类户槛", "组": "织长建合成", "道": "路德", "层": "面次级", "段": "落", "块": "钱", "片": "区",
    "站": "点位在", "口": "号径碑", "头": "条", "度": "假汛", "升": "级学至到", "起": "来到步点", "方": "面案式法向便针", "里": "程街面",
    "节": "约能水日目假", "轮": "训换流", "架": "构", "根": "据本治", "只": "有要能", "副": "主局县科处", "包": "括保村", "眼": "科睛", "样": "本板", "种": "植类子粮养田草地苗",
    "亩": "均产", "栋": "", "学期": "", "床": "位", "次数": "", "倍": "", "方面": "",
    "辆": "", "课时": "", "人次": "", "个": "别性案", "笔": "者试", "篇": "幅章", "只能": "", "套间": "", "岁": "", "平方": "米公千", "立方": "米",
}  # fmt: skip
"""What follows a unit's spelling where it is part of another word: 分 in 分别, 部 in 部门."""

_MONEY = frozenset({"元", "块钱", "元钱", "元人民币"})
_PER_WORD = r"人|户|生|名|位|月|年|日|天|次|人次|件|亩|平方米|㎡|公里|床|张|套|学期|学年|场|个|小时|课时|吨|班|村|所|家|处|台|辆|例|期"
_PER = re.compile(rf"\s?(?:(?:[/／·.•]|每)\s?\(?(?:{_PER_WORD})\)?){{1,3}}(?![A-Za-z])")
_PER_PART = re.compile(_PER_WORD)
_PER_CANON: Final = {
    "生": "人", "名": "人", "位": "人", "日": "天", "㎡": "平方米", "学年": "年", "场": "场次", "学期": "学期", "期": "期", "张": "张",
}  # fmt: skip
_HUNDRED_THOUSAND = re.compile(r"/\s?(?:10|十)\s?万(?![元人户亩])")
"""Deaths of mothers are given per 100,000: 8.6/10万."""
_EACH = re.compile(
    r"每(?P<count>[一百千万十]{0,2})个?(?P<first>平方米|人口|学期|学年|人次|名|位|人|户|生|月|年|日|天|亩|件|床|周|次|公里|个|场|所|村|班|张|家|处|座|台|辆|例|栋|套|吨)"
    r"(?:每|[·/])?(?P<second>月|年|天|日|学期|学年)?(?P<between>[^，,。；;：:、\n\d每]{0,16})$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that stands after a number: where it ends, how this library writes it, whether a Chinese numeral takes it."""

    end: int
    unit: str
    han: bool = True


@cache
def _spellings() -> dict[str, list[tuple[str, str, bool]]]:
    """Every spelling with its unit, the longest first, by first character."""
    known: dict[str, tuple[str, bool]] = {}
    for word in ("元", *vocabulary.COUNTED, *vocabulary.SAME, *vocabulary.MULTIPLES):
        known[word] = ("天" if word == "日" else word, True)
    for word in _OTHER:
        known.setdefault(word, (word, word in _HAN_ALLOWED))
    known.update({word: (unit, True) for word, unit in _SPELLINGS.items()})
    del known["月"]  # 3月 is March; three months are 3个月
    by_start: dict[str, list[tuple[str, str, bool]]] = {}
    for word in sorted(known, key=len, reverse=True):
        by_start.setdefault(word[0], []).append((word, *known[word]))
    return by_start


def known_words(*, in_vocabulary: bool) -> tuple[str, ...]:
    """The units that a quantity may have: those of the vocabulary, or the measure words that it lacks.

    >>> "支" in known_words(in_vocabulary=False), "人次" in known_words(in_vocabulary=True)
    (True, True)
    """
    units = {unit for words in _spellings().values() for _, unit, _ in words}
    return tuple(sorted(unit for unit in units if (unit in _OTHER) != in_vocabulary))


def read_unit(plain: str, at: int) -> Found | None:
    """The unit that begins at a position, or one blank after it.

    >>> read_unit("710元/月", 3)
    Found(end=6, unit='元/月', han=True)
    >>> read_unit("提高5.8个百分点", 5)
    Found(end=9, unit='百分点', han=True)
    """
    begin = at + 1 if plain[at : at + 1] == " " else at
    if (of := _HUNDRED_THOUSAND.match(plain, begin)) is not None:
        return Found(of.end(), "/10万", han=False)
    for word, unit, han in _spellings().get(plain[begin : begin + 1], ()):
        if not plain.startswith(word, begin):
            continue
        end = begin + len(word)
        following = plain[end : end + 1]
        if following and following in _NOT_BEFORE.get(word, ""):
            continue
        if word[-1].isascii() and word[-1].isalnum() and following.isascii() and following.isalnum():
            continue
        return _per(plain, end, unit, han)
    return None


def _per(plain: str, end: int, unit: str, han: bool) -> Found:
    """The unit with what it is per: 元/人·月, 元每人每年."""
    if unit in ("%", "‰", "百分点", "1", "成"):
        return Found(end, unit, han)
    found = _PER.match(plain, end)
    if found is None or (found[0].lstrip()[0] == "每" and unit != "元"):
        return Found(end, unit, han)
    if plain[found.end() : found.end() + 1] == ")" and "(" not in found[0]:
        pass
    parts = [_PER_CANON.get(part, part) for part in _PER_PART.findall(found[0])]
    return Found(found.end(), canonical(unit, parts), han)


def canonical(unit: str, per: list[str]) -> str:
    """A unit per others, as this library writes it.

    >>> canonical("元", ["人", "月"]), canonical("元", ["月"]), canonical("元", [])
    ('元/(人·月)', '元/月', '元')
    """
    if not per:
        return unit
    return f"{unit}/{per[0]}" if len(per) == 1 else f"{unit}/({'·'.join(per)})"


def before_unit(before: str, unit: str) -> tuple[str, int]:
    """The unit with what the words before the number say it is per, and where those words begin.

    >>> before_unit("标准为每人每月", "元")
    ('元/(人·月)', 3)
    >>> before_unit("每千名老年人拥有床位", "张")
    ('张/千人', 0)
    """
    found = _EACH.search(before)
    if found is None or not unit or "/" in unit or unit in ("%", "‰", "百分点", "1"):
        return unit, len(before)
    count, first, second = found["count"], found["first"], found["second"]
    first = {"人口": "人", **_PER_CANON}.get(first, first)
    if count in ("百", "千", "万", "十万", "百万"):
        return canonical(unit, [count + first]), found.start()
    if unit != "元" or count:
        return unit, len(before)
    parts = [first, *([_PER_CANON.get(second, second)] if second else [])]
    return canonical(unit, parts), found.start()
