"""A bulletin for reading: its text with every quantity marked, and what each was read as."""

from __future__ import annotations

from html import escape

from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.read import Bulletin
from libminsheng.errors import Language, current_language
from libminsheng.report.style import FRAGMENT

__all__ = ["bulletin_html"]

_STYLE = (
    ".ms .ms-text{max-width:56em;white-space:pre-wrap;overflow-wrap:anywhere}"
    ".ms mark{color:inherit;background:var(--ms-band);border-bottom:2px solid var(--ms-good);padding:0 .1em}"
    ".ms mark.ms-approximate{border-bottom-style:dashed;border-bottom-color:var(--ms-warn)}"
)
_SHOWN = 20_000
"""Characters that a notebook shows of a long text."""


def bulletin_html(bulletin: Bulletin, lang: Language | None = None) -> str:
    """The text with its quantities marked; what each was read as shows when one points at it."""
    tongue = "zh-CN" if (lang or current_language()) == "zh" else "en"
    parts: list[str] = []
    at = 0
    for one in bulletin:
        if one.end > _SHOWN:
            break
        parts += [_words(bulletin.text[at : one.start]), _mark(one)]
        at = one.end
    rest = bulletin.text[at:]
    parts.append(_words(rest[: max(0, _SHOWN - at)]))
    if len(bulletin.text) > _SHOWN:
        parts.append("…")
    return (
        f'<div class="ms" lang="{tongue}"><style>{FRAGMENT}{_STYLE}</style>'
        f'<div class="ms-text" lang="zh-CN">{"".join(parts)}</div></div>'
    )


def _words(text: str) -> str:
    """Text as HTML carries it; half a character (a lone surrogate) becomes the sign for an unreadable one."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


def _mark(one: Quantity) -> str:
    value = f"{one.value:f}"
    exact = one.low == one.high
    pieces = [f"{value} {one.unit}".strip(), "" if exact else f"{one.low:f} – {one.high:f}", one.of]
    pieces += [one.division or "", one.period or "", one.measure or ""]
    title = escape(" · ".join(piece for piece in pieces if piece), quote=True)
    name = ' class="ms-approximate"' if one.approximate else ""
    return f'<mark{name} title="{title}">{_words(one.text)}</mark>'
