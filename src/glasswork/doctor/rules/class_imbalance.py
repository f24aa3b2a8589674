"""Classes of which one is rare.

Looks at:     how often each class occurs in the sampled batches, and how often examples of the rarest are recognised.
Fires when:   the most frequent class occurs RATIO times as often as the rarest, after ROWS examples, and fewer than
              RECALL of the rarest one's recent examples were recognised once the training is PART through; or at once
              where the ratio is above GRAVE.
Why it hurts: always saying the frequent class is nearly right; the gradient of the rare class drowns.
Try first:    weight the loss by class, or draw the rare class more often; judge by recall of each class, not
              accuracy.
Can be wrong: when the rare class is learned later; hence recall is asked for and not only the ratio. Words, pixels
              and several labels at once are left out: there imbalance is the rule.
Source:       SageMaker Debugger's class-imbalance rule: ratio 10, error of a class 0.7.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import main_loss
from glasswork.doctor.rules._labels import classified, outputs_wide
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["class_imbalance"]

RATIO = 10.0
GRAVE = 35.0
ROWS = 200
RECALL = 0.5
PART = 0.3
FIRST = 80
MOST = 100  # classes, above which frequencies fall off by nature
SEEN = 20  # examples of the rare class over which its recall is taken


def class_imbalance(vitals: Vitals) -> Iterator[Finding]:
    """Yield that a class is rare and not recognised."""
    loss = main_loss(vitals)
    if loss is None or loss.settings.get("weight") or loss.settings.get("pos_weight"):
        return
    total: dict[int, int] = {}
    recent: dict[int, list[tuple[int, int]]] = {}
    for step, counts in classified(vitals):
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
        for value, pair in ((step.batch.recall if step.batch else None) or {}).items():
            recent.setdefault(value, []).append(pair)
        wait = max(FIRST, PART * (vitals.planned_steps or 0))
        if sum(total.values()) < ROWS or not 1 < len(total) <= MOST:
            continue
        if outputs_wide(vitals, step) is None:
            return
        rare, often = min(total, key=lambda value: total[value]), max(total, key=lambda value: total[value])
        ratio = total[often] / total[rare]
        if ratio < RATIO or (step.number < wait and (ratio < GRAVE or sum(total.values()) < 2 * ROWS)):
            continue
        hits, shown_ = _last(recent.get(rare, []))
        recall = hits / shown_ if shown_ else None
        if recall is not None and recall >= RECALL:
            continue
        if recall is None and ratio < GRAVE:
            continue
        said = f", and {hits} of its last {shown_} examples were recognised" if recall is not None else ""
        advice = "Weight the loss by class or draw the rare class more often, and judge by the recall of each class."
        yield Finding(
            "class-imbalance",
            "warning",
            0.85 if recall is not None and shown_ >= SEEN else 0.6,
            "data",
            f"Of {sum(total.values()):,} labels up to step {step.number}, {total[often]:,} are class {often} and "
            f"{total[rare]:,} are class {rare}, {ratio:.0f} to 1{said}.",
            advice,
            step.number,
            (Treatment(advice, {"loss.class_weight": "balanced"}),),
        )
        return


def _last(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    """Return hits and examples of the last batches that together hold enough."""
    hits = seen = 0
    for good, count in reversed(pairs):
        hits, seen = hits + good, seen + count
        if seen >= SEEN:
            break
    return hits, seen
