"""Preflight: what can be said of a training before its first step, from one batch, on copies.

A copy of model and optimizer takes a few steps on the batch under an observation of its own: what that sees are the
vitals that the rules are asked about. Then come the short experiments. Weights, gradients, optimizer, buffers and
random states are, bit for bit, what they were.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.experiments import KeptBatch, Subject
from glasswork.doctor.experiments import preflight as experiments
from glasswork.doctor.experiments.subject import aside
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.vitals import Vitals
from glasswork.errors import UsageError

__all__ = ["BEFOREHAND", "Watched", "rehearsed"]

STEPS = 4  # the rules that want to see a thing several times are content with three
TARGETS = ("labels", "label", "targets", "target", "y")

# Rules whose illness shows in one batch; the others need a training, or batches that differ.
BEFOREHAND = frozenset(
    {
        "batch-mixing",
        "cannot-overfit-one-batch",
        "channel-order",
        "detached-graph",
        "dropout-too-strong",
        "dying-relu",
        "frozen-or-unused-layers",
        "gradient-ascent",
        "initial-loss",
        "initialisation-scale",
        "loss-output-mismatch",
        "loss-reduction",
        "missing-nonlinearity",
        "non-finite",
        "non-finite-data",
        "optimizer-settings",
        "output-range",
        "parameters-not-in-optimizer",
        "scaled-twice",
        "shape-mismatch",
        "softmax-in-hidden-layer",
        "symmetric-initialisation",
        "target-leakage",
        "tiny-batch-norm",
        "unscaled-inputs",
        "unscaled-targets",
        "vanishing-gradient",
        "zero-initialisation",
    }
)


@dataclass(frozen=True)
class Watched:
    """What a preflight is made on.

    Args:
        model: as it is.
        optimizer: its optimizer; None: the checks of it are left out.
        loss: of the model's output and the targets; None: the model's output has a ``loss`` of its own.
        pause: holds the observation off that is going on.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer | None = None
    loss: Callable[[Any, Any], Any] | None = None
    pause: Callable[[], AbstractContextManager[Any]] = nullcontext


def rehearsed(watched: Watched, batch: Any, seconds: float = 5.0) -> Vitals:
    """Return the vitals of a few steps on a copy, with the experiments' figures.

    Args:
        watched: model, optimizer and loss.
        batch: inputs and targets, or a mapping with its targets under ``labels`` or the like.
        seconds: for all experiments together.

    Raises:
        UsageError: the batch has no targets, no loss is known, or the model cannot be copied.

    >>> model = nn.Sequential(nn.Linear(3, 1), nn.Sigmoid())
    >>> watched = Watched(model, torch.optim.SGD(model.parameters(), lr=0.1), nn.functional.mse_loss)
    >>> vitals = rehearsed(watched, (torch.randn(8, 3), torch.randn(8, 1)), seconds=0.2)
    >>> len(vitals.steps), vitals.losses[0].kind, model[0].weight.grad
    (4, 'mse', None)
    """
    kept = _kept(batch, watched.model, own_loss=watched.loss is None)
    loss = watched.loss if watched.loss is not None else _own_loss
    vitals = Vitals(planned_steps=STEPS)
    subject = Subject(watched.model, watched.optimizer, loss, [kept], pause=watched.pause)
    with aside(subject):
        try:
            model, optimizer, loss = _copied(watched, loss)
        except Exception as error:  # whatever a module of somebody's refuses a copy with
            raise UsageError(f"preflight: the model cannot be copied ({type(error).__name__}: {error}).") from None
        if optimizer is None:
            optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.0)
        _rehearse(vitals, model.train(), optimizer, loss, kept)
    if vitals.error is None:
        subject.loss = _mean(loss)
        vitals.probes |= {probe.name: probe for probe in experiments(subject, seconds)}
    vitals.places.clear()  # they are lines of the preflight's call
    return vitals


def _copied(
    watched: Watched, loss: Callable[[Any, Any], Any]
) -> tuple[nn.Module, torch.optim.Optimizer | None, Callable[[Any, Any], Any]]:
    """Return copies that belong together."""
    memo: dict[int, Any] = {}
    model, optimizer, loss = copy.deepcopy((watched.model, watched.optimizer, loss), memo)
    if optimizer is not None:
        # torch copies an optimizer's state and groups alone; LBFGS has more. What can be called is left: a schedule
        # puts a step into its optimizer that would move the original.
        for name, value in vars(watched.optimizer).items():
            if name not in vars(optimizer) and not callable(value):
                setattr(optimizer, name, copy.deepcopy(value, memo))
    return model, optimizer, loss


def _rehearse(
    vitals: Vitals,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: Callable[[Any, Any], Any],
    batch: KeptBatch,
) -> None:
    """Take a few steps under observation."""
    observer = Observer(vitals, share=1.0)
    observer.keeping.wanted = False
    observer.add_model(model)
    observer.on_optimizer(optimizer)
    optimizer.zero_grad()
    observer.start()
    try:
        for _ in range(STEPS):

            def again() -> Any:
                optimizer.zero_grad()
                value = loss(model(*batch.inputs, **batch.named), batch.targets)
                value.backward()
                return value

            if isinstance(optimizer, torch.optim.LBFGS):
                optimizer.step(again)
            else:
                again()
                optimizer.step()
    except UsageError:
        raise
    except Exception as error:
        observer.on_crash(error)
    finally:
        observer.stop()
    vitals.finished = False  # it has not begun


def _kept(batch: Any, model: nn.Module, *, own_loss: bool) -> KeptBatch:
    """Return a batch as the model is called with it, on the model's device."""
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    batch = _moved(batch, device)
    if isinstance(batch, Mapping):
        name = next((name for name in TARGETS if name in batch), None)
        if name is None:
            raise UsageError(f"preflight: no targets in the batch of {', '.join(map(str, batch))}. Name them labels.")
        named = dict(batch) if own_loss else {key: value for key, value in batch.items() if key != name}
        return KeptBatch((), batch[name], named)
    if not isinstance(batch, Sequence) or isinstance(batch, str) or len(batch) < 2:
        raise UsageError("preflight: the batch must be (inputs, targets) or a mapping, as a DataLoader yields it.")
    if own_loss:
        raise UsageError("preflight: which loss? Say watch(model, optimizer, loss_fn=...).")
    inputs, targets = (batch[0] if len(batch) == 2 else tuple(batch[:-1])), batch[-1]
    if isinstance(inputs, Mapping):
        return KeptBatch((), targets, dict(inputs))
    return KeptBatch(tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,), targets)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.detach().to(device)
    if isinstance(value, Mapping):
        return {key: _moved(one, device) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(one, device) for one in value]
    return value


def _own_loss(outputs: Any, targets: Any) -> Any:
    """Return the loss that a model has computed itself."""
    found = outputs.get("loss") if isinstance(outputs, Mapping) else getattr(outputs, "loss", None)
    if found is None:
        raise UsageError("preflight: which loss? Say watch(model, optimizer, loss_fn=...).")
    return found


def _mean(loss: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a loss as the experiments want it, one number."""

    def one(outputs: Any, targets: Any) -> Any:
        value = loss(outputs, targets)
        return value if value.dim() == 0 else value.mean()

    return one
