"""Does the noise of batch statistics regularise, and do very small batches spoil them?

Course: NORM-05, NORM-07.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.training import fit

SEEDS = 5


def run(seed: int) -> dict[str, float]:
    x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
    x = (x / 8 - 1).float()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    few, rest = order[:150], order[-700:]
    found = {}
    for norm in ("none", "batch"):
        for batch_size, rate, epochs in ((32, 0.1, 40), (2, 0.02, 8)):
            torch.manual_seed(seed)
            model = MLP(inputs=64, outputs=10, hidden=[64, 64], norm=norm, dropout=0.0)
            optimizer = SGD(model.parameters(), lr=rate)
            data, settings = (x[few], y[few]), {"epochs": epochs, "batch_size": batch_size, "seed": seed}
            fit(model, data, loss=cross_entropy, optimizer=optimizer, **settings, progress=False)
            model.eval()
            with torch.no_grad():
                seen, unseen = model(x[few]), model(x[rest])
            found[f"gap_{norm}_{batch_size}"] = (cross_entropy(unseen, y[rest]) - cross_entropy(seen, y[few])).item()
            found[f"right_{norm}_{batch_size}"] = 100 * (unseen.argmax(1) == y[rest]).float().mean().item()
    for norm in ("none", "batch"):
        found[f"drop_{norm}"] = found[f"right_{norm}_32"] - found[f"right_{norm}_2"]
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    smaller = sum(r["gap_batch_32"] < r["gap_none_32"] for r in runs)
    better = sum(r["right_batch_32"] > r["right_none_32"] for r in runs)
    spoilt = sum(r["drop_batch"] > max(1.0, r["drop_none"]) for r in runs)
    s = {key: spread(runs, key) for key in runs[0]}
    noise = judged(smaller == better == many, max(smaller, better) > many / 2)
    small = judged(spoilt == many, spoilt > many / 2)
    return {
        "NORM-07": Verdict(
            noise,
            f"on 150 digits the loss on unseen ones exceeds that on seen ones by {s['gap_batch_32']} with batch "
            f"normalisation, by {s['gap_none_32']} without (less in {smaller} of {many} seeds); right on unseen ones: "
            f"{s['right_batch_32']} % against {s['right_none_32']} % (more in {better})",
        ),
        "NORM-05": Verdict(
            small,
            f"from batches of 32 to batches of 2 the share that is right falls by {s['drop_batch']} points with batch "
            f"normalisation, by {s['drop_none']} without (by more, and by over a point, in {spoilt} of {many} seeds)",
        ),
    }
