"""Figures: what a remedy needs to know of the run before, read from its vitals."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from glasswork.doctor.vitals import LayerFacts, ModelFacts, TensorVitals, Vitals

__all__ = [
    "adaptive",
    "bare",
    "chains",
    "changed_by_hand",
    "class_counts",
    "feeding",
    "following",
    "heads",
    "ill_layers",
    "input_figures",
    "layers_with_weights",
    "loader_of",
    "model_with",
    "paths",
    "rate",
    "step_size",
    "target_figures",
]

FARTHEST = 6  # layers between an activation and the weights that feed it
SMALL, LARGE = 0.25, 4.0  # of a weight's std times the root of its fan-in: torch's rules draw 0.58 to 1.42
LARGE_BIAS = 2.0
SLACK = 1e-3  # of the weights' norm: more has changed than rounding explains
CHANGES = 3
LEAST_STD = 1e-6  # of a feature, relative to the largest: one that does not vary is left at its size


def bare(where: str) -> str:
    """Return a layer's path, without the model's name, a function called on its output, or a parameter's name.

    >>> bare("generator/body.0>relu"), bare("body.0.weight")
    ('body.0', 'body.0')
    """
    path = where.rpartition("/")[2].partition(">")[0]
    return path.removesuffix(".weight").removesuffix(".bias")


def rate(vitals: Vitals) -> float | None:
    """Return the learning rate that the training began with."""
    return next((step.learning_rates[0] for step in vitals.steps if step.learning_rates), None)


def adaptive(vitals: Vitals) -> bool:
    """Return whether the optimizer divides by its gradients' size, as Adam does."""
    kinds = {facts.kind.lower() for facts in vitals.optimizers.values()}
    return not any("sgd" in kind or "lbfgs" in kind or kind == "asgd" for kind in kinds)


def step_size(vitals: Vitals) -> float | None:
    """Return the size of the first updates relative to the weights: the median of the first five looked at."""
    sizes = [
        step.update_norm / step.weight_norm
        for step in vitals.sampled()[:5]
        if step.update_norm and step.weight_norm and math.isfinite(step.update_norm / step.weight_norm)
    ]
    return statistics.median(sizes) if sizes else None


def loader_of(vitals: Vitals) -> dict[str, Any] | None:
    """Return how the training loader is known; None where there was none."""
    facts = vitals.loader
    return {"rows": facts["rows"], "batch": facts.get("batch_size")} if facts.get("rows") else None


def input_figures(vitals: Vitals) -> dict[str, list[list[float]]]:
    """Return mean and standard deviation of each floating input's features, over all batches that were looked at."""
    seen: dict[str, list[TensorVitals]] = {}
    for step in vitals.sampled():
        for key, one in (step.batch.inputs if step.batch else {}).items():
            seen.setdefault(key, []).append(one)
    return {key: pooled for key, ones in seen.items() if (pooled := _pooled(ones)) is not None}


def target_figures(vitals: Vitals) -> list[list[float]] | None:
    """Return mean and standard deviation of the targets, a column each."""
    return _pooled([step.batch.targets for step in vitals.sampled() if step.batch and step.batch.targets])


def _pooled(ones: list[TensorVitals]) -> list[list[float]] | None:
    """Return mean and standard deviation of several batches together."""
    listed = [(one.feature_means, one.feature_stds) for one in ones if one.feature_means and one.feature_stds]
    width = min((len(means) for means, _ in listed), default=0)
    single = all(one.shape and len(one.shape) == 1 for one in ones)
    whole = [([one.mean], [one.std]) for one in ones if one.mean is not None and one.std is not None]
    if not listed or single or width >= 256 or any(len(means) != width for means, _ in listed):
        listed = whole
    columns = zip(*(zip(means, stds, strict=True) for means, stds in listed if means and stds), strict=True)
    means_out, stds_out = [], []
    for column in columns:
        good = [(mean, std) for mean, std in column if math.isfinite(mean) and math.isfinite(std)]
        if not good:
            good = [(0.0, 1.0)]
        mean = sum(mean for mean, _ in good) / len(good)
        square = sum(std**2 + (one - mean) ** 2 for one, std in good) / len(good)
        means_out.append(mean)
        stds_out.append(math.sqrt(square))
    if not means_out:
        return None
    least = LEAST_STD * max(*stds_out, 1e-30)
    return [means_out, [std if std > least else 1.0 for std in stds_out]]


