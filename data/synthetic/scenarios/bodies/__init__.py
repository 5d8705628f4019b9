"""Institutions, counties, schools and single people: what they must keep, submit, spend, and what follows if not.

For each clause one case kept, one broken and, where it has a figure, one exactly on it. Does not belong here:
single projects (provision), credits (hainan), spot checks and satisfaction (zhejiang).
"""

from data.synthetic.scenarios.bodies.chongqing import chongqing
from data.synthetic.scenarios.bodies.hainan import hainan
from data.synthetic.scenarios.bodies.wenzhou import wenzhou
from data.synthetic.scenarios.bodies.zhejiang import zhejiang

__all__ = ["chongqing", "hainan", "wenzhou", "zhejiang"]
