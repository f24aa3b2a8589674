"""Layer runs: what each layer, and each activation that is called as a function, returns within one forward pass."""

from __future__ import annotations

import time
import weakref
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.crash import said_shape
from glasswork.doctor.observing.layers import family_of, is_compiled, is_layer, unit_axis
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.rounds import tensors_in
from glasswork.doctor.observing.statistics import (
    BOUNDED,
    effective_rank,
    look_at_output,
    look_at_tensor,
    thinned,
    zeros_within,
)
from glasswork.doctor.vitals import LayerFacts, LayerVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.forward import Forward

__all__ = ["LayerRuns"]

MOST_STRANGERS = 20
ENTERED = 8  # steps in which it is looked at what the first layer was given
FEW_OUTPUTS = 2  # the rank of which says nothing of what came in
STRUCTURAL = 3  # steps in which it is counted who takes a layer's output
Original = Callable[..., Any]
_NO_ZEROS = {"linear", "norm", "recurrent", "embedding", "attention"}
_RANKED = {"linear", "activation"}
_LEARNING = {"linear", "recurrent", "attention"}


class LayerRuns:
    """The watch over the inside of a model, on steps that are looked at.

    Args:
        forward: the watch over calls of models.
    """

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.observer = forward.observer
        self.model: Model | None = None
        self.shapes: list[tuple[str, str]] = []
        self.counting = False
        self._stack: list[tuple[nn.Module, str]] = []
        self._labels: dict[int, tuple[weakref.ref[Tensor], str]] = {}
        self._counts: dict[str, int] = {}
        self._pass: dict[str, int] = {}
        self._uses: dict[str, int] = {}
        self._read: set[str] = set()
        self._axis: int | None = None

    def begin(self) -> None:
        """See a forward pass begin."""
        self._pass = defaultdict(int)
        self._counts, self._uses, self._read = defaultdict(int), defaultdict(int), set()
        self.counting = self.observer.steps_taken < STRUCTURAL
        self.shapes = []

    def end(self) -> None:
        """See it end, one way or the other."""
        self.model = None
        self._stack.clear()

    def call(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a module of the model, and look at what it returns."""
        if is_compiled(module):
            return self.forward.unseen(original, module, args, kwargs)
        model = self.model
        path = model.paths.get(id(module)) if model is not None else None
        self._stack.append((module, path if path is not None else ""))
        name = ""
        if model is not None and path is not None:
            name = model.layer_name(path)
            self._note_shapes(name, args, kwargs)
        elif model is not None and id(module) not in model.inner:
            with self.observer.guarded("a module that is not the model's"):
                self._see_stranger(model, module)
        output = original(module, *args, **kwargs)
        self._stack.pop()
        if name and model is not None and is_layer(module):
            started = time.perf_counter()
            # Without the last, each of our own operations would be one more function that is watched.
            with self.observer.guarded("a layer's output"), torch.no_grad(), torch._C.DisableTorchFunction():
                self._ran(model, name, module, args, kwargs, output)
            self.observer.own += time.perf_counter() - started
        return output

    def _see_stranger(self, model: Model, module: nn.Module) -> None:
        """Note a module with weights that runs within the model and is not among its modules."""
        root = model.root()
        trained = any(parameter.requires_grad for parameter in module.parameters())
        if root is None or not trained or not is_layer(module) or any(part is module for part in root.modules()):
            return
        shapes = [str(tuple(parameter.shape)) for parameter in module.parameters()][:1]
        owner = self._stack[-2][0] if len(self._stack) > 1 else root
        held = (name for name, value in vars(owner).items() if _holds(value, module))
        name = next(held, None)
        inside = f"{type(owner).__name__}.{name}" if name else type(owner).__name__
        said = f"{type(module).__name__} {shapes[0]} in {inside}"
        if said not in model.facts.unregistered and len(model.facts.unregistered) < MOST_STRANGERS:
            model.facts.unregistered.append(said)

    def _note_shapes(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        shapes = [tuple(tensor.shape) for tensor in tensors_in([*args, *kwargs.values()])]
        self.shapes.append((name, ", ".join(map(said_shape, shapes))))

    def _ran(
        self, model: Model, name: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        inputs, outputs = tensors_in([*args, *kwargs.values()]), tensors_in(output)
        facts = self._here(model, model.ran(name), module, inputs)
        self._pass[facts.name] += 1
        facts.runs = max(facts.runs, self._pass[facts.name])
        self._connect(facts, inputs)
        if facts.family in _LEARNING and self.observer.steps_taken < ENTERED and inputs:
            self._enter(inputs[0])
        if self.counting:
            for label in {label for tensor in inputs if (label := self.label_of(tensor))}:
                self._uses[label] += 1
        if outputs and self.shapes:
            before = self.shapes[-1]
            if before[0] == name:
                self.shapes[-1] = (name, f"{before[1]} -> {said_shape(tuple(outputs[0].shape))}")
        if not outputs:
            return
        first = outputs[0]
        for tensor in outputs:
            self.label(tensor, facts.name)
        axis = unit_axis(module, first)
        self._see(facts, first, axis, module)
        capture = self.forward.round.captures.get(facts.name)
        if capture is not None:
            capture.training = module.training
            if facts.family == "norm" and getattr(module, "running_mean", None) is not None and inputs:
                _running(capture, module, inputs[0])
            if facts.family == "linear" and inputs and module.training and self.observer.steps_taken < ENTERED:
                capture.given_zeros = None if self.label_of(inputs[0]) else zeros_within(inputs[0])
            if facts.family == "linear" and inputs and self.observer.wants_ranks and first.shape[-1] <= FEW_OUTPUTS:
                capture.given_rank = effective_rank(inputs[0], -1) if inputs[0].dim() == 2 else None

    def _here(self, model: Model, facts: LayerFacts, module: nn.Module, inputs: list[Tensor]) -> LayerFacts:
        """Return the layer that an activation is at this place: one that is used at several is a layer at each.

        At the first place it has its own name; at others it is named as one that is called as a function.
        """
        if facts.family != "activation" or not self._pass[facts.name] or not inputs or any(module.parameters()):
            return facts
        label = self.label_of(inputs[0])
        if label in facts.after or label == facts.name or (label is None and not facts.after):
            return facts
        parent, path = self._stack[-1] if self._stack else (None, "")
        base = label or model.layer_name(path or self._path_of(model, parent))
        name = f"{base}>{facts.kind.lower()}"
        return model.ran(
            name,
            lambda: replace(
                facts, name=name, order=None, after=(), units=None, runs=0, last=False, consumers=None, dropped=None
            ),
        )

    def _enter(self, given: Tensor) -> None:
        """See what a layer with weights is given: of data that with most numbers an example, else what came first."""
        now = self.forward.round
        raw = not given.requires_grad
        if not given.is_floating_point() or given.dim() < 2 or (now.entered is not None and not raw):
            return
        if now.entered is not None and now.raw and given[0].numel() <= prod(now.entered.shape[1:]):
            return
        known = now.known.get((given.data_ptr(), given.numel()))
        same = known is not None and known.shape == tuple(given.shape)
        now.entered, now.raw = known if known is not None and same else look_at_tensor(given), raw

    def _see(self, facts: LayerFacts, output: Tensor, axis: int | None, module: nn.Module | None) -> None:
        if axis is not None:
            self._axis = axis - output.dim() if facts.family != "norm" or self._axis is None else self._axis
        elif output.dim() > 1:
            usual = self._axis if self._axis is not None else (1 - output.dim() if output.dim() > 3 else -1)
            axis = max(usual + output.dim(), 1)
        else:
            axis = 0
        if facts.units is None and output.dim():
            facts.units = output.shape[axis]
        runs = self.forward.round.runs[facts.name]
        self.forward.round.runs[facts.name] = runs + 1
        if runs & (runs + 1):  # every run at first, then the 1st, 2nd, 4th, 8th … of a layer that runs again and again
            return
        kind = facts.kind.lower()
        numbers = look_at_output(output, axis, BOUNDED.get(kind), facts.family not in _NO_ZEROS)
        if numbers is None:
            return
        capture = self.forward.round.captures.get(facts.name)
        if capture is None:
            capture = self.forward.round.captures[facts.name] = LayerVitals()
        numbers.join(capture)
        if (
            not runs
            and facts.family in _RANKED
            and self.observer.wants_ranks
            and kind not in ("softmax", "log_softmax")
        ):
            capture.rank = effective_rank(output, axis)

    def _connect(self, facts: LayerFacts, inputs: list[Tensor]) -> None:
        if facts.after:
            return
        found = [label for tensor in inputs if (label := self.label_of(tensor)) and label != facts.name]
        facts.after = tuple(dict.fromkeys(found))

    def label(self, tensor: Tensor, name: str) -> None:
        """Note which layer a tensor comes from."""
        self._labels[id(tensor)] = (weakref.ref(tensor), name)

    def unlabel(self, tensor: Tensor) -> None:
        """Forget it: the tensor was changed in place."""
        self._labels.pop(id(tensor), None)

    def rename(self, changed: dict[str, str]) -> None:
        """Give layers other names: what one of them made may go into the next model."""
        self._labels = {key: (ref, changed.get(name, name)) for key, (ref, name) in self._labels.items()}

    def label_of(self, tensor: Any) -> str | None:
        """Return which layer a tensor comes from."""
        known = self._labels.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def finish(self, model: Model, output: Any) -> None:
        """See the model return."""
        outputs = tensors_in(output)
        for tensor in outputs:
            label = self.label_of(tensor)
            if label in model.facts.layers:
                model.facts.layers[label].last = True
        if self.counting:
            alive = {name for tensor, name in self._labels.values() if tensor() is not None}
            for name in self._pass:
                facts = model.facts.layers.get(name)
                if facts is not None:
                    facts.consumers = max(facts.consumers or 0, self._uses[name])
                    if facts.family == "activation":
                        gone = not self._uses[name] and not facts.last and name not in alive | self._read
                        facts.dropped = gone and facts.dropped is not False
        self._labels = {key: known for key, known in self._labels.items() if known[0]() is not None}

    def count(self, taken: list[Tensor]) -> None:
        """Count who takes a layer's output; what a layer does inside is its own affair."""
        if self._stack and is_layer(self._stack[-1][0]):
            return
        for label in {label for tensor in taken if (label := self.label_of(tensor))}:
            self._uses[label] += 1

    def read(self, tensor: Any) -> None:
        """Note that a layer's output was read without computing with it."""
        label = self.label_of(tensor)
        if label is not None:
            self._read.add(label)

    def function_ran(
        self,
        model: Model,
        kind: str,
        family: str,
        first: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Tensor,
    ) -> None:
        """See an activation or dropout that was called as a function."""
        module, path = self._stack[-1] if self._stack else (None, "")
        if module is not None and is_layer(module) and family_of(module) in ("activation", "attention", "dropout"):
            return  # that module's own function
        label = self.label_of(first)
        base = label or model.layer_name(path or self._path_of(model, module))
        name = f"{base}>{kind}"
        self._counts[name] += 1
        if self._counts[name] > 1 and label is None:
            name = f"{name}{self._counts[name]}"
        facts = model.ran(name, lambda: LayerFacts(name, kind, family, settings=_function_settings(kind, args, kwargs)))
        self._pass[name] += 1
        facts.runs = max(facts.runs, self._pass[name])
        if label and not facts.after:
            facts.after = (label,)
        self.label(output, name)
        with torch.no_grad():
            self._see(facts, output, None, None)
        capture = self.forward.round.captures.get(name)
        if capture is not None:
            training = kwargs.get("training", args[2] if len(args) > 2 else True) if family == "dropout" else None
            capture.training = bool(training) if family == "dropout" else (module.training if module else None)

    def _path_of(self, model: Model, module: nn.Module | None) -> str:
        root = model.root()
        if module is None or root is None or module is root:
            return ""
        return model.inner.get(id(module), "")


def _holds(value: Any, module: nn.Module) -> bool:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,)
    return any(one is module for one in values)


