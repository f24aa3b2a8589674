"""Between the time steps of a recurrent network: is layer normalisation better than batch normalisation?

Course: NORM-04.
"""

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from glasswork.course import Verdict, judged, spread
from glasswork.initializers import orthogonal
from glasswork.layers import BatchNorm, LayerNorm
from glasswork.losses import cross_entropy
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
TIME, INPUTS, HIDDEN = 16, 4, 32  # a digit is read as 16 strips of 4 pixels


class Reader(nn.Module):
    """A simple recurrent network that normalises its sums; batch norm keeps statistics of its own for each time."""

    def __init__(self, norm: str) -> None:
        super().__init__()
        self.inputs, self.back = nn.Linear(INPUTS, HIDDEN), nn.Linear(HIDDEN, HIDDEN, bias=False)
        orthogonal(self.back.weight)
        kinds = {"none": nn.Identity, "batch": lambda: BatchNorm(HIDDEN), "layer": lambda: LayerNorm(HIDDEN)}
        self.norms = nn.ModuleList(kinds[norm]() for _ in range(TIME))
        self.head = nn.Linear(HIDDEN, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits from the last state."""
        sums_BTH = self.inputs(x)
        h_BH = sums_BTH.new_zeros(len(x), HIDDEN)
        for time, norm in enumerate(self.norms):
            h_BH = norm(sums_BTH[:, time] + self.back(h_BH)).tanh()
        return self.head(h_BH)


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float().view(-1, TIME, INPUTS)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    known, rest = order[:400], order[-700:]
    found = {}
    for norm in ("none", "batch", "layer"):
        for batch_size, epochs in ((32, 6), (4, 1)):
            torch.manual_seed(seed)
            model = Reader(norm)
            data, settings = (x[known], y[known]), {"epochs": epochs, "batch_size": batch_size, "seed": seed}
            optimizer = Adam(model.parameters(), lr=5e-3)
            fit(model, data, loss=cross_entropy, optimizer=optimizer, **settings, progress=False)
            with torch.no_grad():
                right = model.eval()(x[rest]).argmax(1) == y[rest]
            found[f"{norm}_{batch_size}"] = 100 * right.float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    large, small = (sum(r[f"layer_{size}"] > r[f"batch_{size}"] for r in runs) for size in (32, 4))
    verdict = judged(large == small == many, max(large, small) > many / 2)
    s = {key: spread(runs, key) for key in runs[0]}
    return {
        "NORM-04": Verdict(
            verdict,
            f"digits read in 16 strips, share right: batches of 32: layer norm {s['layer_32']} %, batch norm "
            f"{s['batch_32']} %, none {s['none_32']} % (layer norm ahead of batch norm in {large} of {many} seeds); "
            f"batches of 4: {s['layer_4']} %, {s['batch_4']} %, {s['none_4']} % (ahead in {small})",
        )
    }
