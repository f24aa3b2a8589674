"""Facts: what a training is made of, as plain numbers: parameters, layers, models, optimizers and losses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["LayerFacts", "LossFacts", "ModelFacts", "OptimizerFacts", "ParameterFacts"]


@dataclass(slots=True)
class ParameterFacts:
    """A parameter as it was before the first step.

    Args:
        name: with its layer's path.
        layer: that path.
        shape: its shape.
        trainable: whether it asks for a gradient.
        optimized: whether an optimizer holds it; None before one is known.
        mean: of its elements, at first.
        std: of its elements, at first.
        zeros: fraction of its elements that were exactly 0, at first.
        largest: greatest absolute value of its elements, at first.
        alike: whether all its rows (one a unit) were equal, at first; None with fewer than two rows.
        fan_in: how many inputs a unit sums; None for a vector.
        finite: whether all its elements were finite, at first.
    """

    name: str
    layer: str
    shape: tuple[int, ...]
    trainable: bool = True
    optimized: bool | None = None
    mean: float | None = None
    std: float | None = None
    zeros: float | None = None
    largest: float | None = None
    alike: bool | None = None
    fan_in: int | None = None
    finite: bool = True


@dataclass(slots=True)
class LayerFacts:
    """A layer: a module without modules of its own, or an activation called as a function.

    Args:
        name: see above.
        kind: its class (``Linear``, ``BatchNorm2d``, ``LSTM``) or the function (``relu``, ``softmax``).
        family: ``linear`` (dense or convolution), ``recurrent``, ``attention``, ``embedding``, ``norm``, ``dropout``,
            ``pooling``, ``activation`` or ``other``.
        order: when it first ran in a forward pass, from 0; None when it never ran.
        settings: its plain settings: ``p``, ``eps``, ``momentum``, ``kernel_size``, ``dim``, ``in_features`` …
        after: the layers whose outputs, unchanged or only reshaped, were its inputs.
        units: how many units or channels its output has; None when that is not known.
        runs: how often it ran in a training pass.
        last: whether its output, unchanged or only reshaped, is the model's output.
        consumers: how many operations took its output, layers and others (an addition, a product) counted alike; None
            where that was not counted.
        dropped: of an activation: whether nothing took its output and it was gone when the model returned; None where
            that was not looked at.
    """

    name: str
    kind: str
    family: str
    order: int | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    units: int | None = None
    runs: int = 0
    last: bool = False
    consumers: int | None = None
    dropped: bool | None = None


@dataclass(slots=True)
class ModelFacts:
    """A model: the outermost module that was called in training.

    Args:
        name: ``model``, or a name of its own where there are several.
        kind: its class.
        layers: by name, in the order in which they first ran.
        parameters: by name.
        compiled: whether only its boundaries could be seen.
        unregistered: modules with weights that run in its forward pass and are not among its own, as those in a plain
            list: ``Linear (64, 32) in DeepNet.blocks``.
        misspelt: attributes that were set and that torch does not know, where a parameter was to be frozen or to learn
            again: ``encoder.0.weight.require_grad = True``.
        unfed: batch norms of a copy of the model that was evaluated: their scales had been learned, and their
            statistics were still those of a new layer.
        unfed_step: how many steps had been taken then.
        calls: how often it was called from outside, at most, between two steps.
    """

    name: str
    kind: str
    layers: dict[str, LayerFacts] = field(default_factory=dict)
    parameters: dict[str, ParameterFacts] = field(default_factory=dict)
    compiled: bool = False
    unregistered: list[str] = field(default_factory=list)
    misspelt: list[str] = field(default_factory=list)
    unfed: list[str] = field(default_factory=list)
    unfed_step: int | None = None
    calls: int = 0


@dataclass(slots=True)
class OptimizerFacts:
    """An optimizer.

    Args:
        name: ``optimizer``, or a name of its own where there are several.
        kind: its class.
        groups: each group's settings, without its parameters.
        parameters: the names of what it holds; a tensor that no model has is ``?``.
        foreign: how many of its tensors belong to no model that was seen.
        shapes: the shapes of those.
        sizes: how many tensors each group holds.
        idle: of each group, how many of its tensors want no gradient, when it was last looked at.
    """

    name: str
    kind: str
    groups: list[dict[str, Any]] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    foreign: int = 0
    sizes: list[int] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)


@dataclass(slots=True)
class LossFacts:
    """What ``backward`` was called on.

    Args:
        kind: ``cross_entropy``, ``nll``, ``binary_cross_entropy`` (of probabilities),
            ``binary_cross_entropy_with_logits``, ``mse``, ``l1``, ``smooth_l1``, ``huber``, ``kl_div``, ``hinge``,
            ``cosine`` (to data), ``overlap`` (with masks), ``likelihood`` (of the right answers), ``margin`` (scores
            times labels of 1 and -1), ``correlation`` (with data), these by hand and made small … or ``unknown``.
        name: as it was called (``CrossEntropyLoss``, ``F.mse_loss``, ``custom``).
        reduction: ``mean``, ``sum`` or ``none`` where it is known.
        settings: ``label_smoothing``, ``weight`` (whether given), ``ignore_index`` … Of a loss written by hand:
            ``compared`` (the shape of what was squared), ``sign`` (1; -1 where it is its negative that is minimised;
            absent where that cannot be told), ``terms`` (how many parts with a gradient are added up, this among them);
            ``mean_first`` (of how many gaps to data the mean was taken before it was squared or made positive);
            ``pairs`` (the table of every output beside every target that it is made of; None where there is none, or
            outputs stand beside each other as well, as in a distance between two sets).
            ``row_weights``: of the whole loss, part by part, how much one example counts, times their number: 1 of a
            mean over the batch, the number of examples of a sum; and which of both it is. Parts that are not
            understood are left out.
        where: file and line of the call in the user's code, where that is known.
    """

    kind: str
    name: str
    reduction: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    where: str | None = None
