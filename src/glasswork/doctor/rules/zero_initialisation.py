"""Weights that all begin at 0 and keep their units alike.

Looks at:     weight matrices that were exactly 0 at first, and whether their gradient is the same for every unit.
Fires when:   such a layer's gradient is equal in all its rows, in two sampled steps.
Why it hurts: units with equal weights and equal gradients stay equal for ever: the layer is one unit, or, where two
              layers are 0, nothing at all learns.
Try first:    leave torch's own initialisation, or draw by Xavier (tanh) or He (ReLU).
Can be wrong: hardly. Starting the *last* layer of a network or of a residual branch at 0 is good practice: there the
              gradients of the units differ from the first step on, and the rule is silent.
Source:       SageMaker Debugger's AllZero; Goodfellow et al. 2016, section 8.4; Zhang et al. 2019, "Fixup" (the
              exception).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules.symmetric_initialisation import alike_layers
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["zero_initialisation"]


def zero_initialisation(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first layer whose weights are all 0 and whose units stay alike."""
    found = list(alike_layers(vitals, zero=True))
    if found:
        name, step = found[0]
        others = f"; so are those of {len(found) - 1} more layers" if len(found) > 1 else ""
        yield Finding(
            "zero-initialisation",
            "critical",
            0.95,
            name,
            f"All weights of {name} were 0 at first, and at step {step} the gradient is the same for each of its "
            f"units{others}.",
            "Draw the weights at random: torch.nn.init.kaiming_uniform_ for ReLU, xavier_uniform_ for tanh.",
            step,
        )
