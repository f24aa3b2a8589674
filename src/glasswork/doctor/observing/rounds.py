"""Rounds: what is seen between two steps of a training."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from torch import Tensor

from glasswork.doctor.vitals import LayerVitals, TensorVitals

__all__ = ["Round", "tensors_in"]


class Round:
    """What was seen between two steps of the training."""

    def __init__(self) -> None:
        self.captures: dict[str, LayerVitals] = {}
        self.runs: dict[str, int] = defaultdict(int)
        self.inputs: dict[str, tuple[dict[str, TensorVitals], dict[str, TensorVitals]]] = {}
        self.known: dict[tuple[int, int], TensorVitals] = {}  # inputs, by where they lie and how long they are
        self.entered: TensorVitals | None = None
        self.raw = False  # whether that was data, with nothing learned in it
        self.models: set[str] = set()
        self.calls: dict[str, int] = defaultdict(int)
        self.looked = False


def tensors_in(value: Any, depth: int = 3) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dictionaries, in order."""
    if isinstance(value, Tensor):
        return [value]
    if depth and isinstance(value, tuple | list):
        return [tensor for one in value for tensor in tensors_in(one, depth - 1)]
    if depth and isinstance(value, dict):
        return [tensor for one in value.values() for tensor in tensors_in(one, depth - 1)]
    return []
