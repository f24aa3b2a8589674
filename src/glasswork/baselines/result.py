"""BaselineResult: what one cheap model reached on the split that the network was judged on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["BaselineResult"]


@dataclass(frozen=True)
class BaselineResult:
    """One baseline, fitted on training rows only.

    Args:
        name: its file's name, such as ``gradient_boosting``.
        label: what people read, with everything that was simplified to stay cheap.
        valid: figures on the validation part, by the names that the network's figures have.
        test: the same on the test part.
        seconds: to fit and to predict.
        predictions: test predictions: probabilities (N, K), values (N, T) or (N, H, T), or nats (W, T).
    """

    name: str
    label: str
    valid: dict[str, float]
    test: dict[str, float]
    seconds: float
    predictions: np.ndarray | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as ``baselines.json`` lists them."""
        return {
            "name": self.name,
            "label": self.label,
            "valid": self.valid,
            "test": self.test,
            "seconds": round(self.seconds, 3),
        }
