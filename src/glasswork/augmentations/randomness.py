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
_EVEN_BYTES = 0x00FF00FF00FF00FF
_ALL_LANES = 0x0001000100010001


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


def uniform(keys: Tensor, count: int, stream: int | Tensor) -> Tensor:
    """Return (B, N) float32 numbers, uniform in [0, 1), for the keys (B,); `stream` tells the uses apart.

    The first numbers are the same whatever the count. Keys may have more dimensions, and streams broadcast with them.

    >>> bool(((u := uniform(torch.arange(1000), 3, 0)) >= 0).all() and (u < 1).all()), round(float(u.mean()), 1)
    (True, 0.5)
    """
    # 24 bits, as many as a float32 holds exactly, so 1.0 is never reached.
    bits = _bits(keys, count, stream).bitwise_right_shift_(40).bitwise_and_(0xFFFFFF)
    return bits.to(torch.float32).mul_(2.0**-24)


def normal(keys: Tensor, count: int, stream: int) -> Tensor:
    """Return (B, N) float32 numbers of mean 0 and variance 1, nearly normal, at most 4.9 in size.

    Each is the standardised sum of eight random bytes: exact on every device and in every batch, where a logarithm
    and a cosine are not.
    """
    total = _sum_of_bytes(_bits(keys, count, stream)).to(torch.float32)
    return (total - 8 * 127.5) * (8 * (256**2 - 1) / 12) ** -0.5


def chosen(keys: Tensor, probability: float, stream: int) -> Tensor:
    """Return (B,) whether a sample is chosen, true with the given probability."""
    return uniform(keys, 1, stream)[:, 0] < probability


def _bits(keys: Tensor, count: int, stream: int | Tensor) -> Tensor:
    counters = torch.arange(1, count + 1, dtype=torch.int64, device=keys.device) * _GOLDEN
    return _scramble_(mix(keys, stream)[..., None] + counters)


def _sum_of_bytes(z: Tensor) -> Tensor:
    """Return the sum of each number's eight bytes; bytes lie two by two in lanes of 16 bits, which do not overflow."""
    lanes = (z & _EVEN_BYTES).add_((z >> 8).bitwise_and_(_EVEN_BYTES))
    return lanes.mul_(_ALL_LANES).bitwise_right_shift_(48)


def _scramble(z: Tensor) -> Tensor:
    return _scramble_(z.clone())


def _scramble_(z: Tensor) -> Tensor:
    # torch's shift keeps the sign; the mask makes it the shift of an unsigned number.
    shifted = (z >> 30).bitwise_and_((1 << 34) - 1)
    z.bitwise_xor_(shifted).mul_(_FIRST)
    torch.bitwise_right_shift(z, 27, out=shifted).bitwise_and_((1 << 37) - 1)
    z.bitwise_xor_(shifted).mul_(_SECOND)
    torch.bitwise_right_shift(z, 31, out=shifted).bitwise_and_((1 << 33) - 1)
    return z.bitwise_xor_(shifted)


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >= 1 << 63 else value


def _wrapped(value: int) -> int:
    return _signed((value + 1) * _GOLDEN)
