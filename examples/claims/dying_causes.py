"""What kills ReLU units: a large learning rate, a large negative bias? Do a low rate and a leaky slope keep them alive?

Course: ACT-18.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.activations import LeakyReLU, ReLU
from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy
from glasswork.optimizers import SGD

SEEDS = 5
STEPS = 100
SETTINGS = {  # activation, learning rate, first bias
    "low rate": (ReLU, 0.1, 0.0),
    "large rate": (ReLU, 3.0, 0.0),
    "negative bias": (ReLU, 0.1, -5.0),
    "leaky": (LeakyReLU, 3.0, -5.0),
}


def run(seed: int) -> dict[str, float]:
    digits = load_digits()
    x, y = torch.tensor(digits.data, dtype=torch.float32) / 16, torch.tensor(digits.target)
    found = {}
    for name, (activation, rate, bias) in SETTINGS.items():
        torch.manual_seed(seed)
        layer, act, head = nn.Linear(64, 64), activation(), nn.Linear(64, 10)
        nn.init.constant_(layer.bias, bias)
        net = nn.Sequential(layer, act, head)
        descent = SGD(net.parameters(), lr=rate)
        for _ in range(STEPS):
            rows = torch.randint(len(x), (64,))
            descent.zero_grad()
            cross_entropy(net(x[rows]), y[rows]).backward()
            descent.step()
        hidden = act(layer(x))
        slopes = torch.autograd.grad(hidden.sum(), layer.bias)[0]
        found[name] = (slopes == 0).float().mean().item()  # no row passes a gradient to the unit
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    rate = sum(r["large rate"] > r["low rate"] for r in runs)
    bias = sum(r["negative bias"] > r["low rate"] for r in runs)
    leaky = sum(r["leaky"] == 0 for r in runs)
    times = (rate, bias, leaky)
    word = judged(min(times) == len(runs), max(times) > 0)
    shares = ", ".join(f"{name} {spread(runs, name)}" for name in SETTINGS)
    seen = (
        f"share of 64 units that no row of digits moves after {STEPS} steps: {shares} (large rate and negative bias "
        f"at once with a leaky slope); more with a large rate in {rate} of {len(runs)} runs, with a negative "
        f"bias in {bias}"
    )
    return {"ACT-18": Verdict(word, seen)}
