"""Recording one step: forward under watch, backward by autograd for the reference, update by the real optimizer."""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.errors import UsageError
from glasswork.tracing.closures import modules_of, tensors_of
from glasswork.tracing.precision import Precision
from glasswork.tracing.recorder import Recorder
from glasswork.tracing.tape import Failure, Movement, Role, Tape
from glasswork.tracing.templates import template_of
from glasswork.tracing.transparent import transparent
from glasswork.tracing.untouched import Untouched
from glasswork.tracing.update import judge

__all__ = ["LESSON", "record"]

LESSON = 1_000_000
"""Below this many parameters a step is traced in float64."""


def record(
    model: Callable[..., Any],
    loss_fn: Callable[..., Any] | None,
    x: Any,
    y: Any = None,
    optimizer: torch.optim.Optimizer | None = None,
    dtype: torch.dtype | None = None,
) -> Tape:
    """Record the next training step of a model, without taking it.

    Model, buffers, gradients, optimizer and random states are afterwards as they were. The step draws the random
    numbers that the next real step would draw. If the forward pass raises, the tape ends there and says why.

    Args:
        model: a module, or any function of the inputs.
        loss_fn: ``loss_fn(model(x), y)``; ``loss_fn(model(x))`` if `y` is None; None if the model returns the loss, or
            an object whose ``loss`` it is.
        x: a tensor, a tuple of positional inputs, or a dictionary of keyword inputs.
        y: the targets, in any structure; handed to the loss as they are.
        optimizer: whose step is to be shown; None leaves the update out.
        dtype: the type to work in; by default float64 below a million parameters, else the model's own.

    Returns:
        The tape, with autograd's gradient of each parameter and floating input.

    >>> layer = nn.Linear(2, 1)
    >>> tape = record(layer, nn.functional.mse_loss, torch.ones(3, 2), torch.zeros(3, 1))
    >>> [r.name for r in tape.records]
    ['t', 'addmm', 'mse_loss']
    >>> tape.value(tape.parameters["weight"]).dtype, layer.weight.dtype, layer.weight.grad
    (torch.float64, torch.float32, None)
    """
    model = getattr(model, "_orig_mod", model)  # a compiled module: its original
    _refuse(model, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        tape = _Session(model, loss_fn, x, y, optimizer, dtype, differentiate_inputs=True).run()
        if tape.failure is not None:
            # A program may refuse inputs that require a gradient (`x.numpy()`): then it shall have plain ones.
            second = _Session(model, loss_fn, x, y, optimizer, dtype, differentiate_inputs=False).run()
            if second.failure is None:
                second.notes.append("The inputs have no gradient: the program does not accept inputs that require one.")
                return second
    return tape


def _refuse(model: Any, dtype: torch.dtype | None) -> None:
    if dtype is not None and not dtype.is_floating_point:
        raise UsageError(f"trace: dtype must be a floating type, such as torch.float64, got {dtype}.")
    if not callable(model):
        raise UsageError(f"trace: expected a module or a function, got {type(model).__name__}.")
    if isinstance(model, nn.Module):
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            if nn.parameter.is_lazy(tensor):
                raise UsageError(f"trace: {name} has no shape yet; call the model once on an input, then trace it.")


class _Session:
    """One recording: what it needs at hand, and its stages in order."""

    def __init__(
        self, model: Any, loss_fn: Any, x: Any, y: Any, optimizer: Any, dtype: torch.dtype | None,
        *, differentiate_inputs: bool,
    ) -> None:  # fmt: skip
        self.model, self.loss_fn, self.x, self.y, self.optimizer = model, loss_fn, x, y, optimizer
        self.differentiate_inputs = differentiate_inputs
        self.modules = _named_modules(model, loss_fn)
        self.parameters, self.buffers, self.aliases = _named_tensors(model, loss_fn, optimizer)
        kinds: Counter[torch.dtype] = Counter()
        for tensor in self.parameters.values():
            if tensor.is_floating_point():
                kinds[tensor.dtype] += tensor.numel()
        own = kinds.most_common(1)[0][0] if kinds else torch.get_default_dtype()
        self.precision = Precision(dtype or (torch.float64 if kinds.total() < LESSON else own), own)

    def run(self) -> Tape:
        tape = Tape(dtype=self.precision.working, own=self.precision.own, aliases=self.aliases)
        owners = [self.model, self.loss_fn, *self.modules.values()]
        tensors = [*self.parameters.values(), *self.buffers.values()]
        default = torch.get_default_dtype()
        working = self.precision.working if self.precision.widened and default is self.precision.own else None
        with (
            torch.inference_mode(False),
            torch.enable_grad(),
            transparent(working),
            Untouched(owners, tensors, self._converted, self.optimizer) as untouched,
        ):
            recorder = Recorder(tape, self.precision, untouched)
            try:
                loss = self._forward(tape, recorder)
                if loss is not None:
                    self._backward(tape, recorder, loss)
                    del loss
                    recorder.forget()
                    if self.optimizer is not None and tape.failure is None:
                        self._update(tape, untouched)
            finally:
                recorder.forget()
        return tape

    def _converted(self, own: Tensor) -> Tensor:
        if own.is_floating_point() and self.precision.widened:
            return own.to(self.precision.working, copy=True)
        return own.clone()

    def _forward(self, tape: Tape, recorder: Recorder) -> Tensor | None:
        for name, tensor in self.parameters.items():
            tape.parameters[name] = recorder.name(tensor, "parameter", name)
        for name, tensor in self.buffers.items():
            tape.buffers[name] = recorder.name(tensor, "buffer", name)
        x = self._handed(recorder, tape.inputs, self.x, "x", "input")
        y = self._handed(recorder, tape.targets, self.y, "y", "target")
        try:
            with recorder.watching(self.modules):
                if isinstance(x, dict):
                    outputs = self.model(**x)
                else:
                    outputs = self.model(*x) if type(x) is tuple else self.model(x)
                tape.outputs = recorder.slotted(outputs)
                if self.loss_fn is None:
                    loss = outputs if isinstance(outputs, Tensor) else _loss_of(outputs)
                else:
                    loss = self.loss_fn(outputs) if self.y is None else self.loss_fn(outputs, y)
        except Exception as error:
            tape.failure = recorder.failure(error)
            return None
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
            raise UsageError(f"trace: the loss must be a single number, got {came}. Try .mean() in the loss.")
        tape.loss = recorder.current(loss)
        tape.hooked = recorder.hooked()
        return loss

    def _handed(self, recorder: Recorder, table: dict[str, int], value: Any, name: str, role: Role) -> Any:
        """Return a copy of an input to hand to the program; the tensors in it become leaves of the tape."""
        if isinstance(value, Tensor):
            own = self._converted(value.detach())
            if role == "input" and own.is_floating_point() and self.differentiate_inputs:
                leaf = own.requires_grad_()
                handed = leaf.clone()  # not itself a leaf, so that the program may write into it
                table[name] = recorder.name(handed, role, name)
                recorder.leaves[table[name]] = leaf
                return handed
            table[name] = recorder.name(own, role, name)
            recorder.leaves.pop(table[name], None)
            return own
        if isinstance(value, Mapping):
            top = name == "x"
            return {
                key: self._handed(recorder, table, part, str(key) if top else f"{name}.{key}", role)
                for key, part in value.items()
            }
        if isinstance(value, (tuple, list)):
            parts = [self._handed(recorder, table, part, f"{name}[{n}]", role) for n, part in enumerate(value)]
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        return value

    def _backward(self, tape: Tape, recorder: Recorder, loss: Tensor) -> None:
        leaves = {variable: leaf for variable, leaf in recorder.leaves.items() if leaf.requires_grad}
        kept = {variable: leaf.grad for variable, leaf in leaves.items()}
        for leaf in leaves.values():
            leaf.grad = None
        try:
            if loss.requires_grad:
                loss.sum().backward() if loss.dim() else loss.backward()
            for variable, leaf in leaves.items():
                tape.reference[variable] = leaf.grad
        except Exception as error:
            tape.failure = Failure(error, "", None, None, "backward", (), None)
        finally:
            known = {id(tensor) for tensor in self.parameters.values()}
            for variable, leaf in leaves.items():
                if id(leaf) not in known:
                    leaf.grad = kept[variable]

    def _update(self, tape: Tape, untouched: Untouched) -> None:
        """Let the real optimizer take its step on copies, and note what it did.

        One that follows a known formula treats each parameter for itself, so it steps them one by one, which needs
        the copies of one parameter at a time; any other takes its step whole.
        """
        named = {id(tensor): (name, tensor) for name, tensor in self.parameters.items()}
        held = [p for group in self.optimizer.param_groups for p in group["params"] if id(p) in named]
        settings = {
            id(p): {key: value for key, value in group.items() if key != "params"}
            for group in self.optimizer.param_groups
            for p in group["params"]
        }
        gradients = {id(p): p.grad for p in held}
        known = type(self.optimizer).__module__.startswith(("torch.optim.", "glasswork.optimizers."))
        alone = known and template_of(type(self.optimizer)) is not None and not _has_hooks(self.optimizer)
        for parameters in [[p] for p in held] if alone else [held]:
            for p in held:
                p.grad = None
            with contextlib.ExitStack() as stack:
                before, start = {}, {}
                for p in parameters:
                    stack.enter_context(untouched.stepping(p))
                    before[id(p)] = _copied(self.optimizer.state.get(p, {}))
                    p.grad = gradients[id(p)]
                    start[id(p)] = p.data  # the tape keeps it
                    p.data = p.data.clone()
                try:
                    self.optimizer.step()
                except Exception as error:  # one that wants a closure, or refuses this type
                    who = type(self.optimizer).__name__
                    tape.notes.append(f"The update is not shown: {who}.step() raised {error!r}.")
                    tape.movements.clear()
                    return
                for p in parameters:
                    variable = tape.parameters[named[id(p)][0]]
                    movement = Movement(
                        name=named[id(p)][0],
                        variable=variable,
                        kind=type(self.optimizer),
                        settings=settings[id(p)],
                        gradient=tape.reference.get(variable),
                        before=before[id(p)],
                        state=_detached(self.optimizer.state.get(p, {})),
                        start=start[id(p)],
                        after=p.data,
                    )
                    if sum(t.numel() for t in movement.state.values() if isinstance(t, Tensor)) > LESSON // 4:
                        judge(movement)  # now, so that the state after the step need not be kept
                    tape.movements[variable] = movement


def _has_hooks(optimizer: Any) -> bool:
    return bool(optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks)


def _loss_of(outputs: Any) -> Any:
    loss = outputs.get("loss") if isinstance(outputs, dict) else getattr(outputs, "loss", None)
    if loss is None:
        raise UsageError("trace: without a loss_fn the model must return the loss, or an object whose .loss it is.")
    return loss


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value.detach().clone() if isinstance(value, Tensor) else value for key, value in state.items()}


