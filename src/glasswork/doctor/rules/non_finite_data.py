"""NaN or infinity in the data.

Looks at:     how many numbers of inputs and targets are not finite, and whether the loss is finite all the same.
Fires when:   a batch has such numbers and the loss, the outputs or the gradient of its step are not finite.
Why it hurts: one NaN in a batch makes the loss NaN, one such loss every weight.
Try first:    find the rows (``~torch.isfinite(x)``), then drop or impute them before training.
Can be wrong: masks that hold -infinity and models that fill gaps themselves are meant; there the loss is finite, and
              it is a note.
Source:       IEEE 754; UMLAUT (Schoop et al. 2021). No threshold: one is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from glasswork.doctor.rules._history import looked_at
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["non_finite_data"]


def non_finite_data(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first batch with a number that is not finite; as a note if the training does not mind."""
    noted: Finding | None = None
    for step in looked_at(vitals):
        said = _bad(step)
        if said is None:
            continue
        harm = _harm(step)
        found = Finding(
            "non-finite-data",
            "critical" if harm else "note",
            0.97 if harm else 0.4,
            "data",
            f"At step {step.number} {said} not finite" + (", and so is the loss." if harm else "; the loss is finite."),
            "Drop or impute the rows with NaN or infinity before training; torch.isfinite finds them.",
            step.number,
        )
        if harm:
            yield found
            return
        noted = noted or found
    if noted:
        yield noted


def _bad(step: StepVitals) -> str | None:
    if step.batch is None:
        return None
    named = [(f"input {name}", tensor) for name, tensor in step.batch.inputs.items() if "mask" not in name.lower()]
    if step.batch.targets is not None:
        named.append(("the targets", step.batch.targets))
    for name, tensor in named:
        if tensor.bad and not (tensor.std == 0 and tensor.high == 0):  # 0 and -inf: a mask to be added
            return f"{tensor.bad} numbers of {name} are"
    return None


def _harm(step: StepVitals) -> bool:
    outputs = step.batch.outputs if step.batch else None
    numbers = [value for value in (step.loss, step.gradient_norm) if value is not None]
    return any(not isfinite(value) for value in numbers) or bool(outputs and outputs.bad)
