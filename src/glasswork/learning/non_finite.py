"""Watching for NaN and infinity, and naming the first tensor that became so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.errors import NonFiniteError

if TYPE_CHECKING:
    from glasswork.records import Batch

__all__ = ["FirstBadStep", "blame_loss", "check_weights", "refuse_gradient"]

_ADVICE = "Lower the learning rate or clip the gradient norm."
_NEVER = 2**62


class FirstBadStep:
    """The number of the first step that was not finite, kept on the device so that no step waits for it."""

    def __init__(self, device: torch.device) -> None:
        self._first = torch.full((), _NEVER, dtype=torch.int64, device=device)

    @torch.no_grad()
    def note(self, number: int, loss: Tensor, norm: Tensor | None = None) -> None:
        """Remember `number` if the loss or the gradient's norm is not finite and nothing was noted before."""
        watched = loss if norm is None else loss + 0 * norm
        self._first.clamp_(max=torch.where(torch.isfinite(watched), _NEVER, number))

    def check(self) -> None:
        """Raise ``NonFiniteError`` if a step was noted; waits for the device."""
        first = int(self._first.item())
        if first < _NEVER:
            raise NonFiniteError(f"step {first}: the loss or its gradient is not finite. {_ADVICE}")


def blame_loss(
    model: nn.Module, batch: Batch, number: int, autocast: Callable[[], Any] | None = None
) -> NonFiniteError:
    """Return the error for a loss that is not finite, naming what was not finite first.

    The order of suspicion is the order of time: the weights after the previous update and the gradient that moved
    them, the batch, then the modules in the order in which they were called, then the loss itself.
    """
    bad_weight = _first_bad(model.named_parameters()) or _first_bad(model.named_buffers())
    if bad_weight is not None:
        gradients = ((name, p.grad) for name, p in model.named_parameters() if p.grad is not None)
        bad_gradient = _first_bad(gradients)
        if bad_gradient is not None:
            name, what = bad_gradient
            return NonFiniteError(
                f"step {number - 1}: the gradient of parameter '{name}' was {what}, so the loss of step {number} is "
                f"not finite. {_ADVICE}"
            )
        name, what = bad_weight
        return NonFiniteError(
            f"step {number - 1}: weight '{name}' became {what} in the update, so the loss of step {number} is not "
            f"finite. {_ADVICE}"
        )
    bad_target = None if batch.targets is None else _first_bad([("targets", batch.targets)])
    bad_module = _first_bad_module(model, batch, autocast)
    bad_input = _first_bad(batch.inputs.items()) if bad_module is not None and bad_module[2] else None
    if bad_target is not None or bad_input is not None:
        name, what = bad_target or bad_input or ("", "")
        said = f"'{name}'" if name == "targets" else f"input '{name}'"
        return NonFiniteError(f"step {number}: the loss is not finite because the batch's {said} contains {what}.")
    if bad_module is not None:
        name, what, _ = bad_module
        return NonFiniteError(
            f"step {number}: the loss is not finite; the output of module '{name}' was {what} first. {_ADVICE}"
        )
    return NonFiniteError(
        f"step {number}: the loss is not finite although the model's outputs are; look at the loss. {_ADVICE}"
    )


def refuse_gradient(model: nn.Module, number: int) -> NonFiniteError:
    """Return the error for a gradient whose norm is not finite."""
    bad = _first_bad((name, p.grad) for name, p in model.named_parameters() if p.grad is not None)
    if bad is None:
        return NonFiniteError(f"step {number}: the norm of the gradient is not finite: it is too large. {_ADVICE}")
    name, what = bad
    return NonFiniteError(f"step {number}: the gradient of parameter '{name}' is {what}. {_ADVICE}")


def check_weights(model: nn.Module, number: int) -> None:
    """Raise ``NonFiniteError`` naming the first weight that is not finite."""
    parameters = [p.detach() for p in model.parameters() if p.is_floating_point()]
    if not parameters or bool(torch.isfinite(torch.stack(torch._foreach_norm(parameters))).all()):
        return
    bad = _first_bad(model.named_parameters())
    if bad is not None:  # a norm can overflow where every element is finite
        name, what = bad
        raise NonFiniteError(f"step {number}: weight '{name}' is {what}. {_ADVICE}")


def _first_bad(named: Any) -> tuple[str, str] | None:
    for name, tensor in named:
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            return name, "NaN" if bool(torch.isnan(tensor).any()) else "infinite"
    return None


@torch.no_grad()
def _first_bad_module(
    model: nn.Module, batch: Batch, autocast: Callable[[], Any] | None
) -> tuple[str, str, bool] | None:
    """Run the batch again and return the first module whose output is bad, what it was, and whether its input was bad.

    State and random numbers are left as they were.
    """
    found: list[tuple[str, str, bool]] = []

    def look(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: Any, named: Any, output: Any) -> None:
            if not found and isinstance(output, Tensor):
                bad = _first_bad([(name, output)])
                if bad is not None:
                    fed = _first_bad(("", value) for value in (*inputs, *named.values()) if isinstance(value, Tensor))
                    found.append((*bad, fed is not None))

        return hook

    handles = [
        module.register_forward_hook(look(name or "the model"), with_kwargs=True)
        for name, module in model.named_modules()
    ]
    buffers = [buffer.clone() for buffer in model.buffers()]
    try:
        cuda = {p.device.index for p in model.parameters() if p.device.type == "cuda"}
        with torch.random.fork_rng(devices=sorted(index or 0 for index in cuda)):
            if autocast is None:
                model(**batch.inputs)
            else:
                with autocast():
                    model(**batch.inputs)
    finally:
        for handle in handles:
            handle.remove()
        for buffer, kept in zip(model.buffers(), buffers, strict=True):
            buffer.copy_(kept)
    return found[0] if found else None
