"""Faults of the loss: the wrong pair, the wrong reduction, a logarithm of nothing."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from programs.program import Program
from torch import Tensor, nn

from operators.operator import Faulty, Operator, edited, in_place_of, linear_layers

_PAIR = "loss-output-mismatch"


def activation_before(kind, loss=None, also: tuple[str, ...] = ()) -> Operator:
    """Put an activation on the head that the loss applies again, or that does not fit it."""

    def change(p: Program) -> Faulty:
        name = linear_layers(p)[-1]
        edit = lambda model: in_place_of(model, name, nn.Sequential(model.get_submodule(name), kind()))  # noqa: E731
        broken = p.changed(network=edited(p.network, edit), **({"loss": loss} if loss else {}))
        return Faulty(broken, ("loss", "model", name, f"{name}.0", f"{name}.1"))

    return Operator(_PAIR, f"{kind().__class__.__name__} on the head", change, also)


def squared_error_on_classes(outputs: int) -> Operator:
    """Regress the class numbers with one output less than there are meanings: (N, K) against one-hot sigmoid outputs."""

    def loss(o: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(o, y.float()[:, None].expand_as(o))

    return Operator(
        _PAIR,
        f"squared error on {outputs} classes",
        lambda p: Faulty(p.changed(loss=loss), ("loss", "model")),
        ("unscaled-targets",),
    )


def broadcast_targets() -> Operator:
    """Compare (N, 1) with (N,): every row with every other."""

    def change(p: Program) -> Faulty:
        loss = lambda o, y: ((o - y.squeeze(-1)) ** 2).mean()  # noqa: E731
        return Faulty(p.changed(loss=loss), ("loss", "data"))

    return Operator("batch-mixing", "targets broadcast", change, (_PAIR, "loss-reduction", "shape-mismatch"))


def summed(rows: int) -> Operator:
    """Add the loss up over the batch with a rate meant for the mean."""

    def change(p: Program) -> Faulty:
        loss = lambda o, y: p.loss(o, y) * rows  # noqa: E731
        return Faulty(p.changed(loss=loss), ("loss",))

    return Operator("loss-reduction", f"x {rows}", change, ("learning-rate-too-high",))


def summed_module(kind) -> Operator:
    """Say reduction="sum" with a rate meant for the mean."""
    return Operator("loss-reduction", "sum", lambda p: Faulty(p.changed(loss=kind(reduction="sum")), ("loss",)))


def divided_twice() -> Operator:
    """Divide a mean by the batch size once more."""
    return Operator(
        "loss-reduction",
        "divided twice",
        lambda p: Faulty(p.changed(loss=lambda o, y: p.loss(o, y) / len(y) ** 2), ("loss",)),
        ("learning-rate-too-low",),
    )


def class_mean(which: int) -> Operator:
    """Weigh the loss by that of one class, relative to all: 0/0 where a batch has none of it."""

    def change(p: Program) -> Faulty:
        def loss(o: Tensor, y: Tensor) -> Tensor:
            each = F.cross_entropy(o, y, reduction="none")
            return each.mean() * (1 + each[y == which].mean().detach() / each.mean().detach())

        return Faulty(p.changed(loss=loss), ("loss",))

    return Operator("non-finite", f"mean over class {which}", change)


def log_of_probability(scale: float) -> Operator:
    """Take the logarithm of a softmax by hand, of logits that are large."""

    def change(p: Program) -> Faulty:
        def loss(o: Tensor, y: Tensor) -> Tensor:
            chances = (scale * o).exp() / (scale * o).exp().sum(1, keepdim=True)
            return -chances.log().gather(1, y[:, None]).mean()

        return Faulty(p.changed(loss=loss), ("loss",))

    return Operator("non-finite", f"logarithm of exp {scale:g}", change)


def root_of_zero() -> Operator:
    """Push rows apart by distances written out: a row's distance from itself is a root whose slope is infinite."""

    def change(p: Program) -> Faulty:
        def loss(o: Tensor, y: Tensor) -> Tensor:
            apart = torch.sqrt(((o[:, None] - o[None]) ** 2).sum(-1))
            return p.loss(o, y) - 0.01 * apart.mean()

        return Faulty(p.changed(loss=loss), ("loss",))

    return Operator("non-finite", "root of 0", change)
