"""GradientDescent: the step that most networks learn by.

Course: GD-02, GD-03, GD-04, GD-05, GD-06, GD-07, GD-08, GD-09, GD-10, HP-03.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.checks import check_above, check_at_least, check_choice
from glasswork.learning.clip_norm import clip_norm, norm_of
from glasswork.learning.clip_value import clip_value
from glasswork.learning.ema import EMA
from glasswork.learning.non_finite import FirstBadStep, blame_loss, check_weights, refuse_gradient
from glasswork.learning.together import Together
from glasswork.records import StepRecord

if TYPE_CHECKING:
    from glasswork.records import Batch

__all__ = ["GradientDescent"]

_PRECISIONS = {"float32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class GradientDescent:
    r"""One step downhill: predict, measure the loss, take its gradient, let the optimiser move the weights.

    .. math:: \theta \leftarrow \theta -
              \text{optimizer}\left(\nabla_\theta \tfrac1B \sum_{i=1}^{B} \ell(f_\theta(x_i), y_i)\right)

    Batch, stochastic and mini-batch gradient descent are this step with all examples, one, or some.

    Args:
        model: called as ``model(**batch.inputs)``.
        loss: ``loss(outputs, targets) -> scalar mean``; with example weights ``loss(outputs, targets, weights=w)``.
        optimizer: any ``torch.optim.Optimizer``; its groups' ``lr`` are the base rates of the schedule.
        schedule: ``schedule(step, steps) -> factor``, asked before each update, counted from 0; one that also has
            ``observe(value)`` is told of each validation.
        steps: how many updates there will be; the loop fills it in.
        clip_norm: the whole gradient is scaled down to at most this Euclidean norm.
        clip_value: each element of the gradient is cut to at most this size (before the norm is taken).
        accumulate: update once every so many batches, with the mean over all their examples: it equals one large
            batch, also when the last batch is shorter.
        precision: ``float32``, or ``bf16`` / ``fp16`` by autocast (fp16 with loss scaling).
        ema: decay of an average of the weights, which is then what is evaluated and saved; None: no average.
        watch_every: the gradient's norm is taken at the first batch and every so many, where clipping does not need
            it anyway; 0: never. The loop sets it to how often it logs.
        together: how processes combine their gradients; None: this process learns alone.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(model.weight, 3.0)
    >>> learner = GradientDescent(model, nn.functional.mse_loss, torch.optim.SGD(model.parameters(), lr=0.1))
    >>> from glasswork.records import Batch
    >>> record = learner.step(Batch({"input": torch.tensor([[1.0]])}, torch.tensor([[1.0]])))
    >>> record.loss.item(), round(model.weight.item(), 4)  # (3 - 1)^2 = 4; 3 - 0.1 * 2 * 2 = 2.6
    (4.0, 2.6)
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Callable[..., Tensor],
        optimizer: torch.optim.Optimizer,
        *,
        schedule: Callable[[int, int], float] | None = None,
        steps: int | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        accumulate: int = 1,
        precision: str = "float32",
        ema: float | None = None,
        watch_every: int = 50,
        together: Together | None = None,
    ) -> None:
        who = "GradientDescent"
        check_at_least(who, 1, accumulate=accumulate)
        check_choice(who, list(_PRECISIONS), precision=precision)
        for name, value in (("clip_norm", clip_norm), ("clip_value", clip_value)):
            if value is not None:
                check_above(who, 0, **{name: value})
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.steps = steps
        self.clip_norm = clip_norm
        self.clip_value = clip_value
        self.accumulate = accumulate
        self.precision = precision
        self.ema = None if ema is None else EMA(model, decay=ema)
        self.watch_every = watch_every
        self.together = together
        self.number = 0  # batches seen
        self.updates = 0  # times that the weights moved
        self._base = [float(group["lr"]) for group in optimizer.param_groups]
        self._rate = self._base[0] if self._base else 0.0
        self._parameters = _distinct(p for group in optimizer.param_groups for p in group["params"])
        first = next(iter(self._parameters), None)
        self._device = torch.device("cpu") if first is None else first.device
        self._on_host = self._device.type == "cpu"
        self._scaler = torch.amp.GradScaler(self._device.type) if precision == "fp16" else None
        self._watch = None if self._on_host else FirstBadStep(self._device)
        self._watched = -1  # which stretch of `watch_every` batches has had its norm taken
        self._pending = 0  # batches accumulated since the last update ...
        self._pending_examples = 0  # ... their examples ...
        self._unit = 1  # ... and the number of examples that counts as weight 1
        self._stale = True

    @property
    def evaluated(self) -> nn.Module:
        """The module whose predictions count: the averaged one where there is one."""
        return self.model if self.ema is None else self.ema.model

    def step(self, batch: Batch) -> StepRecord:
        """Learn from one batch; the weights move on every `accumulate`-th call."""
        self.number += 1
        self._stale = self._pending == 0  # gradients of the last update are kept until the loss is known to be finite
        size = len(batch)
        if size == 0:  # one of several processes, whose share of a short batch is nothing
            return self._step_without_examples()
        if self._pending_examples == 0:
            self._unit = size
        shown = self._add_gradient(batch, size / self._unit)
        self._pending += 1
        self._pending_examples += size

        norm = None
        moved = self._pending >= self.accumulate
        if moved:
            norm = self._update()
        if self._watch is not None:
            self._watch.note(self.number, shown, norm)
        return StepRecord(self.number, shown, size, self._rate, norm, moved)

    def _add_gradient(self, batch: Batch, share: float) -> Tensor:
        """Add `share` times the gradient of this batch's loss to what the parameters hold; return the loss."""
        with self._autocast():
            outputs = self.model(**batch.inputs)
            loss = self._loss_of(outputs, batch)
        return self._descend(loss, batch, share)

    def _loss_of(self, outputs: Tensor, batch: Batch) -> Tensor:
        if batch.weights is None:
            return self.loss(outputs, batch.targets)
        return self.loss(outputs, batch.targets, weights=batch.weights)

    def _descend(self, loss: Tensor, batch: Batch, share: float) -> Tensor:
        shown = loss.detach()
        if self._on_host and not math.isfinite(shown.item()):
            raise blame_loss(self.model, batch, self.number, self._autocast)
        objective = loss if share == 1 else loss * share
        if self._scaler is not None:
            objective = self._scaler.scale(objective)
        if self._stale:
            self._forget()
        objective.backward()
        return shown

    def _forget(self) -> None:
        for parameter in self._parameters:
            parameter.grad = None
        self._stale = False

    def _step_without_examples(self) -> StepRecord:
        if self._stale:
            self._forget()
        self._pending += 1
        moved = self._pending >= self.accumulate
        norm = self._update() if moved else None
        return StepRecord(self.number, torch.zeros((), device=self._device), 0, self._rate, norm, moved)

    def flush(self) -> StepRecord | None:
        """Update with what has been accumulated so far, as at the end of an epoch; None when there is nothing."""
        if self._pending == 0:
            return None
        examples = self._pending_examples
        norm = self._update()
        zero = torch.zeros((), device=self._device)
        return StepRecord(self.number, zero, examples, self._rate, norm, True)

    def check(self) -> None:
        """Raise ``NonFiniteError`` if anything was or is not finite; waits for the device."""
        if self._watch is not None and self._scaler is None:
            self._watch.check()
        check_weights(self.model, self.number)

    def _autocast(self) -> Any:
        kind = _PRECISIONS[self.precision]
        return nullcontext() if kind is None else torch.autocast(self._device.type, dtype=kind)

    @torch.no_grad()
    def _update(self) -> Tensor | None:
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        if self.together is not None:
            gradients = self.together.mean_gradients(self._parameters, self._unit, self._pending_examples)
        elif self._pending_examples != self._unit and gradients:
            torch._foreach_mul_(gradients, self._unit / self._pending_examples)
        if self._scaler is not None:  # after the processes have met, so that all of them see an overflow of one
            self._scaler.unscale_(self.optimizer)
        norm = self._clip(gradients)
        if self.schedule is not None:
            self._follow(self.schedule)
        if self._scaler is not None:
            self._scaler.step(self.optimizer)
            self._scaler.update()
        else:
            self.optimizer.step()
        self.updates += 1
        self._pending = self._pending_examples = 0
        if self.ema is not None:
            self.ema.update()
        return norm

    def _clip(self, gradients: list[Tensor]) -> Tensor | None:
        watched = self.watch_every > 0 and self.number // self.watch_every != self._watched
        if watched:
            self._watched = self.number // self.watch_every
        if not gradients or not (watched or self.clip_norm is not None or self.clip_value is not None):
            return None
        norm = None
        if watched or self.clip_norm is not None:
            norm = norm_of(gradients)
            if self._on_host and self._scaler is None and not math.isfinite(norm.item()):
                raise refuse_gradient(self.model, self.number)
        if self.clip_value is not None:
            clip_value(gradients, self.clip_value)
        if self.clip_norm is not None:
            clip_norm(gradients, self.clip_norm, norm=norm if self.clip_value is None else None)
        return norm

    def observe(self, value: float) -> None:
        """Tell a schedule that listens how validation went; less is better."""
        listen = getattr(self.schedule, "observe", None)
        if listen is not None:
            listen(value)

    def _follow(self, schedule: Callable[[int, int], float]) -> None:
        factor = float(schedule(self.updates, self.steps or self.updates + 1))
        for group, base in zip(self.optimizer.param_groups, self._base, strict=True):
            group["lr"] = base * factor
        self._rate = self._base[0] * factor

    def state_dict(self) -> dict[str, Any]:
        """Return the states of optimiser and scaler, the counters and, beside an average, the trained weights."""
        state: dict[str, Any] = {
            "optimizer": self.optimizer.state_dict(),
            "number": self.number,
            "updates": self.updates,
            "base": list(self._base),
            "rate": self._rate,
            "watched": self._watched,
        }
        remember = getattr(self.schedule, "state_dict", None)
        if remember is not None:
            state["schedule"] = remember()
        if self._scaler is not None:
            state["scaler"] = self._scaler.state_dict()
        if self.ema is not None:
            state["ema"] = {"updates": self.ema.updates, "weights": dict(self.model.state_dict())}
        if self._pending:
            state["pending"] = {
                "batches": self._pending,
                "examples": self._pending_examples,
                "unit": self._unit,
                "gradients": {str(i): p.grad for i, p in enumerate(self._parameters) if p.grad is not None},
            }
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state of `state_dict`; the weights of `evaluated` are already loaded."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.number = state["number"]
        self.updates = state["updates"]
        self._base = list(state["base"])
        self._rate = state["rate"]
        self._watched = state["watched"]
        if self._scaler is not None:
            self._scaler.load_state_dict(state["scaler"])
        remind = getattr(self.schedule, "load_state_dict", None)
        if remind is not None and "schedule" in state:
            remind(state["schedule"])
        if self.ema is not None:
            self.ema.updates = state["ema"]["updates"]
            self.model.load_state_dict(state["ema"]["weights"])
        self._pending = self._pending_examples = 0
        self._forget()
        if self._watch is not None:
            self._watch = FirstBadStep(self._device)
        pending = state.get("pending")
        if pending:
            self._pending, self._pending_examples = pending["batches"], pending["examples"]
            self._unit = pending["unit"]
            for name, gradient in pending["gradients"].items():
                parameter = self._parameters[int(name)]
                parameter.grad = gradient.to(parameter.device)


def _distinct(parameters: Iterable[Tensor]) -> list[Tensor]:
    return list({id(parameter): parameter for parameter in parameters}.values())
