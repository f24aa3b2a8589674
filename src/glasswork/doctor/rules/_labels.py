"""The labels of the sampled batches, where they are classes of single examples."""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import looked_at, main_loss, right_answers
from glasswork.doctor.vitals import StepVitals, Vitals

__all__ = ["beyond_guessing", "classified", "outputs_wide"]

KINDS = ("cross_entropy", "nll", "hinge", "binary_cross_entropy", "binary_cross_entropy_with_logits")
MOST = 1000


def classified(vitals: Vitals) -> Iterator[tuple[StepVitals, dict[int, int]]]:
    """Yield each sampled step with the classes of its batch and their counts.

    Only where one optimizer learns to classify whole examples: one label each, or 0 and 1 under a loss of two classes.
    Games of networks, words and pixels (more labels than the inputs have rows) have class counts of another meaning.
    """
    loss = main_loss(vitals)
    if loss is None or loss.kind not in KINDS or len(vitals.optimizers) > 1:
        return
    for step in looked_at(vitals):
        targets = step.batch.targets if step.batch else None
        if step.batch is None or targets is None or not targets.counts or len(targets.shape) > 2 or targets.bad:
            continue
        if len(targets.shape) == 2 and targets.shape[1] != 1:
            continue
        rows = [x.shape[0] for x in (*step.batch.inputs.values(), *step.batch.tokens.values()) if x.shape]
        if rows and targets.shape[0] not in rows:
            continue
        ignored = loss.settings.get("ignore_index", -100)
        counts = {value: count for value, count in targets.counts.items() if value != ignored}
        if counts and min(counts) >= -1 and max(counts) <= MOST:
            yield step, counts


def beyond_guessing(vitals: Vitals) -> float | None:
    """Return how far right answers go beyond saying the commonest class, as a part of what there is to gain.

    1 says that all are right in the end, 0 that none are but by guessing; None where targets are no classes.
    """
    counts: dict[int, int] = {}
    for step in looked_at(vitals):
        targets = step.batch.targets if step.batch and step.batch.correct is not None else None
        for value, count in ((targets.counts if targets else None) or {}).items():
            counts[value] = counts.get(value, 0) + count
    if len(counts) < 2:
        return None
    share = max(counts.values()) / sum(counts.values())
    return (right_answers(vitals) - share) / (1 - share)


def outputs_wide(vitals: Vitals, step: StepVitals) -> int | None:
    """Return how many classes the model has outputs for, where its last layer is a dense one; else None.

    Contrastive losses compare examples with each other and have as many "classes" as examples: no layer ends in them.
    """
    outputs = step.batch.outputs if step.batch else None
    if outputs is None or len(outputs.shape) < 1:
        return None
    width = outputs.shape[1] if len(outputs.shape) > 1 else 1
    for model in vitals.models.values():
        for layer in model.layers.values():
            fits = layer.units is None or layer.units == width
            if layer.last and layer.family in ("linear", "activation") and fits:
                return 2 if width == 1 else width
    return None
