"""Optimizer: step sizes, clipping, settings, parameters that were forgotten, another optimizer in its place."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.remedies.remedy import Action

__all__ = ["Adam", "Clip", "ForgottenParameters", "LearningRate", "Settings", "SkipBroken", "StepForgotten"]

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Kingma & Ba 2015


class LearningRate(Action):
    """Step at a multiple of the script's rate, whatever its schedule says.

    Args:
        factor: what every rate is multiplied by.
        warm_up: over how many steps the factor is approached.
        script_rate: the script's own rate, for those who put the remedy into words.
    """

    def __init__(self, factor: float, warm_up: int = 0, script_rate: float | None = None) -> None:
        self.factor, self.warm_up, self.script_rate = factor, warm_up, script_rate
        self._own: list[Any] = []
        self._taken: dict[int, int] = {}

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Raise or lower the rates for this step."""
        taken = self._taken.get(id(optimizer), 0)
        self._taken[id(optimizer)] = taken + 1
        factor = self.factor * (min(1.0, (taken + 1) / self.warm_up) if self.warm_up else 1.0)
        self._own = [group.get("lr") for group in optimizer.param_groups]
        for group, own in zip(optimizer.param_groups, self._own, strict=True):
            if own is not None:
                group["lr"] = own * factor

    def after_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Give the script its own rates back."""
        for group, own in zip(optimizer.param_groups, self._own, strict=True):
            if own is not None:
                group["lr"] = own


class Clip(Action):
    """Clip the whole gradient's norm before the step.

    Args:
        norm: the largest that is left.
    """

    def __init__(self, norm: float) -> None:
        self.norm = norm

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip."""
        held = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        nn.utils.clip_grad_norm_(held, self.norm)


class Settings(Action):
    """Set an optimizer's numbers.

    Args:
        values: by name, for every group that has such a setting.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Set them: a script may change them after the optimizer was made."""
        for group in optimizer.param_groups:
            for name, value in self.values.items():
                if name in group:
                    group[name] = tuple(value) if isinstance(value, list) else value


class ForgottenParameters(Action):
    """Hand the optimizer those trainable parameters of the model that no optimizer holds."""

    def __init__(self) -> None:
        self._models: list[weakref.ref[nn.Module]] = []
        self._optimizers: list[weakref.ref[torch.optim.Optimizer]] = []

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Remember it."""
        self._optimizers.append(weakref.ref(optimizer))

    def after_call(self, model: nn.Module, output: Any) -> Any:
        """Remember which models learn."""
        if torch.is_grad_enabled() and all(known() is not model for known in self._models):
            self._models.append(weakref.ref(model))
        return output

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Add what is missing, with the settings of the first group."""
        if all(known() is not optimizer for known in self._optimizers):
            self._optimizers.append(weakref.ref(optimizer))
        living = [one for known in self._optimizers if (one := known()) is not None]
        held = {id(p) for one in living for group in one.param_groups for p in group["params"]}
        models = [model for known in self._models if (model := known()) is not None]
        missing = [p for model in models for p in model.parameters() if p.grad is not None and id(p) not in held]
        if missing and not isinstance(optimizer, torch.optim.LBFGS):  # which knows one group only
            settings = {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
            optimizer.add_param_group({**settings, "params": list(dict.fromkeys(missing))})


class StepForgotten(Action):
    """Step after every ``backward``, where the script never does."""

    def __init__(self) -> None:
        self._optimizers: list[torch.optim.Optimizer] = []

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Remember it."""
        self._optimizers.append(optimizer)

    def after_backward(self) -> None:
        """Step."""
        for optimizer in self._optimizers:
            optimizer.step()


class SkipBroken(Action):
    """Leave out steps whose gradient is not finite."""

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Let the optimizer see no gradient at all then."""
        held = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if held and not bool(torch.isfinite(torch.stack([p.grad.sum() for p in held if p.grad is not None]).sum())):
            for p in held:
                p.grad = None


class Adam(Action):
    """Take Adam's steps instead of the script's optimizer's; its schedule still counts, relative to where it began.

    The script's optimizer steps at a rate of 0, so that whoever watches it sees gradients and steps as ever.

    Args:
        rate: of Adam.
        weight_decay: decoupled from the gradient, as in AdamW.
    """

    def __init__(self, rate: float = 1e-3, weight_decay: float = 0.0) -> None:
        self.rate, self.weight_decay = rate, weight_decay
        self._moments: dict[int, tuple[Tensor, Tensor, Tensor]] = {}
        self._steps: dict[int, int] = {}
        self._own: list[Any] = []
        self._began: dict[int, list[float]] = {}

    def before_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Take the script's rate away."""
        self._own = [group.get("lr") for group in optimizer.param_groups]
        first = [float(group.get("initial_lr", group.get("lr", 0.0))) for group in optimizer.param_groups]
        self._began.setdefault(id(optimizer), first)
        for group in optimizer.param_groups:
            group["lr"] = 0.0

    def after_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Give it back, and step."""
        for group, own, began in zip(optimizer.param_groups, self._own, self._began[id(optimizer)], strict=False):
            group["lr"] = own
            rate = self.rate * (float(own) / began if own is not None and began else 1.0)
            with torch.no_grad():
                for p in group["params"]:
                    if p.grad is not None:
                        self._move(p, p.grad, rate)

    def _move(self, p: Tensor, gradient: Tensor, rate: float) -> None:
        _, m, v = self._moments.get(id(p), (p, torch.zeros_like(p), torch.zeros_like(p)))
        self._moments[id(p)] = p, m, v  # with the weight itself: an identity may be given to another one
        self._steps[id(p)] = t = self._steps.get(id(p), 0) + 1
        m.lerp_(gradient, 1 - BETA1)
        v.lerp_(gradient.square(), 1 - BETA2)
        p.mul_(1 - rate * self.weight_decay)
        p.sub_(rate * (m / (1 - BETA1**t)) / ((v / (1 - BETA2**t)).sqrt() + EPSILON))