def _running(capture: LayerVitals, module: nn.Module, batch: Tensor) -> None:
    running = module.running_mean
    if not isinstance(running, Tensor) or batch.dim() < 2:
        return
    over = [dimension for dimension in range(batch.dim()) if dimension != 1]
    if batch.numel() == batch.shape[1]:
        return
    x = thinned(batch.detach()).float()
    mean = x.mean(over, keepdim=True)
    std = (x - mean).square_().mean(over).sqrt()
    gap = ((running - mean.flatten()).abs() / (std + 1e-12)).mean()
    wide = getattr(module, "running_var", None)
    wide = std.square() if not isinstance(wide, Tensor) else wide.float()
    spread = ((wide + 1e-5).log() - (std.square() + 1e-5).log()).abs().median() / 2
    numbers = torch.stack([gap, (running != 0).any().to(gap.dtype), spread.exp()]).tolist()
    capture.running_gap, capture.running_zero, capture.running_spread = numbers[0], not numbers[1], numbers[2]


def _function_settings(kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in kwargs.items() if isinstance(value, bool | int | float | str)}
    if len(args) > 1 and isinstance(args[1], bool | int | float):
        first = {"softmax": "dim", "log_softmax": "dim", "leaky_relu": "negative_slope", "glu": "dim"}
        settings.setdefault("p" if "dropout" in kind else first.get(kind, "setting"), args[1])
    if "dropout" in kind:
        settings.setdefault("p", 0.5)
    return settings
