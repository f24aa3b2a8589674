"""Data that come in the order of their labels.

Looks at:     how many classes share a batch, against how many occur; for regressions, whether the mean target of the
              batches climbs or falls through a pass; and whether the loader shuffles.
Fires when:   batches are purer than chance by PURE of what is possible, over BATCHES batches; or the loader keeps its
              order and BATCHES batches of ROWS rows hold one class each; or batch means of the targets lie more than
              SPREAD of their standard error apart and follow the order of the batches.
Why it hurts: each stretch of one class pulls the network over to that class; batch norm's statistics go with it.
Try first:    ``shuffle=True`` in the training loader.
Can be wrong: where order is meant (a stream, a curriculum). Games that show real and made examples in turns are left
              out.
Source:       Bengio 2012, "Practical recommendations", section 3.2. PURE: a random batch of n rows exceeds the purity
              of the whole by 1/n of what is possible; a half is far from that for any n above 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from glasswork.doctor.rules._history import AMOUNTS, looked_at, main_loss, shown
from glasswork.doctor.rules._labels import classified, outputs_wide
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["rank_correlation", "unshuffled_data"]

PURE = 0.5
BATCHES = 4
ROWS = 8
SPREAD = 4.0
ORDERED = 0.9
RUN = 12  # batches of a pass that show a trend of the targets
ADVICE = "Let the training loader shuffle: DataLoader(..., shuffle=True)."


def unshuffled_data(vitals: Vitals) -> Iterator[Finding]:
    """Yield that batches hold what stood together, at the step where that cannot be chance."""
    found = _classes(vitals) or _amounts(vitals)
    if found:
        yield found


def _classes(vitals: Vitals) -> Finding | None:
    total: dict[int, int] = {}
    purities: list[float] = []
    chance: list[float] = []
    for step, counts in classified(vitals):
        rows = sum(counts.values())
        if rows < ROWS:
            continue
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
        purities.append(sum(count * count for count in counts.values()) / rows**2)
        chance.append(1 / rows)
        if len(purities) < BATCHES:
            continue
        whole = sum(total.values())
        pooled = sum(count * count for count in total.values()) / whole**2
        purity, extra = sum(purities) / len(purities), sum(chance) / len(chance)
        wide = outputs_wide(vitals, step)
        if len(total) == 1:
            if vitals.loader.get("shuffle") is False and (wide or 0) > 1 and not step.epoch:
                rows_left = (vitals.loader.get("rows") or 0) > whole
                if rows_left:
                    said = f"the first {len(purities)} batches that were looked at hold class {next(iter(total))} only"
                    return _finding(0.75, f"The loader keeps the order of the data, and {said}.", step.number)
            continue
        if purity > pooled + (extra + PURE) * (1 - pooled):
            evidence = (
                f"Two labels of one batch agree in {purity:.0%} of cases, two of different batches in {pooled:.0%}, "
                "over "
                f"{len(purities)} batches up to step {step.number}."
            )
            return _finding(0.93, evidence, step.number)
    return None


def _amounts(vitals: Vitals) -> Finding | None:
    """Return the finding if a table's targets climb or fall through a pass."""
    loss = main_loss(vitals)
    if loss is None or loss.kind not in AMOUNTS or vitals.loader.get("shuffle") is not False:
        return None
    means: list[float] = []
    errors: list[float] = []
    epoch: int | None = None
    for step in looked_at(vitals):
        batch = step.batch
        targets = batch.targets if batch else None
        table = batch is not None and all(len(tensor.shape) == 2 for tensor in batch.inputs.values())
        if targets is None or targets.mean is None or targets.std is None or not table or targets.shape[0] < ROWS:
            continue
        if step.epoch != epoch:
            means, errors, epoch = [], [], step.epoch
        means.append(targets.mean)
        errors.append(targets.std / sqrt(targets.shape[0]))
        if len(means) < RUN:
            continue
        usual = sum(errors) / len(errors)
        if max(means) - min(means) > SPREAD * usual and abs(rank_correlation(means)) > ORDERED:
            evidence = (
                "The loader keeps the order of the data, and the mean target of its batches goes from "
                f"{shown(means[0])} to "
                f"{shown(means[-1])} in {len(means)} batches that were looked at."
            )
            return _finding(0.85, evidence, step.number)
    return None


def _finding(confidence: float, evidence: str, step: int) -> Finding:
    return Finding("unshuffled-data", "critical", confidence, "data", evidence, ADVICE, step)


def rank_correlation(values: list[float]) -> float:
    """Return how well values follow their order, from -1 to 1 (Spearman's).

    >>> rank_correlation([1.0, 2.0, 5.0]), rank_correlation([3.0, 2.0, 1.0])
    (1.0, -1.0)
    """
    count = len(values)
    ranks = {place: rank for rank, place in enumerate(sorted(range(count), key=lambda place: values[place]))}
    gaps = sum((place - rank) ** 2 for place, rank in ranks.items())
    return 1 - 6 * gaps / (count * (count**2 - 1))
