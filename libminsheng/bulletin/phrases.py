"""Which words of Chinese official prose lead to a noun, follow it, or act on it: all that finding a head needs.

There is no word segmentation here. A phrase is what is left between a boundary and a number when
verbs, adverbs and predicates are taken off its ends.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Final

__all__ = ["GROWTH", "after_phrase", "before_phrase", "is_verb", "people_end", "stripped_end"]


@cache
def _words(name: str) -> tuple[str, ...]:
    """A list of words.toml, the longest first, so that an alternation takes the longest."""
    text = resources.files("libminsheng.bulletin").joinpath("words.toml").read_text("utf-8")
    return tuple(sorted(tomllib.loads(text)[name].split(), key=len, reverse=True))


_GENERIC: Final = frozenset(_words("generic"))
_NOUNISH = "(?:[率额数度期量员者费机]|人数|人员|对象|标准(?!化)|进度|资金|金额|面积|情况|条件|比例)"
_STRONG_RE = re.compile(rf"(?<!城镇)(?<!基本)(?:{'|'.join(_words('verbs'))})[了到出]?(?!{_NOUNISH}|区)")
_WEAK_START = re.compile(rf"(?!计划生育)(?:{'|'.join(_words('noun_verbs'))})了?(?!{_NOUNISH})")

_LEAD = re.compile(
    r"(?:其中|同时|目前|现有|共有|总计|共计|合计|全年|全面|全部|累计|已经|各类|各级|各种|先后|免费|常态化|打卡|直接|分批|逐步|按时|及时|足额|年度?内|"
    r"今年以来|以来|期间|当[年月]|本[次年月期]|截[至止]到?|[我全本][省市县区镇乡](?![级域直])|日均|月均|年均|平均每[^，]{0,4}有|另外|另有|此外|还有|仅|只有|并且|以及|"
    r"通过|此次|本轮|累积|[一二三四五六七八九十]是|"
    r"为(?![民了]|农(?!民))|对(?![口象接])|向(?!阳)|已|均(?![等衡])|共(?![同建享青产])|各(?![界族])|将(?!军)|使(?!用)|还|也|再(?!就|生)|以(?![工上下内])|"
    r"在(?![校职岗册建读园线编])|从(?!业)|与|和(?!平)|及(?![格时])|并(?!网)|而|等(?!级|候|待)|有(?![效线机])|由|占(?![比地道])|达到?(?![成线标产])|可(?!支)|"
    r"底|末|止|的|地(?![方区质下震])|中(?=[出播展])|、|，|,|\s|“|”|\"|《|》|\)|\(|—|-|~|：|:|\.|·|\*|了|就(?![业餐医学诊近地读])|按照?(?![期时需件]))+"
)
_TRAIL = re.compile(
    r"(?:分别|依次|已经|已|共有|共计|合计|总计|累计|总共|共|(?<![户人次])均|各|就|即将|即|将|也|都|仅|只有|只|大约|约为|约有|约占|(?<![预节制合签履])约|将近|接近|"
    r"(?<![最附新远靠])近|超过|超|突破|逾|不足|不到|不低于|不少于|不超过|不高于|低于|高于|达到|达成|(?<![下送抵])达|高达|多达|控制在|保持在|稳定在|维持在|定为|定在|"
    r"(?<![行作因])为|是|有|由|从|到|至少|至多|至|在|(?<![设统小会总合])计|的|了|:|：|\s|、|，|,|“|\"|—|-|~|和|(?<![惠普涉])及|与|或|"
    r"(?:提高|提升|上升|增长|增加|增|下降|降低|减少|降|升|扩大|调整|扩面|发展|压缩|压减|缩短|优化|精简|放宽|降|减)[到至为]|"
    r"每(?:[百千万]{0,2})(?:人|户|名|月|年|生|日|天|次|周|亩)|补足|按照?|占|以|(?<![费使利录启公信])用|上|再|又|还|(?<![下])达标|最高|最低|不下|限额|另有|另)+$"
)
GROWTH = re.compile(
    r"(?P<verb>增长|增加|提高|提升|上升|下降|降低|减少|增幅|降幅|回落|上涨|缩短|扩大|加快|放缓|[多净少]增|(?<!新)增|降|(?<!提)升)了?$"
)
_COMPARED = re.compile(
    r"[，,]?(?:同比|环比|(?:(?<![占对可])比|较|同)(?:[^，,。；;：:\n]{0,14}?))(?:净|年均|分别|名义|实际|又|再|平均)*$"
)
_AHEAD = re.compile(r"(?:(?<![占对可])比|较)[^，,。；;：:\n]{1,14}?(?P<verb>高出?|低|快|慢|多|少)$")
"""What is more or less than another: 比全省平均水平高, 较序时进度慢."""
_YEARLY = re.compile(r"(?:年均|月均|日均)$")
_STOP = re.compile(
    "|".join(
        [
            r"[^\w·“”\"%+.-]",
            r"对(?![象口接])",
            r"(?:救助|补助|资助)(?!$|[，,。；;、\s]|金|资金)",
            *_words("verbs"),
            *_words("stops"),
        ]
    )
)
_PEOPLE = re.compile("|".join(_words("people")))
_DOERS = re.compile(
    r"(?:[局委办部站所队]|政府|财政|单位|中心|热线|公司|机构|银行|医院|学校|街道|[省市县区镇乡村]|员|者)$"
)
"""Those who do what a verb says; any other noun before a verb without an object is its object: 生活补贴发放."""
_QUOTED = re.compile(r"“([^“”，,。；;]{1,6})”(?=\w)")
"""A short name in quotation marks within a longer one: “两癌”筛查."""
_BRACKETED = re.compile(r"\([^()]{0,40}\)\s*$")
_BOUNDARY = re.compile(r"[^\w·、%+.\-—~)/ *]")


def stripped_end(phrase: str) -> str:
    """A phrase without predicates and particles at its end: 筛查率达 is 筛查率."""
    return _TRAIL.sub("", phrase)


def before_phrase(segment: str, *, list_mark: bool = False) -> tuple[str, str]:
    """The noun phrase at the end of a segment, and the growth that it is said to have; a verb alone where no noun follows it.

    With `list_mark` a pause (、) does not end it.

    >>> before_phrase("全区办理各类法律援助案件"), before_phrase("民生支出占比较上年提高")
    (('法律援助案件', ''), ('民生支出占比', '提高'))
    """
    phrase = stripped_end(_QUOTED.sub(r"\1", segment[-80:]))
    growth = ""
    grown = GROWTH.search(phrase) or _AHEAD.search(phrase)
    if grown and not re.search(r"(?:提高|提升|上升|增长|增加|下降|降低|减少|调整|扩大)[到至为]\S{0,2}$", segment[-8:]):
        growth = grown["verb"]
        phrase = _YEARLY.sub("", phrase[: grown.start()])
        phrase = stripped_end(_COMPARED.sub("", phrase))
    phrase = _BRACKETED.sub("", phrase).rstrip('”》’"')
    cut = max((found.end() for found in _BOUNDARY.finditer(phrase)), default=0)
    return _core(phrase[cut:], list_mark=list_mark), growth


def _core(phrase: str, *, list_mark: bool) -> str:
    whole = phrase.strip()
    for _ in range(4):
        before = phrase
        phrase = _LEAD.sub("", phrase, count=1) if _LEAD.match(phrase) else phrase
        verbs = list(_STRONG_RE.finditer(phrase))
        if verbs:
            phrase = _after_verb(phrase, verbs[-1])
        weak = _WEAK_START.match(phrase)
        if weak:
            phrase = _after_verb(phrase, weak)
        if phrase == before:
            break
    if not list_mark and "、" in phrase:
        head, _, tail = phrase.rpartition("、")
        phrase = phrase if len(tail) < 2 or len(head) <= 8 else tail
    return phrase.strip("、，,“”\"'() *·—-.的")[-30:] or whole.strip("、，,“”\"'() *·—-.")[-12:]


def _after_verb(phrase: str, verb: re.Match[str]) -> str:
    """What a verb acts on; the verb stays where that is nothing or says too little."""
    rest = phrase[verb.end() :]
    bare = _LEAD.sub("", rest, count=1) if _LEAD.match(rest) else rest
    if not bare:
        done = stripped_end(phrase[: verb.start()])
        if not verb[0].startswith(("完成", "建成", "落实", "新增")) and (len(done) < 3 or _DOERS.search(done)):
            done = ""
        return phrase if _WEAK_START.fullmatch(verb[0]) else done if len(done) > 1 else phrase[verb.start() :]
    if bare in _GENERIC or len(bare) < 2:
        return phrase[verb.start() :]
    return bare


def is_verb(phrase: str) -> bool:
    """Whether a phrase is a verb alone: 安排, 惠及."""
    found = _STRONG_RE.fullmatch(phrase) or _WEAK_START.fullmatch(phrase)
    return found is not None


def after_phrase(segment: str) -> str:
    """The noun phrase at the beginning of a segment; empty where a verb or a sign comes first.

    >>> after_phrase("普通高中学生发放助学金"), after_phrase("参加培训")
    ('普通高中学生', '')
    """
    segment = segment[:40]
    opened = segment[:1] in ("“", '"')
    stop = _STOP.search(segment, 1 if opened else 0)
    phrase = segment[: stop.start()] if stop else segment
    return re.sub(r"[和及与或、并对向给为的“\"]+$", "", stripped_end(phrase)).strip("“”\"'")[:30]


def people_end(segment: str) -> int | None:
    """Where the people end that a bare number counts (6.87万|城乡义务教育阶段学生); None where none follow.

    >>> people_end("城乡义务教育阶段学生免除学杂费")
    10
    """
    phrase = after_phrase(segment)
    return max((found.end() for found in _PEOPLE.finditer(phrase)), default=None)
