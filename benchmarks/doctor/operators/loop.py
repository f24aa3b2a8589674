"""Faults of the loop: what a script forgets, does twice or does in the wrong order."""

from __future__ import annotations

import copy
from typing import Any

import torch
from programs import settings as s
from programs.program import Program
from torch import Tensor, nn
from torch.optim import lr_scheduler

from operators.operator import Faulty, Operator, edited, in_place_of, linear_layers

_LAYERS = 3  # how many first layers may be named where a whole body is concerned


def missing_zero_grad() -> Operator:
    """Never forget the gradients."""
    return Operator(
        "missing-zero-grad",
        "never",
        lambda p: Faulty(p.changed(zero_grad=lambda _: None), ("loop", "optimizer")),
        moment="loop",
    )


def zero_grad_once_an_epoch() -> Operator:
    """Forget the gradients only where a new epoch begins."""

    def change(p: Program) -> Faulty:
        fresh = [False]

        def to_training(model: nn.Module) -> None:
            model.train()
            fresh[0] = True

        def zero(optimizer: torch.optim.Optimizer) -> None:
            if fresh[0]:
                optimizer.zero_grad()
            fresh[0] = False

        return Faulty(p.changed(zero_grad=zero, to_training=to_training), ("loop", "optimizer"))

    return Operator("missing-zero-grad", "once an epoch", change, moment="loop")


def _over(p: Program, choose: Any) -> Any:
    def make(model: nn.Module) -> torch.optim.Optimizer:
        right = p.optimizer(model)
        kept = {id(q) for q in choose(model)}
        settings = {k: v for k, v in right.param_groups[0].items() if k in ("lr", "momentum", "betas", "weight_decay")}
        return type(right)([q for q in model.parameters() if id(q) in kept], **settings)

    return make


def optimizer_over_head() -> Operator:
    """Hand only the last layer to the optimizer."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[-1]
        choose = lambda model: model.get_submodule(name).parameters()  # noqa: E731
        return Faulty(p.changed(optimizer=_over(p, choose)), ("optimizer", *(_leaves(p, but=name))))

    return Operator("parameters-not-in-optimizer", "only the head", change, ("frozen-or-unused-layers",), moment="loop")


def optimizer_without_layer(layer: int) -> Operator:
    """Forget one layer when the optimizer is made."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[layer]

        def choose(model: nn.Module) -> list[nn.Parameter]:
            lost = {id(q) for q in model.get_submodule(name).parameters()}
            return [q for q in model.parameters() if id(q) not in lost]

        return Faulty(p.changed(optimizer=_over(p, choose)), ("optimizer", name))

    return Operator("parameters-not-in-optimizer", f"without layer {layer}", change, moment="loop")


def optimizer_of_a_copy() -> Operator:
    """Make the optimizer, then replace the model by a copy of it."""

    def change(p: Program) -> Faulty:
        return Faulty(p.changed(optimizer=lambda model: p.optimizer(copy.deepcopy(model))), ("optimizer", "model"))

    return Operator("parameters-not-in-optimizer", "of a copy", change, moment="loop")


def missing_step() -> Operator:
    """Never call the optimizer's step."""
    return Operator(
        "parameters-not-in-optimizer", "no step",
        lambda p: Faulty(p.changed(take_step=lambda _: None, schedule=None), ("optimizer", "loop")), moment="loop",
    )  # fmt: skip


def _leaves(p: Program, but: str) -> list[str]:
    return [n for n, m in p.network().named_modules() if not list(m.children()) and list(m.parameters()) and n != but]


def frozen(layer: int) -> Operator:
    """Leave one layer without gradients, by mistake."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[layer]
        edit = lambda model: model.get_submodule(name).requires_grad_(False) and None  # noqa: E731
        return Faulty(p.changed(network=edited(p.network, edit)), (name,))

    return Operator("frozen-or-unused-layers", f"layer {layer} frozen", change, moment="loop")


class _WithSpare(nn.Module):
    def __init__(self, net: nn.Module, like: nn.Module):
        super().__init__()
        self.net, self.refine = net, copy.deepcopy(like)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def unused(layer: int) -> Operator:
    """Make a layer that forward never calls."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[layer]
        edit = lambda model: _WithSpare(model, model.get_submodule(name))  # noqa: E731
        return Faulty(p.changed(network=edited(p.network, edit)), ("refine", "model", "optimizer"))

    return Operator("frozen-or-unused-layers", f"spare of layer {layer}", change, moment="loop")


