"""What does an activation cost, forward and backward, beside ReLU?

Course: ACT-02, ACT-03, ACT-06, ACT-09, ACT-10, ACT-12.
"""

import time

import torch

from glasswork.activations import ELU, GELU, SELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from glasswork.course import Verdict, judged, spread

SEEDS = 5
ELEMENTS = 2**16
PARTS = {
    "relu": ReLU(),
    "leaky_relu": LeakyReLU(),
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "elu": ELU(),
    "selu": SELU(),
    "softplus": Softplus(),
    "swish": SiLU(),
    "gelu": GELU(),
}
DEARER = 1.1  # times ReLU's time that we call more costly; repeats differ by a fiftieth


def once(part: torch.nn.Module, x: torch.Tensor, slopes: torch.Tensor) -> float:
    begin = time.perf_counter()
    torch.autograd.grad(part(x), x, slopes)
    return time.perf_counter() - begin


def run(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    x, slopes = torch.randn(ELEMENTS, requires_grad=True), torch.ones(ELEMENTS)
    times: dict[str, list[float]] = {name: [] for name in PARTS}
    for _ in range(60):  # in turn, so that a busy moment meets all of them
        for name, part in PARTS.items():
            times[name].append(once(part, x, slopes))
    relu = min(times["relu"])  # the least time is the one that nothing else disturbed
    return {name: min(taken) / relu for name, taken in times.items()} | {"ns": relu / ELEMENTS * 1e9}


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    def dear(*names: str) -> Verdict:
        times = [sum(r[name] > DEARER for r in runs) for name in names]
        said = " and ".join(f"{name} takes {spread(runs, name)}" for name in names)
        seen = f"forward and backward, {said} times as long as ReLU, on {ELEMENTS} elements in {len(runs)} runs"
        return Verdict(judged(min(times) == len(runs), max(times) > 0), seen)

    others = [name for name in PARTS if name not in ("relu", "leaky_relu")]
    first = sum(all(r[name] > DEARER for name in others) for r in runs)
    cheap = judged(first == len(runs), first > len(runs) / 2)
    cost = ", ".join(f"{name} {spread(runs, name, digits=2)}" for name in PARTS)
    return {
        "ACT-02": Verdict(
            cheap, f"ReLU took {spread(runs, 'ns')} ns an element, forward and backward; in its units: {cost}"
        ),
        "ACT-03": dear("sigmoid"),
        "ACT-06": dear("sigmoid", "tanh"),
        "ACT-09": dear("elu"),
        "ACT-10": dear("selu"),
        "ACT-12": dear("swish"),
    }
