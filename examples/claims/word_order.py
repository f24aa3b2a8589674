"""Can a bag of words tell who did what to whom?

Course: RNN-26, RNN-27.
"""

import torch
from torch import nn

from glasswork.course import Verdict, judged, spread
from glasswork.layers import GRU, BagOfWords
from glasswork.losses import cross_entropy
from glasswork.metrics import accuracy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
WORDS, LENGTH = 12, 6
A, B = 10, 11


class Counter(nn.Module):
    """A plain network on word counts."""

    def __init__(self) -> None:
        super().__init__()
        self.bag, self.body = BagOfWords(vocabulary=WORDS), MLP(inputs=WORDS, hidden=[32], outputs=2, dropout=0.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.body(self.bag(x))


class Reader(nn.Module):
    """A recurrent network on the words in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors, self.reader, self.head = nn.Embedding(WORDS, 8), GRU(inputs=8, hidden=16), nn.Linear(16, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.head(self.reader(self.vectors(x))[0][:, -1])


def sentences(count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Sentences that hold A and B once each; the question is which of them stands first."""
    x = torch.randint(1, A, (count, LENGTH), generator=generator)
    places = torch.rand(count, LENGTH, generator=generator).argsort(1)[:, :2]
    rows = torch.arange(count)
    x[rows, places[:, 0]], x[rows, places[:, 1]] = A, B
    return x, (places[:, 0] < places[:, 1]).long()


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    known, unknown = sentences(600, generator), sentences(500, generator)
    found = {}
    for name, make in (("bag", Counter), ("reader", Reader)):
        torch.manual_seed(seed)
        model = make()
        optimizer = Adam(model.parameters(), lr=0.01)
        fit(model, known, loss=cross_entropy, optimizer=optimizer, epochs=10, seed=seed, progress=False)
        with torch.no_grad():
            found[name] = accuracy(model.eval()(unknown[0]), unknown[1]).item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    misses = all(abs(r["bag"] - 0.5) < 0.1 for r in runs)
    reads = all(r["reader"] > 0.9 for r in runs)
    word = judged(misses and reads, misses or reads)
    said = (
        f"asked which of two words stood first, a plain network on word counts was right in {spread(runs, 'bag')} of "
        f"new sentences, a recurrent one in {spread(runs, 'reader')}"
    )
    return {"RNN-26": Verdict(word, said), "RNN-27": Verdict(word, said)}
