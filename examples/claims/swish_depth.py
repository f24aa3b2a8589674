"""Is swish worth its cost only in networks of more than 40 layers?

Course: ACT-12, HP-19.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.activations import ReLU, SiLU
from glasswork.course import Verdict, judged, spread
from glasswork.initializers import he_normal
from glasswork.losses import cross_entropy
from glasswork.optimizers import Adam

SEEDS = 5
DEPTHS = (3, 10, 45)
STEPS = 40
WIDTH = 24


class Deep(nn.Module):
    """Layers of one width, each added to what it was given and its inputs normalised, so that any depth can learn."""

    def __init__(self, depth: int, activation: nn.Module) -> None:
        super().__init__()
        self.first, self.head = nn.Linear(64, WIDTH), nn.Linear(WIDTH, 10)
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(depth - 1))
        self.activation = activation
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(depth))
        for layer in self.layers:
            he_normal(layer.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return ten logits."""
        h = self.activation(self.first(x))
        for layer, norm in zip(self.layers, self.norms[1:], strict=True):
            h = h + self.activation(layer(norm(h)))
        return self.head(self.norms[0](h))


def run(seed: int) -> dict[str, float]:
    digits = load_digits()
    x, y = torch.tensor(digits.data, dtype=torch.float32) / 16, torch.tensor(digits.target)
    found = {}
    for depth in DEPTHS:
        for name, activation in (("relu", ReLU()), ("swish", SiLU())):
            torch.manual_seed(seed)
            net = Deep(depth, activation)
            optimizer = Adam(net.parameters(), lr=3e-3)
            order = torch.randperm(1500)
            for step in range(STEPS):
                rows = order[step * 64 % 1408 :][:64]
                optimizer.zero_grad()
                cross_entropy(net(x[rows]), y[rows]).backward()
                optimizer.step()
            with torch.no_grad():
                found[f"{name} {depth}"] = cross_entropy(net(x[1500:]), y[1500:]).item()
        found[f"gain {depth}"] = found[f"relu {depth}"] - found[f"swish {depth}"]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    wins = {depth: sum(r[f"gain {depth}"] > 0 for r in runs) for depth in DEPTHS}
    most = len(runs) / 2
    deep, shallow = wins[DEPTHS[-1]] > most, any(wins[depth] > most for depth in DEPTHS[:-1])
    word = judged(deep and not shallow, False)
    said = "; ".join(
        f"{depth} layers: ReLU {spread(runs, f'relu {depth}')}, swish {spread(runs, f'swish {depth}')}, "
        f"swish lower in {wins[depth]} of {len(runs)}"
        for depth in DEPTHS
    )
    end = ": ahead in shallow ones too" if shallow else ": ahead in the deep ones alone" if deep else ": ahead in none"
    return {item: Verdict(word, f"test loss on digits, {said}{end}") for item in ("ACT-12", "HP-19")}
