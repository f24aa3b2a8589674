"""The trivial rule: always the most frequent class with its training shares, or always the training mean.

What looks at no input sets the floor: a network that does not beat it has learned nothing.
"""

from __future__ import annotations

import numpy as np

from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult

__all__ = ["trivial"]


def trivial(problem: Problem) -> BaselineResult:
    """Answer every row with the class shares, or with the mean, of the training rows."""
    known = problem.targets(problem.index("train"))
    if problem.contract.task == "classification":
        counts = np.bincount(known, minlength=len(problem.contract.classes))
        constant = counts / counts.sum()
        label = f"Always {problem.contract.classes[int(counts.argmax())]!r} (the most frequent class)"
    else:
        constant = known.reshape(len(known), -1).mean(axis=0)
        label = "Always the training mean"

    def predict() -> Predictions:
        return {part: np.tile(constant, (len(problem.index(part)), 1)) for part in problem.judged}

    return problem.result("trivial", label, predict, tune=False)
