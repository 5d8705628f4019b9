"""Permanent addresses of pages whose names come from dumps.

Belongs here: turning a code of a dump into one folder's name. Codes are typed by people: one may hold a slash, dots
or a question mark, and must neither leave the site's folder nor break a link.
"""

import hashlib
import re

_PLAIN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def folder(code: str) -> str:
    """The code itself where it is plain, else a name made from it: the same code gives the same address for ever."""
    return code if _PLAIN.fullmatch(code) else f"x-{hashlib.sha256(code.encode()).hexdigest()[:16]}"


def institution(code: str) -> str:
    """The folder of an institution's page, from the site's top."""
    return f"institution/{folder(code)}/"
