"""range_finder: which learning rates are worth trying, by raising the rate until the loss blows up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glasswork.checks import check_above, check_at_least
from glasswork.errors import NonFiniteError
from glasswork.training.order import shuffled
from glasswork.training.randomness import get_randomness, set_randomness
from glasswork.training.skeleton import flatten, unflatten

if TYPE_CHECKING:
    from glasswork.learning import GradientDescent, Learner
    from glasswork.training.source import Source

__all__ = ["RangeFound", "kept_as_it_was", "range_finder"]


@dataclass(frozen=True)
class RangeFound:
    """Rates tried, the smoothed loss at each, and the rate to begin with (None where the loss never fell)."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float | None


def range_finder(
    learner: GradientDescent,
    source: Source,
    index: np.ndarray,
    *,
    batch_size: int = 32,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    seed: int = 0,
) -> RangeFound:
    """Train for a moment with a rate that grows from `low` to `high`, and put everything back as it was.

    The suggestion is a tenth of the rate at which the smoothed loss was lowest, which leaves room before it blows up.

    Args:
        learner: its optimiser's rate is raised; weights, optimiser and random numbers are restored.
        source: where the batches come from.
        index: training examples.
        batch_size: as in training.
        low: the first rate.
        high: the last rate, unless the loss exceeds four times its minimum earlier.
        steps: batches at most.
        seed: of the order.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
    """
    check_above("range_finder", 0, low=low)
    check_above("range_finder", low, high=high)
    check_at_least("range_finder", 2, steps=steps)
    rates: list[float] = []
    losses: list[float] = []
    average = 0.0
    with kept_as_it_was(learner):
        learner.schedule = None
        for number, chosen in zip(range(steps), _endless(index, batch_size, seed), strict=False):
            rate = low * (high / low) ** (number / (steps - 1))
            for group in learner.optimizer.param_groups:
                group["lr"] = rate
            try:
                loss = float(learner.step(source.batch(chosen, epoch=1)).loss)
            except NonFiniteError:
                break
            average = 0.9 * average + 0.1 * loss
            rates.append(rate)
            losses.append(average / (1 - 0.9 ** (number + 1)))
            if not math.isfinite(loss) or losses[-1] > 4 * min(losses):
                break
    return RangeFound(tuple(rates), tuple(losses), _suggest(rates, losses))


@contextmanager
def kept_as_it_was(learner: Learner) -> Iterator[None]:
    """Let a learner be tried out, then restore weights, learner state, schedule and random numbers."""
    weights = {name: tensor.detach().clone() for name, tensor in learner.model.state_dict().items()}
    tensors: dict = {}
    skeleton = flatten(learner.state_dict(), tensors)
    randomness = get_randomness()
    schedule = getattr(learner, "schedule", None)
    try:
        yield
    finally:
        learner.model.load_state_dict(weights)
        learner.load_state_dict(unflatten(skeleton, tensors))
        if hasattr(learner, "schedule"):
            learner.schedule = schedule
        set_randomness(randomness)


def _endless(index: np.ndarray, batch_size: int, seed: int) -> Iterator[np.ndarray]:
    epoch = 1
    while True:
        order = shuffled(np.array(index), seed=seed, epoch=epoch)
        for start in range(0, len(order), batch_size):
            yield order[start : start + batch_size]
        epoch += 1


def _suggest(rates: list[float], losses: list[float]) -> float | None:
    if not losses:
        return None
    lowest = int(np.argmin(losses))
    return None if lowest == 0 else rates[lowest] / 10
