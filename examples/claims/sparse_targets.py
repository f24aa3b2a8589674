"""Is cross-entropy from labels faster than from one-hot rows?

Course: LOSS-10.
"""

import statistics
import time

import torch
from torch.nn import functional

from glasswork.course import Verdict, judged, spread
from glasswork.losses import cross_entropy

SEEDS = 5
ROWS, CLASSES = 512, 1000


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    logits, labels = torch.randn(ROWS, CLASSES, requires_grad=True), torch.randint(CLASSES, (ROWS,))
    rows = functional.one_hot(labels, CLASSES).float()
    times: dict[str, list[float]] = {"sparse": [], "dense": []}
    values = {}
    for _ in range(25):
        for name, targets in (("sparse", labels), ("dense", rows)):
            begin = time.perf_counter()
            loss = cross_entropy(logits, targets)
            torch.autograd.grad(loss, logits)
            times[name].append(time.perf_counter() - begin)
            values[name] = loss.item()
    found = {name: 1e3 * statistics.median(taken) for name, taken in times.items()}
    return found | {"ratio": found["dense"] / found["sparse"], "apart": abs(values["sparse"] - values["dense"])}


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    faster = sum(r["ratio"] > 1 for r in runs)
    same = max(r["apart"] for r in runs)
    word = judged(faster == len(runs), faster > len(runs) / 2)
    seen = (
        f"forward and backward of {ROWS} x {CLASSES} logits took {spread(runs, 'sparse')} ms with labels and "
        f"{spread(runs, 'dense')} ms with one-hot rows (labels faster in {faster} of {len(runs)}); "
        f"values {same:.1g} apart"
    )
    return {"LOSS-10": Verdict(word, seen)}
