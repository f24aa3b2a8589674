"""Optimizing: which optimizers there are, what a step of one does, and whether the next step is looked at."""

from __future__ import annotations

import gc
import os
import time
import weakref
from typing import TYPE_CHECKING, Any

import torch

from glasswork.doctor.observing.code import name_in_caller
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.naming import name_optimizers
from glasswork.doctor.observing.steps import Stepping
from glasswork.doctor.vitals import LayerVitals, OptimizerFacts, StepVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Optimizing", "thin_out"]

RANK_EVERY = 8  # samples between two looks at the rank of a layer's output
MOST_STEPS = 60_000  # beyond this, a training's earlier steps are thinned out: a third of a kilobyte each
FIRST_KEPT = 1000  # steps that are never thinned out
MOST_WAITING = 64  # losses on an accelerator that are read together
RARE = 16  # the parts of a sample that change slowly are taken once in so many, after the first ten steps
SETTLED = 3  # steps after which a model has all its layers, as a rule
GRAPHS_EVERY = 64  # steps between two counts of graphs that are still held
PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20


class Optimizing:
    """The watch over optimizers.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self._inside: Stepping | None = None
        self._last: Stepping | None = None
        self._next: dict[int, Stepping] = {}
        self._samples = 0

    # --- which there are ---------------------------------------------------------------------------------------------

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """See an optimizer being made."""
        observer = self.observer
        if observer.deaf or id(optimizer) in observer.steppings:
            return
        with observer.guarded("an optimizer"):
            observer.place(self.stepping_of(optimizer).facts.name)

    def stepping_of(self, optimizer: torch.optim.Optimizer) -> Stepping:
        """Return the watch over one optimizer."""
        observer = self.observer
        steppings, key = observer.steppings, id(optimizer)
        known = steppings.get(key)
        if known is not None:
            if known.optimizer() is optimizer:
                return known
            steppings[-len(steppings)] = steppings.pop(key)  # another one at the place of a dead one
        observer.by_hand.close()
        facts = OptimizerFacts("optimizer", type(optimizer).__name__)
        stepping = Stepping(weakref.ref(optimizer), facts)
        stepping.budget.share = observer.share
        stepping.ended = time.perf_counter()
        steppings[key] = stepping
        named = observer.vitals.optimizers
        named["optimizer" if len(steppings) == 1 else f"{facts.kind} {len(steppings)}"] = facts
        facts.name = next(name for name, one in named.items() if one is facts)
        name_optimizers(observer)
        observer.forward.looking = True
        return stepping

    def see_unstepped(self) -> None:
        """Look at optimizers that do not step although ``backward`` is called again and again."""
        observer = self.observer
        if not observer.steppings:
            # One that was made before the watch began; only here is the search for it worth its time.
            roots = [root for model in observer.forward.models if (root := model.root()) is not None]
            ours = {id(parameter) for root in roots for parameter in root.parameters()}
            for one in gc.get_objects():
                # isinstance would ask the object, which may warn
                if issubclass(type(one), torch.optim.Optimizer) and _holds(one, ours):
                    self.stepping_of(one)
        for stepping in observer.steppings.values():
            if not stepping.number:
                self.settle_models(stepping)
        if not observer.steps_taken and self._inside is None:
            observer.by_hand.open = True  # perhaps they are there and the script steps itself

    def close(self) -> None:
        """See the end: note what never came to a step."""
        observer = self.observer
        for stepping in observer.steppings.values():
            if not stepping.number:
                stepping.look_at_settings(observer.forward.models)
            stepping.look_at_groups()
        if observer.vitals.backwards > 1 and not observer.steps_taken and not observer.steppings:
            observer.blind("No optimizer stepped: weights that the script itself changes were not seen changing.")

    # --- a step ------------------------------------------------------------------------------------------------------

    def before_step(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See an optimizer begin a step."""
        observer = self.observer
        if observer.deaf or (self._inside is not None and self._inside.optimizer() is not optimizer):
            return
        started = time.perf_counter()
        observer.deaf = True
        try:
            stepping = self.stepping_of(optimizer)
            self._inside = stepping
            if not stepping.number:
                observer.by_hand.close()
                stepping.given = name_in_caller(optimizer, 4)
                name_optimizers(observer)
            observer.precision.on_step(observer.steps_taken + 1)
            observer.side_by_side.before_step(stepping)
            stepping.closure = bool((len(args) > 1 and args[1] is not None) or kwargs.get("closure") is not None)
            if observer.forward.looking:
                self.settle_models(stepping)
                stepping.begin(self._models_of(stepping), self._everyone())
        except Exception as error:
            observer.failed("the beginning of a step", error)
        observer.deaf = False
        observer.own += time.perf_counter() - started

    def after_step(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See an optimizer end a step."""
        observer, stepping = self.observer, self._inside
        if observer.deaf or stepping is None or stepping.optimizer() is not optimizer:
            return
        self._inside = None
        started = time.perf_counter()
        observer.deaf = True
        try:
            self.finish(stepping, started)
            if stepping.number == 1 and "step" not in observer.vitals.places:
                observer.place("step")
            now = time.perf_counter()
            observer.own += now - started
            self.plan(stepping, now)
        except Exception as error:
            observer.failed("a step", error)
        observer.deaf = False

    def finish(self, stepping: Stepping, now: float) -> None:
        """Write a step that has ended."""
        observer = self.observer
        forward, backwards = observer.forward, observer.backwards
        looking = forward.looking
        stepping.number += 1
        if not backwards.count and not observer.consumed:
            backwards.forget()
        vitals = StepVitals(
            stepping.number,
            stepping.facts.name,
            loss=backwards.mean(),
            learning_rates=stepping.rates(),
            backwards=backwards.count,
            zeroed=stepping.zeroed,
            sampled=looking,
            seconds=max(0.0, now - stepping.ended - (observer.own - stepping.own_before)),
            epoch=observer.epoch,
            training=forward.mode,
        )
        if looking:
            if backwards.before_clip is not None:
                vitals.before_clip = float(backwards.before_clip)
            self._look(stepping, vitals)
        if looking or stepping.number % GRAPHS_EVERY == 0:
            vitals.graphs = backwards.kept.alive()
        observer.consumed = True
        forward.last_inputs = observer.last_output = forward.mode = None
        backwards.stepped()
        observer.steps_taken += 1
        steps = observer.vitals.steps
        steps.append(vitals)
        if len(steps) > MOST_STEPS:
            thin_out(steps)
        if backwards.unread:
            observer.waiting.append((vitals, backwards.unread))
            backwards.unread = []
            if looking or len(observer.waiting) >= MOST_WAITING:
                observer.settle()

    def _look(self, stepping: Stepping, vitals: StepVitals) -> None:
        observer = self.observer
        forward = observer.forward
        early = stepping.number <= 10
        if stepping.closure:  # its passes were made within the step
            self.settle_models(stepping)
            names = {key: layer for model in forward.models for key, (_, layer) in model.parameters.items()}
            stepping.layers |= {names[id(p)] for p in stepping.parameters() if id(p) in names}
        self._samples += 1
        models = self._models_of(stepping)
        for model in models:
            holders = {parameter.layer for parameter in model.facts.parameters.values()}
            for name, capture in forward.round.captures.items():
                if name in model.facts.layers and (name in stepping.layers or name not in holders):
                    vitals.layers[name] = _copied(capture)
        stepping.look_at_groups()
        stepping.finish(vitals, forward.models, early or self._samples % RARE == 0)
        if stepping.carried is not None:
            after = vitals.gradient_norm
            vitals.carried = min(1.0, stepping.carried / after) if after else stepping.carried and None
        batch = observer.backwards.batch
        for model in models:
            inputs = forward.round.inputs.get(model.name)
            if inputs is not None:
                batch.inputs |= inputs[0]
                batch.tokens |= inputs[1]
        batch.entered = forward.round.entered
        vitals.batch = batch
        vitals.memory = _resident()
        observer.vitals.amp = observer.vitals.amp or torch.is_autocast_enabled("cpu")
        observer.replicas.compare(stepping.number, [root for model in models if (root := model.root()) is not None])

    def plan(self, stepping: Stepping, now: float) -> None:
        """Decide whether the next step is looked at."""
        observer = self.observer
        own = observer.own - stepping.own_before
        seconds = max(0.0, now - stepping.ended - own)
        sample = stepping.budget.next(stepping.number, seconds=seconds, own=own)
        stepping.wants = sample
        if self._last is not stepping:
            if self._last is not None:
                self._next[id(self._last)] = stepping
            self._last = stepping
        elif self._next:
            self._next[id(stepping)] = stepping
        if self._next:
            following = self._next.get(id(stepping), stepping)
            if following is not stepping:
                sample = following.wants
        observer.forward.looking = sample
        observer.wants_ranks = stepping.number in (1, 9) or self._samples % RANK_EVERY == 0
        if observer.on_step is not None:
            observer.on_step()
        ended = time.perf_counter()
        observer.own += ended - now
        stepping.ended, stepping.own_before = ended, observer.own

    def after_evaluation(self) -> None:
        """See training go on after an evaluation: its first steps are looked at, unless that was done often."""
        observer = self.observer
        if not observer.consumed:
            return
        wanted = [one.budget.evaluated() for one in observer.steppings.values() if one.number]
        observer.forward.looking = observer.forward.looking or any(wanted)

    # --- whose weights a step moves ----------------------------------------------------------------------------------

    def _everyone(self) -> set[int]:
        return {id(p) for one in self.observer.steppings.values() for p in one.parameters()}

    def settle_models(self, stepping: Stepping) -> None:
        """Learn which models take part, now that an optimizer shows what it holds."""
        observer = self.observer
        models, taking_part = observer.forward.models, observer.forward.round.models
        held = {id(parameter) for parameter in stepping.parameters()}
        for model in models:
            root = model.root()
            if root is None:
                continue
            if any(id(p) not in model.parameters for p in root.parameters()):
                model.scan(root)
                model.look_at_parameters()
                if stepping.number >= SETTLED:  # a layer was exchanged or added: what follows is looked at closely
                    stepping.budget.surprised()
            model.look_for_misspelt()
            mine = any(key in held for key in model.parameters)
            learned = model.name in taking_part and any(p.grad is not None for p in root.parameters())
            if mine or learned:
                observer.confirm(model)
                model.steps += 1
        count = sum(len(model.parameters) for model in models) + len(held)
        if stepping.known == count and stepping.number >= SETTLED:
            return
        stepping.known = count
        stepping.look_at_settings(models)
        everyone = self._everyone()
        for model in models:
            if model.root() is None:
                continue  # it was trained by an optimizer that is gone as well
            for key, (name, _) in model.parameters.items():
                facts = model.facts.parameters.get(name)
                if facts is not None and facts.optimized is not True:
                    facts.optimized = True if key in everyone else (False if model.steps > 1 else None)
        if stepping.facts.foreign and stepping.number > 1:
            observer.blind(
                f"{stepping.facts.foreign} tensors of {stepping.facts.name} belong to no model that was called."
            )

    def _models_of(self, stepping: Stepping) -> list[Model]:
        forward = self.observer.forward
        held = {id(parameter) for parameter in stepping.parameters()}
        mine = [model for model in forward.models if any(key in held for key in model.parameters)]
        everyone = self._everyone()
        others = [
            model
            for model in forward.models
            if model not in mine
            and model.confirmed
            and model.name in forward.round.models
            and not any(key in everyone for key in model.parameters)
        ]
        return mine + others


def thin_out(steps: list[StepVitals]) -> None:
    """Drop every second step that was not looked at, of the earlier half of a very long training."""
    half = len(steps) // 2
    odd = False
    kept = []
    for step in steps[:half]:
        odd = not odd
        if odd or step.sampled or step.skipped or step.number <= FIRST_KEPT:
            kept.append(step)
    steps[:half] = kept


def _copied(layer: LayerVitals) -> LayerVitals:
    return LayerVitals(**{name: getattr(layer, name) for name in LayerVitals.__slots__})


def _resident() -> float | None:
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - a path object costs more than the reading
            return int(file.read().split()[1]) * PAGE
    except OSError:
        return None


def _holds(optimizer: torch.optim.Optimizer, wanted: set[int]) -> bool:
    """Whether an optimizer holds any of these parameters: one of another training is none of this one's."""
    return any(id(parameter) in wanted for group in optimizer.param_groups for parameter in group["params"])
