"""Do ReLU with He and tanh with Xavier train faster than the other way round, and than small random weights?

Course: INIT-14, HP-08.
"""

from functools import partial

import torch
from sklearn.datasets import load_digits

from glasswork.activations import ReLU, Tanh
from glasswork.course import Verdict, judged, spread
from glasswork.initializers import he_normal, initialize, small_random, xavier_normal
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.training import fit

SEEDS = 5
STARTS = {"he": he_normal, "xavier": xavier_normal, "small": small_random}


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part[:500]) for part in load_digits(return_X_y=True))
    x, found = (x / 8 - 1).float(), {}
    for activation in (ReLU, Tanh):
        for name, start in STARTS.items():
            model = MLP(inputs=64, outputs=10, hidden=[64] * 10, activation=activation, dropout=0.0)
            initialize(model, partial(start, generator=torch.Generator().manual_seed(seed)))
            optimizer = SGD(model.parameters(), lr=0.02, momentum=0.9)
            history = fit(model, (x, y), loss=cross_entropy, optimizer=optimizer, epochs=8, seed=seed, progress=False)
            found[f"{activation.__name__.lower()}_{name}"] = history.epochs[-1]["train/loss"]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    relu = sum(r["relu_he"] < r["relu_xavier"] for r in runs)
    tanh = sum(r["tanh_xavier"] < r["tanh_he"] for r in runs)
    good = sum(max(r["relu_he"], r["tanh_xavier"]) < min(r["relu_small"], r["tanh_small"]) for r in runs)
    many = len(runs)
    pairs = judged(relu == tanh == many, relu + tanh > 0)
    started = judged(good == many, good > 0)
    losses = {key: spread(runs, key) for key in runs[0]}
    return {
        "INIT-14": Verdict(
            pairs,
            f"ten layers, loss after 8 epochs: ReLU {losses['relu_he']} with He, {losses['relu_xavier']} with Xavier "
            f"(He ahead in {relu} of {many} seeds); tanh {losses['tanh_xavier']} with Xavier, {losses['tanh_he']} with "
            f"He (Xavier ahead in {tanh} of {many})",
        ),
        "HP-08": Verdict(
            started,
            f"the suggested start ends at {losses['relu_he']} (ReLU) and {losses['tanh_xavier']} (tanh), weights of "
            f"deviation 0.01 at {losses['relu_small']} and {losses['tanh_small']}, which is guessing (2.3); "
            f"ahead in {good} of {many} seeds",
        ),
    }
