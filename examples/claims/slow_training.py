"""Which cures shorten training to the same loss: optimizer, schedule, smaller batches, early stopping?

Course: PROB-07.
"""

import time

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, spread
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD, Adam, Momentum
from glasswork.schedules import OneCycle
from glasswork.training import fit

SEEDS = 5
TARGET, MOST = 0.3, 120
WAYS = {
    "plain": (lambda weights: SGD(weights, lr=0.1), 1000, None),
    "momentum": (lambda weights: Momentum(weights, lr=0.1), 1000, None),
    "adam": (lambda weights: Adam(weights, lr=5e-3), 1000, None),
    "schedule": (lambda weights: SGD(weights, lr=0.6), 1000, OneCycle()),
    "batches": (lambda weights: SGD(weights, lr=0.1), 32, None),
}


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    data, valid = (x[order[:1000]], y[order[:1000]]), (x[order[1000:]], y[order[1000:]])
    found = {}
    for name, (optimizer, batch_size, schedule) in WAYS.items():
        torch.manual_seed(seed)
        model, curve = MLP(inputs=64, outputs=10, hidden=[64], dropout=0.0), []
        began = time.perf_counter()
        settings = {"epochs": MOST if batch_size == 1000 else 8, "batch_size": batch_size, "schedule": schedule}
        fit(
            model,
            data,
            loss=cross_entropy,
            optimizer=optimizer(model.parameters()),
            valid=valid,
            log=lambda line, c=curve, b=began: c.append((line.get("valid/loss", 9.0), time.perf_counter() - b)),
            seed=seed,
            progress=False,
            **settings,
        )
        epochs = [point for point in curve if point[0] < 9.0]
        reached = [number for number, (loss, _) in enumerate(epochs, 1) if loss < TARGET]
        found[f"epochs_{name}"] = reached[0] if reached else MOST + 1
        found[f"seconds_{name}"] = epochs[(reached[0] if reached else len(epochs)) - 1][1]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    faster = {way: sum(r[f"epochs_{way}"] < r["epochs_plain"] for r in runs) for way in list(WAYS)[1:]}
    counts = faster.values()
    verdict = "holds" if min(counts) == many else "does not hold" if max(counts) == 0 else "holds under conditions"
    said = "; ".join(
        f"{way} {spread(runs, f'epochs_{way}')} epochs, {spread(runs, f'seconds_{way}')} s"
        + ("" if way == "plain" else f" ({faster[way]})")
        for way in WAYS
    )
    return {
        "PROB-07": Verdict(
            verdict,
            f"to a validation loss of {TARGET} on digits, at most {MOST} epochs, and in how many of {many} seeds fewer "
            f"than plain descent on all rows at once: {said}",
        )
    }
