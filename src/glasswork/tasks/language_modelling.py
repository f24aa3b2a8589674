"""Language modelling: which token comes next?

Letters in shapes: B windows, T tokens, V tokens in the vocabulary.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from glasswork.checks import check_at_least, check_size
from glasswork.losses import CrossEntropy

__all__ = ["LanguageModelling", "LanguageModellingMeter"]


class LanguageModelling:
    """The next token after each token, by V logits.

    Args:
        vocabulary: V, how many tokens there are.

    >>> task = LanguageModelling(65)
    >>> task.outputs, task.primary, task.direction
    (65, 'nats_per_token', 'min')
    """

    name = "language-modelling"
    primary = "nats_per_token"
    direction = "min"
    monitor = "nats_per_token"
    monitor_direction = "min"

    def __init__(self, vocabulary: int) -> None:
        check_at_least("LanguageModelling", 1, vocabulary=vocabulary)
        self.vocabulary = vocabulary

    @property
    def outputs(self) -> int:
        """V, one logit a token."""
        return self.vocabulary

    @property
    def loss(self) -> CrossEntropy:
        """Cross entropy."""
        return CrossEntropy()

    def meter(self) -> LanguageModellingMeter:
        """Return a fresh meter."""
        return LanguageModellingMeter()

    def metrics(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """Return the metrics of (N, T, V) logits and (N, T) next tokens."""
        meter = self.meter()
        meter.update(outputs, targets)
        return meter.compute()

    def decode(self, outputs: Tensor, threshold: float | None = None) -> dict[str, np.ndarray]:
        """Return ``probabilities`` of the token after the last one (B, V), and the likeliest as ``labels`` (B,)."""
        check_size("LanguageModelling", -1, self.vocabulary, outputs=outputs)
        shares_BV = torch.softmax(outputs.detach()[:, -1].double(), dim=-1)
        return {"probabilities": shares_BV.float().cpu().numpy(), "labels": shares_BV.argmax(dim=-1).cpu().numpy()}

    def __repr__(self) -> str:
        return f"LanguageModelling({self.vocabulary})"


class LanguageModellingMeter:
    r"""Nats per token, and perplexity, which is :math:`e` to that power.

    >>> meter = LanguageModellingMeter()
    >>> meter.update(torch.zeros(1, 2, 4), torch.tensor([[0, 3]]))  # four tokens, all alike: log 4
    >>> {name: round(value, 3) for name, value in meter.compute().items()}
    {'nats_per_token': 1.386, 'perplexity': 4.0}
    """

    def __init__(self) -> None:
        self._nats: Tensor | None = None
        self._count = 0

    @torch.no_grad()
    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Take in (B, T, V) logits and (B, T) next tokens."""
        if targets.numel() == 0:
            return
        logits = outputs.float().reshape(-1, outputs.shape[-1])
        nats = functional.cross_entropy(logits, targets.reshape(-1).long(), reduction="sum").double()
        self._nats = nats if self._nats is None else self._nats + nats
        self._count += targets.numel()

    def compute(self) -> dict[str, float]:
        """Return the metrics."""
        if self._nats is None:
            return {}
        nats = float(self._nats) / self._count
        # Past e^700 a float64 has no room; such a model is lost anyway.
        return {"nats_per_token": nats, "perplexity": math.exp(min(nats, 700.0))}
