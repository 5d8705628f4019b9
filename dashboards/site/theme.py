"""Colours, fonts and the plotly template: one look for every chart, in step with assets/site.css.

The palette keeps blue against orange, which stay apart for every kind of colour blindness; text on each is at
least 4.5 : 1.
"""

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
KIND_COLOURS: Final = (BLUE, LIGHT_BLUE, "#4c8a8b", "#a9d0c9", ORANGE, LIGHT_ORANGE, AMBER, "#6b5b95", "#c3b8dc", GREY)
PACE_COLOURS: Final = (ORANGE, LIGHT_ORANGE, "#c6d9e8", LIGHT_BLUE, BLUE)

OUTCOME_COLOURS: Final = {
    Verdict.MET: BLUE,
    Verdict.IN_PROGRESS: LIGHT_BLUE,
    Verdict.NOT_MET: ORANGE,
    Verdict.UNDETERMINED: GREY,
    Verdict.NOT_APPLICABLE: "#dfe4e9",
}


def template() -> dict[str, Any]:
    """The plotly template every figure is drawn with, as plain data for the browser."""
    axis = {
        "gridcolor": "#e8ecf0",
        "linecolor": LINE,
        "zerolinecolor": LINE,
        "automargin": True,
        "ticks": "",
        "exponentformat": "none",
        "separatethousands": True,
        "title": {"font": {"size": 13, "color": MUTED}},
    }
    return {
        "layout": {
            "font": {"family": FONTS, "size": 13, "color": INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [BLUE, ORANGE, "#4c8a8b", AMBER, "#6b5b95", GREY],
            "margin": {"l": 48, "r": 16, "t": 12, "b": 40},
            "hoverlabel": {"font": {"family": FONTS, "size": 13}},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
            "xaxis": axis | {"showgrid": False, "tickangle": 0},
            "yaxis": axis,
            "separators": ".,",
        }
    }
