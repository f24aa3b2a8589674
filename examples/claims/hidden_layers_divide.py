"""Do hidden layers bend the space until a line divides the classes, and is most real data not divisible before?

Course: NL-14.
"""

import numpy as np
import torch
from scipy.optimize import linprog
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_circles

from glasswork.course import Verdict, judged
from glasswork.learning import GradientDescent
from glasswork.losses import binary_cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.records import Batch

SEEDS = 5


def divisible(x: np.ndarray, y: np.ndarray) -> float:
    """1 where a linear program finds a line with every point on its own side, else 0."""
    rows = -(2 * y - 1)[:, None] * np.column_stack([x, np.ones(len(x))])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None), method="highs")
    return float(found.status == 0)


def run(seed: int) -> dict[str, float]:
    points, y = make_circles(200, noise=0.05, factor=0.5, random_state=seed)
    torch.manual_seed(seed)
    model = MLP(inputs=2, hidden=[8], outputs=1, activation=torch.nn.Tanh, dropout=0.0)
    learner = GradientDescent(model, binary_cross_entropy, Adam(model.parameters(), lr=0.05), watch_every=0)
    x = torch.tensor(points, dtype=torch.float32)
    for _ in range(300):
        learner.step(Batch({"x": x}, torch.tensor(y[:, None], dtype=torch.float32)))
    with torch.no_grad():
        hidden = model.hidden[0](x).double().numpy()
    found = {"circles": divisible(points, y), "circles, hidden": divisible(hidden, y)}
    for name, load, one in (("iris", load_iris, 1), ("wine", load_wine, 1), ("cancer", load_breast_cancer, 1)):
        rows, classes = load(return_X_y=True)
        rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
        found[name] = divisible(rows, (classes == one).astype(float))
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    bent = sum(r["circles, hidden"] > r["circles"] for r in runs)
    real = {name: bool(runs[0][name]) for name in ("iris", "wine", "cancer")}
    most = sum(real.values()) < len(real) / 2
    verdict = judged(bent == len(runs) and most, bent > len(runs) / 2)
    said = ", ".join(f"{name} {'is' if yes else 'is not'}" for name, yes in real.items())
    return {
        "NL-14": Verdict(
            verdict,
            f"two rings no line divides became divisible in 8 trained hidden units in {bent} of {len(runs)} seeds; of "
            f"real sets, one class against the rest, {said} divisible as it stands",
        )
    }
