"""Does a stronger penalty narrow the gap between seen and unseen examples?

Course: REG-01.
"""

from itertools import pairwise

import torch
from sklearn.datasets import load_diabetes

from glasswork.activations import Tanh
from glasswork.course import Verdict, judged, spread
from glasswork.losses import squared_error
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.regularizers import L2
from glasswork.training import fit

SEEDS = 5
STRENGTHS = (0.0, 0.003, 0.03, 0.3)


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part).float() for part in load_diabetes(return_X_y=True))
    x, y = x / x.std(0), ((y - y.mean()) / y.std())[:, None]
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    few, rest = order[:100], order[100:]
    found = {}
    for strength in STRENGTHS:
        torch.manual_seed(seed)
        model = MLP(inputs=10, outputs=1, hidden=[32], activation=Tanh, dropout=0.0)
        penalty, weights = L2(strength), [parameter for parameter in model.parameters() if parameter.ndim == 2]
        fit(
            model,
            (x[few], y[few]),
            loss=lambda output, target, p=penalty, w=weights: squared_error(output, target) + p(w),
            optimizer=Adam(model.parameters(), lr=0.01),
            epochs=60,
            seed=seed,
            progress=False,
        )
        with torch.no_grad():
            seen, unseen = (squared_error(model(x[part]), y[part]).item() for part in (few, rest))
        found |= {f"gap_{strength}": unseen - seen, f"unseen_{strength}": unseen}
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    falls = sum(all(r[f"gap_{a}"] > r[f"gap_{b}"] for a, b in pairwise(STRENGTHS)) for r in runs)
    better = sum(min(r[f"unseen_{strength}"] for strength in STRENGTHS[1:]) < r["unseen_0.0"] for r in runs)
    both = min(falls, better)
    verdict = judged(both == many, both > 0)
    gaps = ", ".join(spread(runs, f"gap_{strength}") for strength in STRENGTHS)
    errors = ", ".join(spread(runs, f"unseen_{strength}") for strength in STRENGTHS)
    return {
        "REG-01": Verdict(
            verdict,
            f"100 patients, L2 of strength {', '.join(map(str, STRENGTHS))}: error on unseen minus seen ones {gaps} "
            f"(falls at each step in {falls} of {many} seeds); error on unseen ones {errors} (some penalty is better "
            f"than none in {better})",
        )
    }
