"""What do too small, right and too large learning rates do to a network, and to its ReLU units?

Course: HP-05, SCHED-03, SCHED-04.
"""

import torch
from sklearn.datasets import load_digits

from glasswork.course import Verdict, judged, spread
from glasswork.errors import NonFiniteError
from glasswork.learning import GradientDescent
from glasswork.losses import cross_entropy
from glasswork.models import MLP
from glasswork.optimizers import SGD
from glasswork.records import Batch

SEEDS = 5
RATES = (0.001, 0.05, 0.25, 1.0, 10.0)
STEPS, FIRST_LOSS = 120, 2.302585  # ln 10: what guessing costs


def run(seed: int) -> dict[str, float]:
    pixels, labels = load_digits(return_X_y=True)
    x, y = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(labels)
    found = {}
    for rate in RATES:
        torch.manual_seed(seed)
        model = MLP(inputs=64, outputs=10, hidden=[32, 32], dropout=0.0)
        learner = GradientDescent(model, cross_entropy, SGD(model.parameters(), lr=rate), watch_every=0)
        seen: list[torch.Tensor] = []
        hooks = [
            module.register_forward_hook(lambda module, inputs, output, seen=seen: seen.append(output))
            for module in model.modules()
            if isinstance(module, torch.nn.ReLU)
        ]
        try:
            for _ in range(STEPS):
                rows = torch.randint(len(y), (64,))
                learner.step(Batch({"x": x[rows]}, y[rows]))
                seen.clear()
            with torch.no_grad():
                loss = cross_entropy(model(x), y).item()
            dead = torch.cat([(output <= 0).all(0) for output in seen]).float().mean().item()
        except NonFiniteError:
            loss, dead = float("inf"), 1.0
        for hook in hooks:
            hook.remove()
        found[f"loss at {rate}"] = min(loss, 1000.0)  # 1000 stands for everything that ran away
        found[f"dead at {rate}"] = dead
    return found


def verdicts(runs: list[dict[str, float]]) -> dict[str, Verdict]:
    count = len(runs)
    slow = sum(run["loss at 0.001"] > 0.8 * FIRST_LOSS for run in runs)
    right = sum(run["loss at 0.25"] < 0.5 * FIRST_LOSS for run in runs)
    ran_away = sum(run["loss at 10.0"] > FIRST_LOSS for run in runs)
    deader = sum(run["dead at 10.0"] > run["dead at 0.05"] for run in runs)
    losses = ", ".join(f"{rate}: {spread(runs, f'loss at {rate}')}" for rate in RATES)
    dead = ", ".join(f"{rate}: {spread(runs, f'dead at {rate}', digits=2)}" for rate in RATES)
    regimes = slow == right == ran_away == count
    quarter = sum(
        run["loss at 0.25"] < run["loss at 0.05"] and run["loss at 0.25"] < run["loss at 1.0"] for run in runs
    )
    said = f"loss after {STEPS} steps by rate: {losses} (guessing: 2.3)"
    return {
        "HP-05": Verdict(
            judged(regimes, right > count / 2),
            f"{said}; the course's 0.25 is better than its misprint 0.05 and than its other example, 1, in {quarter} "
            f"of {count} runs",
        ),
        "SCHED-03": Verdict(
            judged(deader == count and ran_away == count, deader > count / 2),
            f"share of ReLU units that no digit switches on, by rate: {dead}; more at 10 than at 0.05 in {deader} of "
            f"{count} runs. A smaller rate prevents it; it does not bring a dead unit back, whose gradient is 0",
        ),
        "SCHED-04": Verdict(
            judged(regimes, right > count / 2),
            f"{said}; slow at 0.001 in {slow}, half of guessing at 0.25 in {right}, no better than guessing at 10 in "
            f"{ran_away} of {count} runs",
        ),
    }
