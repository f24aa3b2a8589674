"""Does AdaGrad suit features that are rare, or scaled differently?

Course: OPT-06.
"""

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.errors import NonFiniteError
from glasswork.learning import GradientDescent
from glasswork.losses import squared_error
from glasswork.models import Linear
from glasswork.optimizers import SGD, Adagrad
from glasswork.records import Batch

SEEDS = 5
FEATURES, STEPS, ROWS = 40, 300, 16
RATES = {"SGD": (SGD, (0.1, 0.3, 1.0, 3.0)), "AdaGrad": (Adagrad, (0.03, 0.1, 0.3, 1.0))}


def _error(kind, rate: float, inputs: torch.Tensor, truth: torch.Tensor, scale: torch.Tensor) -> float:
    """Return the mean squared error of the learned weights, in units of the true ones; infinity where it ran away."""
    model = Linear(inputs=FEATURES, outputs=1)
    learner = GradientDescent(model, squared_error, kind(model.parameters(), lr=rate), watch_every=0)
    try:
        for rows in inputs.split(ROWS):
            learner.step(Batch({"x": rows}, rows @ truth))
    except NonFiniteError:
        return float("inf")
    error = ((model.linear.weight.detach().T - truth) * scale).square().mean().item()
    return error if error == error else float("inf")


def run(seed: int) -> dict[str, float]:
    generator = torch.Generator().manual_seed(seed)
    truth = torch.randn(FEATURES, 1, generator=generator)
    normal = torch.randn(STEPS * ROWS, FEATURES, generator=generator)
    share = torch.logspace(0, -2, FEATURES)  # how often a feature is there: always to once in a hundred rows
    there = torch.rand(STEPS * ROWS, FEATURES, generator=generator) < share
    size = torch.logspace(0, -1.5, FEATURES)
    ones = torch.ones(FEATURES, 1)
    found = {}
    for name, (kind, rates) in RATES.items():
        found[f"{name} rare"] = min(_error(kind, rate, normal * there, truth, ones) for rate in rates)
        scaled = truth / size[:, None]  # each feature matters alike
        found[f"{name} scaled"] = min(_error(kind, rate, normal * size, scaled, size[:, None]) for rate in rates)
        found[f"{name} even"] = min(_error(kind, rate, normal, truth, ones) for rate in rates)
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    better = {
        task: sum(run[f"AdaGrad {task}"] < run[f"SGD {task}"] for run in runs) for task in ("rare", "scaled", "even")
    }
    verdict = judged(better["rare"] == better["scaled"] == count, max(better["rare"], better["scaled"]) > count / 2)
    said = "; ".join(
        f"{task} features: AdaGrad {spread(runs, f'AdaGrad {task}')}, SGD {spread(runs, f'SGD {task}')} (AdaGrad "
        f"lower in {times} of {count})"
        for task, times in better.items()
    )
    return {"OPT-06": Verdict(verdict, f"squared error of the learned weights, each at the best of four rates: {said}")}
