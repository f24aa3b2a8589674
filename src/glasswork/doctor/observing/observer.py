"""The observer: gathers what is seen at torch's joints into vitals, step by step."""

from __future__ import annotations

import contextlib
import math
import os
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.code import name_in_caller, user_line
from glasswork.doctor.observing.crash import arithmetic, failing_layer, said_shape
from glasswork.doctor.observing.forward import Forward, Round, tensors_in
from glasswork.doctor.observing.loaders import Loaders
from glasswork.doctor.observing.losses import LossCall, baseline, call_of, judge, kind_from_graph
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.passes import Passes
from glasswork.doctor.observing.patches import Patches
from glasswork.doctor.observing.post_mortem import replayed, shapes_replayed
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.observing.steps import Stepping, norms, total
from glasswork.doctor.observing.workers import Workers
from glasswork.doctor.vitals import BatchVitals, LayerVitals, LossFacts, OptimizerFacts, StepVitals, Vitals

__all__ = ["Observer"]

RANK_EVERY = 8  # samples between two looks at the rank of a layer's output
MOST_UNSTEPPED = 20  # calls of backward without a step after which looking closely brings nothing new
MOST_STEPS = 60_000  # beyond this, a training's earlier steps are thinned out: a third of a kilobyte each
FIRST_KEPT = 1000  # steps that are never thinned out
MOST_REPLAYS = 2  # of batches whose loss is not finite
MOST_WAITING = 64  # losses on an accelerator that are read together
RARE = 16  # the parts of a sample that change slowly are taken once in so many, after the first ten steps
PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20


