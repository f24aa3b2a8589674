"""Joints: where torch is held while a remedy is applied; only the joints that it needs, and all let go afterwards."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode
from torch.utils.data import DataLoader, dataloader

from glasswork.doctor.remedies.kinds import made
from glasswork.doctor.remedies.layers import Known
from glasswork.doctor.remedies.remedy import Action, Remedy

__all__ = ["applied"]

_MISSING = object()


@contextmanager
def applied(*remedies: Remedy) -> Iterator[None]:
    """Within it, trainings run with these remedies; afterwards torch is as it was.

    Models, optimizers and loaders that were changed stay so: their weights have been learned that way.

    Args:
        remedies: applied in this order.

    >>> from glasswork.doctor.remedies.remedy import Part
    >>> model = nn.Linear(2, 1)
    >>> with applied(Remedy("learning-rate-too-high", "…", (Part("learning-rate", {"factor": 0.1}),))):
    ...     optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    ...     before = model.bias.item()
    ...     model(torch.zeros(1, 2)).sum().backward()
    ...     optimizer.step()
    >>> round(before - model.bias.item(), 6)
    0.1
    """
    joints = _Joints([made(part) for remedy in remedies for part in remedy.parts])
    try:
        joints.install()
        yield
    finally:
        joints.remove()


class _Joints:
    """What is put into torch for some actions.

    Args:
        actions: in order.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        self.actions = actions
        self.known = Known()
        self.depth = 0
        self.last = ""
        self._undo: list[Callable[[], None]] = []

    def using(self, *joints: str) -> list[Action]:
        """Return the actions that override one of these joints."""
        return [
            action
            for action in self.actions
            if any(getattr(type(action), joint) is not getattr(Action, joint) for joint in joints)
        ]

    def install(self) -> None:
        """Put in what is needed."""
        if self.using("on_model", "before_call", "after_call", "on_function"):
            self._calls()
        if self.using("on_model", "on_optimizer"):
            self._makers()
        if self.using("before_backward", "after_backward"):
            self._backward()
        if self.using("before_step", "after_step"):
            self._steps()
        if self.using("on_schedule", "after_schedule"):
            self._schedules()
        if self.using("on_loader", "passes", "on_item"):
            self._loaders()
        for action in self.actions:
            for name, stand_in in action.functions().items():
                self._replace(nn.functional, name, stand_in)
            for name, stand_in in action.arithmetic().items():
                for owner in (torch, Tensor):
                    if hasattr(owner, name):
                        self._replace(owner, name, stand_in)

    def remove(self) -> None:
        """Take everything out, the last first."""
        while self._undo:
            self._undo.pop()()

    def _set(self, owner: Any, name: str, value: Any) -> None:
        own = vars(owner).get(name, _MISSING)
        setattr(owner, name, value)
        self._undo.append(lambda: delattr(owner, name) if own is _MISSING else setattr(owner, name, own))

    def _replace(self, owner: Any, name: str, stand_in: Callable[..., Any]) -> None:
        original = getattr(owner, name, None)
        if original is None:
            return

        @functools.wraps(original)
        def replaced(*args: Any, **kwargs: Any) -> Any:
            return stand_in(original, *args, **kwargs)

        self._set(owner, name, replaced)

    def _calls(self) -> None:
        original = nn.Module.__call__
        mending, before, after = self.using("on_model"), self.using("before_call"), self.using("after_call")
        inside = self.using("on_function")
        joints, thread = self, get_ident()

        def __call__(self: nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
            if joints.depth or torch.compiler.is_compiling() or get_ident() != thread:
                output = original(self, *args, **kwargs)
                if inside and not self._modules:
                    joints.last = joints.known.path(self)
                return output
            if not any(True for _ in self.parameters()):
                return original(self, *args, **kwargs)
            joints.depth, joints.last = 1, ""
            try:
                joints.known.meet(self, mending)
                for action in before:
                    args, kwargs = action.before_call(self, args, kwargs)
                if inside:
                    with _Functions(joints, inside):
                        output = original(self, *args, **kwargs)
                else:
                    output = original(self, *args, **kwargs)
                for action in after:
                    output = action.after_call(self, output)
                return output
            finally:
                joints.depth = 0

        # To the compiler this frame is one of torch's own, like the one it stands for; else it would compile it.
        __call__.__code__ = __call__.__code__.replace(co_filename=nn.modules.module.__file__)
        self._set(nn.Module, "__call__", __call__)

    def _makers(self) -> None:
        original = torch.optim.Optimizer.__init__
        mending, setting = self.using("on_model"), self.using("on_optimizer")
        joints = self

        @functools.wraps(original)
        def __init__(self: torch.optim.Optimizer, params: Any, defaults: Any) -> None:  # noqa: N807
            original(self, joints.known.take(params, mending) if mending else params, defaults)
            for action in setting:
                action.on_optimizer(self)

        self._set(torch.optim.Optimizer, "__init__", __init__)

    def _backward(self) -> None:
        original = torch.autograd.backward
        before, after = self.using("before_backward"), self.using("after_backward")

        @functools.wraps(original)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> None:
            if isinstance(tensors, Tensor) and tensors.numel() == 1:
                for action in before:
                    tensors = action.before_backward(tensors)
            original(tensors, *args, **kwargs)
            for action in after:
                action.after_backward()

        self._set(torch.autograd, "backward", backward)

    def _steps(self) -> None:
        before, after = self.using("before_step"), self.using("after_step")

        def pre(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
            for action in before:
                action.before_step(optimizer)

        def post(optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
            for action in reversed(after):  # the last that took something gives it back first
                action.after_step(optimizer)

        handles = [register_optimizer_step_pre_hook(pre), register_optimizer_step_post_hook(post)]
        self._undo += [handle.remove for handle in handles]

    def _schedules(self) -> None:
        module = torch.optim.lr_scheduler
        guards, after = self.using("on_schedule"), self.using("after_schedule")
        depth = 0

        def allowed(scheduler: Any) -> bool:
            said = [action.on_schedule(scheduler) for action in guards]  # every one counts the calls
            return all(said)

        def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(original)
            def step(self: Any, *args: Any, **kwargs: Any) -> Any:
                nonlocal depth
                beginning = getattr(self, "_step_count", 1) < 1  # its constructor calls it once
                if depth:
                    return original(self, *args, **kwargs)
                depth += 1
                try:
                    result = None
                    if beginning or allowed(self):
                        result = original(self, *args, **kwargs)
                finally:
                    depth -= 1
                for action in after:
                    action.after_schedule(self)
                return result

            return step

        for kind in list(vars(module).values()):
            if isinstance(kind, type) and issubclass(kind, module.LRScheduler) and "step" in vars(kind):
                self._set(kind, "step", wrapped(vars(kind)["step"]))

    def _loaders(self) -> None:
        making, passing, seeing = self.using("on_loader"), self.using("passes"), self.using("on_item")
        if making:
            original = DataLoader.__init__
            names = list(inspect.signature(original).parameters)[1:]

            @functools.wraps(original)
            def __init__(self: DataLoader[Any], *args: Any, **kwargs: Any) -> None:  # noqa: N807
                settings = dict(zip(names, args, strict=False)) | kwargs
                for action in making:
                    settings = action.on_loader(settings)
                original(self, **settings)

            self._set(DataLoader, "__init__", __init__)
        if passing:
            begin = DataLoader.__iter__

            @functools.wraps(begin)
            def __iter__(self: DataLoader[Any]) -> Any:  # noqa: N807
                times = max([action.passes(self) for action in passing])
                return begin(self) if times <= 1 else _again(lambda: begin(self), times)

            self._set(DataLoader, "__iter__", __iter__)
        if seeing:
            following = dataloader._BaseDataLoaderIter.__next__

            @functools.wraps(following)
            def __next__(self: Any) -> Any:  # noqa: N807
                item = following(self)
                for action in seeing:
                    action.on_item(item)
                return item

            self._set(dataloader._BaseDataLoaderIter, "__next__", __next__)


def _again(begin: Callable[[], Iterator[Any]], times: int) -> Iterator[Any]:
    for _ in range(times):
        yield from begin()


class _Functions(TorchFunctionMode):
    """Offers the functions that a model calls to actions."""

    def __init__(self, joints: _Joints, actions: list[Action]) -> None:
        super().__init__()
        self.joints, self.actions = joints, actions

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        for action in self.actions:
            output = action.on_function(name, self.joints.last, args, kwargs)
            if output is not NotImplemented:
                return output
        return func(*args, **kwargs)
