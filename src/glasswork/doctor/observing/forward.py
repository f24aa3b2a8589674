"""Forward: who is called in training, and what each layer returns on the steps that are looked at."""

from __future__ import annotations

import time
import weakref
from collections import defaultdict
from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from glasswork.doctor.observing.code import name_in_caller, owners, user_line
from glasswork.doctor.observing.crash import said_shape
from glasswork.doctor.observing.layers import family_of, is_layer, unit_axis
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.statistics import BOUNDED, effective_rank, look_at_output, look_at_tensor
from glasswork.doctor.vitals import LayerFacts, LayerVitals, TensorVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Forward", "tensors_in"]

STRUCTURAL = 3  # steps in which it is counted who takes a layer's output
Original = Callable[..., Any]

_ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "leaky_relu": "leaky_relu", "elu": "elu", "selu": "selu", "celu": "celu",
    "gelu": "gelu", "silu": "silu", "mish": "mish", "softplus": "softplus", "sigmoid": "sigmoid", "tanh": "tanh",
    "hardtanh": "hardtanh", "hardsigmoid": "hardsigmoid", "hardswish": "hardswish", "softsign": "softsign",
    "softmax": "softmax", "log_softmax": "log_softmax", "logsigmoid": "logsigmoid", "prelu": "prelu", "rrelu": "rrelu",
    "glu": "glu", "threshold": "threshold", "clamp_min": "relu", "expit": "sigmoid",
}  # fmt: skip
_RESHAPES = {
    "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "transpose", "permute", "contiguous", "movedim",
    "view_as", "reshape_as", "swapaxes", "moveaxis", "t", "mT", "T", "clone", "to", "float", "half", "bfloat16",
}  # fmt: skip
_DROPOUTS = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"}
_IN_PLACE = {"__iadd__", "__imul__", "__isub__", "__itruediv__", "__setitem__"}
# What reads a tensor without computing with it.
_QUIET = {
    "__get__", "size", "dim", "numel", "stride", "type", "is_floating_point", "is_contiguous", "data_ptr", "__len__",
    "item", "new_zeros", "new_ones", "new_empty", "zeros_like", "ones_like", "empty_like", "rand_like", "randn_like",
    "get_device", "__hash__", "__repr__", "__format__", "is_complex", "ndimension", "detach", "storage",
    "untyped_storage",
}  # fmt: skip
_NO_ZEROS = {"linear", "norm", "recurrent", "embedding", "attention"}
_RANKED = {"linear", "activation"}


def tensors_in(value: Any, depth: int = 3) -> list[Tensor]:
    """Return the tensors in nested tuples, lists and dictionaries, in order."""
    if isinstance(value, Tensor):
        return [value]
    if depth and isinstance(value, tuple | list):
        return [tensor for one in value for tensor in tensors_in(one, depth - 1)]
    if depth and isinstance(value, dict):
        return [tensor for one in value.values() for tensor in tensors_in(one, depth - 1)]
    return []


class Round:
    """What was seen between two steps of the training."""

    def __init__(self) -> None:
        self.captures: dict[str, LayerVitals] = {}
        self.runs: dict[str, int] = defaultdict(int)
        self.inputs: dict[str, tuple[dict[str, TensorVitals], dict[str, TensorVitals]]] = {}
        self.models: set[str] = set()
        self.looked = False


