"""The order Word's schema asks for inside property elements.

What is appended to a paragraph's, run's or section's properties has to stand in the schema's order, or Word calls the
document damaged. Properties are put in order once, when the document is complete.
"""

from typing import Any, Final

from docx.oxml.ns import qn

ORDERS: Final = {
    "w:pPr": (
        *("pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr"),
        *("suppressLineNumbers", "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct"),
        *("topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind"),
        *("contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "textDirection", "textAlignment"),
        *("textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange"),
    ),
    "w:rPr": (
        *("rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow"),
        *("emboss", "imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern"),
        *("position", "sz", "szCs", "highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs"),
        *("em", "lang", "eastAsianLayout", "specVanish", "oMath"),
    ),
    "w:sectPr": (
        *("headerReference", "footerReference", "footnotePr", "endnotePr", "type", "pgSz", "pgMar", "paperSrc"),
        *("pgBorders", "lnNumType", "pgNumType", "cols", "formProt", "vAlign", "noEndnote", "titlePg"),
        *("textDirection", "bidi", "rtlGutter", "docGrid", "printerSettings"),
    ),
}


def put_in_order(root: Any) -> None:
    """Sorts the children of every property element under `root`; equal ones keep their order."""
    for tag, names in ORDERS.items():
        place = {qn(f"w:{name}"): number for number, name in enumerate(names)}
        for element in list(root.iter(qn(tag))):
            children = list(element)
            ranked = sorted(children, key=lambda child: place.get(child.tag, len(place)))
            if ranked != children:
                element[:] = ranked
