"""Do too few epochs underfit and too many overfit?

Course: GD-11.
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
ROWS, EPOCHS, WRONG = 150, 60, 0.15


def run(seed: int) -> dict[str, float]:
    pixels, labels = load_digits(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    x, y = torch.tensor(pixels / 16, dtype=torch.float32)[order], torch.tensor(labels)[order]
    wrong = (
        torch.rand(ROWS, generator=generator) < WRONG
    )  # some labels of the training rows are wrong: noise to learn by heart
    known = torch.where(wrong, torch.randint(10, (ROWS,), generator=generator), y[:ROWS])
    torch.manual_seed(seed)
    model = MLP(inputs=64, outputs=10, hidden=[64], dropout=0.0)
    learner = GradientDescent(model, cross_entropy, Adam(model.parameters(), lr=0.005), watch_every=0)
    train, test = [], []
    for _ in range(EPOCHS):
        for rows in torch.randperm(ROWS, generator=generator).split(30):
            learner.step(Batch({"x": x[:ROWS][rows]}, known[rows]))
        with torch.no_grad():
            train.append(cross_entropy(model(x[:ROWS]), known).item())
            test.append(cross_entropy(model(x[ROWS:]), y[ROWS:]).item())
    best = test.index(min(test))
    return {
        "best epoch": best + 1,
        "first": test[0],
        "best": test[best],
        "last": test[-1],
        "train first": train[0],
        "train last": train[-1],
    }


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    under = sum(run["first"] > 1.1 * run["best"] for run in runs)
    over = sum(run["last"] > 1.1 * run["best"] and run["train last"] < run["train first"] for run in runs)
    verdict = judged(under == over == count, under and over)
    said = (
        f"150 digits, some labels wrong: loss on other digits {spread(runs, 'first')} after one epoch, "
        f"{spread(runs, 'best')} at best (epoch {spread(runs, 'best epoch')}), {spread(runs, 'last')} after {EPOCHS}, "
        f"while the training loss falls from {spread(runs, 'train first')} to {spread(runs, 'train last')}; more than "
        f"10 % above the best after one epoch in {under} and at the end in {over} of {count} runs"
    )
    return {"GD-11": Verdict(verdict, said)}
