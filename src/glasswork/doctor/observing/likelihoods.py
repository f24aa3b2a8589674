"""Likelihoods: losses written by hand that fall where the right answer becomes less likely, told by their graph.

What leads from the outputs to the loss only ever rises (a logarithm, a mean, a hinge) or turns round (a minus). Down to
the place where an answer meets its label the number of turns tells which way the loss pushes.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

__all__ = ["pushes_away"]

_DEEPEST = 32
_RISES = ("Log", "Exp", "Softplus", "LogSigmoid", "Relu", "LeakyRelu", "Clamp", "Tanh", "Mean", "Sum", "Sqrt")
_MARGINS = ("Softplus", "LogSigmoid", "Relu", "LeakyRelu", "Clamp", "Exp")
_SHAPED = ("View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Clone", "ToCopy", "Expand", "Select")
_LEAST = 4  # labels
_CLOSE = 1e-4


def pushes_away(loss: Tensor) -> str | None:
    """Return what a loss by hand makes small that should grow; None where that is not known, or all is well.

    Returns:
        ``likelihood``: the share, or its logarithm, of the right answers; ``margin``: the product of scores and labels
        of 1 and -1; ``correlation``: between outputs and data.

    >>> import torch
    >>> scores, labels = torch.randn(8, 3, requires_grad=True), torch.arange(8) % 3
    >>> shares = scores.softmax(1)[torch.arange(8), labels]
    >>> pushes_away(shares.log().mean()), pushes_away(-shares.log().mean()), pushes_away(1 - shares.mean())
    ('likelihood', None, None)
    """
    node, sign, margin = loss.grad_fn, 1.0, False
    for _ in range(_DEEPEST):
        if node is None:
            return None
        name = _name(node)
        parts = [(place, part) for place, (part, _) in enumerate(node.next_functions) if part is not None]
        if name == "Div" and len(parts) == 2 and sign > 0 and _of_centred(parts[0][1]):
            return "correlation"
        if name == "Add" and len(parts) == 2:
            return "likelihood" if sign > 0 and _both_answers([part for _, part in parts]) else None
        if len(parts) != 1:
            return None
        place, behind = parts[0]
        if name in ("Gather", "Index"):
            return "likelihood" if sign > 0 and _name(_bare(behind)) in ("Softmax", "LogSoftmax") else None
        if name in ("Mul", "Div"):
            data = _data(node, place)
            if data is None:
                return None
            if data.numel() == 1:
                sign *= float(data.sign())
            elif name == "Mul" and _of_signs(data):
                return "margin" if margin and sign > 0 else None
            elif name == "Mul" and _of_shares(data) and _is_log_of_shares(behind):
                return "likelihood" if sign > 0 else None
            else:
                return None
        elif name in ("Neg", "Rsub") or (name == "Sub" and place == 1):
            sign = -sign
        elif not (name in ("Add", "Sub") or name in _RISES or name in _SHAPED):
            return None
        margin = margin or name in _MARGINS
        node = behind
    return None


def _name(node: Any) -> str:
    return type(node).__name__.rstrip("0123456789").removesuffix("Backward") if node is not None else ""


def _data(node: Any, learned: int) -> Tensor | None:
    """Return what a product's, or a quotient's, learned part meets."""
    found = getattr(node, "_saved_self" if learned else "_saved_other", None)
    return found if isinstance(found, Tensor) and found.numel() and not (learned and _name(node) == "Div") else None


def _bare(node: Any) -> Any:
    """Return what a node only shapes anew."""
    for _ in range(4):
        if _name(node) not in (*_SHAPED, "Clamp", "Add") or len(_behind(node)) != 1:
            break
        node = _behind(node)[0]
    return node


def _behind(node: Any) -> list[Any]:
    return [part for part, _ in node.next_functions if part is not None] if node is not None else []


def _of_signs(data: Tensor) -> bool:
    return data.numel() >= _LEAST and bool((data.abs() == 1).all()) and bool((data == 1).any() & (data == -1).any())


def _of_shares(data: Tensor) -> bool:
    """Whether every row of data is a distribution over the last dimension."""
    if data.dim() < 2 or data.shape[-1] < 2 or not data.is_floating_point():
        return False
    return bool((data >= 0).all()) and bool(((data.sum(-1) - 1).abs() < _CLOSE).all())


def _is_log_of_shares(node: Any) -> bool:
    node = _bare(node)
    if _name(node) == "LogSoftmax":
        return True
    return _name(node) == "Log" and _name(_bare(_behind(node)[0])) in ("Softmax", "Sigmoid")


def _both_answers(parts: list[Any]) -> bool:
    """Whether two parts are the labels times the logarithm of a share, and what is left of 1 times that of the rest."""
    found: list[Tensor] = []
    for part in parts:
        behind = _behind(part)
        data = (
            _data(part, int(part.next_functions[0][0] is None)) if _name(part) == "Mul" and len(behind) == 1 else None
        )
        log = _bare(behind[0]) if data is not None else None
        if data is None or _name(log) != "Log":
            return False
        shares = _bare(_behind(log)[0])
        if _name(shares) in ("Rsub", "Sub"):
            shares = _bare(_behind(shares)[-1])
        if _name(shares) not in ("Sigmoid", "Softmax", "Clamp"):
            return False
        found.append(data)
    one, other = found
    whole = one.shape == other.shape and one.numel() >= _LEAST
    return whole and bool((one >= 0).all()) and bool(((one + other - 1).abs() < _CLOSE).all())


def _of_centred(top: Any) -> bool:
    """Whether what is divided is the mean product of outputs and data that both have a mean of 0."""
    top = _bare(top)
    product: Any = _behind(top)[0] if _name(top) in ("Mean", "Sum") and len(_behind(top)) == 1 else None
    if _name(product) != "Mul" or len(_behind(product)) != 1:
        return False
    place = int(product.next_functions[0][0] is None)
    data = _data(product, place)
    if data is None or data.numel() < _LEAST or _name(_bare(_behind(product)[0])) != "Sub":
        return False
    data = data.detach().double()
    return bool(data.mean().abs() < _CLOSE * data.std())
