"""Which of the usual cures narrow the gap between seen and unseen examples?

Course: PROB-03, REG-08.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.augmentations import Crop, Rotate
from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.regularizers import L2
from glasswork.training import fit

SEEDS = 5
CURES = ("nothing", "dropout", "penalty", "data", "fewer", "stopping", "rotation", "shift")
VARIED = {"rotation": Rotate(12, outside="border"), "shift": Crop(padding=1, fill=-1.0)}


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float().view(-1, 1, 8, 8)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    valid, rest, found = order[-900:-700], order[-700:], {}
    for cure in CURES:
        known = order[: 600 if cure == "data" else 100]
        torch.manual_seed(seed)
        hidden = [8] if cure == "fewer" else [128, 128]
        model = MLP(inputs=64, outputs=10, hidden=hidden, dropout=0.5 if cure == "dropout" else 0.0)
        penalty = L2(0.02 if cure == "penalty" else 0.0)
        weights = [parameter for parameter in model.parameters() if parameter.ndim == 2]
        fit(
            model,
            (x[known], y[known]),
            loss=lambda output, target, p=penalty, w=weights: cross_entropy(output, target) + p(w),
            optimizer=Adam(model.parameters(), lr=2e-3),
            epochs=8 if cure == "data" else 40,
            valid=(x[valid], y[valid]) if cure == "stopping" else None,
            patience=3 if cure == "stopping" else None,
            augment=VARIED.get(cure),
            seed=seed,
            progress=False,
        )
        model.eval()
        with torch.no_grad():
            seen, unseen = (cross_entropy(model(x[part]), y[part]).item() for part in (known, rest))
            right = (model(x[rest]).argmax(1) == y[rest]).float().mean().item()
        found |= {f"gap_{cure}": unseen - seen, f"unseen_{cure}": unseen, f"right_{cure}": 100 * right}
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    narrowed = {cure: sum(r[f"gap_{cure}"] < r["gap_nothing"] for r in runs) for cure in CURES[1:]}
    better = {cure: sum(r[f"unseen_{cure}"] < r["unseen_nothing"] for r in runs) for cure in CURES[1:]}
    sure = [cure for cure in CURES[1:] if narrowed[cure] == better[cure] == many]
    verdict = judged(len(sure) == len(CURES) - 1, len(sure) > 0)
    said = "; ".join(
        f"{cure} {spread(runs, f'gap_{cure}')}" + ("" if cure == "nothing" else f" ({narrowed[cure]}, {better[cure]})")
        for cure in CURES
    )
    gaps = {kind: narrowed[kind] for kind in VARIED}
    losses = {kind: better[kind] for kind in VARIED}
    every = min(*gaps.values(), *losses.values()) == many
    right = {kind: spread(runs, f"right_{kind}") for kind in ("nothing", *VARIED)}
    return {
        "PROB-03": Verdict(
            verdict,
            f"100 digits, loss on unseen minus seen ones, and in how many of {many} seeds this gap and the loss on "
            f"unseen ones are smaller: {said}",
        ),
        "REG-08": Verdict(
            judged(every, many in gaps.values()),
            f"rotating 100 digits by up to 12 degrees changes the gap from {spread(runs, 'gap_nothing')} to "
            f"{spread(runs, 'gap_rotation')} (narrower in {gaps['rotation']} of {many} seeds) and the share right from "
            f"{right['nothing']} to {right['rotation']} %; shifting by a pixel narrows it to "
            f"{spread(runs, 'gap_shift')} (in {gaps['shift']}), and {right['shift']} % are right",
        ),
    }
