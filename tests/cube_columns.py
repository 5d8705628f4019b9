"""Where SQL finds what a cube is broken down by, for tests that count cubes again.

Belongs here: one expression for each breakdown, over teacher `t`, school `s`, project `p` and institution `i`.
"""

from collections.abc import Mapping
from typing import Final

BY: Final[Mapping[str, str]] = {
    "stage": "t.stage",
    "title": "t.title",
    "backbone_level": "t.backbone_level",
    "post_type": "t.post_type",
    "urban_rural": "s.urban_rural",
    "ownership": "s.ownership",
    "level": "p.level",
    "delivery_mode": "p.delivery_mode",
    "is_school_based": "CASE p.is_school_based WHEN TRUE THEN '校本' WHEN FALSE THEN '非校本' END",
    "institution_type": "i.institution_type",
    "authority_level": "i.authority_level",
}
