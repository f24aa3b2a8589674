"""Do competing units find the clusters of their inputs, and does co-operation keep every unit alive?

Course: MEM-02, MEM-03.
"""

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.learning import CompetitiveLearning, SelfOrganising
from glasswork.models import Competitive, SelfOrganisingMap
from glasswork.records import Batch

SEEDS = 10
CENTRES = torch.tensor([[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.7, 0.1], [0.1, 0.1, 0.1, 0.7]])


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    x = (CENTRES.repeat_interleave(40, dim=0) + 0.02 * torch.randn(160, 4)).clamp(min=0)
    x = (x / x.sum(dim=1, keepdim=True))[torch.randperm(160)]
    found = {}
    for name in ("random starts", "started at inputs"):
        layer = Competitive(inputs=4, units=4)
        if name == "started at inputs":
            layer.weight.copy_(x[:4])
        learner = CompetitiveLearning(layer, learning_rate=0.05)
        for _ in range(10):
            learner.step(Batch({"x": x}))
        near = torch.cdist(CENTRES, layer.weight).min(dim=1).values
        found[f"found, {name}"] = float((near < 0.05).sum())
        found[f"dead, {name}"] = 4.0 - len(layer.winners(x).unique())
        found[f"off 1, {name}"] = (layer.weight.sum(dim=1) - 1).abs().max().item()
    grid = SelfOrganisingMap(inputs=4, rows=2, columns=2)
    learner = SelfOrganising(grid, steps=10)
    for _ in range(10):
        learner.step(Batch({"x": x}))
    found["found, map"] = float((torch.cdist(CENTRES, grid.weight).min(dim=1).values < 0.05).sum())
    found["dead, map"] = 4.0 - len(grid.winners(x).unique())
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    alone, placed = (sum(r[f"found, {name}"] == 4 for r in runs) for name in ("random starts", "started at inputs"))
    kept = max(r["off 1, random starts"] for r in runs) < 1e-4
    verdict = judged(alone == len(runs) and kept, alone + placed > 0 and kept)
    together = sum(r["found, map"] == 4 for r in runs)
    alive = sum(r["dead, map"] for r in runs) <= sum(r["dead, random starts"] for r in runs)
    return {
        "MEM-02": Verdict(
            verdict,
            f"of 4 clusters the prototypes found {spread(runs, 'found, random starts')} from random starts (all in "
            f"{alone} of {len(runs)} seeds) and {spread(runs, 'found, started at inputs')} started at inputs (all in "
            f"{placed}); {spread(runs, 'dead, random starts')} units never won; sums of weights stayed "
            f"within {max(r['off 1, random starts'] for r in runs):.0e} of 1",
        ),
        "MEM-03": Verdict(
            judged(together == len(runs), alive),
            f"with neighbours that come along, the map found all 4 clusters in {together} of {len(runs)} seeds, "
            f"{spread(runs, 'dead, map')} units never winning",
        ),
    }
