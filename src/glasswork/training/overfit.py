"""overfit_one_batch: a network that cannot learn one batch by heart has a fault, not too little data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glasswork.checks import check_at_least, check_between
from glasswork.training.range_finder import kept_as_it_was

if TYPE_CHECKING:
    from glasswork.learning import Learner
    from glasswork.training.source import Source

__all__ = ["Overfitted", "overfit_one_batch"]


@dataclass(frozen=True)
class Overfitted:
    """Whether the batch was learnt, the loss of each step, and how many examples there were."""

    learned: bool
    losses: tuple[float, ...]
    examples: int


def overfit_one_batch(
    learner: Learner,
    source: Source,
    index: np.ndarray,
    *,
    batch_size: int = 16,
    steps: int = 300,
    share: float = 0.1,
) -> Overfitted:
    """Train on the same few examples over and over, and put everything back as it was.

    Args:
        learner: what will train later; weights and state are restored.
        source: where the batch comes from, without augmentation.
        index: training examples; the first `batch_size` of them are used.
        batch_size: how many examples to learn by heart.
        steps: how often at most.
        share: learnt means that the loss fell below this share of the first one.

    Source: Karpathy 2019, "A Recipe for Training Neural Networks", step 2.
    """
    check_at_least("overfit_one_batch", 1, batch_size=batch_size, steps=steps)
    check_between("overfit_one_batch", 0, 1, share=share)
    chosen = np.array(index[:batch_size])
    batch = source.batch(chosen)
    losses: list[float] = []
    with kept_as_it_was(learner):
        for _ in range(steps):
            losses.append(float(learner.step(batch).loss))
            if losses[-1] < share * losses[0]:
                break
    return Overfitted(losses[-1] < share * losses[0], tuple(losses), len(chosen))
