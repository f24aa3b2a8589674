"""Classification: which of K classes is it?

Letters in shapes: B examples, N examples of all batches, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from glasswork.checks import check_between, check_choice, check_dimensions, check_size
from glasswork.errors import UsageError
from glasswork.losses import CrossEntropy
from glasswork.metrics.counting import ranking_scores

__all__ = ["Classification", "ClassificationMeter"]

RARE = 0.1  # below this share of positives, always saying no scores above 90 % accuracy


class Classification:
    """One of K classes, by K logits (two classes have two as well).

    Args:
        classes: their names, in the order of their codes.
        positive: the class that is meant when there are two; the second if not said.
        positive_share: the positive class's share of the training examples, where it is known; when it is rare (below
            0.1), average precision is the primary metric, as accuracy would praise a network that always says no.

    >>> task = Classification(["no", "yes"])
    >>> task.outputs, task.primary, task.monitor
    (2, 'accuracy', 'loss')
    >>> task.decode(torch.tensor([[0.0, 1.0986]]))["probabilities"].round(2).tolist()
    [[0.25, 0.75]]
    """

    name = "classification"
    direction = "max"
    monitor = "loss"
    monitor_direction = "min"

    def __init__(
        self, classes: Sequence[str], positive: str | None = None, *, positive_share: float | None = None
    ) -> None:
        if len(classes) < 2:
            raise UsageError(f"Classification: two classes or more are needed, got {list(classes)}.")
        self.classes = tuple(classes)
        self.positive: int | None = None
        if len(self.classes) == 2:
            if positive is not None:
                check_choice("Classification", self.classes, positive=positive)
            self.positive = 1 if positive is None else self.classes.index(positive)
        if positive_share is not None:
            check_between("Classification", 0, 1, positive_share=positive_share)
        rare = positive_share is not None and self.positive is not None and positive_share < RARE
        self.primary = "average_precision" if rare else "accuracy"

    @property
    def outputs(self) -> int:
        """K, one logit a class."""
        return len(self.classes)

    @property
    def loss(self) -> CrossEntropy:
        """Cross entropy."""
        return CrossEntropy()

    def meter(self) -> ClassificationMeter:
        """Return a fresh meter."""
        return ClassificationMeter(self.outputs, positive=self.positive)

    def metrics(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Return the metrics of (N, K) logits and (N,) class indices."""
        meter = self.meter()
        meter.update(outputs, targets)
        return meter.compute()

    def decode(self, outputs: Tensor, threshold: float | None = None) -> dict[str, np.ndarray]:
        """Return ``probabilities`` (B, K) and ``labels`` (B,), class indices.

        Args:
            outputs: (B, K) logits.
            threshold: with two classes, the probability of the positive one from which on it is the label.
        """
        check_size("Classification", -1, self.outputs, outputs=outputs)
        shares_BK = torch.softmax(outputs.detach().double(), dim=-1)
        labels_B = shares_BK.argmax(dim=-1)
        if threshold is not None:
            if self.positive is None:
                raise UsageError(f"Classification: a threshold is for two classes, there are {self.outputs}.")
            labels_B = torch.where(shares_BK[:, self.positive] >= threshold, self.positive, 1 - self.positive)
        return {"probabilities": shares_BK.float().cpu().numpy(), "labels": labels_B.cpu().numpy()}

    def __repr__(self) -> str:
        return f"Classification({list(self.classes)})"


class ClassificationMeter:
    """Accuracy, balanced accuracy, F1 and log loss; with two classes also ROC AUC and average precision.

    >>> meter = ClassificationMeter(2)
    >>> meter.update(torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), torch.tensor([0, 1, 1]))
    >>> {name: round(value, 3) for name, value in meter.compute().items()}
    {'accuracy': 0.667, 'balanced_accuracy': 0.75, 'f1': 0.667, 'log_loss': 0.584,
     'roc_auc': 1.0, 'average_precision': 1.0}
    """

    def __init__(self, classes: int, *, positive: int | None = None) -> None:
        self.classes = classes
        self.positive = (1 if positive is None else positive) if classes == 2 else None
        self._counts: Tensor | None = None  # (K * K,): right class, then predicted class
        self._loss: Tensor | None = None
        self._scores: list[Tensor] = []
        self._members: list[Tensor] = []

    @torch.no_grad()
    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in (B, K) logits and (B,) class indices."""
        check_dimensions("ClassificationMeter", 2, outputs=outputs)
        outputs, targets = outputs.float(), targets.long()
        cells = targets * self.classes + outputs.argmax(dim=1)
        if self._counts is None or self._loss is None:
            self._counts = torch.zeros(self.classes**2, device=cells.device, dtype=torch.int64)
            self._loss = torch.zeros((), device=cells.device, dtype=torch.float64)
        self._counts.index_add_(0, cells, torch.ones_like(cells))
        log_shares = torch.log_softmax(outputs, dim=1)
        self._loss -= log_shares.gather(1, targets.unsqueeze(1)).double().sum()
        if self.positive is not None:  # the log-odds order examples as the probability does, without rounding to 1
            self._scores.append(outputs[:, self.positive] - outputs[:, 1 - self.positive])
            self._members.append(targets == self.positive)

    def compute(self) -> dict[str, float]:
        """Return the metrics."""
        if self._counts is None or self._loss is None or not int(self._counts.sum()):
            return {}
        counts = self._counts.view(self.classes, self.classes).cpu().double()
        hits, members, predicted = counts.diagonal(), counts.sum(dim=1), counts.sum(dim=0)
        seen, named = members > 0, members + predicted > 0
        f1 = 2 * hits / (members + predicted).clamp(min=1)
        found = {
            "accuracy": float(hits.sum() / counts.sum()),
            "balanced_accuracy": float((hits[seen] / members[seen]).mean()),
            "f1": float(f1[named].mean() if self.positive is None else f1[self.positive]),
            "log_loss": float(self._loss) / float(counts.sum()),
        }
        if self.positive is not None and bool(seen.all()):
            auc, precision = ranking_scores(torch.cat(self._scores), torch.cat(self._members))
            found |= {"roc_auc": float(auc), "average_precision": float(precision)}
        return found
