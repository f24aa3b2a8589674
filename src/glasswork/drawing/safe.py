"""Text that is safe inside HTML and SVG."""

from __future__ import annotations

import re
from html import escape
from typing import Any

__all__ = ["clean"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(value: Any) -> str:
    """Return text that can stand anywhere in HTML, also inside quotes.

    >>> clean('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    text = str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    return escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)