class Observer:
    """Watches the trainings of this process from `start` to `stop`.

    Args:
        vitals: where to write.
        on_step: called after every step and every evaluation.
        share: of the training's time that close looks may take; None: as `Budget` says.
    """

    strict = False  # whether a mistake of ours may break the training; in our own tests only

    def __init__(self, vitals: Vitals, on_step: Callable[[], None] | None = None, share: float | None = None) -> None:
        self.vitals = vitals
        self.share = share
        self.own = 0.0
        self.deaf = False
        self.wants_ranks = True
        self.steps_taken = 0
        self.last_output: Any = None
        self.loss_module: str | None = None
        self.forward = Forward(self)
        self.loaders = Loaders(self)
        self.passes = Passes(self)
        self.steppings: dict[int, Stepping] = {}
        self.workers = Workers()
        self.patches = Patches(self)
        self._on_step = on_step
        self._calls: list[LossCall] = []
        self._losses: list[float] = []
        self._unread: list[Tensor] = []
        self._backwards = 0
        self._consumed = True
        self._batch = BatchVitals()
        self._batch_call: LossCall | None = None
        self._before_clip: Tensor | None = None
        self._inside: Stepping | None = None
        self._started_step = 0.0
        self._since = 0
        self._samples = 0
        self._scaled: dict[int, tuple[weakref.ref[Tensor], float]] = {}
        self._scaler_step: tuple[int, int] | None = None
        self._kinds: dict[tuple[str, str], int] = {}
        self._last_stepping: Stepping | None = None
        self._next: dict[int, Stepping] = {}
        self._epoch: int | None = None
        self._in_backward = False
        self._replays = 0
        self._waiting: list[tuple[StepVitals, list[Tensor]]] = []

    # --- beginning and end -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Watch from now on."""
        self.workers.open()
        self.patches.install()

    def stop(self) -> None:
        """Watch no longer; settle what is open."""
        self.patches.remove()
        with self.guarded("the end"):
            self.passes.close()
            self.settle()
            self.vitals.finished = True
            alike = self.workers.alike()
            if alike is not None:
                self.vitals.loader["worker_draws_alike"] = alike
            self.workers.close()
            if torch.distributed.is_available() and torch.distributed.is_initialized():
                self.vitals.processes = torch.distributed.get_world_size()

    @contextlib.contextmanager
    def patches_out(self) -> Iterator[None]:
        """Within it, torch is as it was."""
        self.patches.remove()
        try:
            yield
        finally:
            self.patches.install()

    def guarded(self, what: str) -> _Guard:
        """Within it, a mistake of ours is noted instead of breaking the training, and nothing we do is observed."""
        return _Guard(self, what)

    def failed(self, what: str, error: Exception) -> None:
        """Note a mistake of ours, which must not be one of the training's."""
        if self.strict:
            raise error
        self.blind(f"Looking at {what} failed ({type(error).__name__}: {' '.join(str(error).split())[:200]}).")

    def on_crash(self, error: BaseException) -> None:
        """See the training end with an exception."""
        with self.guarded("the crash"):
            vitals, said = self.vitals, f"{type(error).__name__}: {error}"
            names = {key: model.layer_name(path) for model in self.forward.models for key, path in model.paths.items()}
            name, layer, inputs = failing_layer(error.__traceback__, names)
            why = arithmetic(said, layer, inputs)
            vitals.error_layer = name
            entry = self.forward.last_inputs
            if name is not None and not self.forward.shapes and entry is not None:
                model = next((model for model in self.forward.models if model.root is entry[0]), None)
                if model is not None:
                    self.forward.shapes = shapes_replayed(model, entry[1], entry[2])
            if name is not None or why:
                vitals.error_shapes = list(self.forward.shapes)
                if name is not None and (not self.forward.shapes or self.forward.shapes[-1][0] != name):
                    vitals.error_shapes.append((name, ", ".join(said_shape(tuple(x.shape)) for x in inputs)))
            vitals.error = f"{said} ({why})" if why else said

    def blind(self, sentence: str) -> None:
        """Note what could not be seen."""
        if sentence not in self.vitals.blind:
            self.vitals.blind.append(sentence)

    # --- models and optimizers ---------------------------------------------------------------------------------------

    def add_model(self, root: nn.Module) -> None:
        """Watch a model before it was called."""
        model = self.forward.add(root)
        self._confirm(model)

    def renamed(self, changed: dict[str, str]) -> None:
        """Take over new names of layers in what was already written."""
        vitals = self.vitals
        for step in vitals.steps:
            if step.layers:
                step.layers = {changed.get(name, name): layer for name, layer in step.layers.items()}
        captures = self.forward.round.captures
        self.forward.round.captures = {changed.get(name, name): layer for name, layer in captures.items()}
        vitals.models = {model.name: model.facts for model in self.forward.models if model.confirmed}
        for stepping in self.steppings.values():
            stepping.known = -1

    def _confirm(self, model: Model) -> None:
        if not model.confirmed:
            model.confirmed = True
            self.vitals.models[model.name] = model.facts
            if model.place:
                self.vitals.places[model.name] = model.place

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """See an optimizer being made."""
        if self.deaf or id(optimizer) in self.steppings:
            return
        with self.guarded("an optimizer"):
            stepping = self._stepping(optimizer)
            line = user_line(3)
            if line:
                self.vitals.places[stepping.facts.name] = line

    def _stepping(self, optimizer: torch.optim.Optimizer) -> Stepping:
        key = id(optimizer)
        known = self.steppings.get(key)
        if known is not None:
            if known.optimizer() is optimizer:
                return known
            self.steppings[-len(self.steppings)] = self.steppings.pop(key)  # another one at the place of a dead one
        facts = OptimizerFacts("optimizer", type(optimizer).__name__)
        stepping = Stepping(weakref.ref(optimizer), facts)
        stepping.budget.share = self.share
        stepping.ended = time.perf_counter()
        self.steppings[key] = stepping
        self.vitals.optimizers["optimizer" if len(self.steppings) == 1 else f"{facts.kind} {len(self.steppings)}"] = (
            facts
        )
        facts.name = next(name for name, one in self.vitals.optimizers.items() if one is facts)
        self._name_optimizers()
        self.forward.looking = True
        return stepping

    def _name_optimizers(self) -> None:
        """Give each optimizer a name of its own, where there are several."""
        if len(self.steppings) < 2:
            return
        changed: dict[str, str] = {}
        taken: dict[str, OptimizerFacts] = {}
        for stepping in self.steppings.values():
            facts = stepping.facts
            base = stepping.given or facts.kind.lower()
            name, number = base, 2
            while name in taken:
                name, number = f"{base}{number}", number + 1
            changed[facts.name] = name
            taken[name] = facts
        vitals = self.vitals
        for step in vitals.steps:
            step.optimizer = changed.get(step.optimizer, step.optimizer)
        vitals.places = {changed.get(name, name): line for name, line in vitals.places.items()}
        vitals.optimizers = taken
        for name, facts in taken.items():
            facts.name = name

    # --- a training pass ---------------------------------------------------------------------------------------------

    def begin_round(self) -> None:
        """See the beginning of what leads to the next step."""
        if not self._consumed:
            return
        self._consumed = False
        if self.forward.looking:
            previous = self.forward.round
            self.forward.round = Round()
            if len(self.steppings) > 1:
                # A generator's outputs may be made before the discriminator's step and used after it.
                self.forward.round.captures = dict(previous.captures)
                self.forward.round.inputs = dict(previous.inputs)
            self._batch, self._batch_call = BatchVitals(), None
        self._calls, self._losses, self._unread, self._backwards, self._before_clip = [], [], [], 0, None

    def wants_losses(self) -> bool:
        """Whether a loss that is called now is of interest."""
        return not self.deaf and (self.forward.looking or not torch.is_grad_enabled())

    def on_loss(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
    ) -> None:
        """See a call of one of torch's losses."""
        started = time.perf_counter()
        with self.guarded("a loss"), torch.no_grad():
            call = call_of(name, function, args, kwargs, value, self.loss_module)
            if isinstance(value, Tensor) and value.requires_grad:
                if not self._kinds:
                    call.facts.where = user_line(3)
                self._calls.append(call)
            else:
                self.passes.on_loss(call)
        self.own += time.perf_counter() - started

    def usual_kind(self) -> str | None:
        """Return the kind of the loss that training uses."""
        return self.vitals.losses[0].kind if self.vitals.losses else None

    def before_backward(self, tensors: Any) -> None:
        """See ``backward`` being called; until it has returned, nothing else is seen."""
        if self.deaf or is_captured():
            return
        started = time.perf_counter()
        self.deaf = True
        try:
            self._see_backward([tensors] if isinstance(tensors, Tensor) else list(tensors))
        except Exception as error:
            self.failed("a loss", error)
        self.own += time.perf_counter() - started

    def after_backward(self) -> None:
        """See ``backward`` return."""
        self.deaf = False

    def _see_backward(self, tensors: list[Tensor]) -> None:
        self.begin_round()
        vitals = self.vitals
        first = self._backwards == 0
        self._backwards += 1
        self._since += 1
        vitals.backwards += 1
        if first:
            self._first_backward(tensors[0])
        for tensor in tensors:
            if tensor.numel() != 1:
                continue
            if tensor.is_cpu or self.forward.looking:
                self._losses.append(self._read_loss(tensor))
            else:  # reading would make the host wait at every step
                self._unread.append(tensor.detach().clone() / self._scale_of(tensor))
        if self._losses and not math.isfinite(self._losses[-1]):
            self._post_mortem()
        if self.forward.looking:
            with torch.no_grad():
                self._see_loss(tensors[0])
            if self._since > MOST_UNSTEPPED:
                self.forward.looking = False

    def _first_backward(self, loss: Tensor) -> None:
        if self.passes.open is not None:
            evaluation = self.passes.close(self._used(loss))
            if evaluation is not None and self._on_step is not None:
                self._on_step()
        if self.loaders.current is not None:
            self._epoch = self.loaders.on_training()
        for stepping in self.steppings.values():
            stepping.check_zeroed(stepping.number == 0)
            stepping.carried = 0.0 if stepping.zeroed else None
            if self.forward.looking and stepping.zeroed is False:
                grads = [p.grad for p in stepping.parameters() if p.grad is not None and not p.grad.is_sparse]
                stepping.carried = total(norms(grads))
        entry = self.forward.last_inputs
        if entry is not None:
            inputs = (
                entry[1]
                if entry[1] and isinstance(entry[1][0], Tensor)
                else tensors_in([*entry[1], *entry[2].values()])
            )
            if inputs and not inputs[0].requires_grad:
                self.passes.rows.learn(inputs[0])

    def _used(self, loss: Tensor) -> list[Tensor]:
        """Return what training goes on with: the model's inputs, and what the loss compares with."""
        entry = self.forward.last_inputs
        used = tensors_in([*entry[1], *entry[2].values()]) if entry is not None else []
        targets = [call.targets for call in self._calls] or [kind_from_graph(loss)[2]]
        return used + [one for one in targets if isinstance(one, Tensor)]

    def _read_loss(self, tensor: Tensor) -> float:
        value = tensor.item()
        return value / self._scale_of(tensor) if self._scaled else value

    def _scale_of(self, tensor: Tensor) -> float:
        known = self._scaled.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else 1.0

    def settle(self) -> None:
        """Read the losses that still wait on an accelerator."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        with torch.no_grad():
            values = torch.stack(
                [torch.stack([one.float() for one in losses]).mean() for _, losses in waiting]
            ).tolist()
        for (step, _), value in zip(waiting, values, strict=True):
            step.loss = value

    def _see_loss(self, loss: Tensor) -> None:
        """Write which loss this is, and what it compared, on a step that is looked at."""
        call = self._calls[-1] if self._calls else None
        for known in self._calls:
            if known.value is loss:
                call = known
        if call is None:
            facts, outputs, targets = kind_from_graph(loss)
            made = tensors_in(self.last_output)
            entry = self.forward.last_inputs
            if outputs is None and made:
                outputs = next((tensor for tensor in made if tensor.is_floating_point() and tensor.dim()), None)
            if targets is None and entry is not None:
                targets = self.loaders.targets_for(tensors_in([*entry[1], *entry[2].values()]))
            call = LossCall(facts, outputs, targets, loss, {})
            if not self._kinds:
                facts.where = user_line(4)
        for one in self._calls or [call]:
            self._count_kind(one.facts)
        if self._batch.outputs is None:
            self._batch_call = call
            if isinstance(call.outputs, Tensor) and call.outputs.dim():
                self._batch.outputs = look_at_tensor(call.outputs, features=False)
            if isinstance(call.targets, Tensor):
                self._batch.targets = look_at_tensor(call.targets)
            self._batch.baseline_loss = baseline(call)
            judge(self._batch, call)
        if "backward" not in self.vitals.places:
            line = user_line(5)
            if line:
                self.vitals.places["backward"] = line

    def _count_kind(self, facts: LossFacts) -> None:
        key = (facts.kind, facts.name)
        if key not in self._kinds:
            self.vitals.losses.append(facts)
            if facts.where:
                self.vitals.places.setdefault("loss", facts.where)
        self._kinds[key] = self._kinds.get(key, 0) + 1
        self.vitals.losses.sort(key=lambda one: -self._kinds.get((one.kind, one.name), 0))

    def on_clip(self, norm: Any) -> None:
        """See gradients being clipped."""
        if not self.deaf and isinstance(norm, Tensor):
            self._before_clip = norm

    # --- a step ------------------------------------------------------------------------------------------------------

    def before_step(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See an optimizer begin a step."""
        if self.deaf or (self._inside is not None and self._inside.optimizer() is not optimizer):
            return
        started = time.perf_counter()
        self.deaf = True
        try:
            stepping = self._stepping(optimizer)
            self._inside = stepping
            if not stepping.number:
                stepping.given = name_in_caller(optimizer, 4)
                self._name_optimizers()
            stepping.closure = bool((len(args) > 1 and args[1] is not None) or kwargs.get("closure") is not None)
            if self.forward.looking:
                self._settle_models(stepping)
                everyone = {id(p) for one in self.steppings.values() for p in one.parameters()}
                stepping.begin(self._models_of(stepping), everyone)
        except Exception as error:
            self.failed("the beginning of a step", error)
        self.deaf = False
        self.own += time.perf_counter() - started

    def after_step(self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """See an optimizer end a step."""
        stepping = self._inside
        if self.deaf or stepping is None or stepping.optimizer() is not optimizer:
            return
        self._inside = None
        started = time.perf_counter()
        self.deaf = True
        try:
            self._finish_step(stepping, started)
            now = time.perf_counter()
            self.own += now - started
            self._plan(stepping, now)
        except Exception as error:
            self.failed("a step", error)
        self.deaf = False

    def _finish_step(self, stepping: Stepping, now: float) -> None:
        looking = self.forward.looking
        stepping.number += 1
        self._since = 0
        if not self._consumed and not self._backwards:
            self._losses = []
        losses = self._losses
        vitals = StepVitals(
            stepping.number,
            stepping.facts.name,
            loss=sum(losses) / len(losses) if losses else None,
            learning_rates=stepping.rates(),
            backwards=self._backwards,
            zeroed=stepping.zeroed,
            sampled=looking,
            seconds=max(0.0, now - stepping.ended - (self.own - stepping.own_before)),
            epoch=self._epoch,
        )
        if self._before_clip is not None and looking:
            vitals.before_clip = float(self._before_clip)
        if looking:
            self._look(stepping, vitals)
        self._consumed = True
        self.forward.last_inputs = self.last_output = None
        self._calls = []
        self.steps_taken += 1
        self.vitals.steps.append(vitals)
        if len(self.vitals.steps) > MOST_STEPS:
            thin_out(self.vitals.steps)
        if self._unread:
            self._waiting.append((vitals, self._unread))
            self._unread = []
            if looking or len(self._waiting) >= MOST_WAITING:
                self.settle()
        if stepping.number == 1:
            self.vitals.places.setdefault("step", user_line(4) or "")
            if not self.vitals.places["step"]:
                del self.vitals.places["step"]

    def _look(self, stepping: Stepping, vitals: StepVitals) -> None:
        early = stepping.number <= 10
        if stepping.closure:  # its passes were made within the step
            self._settle_models(stepping)
            names = {key: layer for model in self.forward.models for key, (_, layer) in model.parameters.items()}
            stepping.layers |= {names[id(p)] for p in stepping.parameters() if id(p) in names}
        self._samples += 1
        for model in self._models_of(stepping):
            for name, capture in self.forward.round.captures.items():
                layer = model.facts.layers.get(name)
                if layer is not None and (
                    name in stepping.layers
                    or not any(parameter.layer == name for parameter in model.facts.parameters.values())
                ):
                    vitals.layers[name] = _copied(capture)
        stepping.finish(vitals, self.forward.models, early or self._samples % RARE == 0)
        if stepping.carried is not None:
            after = vitals.gradient_norm
            vitals.carried = min(1.0, stepping.carried / after) if after else stepping.carried and None
        batch = self._batch
        for model in self._models_of(stepping):
            inputs = self.forward.round.inputs.get(model.name)
            if inputs is not None:
                batch.inputs |= inputs[0]
                batch.tokens |= inputs[1]
        vitals.batch = batch
        vitals.memory = _resident()
        self.vitals.amp = self.vitals.amp or torch.is_autocast_enabled("cpu")

    def _plan(self, stepping: Stepping, now: float) -> None:
        """Decide whether the next step is looked at."""
        own = self.own - stepping.own_before
        seconds = max(0.0, now - stepping.ended - own)
        sample = stepping.budget.next(stepping.number, seconds=seconds, own=own)
        stepping.wants = sample
        if self._last_stepping is not None:
            self._next[id(self._last_stepping)] = stepping
        self._last_stepping = stepping
        following = self._next.get(id(stepping), stepping)
        if following is not stepping:
            sample = following.wants
        self.forward.looking = sample
        self.wants_ranks = stepping.number in (1, 9) or self._samples % RANK_EVERY == 0
        if self._on_step is not None:
            self._on_step()
        ended = time.perf_counter()
        self.own += ended - now
        stepping.ended, stepping.own_before = ended, self.own

    def _settle_models(self, stepping: Stepping) -> None:
        """Learn which models take part, now that an optimizer shows what it holds."""
        held = {id(parameter) for parameter in stepping.parameters()}
        count = sum(len(model.parameters) for model in self.forward.models) + len(held)
        for model in self.forward.models:
            root = model.root()
            if root is None:
                continue
            if stepping.known != count and any(id(p) not in model.parameters for p in root.parameters()):
                model.scan(root)
                model.look_at_parameters()
            mine = any(key in held for key in model.parameters)
            learned = model.name in self.forward.round.models and any(p.grad is not None for p in root.parameters())
            if mine or learned:
                self._confirm(model)
                model.steps += 1
        count = sum(len(model.parameters) for model in self.forward.models) + len(held)
        if stepping.known != count or stepping.number < 3:
            stepping.known = count
            stepping.look_at_settings(self.forward.models)
            everyone = {id(p) for one in self.steppings.values() for p in one.parameters()}
            for model in self.forward.models:
                for key, (name, _) in model.parameters.items():
                    facts = model.facts.parameters.get(name)
                    if facts is not None:
                        facts.optimized = True if key in everyone else (False if model.steps > 1 else None)
            if stepping.facts.foreign and stepping.number > 1:
                self.blind(
                    f"{stepping.facts.foreign} tensors of {stepping.facts.name} belong to no model that was called."
                )

    def _models_of(self, stepping: Stepping) -> list[Model]:
        held = {id(parameter) for parameter in stepping.parameters()}
        mine = [model for model in self.forward.models if any(key in held for key in model.parameters)]
        others = [
            model
            for model in self.forward.models
            if model not in mine
            and model.confirmed
            and model.name in self.forward.round.models
            and not any(
                key in {id(p) for p in one.parameters()} for one in self.steppings.values() for key in model.parameters
            )
        ]
        return mine + others

    def _post_mortem(self) -> None:
        """Run a batch with a loss that is not finite again on a copy, and so find the layer where that began.

        On a step that is looked at anyway, every layer has been seen.
        """
        entry = self.forward.last_inputs
        if self.forward.looking or entry is None or self._replays >= MOST_REPLAYS:
            return
        self._replays += 1
        model = next((model for model in self.forward.models if model.root is entry[0]), None)
        if model is None:
            return
        try:
            captures = replayed(model, entry[1], entry[2])
        except Exception as error:  # a model that cannot be copied, or that a batch cannot run through twice
            self.blind(f"The batch with a loss that is not finite could not be run again ({type(error).__name__}).")
            return
        self.forward.looking = True
        self.forward.round = Round()
        self.forward.round.captures = captures
        self.forward.round.models.add(model.name)
        self._batch, self._batch_call = BatchVitals(), None
        floats = [tensor for tensor in tensors_in([*entry[1], *entry[2].values()]) if tensor.is_floating_point()]
        for place, tensor in enumerate(floats):
            self._batch.inputs[str(place)] = look_at_tensor(tensor)

    # --- scaler and scheduler ----------------------------------------------------------------------------------------

    def on_scale(self, outputs: Any, scaled: Any) -> None:
        """See a loss being scaled for half precision."""
        self.vitals.amp = True
        if isinstance(outputs, Tensor) and isinstance(scaled, Tensor) and outputs.numel() == 1 and not self.deaf:
            with self.guarded("a scaled loss"), torch.no_grad():
                value = float(outputs)
                factor = float(scaled) / value if value else 1.0
                self._scaled = {id(scaled): (weakref.ref(scaled), factor or 1.0)}

    def before_scaler(self, scaler: Any, optimizer: torch.optim.Optimizer) -> None:
        """See a scaler begin a step."""
        stepping = self.steppings.get(id(optimizer))
        self._scaler_step = (id(optimizer), stepping.number if stepping else 0)

    def after_scaler(self, optimizer: torch.optim.Optimizer) -> None:
        """See whether a scaler left the weights as they were."""
        if self.deaf or self._scaler_step is None:
            return
        with self.guarded("a scaler"):
            stepping = self._stepping(optimizer)
            if stepping.number == self._scaler_step[1]:
                stepping.number += 1
                losses = self._losses
                self.vitals.steps.append(
                    StepVitals(
                        stepping.number,
                        stepping.facts.name,
                        loss=sum(losses) / len(losses) if losses else None,
                        learning_rates=stepping.rates(),
                        backwards=self._backwards,
                        zeroed=stepping.zeroed,
                        skipped=True,
                        epoch=self._epoch,
                    )
                )
                self._consumed = True
                self.steps_taken += 1

    def on_schedule(self, scheduler: Any) -> None:
        """See a scheduler step."""
        plateau = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
        if self.deaf or (not plateau and getattr(scheduler, "_step_count", 0) < 1):
            return  # its constructor calls it once
        with self.guarded("a scheduler"):
            facts = self.vitals.scheduler
            if not facts:
                facts["kind"] = type(scheduler).__name__
                facts["settings"] = {
                    key: value
                    for key, value in vars(scheduler).items()
                    if not key.startswith("_") and isinstance(value, bool | int | float | str)
                }
                facts["steps"] = 0
                facts["before_optimizer"] = self.steps_taken == 0 and self.vitals.backwards > 0
                line = user_line(4)
                if line:
                    self.vitals.places["scheduler"] = line
                total_steps = getattr(scheduler, "total_steps", None)
                if isinstance(total_steps, int):
                    self.vitals.planned_steps = total_steps
            facts["steps"] += 1


def is_captured() -> bool:
    """Whether a CUDA graph is being captured, in which nothing may be read."""
    return torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing()


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


class _Guard:
    """Context: mistakes of ours become a note; calls made within are not observed."""

    __slots__ = ("before", "observer", "what")

    def __init__(self, observer: Observer, what: str) -> None:
        self.observer, self.what = observer, what

    def __enter__(self) -> None:
        self.before = self.observer.deaf
        self.observer.deaf = True

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        self.observer.deaf = self.before
        if error is None or not isinstance(error, Exception):
            return False
        self.observer.failed(self.what, error)
        return True


def _copied(layer: LayerVitals) -> LayerVitals:
    return LayerVitals(**{name: getattr(layer, name) for name in LayerVitals.__slots__})


def _resident() -> float | None:
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - a path object costs more than the reading
            return int(file.read().split()[1]) * PAGE
    except OSError:
        return None
