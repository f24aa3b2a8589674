"""What does reading from both ends add, and what does it cost?

Course: RNN-22.
"""

import statistics
import time

import torch
from torch import nn

from glasswork.course import Verdict, judged, spread
from glasswork.layers import GRU
from glasswork.learning import GradientDescent
from glasswork.losses import binary_cross_entropy
from glasswork.optimizers import Adam
from glasswork.records import Batch

SEEDS = 5


class Tagger(nn.Module):
    """One answer for each step."""

    def __init__(self, *, bidirectional: bool) -> None:
        super().__init__()
        self.reader = GRU(inputs=1, hidden=12, bidirectional=bidirectional)
        self.head = nn.Linear(24 if bidirectional else 12, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.head(self.reader(x)[0])


def tagged(count: int, *, future: bool, generator: torch.Generator) -> Batch:
    """Bits, each tagged by whether it equals its neighbour: the one that follows, or the one before."""
    bits = torch.randint(0, 2, (count, 12, 1), generator=generator).float()
    neighbour = bits.roll(-1 if future else 1, dims=1)
    return Batch({"x": bits}, (bits == neighbour).float())


def run(seed: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for future in (False, True):
        for both in (False, True):
            torch.manual_seed(seed)
            generator = torch.Generator().manual_seed(seed)
            model = Tagger(bidirectional=both)
            learner = GradientDescent(model, binary_cross_entropy, Adam(model.parameters(), lr=0.02))
            took = []
            for _ in range(80):
                batch = tagged(32, future=future, generator=generator)
                began = time.perf_counter()
                learner.step(batch)
                took.append(time.perf_counter() - began)
            test = tagged(300, future=future, generator=generator)
            inner = slice(1, -1)  # the ends have no neighbour
            with torch.no_grad():
                right = ((model(**test.inputs) > 0) == test.targets.bool())[:, inner].float().mean()
            name = f"{'both' if both else 'one'}_{'future' if future else 'past'}"
            found[name] = right.item()
            found[f"{name}_ms"] = 1000 * statistics.median(took)
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    needed = all(r["both_future"] > 0.9 and r["one_future"] < 0.6 for r in runs)
    no_gain = all(r["one_past"] > 0.9 for r in runs)
    said = (
        f"tags that ask for the next step: {spread(runs, 'both_future')} right with both directions, "
        f"{spread(runs, 'one_future')} with one; tags that ask for the step before: {spread(runs, 'both_past')} and "
        f"{spread(runs, 'one_past')}; a step of learning took {spread(runs, 'both_future_ms')} ms against "
        f"{spread(runs, 'one_future_ms')} ms"
    )
    return {"RNN-22": Verdict(judged(needed and not no_gain, needed), said)}  # the condition: the future must matter
