"""Randomness by counting: random numbers that are a function of a sample's key, and of nothing else.

An augmentation must do the same to a sample whoever else is in its batch, whichever worker reads it, and after a
resume. So no generator is advanced: a key, one int64 a sample, is hashed together with the name of the use and a
counter. All arithmetic is on integers, which makes the numbers equal on every device.

Letters in shapes: B samples, N numbers for each.
Source: the hash is the finaliser of SplitMix64, Steele, Lea & Flood 2014; the idea of counters is Salmon et al. 2011.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["chosen", "mix", "normal", "sample_keys", "uniform"]

_GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)  # 2^64 over the golden ratio, as a signed number
_FIRST = 0xBF58476D1CE4E5B9 - (1 << 64)
_SECOND = 0x94D049BB133111EB - (1 << 64)


def mix(keys: Tensor, *values: int | Tensor) -> Tensor:
    """Return new keys, one for each key, that depend on the key and on all `values`.

    Args:
        keys: int64, any shape.
        values: numbers, or int64 tensors that broadcast with the keys.

    >>> keys = torch.tensor([1, 2])
    >>> torch.equal(mix(keys, 5)[:1], mix(keys[:1], 5)), torch.equal(mix(keys, 5), mix(keys, 6))
    (True, False)
    """
    hashed = _scramble(keys)
    for value in values:
        hashed = _scramble(hashed + (value + 1) * _GOLDEN if isinstance(value, Tensor) else hashed + _wrapped(value))
    return hashed


def sample_keys(seed: int, epoch: int, index: Tensor) -> Tensor:
    """Return the keys (B,) of samples by their index (B,) in an epoch of a run.

    >>> sample_keys(0, 3, torch.tensor([7, 8])).shape
    torch.Size([2])
    """
    return mix(torch.full_like(index, _signed(seed), dtype=torch.int64), epoch, index.to(torch.int64))


def uniform(keys: Tensor, count: int, stream: int) -> Tensor:
    """Return (B, N) float32 numbers, uniform in [0, 1), for the keys (B,); `stream` tells the uses apart.

    >>> bool(((u := uniform(torch.arange(1000), 3, 0)) >= 0).all() and (u < 1).all()), round(float(u.mean()), 1)
    (True, 0.5)
    """
    # 24 bits, as many as a float32 holds exactly, so 1.0 is never reached.
    return ((_bits(keys, count, stream) >> 40) & 0xFFFFFF).to(torch.float32) * 2.0**-24


def normal(keys: Tensor, count: int, stream: int) -> Tensor:
    """Return (B, N) float32 numbers of mean 0 and variance 1, nearly normal, at most 4.9 in size.

    Each is the standardised sum of eight random bytes: exact on every device and in every batch, where a logarithm
    and a cosine are not.
    """
    bytes_BN8 = _bits(keys, count, stream).view(torch.uint8).reshape(len(keys), count, 8)
    total = bytes_BN8.sum(-1, dtype=torch.int32).to(torch.float32)
    return (total - 8 * 127.5) * (8 * (256**2 - 1) / 12) ** -0.5


def chosen(keys: Tensor, probability: float, stream: int) -> Tensor:
    """Return (B,) whether a sample is chosen, true with the given probability."""
    return uniform(keys, 1, stream)[:, 0] < probability


def _bits(keys: Tensor, count: int, stream: int) -> Tensor:
    counters = torch.arange(count, dtype=torch.int64, device=keys.device)
    return _scramble(mix(keys, stream)[:, None] + (counters + 1) * _GOLDEN)


def _scramble(z: Tensor) -> Tensor:
    # torch's shift keeps the sign; the mask makes it the shift of an unsigned number.
    z = (z ^ ((z >> 30) & ((1 << 34) - 1))) * _FIRST
    z = (z ^ ((z >> 27) & ((1 << 37) - 1))) * _SECOND
    return z ^ ((z >> 31) & ((1 << 33) - 1))


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >= 1 << 63 else value


def _wrapped(value: int) -> int:
    return _signed((value + 1) * _GOLDEN)
