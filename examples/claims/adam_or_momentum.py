"""Does Adam converge faster than SGD with momentum, and does the latter generalise better?

Course: OPT-09, OPT-11.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.metrics import accuracy
from glasswork.models import MLP
from glasswork.optimizers import SGD, Adam, Optimizer, RMSprop
from glasswork.records import Batch

SEEDS = 5
EARLY, STEPS = 30, 200


def _with_momentum(parameters, lr: float) -> Optimizer:
    return SGD(parameters, lr=lr, momentum=0.9)


# Each at three rates; its figures are those of the rate with the lowest loss at the early step, and at the end.
KINDS = {
    "SGD": (SGD, (0.1, 0.3, 1.0)),
    "momentum": (_with_momentum, (0.01, 0.03, 0.1)),
    "RMSprop": (RMSprop, (0.0003, 0.001, 0.003)),
    "Adam": (Adam, (0.001, 0.003, 0.01)),
}


def run(seed: int) -> dict[str, float]:
    pixels, labels = load_digits(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    x, y = torch.tensor(pixels / 16, dtype=torch.float32)[order], torch.tensor(labels)[order]
    train, test = slice(0, 500), slice(500, None)
    batches = [torch.randint(500, (64,), generator=generator) for _ in range(STEPS)]
    found = {}
    for name, (kind, rates) in KINDS.items():
        early, late, right = [], [], []
        for rate in rates:
            torch.manual_seed(seed)
            model = MLP(inputs=64, outputs=10, hidden=[32], dropout=0.0)
            learner = GradientDescent(model, cross_entropy, kind(model.parameters(), lr=rate), watch_every=0)
            for step, rows in enumerate(batches, start=1):
                learner.step(Batch({"x": x[train][rows]}, y[train][rows]))
                if step in (EARLY, STEPS):
                    with torch.no_grad():
                        (early if step == EARLY else late).append(cross_entropy(model(x[train]), y[train]).item())
            with torch.no_grad():
                right.append(accuracy(model(x[test]), y[test]).item())
        found[f"{name} early loss"] = min(early)
        found[f"{name} late loss"] = min(late)
        found[f"{name} accuracy"] = right[late.index(min(late))]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    sooner = sum(run["Adam early loss"] < run["momentum early loss"] for run in runs)
    better = sum(run["momentum accuracy"] > run["Adam accuracy"] for run in runs)
    plain = sum(run["Adam early loss"] < run["SGD early loss"] for run in runs)
    early = ", ".join(f"{name} {spread(runs, f'{name} early loss')}" for name in KINDS)
    right = ", ".join(f"{name} {spread(runs, f'{name} accuracy')}" for name in KINDS)
    said = (
        f"loss after {EARLY} steps, each at the best of three rates: {early}; Adam below momentum in {sooner} of "
        f"{count} runs. Accuracy on other digits after {STEPS}: {right}; momentum above Adam in {better} of {count}"
    )
    full = sooner == better == count
    some = sooner > count / 2 or better > count / 2
    return {
        "OPT-09": Verdict(
            judged(plain == count and sooner == count, plain > count / 2),
            f"loss after {EARLY} steps, each at the best of three rates: {early}; Adam below plain SGD in {plain} and "
            f"below momentum in {sooner} of {count} runs",
        ),
        "OPT-11": Verdict(judged(full, some), said),
    }
