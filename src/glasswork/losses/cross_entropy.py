"""Cross entropy: how surprised a classifier is by the right answer.

Letters in shapes: K classes; ``...`` any number of other dimensions, the same in both arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_between, check_not_empty, check_same_shape, check_size, check_whole

__all__ = ["CrossEntropy", "cross_entropy", "cross_entropy_formula"]

# torch leaves out targets equal to this number. No label is meant to be left out, so it is one that nobody uses.
_NO_LABEL = -(2**62)


def cross_entropy(
    logits: Tensor, targets: Tensor, *, class_weight: Tensor | None = None, label_smoothing: float = 0.0
) -> Tensor:
    r"""Mean negative log-probability of the right classes, from logits.

    With :math:`p = \operatorname{softmax}(z)`, the right class :math:`y`, weights :math:`w` (all 1 without
    `class_weight`) and smoothing :math:`\varepsilon`, summed over the examples and divided by the sum of
    :math:`w_y`:

    .. math:: \ell = -(1 - \varepsilon)\,w_y \log p_y - \frac{\varepsilon}{K} \sum_k w_k \log p_k

    Args:
        logits: (..., K) raw scores; no softmax before.
        targets: (...) class indices from 0 to K - 1; none is skipped, any other number is an error.
        class_weight: (K,) how much each class counts.
        label_smoothing: the share of belief spread evenly over all classes; in [0, 1].

    Returns:
        A scalar, shape ``()``.

    Source: Good 1952, "Rational Decisions"; smoothing: Szegedy et al. 2016, "Rethinking the Inception Architecture".

    Differs from ``torch.nn.CrossEntropyLoss`` in the place of the classes: always last.

    >>> cross_entropy(torch.tensor([[0.0, 0.0], [0.0, 1.0986]]), torch.tensor([0, 1]))  # (log 2 + log 4/3) / 2
    tensor(0.4904)
    """
    check_between("cross_entropy", 0, 1, label_smoothing=label_smoothing)
    check_whole("cross_entropy", targets=targets)
    check_same_shape("cross_entropy", logits_without_classes=logits[..., 0], targets=targets)
    check_not_empty("cross_entropy", logits=logits)
    classes = logits.shape[-1]
    if class_weight is not None:
        check_size("cross_entropy", 0, classes, class_weight=class_weight)
        class_weight = class_weight.to(logits.dtype)
    return functional.cross_entropy(
        logits.reshape(-1, classes),
        targets.reshape(-1).long(),
        weight=class_weight,
        label_smoothing=label_smoothing,
        ignore_index=_NO_LABEL,
    )


def cross_entropy_formula(
    logits: Tensor, targets: Tensor, *, class_weight: Tensor | None = None, label_smoothing: float = 0.0
) -> Tensor:
    """The same in plain operations.

    >>> cross_entropy_formula(torch.tensor([[0.0, 0.0], [0.0, 1.0986]]), torch.tensor([0, 1]))
    tensor(0.4904)
    """
    classes = logits.shape[-1]
    weight = logits.new_ones(classes) if class_weight is None else class_weight.to(logits.dtype)
    log_p = logits - torch.logsumexp(logits, dim=-1, keepdim=True)
    right = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    spread = (weight * log_p).sum(-1) / classes
    surprise = -(1 - label_smoothing) * weight[targets] * right - label_smoothing * spread
    return surprise.sum() / weight[targets].sum()


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

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss."""
        return cross_entropy(logits, targets, class_weight=self.class_weight, label_smoothing=self.label_smoothing)

    def extra_repr(self) -> str:
        """Show the settings."""
        weight = "" if self.class_weight is None else f"class_weight={self.class_weight.tolist()}, "
        return f"{weight}label_smoothing={self.label_smoothing}"
