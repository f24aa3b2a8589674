"""How much of a gradient is left after so many steps back through a recurrent network?

Course: RNN-11.
"""

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.initializers import orthogonal
from glasswork.layers import GRU, LSTM, RNN

SEEDS = 5
HIDDEN, NEAR, FAR = 32, 1, 40


def left_over(layer: torch.nn.Module) -> float:
    """How much smaller the last output's gradient is at an input 40 steps back than at one a single step back."""
    x = torch.randn(16, FAR + 1, 4, requires_grad=True)
    outputs, _ = layer(x)
    (slope,) = torch.autograd.grad(outputs[:, -1].pow(2).sum(), x)
    by_step = slope.norm(dim=(0, 2))
    return (by_step[-1 - FAR] / by_step[-1 - NEAR]).item()


def scaled(gain: float, activation: str) -> RNN:
    """A plain recurrent layer whose recurrent weights are a rotation times `gain`."""
    layer = RNN(inputs=4, hidden=HIDDEN, activation=activation)
    orthogonal(layer.weight_hh_l0, gain=gain)
    return layer


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    remembering = LSTM(inputs=4, hidden=HIDDEN)
    with torch.no_grad():
        remembering.bias_ih_l0[HIDDEN : 2 * HIDDEN] = 4  # forget gates begin at 0.98
    return {
        "rnn": left_over(RNN(inputs=4, hidden=HIDDEN)),
        "gru": left_over(GRU(inputs=4, hidden=HIDDEN)),
        "lstm": left_over(LSTM(inputs=4, hidden=HIDDEN)),
        "remembering": left_over(remembering),
        "exploding": left_over(scaled(2.0, "relu")),
    }


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    vanishes = all(r["rnn"] < 1e-4 for r in runs)
    explodes = all(r["exploding"] > 1e2 for r in runs)
    cured = all(r["remembering"] > 1e-2 for r in runs)
    said = (
        f"of a gradient {FAR} steps back there is left {spread(runs, 'rnn')} in a plain RNN, {spread(runs, 'lstm')} in "
        f"an LSTM and {spread(runs, 'gru')} in a GRU as torch starts them, {spread(runs, 'remembering')} in an LSTM "
        f"whose forget gates begin open, and {spread(runs, 'exploding')} with ReLU and recurrent weights of gain 2"
    )
    return {"RNN-11": Verdict(judged(vanishes and explodes and cured, vanishes or explodes), said)}
