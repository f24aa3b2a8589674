"""Does one kind of block read pictures and sentences, and does what it learned carry over?

Course: TRF-02.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.course import Verdict, judged, spread
from glasswork.layers import SinusoidPositions, TransformerBlock
from glasswork.losses import cross_entropy
from glasswork.metrics import accuracy
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
WIDTH, FEW = 24, 60


class Reader(nn.Module):
    """Places, one block, their mean, and a head."""

    def __init__(self, enter: nn.Module, outputs: int) -> None:
        super().__init__()
        self.enter, self.positions, self.block = enter, SinusoidPositions(), TransformerBlock(width=WIDTH, heads=2)
        self.head = nn.Linear(WIDTH, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.head(self.block(self.positions(self.enter(x))).mean(1))


def learn(model: nn.Module, x: torch.Tensor, y: torch.Tensor, epochs: int, seed: int) -> None:
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = Adam(learned, lr=0.01)
    fit(model, (x, y), loss=cross_entropy, optimizer=optimizer, epochs=epochs, seed=seed, progress=False)


@torch.no_grad()
def right(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    return accuracy(model.eval()(x), y).item()


def sentences(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether word 1 stands before word 2, among others."""
    x = torch.randint(3, 12, (count, 6), generator=generator)
    places = torch.rand(count, 6, generator=generator).argsort(1)[:, :2]
    x[torch.arange(count), places[:, 0]], x[torch.arange(count), places[:, 1]] = 1, 2
    return x, (places[:, 0] < places[:, 1]).long()


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    order = torch.randperm(len(x), generator=generator)
    x, y = (x[order].float() / 16).unflatten(1, (8, 8)), y[order]
    low = y < 5
    torch.manual_seed(seed)
    picture_reader = Reader(nn.Linear(8, WIDTH), 5)
    learn(picture_reader, x[low][:600], y[low][:600], 10, seed)
    found = {"pictures": right(picture_reader, x[low][600:], y[low][600:])}
    for name, body in (("carried", picture_reader), ("random", Reader(nn.Linear(8, WIDTH), 5))):
        for parameter in body.parameters():
            parameter.requires_grad_(False)
        body.head = nn.Linear(WIDTH, 5)  # all but this stays as it is
        body.train()
        learn(body, x[~low][:FEW], y[~low][:FEW] - 5, 30, seed)
        found[name] = right(body, x[~low][300:], y[~low][300:] - 5)
    word_reader = Reader(nn.Embedding(12, WIDTH), 2)
    learn(word_reader, *sentences(600, generator), 10, seed)
    found["sentences"] = right(word_reader, *sentences(400, generator))
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    both_kinds = all(r["pictures"] > 0.85 and r["sentences"] > 0.85 for r in runs)
    carries = sum(r["carried"] > r["random"] for r in runs)
    said = (
        f"the same block got {spread(runs, 'pictures')} of digits and {spread(runs, 'sentences')} of word orders "
        f"right; frozen after digits 0-4 and given a new head it got {spread(runs, 'carried')} of 5-9 right from {FEW} "
        f"examples, an untrained one {spread(runs, 'random')} (better in {carries} of {len(runs)} seeds)"
    )
    verdict = judged(both_kinds and carries == len(runs), both_kinds or carries > len(runs) / 2)
    return {"TRF-02": Verdict(verdict, said)}
