"""Sizes: how large a fresh draw of the weights would be, and how far a step moves them."""

from __future__ import annotations

from math import isfinite, prod, sqrt

from glasswork.doctor.vitals import StepVitals, Vitals

__all__ = ["natural_size", "update_ratio"]


def natural_size(vitals: Vitals) -> float:
    """Return the norm that freshly drawn weights of the training's models would have.

    A model that begins near 0 (as a logistic regression does) moves by many times its own size in its first steps, and
    soundly: steps are measured against this as well. A table of vectors (one a word, one a user) counts with vectors of
    length 1: torch draws them longer, factor models begin shorter.
    """
    squares = 0.0
    for model in vitals.models.values():
        tables = {layer.name.rpartition("/")[2] for layer in model.layers.values() if layer.family == "embedding"}
        for p in model.parameters.values():
            if not p.trainable or p.optimized is False:
                continue
            if p.fan_in:
                squares += prod(p.shape) / (3 * p.fan_in)
            elif len(p.shape) == 2 and p.layer.rpartition("/")[2] in tables:
                squares += p.shape[0]
    # Of bare tensors a matrix counts as inputs by units; whether a vector is a bias or weights, nobody can tell.
    for optimizer in vitals.optimizers.values():
        squares += sum(
            (prod(shape) / shape[0] if len(shape) > 1 else 1) / 3 for shape in optimizer.shapes if all(shape)
        )
    return sqrt(squares)


def update_ratio(step: StepVitals, least: float = 0.0) -> float | None:
    """Return how far the step moved the weights, as a part of their size; None where it was not seen.

    Args:
        step: the step.
        least: a size below which the weights' own does not count.
    """
    if step.update_norm is None or not step.weight_norm or not isfinite(step.update_norm):
        return None
    return step.update_norm / max(step.weight_norm, least)
