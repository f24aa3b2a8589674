"""Would a layer do better if it began afresh?

Figures of the probe ``fresh-layer``: ``as_it_is``: the loss after ``steps`` steps from the weights as they stand;
``fresh:NAME``: the same with that layer's weights drawn anew by its own ``reset_parameters``. No figures without
suspects.
Source: Nikishin et al. 2022, "The Primacy Bias in Deep Reinforcement Learning", section 4 (layers are reset, the rest
stays).
"""

from __future__ import annotations

from glasswork.doctor.experiments.subject import Clock, Subject, aside, judged, trained, twin
from glasswork.doctor.vitals import Probe

__all__ = ["fresh_layer"]

STEPS = 40


def fresh_layer(subject: Subject, budget: float) -> Probe:
    """Train copies on, one as it is and one for each suspect with that layer drawn anew."""
    clock = Clock(budget)
    figures: dict[str, float] = {}
    modules = dict(subject.model.named_modules())
    suspects = [name for name in subject.suspects if hasattr(modules.get(name), "reset_parameters")]
    if not suspects:
        return Probe("fresh-layer", clock.seconds)
    with aside(subject):
        for name in ("", *suspects):
            model, optimizer = twin(subject)
            if name:
                layer = model.get_submodule(name)
                layer.reset_parameters()  # type: ignore[operator]
                for weight in layer.parameters():
                    optimizer.state.pop(weight, None)
            done = trained(subject, model, optimizer, subject.batches, steps=STEPS, clock=clock)
            if done < STEPS and clock.over:
                break
            figures[f"fresh:{name}" if name else "as_it_is"] = judged(subject, model, subject.batches)
    return Probe("fresh-layer", clock.seconds, figures | {"steps": float(STEPS)})
