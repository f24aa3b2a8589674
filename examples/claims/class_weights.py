"""Do class weights raise the recall of a rare class, and at what price?

Course: REG-12, PROB-06.
"""

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.losses import CrossEntropy
from glasswork.models import MLP
from glasswork.optimizers import Adam
from glasswork.training import fit

SEEDS = 5
RARE = 0.05


def points(rows: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    y = (torch.arange(rows) < RARE * rows).long()
    return torch.randn(rows, 4, generator=generator) + 0.9 * y[:, None], y


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    (x, y), (unseen, truth) = points(1000, generator), points(4000, generator)
    again = torch.cat([torch.arange(1000), torch.arange(50).repeat(18)])  # each rare row 19 times, slightly varied
    varied = x[again] + 0.1 * torch.randn(len(again), 4, generator=generator)
    variants = {
        "plain": (x, y, None),
        "weighted": (x, y, [1000 / (2 * 950), 1000 / (2 * 50)]),
        "augmented": (varied, y[again], None),
    }
    found = {}
    for name, (rows, labels, weights) in variants.items():
        torch.manual_seed(seed)
        model = MLP(inputs=4, outputs=2, hidden=[16], dropout=0.0)
        loss, optimizer = CrossEntropy(class_weight=weights), Adam(model.parameters(), lr=5e-3)
        fit(model, (rows, labels), loss=loss, optimizer=optimizer, epochs=10, seed=seed, progress=False)
        with torch.no_grad():
            said = model(unseen).argmax(1)
        found[f"recall_{name}"] = 100 * (said[truth == 1] == 1).float().mean().item()
        found[f"right_{name}"] = 100 * (said == truth).float().mean().item()
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    many = len(runs)
    s = {key: spread(runs, key) for key in runs[0]}
    raised = sum(r["recall_weighted"] > r["recall_plain"] for r in runs)
    copied = sum(r["recall_augmented"] > r["recall_plain"] for r in runs)
    price = sum(r["right_weighted"] < r["right_plain"] for r in runs)
    both = min(raised, copied)
    return {
        "REG-12": Verdict(
            judged(raised == many, raised > 0),
            f"a class of 5 %: its recall is {s['recall_plain']} % without weights, {s['recall_weighted']} % with "
            f"balanced ones (higher in {raised} of {many} seeds); the share right of all falls from {s['right_plain']} "
            f"to {s['right_weighted']} % (in {price})",
        ),
        "PROB-06": Verdict(
            judged(both == many, both > 0),
            f"plain training finds {s['recall_plain']} % of a class of 5 % and is right in {s['right_plain']} % of all "
            f"cases, as the majority weighs 19 to 1; class weights find {s['recall_weighted']} %, varied copies "
            f"{s['recall_augmented']} % (more in {copied} of {many} seeds)",
        ),
    }
