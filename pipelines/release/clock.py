"""The time of day, as nights are dated and told by.

Belongs here: the one place that reads the clock on the wall. How long something took is measured by clocks that no
change of the machine's time moves; what "today" is for the law comes with the dumps.
"""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """This moment in Beijing time."""
    return datetime.fromtimestamp(time.time(), SHANGHAI)
