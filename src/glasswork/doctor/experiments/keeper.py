"""Keeper: what of a training is kept while it runs, so that experiments can be made on it afterwards.

It is fed with the calls of the model and of the loss function that an observer sees, and keeps copies of a few
batches. The loss counts as known only where it gives the same number for the model's own output, so that anything
unknown that a script does between model and loss is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.experiments.repeated import Repeated, repeated
from glasswork.doctor.experiments.subject import KeptBatch, Subject

__all__ = ["Keeper"]

BATCHES = 8  # of training; a quarter of that of validation
MOST_BATCHES = 40  # where they are small, until there are ENOUGH rows
ENOUGH = 512
ROWS = 64  # of a batch
PARTED = 3  # batches
NUMBERS = 4_000_000  # in all kept batches together
WEIGHTS = 20_000_000  # of a model whose first weights are kept
_TARGETS = ("target", "targets")


class Keeper:
    """Keeps the first weights, a few batches and the loss of one model.

    >>> model, keeper = nn.Linear(2, 1), Keeper()
    >>> x, y = torch.ones(4, 2), torch.zeros(4, 1)
    >>> outputs = model(x)
    >>> given = {"input": outputs, "target": y}
    >>> keeper.learned(model, (x,), {}, outputs, "mse_loss", given, (outputs**2).mean().item())
    >>> len(keeper.subject(model, None).batches)
    1
    """

    def __init__(self) -> None:
        self._model: nn.Module | None = None
        self._start: dict[str, Tensor] | None = None
        self._loss: Repeated | None = None
        self._learned: list[KeptBatch] = []
        self._asked: list[KeptBatch] = []
        self._clean: list[tuple[Tensor, bool] | None] = []
        self._parted: list[bool | None] = []
        self._numbers = 0
        self._rows = 0
        self._refused = 0

    @property
    def full(self) -> bool:
        """Whether nothing more is wanted of training batches."""
        kept = len(self._learned)
        many = kept >= MOST_BATCHES or (kept >= BATCHES and self._rows >= ENOUGH)
        return many or self._numbers > NUMBERS or self._refused >= BATCHES

    def learned(
        self,
        model: nn.Module,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        outputs: Any,
        function: str,
        given: Mapping[str, Any],
        value: float,
        *,
        scaled: bool = False,
        item: list[Tensor] | None = None,
    ) -> None:
        """See a training batch, before the step that learns from it.

        Args:
            model: that was called.
            args: with these.
            kwargs: and these.
            outputs: and returned this.
            function: the loss, by its name in ``torch.nn.functional``.
            given: its arguments by name.
            value: what it returned.
            scaled: whether the script's value may be a fixed multiple of the function's.
            item: what the loader gave, where there is one: the batch before the script changed it.
        """
        if self.full or (self._model is not None and model is not self._model):
            return
        targets = next((given[name] for name in _TARGETS if name in given), None)
        rows = _rows(args, kwargs)
        if not rows or not isinstance(targets, Tensor) or not targets.dim() or len(targets) % rows:
            self._refused += 1
            return
        kept = _by_row(targets.detach(), rows)
        loss = self._loss or repeated(outputs, function, given, value, scaled=scaled)
        if loss is None or not isinstance(outputs, Tensor) or not loss.gives(outputs, kept, value):
            self._refused += 1
            return
        if self._model is None:
            self._model, self._loss = model, loss
            if sum(p.numel() for p in model.parameters()) <= WEIGHTS:
                self._start = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        self._learned.append(self._kept(args, kwargs, kept, rows))
        self._rows += len(self._learned[-1])
        order = _order(args, kwargs, item or [])
        self._parted.append(_parted(order, targets, item or []))
        self._clean.append(None if order is not None else _clean(args, kwargs, item or []))

    def asked(self, model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], targets: Any) -> None:
        """See a validation batch."""
        rows = _rows(args, kwargs)
        if model is not self._model or len(self._asked) >= BATCHES // 4 or not rows:
            return
        if isinstance(targets, Tensor) and targets.dim() and len(targets) % rows == 0:
            self._asked.append(self._kept(args, kwargs, _by_row(targets.detach(), rows), rows))

    def subject(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | None,
        *,
        suspects: tuple[str, ...] = (),
        pause: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> Subject | None:
        """Return what experiments can be made on; None for another model, or without a loss that can be repeated."""
        if model is not self._model or self._loss is None or len(self._learned) <= self._refused:
            return None
        learned, asked = list(self._learned), list(self._asked)
        clean, moved = self._unchanged()
        first, further = learned[:BATCHES], (clean or learned)[BATCHES:]
        clean = clean[:BATCHES]
        subject = Subject(
            model, optimizer, self._loss, first, asked, self._start, clean, suspects, pause, moved, further
        )
        subject.parted = len(self._parted) >= PARTED and all(self._parted)
        return subject

    def _unchanged(self) -> tuple[list[KeptBatch], bool]:
        """Return the batches as the loader gave them, where the script changed every one of them."""
        pairs = zip(self._learned, self._clean, strict=True)
        clean = [replace(batch, inputs=(one[0], *batch.inputs[1:])) for batch, one in pairs if one is not None]
        if len(clean) < len(self._learned):
            return [], False
        return clean, all(one is not None and one[1] for one in self._clean)

    def _kept(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], targets: Tensor, rows: int) -> KeptBatch:
        def copied(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            cut = value.detach()[:ROWS] if value.dim() and len(value) == rows else value.detach()
            self._numbers += cut.numel()
            return cut.clone()

        named = {name: copied(value) for name, value in kwargs.items()}
        return KeptBatch(tuple(copied(value) for value in args), copied(targets), named)


def _rows(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int:
    """Return how many examples a call was about: the length of its first tensor; 0 where there is none."""
    tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor) and value.dim()]
    return len(tensors[0]) if tensors else 0


def _by_row(targets: Tensor, rows: int) -> Tensor:
    """Return targets with the examples first, where the script had made one row of every place."""
    return targets if len(targets) == rows else targets.reshape(rows, len(targets) // rows, *targets.shape[1:])


def _clean(args: tuple[Any, ...], kwargs: Mapping[str, Any], item: list[Tensor]) -> tuple[Tensor, bool] | None:
    """Return what the script made the model's first input of, and whether it moved values from row to row.

    None where it made nothing of it, or where the loader did not give it.
    """
    first = args[0] if args else None
    if not isinstance(first, Tensor) or not first.is_floating_point() or kwargs:
        return None
    alike = [one for one in item if one.shape == first.shape and one.dtype == first.dtype]
    if len(alike) != 1 or alike[0].device != first.device or torch.equal(alike[0], first):
        return None
    before, after = alike[0].detach().flatten(1), first.detach().flatten(1)
    if torch.equal(torch.unique(before, dim=0), torch.unique(after, dim=0)):
        return None  # the same rows in another order, as their targets may be: nothing was made of them
    rows = before.sort(1).values, after.sort(1).values
    moved = not torch.equal(*rows) and torch.equal(rows[0].flatten().sort().values, rows[1].flatten().sort().values)
    return alike[0].detach()[:ROWS].clone(), moved


def _order(args: tuple[Any, ...], kwargs: Mapping[str, Any], item: list[Tensor]) -> tuple[Tensor, Tensor] | None:
    """Return the places of like rows in the loader's batch and in the model's input, where only their order differs.

    None where rows were changed, come twice, or are not the loader's.
    """
    first = args[0] if args else None
    if not isinstance(first, Tensor) or first.dim() < 2 or kwargs:
        return None
    alike = [one for one in item if one.shape == first.shape and one.dtype == first.dtype]
    if len(alike) != 1 or alike[0].device != first.device or first.is_complex():
        return None
    before, after = alike[0].detach().flatten(1), first.detach().flatten(1)
    places = torch.arange(1, before.shape[1] + 1, dtype=torch.float64, device=before.device)
    weights = (places * 12.9898).sin()
    # One product for both: the same row has the same mark wherever it stands only where sums are taken alike.
    marks = [(rows.double() * weights).sum(1) for rows in (before.contiguous(), after.contiguous())]
    orders = marks[0].argsort(), marks[1].argsort()
    ranked = marks[0][orders[0]]
    if bool((ranked[1:] == ranked[:-1]).any()) or not torch.equal(before[orders[0]], after[orders[1]]):
        return None
    return orders


def _parted(order: tuple[Tensor, Tensor] | None, targets: Tensor, item: list[Tensor]) -> bool | None:
    """Return whether labels went other ways than their rows; None where that cannot be told."""
    if order is None:
        return None
    alike = [one for one in item if one.shape == targets.shape and one.dtype == targets.dtype]
    if len(alike) != 1 or alike[0].device != targets.device or targets.dim() != 1:
        return None
    given, taken = alike[0].detach(), targets.detach()
    if not torch.equal(given.sort().values, taken.sort().values):
        return None
    return not torch.equal(given[order[0]], taken[order[1]])
