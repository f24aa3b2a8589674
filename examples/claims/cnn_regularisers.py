"""Do batch normalisation, pooling and early stopping regularise a convolutional network, as dropout and L2 do?

Course: REG-10.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.activations import ReLU
from glasswork.augmentations import Crop
from glasswork.course import Verdict, judged, spread
from glasswork.layers import BatchNorm, Dropout
from glasswork.losses import cross_entropy
from glasswork.optimizers import AdamW
from glasswork.training import fit

SEEDS = 5
KINDS = ("nothing", "norm", "pooling", "stopping", "dropout", "l2", "augmentation")


def network(kind: str) -> nn.Module:
    norms = [BatchNorm(16), BatchNorm(16)] if kind == "norm" else [nn.Identity(), nn.Identity()]
    pool = nn.MaxPool2d(2) if kind == "pooling" else nn.Identity()
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), norms[0], ReLU()),
        *(nn.Conv2d(16, 16, 3, padding=1), norms[1], ReLU(), pool, nn.Flatten()),
        *(Dropout(0.5 if kind == "dropout" else 0.0), nn.LazyLinear(10)),
    )


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float().view(-1, 1, 8, 8)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    few, valid, rest = order[:100], order[-700:-500], order[-500:]
    found = {}
    for kind in KINDS:
        torch.manual_seed(seed)
        model = network(kind)
        model(x[:2])
        fit(
            model,
            (x[few], y[few]),
            loss=cross_entropy,
            optimizer=AdamW(model.parameters(), lr=3e-3, weight_decay=1.0 if kind == "l2" else 0.0),
            epochs=25,
            valid=(x[valid], y[valid]) if kind == "stopping" else None,
            patience=3 if kind == "stopping" else None,
            augment=Crop(padding=1, fill=-1.0) if kind == "augmentation" else None,
            seed=seed,
            progress=False,
        )
        model.eval()
        with torch.no_grad():
            seen, unseen = (cross_entropy(model(x[part]), y[part]).item() for part in (few, rest))
        found |= {f"gap_{kind}": unseen - seen, f"unseen_{kind}": unseen}
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    better = {kind: sum(r[f"unseen_{kind}"] < r["unseen_nothing"] for r in runs) for kind in KINDS[1:]}
    narrower = {kind: sum(r[f"gap_{kind}"] < r["gap_nothing"] for r in runs) for kind in KINDS[1:]}
    sure = sum(better[kind] == narrower[kind] == many for kind in KINDS[1:])
    verdict = judged(sure == len(better), sure > 0)
    said = "; ".join(
        f"{kind} {spread(runs, f'unseen_{kind}')}"
        + ("" if kind == "nothing" else f" ({better[kind]}; gap {narrower[kind]})")
        for kind in KINDS
    )
    return {
        "REG-10": Verdict(
            verdict,
            f"100 digits, loss on unseen ones, and in how many of {many} seeds it and its gap to the seen ones are "
            f"below those of a plain network: {said}",
        )
    }
