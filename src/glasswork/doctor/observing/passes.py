"""Passes: forward passes without gradient between two steps: evaluations, unless training goes on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.forward import tensors_in
from glasswork.doctor.observing.losses import LossCall, classes_right
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.rows import Rows
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.vitals import Evaluation

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Passes"]

MOST_JUDGED = 200  # batches of one evaluation whose right answers are counted


class Passes:
    """The watch over evaluations.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.rows = Rows()
        self.open: Evaluation | None = None
        self._losses: list[Tensor] = []
        self._right: list[Tensor] = []
        self._count = 0
        self._key: Any = None
        self._output: Any = None
        self._inputs: list[Tensor] = []
        self._judged = True
        self._from_loader = False
        self._known: list[float] = []

    def on_forward(
        self, model: Model, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        """See one forward pass without gradient."""
        self._judge_by_loader()
        inputs = tensors_in([*args, *kwargs.values()])
        loaders = self.observer.loaders
        pointers = {tensor.data_ptr() for tensor in loaders.item}
        fed = any(tensor.data_ptr() in pointers for tensor in inputs)
        seen = self.rows.share_known(inputs[0]) if inputs else None
        key = (id(model), loaders.iterator if fed else seen is not None and seen > 0.5)
        if self.open is None or key != self._key:
            self.close()
            self.open = Evaluation(self.observer.steps_taken, matters=model.mode_matters)
            self._key = key
            if inputs:
                self.open.inputs = look_at_tensor(inputs[0])
        evaluation = self.open
        evaluation.batches += 1
        evaluation.training_mode = evaluation.training_mode or module.training
        if seen is not None:
            self._known.append(seen)
        self._output, self._inputs, self._judged = output, inputs, False
        self._from_loader = self._from_loader or fed

    def on_loss(self, call: LossCall) -> None:
        """See a loss that was measured without gradient."""
        if self.open is None:
            return
        if isinstance(call.value, Tensor) and call.value.numel() == 1:
            self._losses.append(call.value.detach())
        if not self._judged:
            self._judge(call.outputs, call.targets, call.facts.kind)

    def _judge_by_loader(self) -> None:
        """Count right answers of a batch for which no loss was called."""
        if self._judged or self.open is None:
            return
        outputs = [tensor for tensor in tensors_in(self._output) if tensor.is_floating_point()]
        targets = self.observer.loaders.targets_for(self._inputs)
        self._judge(outputs[0] if outputs else None, targets, self.observer.usual_kind())

    def _judge(self, outputs: Any, targets: Any, kind: str | None) -> None:
        self._judged = True
        if self.open is None or self.open.batches > MOST_JUDGED:
            return
        found = classes_right(outputs, targets, kind)
        if found is not None:
            self._right.append((found[0] == found[1]).sum())
            self._count += found[1].numel()

    def before_item(self) -> None:
        """Settle what waits for the loader's batch, before the next one comes."""
        if not self._judged:
            with torch.no_grad():
                self._judge_by_loader()

    def close(self, used: list[Tensor] | None = None) -> Evaluation | None:
        """End the evaluation; drop it where training goes on with its output.

        Args:
            used: what training goes on with.
        """
        evaluation, self.open = self.open, None
        if evaluation is None:
            return None
        if not self._judged:
            self.open = evaluation
            self._judge_by_loader()
            self.open = None
        pointers = {tensor.data_ptr() for tensor in tensors_in(self._output) if tensor.numel()}
        fed_on = any(tensor.data_ptr() in pointers for tensor in used or [])
        if self._losses:
            evaluation.loss = float(torch.stack([loss.float() for loss in self._losses]).mean())
        if self._count:
            evaluation.correct = float(torch.stack(self._right).sum()) / self._count
        if self._known:
            evaluation.repeated = sum(self._known) / len(self._known)
        dropped = fed_on and not self._losses
        self._losses, self._right, self._count, self._known = [], [], 0, []
        self._output, self._inputs, self._judged, self._from_loader = None, [], True, False
        if dropped:
            return None
        self.observer.vitals.evaluations.append(evaluation)
        return evaluation
