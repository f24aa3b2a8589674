"""Does ReLU help a plain recurrent network remember, and does it need weights that begin as the identity?

Course: RNN-30.
"""

import torch
from torch import nn

from glasswork.course import Verdict, judged, spread
from glasswork.initializers import identity, normal
from glasswork.layers import RNN
from glasswork.learning import GradientDescent
from glasswork.losses import squared_error
from glasswork.optimizers import Adam
from glasswork.records import Batch

SEEDS = 5
STEPS, LENGTH, HIDDEN = 300, 20, 24


class Adder(nn.Module):
    """Read a sequence, and name a number at its end."""

    def __init__(self, activation: str, *, begin_as_identity: bool = False) -> None:
        super().__init__()
        self.reader, self.head = RNN(inputs=2, hidden=HIDDEN, activation=activation), nn.Linear(HIDDEN, 1)
        if begin_as_identity:  # as in the article: IRNN
            identity(self.reader.weight_hh_l0)
            normal(self.reader.weight_ih_l0, deviation=0.1)
            nn.init.zeros_(self.reader.bias_ih_l0)
            nn.init.zeros_(self.reader.bias_hh_l0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.head(self.reader(x)[0][:, -1])


def problem(count: int, generator: torch.Generator) -> Batch:
    """Numbers with two of them marked, one in each half; the answer is the sum of these two."""
    numbers = torch.rand(count, LENGTH, generator=generator)
    first, second = (torch.randint(0, LENGTH // 2, (count,), generator=generator) for _ in range(2))
    marks = torch.zeros(count, LENGTH)
    rows = torch.arange(count)
    marks[rows, first] = marks[rows, second + LENGTH // 2] = 1
    return Batch({"x": torch.stack([numbers, marks], dim=2)}, (numbers * marks).sum(1, keepdim=True))


def run(seed: int) -> dict[str, float]:
    found = {}
    for name, settings in {
        "tanh": {"activation": "tanh"},
        "relu": {"activation": "relu"},
        "irnn": {"activation": "relu", "begin_as_identity": True},
    }.items():
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        model = Adder(**settings)
        learner = GradientDescent(model, squared_error, Adam(model.parameters(), lr=0.005), clip_norm=1.0)
        for _ in range(STEPS):
            learner.step(problem(32, generator))
        test = problem(500, generator)
        with torch.no_grad():
            found[name] = squared_error(model(**test.inputs), test.targets).item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    guess = 1 / 6  # of two numbers between 0 and 1 the sum varies by 2/12
    solved = {name: sum(r[name] < guess / 4 for r in runs) for name in ("tanh", "relu", "irnn")}
    said = (
        f"adding two of {LENGTH} numbers, {STEPS} steps: error {spread(runs, 'irnn')} with ReLU from the identity, "
        f"{spread(runs, 'relu')} with ReLU from torch's weights, {spread(runs, 'tanh')} with tanh (always the mean: "
        f"{guess:.3f}); solved in {solved['irnn']}, {solved['relu']} and {solved['tanh']} of {len(runs)} seeds"
    )
    by_itself, with_a_start = (solved[name] > solved["tanh"] for name in ("relu", "irnn"))
    return {"RNN-30": Verdict(judged(by_itself and solved["relu"] >= solved["irnn"], by_itself or with_a_start), said)}
