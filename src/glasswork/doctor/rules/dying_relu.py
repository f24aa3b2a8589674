"""ReLU units that have fallen silent.

Looks at:     which units of each ReLU gave 0 for every example of several sampled batches.
Fires when:   more than HALF of a layer's units were silent in all of the last BATCHES sampled batches (ROWS examples
              at least), and RISEN of them had died since the start or, MOST of them being silent, the loss has
              stalled; or more than NEARLY_ALL. A note where the loss comes down all the same, and where no more than
              FEW_LEFT are silent while the loss is below HARMED of that of guessing: the others do the work.
Why it hurts: a silent unit has no gradient and stays silent: the layer is narrower than it looks, at the end nothing
              passes through it at all.
Try first:    a lower learning rate and scaled inputs; then LeakyReLU or GELU, and biases that start at 0.
Can be wrong: wide layers on sparse data have units for rare inputs, which a few batches do not show. Of fewer than
              SEVERAL units nothing is said.
Source:       SageMaker Debugger's dead-relu (half of a layer), TheDeepChecker; Lu et al. 2020, "Dying ReLU and
              initialization". HALF: published; at random initialisation a unit is silent for n independent rows with
              probability 2^-n.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import kind, ordered
from glasswork.doctor.rules._data import rows_of
from glasswork.doctor.rules._history import came_down, looked_at, remaining
from glasswork.doctor.vitals import LayerFacts, StepVitals, Vitals
from glasswork.records import Finding, Severity, Treatment

__all__ = ["dying_relu"]

HALF = 0.5
NEARLY_ALL = 0.9
BATCHES = 3
ROWS = 48
RISEN = 0.2
MOST = 0.6
STALLED = 0.9
FEW_LEFT = 0.75
HARMED = 0.75
LATER = 30  # steps
WAIT = 15  # losses: in the first steps nothing has come down yet
SEVERAL = 3  # units: of fewer, what is said is how narrow the network is
CLIPPED = ("relu", "relu6", "threshold")


def dying_relu(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first ReLU, in the order of the forward pass, that is mostly silent."""
    steps = [step for step in looked_at(vitals) if step.layers]
    for model in vitals.models.values():
        for layer in ordered(model):
            if layer.family == "activation" and kind(layer) in CLIPPED:
                found = _silent(vitals, layer, steps)
                if found:
                    yield found
                    return


def _silent(vitals: Vitals, layer: LayerFacts, steps: list[StepVitals]) -> Finding | None:
    window: list[tuple[int, int]] = []  # masks and rows of the last sampled batches
    first: float | None = None
    harmless: Finding | None = None
    for step in steps:
        seen = step.layers.get(layer.name)
        if seen is None or seen.silent is None or not seen.units or seen.units < SEVERAL:
            continue
        window = [*window[-15:], (seen.silent, _rows(step))]
        used = _enough(window)
        if used is None:
            continue
        mask = -1
        for silent, _ in used:
            mask &= silent
        share = mask.bit_count() / seen.units if mask >= 0 else 0.0
        first = share if first is None else first
        risen = share > HALF and share > first + RISEN
        left = remaining(vitals, step.number, first=WAIT)
        stalled = share > MOST and (left or 0) > STALLED
        if share > NEARLY_ALL or risen or stalled:
            harmed = share > FEW_LEFT or left is None or left > HARMED
            if not harmed and harmless is not None:
                continue
            severity: Severity = "critical" if share > NEARLY_ALL else "warning"
            found = Finding(
                "dying-relu",
                severity if harmed and not _well(vitals, step, share) else "note",
                0.9 if share > NEARLY_ALL else 0.8,
                layer.name,
                f"At step {step.number} {mask.bit_count()} of {seen.units} units of {layer.name} had been silent "
                "for every "
                f"example of the last {len(used)} sampled batches; {first:.0%} were when first looked at.",
                "Lower the learning rate and scale the inputs; else use LeakyReLU or GELU.",
                steps[0].number if first > NEARLY_ALL else step.number,  # dead from the start: no step has done it
                (Treatment("Use LeakyReLU.", {"model.activation": "leaky_relu"}),),
            )
            if harmed:
                return found
            harmless = found
    return harmless


def _well(vitals: Vitals, step: StepVitals, share: float) -> bool:
    """Return whether the loss came down after that step."""
    left = remaining(vitals, vitals.steps[-1].number, first=WAIT)
    learned = share <= FEW_LEFT and left is not None and left < HARMED and len(vitals.steps) > step.number + LATER
    return learned or came_down(vitals, step.number)


def _enough(window: list[tuple[int, int]]) -> list[tuple[int, int]] | None:
    """Return the last batches that together hold enough examples to call a unit silent."""
    rows = 0
    for count in range(1, len(window) + 1):
        rows += window[-count][1]
        if count >= BATCHES and rows >= ROWS:
            return window[-count:]
    return None


def _rows(step: StepVitals) -> int:
    rows = rows_of(step)
    return ROWS // BATCHES if rows is None else rows
