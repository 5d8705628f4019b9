"""Colours, fonts and the plotly template: one look for every chart, in step with assets/site.css.

The palette keeps blue against orange, which stay apart for every kind of colour blindness; text on each is at
least 4.5 : 1.
"""

from dataclasses import dataclass
from typing import Any, Final

from models.vocabulary import Verdict

FONTS: Final = (
    '"Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", '
    '"Hiragino Sans GB", "WenQuanYi Zen Hei", sans-serif'
)
INK: Final = "#17232f"
MUTED: Final = "#55636f"
LINE: Final = "#d9dfe5"
BLUE: Final = "#1f5f93"
LIGHT_BLUE: Final = "#8ab6d6"
ORANGE: Final = "#b9480f"
LIGHT_ORANGE: Final = "#f0b98d"
AMBER: Final = "#7a5b00"
GREY: Final = "#9aa5af"
TEAL: Final = "#2f7f79"
REST: Final = "#dfe4e9"
"""What is neither reached nor lacking."""
PURPLE: Final = "#6b5b95"
SERIES: Final = {"cycle": BLUE, "annual": TEAL, "coverage": BLUE, "satisfaction": PURPLE}
"""Measure → the colour of its series, the same on every page."""
KINDS: Final = {
    "集中": BLUE,
    "跟班": LIGHT_BLUE,
    "混合": "#4c8a8b",
    "网络": "#a9d0c9",
    "校本": ORANGE,
    "教研活动": LIGHT_ORANGE,
    "主讲": AMBER,
    "师徒": PURPLE,
    "考试": "#c3b8dc",
    "学历": GREY,
}
"""Kind of training → its colour, in the order they are stacked, the same on every page."""
_PATTERNS: Final = ("", "/", ".", "x")


def pattern(kind: str) -> str:
    """The hatching of a kind of training, so that neighbours in a stack differ without colour too."""
    known = list(KINDS)
    return _PATTERNS[known.index(kind) % len(_PATTERNS)] if kind in KINDS else "+"


OUTCOME_COLOURS: Final = {
    Verdict.MET: BLUE,
    Verdict.IN_PROGRESS: LIGHT_BLUE,
    Verdict.NOT_MET: ORANGE,
    Verdict.UNDETERMINED: GREY,
    Verdict.NOT_APPLICABLE: REST,
}


@dataclass(frozen=True)
class Ground:
    """What a chart stands on: the colours of its words, its lines and its grid."""

    ink: str
    muted: str
    line: str
    grid: str


LIGHT: Final = Ground(INK, MUTED, LINE, "#e8ecf0")
DARK: Final = Ground("#e6ebf0", "#a9b5c0", "#3a4856", "#2a3642")
NIGHT: Final = {
    BLUE: "#6fb1e4",
    LIGHT_BLUE: "#46779f",
    ORANGE: "#f0935a",
    LIGHT_ORANGE: "#9c5c33",
    AMBER: "#d9b44a",
    TEAL: "#63b5ae",
    GREY: "#7b8893",
    PURPLE: "#a99bd6",
    REST: "#37434f",
    INK: DARK.ink,
    MUTED: DARK.muted,
    "#ffffff": "#17212b",
}
"""What a colour of a figure becomes on a dark ground."""


def template(ground: Ground) -> dict[str, Any]:
    """The plotly template every figure is drawn with, as plain data for the browser."""
    axis = {
        "gridcolor": ground.grid,
        "linecolor": ground.line,
        "zerolinecolor": ground.line,
        "automargin": True,
        "ticks": "",
        "exponentformat": "none",
        "separatethousands": True,
        "title": {"font": {"size": 13, "color": ground.muted}},
    }
    return {
        "layout": {
            "font": {"family": FONTS, "size": 13, "color": ground.ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(KINDS.values()),
            "margin": {"l": 48, "r": 16, "t": 12, "b": 40},
            "hoverlabel": {"font": {"family": FONTS, "size": 13}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
            "xaxis": axis | {"showgrid": False, "tickangle": 0},
            # Were the labels to move the top as well, a label there would move the labels, and so the top, for ever.
            "yaxis": axis | {"automargin": "width"},
            "separators": ".,",
        }
    }
