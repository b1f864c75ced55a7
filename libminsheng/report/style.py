"""The style sheet of fragments and pages: light and dark, nothing loaded from anywhere."""

from __future__ import annotations

from typing import Final

__all__ = ["FRAGMENT", "PAGE"]

_DARK: Final = (
    "--ms-quiet:#a3a3a3;--ms-good:#4ade80;--ms-warn:#fbbf24;--ms-bad:#f87171;--ms-line:#ffffff33;--ms-band:#ffffff14"
)

FRAGMENT: Final = (
    ".ms{color-scheme:light dark;color:inherit;font-size:.92em;line-height:1.5;text-align:left;"
    "--ms-quiet:#6b6b6b;--ms-good:#15803d;--ms-warn:#a14b00;--ms-bad:#b91c1c;--ms-line:#00000026;--ms-band:#0000000d}"
    "@media (prefers-color-scheme:dark){.ms{" + _DARK + "}}"
    # a notebook has a theme of its own, whatever the system prefers
    "[data-jp-theme-light=false] .ms,.vscode-dark .ms,html[theme=dark] .ms{" + _DARK + "}"
    "[data-jp-theme-light=true] .ms,.vscode-light .ms{"
    "--ms-quiet:#6b6b6b;--ms-good:#15803d;--ms-warn:#a14b00;--ms-bad:#b91c1c;--ms-line:#00000026;--ms-band:#0000000d}"
    ".ms table{border-collapse:collapse;margin:.4em 0;color:inherit;background:transparent;border:0}"
    ".ms caption{caption-side:top;text-align:left;font-weight:600;color:inherit;padding:.2em 0}"
    ".ms th,.ms td{padding:.15em .7em;text-align:left;vertical-align:top;color:inherit;background:transparent;"
    "border:0;border-bottom:1px solid var(--ms-line);white-space:normal;max-width:46em}"
    ".ms thead th{border-bottom:2px solid currentColor;font-weight:600}"
    ".ms tr.ms-section th{font-weight:600;background:var(--ms-band)}"
    ".ms .ms-right{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".ms .ms-quiet{color:var(--ms-quiet)}.ms .ms-good{color:var(--ms-good)}"
    ".ms .ms-warn{color:var(--ms-warn)}.ms .ms-bad{color:var(--ms-bad)}"
    ".ms code{font-family:ui-monospace,Consolas,monospace;background:var(--ms-band);color:inherit;padding:0 .25em}"
    ".ms p{margin:.25em 0}.ms ul{list-style:none;margin:0;padding-left:1.3em;border-left:1px solid var(--ms-line)}"
    ".ms>ul{padding-left:0;border:0}.ms li{margin:.1em 0}.ms summary{cursor:pointer}"
    ".ms .ms-digest{font-family:ui-monospace,Consolas,monospace;overflow-wrap:anywhere}"
)
"""What one fragment needs, whoever shows it."""

PAGE: Final = (
    ":root{color-scheme:light dark}"
    "body{margin:2em auto;max-width:72em;padding:0 1em;color:CanvasText;background:Canvas;"
    'font-family:system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}'
    "h1{font-size:1.5em;font-weight:600}footer{margin-top:2em;font-size:.85em}"
    "@media print{body{margin:0;max-width:none}.ms tr{break-inside:avoid}}"
)
"""What a page of its own adds."""