def class_counts(vitals: Vitals) -> Counter[int]:
    """Return how often each class occurred in the batches that were looked at."""
    counts: Counter[int] = Counter()
    for step in vitals.sampled():
        targets = step.batch.targets if step.batch else None
        if targets is not None and targets.counts and len(targets.shape) <= 2:
            counts.update(targets.counts)
    return counts


def model_with(vitals: Vitals, where: str) -> ModelFacts | None:
    """Return the model that has a layer of this name, else the first."""
    for model in vitals.models.values():
        if where in model.layers or any(bare(name) == bare(where) for name in model.layers):
            return model
    return next(iter(vitals.models.values()), None)


def layers_with_weights(model: ModelFacts) -> list[LayerFacts]:
    """Return the layers of dense and recurrent kinds, in the order in which they ran."""
    return [one for one in model.layers.values() if one.family in ("linear", "recurrent", "attention", "embedding")]


def following(model: ModelFacts, layers: Iterable[LayerFacts]) -> dict[str, str]:
    """Return, for each of these layers, the activation that its output goes to; ``linear`` where there is none."""
    found: dict[str, str] = {}
    for layer in layers:
        found[bare(layer.name)] = next(
            (
                one.kind.lower()
                for one in _after(model, layer.name, ("norm", "dropout", "pooling", "other"))
                if one.family == "activation"
            ),
            "" if layer.family != "linear" else "linear",
        )
    return found


def _after(model: ModelFacts, name: str, through: tuple[str, ...]) -> list[LayerFacts]:
    """Return the layers that take a layer's output, also through some of these families."""
    found: list[LayerFacts] = []
    waiting = [name]
    for _ in range(8):
        following = [one for one in model.layers.values() if any(place in one.after for place in waiting)]
        found += [one for one in following if one not in found]
        waiting = [one.name for one in following if one.family in through]
        if not waiting:
            break
    return found


def chains(model: ModelFacts) -> list[tuple[list[str], int]]:
    """Return pairs of dense layers with the units between them; only activations take the first one's output on."""
    pairs = []
    for layer in model.layers.values():
        if layer.kind != "Linear":
            continue
        through = ("activation", "dropout")
        takers = [one for one in _after(model, layer.name, through) if one.family not in through]
        if len(takers) == 1 and takers[0].kind == "Linear":
            pairs.append(([bare(layer.name), bare(takers[0].name)], layer.units or 0))
    return pairs


def paths(names: Iterable[str]) -> list[str]:
    """Return layers' names without the model's."""
    return [name.rpartition("/")[2] for name in names]


def heads(model: ModelFacts) -> list[LayerFacts]:
    """Return the layers with weights whose output is the model's."""
    return [one for one in model.layers.values() if one.last and one.family == "linear"]


def feeding(model: ModelFacts, where: str) -> list[LayerFacts]:
    """Return the layer with weights whose output reaches a place through norms and activations."""
    waiting = [one.name for one in model.layers.values() if one.name == where or bare(one.name) == bare(where)]
    for _ in range(FARTHEST):
        before = [model.layers[name] for place in waiting for name in model.layers[place].after if name in model.layers]
        weighty = [one for one in before if one.family in ("linear", "recurrent")]
        if weighty:
            return weighty[:1]
        waiting = [one.name for one in before]
    return []


def ill_layers(model: ModelFacts) -> list[LayerFacts]:
    """Return the layers whose first weights no usual rule draws: equal, 0, of a wrong size, or with a large bias."""
    ill: set[str] = set()
    for facts in model.parameters.values():
        if facts.std is None or facts.mean is None:
            continue
        if facts.fan_in and len(facts.shape) > 1:
            size = facts.std * math.sqrt(facts.fan_in)
            if facts.alike or not SMALL < size < LARGE:
                ill.add(facts.layer)
        elif facts.name.endswith("bias") and abs(facts.mean) + facts.std > LARGE_BIAS:
            ill.add(facts.layer)
    return [one for one in layers_with_weights(model) if one.name in ill and one.family in ("linear", "recurrent")]


def changed_by_hand(vitals: Vitals) -> bool:
    """Return whether weights changed between two steps by more than the step before had changed them.

    The norm of all weights before a step differs from that before the last one by at most the last update's norm.
    """
    seen = vitals.steps
    changes = [
        abs(later.weight_norm - earlier.weight_norm) > earlier.update_norm + SLACK * earlier.weight_norm
        for earlier, later in pairwise(seen)
        if earlier.weight_norm
        and later.weight_norm
        and earlier.update_norm is not None
        and earlier.optimizer == later.optimizer
        and math.isfinite(later.weight_norm)
    ]
    return sum(changes) >= CHANGES and sum(changes) > len(changes) / 2
