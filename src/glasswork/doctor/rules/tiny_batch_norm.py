"""Batch norm over a handful of examples.

Looks at:     how many examples a batch has, and whether batch norms are in training mode.
Fires when:   in TIMES sampled steps in a row a batch norm in training mode saw fewer than ROWS examples.
Why it hurts: mean and deviation of a few examples are mostly noise: each example's output depends on its neighbours,
              and the running statistics used in evaluation are of another kind than those used in training.
Try first:    group norm or layer norm, which look at one example at a time; or a larger batch. Accumulating gradients
              does not help, as each small batch is still normed by itself.
Can be wrong: for images each example brings many places, which steadies the statistics; four large images can do. So
              from SOME examples on it is a note where the loss comes down well and validation (if any) follows it.
Source:       Wu & He 2018, "Group Normalization", figure 1: the error grows below 16 images, steeply below 8;
              torch-audit.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import is_batch_norm, ordered
from glasswork.doctor.rules._data import rows_of
from glasswork.doctor.rules._history import came_down, course, looked_at, parts
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["tiny_batch_norm"]

ROWS = 8
SOME = 4
FOLLOWS = 2.0  # times the training loss
TIMES = 2
PER_ROW = 0.15  # confidence gained by each example that is missing


def tiny_batch_norm(vitals: Vitals) -> Iterator[Finding]:
    """Yield the first batch norm that is fed a few examples at a time."""
    for model in vitals.models.values():
        norms = [layer for layer in ordered(model) if is_batch_norm(layer)]
        row = 0
        for step in looked_at(vitals):
            rows = rows_of(step)
            norm = next((x for x in norms if x.name in step.layers and step.layers[x.name].training), None)
            if rows is None or norm is None:
                continue
            row = row + 1 if rows < ROWS else 0
            if row == TIMES:
                advice = "Use group norm or layer norm, or batches of 16 and more."
                yield Finding(
                    "tiny-batch-norm",
                    "note" if rows >= SOME and _well(vitals, step.number) else "warning",
                    min(0.95, 0.5 + PER_ROW * (ROWS - rows) / 2),
                    norm.name,
                    f"{norm.name} ({norm.kind}) takes its statistics from {rows} examples a batch.",
                    advice,
                    step.number,
                    (
                        Treatment(advice, {"training.batch_size": 32}),
                        Treatment("Use layer norm.", {"model.norm": "layer"}),
                    ),
                )
                return


def _well(vitals: Vitals, number: int) -> bool:
    """Return whether the training has come down since, and validation with it."""
    seen = course(vitals)
    if not came_down(vitals, number + TIMES):
        return False
    judged = [e.loss for e in vitals.evaluations if e.loss is not None and not e.training_mode]
    return not judged or judged[-1] <= max(FOLLOWS * seen.recent(len(seen)) * parts(vitals), 0.2 * seen.start)
