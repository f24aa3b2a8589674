"""Images whose channels stand where height or width should.

Looks at:     the shape of the images, the first convolution, the error of a crash, and how alike neighbouring pixels
              and the colours of a pixel are.
Fires when:   the last dimension is one to FEW and the second many times larger, and the first convolution takes the
              second for channels; or MOST of IMAGES images make more sense when their numbers are read as rows of
              pixels with the colours last: they were reshaped instead of transposed.
Why it hurts: the convolution slides over rows and colours instead of rows and columns; what it sees is no picture.
Try first:    ``x.permute(0, 3, 1, 2)``; never ``view`` or ``reshape`` for that.
Can be wrong: for signals with many channels and a very short last dimension that are meant so; for stripes whose
              period is the number of colours.
Source:       UMLAUT, torch-audit (32 channels and width 4). MOST: of photographs in order hardly any makes more sense
              otherwise (those of plain sky, by their noise), of textures of every period at most a half; of
              photographs that were reshaped nearly all do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import matrix, ordered
from glasswork.doctor.rules._data import main_input
from glasswork.doctor.rules._history import looked_at
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["channel_order"]

FEW = 4
TIMES = 4  # the second dimension against the last
SQUARE = 2  # height against width, at most
MOST = 0.6
IMAGES = 64
LOOKED_AT = 32  # images of a batch that are looked at
FIRST = 2  # batches whose shape is looked at
_CRASH = re.compile(r"expected input\[(\d+), (\d+), (\d+), (\d+)\] to have (\d+) channels, but got (\d+)")
ADVICE = "Put the channels second: x.permute(0, 3, 1, 2); view or reshape would mix the pixels."


def channel_order(vitals: Vitals) -> Iterator[Finding]:
    """Yield that images stand with their channels last, or were mixed on the way."""
    crash = _CRASH.search(vitals.error or "")
    if crash and int(crash[4]) == int(crash[5]):
        shape = tuple(int(crash[place]) for place in range(1, 5))
        evidence = (
            f"The first convolution wants {crash[5]} channels, and the images have the shape {shape}: channels last."
        )
        number = vitals.steps[-1].number + 1 if vitals.steps else None
        yield Finding("channel-order", "critical", 0.97, "data", evidence, ADVICE, number)
        return
    seen, odd = 0, 0.0
    for place, step in enumerate(looked_at(vitals)):
        data = main_input(step)
        if data is None or len(data.shape) != 4:
            continue
        said = _last(data.shape) if place < FIRST and _first_convolution(vitals) == data.shape[1] else None
        if said is None and data.scrambled is not None and seen < IMAGES:
            count = min(data.shape[0], LOOKED_AT)
            seen, odd = seen + count, odd + count * data.scrambled
            if seen >= IMAGES and odd > MOST * seen:
                said = (
                    f"{odd / seen:.0%} of {seen} images of shape {data.shape[1:]} make more sense when read as rows of "
                    "pixels with the colours last: they were reshaped instead of transposed."
                )
        if said:
            yield Finding("channel-order", "critical", 0.9, "data", said, ADVICE, step.number)
            return


def _last(shape: tuple[int, ...]) -> str | None:
    _, second, third, last = shape
    if last <= FEW and second >= TIMES * max(2, last) and second <= SQUARE * third and third <= SQUARE * second:
        return f"The images have the shape {shape}, and the first convolution takes {second} for channels."
    return None


def _first_convolution(vitals: Vitals) -> int | None:
    """Return how many channels the first convolution takes, if it looks at more than one column."""
    for model in vitals.models.values():
        for layer in ordered(model):
            weight = matrix(model, layer.name)
            if layer.family == "linear" and weight is not None and len(weight.shape) == 4:
                return weight.shape[1] * int(layer.settings.get("groups") or 1) if weight.shape[3] > 1 else None
    return None
