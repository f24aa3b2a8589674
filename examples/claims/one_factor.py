"""One setting changed at a time: which of the ten that are said to matter do?

Course: HP-20.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.activations import ReLU, Sigmoid
from glasswork.course import Verdict, judged, spread
from glasswork.initializers import he_normal, initialize, small_random
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD, Adam
from glasswork.regularizers import L2
from glasswork.schedules import Cosine
from glasswork.training import fit

SEEDS = 5
BASE = {
    "rate": 0.1,
    "batch": 32,
    "epochs": 20,
    "optimizer": SGD,
    "start": he_normal,
    "dropout": 0.0,
    "penalty": 0.0,
    "schedule": None,
    "patience": None,
    "activation": ReLU,
}
CHANGES = {
    "rate": 0.003,
    "batch": 200,
    "epochs": 3,
    "optimizer": Adam,
    "start": small_random,
    "dropout": 0.5,
    "penalty": 0.01,
    "schedule": Cosine(),
    "patience": 1,
    "activation": Sigmoid,
}


def loss_on_unseen(seed: int, **changed) -> float:
    s = BASE | changed
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    known, valid, rest = order[:200], order[-800:-600], order[-600:]
    torch.manual_seed(seed)
    model = MLP(inputs=64, outputs=10, hidden=[32, 32], dropout=s["dropout"], activation=s["activation"])
    initialize(model, s["start"])
    penalty, weights = L2(s["penalty"]), [parameter for parameter in model.parameters() if parameter.ndim == 2]
    fit(
        model,
        (x[known], y[known]),
        loss=lambda output, target: cross_entropy(output, target) + penalty(weights),
        optimizer=s["optimizer"](model.parameters(), lr=s["rate"] if s["optimizer"] is SGD else 0.03 * s["rate"]),
        epochs=s["epochs"],
        batch_size=s["batch"],
        schedule=s["schedule"],
        valid=(x[valid], y[valid]) if s["patience"] else None,
        patience=s["patience"],
        seed=seed,
        progress=False,
    )
    with torch.no_grad():
        return cross_entropy(model.eval()(x[rest]), y[rest]).item()


def run(seed: int) -> dict[str, float]:
    found = {"base": loss_on_unseen(seed), "again": loss_on_unseen(seed + 1000)}  # another seed, nothing else
    return found | {name: loss_on_unseen(seed, **{name: value}) for name, value in CHANGES.items()}


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    chance = max(abs(r["again"] - r["base"]) for r in runs)
    matters = [name for name in CHANGES if sum(abs(r[name] - r["base"]) > chance for r in runs) > many / 2]
    verdict = judged(len(matters) == len(CHANGES), len(matters) > 0)
    said = ", ".join(f"{name} {spread(runs, name)}" for name in CHANGES)
    others = ", ".join(name for name in CHANGES if name not in matters)
    rest = f"; {others} did not, here" if others else ""
    return {
        "HP-20": Verdict(
            verdict,
            f"200 digits, loss on unseen ones {spread(runs, 'base')}; with one setting changed: {said}. {len(matters)} "
            f"of {len(CHANGES)} change it by more than another seed does (up to {chance:.2g}) in most runs{rest}",
        )
    }