def negative_loss() -> Operator:
    """Minimise minus the loss."""
    return Operator(
        "gradient-ascent",
        "negative loss",
        lambda p: Faulty(p.changed(loss=lambda o, y: -p.loss(o, y)), ("loss", "loop", "optimizer")),
    )


def maximize() -> Operator:
    """Tell the optimizer to climb."""

    def change(p: Program) -> Faulty:
        def make(model: nn.Module) -> torch.optim.Optimizer:
            optimizer = p.optimizer(model)
            for group in optimizer.param_groups:
                group["maximize"] = True
            return optimizer

        return Faulty(p.changed(optimizer=make), ("optimizer", "loss", "loop"))

    return Operator("gradient-ascent", "maximize", change)


class Detach(nn.Module):
    """Cut the graph."""

    def forward(self, x: Tensor) -> Tensor:
        return x.detach()


def detached(layer: int) -> Operator:
    """Cut the graph after a layer, as ``.data`` or ``.detach()`` in forward does."""

    def change(p: Program) -> Faulty:
        names = linear_layers(p)
        name = names[layer]
        edit = lambda model: in_place_of(model, name, nn.Sequential(model.get_submodule(name), Detach()))  # noqa: E731
        before = [*names[: names.index(name)], f"{name}.0", f"{name}.1", name]
        return Faulty(p.changed(network=edited(p.network, edit)), ("model", "loss", "loop", *before))

    return Operator("detached-graph", f"after layer {layer}", change, ("frozen-or-unused-layers",), moment="loop")


def rewrapped_loss() -> Operator:
    """Make a new tensor of the loss's value before backward."""

    def backward(loss: Tensor) -> None:
        torch.tensor(loss.item(), requires_grad=True).backward()

    return Operator(
        "detached-graph",
        "loss made anew",
        lambda p: Faulty(p.changed(backward=backward), ("loss", "loop", "model")),
        moment="loop",
    )


def never_back_to_training() -> Operator:
    """Leave the model in evaluation mode after the first validation."""
    return Operator(
        "train-eval-mode",
        "never back to training",
        lambda p: Faulty(p.changed(to_training=lambda _: None, validate=1), ("loop", "model")),
        moment="loop",
    )


def always_evaluating() -> Operator:
    """Train in evaluation mode from the start."""
    return Operator(
        "train-eval-mode",
        "eval from the start",
        lambda p: Faulty(p.changed(to_training=lambda m: m.eval()), ("loop", "model")),
        moment="loop",
    )


def validated_in_training_mode() -> Operator:
    """Validate with dropout and batch statistics on."""
    return Operator(
        "train-eval-mode",
        "validation in training mode",
        lambda p: Faulty(p.changed(to_validation=lambda _: None, validate=1), ("loop", "model")),
    )


def losses_with_graphs() -> Operator:
    """Keep every loss with its whole graph."""
    return Operator(
        "loss-bookkeeping",
        "graphs kept",
        lambda p: Faulty(p.changed(keep=lambda kept, loss: kept.append(loss)), ("loop", "loss")),
    )


def _scheduled(code_name: str, schedule: Any, **fields: Any) -> Operator:
    return Operator(
        "schedule-misuse", code_name,
        lambda p: Faulty(p.changed(schedule=schedule, **{"schedule_every": "step", **fields}), ("optimizer", "loop")),
        ("learning-rate-too-low",),
    )  # fmt: skip


def epoch_schedule_every_step(every: int) -> Operator:
    """Step an epochs' schedule after every batch: the rate is at its floor at once."""
    return _scheduled(f"halved every {every} steps", s.halved(every))


def schedule_before_optimizer() -> Operator:
    """Call the schedule before the optimizer."""

    def change(p: Program) -> Faulty:
        right = p.changed(schedule=s.cosine, schedule_every="step")
        return Faulty(right.changed(schedule_first=True), ("optimizer", "loop"), right)

    return Operator("schedule-misuse", "before the optimizer", change, moment="loop")


def endless_warm_up(factor: float) -> Operator:
    """Warm up over many times the planned steps."""
    make = lambda optimizer, steps: lr_scheduler.LambdaLR(optimizer, lambda step: (step + 1) / (factor * steps))  # noqa: E731
    return _scheduled(f"warm-up of {factor:g} runs", make)
