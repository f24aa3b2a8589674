"""Do large batches give a worse result than small ones?

Course: HP-03, GD-04.
"""

import time

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.metrics import accuracy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.records import Batch

SEEDS = 8
SIZES = (8, 32, 128, 512)
ROWS, EPOCHS = 512, 12
RATES = (0.1, 0.4, 1.0)


def run(seed: int) -> dict[str, float]:
    pixels, labels = load_digits(return_X_y=True)
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    x, y = torch.tensor(pixels / 16, dtype=torch.float32)[order], torch.tensor(labels)[order]
    found = {}
    for size in SIZES:
        for name, rate, updates in (
            ("same rate", RATES[0], EPOCHS * ROWS // size),
            ("same updates", RATES[0], EPOCHS * ROWS // 32),
            *((f"rate {rate}", rate, EPOCHS * ROWS // size) for rate in RATES[1:]),
        ):
            if size == 8 and name == "same updates":
                continue
            torch.manual_seed(seed)
            model = MLP(inputs=64, outputs=10, hidden=[32], dropout=0.0)
            learner = GradientDescent(model, cross_entropy, SGD(model.parameters(), lr=rate), watch_every=0)
            began = time.perf_counter()
            for number in range(updates):
                if number % (ROWS // size) == 0:
                    rows = torch.randperm(ROWS, generator=generator).split(size)
                chosen = rows[number % len(rows)]
                learner.step(Batch({"x": x[chosen]}, y[chosen]))
            if name == "same rate":
                found[f"{size} ms"] = 1000 * (time.perf_counter() - began) / EPOCHS
            with torch.no_grad():
                found[f"{size} {name}"] = accuracy(model(x[ROWS:]), y[ROWS:]).item()
        found[f"{size} best rate"] = max(
            value for key, value in found.items() if key.startswith(f"{size} ") and ("rate" in key) and "ms" not in key
        )
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    def listed(what: str, sizes: tuple[int, ...] = SIZES) -> str:
        return ", ".join(f"{size}: {spread(runs, f'{size} {what}')}" for size in sizes)

    def lower(what: str, large: int, small: int) -> int:
        return sum(run[f"{large} {what}"] < run[f"{small} {what}"] for run in runs)

    count = len(runs)
    same_rate, same_updates = lower("same rate", 512, 32), lower("same updates", 512, 32)
    best = lower("best rate", 512, 32)
    faster = sum(run["32 ms"] < run["8 ms"] for run in runs)
    said = (
        f"accuracy on other digits by batch size after {EPOCHS} epochs at one rate: {listed('same rate')} (512 below "
        f"32 in {same_rate} of {count} runs); after as many updates instead: {listed('same updates', SIZES[1:])} (in "
        f"{same_updates} of {count}); at the best of three rates: {listed('best rate')} (in {best} of "
        f"{count}). ms an epoch: {listed('ms')}"
    )
    # Between the two in both: in accuracy nearer to small batches than to large ones, and quicker than small ones.
    kept = sum(run["8 best rate"] - run["32 best rate"] < run["32 best rate"] - run["512 best rate"] for run in runs)
    return {
        "HP-03": Verdict(judged(same_rate == same_updates == best == count, same_rate > count / 2), said),
        "GD-04": Verdict(
            judged(kept == faster == count, min(kept, faster) > count / 2),
            f"after {EPOCHS} epochs, each at the best of three rates, batches of 32 reach an accuracy of "
            f"{spread(runs, '32 best rate')}, those of 8 {spread(runs, '8 best rate')} and of 512 "
            f"{spread(runs, '512 best rate')} (32 nearer to 8 than to 512 in {kept} of {count} "
            f"runs) at ms an epoch of {spread(runs, '32 ms')}, {spread(runs, '8 ms')} and {spread(runs, '512 ms')} (32 "
            f"quicker than 8 in {faster})",
        ),
    }
