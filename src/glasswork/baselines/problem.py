"""Problem: prepared data as baselines see it: three parts, one way of scoring, and a budget that bounds the rows.

Budgets are turned into numbers of rows before anything is fitted, never measured while fitting, so that one seed gives
one result on a busy machine and on an idle one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter

import numpy as np

from glasswork.baselines.result import BaselineResult
from glasswork.data.contract import Contract
from glasswork.data.dataset import Prepared
from glasswork.metrics.futures import future_windows, training_scale
from glasswork.metrics.scores import ClassificationScores, ForecastScores, LanguageScores, RegressionScores, directions
from glasswork.metrics.threshold import tune_threshold

__all__ = ["PRIMARY", "Problem"]

Predictions = dict[str, np.ndarray]
PRIMARY = {
    "classification": "log_loss",
    "regression": "rmse",
    "forecasting": "mse",
    "language-modelling": "nats_per_token",
}  # by which a baseline chooses its own strength on validation rows


MOST_ROWS = 200_000  # a baseline holds what it learns from several times over


@dataclass
class Problem:
    """Prepared data, and how it is gone about.

    Args:
        prepared: data with its parts.
        seed: of every random choice.
        budget_seconds: what one baseline may take on a small machine.
        tune: whether the decision threshold of two classes is tuned on validation rows, as the network's is.
    """

    prepared: Prepared
    seed: int = 0
    budget_seconds: float = 10.0
    tune: bool = True

    @property
    def contract(self) -> Contract:
        """The facts about the data."""
        return self.prepared.contract

    @property
    def judged(self) -> tuple[str, ...]:
        """The parts to predict: validation and test, where they hold anything."""
        return tuple(part for part in ("valid", "test") if len(self.prepared.parts.get(part, ())))

    def index(self, part: str) -> np.ndarray:
        """Return the example indices of a part."""
        return self.prepared.parts[part]

    def training_rows(self, most: int) -> np.ndarray:
        """Return training indices, at most `most` of them (and 200,000), drawn at random and kept in order."""
        rows = self.index("train")
        most = min(most, MOST_ROWS)
        if len(rows) <= most:
            return rows
        return np.sort(np.random.default_rng(self.seed).choice(rows, most, replace=False))

    @cached_property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Training mean and deviation of a series' targets."""
        return training_scale(self.prepared)

    def targets(self, rows: np.ndarray) -> np.ndarray:
        """Return the targets of examples: class indices, values (N, T), or futures (N, H, T)."""
        if self.contract.task == "forecasting":
            return future_windows(self.prepared, rows)
        targets = self.prepared.examples.targets
        if targets is None:
            raise ValueError("baselines: the prepared data has no targets")
        return targets[rows]

    @property
    def positive(self) -> int | None:
        """The index of the positive class of two, None otherwise."""
        classes = self.contract.classes
        if self.contract.task != "classification" or len(classes) != 2:
            return None
        return classes.index(self.contract.positive) if self.contract.positive in classes else 1

    def score(self, part: str, predictions: np.ndarray, *, threshold: float | None = None) -> dict[str, float]:
        """Return the figures of predictions on a part, with the threshold of the positive class where there is one."""
        if self.contract.task == "language-modelling":
            return LanguageScores(predictions)()
        targets = self.targets(self.index(part))
        if self.contract.task == "forecasting":
            return ForecastScores(predictions, targets, scale=self.scale[1])()
        if self.contract.task == "regression":
            return RegressionScores(predictions, targets)()
        positive, labels = self.positive, None
        if threshold is not None and positive is not None:
            labels = np.where(predictions[:, positive] >= threshold, positive, 1 - positive)
        return ClassificationScores(predictions, targets, labels, positive=positive)()

    def better(self, one: dict[str, float], other: dict[str, float] | None) -> bool:
        """Say whether validation figures beat others, by the measure that the task's own loss stands for."""
        name = PRIMARY[self.contract.task]
        if other is None:
            return True
        return one[name] > other[name] if directions[name] == "max" else one[name] < other[name]

    def result(
        self, name: str, label: str, fit_and_predict: Callable[[], Predictions], *, tune: bool = True
    ) -> BaselineResult:
        """Run a baseline that returns its predictions by part, time it, tune its threshold, and score it."""
        started = perf_counter()
        predictions = fit_and_predict()
        seconds = perf_counter() - started
        threshold = None
        if tune and self.tune and self.positive is not None and "valid" in predictions:
            known = self.targets(self.index("valid"))
            threshold = tune_threshold(predictions["valid"], known, positive=self.positive).value
        figures = {part: self.score(part, values, threshold=threshold) for part, values in predictions.items()}
        return BaselineResult(
            name, label, figures.get("valid", {}), figures.get("test", {}), seconds, predictions.get("test")
        )

    def strongest(self, candidates: Callable[[float], Predictions], strengths: tuple[float, ...]) -> Predictions:
        """Return the predictions of the regularisation strength that does best on validation rows."""
        best: Predictions | None = None
        figures: dict[str, float] | None = None
        for strength in strengths if "valid" in self.judged else strengths[:1]:
            predictions = candidates(strength)
            reached = self.score("valid", predictions["valid"]) if "valid" in predictions else {}
            if best is None or self.better(reached, figures):
                best, figures = predictions, reached
        if best is None:
            raise ValueError("strongest: no strengths to try")
        return best
