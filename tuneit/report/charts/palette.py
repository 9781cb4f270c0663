"""The colours of report and charts, each for light and dark.

Colour-blind readers can distinguish the hues (blue, orange, bluish green, vermilion, after Okabe
and Ito's palette, 2008), and every pair also differs in line style or shape. Text has a contrast
of at least 4.5 : 1 with the page.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """A colour's name in style sheets, and its two values."""

    name: str
    light: str
    dark: str


PAGE = Colour("page", "#fbfbfa", "#14171c")
CARD = Colour("card", "#ffffff", "#1b1f26")
INK = Colour("ink", "#1f2731", "#e4e8ee")
MUTED = Colour("muted", "#5d6774", "#9ca7b5")
RULE = Colour("rule", "#dfe3e8", "#323945")
TRAIN = Colour("train", "#3a6ea5", "#7cb0ea")
VALIDATION = Colour("validation", "#b8570f", "#f2a154")
GOOD = Colour("good", "#12715b", "#58c9a8")
BAD = Colour("bad", "#b3362b", "#f28b7d")
WARNING = Colour("warning", "#8a5a00", "#e8b84a")

COLOURS = (PAGE, CARD, INK, MUTED, RULE, TRAIN, VALIDATION, GOOD, BAD, WARNING)

_HUES, _DASHES = (TRAIN, VALIDATION, GOOD, BAD), ("-", "--", "-.", ":")

LINE_STYLES = tuple(
    (colour.light, _DASHES[(place + turn) % len(_DASHES)])
    for turn in range(3)
    for place, colour in enumerate(_HUES)
)
"""Colours with line styles. Neighbours differ in both, so that they differ without colours too."""


def variables(theme: str) -> str:
    """The colours as CSS custom properties for a theme: `light`, `dark`, or `auto` for both."""
    light = "".join(f"--{c.name}:{c.light};" for c in COLOURS)
    dark = "".join(f"--{c.name}:{c.dark};" for c in COLOURS)
    sheets = {
        "light": f":root{{color-scheme:light;{light}}}",
        "dark": f":root{{color-scheme:dark;{dark}}}"
        f"@media print{{:root{{color-scheme:light;{light}}}"
        # Charts keep the theme that they were drawn in. Inverted, they are readable on paper.
        "figure img{filter:invert(1) hue-rotate(180deg)}}",
        "auto": f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        "@media print{:root{color-scheme:light}}",
    }
    return sheets[theme]
