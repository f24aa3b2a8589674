"""Parts: a split that keeps what was fixed by its file or folder, and cuts only the rest."""

from __future__ import annotations

import numpy as np

from glasswork.data.options import SplitOptions
from glasswork.data.split import split
from glasswork.errors import DataError, UsageError

__all__ = ["parts_around_fixed"]

PARTS = ("train", "valid", "test")


def parts_around_fixed(
    fixed: np.ndarray,
    options: SplitOptions,
    seed: int,
    *,
    targets: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    keys: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Return ``train``, ``valid`` and ``test``; what is not fixed is split among the parts that are not.

    Args:
        fixed: the number of each example's part: 0 free (or training), 1 valid, 2 test.
        options: sizes; of a fixed part none may be asked.
        seed: of the shuffle.
        targets: class codes, for a stratified split.
        groups: examples of one group stay in one part.
        keys: equal examples share a key.

    >>> parts = parts_around_fixed(np.array([0, 0, 0, 0, 2, 2]), SplitOptions(valid=1), seed=0)
    >>> parts["test"].tolist(), len(parts["train"]), len(parts["valid"])
    ([4, 5], 3, 1)
    """
    free = np.flatnonzero(fixed == 0)
    if len(free) == 0:
        raise DataError("there are no training examples: all belong to the validation or test part.")
    given = {part: np.flatnonzero(fixed == number) for number, part in enumerate(PARTS) if number}
    given = {part: index for part, index in given.items() if len(index)}
    for part in given:
        if getattr(options, part):
            raise UsageError(f"a fixed {part} part and a size for {part} were both given; drop one of them.")
    if "test" in given and options.folds is not None:
        raise UsageError("a fixed test part and folds were both given; drop one of them.")
    choice = options.model_copy(update=dict.fromkeys(given, 0))
    pick = {
        name: values[free]
        for name, values in (("targets", targets), ("groups", groups), ("keys", keys))
        if values is not None
    }
    parts = {part: free[index] for part, index in split(len(free), choice, seed, **pick).items()}
    return {**parts, **given}
