"""Inputs that were scaled twice and have shrunk to nothing.

Looks at:     the sizes of the inputs in the first sampled steps, and of what the model has made of them when they reach
              its first weights.
Fires when:   no input is larger than TINY in FIRST sampled steps, although they vary; or their root mean square is
              below FINE and none is above RARE, as standardised columns with rare values are when divided once more;
              or most features lie FAR of their deviations below 0 and vary by PRESSED or less, as standardised columns
              do from which the raw columns' means are subtracted once more; or the inputs are standardised, feature by
              feature, and what the model has made of them is not: most features lie OFF of their deviations from 0; or
              most features vary BEYOND times as much in every evaluation as in training, or as many times less.
Why it hurts: such inputs say less to the first layer than its own bias does: gradients of its weights are as small as
              the inputs, and it learns hundreds of times more slowly than the rest.
Try first:    divide by 255 once: see whether the loader (``ToTensor``) has done it already.
Can be wrong: for signals that are small by nature and meant to be so; sparse rows of frequencies have small means,
              but large single values, and are not reported.
Source:       TheDeepChecker's double normalisation. TINY: pixels divided by 255 twice end at 0.004, standardised
              pixels divided by 255 at about 0.012 to 0.03. RARE: sparse frequencies reach 0.5 and more. PRESSED, FAR:
              of columns m ± s, standardised twice, -m/s ± 1/s is left; raw columns that vary so little do not lie
              below 0 in nearly every feature.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from glasswork.doctor.rules._data import entered, main_input, scaled_inside, size_of
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import TensorVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["pressed", "scaled_twice"]

TINY = 0.04
FINE = 0.01
RARE = 0.25
PRESSED = 0.25
FAR = 5.0
OFF = 3.0
NEAR = 0.5  # a standardised feature's mean in a batch, at most
ABOUT = 2.0  # its deviation, or the inverse
MOST = 0.75  # of the features
COLUMNS = 3
ROWS = 16  # an example or two say little of a mean
FIRST = 2
BEYOND = 50.0  # times: no shift from training to validation, but a constant that one of both was divided by


def scaled_twice(vitals: Vitals) -> Iterator[Finding]:
    """Yield that all inputs are tiny, or hardly vary; else that training and evaluation are on different scales."""
    found = list(_small(vitals)) or list(_apart(vitals))
    yield from found


def _apart(vitals: Vitals) -> Iterator[Finding]:
    """Yield that an evaluation's inputs vary many times as much as those of training, or as many times less."""
    came = next((data for step in looked_at(vitals) if (data := main_input(step)) is not None), None)
    judged = [one for one in vitals.evaluations if one.inputs is not None]
    if came is None or len(judged) < FIRST or came.shape[0] < ROWS or len(vitals.models) > 1:
        return
    times = [_times(came, one.inputs) for one in judged if one.inputs is not None]
    more = times[0] is not None and times[0] > 1
    if any(one is None or 1 / BEYOND < one < BEYOND or (one > 1) is not more for one in times):
        return
    factor = times[0] or 1.0
    yield Finding(
        "scaled-twice",
        "warning",
        0.85,
        "data",
        f"In the evaluation the inputs vary {factor:,.0f} times as much as in training."
        if more
        else f"In training the inputs vary {1 / factor:,.0f} times as much as in the evaluation.",
        "Scale the data of training and evaluation in the same way, once: see which of both is divided twice.",
        judged[0].step,
    )


def _times(came: TensorVitals, asked: TensorVitals) -> float | None:
    """Return how many times as much the features of a batch vary as those of another; of the features the median."""
    before, after = came.feature_stds or [], asked.feature_stds or []
    if asked.shape[1:] != came.shape[1:] or asked.shape[0] < ROWS or asked.dtype != came.dtype:
        return None
    moving = [new / old for old, new in zip(before, after, strict=False) if old > 0 and new > 0]
    if not moving or len(before) != len(after):
        return None
    spread, most = median(moving), sum(one > BEYOND or one < 1 / BEYOND for one in moving)
    return spread if most >= MOST * len(moving) else None


def _small(vitals: Vitals) -> Iterator[Finding]:
    """Yield that all inputs are tiny, or hardly vary."""
    row = 0
    for step in looked_at(vitals):
        given = entered(vitals, step)
        data = given or main_input(step)
        size = size_of(data) if data is not None else None
        if data is None or not size or data.low is None or data.high is None or data.bad or not data.std:
            continue
        largest = max(abs(data.low), abs(data.high))
        came = main_input(step)
        if pressed(data) or _undone(came, given):
            row += 1
            if row == FIRST:
                yield _pressed(data, came, step.number)
                return
            continue
        if largest > TINY and not (size < FINE and largest < RARE):
            return
        if given is None and scaled_inside(vitals, step, size):
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


def pressed(data: TensorVitals) -> bool:
    """Return whether standardised columns seem to have been standardised once more with the raw ones' statistics."""
    means, stds = data.feature_means, data.feature_stds
    if not means or not stds or len(data.shape) >= 4:
        return False
    moving = [(mean, std) for mean, std in zip(means, stds, strict=True) if std > 0]
    if len(moving) < COLUMNS or max(std for _, std in moving) > 1:
        return False
    below = [std for mean, std in moving if mean < -FAR * std]
    return len(below) >= MOST * len(moving) and median(std for _, std in moving) < PRESSED


def _undone(came: TensorVitals | None, given: TensorVitals | None) -> bool:
    """Return whether standardised columns came in, and something else reaches the first weights."""
    if came is None or given is None or given is came or len(came.shape) != 2 or given.shape != came.shape:
        return False
    before = list(zip(came.feature_means or [], came.feature_stds or [], strict=True))
    after = list(zip(given.feature_means or [], given.feature_stds or [], strict=True))
    if len(before) < COLUMNS or came.shape[0] < ROWS:
        return False
    sound = sum(abs(mean) < NEAR and 1 / ABOUT < std < ABOUT for mean, std in before)
    off = sum(abs(mean) > OFF * std > 0 for mean, std in after)
    return sound >= MOST * len(before) and off >= MOST * len(after)


def _pressed(data: TensorVitals, given: TensorVitals | None, number: int) -> Finding:
    spread = median(data.feature_stds or [0.0])
    mean = median(data.feature_means or [0.0])
    inside = given is not None and given is not data and (given.feature_stds or [0.0]) != data.feature_stds
    where = "what the first weights are given" if inside else "the inputs"
    as_came = f", where the inputs vary by {shown(median(given.feature_stds or [0.0]))}" if inside and given else ""
    return Finding(
        "scaled-twice",
        "warning",
        0.85,
        "data",
        f"Up to step {number} the features of {where} vary by {shown(spread)} about {shown(mean)} (medians){as_came}: "
        "the means and deviations of raw columns were taken off columns that had been standardised.",
        "Standardise once: either the data or, within the model, what comes in.",
        number,
    )
