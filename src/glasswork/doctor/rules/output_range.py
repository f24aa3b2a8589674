"""An output that cannot reach its targets.

Looks at:     the last layer's activation, the outputs that the loss was called with, and the range of the targets.
Fires when:   the targets of TIMES sampled batches go beyond what a sigmoid, tanh, softmax or ReLU at the end can say,
              by more than BEYOND of the targets' standard deviation.
Why it hurts: those targets can never be met; the last activation saturates in the attempt and its gradient fades.
Try first:    end in a linear layer, or scale the targets into the range.
Can be wrong: when outputs are rescaled after the last layer; then what the loss is called with shows it, and the rule
              is silent. A sigmoid at the end of an autoencoder with targets in [0, 1] is right, so is a ReLU for
              counts.
Source:       DeepDiagnosis (Wardat et al. 2022), whose threshold is 10 x; BEYOND: half a deviation beyond the range
              puts at least a few per cent of normal targets out of reach, while noise on targets in [0, 1] stays
              below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from glasswork.doctor.rules._anatomy import kind, last_layers
from glasswork.doctor.rules._history import looked_at, main_loss, shown
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["output_range"]

TIMES = 2
BEYOND = 0.5
SLACK = 1e-3  # of outputs, for rounding
REACH = {
    "sigmoid": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, inf),
    "logsigmoid": (-inf, 0.0),
    "logsoftmax": (-inf, 0.0),
}
AMOUNTS = ("mse", "l1", "smooth_l1", "huber")


def output_range(vitals: Vitals) -> Iterator[Finding]:
    """Yield the last layer, if targets lie where it cannot go."""
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS:
        return
    for _, layer in last_layers(vitals):
        low, high = REACH.get(kind(layer), (-inf, inf))
        row = 0
        for step in looked_at(vitals):
            outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
            if outputs is None or targets is None or None in (outputs.low, outputs.high, targets.low, targets.high):
                continue
            inside = low - SLACK <= (outputs.low or 0) and (outputs.high or 0) <= high + SLACK
            slack = BEYOND * (targets.std or 0)
            beyond = (targets.low or 0) < low - slack or (targets.high or 0) > high + slack
            row = row + 1 if inside and beyond and slack > 0 else 0
            if row == TIMES:
                advice = (
                    f"Let the model end in a linear layer instead of {layer.kind}, or scale the targets into its range."
                )
                yield Finding(
                    "output-range",
                    "critical",
                    0.93,
                    layer.name,
                    f"{layer.name} ({layer.kind}) can only say {shown(low)} to {shown(high)}, and the targets at step "
                    f"{step.number} go from {shown(targets.low or 0)} to {shown(targets.high or 0)}.",
                    advice,
                    step.number,
                )
                return
