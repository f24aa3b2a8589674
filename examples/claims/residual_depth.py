"""Do residual connections cure gradients that vanish or explode in fifty layers?

Course: CNN-25.
"""

import math

import torch
from torch import nn

from glasswork.activations import ReLU
from glasswork.course import Verdict, judged, spread
from glasswork.initializers import he_normal, initialize, zeros
from glasswork.layers import BatchNorm, Convolution, Residual

SEEDS = 5
DEPTH = 50
LOW, HIGH = 0.01, 100.0  # below: vanished; above: exploded


def run(seed: int) -> dict[str, float]:
    """How many times the gradient that is sent down from the top arrives at the input."""
    found = {}
    for kind in ("small", "He", "normed"):
        for way in ("plain", "residual"):
            torch.manual_seed(seed)
            layers = [_layer(kind) for _ in range(DEPTH)]
            net = nn.Sequential(*(layers if way == "plain" else map(Residual, layers)))
            x = torch.randn(8, 8, 8, 8, requires_grad=True)
            maps = net(x)
            sent = torch.randn_like(maps)
            maps.backward(sent)
            found[f"{kind} {way}"] = (x.grad.norm() / sent.norm()).item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    def every(key: str, low: float = 0.0, high: float = math.inf) -> bool:
        return all(low < r[key] < high for r in runs)

    revived = every("small plain", high=LOW) and every("small residual", low=LOW)
    sound = [kind for kind in ("small", "He", "normed") if every(f"{kind} residual", LOW, HIGH)]
    arrived = "; ".join(
        f"{kind} {spread(runs, f'{kind} plain', digits=2)} and {spread(runs, f'{kind} residual', digits=2)}"
        for kind in ("small", "He", "normed")
    )
    seen = (
        f"share of a gradient that arrives through {DEPTH} layers, plain and residual, by weights: {arrived}; residual "
        f"connections {'cure' if revived else 'do not cure'} vanishing, and the gradient neither vanishes nor explodes "
        f"{'with ' + ', '.join(sound) + ' weights alone' if sound else 'in no case'}"
    )
    return {"CNN-25": Verdict(judged(revived and len(sound) == 3, revived or len(sound) > 0), seen)}


def _layer(kind: str) -> nn.Module:
    convolution = Convolution(channels=8, maps=8, padding="same")
    if kind == "small":
        return nn.Sequential(convolution, ReLU())
    initialize(convolution, he_normal, zeros)
    return nn.Sequential(convolution, BatchNorm(8), ReLU()) if kind == "normed" else nn.Sequential(convolution, ReLU())
