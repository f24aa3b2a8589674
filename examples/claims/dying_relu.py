"""Do biases of 0.01 save ReLU units from dying? Does a leaky slope?

Course: INIT-15, HP-14, PROB-08.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.activations import LeakyReLU, ReLU
from glasswork.course import Verdict, judged, spread
from glasswork.initializers import he_normal, initialize, positive_bias, zeros
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.training import fit

SEEDS = 5
RATES = {"calm": 0.05, "rough": 0.6}


def unheard(model, x) -> float:
    """The share of hidden units that get no gradient from any row: their sum is below 0 on all of them."""
    sums, hidden = [], list(model.hidden)
    handles = [layer.linear.register_forward_hook(lambda module, given, out: sums.append(out)) for layer in hidden]
    model(x)
    for handle in handles:
        handle.remove()
    slopes = [torch.autograd.grad(layer.activation(z).sum(), z)[0] for layer, z in zip(hidden, sums, strict=True)]
    return torch.cat([(slope == 0).all(0) for slope in slopes]).float().mean().item()


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part[:400]) for part in load_digits(return_X_y=True))
    x, found = (x / 8 - 1).float(), {}
    variants = {"zero": (ReLU, zeros), "bias": (ReLU, positive_bias), "leaky": (LeakyReLU, zeros)}
    for pace, rate in RATES.items():
        for name, (activation, bias) in variants.items():
            torch.manual_seed(seed)
            model = MLP(inputs=64, outputs=10, hidden=[32] * 3, activation=activation, dropout=0.0)
            initialize(model, he_normal, bias)
            optimizer = SGD(model.parameters(), lr=rate)
            fit(model, (x, y), loss=cross_entropy, optimizer=optimizer, epochs=12, seed=seed, progress=False)
            found[f"{name}_{pace}"] = 100 * unheard(model, x)
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    helped = sum(r["bias_rough"] < 0.8 * r["zero_rough"] for r in runs)
    leaky = sum(r["leaky_rough"] == 0 for r in runs)
    rate = sum(r["zero_calm"] < r["zero_rough"] for r in runs)
    shares = {key: spread(runs, key) for key in runs[0]}
    bias = judged(helped == many, helped > many / 2)
    seen = (
        f"at a rate of 0.6, {shares['zero_rough']} % of ReLU units are dead after 12 epochs with biases that began at "
        f"0, {shares['bias_rough']} % with 0.01 (a fifth fewer in {helped} of {many} seeds)"
    )
    cured = judged(leaky == rate == many, leaky + rate > 0)
    return {
        "INIT-15": Verdict(bias, seen),
        "HP-14": Verdict(bias, seen),
        "PROB-08": Verdict(
            cured,
            f"{shares['zero_rough']} % of ReLU units are dead after training at a rate of 0.6, {shares['zero_calm']} % "
            f"at 0.05 (fewer in {rate} of {many} seeds); with a leaky slope {shares['leaky_rough']} %",
        ),
    }
