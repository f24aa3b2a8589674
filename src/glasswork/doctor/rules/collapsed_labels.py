"""Labels of which one value is left.

Looks at:     the classes in the sampled batches, or, in a regression, the spread of the targets.
Fires when:   BATCHES sampled batches and ROWS examples hold one class only, although the model has outputs for more;
              or all targets of a regression are one number.
Why it hurts: the network learns to say that one thing, the loss falls to 0, and nothing is learned.
Try first:    look where the labels are made: a cast of fractions to integers, a comparison that is never true, an
              ``argmax`` along the wrong axis.
Can be wrong: where data come sorted by class, so that the first batches have one; so with a loader that does not
              shuffle a whole pass is waited for. Contrastive losses whose right answer always has one place are left
              out.
Source:       Defects4ML, AUTOTRAINER's data faults. BATCHES, ROWS: among 60 shuffled rows a second class with a share
              of 10 % is missing in 0.2 % of cases.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import looked_at, main_loss, shown
from glasswork.doctor.rules._labels import classified, outputs_wide
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["collapsed_labels"]

BATCHES = 3
ROWS = 60
AMOUNTS = ("mse", "l1", "smooth_l1", "huber")


def collapsed_labels(vitals: Vitals) -> Iterator[Finding]:
    """Yield that all labels seen are the same, at the step where that cannot be chance."""
    found = _classes(vitals) or _amounts(vitals)
    if found:
        yield found


def _classes(vitals: Vitals) -> Finding | None:
    seen: set[int] = set()
    rows = batches = 0
    for step, counts in classified(vitals):
        seen |= counts.keys()
        if len(seen) > 1:
            return None
        rows, batches = rows + sum(counts.values()), batches + 1
        if batches < BATCHES or rows < ROWS or not outputs_wide(vitals, step):
            continue
        if not _shuffled(vitals) and not (step.epoch or 0) >= 1:
            continue
        return Finding(
            "collapsed-labels",
            "critical",
            0.93,
            "data",
            f"All {rows} labels that were looked at up to step {step.number} are {next(iter(seen))}, and the model has "
            f"outputs for {outputs_wide(vitals, step)} classes.",
            "Look where the labels are made: a cast to integers, a comparison, an argmax along the wrong axis.",
            step.number,
        )
    return None


def _amounts(vitals: Vitals) -> Finding | None:
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS or len(vitals.optimizers) > 1 or len(vitals.losses) > 1:
        return None
    values: set[float] = set()
    rows = batches = 0
    for step in looked_at(vitals):
        targets = step.batch.targets if step.batch else None
        if targets is None or targets.std is None or targets.mean is None or not targets.shape:
            continue
        values.add(targets.mean)
        if targets.std > 0 or len(values) > 1:
            return None
        rows, batches = rows + targets.shape[0], batches + 1
        if batches >= BATCHES and rows >= ROWS:
            return Finding(
                "collapsed-labels",
                "critical",
                0.9,
                "data",
                f"All targets that were looked at up to step {step.number} are {shown(targets.mean)}.",
                "Look where the targets are made: a cast to integers turns fractions into 0.",
                step.number,
            )
    return None


def _shuffled(vitals: Vitals) -> bool:
    """Return whether the order of the data is known to be mixed, or not known to be kept."""
    return vitals.loader.get("shuffle") is not False
