"""Words: numbers and names as people read them."""

from __future__ import annotations

import re
from math import floor, isfinite, isnan, log10
from typing import Any

__all__ = ["figure", "percent", "short", "slug"]


def figure(value: Any) -> str:
    """Return a number with about three digits that count; what is no number as a dash.

    >>> [figure(value) for value in (0.98613, 12.3456, 48711.92, 4.2e-7, -0.5, 0, None, float("nan"))]
    ['0.986', '12.3', '48,712', '4.2e−7', '−0.5', '0', '–', 'NaN']
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–"
    if isnan(value):
        return "NaN"
    if not isfinite(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        mantissa, _, power = f"{value:.2e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    elif size >= 1000:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.{max(0, 2 - floor(log10(size)))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def percent(value: Any) -> str:
    """Return a share as per cent.

    >>> percent(0.05), percent(0.999), percent(None)
    ('5 %', '99.9 %', '–')
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return "–"
    hundred = 100 * float(value)
    near_end = 0 < hundred < 1 or 99 < hundred < 100
    return f"{hundred:.1f} %" if near_end else f"{hundred:.0f} %"


def short(name: str, most: int = 24) -> str:
    """Return a name that fits, cut at its beginning: the end of a path says more.

    >>> short("encoder.layers.11.attention.query", 16)
    '…attention.query'
    """
    return name if len(name) <= most else f"…{name[1 - most :]}"


def slug(text: str) -> str:
    """Return a text as an address inside the page.

    >>> slug("D/main.0 <x>")
    'd-main-0-x'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"