class Forward:
    """The watch over calls of modules.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.looking = True
        self.entries: dict[int, tuple[weakref.ref[nn.Module], Model]] = {}
        self.models: list[Model] = []
        self.round = Round()
        self.shapes: list[tuple[str, str]] = []
        self.last_inputs: tuple[Any, Any, Any] | None = None
        self.ranked = 0
        self._thread = get_ident()
        self._stack: list[tuple[nn.Module, str]] = []
        self._depth = 0
        self._model: Model | None = None
        self._labels: dict[int, tuple[weakref.ref[Tensor], str]] = {}
        self._counts: dict[str, int] = {}
        self._pass: dict[str, int] = {}
        self._uses: dict[str, int] = {}
        self.counting = False
        self._axis: int | None = None

    # --- calls -------------------------------------------------------------------------------------------------------

    def call(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a module, seeing what there is to be seen."""
        observer = self.observer
        if observer.deaf or get_ident() != self._thread:
            return original(module, *args, **kwargs)
        if not self._depth and torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing():
            return original(module, *args, **kwargs)
        if self._depth:
            if self._model is None or not self.looking:
                return original(module, *args, **kwargs)
            return self._inside(original, module, args, kwargs)
        if not self.looking and torch.is_grad_enabled():
            known = self.entries.get(id(module))
            if known is not None and known[0]() is module:
                observer.begin_round()
                self.last_inputs = (known[1].root, args, kwargs)
                self.shapes = []
                self._depth, self._model = 1, None
                try:
                    return original(module, *args, **kwargs)
                finally:
                    self._depth = 0
        return self._outermost(original, module, args, kwargs)

    def _outermost(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        observer = self.observer
        started = time.perf_counter()
        learning = torch.is_grad_enabled()
        model = None
        with observer.guarded("a call of the model"):
            model = self._entered(module, learning)
            if model is not None and learning:
                observer.begin_round()
                self._before(model, args, kwargs)
        observer.own += time.perf_counter() - started
        if model is None:
            with _Name(observer, module, learning):
                return original(module, *args, **kwargs)
        self._depth, self._model = 1, model if learning else None
        mode = self._mode(model) if learning and self.looking and not model.compiled else None
        self.counting = self.counting and mode is not None
        try:
            if mode is not None:
                with mode:
                    output = self._inside(original, module, args, kwargs)
            elif learning and self.looking and not model.compiled:
                output = self._inside(original, module, args, kwargs)
            else:
                output = (
                    self._unseen(original, module, args, kwargs)
                    if model.compiled
                    else original(module, *args, **kwargs)
                )
        except BaseException:
            self._depth, self._model = 0, None
            self._stack.clear()
            raise
        self._depth, self._model = 0, None
        self._stack.clear()
        started = time.perf_counter()
        with observer.guarded("a model's output"):
            if learning:
                observer.last_output = output
                if self.looking:
                    self._finished(model, output)
            else:
                observer.passes.on_forward(model, module, args, kwargs, output)
        observer.own += time.perf_counter() - started
        return output

    def _entered(self, module: nn.Module, learning: bool) -> Model | None:
        known = self.entries.get(id(module))
        if known is not None:
            if known[0]() is module:
                return known[1]
            del self.entries[id(module)]
        if not learning:
            return None
        if not any(parameter.requires_grad for parameter in module.parameters()):
            return None
        for model in self.models:
            root = model.root()
            if root is not None and any(part is module for part in root.modules()):
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
        found = name or (name_in_caller(root, 4) if self.models else None)
        model = Model(root, "model", compiled=compiled)
        self.models = [one for one in self.models if one.root() is not None or one.confirmed]
        model.look_at_parameters()
        model.given = found
        model.place = user_line(4)
        if not self.models:
            model.given = name or name_in_caller(root, 4)
        self.models.append(model)
        parts = [part for part in root.modules() if is_compiled(part)]
        model.compiled_inside = bool(parts)
        if parts and not compiled:
            self.observer.blind(
                "Parts of the model are compiled: of their layers, only weights and gradients were seen."
            )
        if compiled:
            self.observer.blind("The model is compiled: only its inputs, outputs, weights and gradients were seen.")
        if len(self.models) > 1:
            self._name_all()
        return model

    def _name_all(self) -> None:
        """Give each model a name of its own, now that there are several."""
        taken: set[str] = set()
        changed: dict[str, str] = {}
        for model in self.models:
            root = model.root()
            wanted = model.given or (type(root).__name__.lower() if root is not None else model.name)
            name, number = wanted, 2
            while name in taken:
                name, number = f"{wanted}{number}", number + 1
            taken.add(name)
            if name != model.name or not model.prefix:
                changed |= model.rename(name, f"{name}/")
        self.observer.renamed(changed)

    def _before(self, model: Model, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.last_inputs = (model.root, args, kwargs)
        self.round.models.add(model.name)
        if not self.looking:
            return
        self.round.looked = True
        self._pass = defaultdict(int)
        self._counts, self._uses = defaultdict(int), defaultdict(int)
        self.counting = self.observer.steps_taken < STRUCTURAL
        self.shapes = []
        if model.name not in self.round.inputs:
            floats: dict[str, TensorVitals] = {}
            tokens: dict[str, TensorVitals] = {}
            with torch.no_grad():
                for key, value in [*((str(place), arg) for place, arg in enumerate(args)), *kwargs.items()]:
                    for number, tensor in enumerate(tensors_in(value)):
                        if tensor.requires_grad or tensor.dim() == 0:
                            continue
                        into = floats if tensor.is_floating_point() else tokens
                        into[f"{key}.{number}" if number else key] = look_at_tensor(tensor)
            self.round.inputs[model.name] = (floats, tokens)

    def _mode(self, model: Model) -> TorchFunctionMode | None:
        root = model.root()
        if root is None or model.compiled_inside:  # a compiler would take the watch for a part of the program
            return None
        # torch's quick path through an attention layer in evaluation mode is closed while functions are watched.
        if model.has_attention and any(isinstance(m, nn.MultiheadAttention) and not m.training for m in root.modules()):
            return None
        return _Functions(self)

    def _unseen(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a compiled module; the compiler must not meet our code in it."""
        looking, self.looking = self.looking, False
        try:
            return original(module, *args, **kwargs)
        finally:
            self.looking = looking

    # --- layers ------------------------------------------------------------------------------------------------------

    def _inside(self, original: Original, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if is_compiled(module):
            return self._unseen(original, module, args, kwargs)
        model = self._model
        path = model.paths.get(id(module)) if model is not None else None
        outer = self._depth
        self._depth = outer + 1
        self._stack.append((module, path if path is not None else ""))
        name = ""
        if model is not None and path is not None:
            name = model.layer_name(path)
            self._note_shapes(name, args, kwargs)
        output = original(module, *args, **kwargs)
        self._stack.pop()
        self._depth = outer
        if name and model is not None and is_layer(module):
            started = time.perf_counter()
            with self.observer.guarded("a layer's output"), torch.no_grad():
                self._ran(model, name, module, args, kwargs, output)
            self.observer.own += time.perf_counter() - started
        return output

    def _note_shapes(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        shapes = [tuple(tensor.shape) for tensor in tensors_in([*args, *kwargs.values()])]
        self.shapes.append((name, ", ".join(map(said_shape, shapes))))

    def _ran(
        self, model: Model, name: str, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        facts = model.ran(name)
        self._pass[name] += 1
        facts.runs = max(facts.runs, self._pass[name])
        inputs, outputs = tensors_in([*args, *kwargs.values()]), tensors_in(output)
        self._connect(facts, inputs)
        if self.counting:
            for label in {label for tensor in inputs if (label := self._label_of(tensor))}:
                self._uses[label] += 1
        if outputs and self.shapes:
            before = self.shapes[-1]
            if before[0] == name:
                self.shapes[-1] = (name, f"{before[1]} -> {said_shape(tuple(outputs[0].shape))}")
        if not outputs:
            return
        first = outputs[0]
        for tensor in outputs:
            self._label(tensor, name)
        axis = unit_axis(module, first)
        self._see(facts, first, axis, module)
        capture = self.round.captures.get(name)
        if capture is not None:
            capture.training = module.training
            if facts.family == "norm" and getattr(module, "running_mean", None) is not None and inputs:
                _running(capture, module, inputs[0])

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
        runs = self.round.runs[facts.name]
        self.round.runs[facts.name] = runs + 1
        if runs & (runs + 1):  # every run at first, then the 1st, 2nd, 4th, 8th … of a layer that runs again and again
            return
        kind = facts.kind.lower()
        numbers = look_at_output(output, axis, BOUNDED.get(kind), facts.family not in _NO_ZEROS)
        if numbers is None:
            return
        capture = self.round.captures.get(facts.name)
        if capture is None:
            capture = self.round.captures[facts.name] = LayerVitals()
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
        found = [label for tensor in inputs if (label := self._label_of(tensor)) and label != facts.name]
        facts.after = tuple(dict.fromkeys(found))

    def _label(self, tensor: Tensor, name: str) -> None:
        self._labels[id(tensor)] = (weakref.ref(tensor), name)

    def _label_of(self, tensor: Any) -> str | None:
        known = self._labels.get(id(tensor))
        return known[1] if known is not None and known[0]() is tensor else None

    def _finished(self, model: Model, output: Any) -> None:
        outputs = tensors_in(output)
        for tensor in outputs:
            label = self._label_of(tensor)
            if label in model.facts.layers:
                model.facts.layers[label].last = True
        if self.counting:
            for name in self._pass:
                facts = model.facts.layers.get(name)
                if facts is not None:
                    facts.consumers = max(facts.consumers or 0, self._uses[name])
        self._labels = {key: known for key, known in self._labels.items() if known[0]() is not None}

    # --- functions ---------------------------------------------------------------------------------------------------

    def on_function(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        """See a function that was called in a forward pass."""
        model = self._model
        if model is None:
            return
        if self.counting and name not in _RESHAPES and name not in _QUIET:
            self._count(tensors_in([*args, *kwargs.values()]))
        if not isinstance(output, Tensor):
            return
        plain = name.rstrip("_") if not name.startswith("__") else name
        first = args[0] if args else kwargs.get("input")
        if plain in _RESHAPES:
            label = self._label_of(first)
            if label is not None:
                self._label(output, label)
            return
        kind = _ACTIVATIONS.get(plain)
        if kind is not None and (plain != "clamp_min" or (len(args) > 1 and args[1] == 0)):
            self._function_ran(model, kind, "activation", first, args, kwargs, output)
        elif plain in _DROPOUTS:
            self._function_ran(model, plain, "dropout", first, args, kwargs, output)
        elif name in _IN_PLACE or (name.endswith("_") and not name.startswith("__")):
            self._labels.pop(id(output), None)

    def _count(self, taken: list[Tensor]) -> None:
        """Count who takes a layer's output; what a layer does inside is its own affair."""
        if self._stack and is_layer(self._stack[-1][0]):
            return
        for label in {label for tensor in taken if (label := self._label_of(tensor))}:
            self._uses[label] += 1

    def _function_ran(
        self,
        model: Model,
        kind: str,
        family: str,
        first: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Tensor,
    ) -> None:
        module, path = self._stack[-1] if self._stack else (None, "")
        if module is not None and is_layer(module) and family_of(module) in ("activation", "attention", "dropout"):
            return  # that module's own function
        label = self._label_of(first)
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
        self._label(output, name)
        with torch.no_grad():
            self._see(facts, output, None, None)
        capture = self.round.captures.get(name)
        if capture is not None:
            training = kwargs.get("training", args[2] if len(args) > 2 else True) if family == "dropout" else None
            capture.training = bool(training) if family == "dropout" else (module.training if module else None)

    def _path_of(self, model: Model, module: nn.Module | None) -> str:
        root = model.root()
        if module is None or root is None or module is root:
            return ""
        return model.inner.get(id(module), "")


def is_compiled(module: nn.Module) -> bool:
    """Whether a module runs through ``torch.compile``."""
    return hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None


class _Functions(TorchFunctionMode):
    """Sees the functions of one forward pass, and calls them as they are."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.forward = forward

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        if torch.compiler.is_compiling():  # a compiled function inside: the compiler reads this method, too
            return output
        name = getattr(func, "__name__", "")
        if (
            self.forward.counting
            or name in _SEEN
            or (name.endswith("_") and not name.startswith("__"))
            or name in _IN_PLACE
        ):
            started = time.perf_counter()
            observer = self.forward.observer
            with observer.guarded("a function's output"):
                self.forward.on_function(name, args, kwargs, output)
            observer.own += time.perf_counter() - started
        return output


_SEEN = {*_ACTIVATIONS, *_RESHAPES, *_DROPOUTS}


class _Name:
    """While a loss module runs, its class names the loss."""

    def __init__(self, observer: Observer, module: nn.Module, learning: bool) -> None:
        self.observer, self.name = observer, type(module).__name__

    def __enter__(self) -> None:
        self.before = self.observer.loss_module
        self.observer.loss_module = self.name

    def __exit__(self, *_: object) -> None:
        self.observer.loss_module = self.before


def _running(capture: LayerVitals, module: nn.Module, batch: Tensor) -> None:
    running = module.running_mean
    if not isinstance(running, Tensor) or batch.dim() < 2:
        return
    over = [dimension for dimension in range(batch.dim()) if dimension != 1]
    if batch.numel() == batch.shape[1]:
        return
    std, mean = torch.std_mean(batch.detach().float(), dim=over, correction=0)
    gap = ((running - mean).abs() / (std + 1e-12)).mean()
    numbers = torch.stack([gap, (running != 0).any().to(gap.dtype)]).tolist()
    capture.running_gap, capture.running_zero = numbers[0], not numbers[1]


def _function_settings(kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in kwargs.items() if isinstance(value, bool | int | float | str)}
    if len(args) > 1 and isinstance(args[1], bool | int | float):
        first = {"softmax": "dim", "log_softmax": "dim", "leaky_relu": "negative_slope", "glu": "dim"}
        settings.setdefault("p" if "dropout" in kind else first.get(kind, "setting"), args[1])
    if "dropout" in kind:
        settings.setdefault("p", 0.5)
    return settings
