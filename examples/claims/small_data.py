"""Not enough data: do transfer, unsupervised pre-training, augmentation and more data help?

Course: PROB-05.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.activations import ReLU
from glasswork.augmentations import Rotate
from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy, squared_error
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
KINDS = ("few", "transfer", "unsupervised", "augmentation", "more")


def body() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 64), ReLU(), nn.Linear(64, 32), ReLU())


def train(model: nn.Module, data, loss, epochs: int, seed: int, augment=None) -> None:
    optimizer = Adam(model.parameters(), lr=2e-3)
    fit(model, data, loss=loss, optimizer=optimizer, epochs=epochs, augment=augment, seed=seed, progress=False)


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float().view(-1, 1, 8, 8)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    x, y = x[order], y[order]
    old, new = y < 5, y >= 5  # 0 to 4 are plenty; of 5 to 9 there are 25, and 400 to be asked about
    plenty, labelled, asked = (x[old], y[old]), (x[new][:25], y[new][:25] - 5), (x[new][-400:], y[new][-400:] - 5)
    found = {}
    for kind in KINDS:
        torch.manual_seed(seed)
        features = body()
        if kind == "transfer":
            train(nn.Sequential(features, nn.Linear(32, 5)), plenty, cross_entropy, 6, seed)
        if kind == "unsupervised":  # an autoencoder, of pictures without labels
            unlabelled = x[new][:-400]
            copied = (unlabelled, unlabelled.flatten(1))
            train(nn.Sequential(features, nn.Linear(32, 64)), copied, squared_error, 10, seed)
        model = nn.Sequential(features, nn.Linear(32, 5))
        data = (x[new][:400], y[new][:400] - 5) if kind == "more" else labelled
        augment = Rotate(12, outside="border") if kind == "augmentation" else None
        train(model, data, cross_entropy, 6 if kind == "more" else 60, seed, augment)
        with torch.no_grad():
            found[kind] = 100 * (model(asked[0]).argmax(1) == asked[1]).float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    better = {kind: sum(r[kind] > r["few"] for r in runs) for kind in KINDS[1:]}
    counts = better.values()
    verdict = judged(min(counts) == many, max(counts) > 0)
    said = "; ".join(f"{kind} {spread(runs, kind)} % (better in {better[kind]})" for kind in KINDS[1:])
    return {
        "PROB-05": Verdict(
            verdict,
            f"five kinds of digits learned from 25 pictures: {spread(runs, 'few')} % right; in {many} seeds: {said}",
        )
    }
