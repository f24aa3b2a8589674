"""Forward: which modules are called from outside, which models they belong to, and what they are called with."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from glasswork.doctor.observing.code import name_in_caller, owners, user_place
from glasswork.doctor.observing.copies import Copies
from glasswork.doctor.observing.functions import Dropouts, Functions
from glasswork.doctor.observing.layer_runs import LayerRuns
from glasswork.doctor.observing.layers import is_compiled
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.naming import name_models
from glasswork.doctor.observing.rounds import Round, tensors_in
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.vitals import TensorVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Forward"]

Original = Callable[..., Any]


class Forward:
    """The watch over calls of modules.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.looking = True  # whether what is called now is looked at closely
        self.evaluated = False  # whether an evaluation has begun since the last training pass
        self.entries: dict[int, tuple[weakref.ref[nn.Module], Model]] = {}
        self.models: list[Model] = []
        self.round = Round()
        self.runs = LayerRuns(self)
        self.copies = Copies(observer)
        self.last_inputs: tuple[Any, Any, Any, nn.Module] | None = None
        self.mode: bool | None = None
        self._thread = get_ident()
        self._depth = 0

    @property
    def shapes(self) -> list[tuple[str, str]]:
        """Return what went into and came out of each layer of the last pass that was looked at."""
        return self.runs.shapes

    @shapes.setter
    def shapes(self, shapes: list[tuple[str, str]]) -> None:
        self.runs.shapes = shapes

    # --- calls -------------------------------------------------------------------------------------------------------

    def call(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a module, seeing what there is to be seen."""
        observer = self.observer
        if observer.deaf or get_ident() != self._thread:
            return original(module, *args, **kwargs)
        if not self._depth and torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing():
            return original(module, *args, **kwargs)
        if self._depth:
            if self.runs.model is None or not self.looking:
                return original(module, *args, **kwargs)
            return self.runs.call(original, module, args, kwargs)
        if observer.by_hand.waiting:
            observer.by_hand.look()
        if torch.is_grad_enabled():
            if self.evaluated:
                self.evaluated = False
                observer.optimizing.after_evaluation()
            if not self.looking:
                known = self.entries.get(id(module))
                if known is not None and known[0]() is module:
                    if observer.consumed:
                        observer.backwards.begin_round()
                    self._trained(known[1], module, args, kwargs)
                    if self.runs.shapes:
                        self.runs.shapes = []
                    self._depth = 1
                    try:
                        return original(module, *args, **kwargs)
                    finally:
                        self._depth = 0
        return self._outermost(original, module, args, kwargs)

    def _trained(self, model: Model, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note, at every pass, what costs nearly nothing to note."""
        self.last_inputs = (model.root, args, kwargs, module)
        model.last_step = self.observer.steps_taken
        if not self.mode and model.sensitive:
            self.mode = model.in_training()

    def _outermost(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        observer, runs = self.observer, self.runs
        started = time.perf_counter()
        learning = torch.is_grad_enabled()
        model = None
        with observer.guarded("a call of the model"):
            model = self._entered(module, learning)
            if model is not None and learning:
                observer.backwards.begin_round()
                self._before(model, module, args, kwargs)
        observer.own += time.perf_counter() - started
        if model is None:
            with _Name(observer, module):
                return original(module, *args, **kwargs)
        self._depth, runs.model = 1, model if learning else None
        inside = learning and self.looking and not model.compiled
        mode = self._mode(model) if inside else None
        runs.counting = runs.counting and mode is not None
        dropouts = None if learning else self._dropouts(model, module)
        try:
            if mode is not None:
                with mode:
                    output = runs.call(original, module, args, kwargs)
            elif inside:
                output = runs.call(original, module, args, kwargs)
            elif model.compiled:
                output = self.unseen(original, module, args, kwargs)
            elif dropouts is not None:
                with dropouts:
                    output = original(module, *args, **kwargs)
            else:
                output = original(module, *args, **kwargs)
        finally:
            self._depth = 0
            runs.end()
        started = time.perf_counter()
        with observer.guarded("a model's output"):
            if learning:
                observer.last_output = output
                if self.looking:
                    runs.finish(model, output)
            else:
                observer.passes.on_forward(model, module, args, kwargs, output)
                if dropouts is not None:
                    observer.passes.on_dropouts(dropouts.dropping)
        observer.own += time.perf_counter() - started
        return output

    def _before(self, model: Model, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._trained(model, module, args, kwargs)
        self.round.models.add(model.name)
        self.round.calls[model.name] += 1
        model.facts.calls = max(model.facts.calls, self.round.calls[model.name])
        if not self.looking:
            return
        self.round.looked = True
        self.runs.begin()
        if model.name not in self.round.inputs:
            floats: dict[str, TensorVitals] = {}
            tokens: dict[str, TensorVitals] = {}
            with torch.no_grad():
                for key, value in [*((str(place), arg) for place, arg in enumerate(args)), *kwargs.items()]:
                    for number, tensor in enumerate(tensors_in(value)):
                        if tensor.requires_grad or tensor.dim() == 0:
                            continue
                        into = floats if tensor.is_floating_point() else tokens
                        seen = into[f"{key}.{number}" if number else key] = look_at_tensor(tensor)
                        self.round.known[tensor.data_ptr(), tensor.numel()] = seen
            self.round.inputs[model.name] = (floats, tokens)

    def _mode(self, model: Model) -> TorchFunctionMode | None:
        root = model.root()
        if root is None or model.compiled_inside:  # a compiler would take the watch for a part of the program
            return None
        # torch's quick path through an attention layer in evaluation mode is closed while functions are watched.
        if model.has_attention and any(isinstance(m, nn.MultiheadAttention) and not m.training for m in root.modules()):
            return None
        return Functions(self.runs)

    def _dropouts(self, model: Model, module: nn.Module) -> Dropouts | None:
        """Return a watch over dropouts, for the first batch of the first evaluations in evaluation mode."""
        if module.training or not self.observer.passes.wants_dropouts():
            return None
        if model.compiled_inside or model.has_attention or model.in_training():
            return None  # a part of it was set to training mode on purpose; see also `_mode`
        return Dropouts()

    def unseen(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a compiled module; the compiler must not meet our code in it."""
        looking, self.looking = self.looking, False
        try:
            return original(module, *args, **kwargs)
        finally:
            self.looking = looking

    # --- models ------------------------------------------------------------------------------------------------------

    def _entered(self, module: nn.Module, learning: bool) -> Model | None:
        known = self.entries.get(id(module))
        if known is not None:
            if known[0]() is module:
                return known[1]
            del self.entries[id(module)]
        if type(module) in self.copies.kinds and not module.training:
            self.copies.see(module, self.models)
        if not learning:
            return None
        if not any(parameter.requires_grad for parameter in module.parameters()):
            return None
        # A container made of a model's own layers, as `model[:-1]` and `Sequential(*model.children())`, is part of it.
        carriers = {id(part) for part in module.modules() if part._parameters} or {id(module)}
        for model in self.models:
            root = model.root()
            if root is not None and carriers <= {id(part) for part in root.modules()}:
                return self._enter(module, model)
        # A module that is called by the methods of a larger one is a part of it: the larger one is the model.
        root = module
        for owner in owners(nn.Module, 3):
            if owner is not module and any(part is module for part in owner.modules()):
                root = owner
        return self._enter(module, self.add(root))

    def _enter(self, module: nn.Module, model: Model) -> Model:
        key = id(module)
        entries = self.entries
        entries[key] = (weakref.ref(module, lambda _: entries.pop(key, None)), model)
        return model

    def add(self, root: nn.Module, name: str | None = None) -> Model:
        """Watch a module from now on."""
        compiled = is_compiled(root)
        model = Model(root, "model", compiled=compiled)
        self.models = [one for one in self.models if one.root() is not None or one.confirmed]
        model.look_at_parameters()
        model.given = name or name_in_caller(root, 4)
        model.place = user_place(4)
        self.models.append(model)
        self.copies.add(root)
        parts = [part for part in root.modules() if is_compiled(part)]
        model.compiled_inside = bool(parts)
        if parts and not compiled:
            self.observer.blind(
                "Parts of the model are compiled: of their layers, only weights and gradients were seen."
            )
        if compiled:
            self.observer.blind("The model is compiled: only its inputs, outputs, weights and gradients were seen.")
        if len(self.models) > 1:
            name_models(self.observer)
        return model


class _Name:
    """While a loss module runs, its class names the loss."""

    def __init__(self, observer: Observer, module: nn.Module) -> None:
        self.observer, self.name = observer, type(module).__name__

    def __enter__(self) -> None:
        self.before = self.observer.loss_module
        self.observer.loss_module = self.name

    def __exit__(self, *_: object) -> None:
        self.observer.loss_module = self.before
