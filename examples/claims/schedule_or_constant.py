"""Does a learning rate that falls end lower than one that stays?

Course: SCHED-01.
"""

import torch

from glasswork.course import Verdict, judged, spread
from glasswork.optimizers import SGD
from glasswork.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    ExponentialDecay,
    InverseSquareRoot,
    LinearDecay,
    OneCycle,
    PolynomialDecay,
    StepDecay,
)

SEEDS = 5
STEPS, WALKS = 300, 50
SCHEDULES = {
    "constant": Constant(),
    "step": StepDecay(),
    "exponential": ExponentialDecay(),
    "cosine": Cosine(),
    "restarts": CosineRestarts(),
    "linear": LinearDecay(),
    "polynomial": PolynomialDecay(),
    "one cycle": OneCycle(),
    "inverse root": InverseSquareRoot(),
}
RATES = (0.01, 0.03, 0.1, 0.3)


def _height(schedule, rate: float, noise: torch.Tensor) -> float:
    """Return the mean height on a bowl with curvatures 0.1 to 3, where gradients are known up to noise."""
    curvature = torch.tensor([0.1, 0.3, 1.0, 3.0])
    weights = torch.full((WALKS, 4), 3.0)
    optimizer = SGD([weights.requires_grad_()], lr=rate)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rate * schedule(step, STEPS)
        weights.grad = curvature * weights.detach() + noise[step]
        optimizer.step()
    return (curvature * weights.detach() ** 2 / 2).sum(1).mean().item()


def run(seed: int) -> dict[str, float]:
    noise = torch.randn(STEPS, WALKS, 4, generator=torch.Generator().manual_seed(seed))
    return {name: min(_height(schedule, rate, noise) for rate in RATES) for name, schedule in SCHEDULES.items()}


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    falling = [name for name in SCHEDULES if name != "constant"]
    lower = {name: sum(run[name] < run["constant"] for run in runs) for name in falling}
    always = [name for name in falling if lower[name] == count]
    verdict = judged(always == falling, len(always) > 0)
    heights = ", ".join(f"{name} {spread(runs, name)}" for name in SCHEDULES)
    said = (
        f"mean height after {STEPS} steps on a noisy bowl, each at the best of {len(RATES)} rates: {heights}; lower "
        f"than constant in every one of {count} runs: {', '.join(always) or 'none'}"
    )
    return {"SCHED-01": Verdict(verdict, said)}
