"""Do the optimizers that come after gradient descent get further on difficult surfaces?

Course: OPT-01, OPT-03, OPT-04, OPT-08, HP-07.
"""

from contextlib import nullcontext
from functools import partial

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.course.surfaces import surface
from glasswork.optimizers import SGD, Adadelta, Adagrad, Adam, Momentum, Nesterov, RMSprop

SEEDS = 5
STEPS, WALKS = 100, 8  # walkers side by side: the rules know no neighbour, so a sum of heights is as good as eight runs
KINDS = {
    "GD": SGD,
    "momentum": partial(Momentum, momentum=0.9),
    "Nesterov": partial(Nesterov, momentum=0.9),
    "AdaGrad": Adagrad,
    "RMSprop": partial(RMSprop, alpha=0.9),
    "Adam": Adam,
}
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SURFACES = ("ravine", "rosenbrock", "plateau")


def _height(name: str, kind, lr: float, starts: torch.Tensor) -> float:
    """Return the median height at the end, and infinity for walks that left for good."""
    at = starts.clone().requires_grad_()
    optimizer = kind([at], lr=lr)
    for _ in range(STEPS):
        optimizer.zero_grad()
        surface(name)(at[:, 0], at[:, 1]).sum().backward()
        optimizer.step()
    with torch.no_grad(), optimizer.landed() if isinstance(optimizer, Nesterov) else nullcontext():
        heights = surface(name)(at[:, 0], at[:, 1])
    return heights.nan_to_num(torch.inf, torch.inf).median().item()


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name in SURFACES:
        middle = torch.tensor(surface(name).start, dtype=torch.float64)
        starts = middle * (1 + 0.3 * torch.randn(WALKS, 2, generator=generator, dtype=torch.float64))
        for kind, build in KINDS.items():
            found[f"{kind} {name}"] = min(_height(name, build, lr, starts) for lr in RATES)
    starts = torch.tensor(surface("ravine").start, dtype=torch.float64).repeat(WALKS, 1)
    found["AdaDelta at 1 ravine"] = _height("ravine", Adadelta, 1.0, starts)
    found["start ravine"] = surface("ravine")(*surface("ravine").start)
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    others = [kind for kind in KINDS if kind != "GD"]
    beaten = {
        kind: sum(run[f"{kind} {name}"] < run[f"GD {name}"] for run in runs for name in SURFACES) for kind in others
    }
    most = count * len(SURFACES)
    listed = ", ".join(f"{kind} {times}" for kind, times in beaten.items())

    def heights(*kinds: str) -> str:
        return "; ".join(
            f"{name}: " + ", ".join(f"{kind} {spread(runs, f'{kind} {name}', digits=2)}" for kind in kinds)
            for name in SURFACES
        )

    momentum = beaten["momentum"]
    lower = {name: sum(run[f"Nesterov {name}"] < run[f"momentum {name}"] for run in runs) for name in SURFACES}
    nesterov = ", ".join(f"{name} in {times}" for name, times in lower.items())
    best = {name: [min(KINDS, key=lambda kind: run[f"{kind} {name}"]) for run in runs] for name in SURFACES}
    differ = sum(len({best[name][i] for name in SURFACES}) > 1 for i in range(count))
    winners = "; ".join(f"{name}: " + ", ".join(sorted(set(best[name]))) for name in SURFACES)
    return {
        "OPT-01": Verdict(
            judged(min(beaten.values()) == most, max(beaten.values()) > most / 2),
            f"median height after {STEPS} steps at the best of {len(RATES)} rates: {heights(*KINDS)}; lower than plain "
            f"descent in ravine, Rosenbrock's valley and plateau together, of {most}: {listed}",
        ),
        "OPT-03": Verdict(
            judged(momentum == most, momentum > most / 2),
            f"momentum 0.9 ends lower than plain descent on {momentum} of {most} surfaces (ravine, Rosenbrock's "
            f"valley, plateau), each at the best of {len(RATES)} rates: {heights('GD', 'momentum')}",
        ),
        "OPT-04": Verdict(
            judged(sum(lower.values()) == most, max(lower.values()) > count / 2),
            f"Nesterov's ends lower than momentum, each at its best rate, of {count} runs: {nesterov}; "
            f"{heights('momentum', 'Nesterov')}",
        ),
        "HP-07": Verdict(
            judged(differ == count, differ > count / 2),
            f"lowest after {STEPS} steps, each at its best rate, over {count} runs: {winners}; not the same on all "
            f"three surfaces in {differ} of {count} runs",
        ),
        "OPT-08": Verdict(
            judged(all(run["AdaDelta at 1 ravine"] < 0.5 * run["start ravine"] for run in runs), False),
            f"at its rate of 1 it comes from {spread(runs, 'start ravine')} down to "
            f"{spread(runs, 'AdaDelta at 1 ravine')} in the ravine in {STEPS} steps, while Adam at its best rate "
            f"reaches {spread(runs, 'Adam ravine', digits=2)}",
        ),
    }
