"""Does batch normalisation train faster, allow larger rates, and care less about the initial weights?

Course: NORM-01.
"""

import math
from functools import partial

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, spread
from glasswork.errors import NonFiniteError
from glasswork.initializers import he_normal, initialize, small_random
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.training import fit

SEEDS = 5
RATES = (0.05, 0.2, 0.8, 3.2, 12.8)


def losses(norm: str, rate: float, start, epochs: int, seed: int) -> list[float]:
    x, y = (torch.tensor(part[:500]) for part in load_digits(return_X_y=True))
    model = MLP(inputs=64, outputs=10, hidden=[48] * 4, norm=norm, dropout=0.0)
    initialize(model, partial(start, generator=torch.Generator().manual_seed(seed)))
    data, optimizer = ((x / 8 - 1).float(), y), SGD(model.parameters(), lr=rate)
    try:
        history = fit(model, data, loss=cross_entropy, optimizer=optimizer, epochs=epochs, seed=seed, progress=False)
    except NonFiniteError:
        return [math.inf]
    return [line["train/loss"] for line in history.epochs]


def run(seed: int) -> dict[str, float]:
    found = {}
    for norm in ("none", "batch"):
        curve = losses(norm, 0.05, he_normal, 12, seed)
        found[f"epochs_{norm}"] = next((number for number, loss in enumerate(curve, 1) if loss < 0.3), 13)
        found[f"rate_{norm}"] = max(
            (rate for rate in RATES if losses(norm, rate, he_normal, 4, seed)[-1] < 1), default=0.0
        )
        found[f"small_{norm}"] = losses(norm, 0.05, small_random, 6, seed)[-1]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    wins = {
        "faster": sum(r["epochs_batch"] < r["epochs_none"] for r in runs),
        "rate": sum(r["rate_batch"] > r["rate_none"] for r in runs),
        "start": sum(r["small_batch"] < 0.5 * r["small_none"] for r in runs),
    }
    all_hold = all(count == many for count in wins.values())
    none_hold = all(count <= many / 2 for count in wins.values())
    verdict = "holds" if all_hold else "does not hold" if none_hold else "holds under conditions"
    s = {key: spread(runs, key) for key in runs[0]}
    return {
        "NORM-01": Verdict(
            verdict,
            f"with it, epochs to a loss of 0.3 at one rate: {s['epochs_batch']} against {s['epochs_none']} (fewer in "
            f"{wins['faster']} of {many} seeds); largest rate of {RATES} that learns in 4 epochs: {s['rate_batch']} "
            f"against {s['rate_none']} (larger in {wins['rate']}); loss after 6 epochs from weights of deviation 0.01: "
            f"{s['small_batch']} against {s['small_none']} (less than half in {wins['start']})",
        )
    }
