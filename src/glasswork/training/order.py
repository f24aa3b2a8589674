"""The order in which examples are seen, and the random keys of each: functions of the seed and the epoch alone.

Nothing here has a state, so a run that was killed and resumed sees the same examples in the same order, however many
workers load them.
"""

from __future__ import annotations

import numpy as np

__all__ = ["example_keys", "grouped_by_length", "shuffled"]

_ORDER, _GROUPS = 1, 2  # separate streams of random numbers from one seed


def shuffled(index: np.ndarray, *, seed: int, epoch: int) -> np.ndarray:
    """Return `index` in the order of an epoch.

    >>> shuffled(np.arange(5), seed=0, epoch=1).tolist() == shuffled(np.arange(5), seed=0, epoch=1).tolist()
    True
    >>> sorted(shuffled(np.arange(5), seed=0, epoch=2).tolist())
    [0, 1, 2, 3, 4]
    """
    return index[_generator(seed, epoch, _ORDER).permutation(len(index))]


def grouped_by_length(
    order: np.ndarray, lengths: np.ndarray, *, batch_size: int, seed: int, epoch: int, pool: int = 50
) -> np.ndarray:
    """Return `order` rearranged so that each batch holds examples of similar length, the batches in random order.

    Within every `pool` batches the examples are sorted by length; a shorter last batch stays last.

    >>> order = np.array([0, 1, 2, 3, 4])
    >>> grouped_by_length(order, np.array([9, 1, 8, 2, 5]), batch_size=2, seed=0, epoch=0).reshape(-1)[-1]
    np.int64(0)
    """
    size = pool * batch_size
    pools = [order[start : start + size] for start in range(0, len(order), size)]
    ordered = np.concatenate([chunk[np.argsort(lengths[chunk], kind="stable")] for chunk in pools])
    whole = len(ordered) // batch_size
    batches = ordered[: whole * batch_size].reshape(whole, batch_size)
    batches = batches[_generator(seed, epoch, _GROUPS).permutation(whole)]
    return np.concatenate([batches.reshape(-1), ordered[whole * batch_size :]])


def example_keys(index: np.ndarray, *, seed: int, epoch: int) -> np.ndarray:
    """Return one 64-bit key an example, from the seed, the epoch and the example's number alone.

    Each is mixed in by the finaliser of SplitMix64 (Steele, Lea & Flood 2014), which changes about half of all bits
    for each bit changed.

    >>> example_keys(np.array([3, 7]), seed=0, epoch=1)[1] == example_keys(np.array([7]), seed=0, epoch=1)[0]
    np.True_
    """
    start = _mix(_mix(np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)) + np.uint64(epoch))
    return _mix(start + index.astype(np.uint64)).view(np.int64)


def _mix(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def _generator(seed: int, epoch: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed & 0xFFFFFFFFFFFFFFFF, epoch, stream])))
