"""The form in which names that people write are compared: file stems, column headers, spellings of a value.

Belongs here: what two spellings of one name have in common. Comparison is after NFKC, removal of all white space and
invisible characters, traditional → simplified characters, and lower-casing. The text itself is never changed, only
compared.
"""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

_INVISIBLE = re.compile(r"[\s\u0000-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+")


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=65536)
def normalised_name(text: str) -> str:
    """The form in which names are compared."""
    flat = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()
    return flat if flat.isascii() else str(_simplifier().convert(flat))
