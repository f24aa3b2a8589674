"""Can one head attend to two relations at once?

Course: TRF-08.
"""

import torch
from torch import nn

from glasswork.course import Verdict, judged, spread
from glasswork.layers import Attention, SinusoidPositions
from glasswork.learning import GradientDescent
from glasswork.losses import squared_error
from glasswork.optimizers import Adam
from glasswork.records import Batch

SEEDS = 5
WIDTH, LENGTH, STEPS = 32, 8, 250
NEAR, FAR = 1, 3


class Looker(nn.Module):
    """One layer of attention between two linear maps."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.enter, self.positions = nn.Linear(4, WIDTH), SinusoidPositions()
        self.attention, self.leave = Attention(width=WIDTH, heads=heads), nn.Linear(WIDTH, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.leave(self.attention(self.positions(self.enter(x))))


def both_relations(count: int, generator: torch.Generator) -> Batch:
    """At each place, what stands one place before and, beside it, what stands three places before."""
    x = torch.randn(count, LENGTH, 4, generator=generator)
    return Batch({"x": x}, torch.cat([x.roll(NEAR, 1), x.roll(FAR, 1)], dim=2))


def run(seed: int) -> dict[str, float]:
    found = {}
    for heads in (1, 2, 4):
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        model = Looker(heads)
        learner = GradientDescent(model, squared_error, Adam(model.parameters(), lr=0.01))
        for _ in range(STEPS):
            learner.step(both_relations(32, generator))
        test = both_relations(200, generator)
        with torch.no_grad():
            found[f"heads_{heads}"] = squared_error(model(**test.inputs), test.targets).item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    better = sum(r["heads_2"] < 0.7 * r["heads_1"] for r in runs)
    said = (
        f"asked for two places at once, {STEPS} steps: squared error {spread(runs, 'heads_1')} with one head, "
        f"{spread(runs, 'heads_2')} with two and {spread(runs, 'heads_4')} with four of the same total width (always "
        f"the mean: 1); two were clearly better than one in {better} of {len(runs)} seeds"
    )
    word = judged(better == len(runs), better > len(runs) / 2)
    return {"TRF-08": Verdict(word, said)}
