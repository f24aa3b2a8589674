"""Do recurrent networks forecast, write and translate, at least in small?

Course: RNN-25.
"""

import torch
from torch import nn
from torch.nn import functional

from glasswork.course import Verdict, judged, spread
from glasswork.layers import GRU, EchoState
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.optimizers import Adam
from glasswork.records import Batch

SEEDS = 5
TEXT = "the cat sat on the mat and the dog sat on the log while the hen ran in the pen "
SYMBOLS, LENGTH = 6, 4


class Writer(nn.Module):
    """Name the next symbol at every step."""

    def __init__(self, symbols: int, hidden: int) -> None:
        super().__init__()
        self.symbols, self.reader = symbols, GRU(inputs=symbols, hidden=hidden)
        self.head = nn.Linear(hidden, symbols)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.head(self.reader(functional.one_hot(x, self.symbols).float())[0])


def learn(model: nn.Module, batch_of, steps: int) -> None:
    def loss(outputs, targets):
        return cross_entropy(outputs.flatten(0, 1), targets.flatten())

    learner = GradientDescent(model, loss, Adam(model.parameters(), lr=0.02), clip_norm=1.0)
    for _ in range(steps):
        x, y = batch_of()
        learner.step(Batch({"x": x}, y))


def forecast(generator: torch.Generator) -> tuple[float, float]:
    """Error of the next value of a noisy sum of two waves: echo state network, and the last value again."""
    t = torch.arange(601) / 5
    wave = (t + torch.rand((), generator=generator)).sin() + 0.5 * (2.7 * t).cos()
    wave = wave + 0.02 * torch.randn(601, generator=generator)
    x, y = wave[None, :-1, None], wave[None, 1:, None]
    net = EchoState(inputs=1, hidden=60, outputs=1).fit(x[:, :400], y[:, :400], ridge=1e-3, skip=30)
    with torch.no_grad():
        return ((net(x) - y)[:, 400:] ** 2).mean().item(), ((x - y)[:, 400:] ** 2).mean().item()


def write(seed: int) -> float:
    """Share of characters guessed right in a text learned by heart, from the tenth on."""
    letters = sorted(set(TEXT))
    codes = torch.tensor([[letters.index(letter) for letter in TEXT]])
    torch.manual_seed(seed)
    model = Writer(len(letters), 32)
    learn(model, lambda: (codes[:, :-1], codes[:, 1:]), 60)
    with torch.no_grad():
        return (model(codes[:, :-1]).argmax(2) == codes[:, 1:])[:, 10:].float().mean().item()


def translate(seed: int, generator: torch.Generator) -> float:
    """Share of sentences whose every word is found: read them, then write them in a secret code and backwards."""
    secret = torch.randperm(SYMBOLS, generator=generator)

    def pairs(count: int = 64):
        source = torch.randint(0, SYMBOLS, (count, LENGTH), generator=generator)
        stop = torch.full((count, LENGTH), SYMBOLS)
        return torch.cat([source, stop], 1), secret[source].flip(1)

    class Translator(Writer):
        def forward(self, x):
            return super().forward(x)[:, LENGTH:, :SYMBOLS]

    torch.manual_seed(seed)
    model = Translator(SYMBOLS + 1, 48)
    learn(model, pairs, 200)
    x, y = pairs(400)
    with torch.no_grad():
        return (model(x).argmax(2) == y).all(1).float().mean().item()


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    error, again = forecast(generator)
    return {"forecast": error, "again": again, "write": write(seed), "translate": translate(seed, generator)}


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    done = [
        all(r["forecast"] < r["again"] / 3 for r in runs),
        all(r["write"] > 0.9 for r in runs),
        all(r["translate"] > 0.5 for r in runs),
    ]
    chance = SYMBOLS**-LENGTH
    said = (
        f"forecasting a noisy series: squared error {spread(runs, 'forecast')} (the last value again: "
        f"{spread(runs, 'again')}); writing a learned text: {spread(runs, 'write')} of letters right; translating four "
        f"words into a code backwards: {spread(runs, 'translate')} of sentences all right (by chance {chance:.1g})"
    )
    word = judged(all(done), any(done))
    return {"RNN-25": Verdict(word, said)}
