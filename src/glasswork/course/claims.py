"""Claims: what was seen when the course's claims were put to the test."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["VERDICTS", "Claim", "Verdict", "claims", "judged", "spread"]

VERDICTS = ("holds", "holds under conditions", "does not hold")


@dataclass(frozen=True)
class Verdict:
    """What became of a claim.

    Args:
        verdict: ``holds``, ``holds under conditions`` or ``does not hold``.
        seen: what was seen, with numbers, in one sentence; the conditions, where there are some.

    >>> Verdict("perhaps", "it rained")
    Traceback (most recent call last):
    ValueError: a verdict is one of holds, holds under conditions, does not hold; got 'perhaps'
    """

    verdict: str
    seen: str

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}; got {self.verdict!r}")


@dataclass(frozen=True)
class Claim:
    """One verdict on one item, and where it can be done again.

    Args:
        item: the item's id.
        verdict: one of `VERDICTS`.
        seen: what was seen.
        by: the test or the example, as a path from the project's root.
        seeds: how many seeded runs; 0 where mathematics settles it.
    """

    item: str
    verdict: str
    seen: str
    by: str
    seeds: int = 0


@cache
def claims() -> tuple[Claim, ...]:
    """Return every verdict, in the order of the items; written by ``make claims``."""
    path = Path(__file__).resolve().with_name("claims.json")
    return tuple(Claim(**values) for values in json.loads(path.read_text(encoding="utf-8")))


def judged(holds: bool, partly: bool) -> str:
    """Return the verdict: whether all of a claim was seen, and else whether some of it was.

    Over seeded runs, `holds` asks for every run; where one count is all there is, `partly` asks for most of them.

    >>> judged(True, True), judged(False, True), judged(False, False)
    ('holds', 'holds under conditions', 'does not hold')
    """
    return VERDICTS[0] if holds else VERDICTS[1] if partly else VERDICTS[2]


def spread(runs: Sequence[Mapping[str, float]], key: str, *, digits: int = 3) -> str:
    """Return mean and standard deviation of one figure over seeded runs.

    >>> spread([{"loss": 1.0}, {"loss": 2.0}], "loss")
    '1.5 ± 0.707'
    >>> spread([{"loss": 0.25}], "loss")
    '0.25'
    >>> spread([{"loss": 1.0}, {"loss": float("inf")}], "loss")
    'not finite in 1 of 2 runs, else 1'
    """
    values = [float(run[key]) for run in runs]
    finite = [run for run in runs if math.isfinite(run[key])]
    if len(finite) < len(runs):
        others = f", else {spread(finite, key, digits=digits)}" if finite else ""
        return f"not finite in {len(runs) - len(finite)} of {len(runs)} runs{others}"
    mean = f"{statistics.fmean(values):.{digits}g}"
    return mean if len(values) < 2 else f"{mean} ± {statistics.stdev(values):.{digits}g}"
