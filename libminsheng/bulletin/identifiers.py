"""Numbers that name things: document numbers, ordinals, telephone numbers, list marks, fractions, slogans.

They are no quantities, and nothing in their spans is read as one. Dates are found by `context`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["find_identifiers", "is_slogan"]

_COUNTERS = "[件个条次起人万份户名位部家元通场项张台例所百千处]"
"""What stands after a number that counts, and after no telephone number."""
_HAN = "一二两三四五六七八九十百千零〇"
_IDENTIFIER = re.compile(
    "|".join(
        [
            r"[〔\[【(]\s?(?:19|20)\d\d\s?[〕\]】)]\s?(?:第?\s?\d{1,5}\s?号)?",  # 财预〔2020〕10号
            rf"第\s?(?:\d{{1,6}}|[{_HAN}]{{1,6}})(?:\s?[、至到~—-]\s?第?(?:\d{{1,6}}|[{_HAN}]{{1,6}})){{0,6}}",  # 第3条
            r"(?<!\d)\d{1,5}\s?号(?!召)",
            r"(?<!\d)(?:0\d{2,3}[- ]\d{7,8}|1[3-9]\d{9}(?![.%万亿元人户名]|\s?[个件条次份])|400-?\d{3,4}-?\d{3,4}|0\d{9,11})(?!\d)",  # telephones
            (
                r"(?:电话|热线|专线|传真|手机|邮编|编号|编码|代码|账号|卡号|证号|文号|号码|QQ)[^\d\n，。；]{0,4}"
                rf"\d[\dA-Za-z*-]{{2,40}}+(?!\s?(?:[,.%亿]|{_COUNTERS}))"
            ),
            r"(?<!\d)(?:1[12][0-9]|9[0-9]{4}|1[0-9]{4})\s?(?:热线|专线|急救|平台|指挥|政务|市长|民生|服务热线)",
            r"\d{1,4}(?:\.\d{1,4}){2,6}",  # 1.2.3
            r"(?<![\d.])\d{1,4}/\d{1,4}(?![\d万])",  # 1/3
            rf"(?:\d{{1,4}}|[{_HAN}]{{1,4}}|万)分之(?:\d{{1,4}}|[{_HAN}]{{1,4}})",  # 三分之一; 百分之 is read before
            r"(?:(?<=\n)|(?<=[。；;：:])|^)[ \t]{0,4}\(?\d{1,2}[.、)](?!\d)",  # 1. 1、 (1)
            rf"\((?:\d{{1,2}}|[{_HAN}]{{1,3}})\)",
            rf"(?:(?<=\n)|(?<=[。；;：:])|^)[ \t]{{0,4}}[{_HAN}]{{1,3}}[、是]",  # 一、 一是
            r"《[^》\n]{0,80}》",
            r"[\w]{0,3}[+＋×][\w]{1,8}(?:[+＋×][\w]{1,8}){0,4}",  # 1+8+N, 7×24小时
            r"[A-Za-z]{1,12}[A-Za-z0-9_.@-]{0,20}\d[A-Za-z0-9_.@-]{0,20}",  # G206, PM2.5, an address
            r"\d{1,20}[A-JL-Za-jln-z][A-Za-z0-9]{0,30}|\d{1,4}[Kk](?![mMgG])",  # 5G, 4A, a credit code
            r"\d{1,3}(?:周?岁|个?月龄)",
            r"\d{1,2}(?:(?:[、,至到~—-]|年级、)\d{1,2})?\s?(?:年级|世纪|后(?=[青干人员创、，])|年代|届)",
            r"(?:24|二十四)\s?小时(?=值班|值守|服务|热线|开放|监控|在线|不间断|畅通|自助)",
            r"\d{3,6}(?:-\d{1,8}){2,4}(?!\d)",  # 2021-340102-04
        ]
    )
)
_AGES = re.compile(r"\d{1,3}\s?(?:周?岁)?\s?[至到~—-]\s?(?:\d{1,3})\s?(?:周?岁)")
_LIFE = re.compile(r"(?:寿命|平均年龄)[^，。；\n]{0,10}$")

_BEGINS = re.compile(r"(?:新建|建成|新增|增设|仅|只有|共有|开工|竣工|配备|设立|增加)了?$")
_LASTS = re.compile(r"(?:为期|历时|连续|期限为?|周期为?|公示期?|不少于|缩短|满|持续|累计|共)$")
_TIMES: Final = frozenset({"年", "天", "月", "日", "分", "小时", "分钟", "秒", "元", "角", "村", "班", "社区"})
_SLOGAN = re.compile(
    r"(?:[大类种]?(?:责任|维护|确立|确保|结合|意识|自信|全面|代表|规定|补贴|制度|政策|原则|关键|重点|方面|阶段|环节|机制|体系|转变|坚持|清单|年头|率先|融合|统筹|作用|务必|凡是|必须|支出)"
    r"|一[批百律样]|产业|分配|百分|不[^足到少低超]|第一|有所)"
)


def find_identifiers(plain: str) -> Iterator[tuple[int, int]]:
    """The spans of numbers that name something.

    >>> [text[start:end] for text in ["财预〔2020〕10号第3条"] for start, end in find_identifiers(text)]
    ['〔2020〕10号', '第3']
    """
    for found in _AGES.finditer(plain):
        yield found.span()
    for found in _IDENTIFIER.finditer(plain):
        start, end = found.span()
        if found[0].endswith("岁") and _LIFE.search(plain[max(0, start - 12) : start]):
            continue
        if "分之" in found[0] and found[0].startswith(("百分", "千分")):
            continue
        yield start, end


def is_slogan(plain: str, start: int, digits: str, end: int, unit: str) -> bool:
    """Whether a Chinese numeral and its unit make a word, not a count: 一个, 三年行动, 两个责任, “四个清”.

    A count of two is written 两; 二 stands in names. Between 10 and the rest only quotation marks tell.

    >>> is_slogan("压实两个责任", 2, "两", 4, "个"), is_slogan("新建三所幼儿园", 2, "三", 4, "所")
    (True, False)
    """
    before = plain[max(0, start - 4) : start]
    if before[-1:] in ("“", "‘", "「", '"') or before[-1:] in ("几", "数") or digits == "二":
        return True
    if digits == "一" and not _BEGINS.search(before):
        return True
    if unit in _TIMES and unit != "元" and not _LASTS.search(before):
        return len(digits) < 3
    return _SLOGAN.match(plain, end) is not None
