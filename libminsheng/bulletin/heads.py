"""What a number counts: the noun phrase after it (619名普通高中学生) or before it (助学金111.14万元).

Lists that share a head are undone: “集中和分散供养标准分别达到710元/月、983元/月” is 集中供养标准 710 and
分散供养标准 983.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libminsheng.bulletin.phrases import after_phrase, before_phrase, is_verb, stripped_end

__all__ = ["Mention", "find_heads", "shared_heads"]

_WINDOW: Final = 80
_NOUN_FIRST: Final = re.compile(
    r"元|%|‰|百分点|分$|秒|分钟|小时|天|年|月|平方|公里|米|亩|公顷|吨|公斤|立方|1$|张床|倍|度$|千瓦|升$|克$"
)
"""Units that mostly stand after what they measure; of the others (名, 个, 项) the noun often follows."""
_SENTENCE = re.compile(r"[。！!？?\n]")
_LISTED = re.compile(r"(?P<items>.{0,70}?)[，,]?(?:分别|依次)(?P<rest>[^，,、。；;\d]{0,12})$", re.DOTALL)
_CLAUSE = re.compile(r"[。；;！!？?\n\t|，,：:(]")
_JOINTS = re.compile(r"[、/]|以及|和(?!平)|及(?![时格])|与")
_DATED = re.compile(r"[由从自到至比较]?\s?(?:(?:19|20)\d\d年度?)?(?:\d{1,2}月)?[底末]?的?\s?$")
_SEPARATORS = re.compile(r"^(?:[、，,和及与\s/]|以及)*")


@dataclass(frozen=True, slots=True)
class Mention:
    """A quantity, or a range, as it stands: its first and last character, where words about it end, its unit."""

    start: int
    end: int
    tail: int
    unit: str


def find_heads(plain: str, mentions: Sequence[Mention], starts: Sequence[int]) -> list[str]:
    """What each mention counts, in the text's words; empty where the text does not say.

    `starts` has for each the first character that a phrase before it may reach: behind the last time or
    place that is named.
    """
    heads: list[str] = []
    subject, free = "", 0
    listed: list[str] = []
    while len(heads) < len(mentions):
        at = len(heads)
        mention = mentions[at]
        if at and _SENTENCE.search(plain, max(mentions[at - 1].end, mention.start - 200), mention.start):
            subject, listed = "", []
        begin = max(free, starts[at], mention.start - _WINDOW)
        group, growth = _group(plain, mentions, at, begin, listed)
        if group:
            listed = group
            heads += [head + growth for head in group]
            subject, free = group[-1], mentions[len(heads) - 1].tail
            continue
        following = mentions[at + 1].start if at + 1 < len(mentions) else len(plain)
        after = plain[mention.tail : min(following, mention.tail + 40)]
        segment = plain[begin : mention.start]
        before, growth = before_phrase(segment)
        crossed = not stripped_end(segment[max(map(segment.rfind, "，,、")) + 1 :]).strip()
        head, used = _chosen(mention, before, growth, after, crossed=crossed)
        if not head and not growth and starts[at] > free:
            head = before_phrase(_DATED.sub("", plain[max(free, mention.start - _WINDOW) : mention.start]))[0]
        if growth and not head:
            head = subject + growth
        elif growth:
            subject, head = head, head + growth
        elif not head and subject:
            head = subject
        else:
            subject = head
        heads.append(head)
        free = mention.tail + used
    return heads


def _chosen(mention: Mention, before: str, growth: str, after: str, *, crossed: bool) -> tuple[str, int]:
    """The phrase before or after a mention, and how far into the text after it the choice reaches."""
    if growth:
        return before, 0
    noun_first = _NOUN_FIRST.match(mention.unit) is not None
    linked = after.startswith("的")
    following = after_phrase(after[1:] if linked else after)
    if not following or (linked and mention.unit not in ("%", "‰") and "元" not in mention.unit):
        return before, 0
    reach = after.index(following) + len(following) if following in after else 0
    if noun_first and before and not crossed and not is_verb(before):
        return before, 0
    return following, reach


def _group(plain: str, mentions: Sequence[Mention], at: int, begin: int, listed: list[str]) -> tuple[list[str], str]:
    """The heads of the mentions from `at` on that a 分别 shares out, and the growth that is said of all."""
    segment = plain[begin : mentions[at].start]
    cut = max((found.end() for found in re.finditer(r"[。；;！!？?\n\t|(]", segment)), default=0)
    found = _LISTED.search(segment, cut)
    if found is None:
        return [], ""
    rest, growth = before_phrase(found["rest"]) if found["rest"] else ("", "")
    if stripped_end(rest):
        return [], ""
    count = 1
    while at + count < len(mentions):
        between = plain[mentions[at + count - 1].tail : mentions[at + count].start]
        if (
            mentions[at + count].unit != mentions[at].unit
            or len(between) > 12
            or not _SEPARATORS.match(between)
            or stripped_end(_SEPARATORS.sub("", between))
        ):
            break
        if _CLAUSE.search(between.replace("，", "").replace(",", "")):
            break
        count += 1
    items = found["items"][max((mark.end() for mark in re.finditer(r"[，,：:]", found["items"])), default=0) :]
    phrase = before_phrase(items, list_mark=True)[0]
    names = [name for name in _JOINTS.split(phrase) if name]
    if not phrase and len(listed) == count:
        return listed, growth
    if len(names) == count:
        return shared_heads(names), growth
    return [phrase] * count if phrase else [], growth


def shared_heads(names: Sequence[str]) -> list[str]:
    """Whole names of a list whose last member carries what all share.

    >>> shared_heads(["集中", "分散供养标准"]), shared_heads(["城镇常住居民", "农村常住居民人均可支配收入"])
    (['集中供养标准', '分散供养标准'], ['城镇常住居民人均可支配收入', '农村常住居民人均可支配收入'])
    >>> shared_heads(["参保人数", "领取人数"])
    ['参保人数', '领取人数']
    """
    *others, last = names
    found: list[str] = []
    front = ""
    for name in others:
        if name[-1] == last[-1] and len(name) > 2:
            found.append(name)
            continue
        aligned = next(
            (last[last.index(name[cut:]) + len(name) - cut :] for cut in range(1, len(name) - 1) if name[cut:] in last),
            None,
        )
        if aligned is not None:
            found.append(name + aligned)
            continue
        width = len(name) if len(name) <= 4 else 2
        if len(last) - width < 2:
            found.append(name)
            continue
        if len(name) > 4:
            front = front or name[:-2]
        found.append(name + last[width:])
    return [*found, front + last if front and not last.startswith(front) else last]
