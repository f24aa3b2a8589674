"""Axis: one direction of a plot, plain or in powers of ten, with round ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

__all__ = ["Axis", "nice_step", "tick_text"]

SMALLEST = 1e-290  # below, powers of ten run out
LARGEST = 1e300


@dataclass(frozen=True)
class Axis:
    """One direction of a plot: where it begins and ends, its name, whether it counts in powers of ten.

    >>> Axis.around([1.0, 3.0], zero=True).place(3.0)
    0.9523809523809524
    """

    low: float
    high: float
    name: str = ""
    log: bool = False

    @classmethod
    def around(
        cls,
        values: Sequence[float | None],
        name: str = "",
        *,
        zero: bool = False,
        log: bool = False,
        pad: float = 0.05,
    ) -> Axis:
        """Return an axis that holds all finite values, a logarithmic one those above 0; `zero` draws it to zero."""
        known = [float(v) for v in values if v is not None and isfinite(v) and (v > SMALLEST or not log)]
        if not known:
            return cls(0.1, 1.0, name, log) if log else cls(0.0, 1.0, name)
        low, high = (0.0 if abs(v) < SMALLEST else v for v in (max(min(known), -LARGEST), min(max(known), LARGEST)))
        if log:
            return cls(low / 1.2, high * 1.2, name, log=True)
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        size = max(abs(low), abs(high))
        if high - low <= 1e-9 * size:  # a line that does not move lies in the middle
            return cls(low - (size / 10 or 0.5), high + (size / 10 or 0.5), name)
        reach = 2 * pad * (high / 2 - low / 2)
        return cls(low if zero and low == 0 else low - reach, high if zero and high == 0 else high + reach, name)

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end; what lies outside is brought to the edge."""
        if self.log:
            low, high = log10(self.low), log10(self.high)
            at = (log10(max(value, self.low)) - low) / ((high - low) or 1.0)
        else:
            at = (value / 2 - self.low / 2) / ((self.high / 2 - self.low / 2) or 1.0)
        return min(1.0, max(0.0, at))

    def ticks(self, wanted: int = 4) -> list[tuple[float, str]]:
        """Return about so many round values on the axis, at least two where there are, with their texts."""
        if self.log:
            first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
            every = max(1, ceil((last - first) / wanted))
            values = [10.0**power for power in range(first, last + 1, every)]
            if len(values) < 2:
                near = [f * 10.0**power for power in range(first - 1, last + 2) for f in (1, 2, 5)]
                values = [value for value in near if self.low <= value <= self.high][:6]
            return [(value, tick_text(value, min(value, 1.0))) for value in values]
        found: list[tuple[float, str]] = []
        for finer in (1, 2):
            step = nice_step(self.high / 2 - self.low / 2, wanted * finer / 2)
            first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
            found = [(i * step, tick_text(i * step, step)) for i in range(first, last + 1)]
            if len(found) > 2:
                break
        return found


def nice_step(span: float, ticks: float = 5) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about so many steps cover the span.

    >>> nice_step(0.93), nice_step(430.0)
    (0.2, 100.0)
    """
    rough = span / max(1, ticks)
    if not rough > 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return next((factor * power for factor in (1, 2, 5) if rough <= factor * power * 1.0001), 10 * power)


def tick_text(value: float, step: float) -> str:
    """Return the label of a tick, with the digits that its step needs.

    >>> tick_text(0.25, 0.05), tick_text(20000, 5000), tick_text(2_500_000, 500_000)
    ('0.25', '20k', '2.5M')
    >>> tick_text(1e-5, 1e-5), tick_text(3e14, 1e14)
    ('1e−5', '3e14')
    """
    if value == 0:
        return "0"
    if step < 9e-5 or abs(value) >= 1e12:
        mantissa, _, power = f"{value:.2e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}".replace("-", "−")
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size and (size > 1e3 or abs(value) >= 1e4 or step % 1000 == 0):
            text = f"{value / size:.2f}".rstrip("0").rstrip(".")
            return f"{text}{letter}".replace("-", "−")
    decimals = max(0, -floor(log10(step) + 1e-9)) if step > 0 else 3
    return f"{value:,.{decimals}f}".replace("-", "−")
