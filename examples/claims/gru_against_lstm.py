"""Is a GRU smaller and faster than an LSTM, and as accurate?

Course: RNN-12, RNN-14, RNN-21.
"""

import statistics
import time

import torch
from sklearn.datasets import load_digits
from torch import nn

from glasswork.course import Verdict, judged, spread
from glasswork.layers import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from glasswork.losses import cross_entropy
from glasswork.metrics import accuracy
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
KINDS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}


class RowReader(nn.Module):
    """Read a digit row by row, and answer from the last output."""

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.reader, self.head = kind(inputs=8, hidden=24), nn.Linear(24, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits or values."""
        return self.head(self.reader(x)[0][:, -1])


def step_times() -> dict[str, float]:
    """Milliseconds forward and back, all taking turns: layers over 32 steps, and single cells."""
    sequence, step = torch.randn(16, 32, 64), torch.randn(64, 128)
    calls = {name: (kind(inputs=64, hidden=64), sequence) for name, kind in KINDS.items()}
    for name, cell in {"rnn": RNNCell, "gru": GRUCell, "lstm": LSTMCell}.items():
        calls[f"{name}_cell"] = (cell(inputs=128, hidden=128), step)
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(15):
        for name, (part, x) in calls.items():
            began = time.perf_counter()
            found = part(x)
            (found if isinstance(found, torch.Tensor) else found[0]).sum().backward()
            took[name].append(1000 * (time.perf_counter() - began))
    return {f"{name}_ms": statistics.median(times[2:]) for name, times in took.items()}


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    x, y = (x[order].float() / 16).unflatten(1, (8, 8)), y[order]
    found = step_times()
    for name, kind in KINDS.items():
        torch.manual_seed(seed)
        model = RowReader(kind)
        optimizer = Adam(model.parameters(), lr=0.01)
        fit(model, (x[:700], y[:700]), loss=cross_entropy, optimizer=optimizer, epochs=8, seed=seed, progress=False)
        with torch.no_grad():
            found[f"{name}_right"] = accuracy(model.eval()(x[1000:]), y[1000:]).item()
        found[f"{name}_size"] = sum(p.numel() for p in model.reader.parameters())
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    smaller = all(r["gru_size"] == 0.75 * r["lstm_size"] for r in runs)
    faster = sum(r["gru_ms"] < r["lstm_ms"] for r in runs)
    cell_faster = sum(r["gru_cell_ms"] < r["lstm_cell_ms"] for r in runs)
    dearer = sum(r["lstm_cell_ms"] > r["rnn_cell_ms"] for r in runs)
    dearer_layer = sum(r["lstm_ms"] > r["rnn_ms"] for r in runs)
    apart = abs(statistics.fmean(r["gru_right"] - r["lstm_right"] for r in runs))
    times = (
        f"a pass over 32 steps took {spread(runs, 'rnn_ms')} ms in a plain RNN, {spread(runs, 'gru_ms')} ms in a GRU "
        f"and {spread(runs, 'lstm_ms')} ms in an LSTM, by torch's kernels for whole sequences; a step of a single cell "
        f"took {spread(runs, 'rnn_cell_ms')}, {spread(runs, 'gru_cell_ms')} and {spread(runs, 'lstm_cell_ms')} ms"
    )
    right = (
        f"of digits read row by row {spread(runs, 'gru_right')} were right by GRU, {spread(runs, 'lstm_right')} by "
        f"LSTM, {spread(runs, 'rnn_right')} by RNN"
    )
    counted = f"the GRU has {'3/4' if smaller else 'not 3/4'} of the LSTM's parameters"
    quicker = (
        f"the GRU was faster than the LSTM in {faster} seeds as a layer and in {cell_faster} as a cell, of {len(runs)}"
    )
    held = [smaller, faster == cell_faster == len(runs), apart < 0.03]
    word = judged(all(held), any(held))
    return {
        "RNN-12": Verdict(
            judged(dearer == dearer_layer == len(runs), max(dearer, dearer_layer) > len(runs) / 2),
            f"{times} (the LSTM dearer than the RNN in {dearer_layer} and {dearer} of {len(runs)} seeds); {right}",
        ),
        "RNN-14": Verdict(judged(all(held[:2]), any(held[:2])), f"{counted}; {times}; {quicker}"),
        "RNN-21": Verdict(word, f"{counted}; {times}; {quicker}; {right}"),
    }
