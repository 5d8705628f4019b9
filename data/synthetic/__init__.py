"""Synthetic dumps of a training platform: invented people, real counties, the law's own arithmetic.

Belongs here: making and damaging sample dumps, and the list of planted cases (``scenarios``).
Does not belong here: reading dumps or judging them. Every figure is synthetic; rates are assumptions
recorded in ``calibration``.
"""

from data.synthetic.generate import FORMATS, PROVINCES, Written, generate, shares

__all__ = ["FORMATS", "PROVINCES", "Written", "generate", "shares"]
