"""Inputs that were never brought to one scale.

Looks at:     mean and spread of the inputs, feature by feature, in the first sampled steps, and likewise of what the
              model has made of them when they reach its first weights.
Fires when:   their root mean square is above LARGE; or the spread of the widest feature is above UNEVEN times that of
              the narrowest, and above 1; or a PART of the features lie OFFSET of their deviations from 0.
Why it hurts: the loss is steep in the direction of large features and flat in that of small ones: no learning rate
              suits both. Large inputs saturate sigmoids and kill ReLUs in the first steps.
Try first:    subtract each feature's mean and divide by its standard deviation, both from the training rows.
Can be wrong: when the model scales inside in a way that could not be seen. Embedded codes are no such inputs. Pixels
              in [0, 1] are near enough to standard. Of MANY features whose narrow ones lie at the lowest value but for
              rare exceptions (RARE), as the corners of pictures and the counts of rare words do, none is in another
              unit, and the spread is no fault if the widest is below LARGE.
Source:       LeCun et al. 1998, "Efficient BackProp", section 4.3; UMLAUT and DeepDiagnosis take [-1, 1]. The
              conditioning of the first layer goes with the square of UNEVEN and OFFSET: 10^3 and more. LARGE: a first
              layer drawn for unit inputs then begins ten times too strong.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from glasswork.doctor.rules._data import entered, main_input, scaled_inside, size_of
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.rules.scaled_twice import pressed
from glasswork.doctor.vitals import TensorVitals, Vitals
from glasswork.records import Finding, Treatment

__all__ = ["unscaled_inputs"]

LARGE = 10.0
UNEVEN = 100.0
OFFSET = 30.0
PART = 0.1  # of the features: fewer are a bias beside the others
FIRST = 3  # sampled steps that are looked at
ROWS = 4  # an example or two have no spread
SAME = 1e-6  # a deviation below this is rounding
MANY = 32
RARE = 0.7  # deviations from the lowest value: of what differs from it in a third of the rows or fewer


def unscaled_inputs(vitals: Vitals) -> Iterator[Finding]:
    """Yield that the inputs are large, uneven or far from 0, at the first step that shows it."""
    for step in looked_at(vitals)[:FIRST]:
        data = main_input(step)
        size = size_of(data) if data is not None else None
        if data is None or size is None or data.bad or (data.distinct or 3) <= 2:
            continue
        said = _large(size, data) or _uneven(data)
        if said is None:
            continue
        inside = scaled_inside(vitals, step, size)
        given = entered(vitals, step)
        if given is not None:
            inside = _large(size_of(given) or 0.0, given) is None and _uneven(given) is None
        if inside or pressed(given or data):
            return
        evidence, sure = said
        advice = "Subtract each feature's mean and divide by its standard deviation, both taken from the training rows."
        yield Finding(
            "unscaled-inputs",
            "warning",
            sure if inside is False else sure - 0.2,
            "data",
            f"At step {step.number} the inputs {evidence}.",
            advice,
            step.number,
            (Treatment(advice, {"inputs.scaling": "standard"}),),
        )
        return


def _large(size: float, data: TensorVitals) -> tuple[str, float] | None:
    if size <= LARGE:
        return None
    range_ = f", from {shown(data.low)} to {shown(data.high)}" if data.low is not None and data.high is not None else ""
    return f"have a root mean square of {shown(size)}{range_}", 0.95 if size > 3 * LARGE else 0.85


def _uneven(data: TensorVitals) -> tuple[str, float] | None:
    stds, means = data.feature_stds, data.feature_means
    if not stds or not means or data.shape[0] < ROWS:
        return None
    # What hardly moves is constant but for rounding, which is another illness.
    moving = sorted(std for mean, std in zip(means, stds, strict=True) if std > SAME * (1 + abs(mean)))
    uneven = len(moving) > 1 and moving[-1] > 1 and moving[-1] > UNEVEN * median(moving[: max(1, len(moving) // 4)])
    if uneven and not (moving[-1] < LARGE and _background(data, moving[len(moving) // 4])):
        return f"have features whose standard deviations go from {shown(moving[0])} to {shown(moving[-1])}", 0.85
    far = [
        place
        for place, (mean, std) in enumerate(zip(means, stds, strict=True))
        if std > SAME * (1 + abs(mean)) and OFFSET * std < abs(mean) > 1
    ]
    if far and len(far) >= PART * len(stds):
        place = far[0]
        return (
            f"have {len(far)} of {len(stds)} features far from 0: feature {place} is {shown(means[place])} ± "
            f"{shown(stds[place])}",
            0.7,
        )
    return None


def _background(data: TensorVitals, narrow: float) -> bool:
    """Return whether the features up to this deviation hardly ever leave the lowest value of all."""
    low, stds, means = data.low, data.feature_stds or [], data.feature_means or []
    if low is None or len(stds) < MANY:
        return False
    return all(
        mean - low < RARE * std + SAME * (1 + abs(low)) for mean, std in zip(means, stds, strict=True) if std <= narrow
    )