def _detached(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value.detach() if isinstance(value, Tensor) else value for key, value in state.items()}


def _named_modules(model: Any, loss_fn: Any) -> dict[str, nn.Module]:
    found: dict[str, nn.Module] = {}
    if isinstance(model, nn.Module):
        found.update(model.named_modules())
    else:
        for name, module in modules_of(model).items():
            found.update({f"{name}.{path}" if path else name: inner for path, inner in module.named_modules()})
    if isinstance(loss_fn, nn.Module):
        name = _name_of_loss(model)
        found.update({f"{name}.{path}" if path else name: inner for path, inner in loss_fn.named_modules()})
    once: dict[int, str] = {}
    for path, module in found.items():
        once.setdefault(id(module), path)
    return {path: found[path] for path in once.values()}


def _name_of_loss(model: Any) -> str:
    """Return what a loss that is a module is called: ``loss``, unless the model has a part of that name."""
    return "loss_fn" if isinstance(model, nn.Module) and hasattr(model, "loss") else "loss"


def _named_tensors(
    model: Any, loss_fn: Any, optimizer: Any
) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, str]]:
    """Return parameters, buffers, and further names of shared parameters."""
    parameters: dict[str, Tensor] = {}
    buffers: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    first: dict[int, str] = {}

    def note(name: str, tensor: Tensor, table: dict[str, Tensor]) -> None:
        if id(tensor) in first:
            if first[id(tensor)] != name:
                aliases[name] = first[id(tensor)]
        else:
            first[id(tensor)] = name
            table[name] = tensor

    for prefix, thing in (("", model), (f"{_name_of_loss(model)}.", loss_fn)):
        if isinstance(thing, nn.Module):
            for name, parameter in thing.named_parameters(remove_duplicate=False):
                note(prefix + name, parameter, parameters)
            for name, buffer in thing.named_buffers(remove_duplicate=False):
                note(prefix + name, buffer, buffers)
        elif thing is not None:
            for name, tensor in tensors_of(thing).items():
                if tensor.requires_grad and tensor.is_leaf:
                    note(name, tensor, parameters)
                elif not tensor.requires_grad and id(tensor) not in first:
                    note(name, tensor, buffers)
    if optimizer is not None:
        for g, group in enumerate(optimizer.param_groups):
            for n, tensor in enumerate(group["params"]):
                if id(tensor) not in first:
                    note(f"group{g}[{n}]", tensor, parameters)
    return parameters, buffers, aliases
