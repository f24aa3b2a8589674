"""Images or sequences whose channels stand where height, width or time should.

Looks at:     the shape of what the first convolution is given, the error of a crash, how alike neighbouring pixels and
              the colours of a pixel are, and along which dimension of a sequence neighbours are alike.
Fires when:   the last dimension is one to FEW and the second many times larger, and the first convolution takes the
              second for channels; or MOST of IMAGES images make more sense when their numbers are read as rows of
              pixels with the colours last: they were reshaped instead of transposed; or HALF of them, where pixels as
              far apart as there are colours are more alike than all that are nearer, by PEAK. Of sequences: over
              ROWS rows neighbours along the dimension that the first convolution takes for channels are more alike
              than any two places, by ORDERED and CERTAIN standard errors, and along the one that it slides over they
              are not, to NONE of that, nor is everything ALIKE there; or they would be if the numbers were read the
              other way round: they were reshaped instead of transposed.
Why it hurts: the convolution slides over rows and colours, or over channels, instead of over what has an order; what it
              sees is no picture and no course of time.
Try first:    ``x.permute(0, 3, 1, 2)``, or ``x.transpose(1, 2)``; never ``view`` or ``reshape`` for that.
Can be wrong: for signals with many channels and a very short last dimension that are meant so; for stripes whose
              period is the number of colours; for channels with an order (bands of a spectrum) over moments that have
              nothing to do with each other.
Source:       UMLAUT, torch-audit (32 channels and width 4). MOST: of photographs in order hardly any makes more sense
              otherwise (those of plain sky, by their noise), of textures of every period at most a half; of
              photographs that were reshaped nearly all do. CERTAIN: of white noise the mean correlation over n
              pairs of neighbours is 0 with a standard error of 1 / sqrt(n).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import sqrt

from glasswork.doctor.rules._anatomy import matrix, ordered, weighted
from glasswork.doctor.rules._data import entered, main_input
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import TensorVitals, Vitals
from glasswork.records import Finding

__all__ = ["channel_order"]

FEW = 4
TIMES = 4  # the second dimension against the last
SQUARE = 2  # height against width, at most
MOST = 0.6
HALF = 0.5
PEAK = 0.15  # a correlation
IMAGES = 64
LOOKED_AT = 32  # images of a batch that are looked at
FIRST = 2  # batches whose shape is looked at
ORDERED = 0.05  # a correlation
CERTAIN = 5.0
NONE = 0.3  # of it
ALIKE = 0.1  # a correlation; of what hardly changes in time, neighbours are no more alike than others
ROWS = 64
SHORT = 8  # places in time, or more
_CRASH = re.compile(r"expected input\[(\d+), (\d+), (\d+), (\d+)\] to have (\d+) channels, but got (\d+)")
ADVICE = "Put the channels second: x.permute(0, 3, 1, 2); view or reshape would mix the pixels."
TURN = "Give the first convolution (examples, channels, time): x.transpose(1, 2), not view or reshape."


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
    yield from _sequences(vitals)
    seen, odd, peak = 0, 0.0, 0.0
    for place, step in enumerate(looked_at(vitals)):
        data = entered(vitals, step) or main_input(step)
        if data is None or len(data.shape) != 4:
            continue
        said = _last(data.shape) if place < FIRST and _first_convolution(vitals) == data.shape[1] else None
        if said is None and data.scrambled is not None and seen < IMAGES:
            count = min(data.shape[0], LOOKED_AT)
            seen, odd, peak = seen + count, odd + count * data.scrambled, peak + count * _peak(data)
            if seen >= IMAGES and odd > (HALF if peak > PEAK * seen else MOST) * seen:
                said = (
                    f"{odd / seen:.0%} of {seen} images of shape {data.shape[1:]} make more sense when read as rows of "
                    "pixels with the colours last: they were reshaped instead of transposed."
                )
        if said:
            yield Finding("channel-order", "critical", 0.9, "data", said, ADVICE, step.number)
            return


def _peak(data: TensorVitals) -> float:
    """Return how much more alike than all nearer ones values are that stand as far apart as there are colours."""
    colours, alike = data.shape[1], data.neighbours
    if alike is None or not 2 < colours <= len(alike):
        return 0.0
    return alike[colours - 1] - max(*alike[: colours - 1], 0.0)


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


def _sequences(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the first convolution slides over channels, and takes moments for channels."""
    takes = _takes(vitals)
    if takes is None:
        return
    rows = 0
    sums = [0.0, 0.0, 0.0, 0.0]
    for step in looked_at(vitals):
        data = entered(vitals, step) or main_input(step)
        if data is None or len(data.shape) != 3 or data.shape[1] != takes or data.order is None:
            continue
        rows += data.shape[0]
        sums = [total + data.shape[0] * one for total, one in zip(sums, data.order, strict=True)]
        if rows < ROWS:
            continue
        across, along, turned, every = (total / rows for total in sums)
        _, channels, places = data.shape
        least = max(ORDERED, CERTAIN / sqrt(rows * channels * places))
        said = None
        if every > ALIKE:
            return
        if channels >= SHORT and across > least and along < NONE * across:
            said = (
                f"The first convolution takes {channels} for channels and slides over {places}, and it is along the "
                f"{channels} that neighbours are alike (correlations exceed those of any two by {shown(across)}, along "
                f"the {places} by {shown(along)}): time stands where the channels should."
            )
        elif places >= SHORT and turned > 2 * least and max(along, across) < NONE * turned:
            said = (
                f"The numbers of a row would make more sense as {places} moments of {channels} channels than as "
                f"{channels} channels of {places} moments (neighbours in time are more alike by {shown(turned)}, "
                f"as they stand by {shown(along)}): they were reshaped instead of transposed."
            )
        if said:
            yield Finding("channel-order", "warning", 0.85, "data", said, TURN, step.number)
        return


def _takes(vitals: Vitals) -> int | None:
    """Return how many channels the first layer with weights takes, if it slides along sequences."""
    for model in vitals.models.values():
        for layer in weighted(model)[:1]:
            weight = matrix(model, layer.name)
            if layer.family == "linear" and weight is not None and len(weight.shape) == 3 and weight.shape[2] > 1:
                return weight.shape[1] * int(layer.settings.get("groups") or 1)
    return None
