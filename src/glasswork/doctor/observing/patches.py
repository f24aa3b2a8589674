"""Patches: the joints of torch at which a training is seen; put in once, taken out completely.

Modules are seen through ``Module.__call__``, not through hooks: nothing is left on a module that a copy or a checkpoint
would take along, the quick path of a call without hooks stays, and no full-backward hook turns outputs into views.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.data import dataloader

from glasswork.doctor.observing.labels import COUNTED
from glasswork.doctor.observing.losses import KINDS
from glasswork.doctor.observing.schedules import on_schedule

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["CALL", "Patches"]

CALL = "watched_call"  # what our frame around a module's call is named

_active: list[Patches] = []


def _forget_in_child() -> None:
    """Leave no observer running in a forked worker: what it saw there, nobody would read."""
    for patches in _active:
        patches.remove()


os.register_at_fork(after_in_child=_forget_in_child)


class Patches:
    """Everything that is put into torch while an observer watches."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Put everything in."""
        _active.append(self)
        self._modules()
        self._backward()
        self._losses()
        self._optimizers()
        self._clipping()
        self._schedulers()
        self._loaders()
        self._scaler()
        self._processes()

    def remove(self) -> None:
        """Take everything out again, the last first."""
        while self._undo:
            self._undo.pop()()
        if self in _active:
            _active.remove(self)

    def _set(self, owner: Any, name: str, value: Any) -> None:
        own = vars(owner).get(name, _MISSING)
        setattr(owner, name, value)

        def undo() -> None:
            if own is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, own)

        self._undo.append(undo)

    def _once(self, owner: Any, name: str, place: str) -> None:
        """Note where a method is called from, the first time; then it is as it was."""
        observer, original = self.observer, vars(owner)[name]
        if place in observer.vitals.places:
            return

        def undo() -> None:
            if vars(owner).get(name) is first:
                setattr(owner, name, original)

        @functools.wraps(original)
        def first(*args: Any, **kwargs: Any) -> Any:
            if not observer.deaf:
                undo()
                with observer.guarded(f"a call of {name}"):
                    observer.place(place)
            return original(*args, **kwargs)

        setattr(owner, name, first)
        self._undo.append(undo)

    def _modules(self) -> None:
        observer = self.observer
        entries, copies, forward = observer.forward.entries, observer.forward.copies.kinds, observer.forward
        original = nn.Module.__call__
        compiling = torch.compiler.is_compiling

        def __call__(self: nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
            # The compiler must see nothing of us that changes, or it would compile again when that does.
            if not compiling() and (forward.looking or id(self) in entries or type(self) in copies):
                return forward.call(original, self, args, kwargs)
            return original(self, *args, **kwargs)

        # To the compiler this frame is one of torch's own, like the one it stands for; else it would compile it.
        __call__.__code__ = __call__.__code__.replace(co_filename=nn.modules.module.__file__, co_name=CALL)
        self._set(nn.Module, "__call__", __call__)
        load = nn.Module.load_state_dict

        @functools.wraps(load)
        def load_state_dict(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
            with observer.passes.loading(self):
                return load(self, *args, **kwargs)

        self._set(nn.Module, "load_state_dict", load_state_dict)

    def _backward(self) -> None:
        backwards = self.observer.backwards
        original = torch.autograd.backward

        @functools.wraps(original)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            backwards.before(tensors)
            try:
                return original(tensors, *args, **kwargs)
            finally:
                backwards.after()

        self._set(torch.autograd, "backward", backward)
        self._gradients()

    def _gradients(self) -> None:
        observer, by_hand = self.observer, self.observer.by_hand
        original = torch.autograd.grad

        @functools.wraps(original)
        def grad(outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            deep = kwargs.get("create_graph", args[2] if len(args) > 2 else False)
            if deep or not by_hand.open or not by_hand.asks(outputs, inputs):
                return original(outputs, inputs, *args, **kwargs)
            observer.backwards.before(outputs)
            try:
                gradients = original(outputs, inputs, *args, **kwargs)
            finally:
                observer.backwards.after()
            by_hand.given(inputs, gradients)
            return gradients

        self._set(torch.autograd, "grad", grad)

    def _losses(self) -> None:
        observer, labels, backwards = self.observer, self.observer.labels, self.observer.backwards
        compiling = torch.compiler.is_compiling
        functional = torch.nn.functional

        def wrapped(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
            counted = name in COUNTED

            @functools.wraps(original)
            def loss(*args: Any, **kwargs: Any) -> Any:
                value = original(*args, **kwargs)
                if not compiling():
                    if backwards.wants_losses():
                        backwards.on_loss(name, original, args, kwargs, value)
                    if counted and labels.open:
                        labels.see(args, kwargs)
                return value

            return loss

        for name in KINDS:
            if hasattr(functional, name):
                self._set(functional, name, wrapped(name, getattr(functional, name)))

        script = torch.jit.script

        @functools.wraps(script)
        def script_unwatched(*args: Any, **kwargs: Any) -> Any:
            # TorchScript compiles what it finds under a name; it must find torch's own functions.
            with observer.patches_out():
                return script(*args, **kwargs)

        self._set(torch.jit, "script", script_unwatched)

    def _optimizers(self) -> None:
        observer = self.observer
        handles = [
            register_optimizer_step_pre_hook(observer.optimizing.before_step),
            register_optimizer_step_post_hook(observer.optimizing.after_step),
        ]
        self._undo += [handle.remove for handle in handles]
        original = torch.optim.Optimizer.__init__

        @functools.wraps(original)
        def __init__(self: torch.optim.Optimizer, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            original(self, *args, **kwargs)
            observer.optimizing.on_optimizer(self)

        self._set(torch.optim.Optimizer, "__init__", __init__)
        self._once(torch.optim.Optimizer, "zero_grad", "zero_grad")

    def _clipping(self) -> None:
        observer = self.observer
        original = torch.nn.utils.clip_grad_norm_

        @functools.wraps(original)
        def clip_grad_norm_(*args: Any, **kwargs: Any) -> Any:
            norm = original(*args, **kwargs)
            observer.backwards.on_clip(norm)
            observer.precision.on_clip()
            return norm

        self._set(torch.nn.utils, "clip_grad_norm_", clip_grad_norm_)
        self._set(torch.nn.utils.clip_grad, "clip_grad_norm_", clip_grad_norm_)
        by_value = torch.nn.utils.clip_grad_value_

        @functools.wraps(by_value)
        def clip_grad_value_(*args: Any, **kwargs: Any) -> Any:
            by_value(*args, **kwargs)
            observer.precision.on_clip()

        self._set(torch.nn.utils, "clip_grad_value_", clip_grad_value_)
        self._set(torch.nn.utils.clip_grad, "clip_grad_value_", clip_grad_value_)

    def _schedulers(self) -> None:
        observer = self.observer
        module = torch.optim.lr_scheduler
        depth = 0

        def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(original)
            def step(self: Any, *args: Any, **kwargs: Any) -> Any:
                nonlocal depth
                if not depth:  # a scheduler may be made of others
                    on_schedule(observer, self, args, kwargs)
                depth += 1
                try:
                    return original(self, *args, **kwargs)
                finally:
                    depth -= 1

            return step

        for kind in list(vars(module).values()):
            if isinstance(kind, type) and issubclass(kind, module.LRScheduler) and "step" in vars(kind):
                self._set(kind, "step", wrapped(vars(kind)["step"]))

    def _loaders(self) -> None:
        observer = self.observer
        kind = dataloader._BaseDataLoaderIter
        original = kind.__next__

        @functools.wraps(original)
        def __next__(self: Any) -> Any:  # noqa: N807
            item = original(self)
            observer.loaders.on_item(self, item)
            return item

        self._set(kind, "__next__", __next__)
        made = torch.utils.data.DataLoader.__init__

        @functools.wraps(made)
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            made(self, *args, **kwargs)
            observer.loaders.on_made(self)

        self._set(torch.utils.data.DataLoader, "__init__", __init__)
        worker = torch.utils.data._utils.worker
        loop = functools.wraps(worker._worker_loop)(observer.workers.wrapped(worker._worker_loop))
        self._set(worker, "_worker_loop", loop)

    def _processes(self) -> None:
        distributed, replicas = torch.distributed, self.observer.replicas
        if not distributed.is_available():
            return
        original = distributed.destroy_process_group

        @functools.wraps(original)
        def destroy_process_group(*args: Any, **kwargs: Any) -> Any:
            replicas.before_group_ends()
            return original(*args, **kwargs)

        self._set(distributed, "destroy_process_group", destroy_process_group)

    def _scaler(self) -> None:
        observer = self.observer
        kind = torch.amp.GradScaler
        step, scale, unscale = kind.step, kind.scale, kind.unscale_

        @functools.wraps(step)
        def scaled_step(self: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            observer.precision.before_step(self, optimizer)
            result = step(self, optimizer, *args, **kwargs)
            observer.precision.after_step(optimizer)
            return result

        @functools.wraps(scale)
        def scaled(self: Any, outputs: Any) -> Any:
            result = scale(self, outputs)
            observer.precision.on_scale(outputs, result)
            return result

        @functools.wraps(unscale)
        def unscale_(self: Any, optimizer: Any) -> Any:
            result = unscale(self, optimizer)
            observer.precision.on_unscale()
            return result

        self._set(kind, "unscale_", unscale_)
        self._set(kind, "step", scaled_step)
        self._set(kind, "scale", scaled)


_MISSING = object()
