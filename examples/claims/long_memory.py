"""How long does a simple recurrent network remember, and do identity weights or an LSTM remember longer?

Course: PROB-13.
"""

import torch
from torch import Tensor, nn

from glasswork.course import Verdict, judged, spread
from glasswork.initializers import constant, identity, small_random, zeros
from glasswork.layers import LSTM, RNN
from glasswork.losses import cross_entropy
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
LAGS, HIDDEN, ROWS = (4, 40), 24, 1000


class Recall(nn.Module):
    """Say what came first, from the last state alone."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        if kind == "lstm":
            self.memory: nn.Module = LSTM(inputs=1, hidden=HIDDEN)
            constant(self.memory.bias_ih_l0[HIDDEN : 2 * HIDDEN], value=3.0)  # the forget gates begin open
        else:
            self.memory = RNN(inputs=1, hidden=HIDDEN, activation="relu" if kind == "identity" else "tanh")
        if kind == "small":
            small_random(self.memory.weight_hh_l0)
        if kind == "identity":
            identity(self.memory.weight_hh_l0)
            zeros(self.memory.bias_hh_l0)
            zeros(self.memory.bias_ih_l0)
        self.head = nn.Linear(HIDDEN, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        outputs, _ = self.memory(x)
        return self.head(outputs[:, -1])


def task(lag: int, rows: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """First 1 or -1, then nothing but a little noise."""
    y = torch.randint(2, (rows,), generator=generator)
    x = 0.1 * torch.randn(rows, 1 + lag, 1, generator=generator)
    x[:, 0, 0] += 2.0 * y - 1
    return x, y


def run(seed: int) -> dict[str, float]:
    found = {}
    for lag in LAGS:
        generator = torch.Generator().manual_seed(seed)
        data, (x, y) = task(lag, ROWS, generator), task(lag, 500, generator)
        for kind in ("tanh", "small", "identity", "lstm"):
            torch.manual_seed(seed)
            model = Recall(kind)
            optimizer, settings = Adam(model.parameters(), lr=3e-3), {"epochs": 4, "clip_norm": 1.0, "seed": seed}
            fit(model, data, loss=cross_entropy, optimizer=optimizer, **settings, progress=False)
            with torch.no_grad():
                found[f"{kind}_{lag}"] = 100 * (model(x).argmax(1) == y).float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many, (short, long) = len(runs), LAGS
    forgets = sum(r[f"tanh_{short}"] > 95 and r[f"tanh_{long}"] < 90 for r in runs)
    cured = {kind: sum(r[f"{kind}_{long}"] > r[f"tanh_{long}"] for r in runs) for kind in ("identity", "lstm")}
    counts = (forgets, *cured.values())
    verdict = judged(min(counts) == many, max(counts) > 0)
    shown = {kind: " and ".join(spread(runs, f"{kind}_{lag}") for lag in LAGS) for kind in ("tanh", "small", *cured)}
    return {
        "PROB-13": Verdict(
            verdict,
            f"what came first, asked {' and '.join(map(str, LAGS))} steps later, share right: simple network "
            f"{shown['tanh']} % (learns the short and not the long lag in {forgets} of {many} seeds), from small "
            f"recurrent weights {shown['small']} %; ReLU with identity weights {shown['identity']} % (better at the "
            f"long one in {cured['identity']}), LSTM with open forget gates {shown['lstm']} % (in {cured['lstm']})",
        )
    }
