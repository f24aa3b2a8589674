"""An output that cannot reach its targets.

Looks at:     the last layer's activation, the outputs that the loss was called with, and the range of the targets.
Fires when:   the targets of TIMES sampled batches go beyond what a sigmoid, tanh, softmax or ReLU at the end can say,
              by more than BEYOND of the targets' standard deviation. Where the outputs are such a layer's, times one
              number and plus another (``sigmoid(x) * 5``), in FITTING sampled steps, its range is so, too. Or what the
              loss is given is never below 0 and often exactly 0 (CUT), and more than BELOW of the targets are below 0.
Why it hurts: those targets can never be met; the last activation saturates in the attempt and its gradient fades.
Try first:    end in a linear layer, or scale the targets into the range.
Can be wrong: when outputs are rescaled after the last layer in a way that differs by row or by batch; then the rule is
              silent. A sigmoid at the end of an autoencoder with targets in [0, 1] is right, so is a ReLU for
              counts.
Source:       DeepDiagnosis (Wardat et al. 2022), whose threshold is 10 x; BEYOND: half a deviation beyond the range
              puts at least a few per cent of normal targets out of reach, while noise on targets in [0, 1] stays
              below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite

from glasswork.doctor.rules._anatomy import kind, last_layers
from glasswork.doctor.rules._history import AMOUNTS, looked_at, main_loss, shown
from glasswork.doctor.vitals import LayerFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["output_range"]

TIMES = 2
BEYOND = 0.5
SLACK = 1e-3  # of outputs, for rounding
FITTING = 4  # sampled steps whose least and greatest values all lie on one line
EXACT = 1e-5  # rounding of float32
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
CUT = 0.02  # of what the loss is given is exactly 0
BELOW = 0.1  # of the targets


def output_range(vitals: Vitals) -> Iterator[Finding]:
    """Yield the last layer, if targets lie where it cannot go."""
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS:
        return
    several = len(vitals.losses) > 1 and len(vitals.models) > 1
    for layer, low, high, since in _limited(vitals):
        row = 0
        for step in looked_at(vitals):
            outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
            if outputs is None or targets is None or None in (outputs.low, outputs.high, targets.low, targets.high):
                continue
            if several and ("int" in targets.dtype or layer.name not in step.layers):
                continue  # another training's or model's
            near = SLACK * (high - low if isfinite(high - low) and since else 1.0)
            inside = low - near <= (outputs.low or 0) and (outputs.high or 0) <= high + near
            slack = BEYOND * (targets.std or 0)
            beyond = (targets.low or 0) < low - slack or (targets.high or 0) > high + slack
            row = row + 1 if inside and beyond and slack > 0 else 0
            if row >= TIMES and step.number >= since:
                advice = (
                    f"Let the model end in a linear layer instead of {layer.kind}, or scale the targets into its range."
                )
                if since:
                    advice = "Make the range as wide as the targets', with a little to spare, or leave it out."
                said = f"{layer.name} ({layer.kind}){', scaled as it is,' if since else ''}"
                yield Finding(
                    "output-range",
                    "critical",
                    0.93,
                    layer.name,
                    f"{said} can only say {shown(low)} to {shown(high)}, and the targets at step "
                    f"{step.number} go from {shown(targets.low or 0)} to {shown(targets.high or 0)}.",
                    advice,
                    step.number,
                )
                return
    if not several:
        yield from _cut_at_zero(vitals)


def _cut_at_zero(vitals: Vitals) -> Iterator[Finding]:
    """Yield that what the loss is given is cut at 0 outside of the model's layers, where targets go below."""
    pairs = [
        (step.number, step.batch.outputs, step.batch.targets)
        for step in looked_at(vitals)
        if step.batch is not None and step.batch.outputs is not None and step.batch.targets is not None
    ]
    if len(pairs) < FITTING or any((said.low is None or said.low < 0) for _, said, _ in pairs):
        return
    late = pairs[len(pairs) // 2 :]
    cut = [said for _, said, _ in late if said.low == 0 and (said.zeros or 0.0) >= CUT and (said.high or 0.0) > 0]
    below = [there for _, _, there in late if (there.negative or 0.0) > BELOW and "float" in there.dtype]
    if len(cut) < len(late) / 2 or len(below) < len(late):
        return
    ends = [layer.name for _, layer in last_layers(vitals)]
    share = sum(there.negative or 0.0 for there in below) / len(below)
    yield Finding(
        "output-range",
        "critical",
        0.85,
        ends[0] if ends else "model",
        f"What the loss is given was below 0 in none of {len(pairs)} sampled steps, and exactly 0 for many rows, as "
        f"behind a ReLU; {share:.0%} of the targets are below 0.",
        "Leave out the ReLU (or clamp) between the model and the loss, or scale the targets into its range.",
        late[0][0],
    )


def _limited(vitals: Vitals) -> Iterator[tuple[LayerFacts, float, float, int]]:
    """Yield layers that limit the outputs, with the range they allow and the step from which that is known."""
    direct = set()
    for _, layer in last_layers(vitals):
        if kind(layer) in REACH:
            direct.add(layer.name)
            yield layer, *REACH[kind(layer)], 0
    if len(vitals.models) != 1:
        return
    for layer in next(iter(vitals.models.values())).layers.values():
        if kind(layer) in REACH and layer.name not in direct:
            found = _scaled(looked_at(vitals), layer)
            if found is not None:
                yield layer, *found


def _scaled(steps: list[StepVitals], layer: LayerFacts) -> tuple[float, float, int] | None:
    """Return the range of outputs that are a layer's times one number, plus another, and when that was certain."""
    ends: list[tuple[float, float]] = []  # what the layer said, what the loss got
    number = 0
    for step in steps:
        seen, outputs = step.layers.get(layer.name), step.batch.outputs if step.batch else None
        if seen is None or outputs is None or None in (seen.low, seen.high, outputs.low, outputs.high):
            continue
        ends += [(seen.low or 0.0, outputs.low or 0.0), (seen.high or 0.0, outputs.high or 0.0)]
        number = step.number
        if len(ends) == 2 * FITTING:
            break
    if len(ends) < 2 * FITTING:
        return None
    (x0, y0), (x1, y1) = min(ends), max(ends)
    if x1 <= x0 or y1 <= y0:
        return None
    slope = (y1 - y0) / (x1 - x0)
    start = y0 - slope * x0
    if any(abs(start + slope * x - y) > EXACT * max(abs(y0), abs(y1)) for x, y in ends):
        return None
    low, high = (start + slope * end for end in REACH[kind(layer)])
    return 0.0 if abs(low) < EXACT * abs(high) else low, 0.0 if abs(high) < EXACT * abs(low) else high, number
