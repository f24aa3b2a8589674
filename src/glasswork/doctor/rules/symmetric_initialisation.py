"""Units that all begin alike and stay alike.

Looks at:     weight matrices whose rows, one a unit, were all equal at first, and the gradients of those rows.
Fires when:   such a layer's gradient is equal in all its rows too, in TIMES sampled steps.
Why it hurts: equal units get equal gradients and stay equal: however wide the layer, it computes one number.
Try first:    draw the weights at random: Xavier for tanh, He for ReLU.
Can be wrong: where a constant filter is meant; then its gradients differ or it does not learn, and the rule is
              silent.
Source:       TheDeepChecker's F-test, NeuraLint's constant-initialisation rule; Goodfellow et al. 2016, section 8.4.
              TIMES: equality is exact, a second look excludes a batch in which a layer happened to be silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import matrix, weighted
from glasswork.doctor.rules._history import looked_at
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["alike_layers", "symmetric_initialisation"]

TIMES = 2


def symmetric_initialisation(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first layer whose units began equal, not at 0, and stay equal."""
    found = list(alike_layers(vitals, zero=False))
    if found:
        name, step = found[0]
        others = f"; so are those of {len(found) - 1} more layers" if len(found) > 1 else ""
        yield Finding(
            "symmetric-initialisation",
            "critical",
            0.95,
            name,
            f"All units of {name} began with the same weights, and at step {step} they get the same gradient{others}.",
            "Draw the weights at random: torch.nn.init.kaiming_uniform_ for ReLU, xavier_uniform_ for tanh.",
            step,
        )


def alike_layers(vitals: Vitals, *, zero: bool) -> Iterator[tuple[str, int]]:
    """Yield each layer whose units began alike (at 0 or not) and got equal gradients, with the step that showed it."""
    for model in vitals.models.values():
        for layer in weighted(model):
            weight = matrix(model, layer.name)
            if weight is None or not weight.trainable or not weight.alike or (weight.zeros == 1.0) != zero:
                continue
            row, moved = 0, False
            for step in looked_at(vitals):
                seen = step.layers.get(layer.name)
                if seen is None or (seen.gradient_alike is None and seen.gradient != 0):
                    continue
                # A recurrent layer's rows are of several gates, which differ: there equal first weights must do.
                if seen.gradient_alike is False and layer.family != "recurrent":
                    break
                # No gradient at all may be that of a branch behind a last layer of 0: it must have had time to move.
                waits = zero and seen.gradient == 0 and row > 0 and not moved
                moved = moved or (step.update_norm or 0.0) > 0 or step.gradient_norm == 0
                row += not waits
                if row == TIMES:
                    yield layer.name, step.number
                    break
