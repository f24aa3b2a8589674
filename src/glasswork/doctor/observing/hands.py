"""Hands: what stands in an optimizer's place where a script moves its weights itself, and what its steps tell."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.naming import name_optimizers
from glasswork.doctor.observing.steps import Held, Stepping, dense, few, norms
from glasswork.doctor.vitals import OptimizerFacts, StepVitals

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Hand", "leaves_of", "left_out", "measure", "stepping_of"]

PLAIN, OTHER = "by hand", "by hand, not along the gradient"
NAME = "update"
ALONG = 0.99  # cosine between an update and a gradient of which it is a multiple, but for rounding
SAME = 0.05  # relative: a rate that was measured anew and differs by less is the old one
SEEN = 1e-4  # of the weights' size: smaller updates are rounded too much to tell their direction
UNMOVED = 1e-5  # of a weight's size: a smaller update may be lost in rounding
MOST_NODES = 20_000


class Hand:
    """What stands in an optimizer's place where there is none.

    Args:
        parameters: what the script changes.

    >>> weight = torch.zeros(2, requires_grad=True)
    >>> [group["params"][0] is weight for group in Hand([weight]).param_groups]
    [True]
    """

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.rate: float | None = None
        self.hold(parameters)

    def hold(self, parameters: Sequence[Tensor]) -> None:
        """Take other parameters."""
        self._parameters = [weakref.ref(parameter) for parameter in parameters]

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """What an optimizer has under this name: one group."""
        found: dict[str, Any] = {"params": [p for one in self._parameters if (p := one()) is not None]}
        return [found if self.rate is None else found | {"lr": self.rate}]

    def optimizer(self, root: nn.Module) -> torch.optim.Optimizer | None:
        """Return an optimizer that does the same to a model; None where that is not known."""
        held = {id(parameter) for parameter in self.param_groups[0]["params"]}
        mine = [parameter for parameter in root.parameters() if id(parameter) in held]
        return torch.optim.SGD(mine, lr=self.rate) if mine and self.rate else None


def stepping_of(observer: Observer, hand: Hand, started: float) -> Stepping:
    """Return the watch over a hand, and let it be known as the optimizers are.

    Args:
        observer: whom to tell.
        hand: what stands for an optimizer.
        started: when its first step was seen.
    """
    named = observer.vitals.optimizers
    facts = OptimizerFacts(NAME if NAME not in named else f"{NAME} {len(named) + 1}", PLAIN)
    place: Any = weakref.ref(hand)
    stepping = Stepping(place, facts, given=NAME)
    stepping.budget.share = observer.share
    stepping.ended, stepping.own_before = started, observer.own
    observer.steppings[id(hand)] = stepping
    named[facts.name] = facts
    name_optimizers(observer)
    return stepping


def left_out(held: list[Held], moved: set[int]) -> set[int]:
    """Return the identities of parameters that have a gradient and were left as they are.

    Args:
        held: the parameters, with what they were and their gradients.
        moved: the identities of those that have changed.
    """
    whole = [one for one in held if one.before is not None and one.gradient is not None and not one.gradient.is_sparse]
    if all(id(one.parameter) in moved for one in whole):
        return set()
    before = [one.before for one in whole if one.before is not None]
    weights = norms(before)
    gradients = norms([few(dense(one.gradient)) for one in whole if one.gradient is not None])
    updates = norms([few(one.parameter.detach()) - old for one, old in zip(whole, before, strict=True)])
    rate = min([u / g for u, g in zip(updates, gradients, strict=True) if u > 0 and g > 0], default=0.0)
    return {
        id(one.parameter)
        for one, weight, gradient in zip(whole, weights, gradients, strict=True)
        if id(one.parameter) not in moved and gradient > 0 and rate * gradient > UNMOVED * weight
    }


def measure(hand: Hand, stepping: Stepping, step: StepVitals) -> None:
    """Find the learning rate of a step that follows the gradient, up or down.

    Args:
        hand: where to keep it.
        stepping: the watch over that hand.
        step: what the step did.
    """
    update, gradient, along = step.update_norm, step.gradient_norm, step.alignment
    if not update or not gradient or along is None:
        return
    if abs(along) > ALONG:
        rate = float(f"{update / gradient:.3g}")
        if hand.rate is None or abs(rate / hand.rate - 1) > SAME:
            hand.rate = rate
        if not stepping.facts.groups or "lr" not in stepping.facts.groups[0]:
            stepping.facts.groups = [{"lr": hand.rate}]
    elif update > SEEN * (step.weight_norm or 0.0):
        stepping.facts.kind = OTHER


def leaves_of(loss: Tensor) -> list[Tensor]:
    """Return the tensors that a graph's gradients end in.

    Args:
        loss: what ``backward`` is called on.

    >>> weight, bias = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    >>> [tuple(leaf.shape) for leaf in leaves_of((weight * 2 + bias).sum())]
    [(2,), (1,)]
    """
    found: list[Tensor] = []
    seen: set[Any] = set()
    nodes: list[Any] = [loss.grad_fn]
    while nodes and len(seen) < MOST_NODES:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, Tensor) and leaf.is_floating_point():
            found.append(leaf)
        nodes += [behind for behind, _ in reversed(node.next_functions)]
    return found
