"""By hand: scripts that change their weights themselves: a change after ``backward`` is a step.

Looked at only where no optimizer steps. What was moved tells the step, and along the gradient also the learning rate:
how far it went, divided by the gradient's length.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import get_ident
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from glasswork.doctor.observing.hands import Hand, leaves_of, left_out, measure, stepping_of
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.steps import Held, Stepping, few

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["ByHand"]

ALONG = 0.9  # cosine between the gradient and the way from a tensor to the one that takes its place
FLAT = 2  # dimensions of weights that may learn alone: an attack or a dream changes a picture, which has more


class ByHand:
    """The watch over weights that no optimizer moves.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.open = True  # whether no optimizer is known to step
        self.waiting = False  # whether there are gradients that no step has used
        self._owners: list[tuple[Tensor, Model | None]] = []
        self._marks: list[tuple[int, int]] = []
        self._before: list[tuple[Tensor, Tensor]] = []
        self._held: list[Held] = []
        self._hands: dict[frozenset[int], tuple[Hand, Stepping]] = {}
        self._functional = False  # whether each step makes new tensors
        self._loss: Tensor | None = None
        self._thread = get_ident()

    def close(self) -> None:
        """Watch no longer: there is an optimizer."""
        self.open = self.waiting = False
        self._owners, self._marks, self._before, self._held = [], [], [], []

    # --- gradients ---------------------------------------------------------------------------------------------------

    def asks(self, outputs: Any, inputs: Any) -> bool:
        """Whether a call of ``torch.autograd.grad`` stands for one of ``backward``."""
        if self.observer.deaf or not isinstance(outputs, Tensor) or outputs.numel() != 1:
            return False
        asked = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if not asked or not all(isinstance(one, Tensor) and one.is_leaf and one.requires_grad for one in asked):
            return False
        models = self._models()
        return not models or all(any(model.holds(one) for model in models) for one in asked)

    def before(self, loss: Any) -> None:
        """See ``backward`` being called: what waits is a step or belongs to the next."""
        observer = self.observer
        self._loss = loss if isinstance(loss, Tensor) and get_ident() == self._thread else None
        if self._loss is None or observer.deaf:
            return
        if self.waiting:
            self.look(self._loss)
        if not self._models() and (observer.forward.looking or self._functional or not self._owners):
            with observer.guarded("a graph"):
                self._owners = [(leaf, None) for leaf in leaves_of(self._loss)]

    def learned(self) -> None:
        """See ``backward`` return."""
        observer = self.observer
        if self._loss is None or observer.deaf:
            return
        self._loss = None
        started = time.perf_counter()
        with observer.guarded("gradients"), torch.no_grad():
            self._remember()
        observer.own += time.perf_counter() - started

    def given(self, inputs: Any, gradients: Sequence[Tensor | None]) -> None:
        """See gradients that were returned instead of written into ``grad``."""
        asked = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        with self.observer.guarded("gradients"):
            found = {id(one): gradient for one, gradient in zip(asked, gradients, strict=True)}
            for held in self._held:
                gradient = found.get(id(held.parameter))
                held.gradient = None if gradient is None else gradient.detach().clone()

    def clipped(self) -> None:
        """See gradients being changed before they are used."""
        if self.waiting and not self.observer.deaf:
            with self.observer.guarded("gradients"):
                for one in self._held:
                    gradient = one.parameter.grad
                    one.gradient = None if gradient is None else gradient.detach().clone()

    def _models(self) -> list[Model]:
        observer = self.observer
        return [
            model
            for model in observer.forward.models
            if model.last_step == observer.steps_taken and model.root() is not None
        ]

    def _remember(self) -> None:
        observer = self.observer
        looking, models = observer.forward.looking, self._models()
        if models and (looking or {id(owner) for _, owner in self._owners} != {id(model) for model in models}):
            self._owners = [
                (parameter, model)
                for model in models
                if (root := model.root()) is not None
                for parameter in root.parameters()
                if parameter.requires_grad and not parameter.is_complex()
            ]
        self._marks = [(parameter._version, parameter.data_ptr()) for parameter, _ in self._owners]
        self._held, self._before = [], []
        if looking:
            for parameter, model in self._owners:
                gradient = parameter.grad
                name, layer = model.parameters.get(id(parameter), ("", "")) if model is not None else ("", "")
                matrix = parameter.dim() >= 2 or (bool(layer) and "bias" not in name.rsplit(".", 1)[-1])
                copied = None if gradient is None else gradient.detach().clone()
                self._held.append(Held(parameter, layer, matrix, few(parameter.detach()).clone(), copied))
        else:
            watched = [one() for _, stepping in self._hands.values() for one in stepping.sentinels]
            ours = {id(parameter) for parameter, _ in self._owners}
            self._before = [(one, one.detach().clone()) for one in watched if one is not None and id(one) in ours]
        self.waiting = bool(self._owners)

    # --- a step ------------------------------------------------------------------------------------------------------

    def look(self, loss: Tensor | None = None) -> None:
        """See whether weights have changed since ``backward``: then that was a step.

        Args:
            loss: what ``backward`` is called on now, if it is.
        """
        observer = self.observer
        if not self.waiting or observer.deaf or get_ident() != self._thread:
            return
        started = time.perf_counter()
        observer.deaf = True
        try:
            with torch.no_grad():
                moved = self._moved() or self._replaced(loss)
            if moved:
                self._step(moved, started)
        except Exception as error:
            self.waiting = False
            observer.failed("a step by hand", error)
        observer.deaf = False
        if self.waiting:
            observer.own += time.perf_counter() - started

    def end(self) -> None:
        """See the end of the training: weights that were changed since the last ``backward`` were a step."""
        deaf, self.observer.deaf = self.observer.deaf, False
        self.look()
        self.observer.deaf = deaf

    def _moved(self) -> set[int]:
        """Return the identities of what has changed: in place, by another tensor's data, or in value alone."""
        moved = {
            id(parameter)
            for (parameter, _), (version, pointer) in zip(self._owners, self._marks, strict=True)
            if parameter._version != version or parameter.data_ptr() != pointer
        }
        pairs = [(one.parameter, one.before) for one in self._held] or ([] if moved else self._before)
        for parameter, before in pairs:
            if id(parameter) not in moved and before is not None:
                now = few(parameter.detach())
                if now.shape != before.shape or not torch.equal(now, before):
                    moved.add(id(parameter))
        if len(moved) == 1:
            alone = next((parameter, owner) for parameter, owner in self._owners if id(parameter) in moved)
            return set() if alone[1] is None and alone[0].dim() > FLAT else moved
        return moved

    def _replaced(self, loss: Tensor | None) -> set[int]:
        """Return the identities of tensors that stand in the place of the old ones, one step further."""
        old = [parameter for parameter, _ in self._owners]
        if loss is None or self._models() or any(owner is not None for _, owner in self._owners):
            return set()
        new = leaves_of(loss)
        if [one.shape for one in new] != [one.shape for one in old] or any(a is b for a in new for b in old):
            return set()
        if self._held:
            for one, now in zip(self._held, new, strict=True):
                if one.gradient is None or one.before is None or one.before.shape != now.shape:
                    return set()
                update = now.detach() - one.before
                size = update.norm() * one.gradient.norm()
                if size > 0 and abs(float((update * one.gradient).sum() / size)) < ALONG:
                    return set()  # another training, of weights of the same shapes
                one.parameter = now
            self._functional = True
        elif not self._functional:
            return set()
        self._owners = [(one, None) for one in new]
        return {id(one) for one in new}

    def _step(self, moved: set[int], started: float) -> None:
        observer = self.observer
        self.waiting = False
        owners = {id(parameter): model for parameter, model in self._owners}
        key = frozenset(id(owners.get(one)) for one in moved)
        mine = [parameter for parameter, model in self._owners if id(model) in key]
        known = self._hands.get(key)
        if known is None:
            bare = any(owners.get(one) is None for one in moved)
            with torch.no_grad():
                out = {id(p) for p in mine} - moved if bare else left_out(self._held, moved)
            hand = Hand([parameter for parameter in mine if id(parameter) not in out])
            known = self._hands[key] = hand, stepping_of(observer, hand, started)
        hand, stepping = known
        looked = bool(self._held)
        if looked:
            before = stepping.parameters()
            ours = {id(parameter) for parameter in before}
            new = [parameter for parameter in mine if id(parameter) in moved and id(parameter) not in ours]
            if new:
                hand.hold(new if self._functional else before + new)
                stepping.known = -1
            observer.optimizing.settle_models(stepping)
            ours = {id(parameter) for parameter in stepping.parameters()}
            stepping.held = [one for one in self._held if id(owners.get(id(one.parameter))) in key]
            for one in stepping.held:
                one.optimized = id(one.parameter) in ours
            stepping.layers = {one.layer for one in stepping.held if one.layer}
        self._held, self._before = [], []
        observer.optimizing.finish(stepping, started)
        step = observer.vitals.steps[-1]
        if looked:
            measure(hand, stepping, step)
            step.learning_rates = stepping.rates()
        now = time.perf_counter()
        observer.own += now - started
        observer.optimizing.plan(stepping, now)
