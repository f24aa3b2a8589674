"""The state of every random number generator that a network may draw from, as plain JSON values."""

from __future__ import annotations

import base64
import random
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["get_randomness", "seed_everything", "set_randomness"]


def seed_everything(seed: int) -> None:
    """Seed the generators of torch, numpy and Python, from which dropout and its like draw."""
    torch.manual_seed(seed & 0x7FFFFFFFFFFFFFFF)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - modules may draw from numpy's global generator
    random.seed(seed)


def get_randomness() -> dict[str, Any]:
    """Return the state of the generators of torch (all devices), numpy and Python."""
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    version, numbers, gauss = random.getstate()
    state: dict[str, Any] = {
        "torch": _pack(torch.get_rng_state()),
        "numpy": [str(kind), base64.b64encode(np.asarray(keys).tobytes()).decode(), *rest],
        "python": [version, base64.b64encode(np.array(numbers, dtype=np.uint64).tobytes()).decode(), gauss],
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        state["cuda"] = [_pack(one) for one in torch.cuda.get_rng_state_all()]
    return state


def set_randomness(state: dict[str, Any]) -> None:
    """Put the generators back into a state of `get_randomness`."""
    torch.set_rng_state(_unpack(state["torch"]))
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, np.frombuffer(base64.b64decode(keys), dtype=np.uint32), *rest))  # noqa: NPY002
    version, numbers, gauss = state["python"]
    values = np.frombuffer(base64.b64decode(numbers), dtype=np.uint64).tolist()
    random.setstate((version, tuple(values), gauss))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all([_unpack(one) for one in state["cuda"]])


def _pack(state: Tensor) -> str:
    return base64.b64encode(state.numpy().tobytes()).decode()


def _unpack(text: str) -> Tensor:
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype=np.uint8).copy())
