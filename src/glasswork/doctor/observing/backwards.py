"""Backwards: what leads to the next step: calls of losses, calls of ``backward``, what was compared with what."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from glasswork.doctor.observing.bare import given_to_weights
from glasswork.doctor.observing.code import user_place
from glasswork.doctor.observing.graph import from_graph, is_multiple
from glasswork.doctor.observing.kept_graphs import KeptGraphs
from glasswork.doctor.observing.losses import LossCall, baseline, baseline_by_hand, call_of, judge
from glasswork.doctor.observing.pairs import table_of_pairs
from glasswork.doctor.observing.post_mortem import hold
from glasswork.doctor.observing.reductions import row_weights
from glasswork.doctor.observing.rounds import Round, tensors_in
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.observing.steps import norms, total
from glasswork.doctor.vitals import BatchVitals, LossFacts

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Backwards"]

MOST_UNSTEPPED = 20  # calls of backward without a step after which looking closely brings nothing new
REDUCED = 3  # losses whose graph is asked how it is reduced
SURPRISING = (3, 10)  # as many calls without a step: is there an optimizer at all?


class Backwards:
    """The watch over losses and their backward passes.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.count = 0
        self.batch = BatchVitals()
        self.unread: list[Tensor] = []
        self.before_clip: Tensor | None = None
        self.kept = KeptGraphs()
        self.since = 0
        self._losses: list[float] = []
        self._calls: list[LossCall] = []
        self._answered = 0
        self._kinds: dict[tuple[str, str], int] = {}
        self._text = ""  # of the line that called the loss

    # --- between steps -----------------------------------------------------------------------------------------------

    def begin_round(self) -> None:
        """See the beginning of what leads to the next step."""
        observer = self.observer
        if not observer.consumed:
            return
        observer.consumed = False
        if observer.forward.looking:
            previous = observer.forward.round
            fresh = observer.forward.round = Round()
            if len(observer.steppings) > 1:
                # A generator's outputs may be made before the discriminator's step and used after it.
                fresh.captures = dict(previous.captures)
                fresh.inputs = dict(previous.inputs)
            self.batch = BatchVitals()
        if self._calls:
            self._calls = []
        self._answered, self._losses, self.unread = 0, [], []
        self.count, self.before_clip = 0, None
        if observer.keeping.began is None:
            observer.keeping.began = time.perf_counter()

    def stepped(self) -> None:
        """See a step end, and what belongs to it with it."""
        self.since = self._answered = 0
        if self._calls:
            self._calls = []

    def mean(self) -> float | None:
        """Return the mean of the losses since the last step."""
        losses = self._losses
        return losses[0] if len(losses) == 1 else sum(losses) / len(losses) if losses else None

    def forget(self) -> None:
        """Forget losses that belong to an earlier step."""
        self._losses = []

    def on_clip(self, norm: Any) -> None:
        """See gradients being clipped."""
        if not self.observer.deaf and isinstance(norm, Tensor):
            self.before_clip = norm
            self.observer.by_hand.clipped()

    # --- losses ------------------------------------------------------------------------------------------------------

    def wants_losses(self) -> bool:
        """Whether a loss that is called now is of interest."""
        observer = self.observer
        judging = observer.passes.open is not None or not torch.is_grad_enabled()
        return not observer.deaf and (observer.forward.looking or judging)

    def on_loss(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
    ) -> None:
        """See a call of one of torch's losses."""
        observer = self.observer
        started = time.perf_counter()
        with observer.guarded("a loss"), torch.no_grad():
            call = call_of(name, function, args, kwargs, value, observer.loss_module)
            if isinstance(value, Tensor) and value.requires_grad:
                if not observer.forward.looking:
                    return  # the first batch that is trained on after an evaluation
                if not self._kinds:
                    call.facts.where = self._where()
                self._calls.append(call)
            else:
                observer.passes.on_loss(call)
        observer.own += time.perf_counter() - started

    def usual_kind(self) -> str | None:
        """Return the kind of the loss that training uses."""
        losses = self.observer.vitals.losses
        return losses[0].kind if losses else None

    # --- backward ----------------------------------------------------------------------------------------------------

    def before(self, tensors: Any) -> None:
        """See ``backward`` being called; until it has returned, nothing else is seen."""
        observer = self.observer
        if observer.deaf or is_captured():
            return
        if observer.by_hand.open:
            observer.by_hand.before(tensors)
        started = time.perf_counter()
        observer.deaf = True
        try:
            self._see([tensors] if isinstance(tensors, Tensor) else list(tensors))
        except Exception as error:
            observer.failed("a loss", error)
        observer.own += time.perf_counter() - started

    def after(self) -> None:
        """See ``backward`` return."""
        observer = self.observer
        observer.deaf = False
        if observer.by_hand.open:
            observer.by_hand.learned()
        observer.side_by_side.learned()

    def _see(self, tensors: list[Tensor]) -> None:
        observer = self.observer
        forward = observer.forward
        if observer.consumed:
            self.begin_round()
        first = self.count == 0
        self.count += 1
        self.since += 1
        observer.vitals.backwards += 1
        if first:
            self._first(tensors[0])
        elif len(observer.steppings) > 1:
            self._cleared_late()
        value = 0.0
        for tensor in tensors:
            if tensor.numel() != 1:
                continue
            self.kept.see(tensor)
            if tensor.is_cpu or forward.looking:
                value = tensor.item()
                if observer.precision.scaled:
                    value /= observer.precision.scale_of(tensor)
                self._losses.append(value)
            else:  # reading would make the host wait at every step
                self.unread.append(tensor.detach().clone() / observer.precision.scale_of(tensor))
        if not math.isfinite(value):
            hold(observer)
        if forward.looking:
            with torch.no_grad():
                call = self._see_loss(tensors[0])
                observer.keeping.learned(tensors[0], call, len(self._calls) - self._answered)
            if self.since > MOST_UNSTEPPED:
                forward.looking = False
        self._answered = len(self._calls)
        if self.since in SURPRISING:
            observer.optimizing.see_unstepped()

    def _first(self, loss: Tensor) -> None:
        observer = self.observer
        if observer.passes.open is not None:
            evaluation = observer.passes.close(self._used(loss))
            if evaluation is not None and observer.on_step is not None:
                observer.on_step()
        if observer.loaders.current is not None:
            observer.epoch = observer.loaders.on_training()
        for stepping in observer.steppings.values():
            stepping.check_zeroed(stepping.number == 0)
            stepping.carried = 0.0 if stepping.zeroed else None
            if observer.forward.looking and stepping.zeroed is False:
                grads = [p.grad for p in stepping.parameters() if p.grad is not None and not p.grad.is_sparse]
                stepping.carried = total(norms(grads))
        entry = observer.forward.last_inputs
        if entry is not None and observer.passes.wants_batch():
            given, named = entry[1], entry[2]
            inputs = given if given and isinstance(given[0], Tensor) else tensors_in([*given, *named.values()])
            if inputs and not inputs[0].requires_grad:
                observer.passes.learned(inputs)

    def _cleared_late(self) -> None:
        """See gradients that were cleared before a later ``backward`` of the same round: each optimizer has its own."""
        for stepping in self.observer.steppings.values():
            if stepping.zeroed is False and stepping.number:
                stepping.check_zeroed(first=False)
                if stepping.zeroed:
                    stepping.carried = 0.0

    def _used(self, loss: Tensor) -> list[Tensor]:
        """Return what training goes on with: the model's inputs, and what the loss compares with."""
        entry = self.observer.forward.last_inputs
        used = tensors_in([*entry[1], *entry[2].values()]) if entry is not None else []
        targets = [call.targets for call in self._calls] or [from_graph(loss).targets]
        return used + [one for one in targets if isinstance(one, Tensor)]

    # --- on a step that is looked at ---------------------------------------------------------------------------------

    def _see_loss(self, loss: Tensor) -> LossCall:
        """Write which loss this is, and what it compared."""
        call = self._calls[-1] if self._calls else None
        for known in self._calls:
            if known.value is loss:
                call = known
        if call is None:
            call = self._by_hand(loss)
        for one in self._calls or [call]:
            self._count_kind(one.facts)
        if self.count == 1 and sum(self._kinds.values()) <= REDUCED:
            self._see_reduction(loss)
        if self.batch.outputs is None:
            if isinstance(call.outputs, Tensor) and call.outputs.dim():
                self.batch.outputs = look_at_tensor(call.outputs, features=False)
            if isinstance(call.targets, Tensor):
                self.batch.targets = look_at_tensor(call.targets)
            alone = call.facts.settings.get("terms", 1) == 1 and call.facts.settings.get("sign", 1) == 1
            if alone and (call.value is loss or is_multiple(loss, call.value)):
                self.batch.baseline_loss = baseline_by_hand(call) if call.by_hand else baseline(call)
            judge(self.batch, call)
        if not self.observer.forward.round.models and not self.batch.inputs:
            data = given_to_weights(loss)
            if data is not None:
                self.batch.inputs["0"] = look_at_tensor(data)
        if "backward" not in self.observer.vitals.places:
            self.observer.place("backward")
        return call

    def _see_reduction(self, loss: Tensor) -> None:
        """Write how much one example counts in each part of the loss."""
        entry, losses = self.observer.forward.last_inputs, self.observer.vitals.losses
        given = tensors_in([*entry[1], *entry[2].values()]) if entry is not None else []
        if given and given[0].dim() and losses:
            losses[0].settings.setdefault("row_weights", row_weights(loss, len(given[0])))
        said = [tensor for tensor in tensors_in(self.observer.last_output) if tensor.is_floating_point()]
        if len(said) == 1 and losses and losses[0].kind in ("unknown", "mse", "l1") and losses[0].name == "custom":
            losses[0].settings.setdefault("pairs", table_of_pairs(loss, said[0]))

    def _by_hand(self, loss: Tensor) -> LossCall:
        """Return what the graph says of a loss for which none of torch's functions was seen."""
        observer = self.observer
        made = tensors_in(observer.last_output)
        said = next((tensor for tensor in made if tensor.is_floating_point() and tensor.dim()), None)
        call = from_graph(loss, said)
        if call.outputs is None or call.targets is None:
            call.function = None  # what it compared is a guess below: not good enough to call it again
        if call.outputs is None:
            call.outputs = said
        entry = observer.forward.last_inputs
        if call.targets is None and entry is not None:
            call.targets = observer.loaders.targets_for(tensors_in([*entry[1], *entry[2].values()]))
        if not self._kinds:
            call.facts.where = self._where()
        return call

    def _where(self) -> str | None:
        found = user_place(3)
        if found is None:
            return None
        self._text = found[1]
        return found[0]

    def _count_kind(self, facts: LossFacts) -> None:
        key = (facts.kind, facts.name)
        vitals = self.observer.vitals
        if key not in self._kinds:
            vitals.losses.append(facts)
            if facts.where:
                vitals.places.setdefault("loss", facts.where)
                vitals.code.setdefault("loss", self._text)
        self._kinds[key] = self._kinds.get(key, 0) + 1
        vitals.losses.sort(key=lambda one: -self._kinds.get((one.kind, one.name), 0))


def is_captured() -> bool:
    """Whether a CUDA graph is being captured, in which nothing may be read."""
    return torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing()
