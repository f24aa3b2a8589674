"""Which activation should hidden layers have: does tanh learn faster than the sigmoid, ReLU best of the three?

Course: ACT-04, ACT-19.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.activations import ReLU, Sigmoid, Tanh
from glasswork.course import Verdict, spread
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD

SEEDS = 5
HIDDEN = (32, 32, 32)
EPOCHS = 4


def run(seed: int) -> dict[str, float]:
    digits = load_digits()
    x, y = torch.tensor(digits.data, dtype=torch.float32) / 16, torch.tensor(digits.target)
    found = {}
    for name, activation in (("sigmoid", Sigmoid), ("tanh", Tanh), ("relu", ReLU)):
        torch.manual_seed(seed)
        net = MLP(inputs=64, outputs=10, hidden=HIDDEN, activation=activation, dropout=0.0)
        descent = SGD(net.parameters(), lr=0.1)
        for _ in range(EPOCHS):
            for rows in torch.randperm(1500).split(10):
                descent.zero_grad()
                cross_entropy(net(x[rows]), y[rows]).backward()
                descent.step()
        with torch.no_grad():
            found[name] = cross_entropy(net(x[:1500]), y[:1500]).item()
            found[f"{name} accuracy"] = (net(x[1500:]).argmax(1) == y[1500:]).float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    tanh = sum(r["tanh"] < r["sigmoid"] for r in runs)
    best = sum(min(("sigmoid", "tanh", "relu"), key=r.__getitem__) == "relu" for r in runs)
    worst = sum(max(("sigmoid", "tanh", "relu"), key=r.__getitem__) == "sigmoid" for r in runs)

    def word(times: int) -> str:
        return "holds" if times == len(runs) else "holds under conditions" if times else "does not hold"

    loss = ", ".join(f"{name} {spread(runs, name)}" for name in ("sigmoid", "tanh", "relu"))
    share = ", ".join(f"{name} {spread(runs, name + ' accuracy')}" for name in ("sigmoid", "tanh", "relu"))
    return {
        "ACT-04": Verdict(
            word(tanh),
            f"training loss on digits after {EPOCHS} epochs: {loss}; "
            f"tanh below the sigmoid in {tanh} of {len(runs)} runs",
        ),
        "ACT-19": Verdict(
            word(min(best, worst)),
            f"three hidden layers on digits, the activation swapped: test accuracy {share}; ReLU had the least "
            f"training loss in {best} of {len(runs)} runs, the sigmoid the most in {worst}",
        ),
    }
