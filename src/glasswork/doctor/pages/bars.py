"""Bars and ranges: a few amounts side by side, each with its name and its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from glasswork.doctor.pages.words import figure, short
from glasswork.drawing import Axis, clean, sign_path

__all__ = ["Amount", "Span", "bars", "ranges"]

_WIDTH, _LEFT, _RIGHT, _ROW = 520, 170, 92, 26
_GAP, _LETTER = 7, 8.5  # between a bar and what stands at its end; how wide a letter of it may be


@dataclass(frozen=True)
class Amount:
    """A bar: its name, its size, its class, and what stands at its end (by default the number)."""

    name: str
    value: float | None
    kind: str = "a"
    said: str = ""


@dataclass(frozen=True)
class Span:
    """A range: its name, from where to where, and its middle."""

    name: str
    low: float
    high: float
    middle: float | None = None
    kind: str = "a"


def bars(title: str, amounts: Sequence[Amount], *, log: bool = False) -> str:
    """Return a picture of horizontal bars; lengths are logarithmic where amounts lie far apart and `log` allows it.

    >>> bars("two", [Amount("one", 1.0), Amount("other", 2.0)]).count("<rect")
    2
    """
    known = [a.value for a in amounts if a.value is not None and isfinite(a.value)]
    positive = [value for value in known if value > 0]
    use_log = log and len(positive) == len(known) > 0 and max(positive) > 50 * min(positive)
    scale = (
        Axis(min(positive) / 4, max(positive), log=True)
        if use_log
        else Axis(0.0, max([abs(v) for v in known] + [1e-30]))
    )
    texts = [amount.said or figure(amount.value) for amount in amounts]
    longest = _WIDTH - _LEFT - max([_RIGHT, *(_GAP + _LETTER * len(said) for said in texts)])
    parts = []
    for row, (amount, said) in enumerate(zip(amounts, texts, strict=True)):
        y = row * _ROW + 4
        parts.append(_name(amount.name, y))
        if amount.value is None or not isfinite(amount.value):
            if amount.value is not None:
                parts.append(f'<path class="sign" d="{sign_path(_LEFT + 8, y + 9, "x")}"/>')
            parts.append(f'<text class="value" x="{_LEFT + 18}" y="{y + 13}">{clean(said)}</text>')
            continue
        wide = max(1.5, scale.place(abs(amount.value)) * longest)
        parts.append(f'<rect class="bar {amount.kind}" x="{_LEFT}" y="{y}" width="{wide:.1f}" height="18" rx="2"/>')
        parts.append(f'<text class="value" x="{_LEFT + wide + _GAP:.1f}" y="{y + 13}">{clean(said)}</text>')
    return _svg(title, len(amounts) * _ROW + 6, parts)


def ranges(title: str, spans: Sequence[Span]) -> str:
    """Return a picture of ranges over one scale."""
    scale = Axis.around([edge for span in spans for edge in (span.low, span.high)], pad=0.02)
    inner = _WIDTH - _LEFT - 30

    def at(value: float) -> float:
        return _LEFT + scale.place(value) * inner

    foot = len(spans) * 34 + 6
    parts = []
    for value, text in scale.ticks(4):
        parts.append(f'<path class="grid" d="M{at(value):.1f} 2V{foot}"/>')
        parts.append(f'<text x="{at(value):.1f}" y="{foot + 16}" text-anchor="middle">{text}</text>')
    for row, span in enumerate(spans):
        y = row * 34 + 18
        parts.append(_name(span.name, y - 9))
        a, b = at(span.low), max(at(span.high), at(span.low) + 2)
        parts.append(f'<rect class="bar {span.kind}" x="{a:.1f}" y="{y - 7}" width="{b - a:.1f}" height="14" rx="2"/>')
        if span.middle is not None and isfinite(span.middle):
            parts.append(f'<path class="middle" d="M{at(span.middle):.1f} {y - 10}v20"/>')
    return _svg(title, foot + 22, parts)


def _name(name: str, y: float) -> str:
    return f'<text class="rowname" x="{_LEFT - 10}" y="{y + 13}" text-anchor="end">{clean(short(name, 23))}</text>'


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    opening = f'<svg class="plot" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{clean(title)}">'
    return "".join([opening, *parts, "</svg>"])
