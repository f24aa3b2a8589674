"""Steps: what a readable expansion is handed to write its quantities down with.

An expansion is a function ``expansion(steps, *arguments)`` that does what a call of torch did, on the same values, in
operations that a lecture would write; on the way it names what a lecture names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Expression
from glasswork.tracing.meaning.quantity import Element, Quantity

__all__ = ["Decline", "Steps"]


class Decline(Exception):  # noqa: N818  # not an error: the plain tape is shown instead
    """Raised by an expansion that does not cover the call it was asked about; the text says why."""


class Steps:
    """The quantities of one readable step, in order."""

    def __init__(self, variables: dict[int, int], masks: Iterable[Tensor] = (), time: int | None = None) -> None:
        self.time = time
        """Which visit of its module it is, where there are several: the time step of a cell."""
        self.quantities: list[Quantity] = []
        self.remarks: list[str] = []
        self.title = ""
        self._variables, self._masks = variables, list(masks)

    def given(self, symbol: str, tensor: Tensor, axes: tuple[str, ...], title: str = "", **more: Any) -> Quantity:
        """Note an argument of the call: a quantity without a formula."""
        self._check(symbol, tensor, axes)
        found = Quantity(symbol, title, tensor.detach(), axes, live=tensor, **more)
        found.variable = self._variables.get(id(tensor))
        self.quantities.append(found)
        return found

    def part(
        self, symbol: str, tensor: Tensor, of: Tensor, place: Callable[..., Element], axes: tuple[str, ...],
        title: str = "", **more: Any,
    ) -> Quantity:  # fmt: skip
        """Note a part of an argument, such as one gate's rows of a weight; `place` finds its elements in the whole."""
        found = self.given(symbol, tensor, axes, title, **more)
        found.variable, found.place = self._variables.get(id(of)), place
        return found

    def name(
        self, symbol: str, tensor: Tensor, axes: tuple[str, ...], formula: Callable[..., Expression], title: str = "",
        **more: Any,
    ) -> Quantity:  # fmt: skip
        """Note what was computed; ``formula(*element)`` says how, in terms of quantities noted before."""
        self._check(symbol, tensor, axes)
        found = Quantity(symbol, title, tensor.detach(), axes, formula, live=tensor, **more)
        self.quantities.append(found)
        return found

    def mask(self, shape: tuple[int, ...]) -> Tensor:
        """Return the next random mask that the call drew, of zeros and ones."""
        if not self._masks:
            raise Decline("it drew no random mask")
        mask = self._masks.pop(0)
        if mask.numel() != math.prod(shape) or not bool(((mask == 0) | (mask == 1)).all()):
            raise Decline(f"its random numbers are no mask of shape {tuple(shape)}")
        return mask.reshape(shape)

    def remark(self, sentence: str) -> None:
        """Add a sentence that belongs to the whole step."""
        self.remarks.append(sentence)

    def same(self, first: Tensor, second: Tensor) -> bool:
        """Whether two arguments of the call are one tensor."""
        return first is second or (
            id(first) in self._variables and self._variables[id(first)] == self._variables.get(id(second))
        )

    @staticmethod
    def axes(tensor: Tensor) -> tuple[str, ...]:
        """Return what the dimensions of a tensor usually count."""
        usual: dict[int, tuple[str, ...]] = {
            0: (), 1: ("unit",), 2: ("n", "unit"), 3: ("n", "place", "unit"), 4: ("n", "channel", "row", "column"),
        }  # fmt: skip
        return usual.get(tensor.dim(), ("n", "channel", *["place"] * (tensor.dim() - 2)))

    @staticmethod
    def _check(symbol: str, tensor: Tensor, axes: tuple[str, ...]) -> None:
        if not isinstance(tensor, torch.Tensor) or tensor.dim() != len(axes):
            raise Decline(f"{symbol} has another number of dimensions than {len(axes)}")
