"""Would another learning rate do better?

Figures of the probe ``learning-rate``: ``current``: the script's rate; ``best``: that of the least loss; ``gain``:
the loss at the current rate over that at the best; ``diverged``: 1 where the current rate's loss broke or rose above
``first``, the loss before. ``x0.01``, ``x0.1``, ``x1``, ``x10``, ``x100``: the loss on the same batches after
``steps`` steps at that many times the script's rate, infinite where it broke; those that the time did not allow are
missing.
Source: Smith 2017, "Cyclical Learning Rates", section 3.3 (the range test), from the script's own weights instead of
one run.
"""

from __future__ import annotations

import math

from glasswork.doctor.experiments.subject import Clock, Subject, aside, judged, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["learning_rate"]

FACTORS = (1.0, 0.1, 10.0, 0.01, 100.0)  # the nearest first: time may be short
STEPS = 30


def learning_rate(subject: Subject, budget: float) -> Probe:
    """Train copies for a few steps at several rates, everything else as in the script."""
    clock = Clock(budget)
    figures: dict[str, float] = {"steps": float(STEPS)}
    with aside(subject):
        model, _ = twin(subject, fresh=True)
        figures["first"] = judged(subject, model, subject.batches)
        ends: dict[float, float] = {}
        _, optimizer = twin(subject, fresh=True)
        for factor in FACTORS:
            model, changed = twin(subject, fresh=True)
            for group in changed.param_groups:
                group["lr"] *= factor
            done = trained(subject, model, changed, subject.batches, steps=STEPS, clock=clock)
            if done < STEPS and clock.over:
                break
            loss = judged(subject, model, subject.batches) if done == STEPS else math.inf
            ends[factor] = loss if math.isfinite(loss) else math.inf
    if 1.0 in ends:
        current = max((float(group["lr"]) for group in optimizer.param_groups), default=0.0)
        best = min(ends, key=lambda factor: ends[factor])
        gain = ends[1.0] / max(ends[best], 1e-12) if math.isfinite(ends[best]) else 1.0
        figures |= {"current": current, "best": current * best, "gain": gain}
        figures["diverged"] = float(not ends[1.0] <= figures["first"])
    return Probe("learning-rate", clock.seconds, figures | {f"x{factor:g}": loss for factor, loss in ends.items()})
