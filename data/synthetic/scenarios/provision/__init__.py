"""How projects are planned, staffed, run and filed: for each clause one case kept, one broken, one on the limit.

Every case is a complete, orderly project (``scenarios.project``) with one thing changed; names are
<province>-<clause>-<what>. Does not belong here: credits, spot checks and satisfaction (hainan, zhejiang).
"""

from data.synthetic.scenarios.provision.case import plant
from data.synthetic.scenarios.provision.chongqing import CHONGQING
from data.synthetic.scenarios.provision.hainan import HAINAN
from data.synthetic.scenarios.provision.wenzhou import WENZHOU
from data.synthetic.scenarios.provision.windows import WINDOWS
from data.synthetic.scenarios.provision.zhejiang import ZHEJIANG

__all__ = ["CHONGQING", "HAINAN", "WENZHOU", "WINDOWS", "ZHEJIANG", "plant"]
