"""Does a filter that begins at random find an edge filter from pictures and their edge maps alone?

Course: CNN-05, INIT-16.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.layers import Convolution, EdgeFilter
from glasswork.losses import squared_error
from glasswork.optimizers import Adam

SEEDS = 5
CLOSE = 0.01  # of the filter's own largest weight


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    pictures = torch.tensor(load_digits().images, dtype=torch.float32)[:, None] / 16
    hand_made = EdgeFilter("sobel_vertical")
    layer = Convolution(channels=1, maps=1, bias=False)
    first = layer.weight.detach().clone()
    optimizer = Adam(layer.parameters(), lr=0.05)
    for _ in range(1000):
        batch = pictures[torch.randint(len(pictures), (64,))]
        optimizer.zero_grad()
        squared_error(layer(batch), hand_made(batch)).backward()
        optimizer.step()
    largest = hand_made.kernel.abs().max()
    return {
        "error": ((layer.weight - hand_made.kernel).abs().max() / largest).item(),
        "at first": ((first - hand_made.kernel).abs().max() / largest).item(),
        "moved": (layer.weight - first).abs().min().item(),
        "began": first.abs().max().item(),
    }


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    found = sum(r["error"] < CLOSE for r in runs)
    moved = all(r["moved"] > 0 for r in runs)
    said = judged(found == len(runs), found > len(runs) / 2)
    return {
        "CNN-05": Verdict(
            said,
            f"from digits and their Sobel maps the largest error of a weight fell from {spread(runs, 'at first')} to "
            f"{spread(runs, 'error', digits=2)} of the filter's largest weight "
            f"({found} of {len(runs)} seeds below {CLOSE})",
        ),
        "INIT-16": Verdict(
            judged(moved and found == len(runs), moved),
            f"weights began within {spread(runs, 'began', digits=2)} of 0, and each of the nine was moved by "
            "back-propagation to where the hand-made filter has it",
        ),
    }
