"""Does batch normalisation train faster, allow larger rates, and care less about the initial weights?

Course: NORM-01.
"""

import math
from functools import partial

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.errors import NonFiniteError
from glasswork.initializers import he_normal, initialize, small_random
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.training import fit

SEEDS = 5
RATES = (0.05, 0.2, 0.8, 3.2, 12.8)
EPOCHS = 10


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
        curves = {rate: losses(norm, rate, he_normal, EPOCHS, seed) for rate in RATES}
        reached = {rate: [n for n, loss in enumerate(curve, 1) if loss < 0.3] for rate, curve in curves.items()}
        found[f"same_rate_{norm}"] = min(reached[RATES[0]], default=EPOCHS + 1)
        found[f"best_rate_{norm}"] = min((min(epochs) for epochs in reached.values() if epochs), default=EPOCHS + 1)
        found[f"rate_{norm}"] = max((rate for rate, curve in curves.items() if min(curve) < 1), default=0.0)
        found[f"small_{norm}"] = losses(norm, 0.05, small_random, 6, seed)[-1]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    wins = {
        "same rate": sum(r["same_rate_batch"] < r["same_rate_none"] for r in runs),
        "best rate": sum(r["best_rate_batch"] < r["best_rate_none"] for r in runs),
        "rate": sum(r["rate_batch"] > r["rate_none"] for r in runs),
        "start": sum(r["small_batch"] < 0.5 * r["small_none"] for r in runs),
    }
    counts = wins.values()
    verdict = judged(min(counts) == many, max(counts) > many / 2)
    s = {key: spread(runs, key) for key in runs[0]}
    return {
        "NORM-01": Verdict(
            verdict,
            f"with it, epochs to a loss of 0.3 at a rate of {RATES[0]}: {s['same_rate_batch']} against "
            f"{s['same_rate_none']} (fewer in {wins['same rate']} of {many} seeds), each at the best of {len(RATES)} "
            f"rates: {s['best_rate_batch']} against {s['best_rate_none']} (fewer in {wins['best rate']}); largest rate "
            f"of {', '.join(map(str, RATES))} that learns in {EPOCHS} epochs: {s['rate_batch']} "
            f"against {s['rate_none']} (larger in {wins['rate']}); loss after 6 epochs from weights of deviation 0.01: "
            f"{s['small_batch']} against {s['small_none']} (less than half in {wins['start']})",
        )
    }
