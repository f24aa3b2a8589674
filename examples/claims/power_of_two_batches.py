"""Are batch sizes that are powers of two quicker than their neighbours?

Course: GD-08.
"""

import time

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.records import Batch

SEEDS = 5
SIZES = (31, 32, 33, 127, 128, 129)
REPEATS = 60


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    model = MLP(inputs=64, outputs=10, hidden=[128, 128], dropout=0.0)
    learner = GradientDescent(model, cross_entropy, SGD(model.parameters(), lr=0.01), watch_every=0)
    batches = {size: Batch({"x": torch.randn(size, 64)}, torch.randint(10, (size,))) for size in SIZES}
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for repeat in range(REPEATS):
        for size in SIZES[repeat % 6 :] + SIZES[: repeat % 6]:  # interleaved, so that a busy moment hits all alike
            began = time.perf_counter()
            learner.step(batches[size])
            seconds[size].append((time.perf_counter() - began) / size)
    row = {size: 1e6 * sorted(times)[REPEATS // 2] for size, times in seconds.items()}
    return {
        **{f"{size}": value for size, value in row.items()},
        "gain at 32": (row[31] + row[33]) / 2 / row[32],
        "gain at 128": (row[127] + row[129]) / 2 / row[128],
    }


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    gains = [run[key] for run in runs for key in ("gain at 32", "gain at 128")]
    clear = sum(gain > 1.05 for gain in gains)
    verdict = judged(clear == len(gains), clear > len(gains) / 2)
    said = (
        f"a row takes {spread(runs, 'gain at 32')} times as long in batches of 31 and 33 as of 32, and "
        f"{spread(runs, 'gain at 128')} times in 127 and 129 as in 128, on one CPU thread; more than 5 % longer in "
        f"{clear} of {len(gains)} comparisons"
    )
    return {"GD-08": Verdict(verdict, said)}
