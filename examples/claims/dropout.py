"""Does dropout reduce overfitting, at which rates, and where should it go?

Course: REG-05, REG-06.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.activations import ReLU
from glasswork.course import Verdict, judged, spread
from glasswork.layers import Dropout
from glasswork.losses import cross_entropy
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
# Rates after the inputs, the first and the last hidden layer.
PLACES = {
    "none": (0.0, 0.0, 0.0),
    "last": (0.0, 0.0, 0.5),
    "first": (0.0, 0.5, 0.0),
    "inputs": (0.5, 0.0, 0.0),
    "both": (0.0, 0.5, 0.5),
    "low": (0.0, 0.05, 0.05),
    "moderate": (0.0, 0.2, 0.2),
    "high": (0.0, 0.9, 0.9),
}


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    few, rest = order[:150], order[-700:]
    found = {}
    for name, (p, q, r) in PLACES.items():
        torch.manual_seed(seed)
        model = nn.Sequential(
            *(Dropout(p), nn.Linear(64, 128), ReLU()),
            *(Dropout(q), nn.Linear(128, 128), ReLU()),
            *(Dropout(r), nn.Linear(128, 10)),
        )
        optimizer = Adam(model.parameters(), lr=2e-3)
        fit(model, (x[few], y[few]), loss=cross_entropy, optimizer=optimizer, epochs=30, seed=seed, progress=False)
        model.eval()
        with torch.no_grad():
            seen, unseen = cross_entropy(model(x[few]), y[few]).item(), cross_entropy(model(x[rest]), y[rest]).item()
            found[f"right_{name}"] = 100 * (model(x[rest]).argmax(1) == y[rest]).float().mean().item()
        found |= {f"gap_{name}": unseen - seen, f"seen_{name}": seen, f"unseen_{name}": unseen}
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    s = {key: spread(runs, key) for key in runs[0]}
    better = sum(min(r["unseen_moderate"], r["unseen_both"]) < r["unseen_none"] for r in runs)
    ordered = sum(r["seen_low"] < r["seen_both"] < r["seen_high"] for r in runs)
    under = sum(r["unseen_high"] > r["unseen_both"] for r in runs)
    counts = (better, ordered, under)
    rates = judged(min(counts) == many, max(counts) > many / 2)
    last = sum(r["unseen_last"] < min(r["unseen_first"], r["unseen_inputs"]) for r in runs)
    more = sum(r["unseen_both"] < r["unseen_last"] for r in runs)
    helps = sum(r["unseen_last"] < r["unseen_none"] for r in runs)
    place = judged(last == many, helps > many / 2)
    return {
        "REG-05": Verdict(
            rates,
            f"150 digits, loss on unseen ones at rates 0, 0.05, 0.2, 0.5, 0.9: {s['unseen_none']}, {s['unseen_low']}, "
            f"{s['unseen_moderate']}, {s['unseen_both']}, {s['unseen_high']} (0.2 or 0.5 better than none in {better} "
            f"of {many} seeds, 0.9 worse than 0.5 in {under}); on seen ones it rises with the rate (in {ordered}), "
            f"from {s['seen_low']} to {s['seen_high']}: slower learning",
        ),
        "REG-06": Verdict(
            place,
            f"a rate of 0.5 in one place, loss on unseen digits: last hidden layer {s['unseen_last']}, first "
            f"{s['unseen_first']}, inputs {s['unseen_inputs']}, none {s['unseen_none']} (last is better than "
            f"none in {helps} of {many} seeds, and best of all in {last}); in both hidden layers {s['unseen_both']} "
            f"(better than last alone in {more})",
        ),
    }
