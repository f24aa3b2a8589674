"""Does varying the training pictures narrow the gap between seen and unseen ones?

Course: AUG-01.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.augmentations import Compose, Flip, Rotate, Scale, Translate
from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
SMALL = Compose(Rotate(10, outside="border"), Scale(0.9, 1.1, outside="border"), Translate(0.08, outside="border"))
WRONG = Compose(Flip(0.5), Flip(0.5, direction="vertical"))  # a mirrored 2 is no 2


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float().view(-1, 1, 8, 8)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    known, unknown, found = order[:100], order[100:], {}
    for name, augment in (("plain", None), ("small", SMALL), ("wrong", WRONG)):
        torch.manual_seed(seed)
        model = MLP(inputs=64, outputs=10, hidden=[64])
        optimizer = Adam(model.parameters(), lr=3e-3)
        data = (x[known], y[known])
        fit(
            model, data, loss=cross_entropy, optimizer=optimizer, epochs=100, augment=augment, seed=seed, progress=False
        )
        with torch.no_grad():
            seen, unseen = (model.eval()(x[part]) for part in (known, unknown))
        found[f"gap_{name}"] = (cross_entropy(unseen, y[unknown]) - cross_entropy(seen, y[known])).item()
        found[f"right_{name}"] = 100 * (unseen.argmax(1) == y[unknown]).float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    narrower, better = (
        {kind: sum(sign * r[f"{what}_{kind}"] > sign * r[f"{what}_plain"] for r in runs) for kind in ("small", "wrong")}
        for what, sign in (("gap", -1), ("right", 1))
    )
    always = narrower["small"] == better["small"] == narrower["wrong"] == better["wrong"] == many
    verdict = judged(always, narrower["small"] == many)
    said = "; ".join(
        f"{words}: gap in loss {spread(runs, f'gap_{kind}')}, {spread(runs, f'right_{kind}')} % of unseen ones right"
        for kind, words in (
            ("plain", "as they are"),
            ("small", "turned, zoomed and moved a little"),
            ("wrong", "mirrored"),
        )
    )
    return {
        "AUG-01": Verdict(
            verdict,
            f"100 digits, {said}; small changes narrow the gap in {narrower['small']} of {many} seeds and give more "
            f"right answers in {better['small']}, mirroring in {narrower['wrong']} and {better['wrong']}",
        )
    }
