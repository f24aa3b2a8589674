"""Inputs that were scaled twice and have shrunk to nothing.

Looks at:     the sizes of the inputs in the first sampled steps, and whether the model scales them up itself.
Fires when:   no input is larger than TINY in FIRST sampled steps, although they vary; or their root mean square is
              below FINE and none is above RARE, as standardised columns with rare values are when divided once more.
Why it hurts: such inputs say less to the first layer than its own bias does: gradients of its weights are as small as
              the inputs, and it learns hundreds of times more slowly than the rest.
Try first:    divide by 255 once: see whether the loader (``ToTensor``) has done it already.
Can be wrong: for signals that are small by nature and meant to be so; sparse rows of frequencies have small means,
              but large single values, and are not reported.
Source:       TheDeepChecker's double normalisation. TINY: pixels divided by 255 twice end at 0.004, standardised
              pixels divided by 255 at about 0.012 to 0.03. RARE: sparse frequencies reach 0.5 and more.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._data import main_input, scaled_inside, size_of
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["scaled_twice"]

TINY = 0.04
FINE = 0.01
RARE = 0.25
FIRST = 2


def scaled_twice(vitals: Vitals) -> Iterator[Finding]:
    """Yield that all inputs are tiny."""
    row = 0
    for step in looked_at(vitals):
        data = main_input(step)
        size = size_of(data) if data is not None else None
        if data is None or not size or data.low is None or data.high is None or data.bad or not data.std:
            continue
        largest = max(abs(data.low), abs(data.high))
        if (largest > TINY and not (size < FINE and largest < RARE)) or scaled_inside(vitals, step, size):
            return
        row += 1
        if row == FIRST:
            times = " (255 x 255 times smaller than bytes?)" if largest < 1 / 200 else ""
            yield Finding(
                "scaled-twice",
                "warning",
                0.85,
                "data",
                f"Up to step {step.number} no input is larger than {shown(largest)}{times}; their standard "
                "deviation is "
                f"{shown(data.std)}.",
                "Scale the inputs once; see whether the loader has done it already.",
                step.number,
                (Treatment("Standardise the inputs.", {"inputs.scaling": "standard"}),),
            )
            return
