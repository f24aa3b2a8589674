"""Does a network lose its ability bit by bit when weights fail, and does its confidence say what to trust?

Course: NL-17.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.records import Batch

SEEDS = 5
SHARES = (0.05, 0.1, 0.2, 0.5)  # of all weights, set to 0


def run(seed: int) -> dict[str, float]:
    pixels, labels = load_digits(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    x, y = torch.tensor(pixels / 16, dtype=torch.float32)[order], torch.tensor(labels)[order]
    torch.manual_seed(seed)
    model = MLP(inputs=64, outputs=10, hidden=[64], dropout=0.0)
    learner = GradientDescent(model, cross_entropy, Adam(model.parameters(), lr=0.01), watch_every=0)
    for _ in range(200):
        rows = torch.randint(1200, (64,), generator=generator)
        learner.step(Batch({"x": x[rows]}, y[rows]))
    x, y = x[1200:], y[1200:]
    shares, answers = model(x).detach().softmax(dim=1).max(dim=1)
    sure = shares >= shares.quantile(0.1)
    found = {
        "whole": (answers == y).float().mean().item(),
        "the surest nine tenths": (answers == y)[sure].float().mean().item(),
    }
    whole = {name: weight.detach().clone() for name, weight in model.state_dict().items()}
    for share in SHARES:
        kept = {
            name: weight * (torch.rand(weight.shape, generator=generator) >= share) for name, weight in whole.items()
        }
        model.load_state_dict(kept)
        found[f"without {share:.0%}"] = (model(x).argmax(dim=1) == y).float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    names = ["whole", *(f"without {share:.0%}" for share in SHARES)]
    mean = {name: sum(r[name] for r in runs) / len(runs) for name in [*names, "the surest nine tenths"]}
    gentle = mean["whole"] - mean["without 5%"] < 0.05 and mean["whole"] - mean["without 10%"] < 0.1
    evidence = mean["the surest nine tenths"] > mean["whole"]
    verdict = judged(False, gentle or evidence)  # two of seven benefits are measured
    said = ", ".join(f"{name} {spread(runs, name)}" for name in names)
    seen = f"accuracy on digits with random weights set to 0: {said}; where the tenth of least confidence is refused, "
    return {
        "NL-17": Verdict(verdict, f"{seen}{spread(runs, 'the surest nine tenths')}; other benefits are not measured")
    }
