"""Which is faster: descent on all rows at once, on small batches, or on one row at a time?

Course: GD-03, GD-05, GD-06.
"""

import time
from itertools import pairwise

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.models import Linear
from glasswork.optimizers import SGD
from glasswork.records import Batch

SEEDS = 5
ROWS, TARGET, MOST = 600, 0.5, 60
MORE = 20  # so many times more rows
# Rows in a batch, and the largest of a few rates at which each mode is steady.
MODES = {"batch": (ROWS, 2.0), "mini-batch": (32, 0.5), "stochastic": (1, 0.05)}


def run(seed: int) -> dict[str, float]:
    pixels, labels = load_digits(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(labels), generator=generator)[:ROWS]
    x, y = torch.tensor(pixels / 16 - 0.3, dtype=torch.float32)[chosen], torch.tensor(labels)[chosen]
    found = {}
    for mode, (size, rate) in MODES.items():
        model = Linear(inputs=64, outputs=10)
        learner = GradientDescent(model, cross_entropy, SGD(model.parameters(), lr=rate), watch_every=0)
        seconds, losses = [], []
        while len(seconds) < 3 or (min(losses) > TARGET and len(seconds) < MOST):
            order = torch.randperm(ROWS, generator=generator).split(size)
            began = time.perf_counter()
            for rows in order:
                learner.step(Batch({"x": x[rows]}, y[rows]))
            seconds.append(time.perf_counter() - began)
            with torch.no_grad():
                losses.append(cross_entropy(model(x), y).item())
        epochs = next((i + 1 for i, loss in enumerate(losses) if loss <= TARGET), MOST)
        found[f"{mode} epochs"] = epochs
        found[f"{mode} ms an epoch"] = 1000 * sorted(seconds)[len(seconds) // 2]
        found[f"{mode} ms"] = 1000 * sum(seconds[:epochs])
        if mode != "stochastic":
            found[f"{mode} ms of many rows"] = 1000 * _seconds(x.repeat(MORE, 1), y.repeat(MORE), mode, rate)
    return found


def _seconds(x: torch.Tensor, y: torch.Tensor, mode: str, rate: float) -> float:
    """Return how long the updates up to the target take, among more rows that say the same."""
    model = Linear(inputs=64, outputs=10)
    learner = GradientDescent(model, cross_entropy, SGD(model.parameters(), lr=rate), watch_every=0)
    order = torch.randperm(len(x)).split(len(x) if mode == "batch" else MODES[mode][0])
    seconds = 0.0
    for number in range(2000):
        rows = order[number % len(order)]
        began = time.perf_counter()
        learner.step(Batch({"x": x[rows]}, y[rows]))
        seconds += time.perf_counter() - began
        if number % 5 == 0:
            with torch.no_grad():
                if cross_entropy(model(x[:ROWS]), y[:ROWS]) <= TARGET:
                    break
    return seconds


def _ordered(runs: list[dict[str, float]], what: str, order: tuple[str, ...]) -> int:
    """Return in how many runs the figure grows, or stays, along the order."""
    values = [[run[f"{mode} {what}"] for mode in order] for run in runs]
    return sum(all(a <= b for a, b in pairwise(row)) for row in values)


def _said(runs: list[dict[str, float]], what: str) -> str:
    return ", ".join(f"{mode} {spread(runs, f'{mode} {what}')}" for mode in MODES)


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    per_epoch = _ordered(runs, "ms an epoch", ("batch", "mini-batch", "stochastic"))
    progress = _ordered(runs, "epochs", ("stochastic", "mini-batch", "batch"))
    least = [min(MODES, key=lambda mode: run[f"{mode} ms"]) for run in runs]
    winners = ", ".join(f"{mode} in {least.count(mode)}" for mode in MODES if mode in least)
    many = sum(run["mini-batch ms of many rows"] < run["batch ms of many rows"] for run in runs)
    time_said = (
        f"ms an epoch: {_said(runs, 'ms an epoch')}; in the order claimed in {per_epoch} of {count} runs. Ms of "
        f"training to a loss of {TARGET}: {_said(runs, 'ms')}; soonest {winners} of {count}. Among {MORE} times as "
        f"many rows: batch {spread(runs, 'batch ms of many rows')}, mini-batch "
        f"{spread(runs, 'mini-batch ms of many rows')}; mini-batch sooner in {many} of {count}"
    )
    epochs_said = (
        f"epochs to a loss of {TARGET}: {_said(runs, 'epochs')}; in the order claimed in {progress} of {count} runs, "
        "each mode at a rate that suits it"
    )
    return {
        "GD-03": Verdict(
            judged(False, progress > count / 2),  # the condition: counted in epochs, not in time
            f"one row at a time is fast in epochs ({spread(runs, 'stochastic epochs')} to a loss of {TARGET}, "
            f"{spread(runs, 'batch epochs')} in batch mode), slow per epoch ({spread(runs, 'stochastic ms an epoch')} "
            f"ms against {spread(runs, 'batch ms an epoch')} ms)",
        ),
        "GD-05": Verdict(
            judged(per_epoch == least.count("batch") == count and not many, per_epoch > count / 2), time_said
        ),
        "GD-06": Verdict(judged(progress == count, progress > count / 2), epochs_said),
    }
