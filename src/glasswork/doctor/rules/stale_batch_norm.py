"""Batch norm whose running statistics do not follow its batches.

Looks at:     each batch norm's running mean, its momentum, and how far the running mean lies from the batch's; copies
              of the model that are evaluated in its place.
Fires when:   after AFTER steps in training mode a running mean is still exactly 0 although the batch's is not; or, when
              the model is first evaluated or the training ends, GAP batch deviations still lie between the two (or, at
              a momentum below USUAL, the running deviation is TIMES too wide or narrow) and the momentum explains it,
              and will by the last step that is known of; or a copy of the model is evaluated whose batch norms have
              learned scales and a new layer's statistics (mean 0, variance 1), as an average of parameters alone has.
Why it hurts: evaluation uses the running statistics. With stale ones the network that is evaluated is not the network
              that was trained, and its results are worse, often by far.
Try first:    leave ``momentum`` at 0.1, and call ``model.train()`` while training. Copy ``buffers()``
              along with ``parameters()``, or the whole ``state_dict()``.
Can be wrong: right after large steps, when statistics lag behind for a while; hence the momentum must explain the
              gap.
Source:       Ioffe & Szegedy 2015; TheDeepChecker's missing-inference-batch-norm. AFTER: with momentum 0.1 one step
              already moves the mean. GAP: one standard deviation moves a third of a ReLU's inputs to its other side.
              LEFT: what remains of the first statistics, (1 - momentum)^steps; above a fifth they still count.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import is_batch_norm, ordered, parameters
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import LayerFacts, ModelFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["stale_batch_norm"]

AFTER = 3
GAP = 1.0
TIMES = 2.0
USUAL = 0.05  # a momentum from which on a few steps are enough, but for large gaps
LEFT = 0.2
SEEN = 0.01  # a batch mean closer than this to 0, in batch deviations, says nothing about the running one


def stale_batch_norm(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first batch norm that does not follow, and since which step that is known."""
    steps = looked_at(vitals)
    for model in vitals.models.values():
        if model.unfed:
            yield _unfed(model)
            return
        for layer in ordered(model):
            if is_batch_norm(layer):
                found = _never(layer, steps) or _lagging(model, layer, steps, vitals)
                if found:
                    yield found
                    return


def _unfed(model: ModelFacts) -> Finding:
    """Return the finding for a copy that got the model's parameters and not its statistics."""
    first, count = model.unfed[0], len(model.unfed)
    more = f" and {count - 1} more batch norms have" if count > 1 else " has"
    return Finding(
        "stale-batch-norm",
        "critical",
        0.9,
        first,
        f"After step {model.unfed_step} a copy of {model.name} was evaluated in which {first}{more} the scales of a "
        "trained layer and the statistics of a new one (mean 0, variance 1): they were not copied along.",
        "Copy buffers() as well as parameters(), or load the whole state_dict().",
        model.unfed_step,
    )


def _never(layer: LayerFacts, steps: list[StepVitals]) -> Finding | None:
    """Return the finding if the running mean never left 0 while the layer trained."""
    trained = 0
    for step in steps:
        seen = step.layers.get(layer.name)
        if seen is None or seen.training is not True or seen.running_zero is None:
            continue
        if not seen.running_zero:
            return None
        trained += 1
        off = seen.running_gap is None or seen.running_gap > SEEN
        if trained >= 2 and step.number >= AFTER and off:
            gap = f", {shown(seen.running_gap)} batch deviations from the batch's" if seen.running_gap else ""
            return _finding(
                layer,
                step.number,
                0.93,
                f"{layer.name} is in training mode, and at step {step.number} its running mean is still exactly "
                f"0{gap}; "
                f"its momentum is {layer.settings.get('momentum')}.",
            )
    return None


def _lagging(model: ModelFacts, layer: LayerFacts, steps: list[StepVitals], vitals: Vitals) -> Finding | None:
    """Return the finding if statistics that began empty had not caught up when they were first needed."""
    momentum = layer.settings.get("momentum")
    needed = vitals.evaluations[0].step if vitals.evaluations else None
    if needed is None and vitals.finished and vitals.steps:
        needed = vitals.steps[-1].number
    if not momentum or needed is None or not steps:
        return None
    first = steps[0].layers.get(layer.name)
    near = [s for s in steps if s.number <= needed and layer.name in s.layers]
    if first is None or not (first.running_zero or _new(model, layer)) or not near:
        return None
    gap, left = near[-1].layers[layer.name].running_gap, (1 - momentum) ** needed
    times = (near[-1].layers[layer.name].running_spread or 1.0) if momentum < USUAL else 1.0
    last = max(vitals.planned_steps or 0, vitals.steps[-1].number)
    if gap is None or (gap < GAP and times < TIMES) or (1 - momentum) ** last < LEFT:
        return None
    return _finding(
        layer,
        needed,
        0.75,
        f"When {layer.name} was first needed for evaluation, after {needed} steps, {left:.0%} of its running "
        "statistics "
        f"were still the initial ones (momentum {momentum}), {shown(gap)} batch deviations from the batch's"
        f"{f', whose deviation is {shown(times)} times off' if times >= TIMES else ''}.",
    )


def _new(model: ModelFacts, layer: LayerFacts) -> bool:
    """Return whether the layer's scales are those of a new one: its first statistics then were that, too."""
    scales = [p for p in parameters(model, layer.name) if p.name.endswith("weight")]
    return bool(scales) and all(p.mean == 1 and not p.std for p in scales)


def _finding(layer: LayerFacts, step: int, confidence: float, evidence: str) -> Finding:
    return Finding(
        "stale-batch-norm",
        "critical",
        confidence,
        layer.name,
        evidence,
        "Give batch norm its usual momentum of 0.1, and let it see batches in training mode before it is evaluated.",
        step,
    )
