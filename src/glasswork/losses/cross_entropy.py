"""Cross entropy: how surprised a classifier is by the right answer.

Letters in shapes: B examples, K classes; ``...`` any number of dimensions (the first one is B), the same in both
arguments.

Also called: categorical cross-entropy, sparse categorical cross-entropy.

Course: LOSS-09, LOSS-10, LOSS-11, LOSS-21, NL-13.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import (
    check_between,
    check_choice,
    check_dimensions,
    check_not_empty,
    check_same_shape,
    check_size,
    check_whole,
)
from glasswork.losses.loss import REDUCTIONS, of_type, reduced, spread_over

__all__ = ["CrossEntropy", "cross_entropy", "cross_entropy_formula"]

# torch leaves out targets equal to this number. No label is meant to be left out, so it is one that nobody uses.
_NO_LABEL = -(2**62)


def cross_entropy(
    logits: Tensor,
    targets: Tensor,
    *,
    class_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
    weights: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    r"""Mean negative log-probability of the right classes, from logits.

    With :math:`p = \operatorname{softmax}(z)`, the right class :math:`y`, weights :math:`w` (all 1 without
    `class_weight`) and smoothing :math:`\varepsilon`, summed over the examples and divided by the sum of
    :math:`w_y`:

    .. math:: \ell = -(1 - \varepsilon)\,w_y \log p_y - \frac{\varepsilon}{K} \sum_k w_k \log p_k

    Derivative:

    .. math:: \frac{\partial \ell}{\partial z_k} = p_k - q_k

    without weights, where :math:`q` are the shares of the classes: 1 for the right one and 0 for the others, or as
    smoothed or given.

    Args:
        logits: (..., K) raw scores; no softmax before.
        targets: sparse, (...) class indices from 0 to K - 1, of which none is skipped and any other number is an error;
            or dense, (..., K) the classes' shares as floating-point numbers that add up to 1, such as one-hot rows.
        class_weight: (K,) how much each class counts.
        label_smoothing: the share of belief spread evenly over all classes; in [0, 1].
        weights: (B,) how much each example counts; None: all alike.
        reduction: ``mean``, ``sum``, or ``none`` for one number an index, shape (...).

    Returns:
        A scalar, shape ``()``.

    Units: nats.

    Source: Good 1952, "Rational Decisions"; smoothing: Szegedy et al. 2016, "Rethinking the Inception Architecture".

    Differs from ``torch.nn.CrossEntropyLoss`` in the place of the classes, always last, and in the mean with
    `class_weight` and dense targets, where torch divides by the number of examples.

    >>> cross_entropy(torch.tensor([[0.0, 0.0], [0.0, 1.0986]]), torch.tensor([0, 1]))  # (log 2 + log 4/3) / 2
    tensor(0.4904)
    >>> cross_entropy(torch.tensor([[0.0, 1.0986]]), torch.tensor([[0.5, 0.5]]))  # (log 4 + log 4/3) / 2
    tensor(0.8370)
    """
    check_between("cross_entropy", 0, 1, label_smoothing=label_smoothing)
    dense = targets.shape == logits.shape and targets.is_floating_point()
    if not dense:
        check_whole("cross_entropy", targets=targets)
        if targets.shape != logits.shape[:-1]:
            wanted = SimpleNamespace(shape=logits.shape[:-1])
            check_same_shape("cross_entropy", logits_without_classes=wanted, targets=targets)
    if not logits.dim():
        check_dimensions("cross_entropy", 2, logits=logits)
    check_not_empty("cross_entropy", logits=logits)
    check_choice("cross_entropy", REDUCTIONS, reduction=reduction)
    classes = logits.shape[-1]
    if class_weight is not None:
        check_size("cross_entropy", 0, classes, class_weight=class_weight)
        class_weight = class_weight.to(logits.dtype)
    own = of_type(targets, logits.dtype if dense else torch.int64)
    in_one = reduction != "none" and weights is None and not (dense and class_weight is not None)
    values = functional.cross_entropy(
        logits if logits.dim() == 2 else logits.reshape(-1, classes),
        own if own.dim() == (2 if dense else 1) else own.reshape(-1, classes) if dense else own.reshape(-1),
        weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=_NO_LABEL,
        reduction=reduction if in_one else "none",
    )
    if in_one:
        return values
    values = values.view(logits.shape[:-1])
    if reduction != "mean" or class_weight is None:
        return reduced("cross_entropy", values, reduction, weights)
    sizes = own @ class_weight if dense else class_weight[own]
    if weights is not None:
        weights = spread_over("cross_entropy", weights, values).to(values.dtype)
        values, sizes = values * weights, sizes * weights
    return values.sum() / sizes.sum()


def cross_entropy_formula(
    logits: Tensor, targets: Tensor, *, class_weight: Tensor | None = None, label_smoothing: float = 0.0
) -> Tensor:
    """The same in plain operations.

    >>> cross_entropy_formula(torch.tensor([[0.0, 0.0], [0.0, 1.0986]]), torch.tensor([0, 1]))
    tensor(0.4904)
    """
    classes = logits.shape[-1]
    weight = logits.new_ones(classes) if class_weight is None else class_weight.to(logits.dtype)
    shares = targets if targets.is_floating_point() else functional.one_hot(targets.long(), classes)
    shares = shares.to(logits.dtype)
    log_p = logits - torch.logsumexp(logits, dim=-1, keepdim=True)
    believed = (1 - label_smoothing) * shares + label_smoothing / classes
    return -(weight * believed * log_p).sum() / (weight * shares).sum()


class CrossEntropy(nn.Module):
    """`cross_entropy` that remembers its settings.

    Args:
        class_weight: (K,) how much each class counts, as a tensor or a list.
        label_smoothing: the share of belief spread evenly over all classes; in [0, 1].

    >>> CrossEntropy()(torch.tensor([[0.0, 0.0], [0.0, 1.0986]]), torch.tensor([0, 1]))
    tensor(0.4904)
    """

    class_weight: Tensor | None

    def __init__(self, *, class_weight: Tensor | Sequence[float] | None = None, label_smoothing: float = 0.0) -> None:
        super().__init__()
        check_between("CrossEntropy", 0, 1, label_smoothing=label_smoothing)
        weight = None if class_weight is None else torch.as_tensor(class_weight, dtype=torch.float32)
        self.register_buffer("class_weight", weight)
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None = None) -> Tensor:
        """Return the mean loss."""
        return cross_entropy(
            logits, targets, class_weight=self.class_weight, label_smoothing=self.label_smoothing, weights=weights
        )

    def extra_repr(self) -> str:
        """Show the settings."""
        weight = "" if self.class_weight is None else f"class_weight={self.class_weight.tolist()}, "
        return f"{weight}label_smoothing={self.label_smoothing}"
