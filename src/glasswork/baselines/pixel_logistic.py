"""Logistic regression on pixels: one weight a pixel and class, which sees no shapes, only bright and dark places."""

from __future__ import annotations

import numpy as np

from glasswork.baselines.logistic import class_probabilities, fit_logistic
from glasswork.baselines.problem import Predictions, Problem
from glasswork.baselines.result import BaselineResult
from glasswork.baselines.rows_said import rows_said
from glasswork.data.dataset import ImageFiles

__all__ = ["pixel_logistic"]

MOST_IMAGES = 10_000
MOST_FEATURES = 800  # beyond, neighbouring pixels are averaged: 28 x 28 stays, 32 x 32 in colour becomes 16 x 16
PRODUCTS_A_SECOND = 8_000_000  # images x features x classes


def pixel_logistic(problem: Problem) -> BaselineResult:
    """Fit logistic (or ridge) regression on at most 10,000 training images, shrunk where they are large."""
    from sklearn.linear_model import Ridge

    facts = problem.contract.image
    if facts is None:
        raise ValueError("pixel_logistic: the contract has no image facts")
    factor = 1
    while facts.channels * -(-facts.height // factor) * -(-facts.width // factor) > MOST_FEATURES:
        factor += 1
    features = facts.channels * -(-facts.height // factor) * -(-facts.width // factor)
    logistic = problem.contract.task == "classification"
    classes = len(problem.contract.classes)
    affordable = int(problem.budget_seconds * PRODUCTS_A_SECOND / (features * max(1, classes)))
    rows = problem.training_rows(min(MOST_IMAGES, max(500, affordable)))
    size = f", shrunk to {-(-facts.width // factor)} x {-(-facts.height // factor)}" if factor > 1 else ""
    name = f"{'Logistic' if logistic else 'Ridge'} regression on pixels{size}"

    def fit() -> Predictions:
        x, y = _pixels(problem, rows, factor), problem.targets(rows)
        mean = x.mean(axis=0)
        deviation = float(x.std()) or 1.0
        judged = {part: (_pixels(problem, problem.index(part), factor) - mean) / deviation for part in problem.judged}
        x = (x - mean) / deviation
        if logistic:
            model = fit_logistic(x, y, strength=0.01, most_steps=60)
            return {part: class_probabilities(model, z, classes) for part, z in judged.items()}
        ridge = Ridge(alpha=float(len(x)) / 10).fit(x, y.reshape(len(y), -1))
        return {part: np.asarray(ridge.predict(z)).reshape(len(z), -1) for part, z in judged.items()}

    return problem.result("pixel_logistic", name + rows_said(len(rows), len(problem.index("train")), "images"), fit)


def _pixels(problem: Problem, rows: np.ndarray, factor: int) -> np.ndarray:
    """Return (N, features) float32 between 0 and 1, each the mean of `factor` x `factor` pixels."""
    pixels = problem.prepared.examples.inputs["pixels"]
    blocks = []
    for start in range(0, len(rows), 1000):
        chosen = rows[start : start + 1000]
        images = _decode(pixels, chosen) if isinstance(pixels, ImageFiles) else np.asarray(pixels)[chosen]
        images = images.astype(np.float32) / 255
        if factor > 1:
            short = (-images.shape[1] % factor, -images.shape[2] % factor)
            images = np.pad(images, ((0, 0), (0, short[0]), (0, short[1]), (0, 0)), mode="edge")
            n, height, width, channels = images.shape
            images = images.reshape(n, height // factor, factor, width // factor, factor, channels).mean(axis=(2, 4))
        blocks.append(images.reshape(len(chosen), -1))
    return np.concatenate(blocks)


def _decode(files: ImageFiles, rows: np.ndarray) -> np.ndarray:
    from PIL import Image

    height, width, channels = files.size
    images = np.empty((len(rows), height, width, channels), dtype=np.uint8)
    for place, row in enumerate(rows):
        with Image.open(files.paths[row]) as image:
            ready = image.convert("L" if channels == 1 else "RGB").resize((width, height))
        images[place] = np.asarray(ready).reshape(height, width, channels)
    return images
