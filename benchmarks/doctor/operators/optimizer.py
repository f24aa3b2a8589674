"""Faults of the optimizer: rates, decay, moments, batch size, how long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from programs import settings as s
from programs.program import Program
from programs.rows import Rows
from torch import nn
from torch.optim import lr_scheduler

from operators.operator import Faulty, Operator, linear_layers


def _with(p: Program, **settings: Any) -> Callable[[nn.Module], torch.optim.Optimizer]:
    """Make the program's optimizer, then change settings of all its groups; `lr` is a factor."""

    def make(model: nn.Module) -> torch.optim.Optimizer:
        optimizer = p.optimizer(model)
        for group in optimizer.param_groups:
            for name, value in settings.items():
                group[name] = group["lr"] * value if name == "lr" else value
        return optimizer

    return make


def rate(factor: float) -> Operator:
    """Multiply the learning rate."""
    code = "learning-rate-too-high" if factor > 1 else "learning-rate-too-low"
    also = ("divergence",) if factor > 1 else ("slow-convergence",)

    def change(p: Program) -> Faulty:
        steady = p.changed(schedule=None)
        return Faulty(steady.changed(optimizer=_with(steady, lr=factor)), ("optimizer",), steady)

    return Operator(code, f"x {factor:g}", change, also)


def other(
    code: str, name: str, optimizer: Any, also: tuple[str, ...] = (), where=("optimizer",), **fields: Any
) -> Operator:
    """Use another optimizer with settings that do not work here."""
    return Operator(code, name, lambda p: Faulty(p.changed(optimizer=optimizer, **fields), where), also)


def growing_rate(by: float) -> Operator:
    """Multiply the rate after every step, up to any height."""

    def change(p: Program) -> Faulty:
        schedule = lambda optimizer, steps: lr_scheduler.LambdaLR(optimizer, lambda step: by ** min(step, 300))  # noqa: E731
        return Faulty(p.changed(schedule=schedule, schedule_every="step", clip=None), ("optimizer", "loop"))

    return Operator("divergence", f"rate x {by:g} a step", change, ("learning-rate-too-high", "schedule-misuse"))


def decay(strength: float) -> Operator:
    """Decay the weights far too much."""
    return Operator(
        "over-regularised",
        f"decay {strength:g}",
        lambda p: Faulty(p.changed(optimizer=_with(p, weight_decay=strength)), ("optimizer",)),
    )


def l1_by_hand(strength: float) -> Operator:
    """Add far too strong an L1 term to the weights after each step."""

    def change(p: Program) -> Faulty:
        def shrink(model: nn.Module) -> None:
            with torch.no_grad():
                for q in model.parameters():
                    q.copy_(q.sign() * (q.abs() - strength).clamp(min=0))

        return Faulty(p.changed(after_step=shrink), ("optimizer", "loop", "model"))

    return Operator("over-regularised", f"shrunk by {strength:g} a step", change)


def settings(name: str, **changed: Any) -> Operator:
    """Set the optimizer's numbers far from usual."""
    return Operator(
        "optimizer-settings", name, lambda p: Faulty(p.changed(optimizer=_with(p, **changed)), ("optimizer",))
    )


def single_examples(factor: float = 1.0) -> Operator:
    """Take a step after every single example, at a rate meant for batches."""

    def change(p: Program) -> Faulty:
        return Faulty(p.changed(batch=1, epochs=1, optimizer=_with(p, lr=factor)), ("optimizer", "data", "loop"), p)

    return Operator("batch-size-noise", "one at a time", change, ("learning-rate-too-high", "oscillating-loss"))


def whole_set_at_once() -> Operator:
    """Take the whole training set as one batch for the same few epochs."""
    return Operator(
        "batch-size-noise",
        "all at once",
        lambda p: Faulty(p.changed(batch=4000, validate=4), ("optimizer", "data", "loop")),
        ("too-few-epochs", "learning-rate-too-low"),
    )


def few_epochs(epochs: int, batch: int | None = None) -> Operator:
    """Stop long before it has learned."""
    return Operator(
        "too-few-epochs",
        f"{epochs} epochs",
        lambda p: Faulty(p.changed(epochs=epochs, batch=batch or p.batch), ("loop", "optimizer")),
        ("slow-convergence",),
    )


def few_rows(rows: int, epochs: int, network: Callable[[], nn.Module] | None = None) -> Operator:
    """Train a large network on very few rows for long."""

    def change(p: Program) -> Faulty:
        def prepare(whole: Rows) -> Rows:
            whole = p.prepare(whole)
            return Rows((whole.train[0][:rows], whole.train[1][:rows]), whole.valid, whole.test)

        right = p.changed(network=network) if network else p
        broken = right.changed(prepare=prepare, epochs=epochs, batch=min(p.batch, 16))
        return Faulty(broken, ("model", "data", "loop"), right)

    return Operator("overfitting", f"{rows} rows", change)


def edge(lr: float, momentum: float = 0.0) -> Operator:
    """Full-batch descent with a step just above what the curvature allows."""

    def change(p: Program) -> Faulty:
        calm = p.changed(
            batch=4000, epochs=120, validate=12, optimizer=s.sgd(lr / 20, momentum=0.9), schedule=None, clip=None
        )
        return Faulty(calm.changed(optimizer=s.sgd(lr, momentum=momentum)), ("optimizer",), calm)

    return Operator(
        "edge-of-stability", f"rate {lr:g}", change, ("learning-rate-too-high", "oscillating-loss", "divergence")
    )


def swinging(lr: float, momentum: float) -> Operator:
    """Momentum so long that the loss swings."""
    return Operator(
        "oscillating-loss", f"rate {lr:g}, momentum {momentum:g}",
        lambda p: Faulty(p.changed(optimizer=s.sgd(lr, momentum=momentum), schedule=None, clip=None), ("optimizer",)),
        ("learning-rate-too-high", "edge-of-stability", "divergence"),
    )  # fmt: skip


def slow(optimizer: Any, name: str) -> Operator:
    """An optimizer that crawls here."""
    return Operator(
        "slow-convergence",
        name,
        lambda p: Faulty(p.changed(optimizer=optimizer, schedule=None), ("optimizer", "loop")),
        ("learning-rate-too-low", "too-few-epochs"),
    )


def growing_weights(by: float, layer: int | None = None) -> Operator:
    """Weight decay with the wrong sign: the weights grow at every step."""

    def change(p: Program) -> Faulty:
        names = linear_layers(p)
        chosen = names if layer is None else [names[layer]]

        def grow(model: nn.Module) -> None:
            with torch.no_grad():
                for name in chosen:
                    model.get_submodule(name).weight.mul_(1 + by)

        return Faulty(p.changed(after_step=grow), ("optimizer", "model", "loop", *chosen))

    return Operator("weight-growth", f"x {1 + by:g} a step", change)
