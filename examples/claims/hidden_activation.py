"""Which activation should hidden layers have: does tanh learn faster than the sigmoid, ReLU best of the three?

Course: ACT-04, ACT-19.
"""

import math
from functools import partial

import torch
from sklearn.datasets import load_digits

from glasswork.activations import ReLU, Sigmoid, Tanh
from glasswork.course import Verdict, judged, spread
from glasswork.initializers import by_activation, initialize
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD

SEEDS = 5
HIDDEN = (32, 32, 32)
EPOCHS = 4
RATES = (0.03, 0.1, 0.3, 1.0)  # each activation is judged at the one that suits it


def run(seed: int) -> dict[str, float]:
    digits = load_digits()
    x, y = torch.tensor(digits.data, dtype=torch.float32) / 16, torch.tensor(digits.target)
    found = {}
    for name, activation in (("sigmoid", Sigmoid), ("tanh", Tanh), ("relu", ReLU)):
        found[name] = math.inf
        for rate in RATES:
            torch.manual_seed(seed)
            net = MLP(inputs=64, outputs=10, hidden=HIDDEN, activation=activation, dropout=0.0)
            initialize(net, partial(by_activation, activation=activation))
            descent = SGD(net.parameters(), lr=rate)
            for _ in range(EPOCHS):
                for rows in torch.randperm(1500).split(10):
                    descent.zero_grad()
                    cross_entropy(net(x[rows]), y[rows]).backward()
                    descent.step()
            with torch.no_grad():
                loss = cross_entropy(net(x[:1500]), y[:1500]).item()
                if loss < found[name]:
                    right = (net(x[1500:]).argmax(1) == y[1500:]).float().mean().item()
                    found |= {name: loss, f"{name} accuracy": right, f"{name} rate": rate}
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    tanh = sum(r["tanh"] < r["sigmoid"] for r in runs)
    best = sum(min(("sigmoid", "tanh", "relu"), key=r.__getitem__) == "relu" for r in runs)
    worst = sum(max(("sigmoid", "tanh", "relu"), key=r.__getitem__) == "sigmoid" for r in runs)

    loss = ", ".join(f"{name} {spread(runs, name)}" for name in ("sigmoid", "tanh", "relu"))
    share = ", ".join(f"{name} {spread(runs, name + ' accuracy')}" for name in ("sigmoid", "tanh", "relu"))
    return {
        "ACT-04": Verdict(
            judged(tanh == many, tanh > many / 2),
            f"training loss on digits after {EPOCHS} epochs, each from weights that suit it and at the best of "
            f"{len(RATES)} rates: {loss}; "
            f"tanh below the sigmoid in {tanh} of {len(runs)} runs",
        ),
        "ACT-19": Verdict(
            judged(min(best, worst) == many, min(best, worst) > many / 2),
            f"three hidden layers on digits, the activation swapped, with weights and rate that suit it: test accuracy "
            f"{share}; ReLU had the least training loss in {best} of {len(runs)} runs, the sigmoid the most in {worst}",
        ),
    }
