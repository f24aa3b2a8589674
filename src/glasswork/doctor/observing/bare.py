"""Bare weights: what goes into a network that is no module, but products of tensors that somebody wrote down.

The graph of the loss keeps what its backward pass needs: a product with a weight keeps what was multiplied.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

__all__ = ["given_to_weights"]

MOST_NODES = 400
# Nodes of products, by what they are called: which operand is the data, and under which name it is kept.
_PRODUCTS = {
    "MmBackward": (0, "_saved_self"),
    "MvBackward": (0, "_saved_self"),
    "AddmmBackward": (1, "_saved_mat1"),
    "ConvolutionBackward": (0, "_saved_input"),
}


def given_to_weights(loss: Tensor) -> Tensor | None:
    """Return the data that a weight is multiplied with, of several that with most numbers an example; None without any.

    Args:
        loss: what ``backward`` is called on.

    >>> import torch
    >>> x, w = torch.ones(4, 3), torch.ones(3, 1, requires_grad=True)
    >>> given_to_weights((x @ w).sum()).shape
    torch.Size([4, 3])
    """
    seen: set[Any] = set()
    nodes: list[Any] = [loss.grad_fn]
    best: Tensor | None = None
    while nodes and len(seen) < MOST_NODES:
        node = nodes.pop(0)
        if node is None or node in seen:
            continue
        seen.add(node)
        nodes += [part for part, _ in node.next_functions]
        product = _PRODUCTS.get(type(node).__name__.rstrip("0123456789"))
        if product is None or node.next_functions[product[0]][0] is not None:
            continue  # nothing with a gradient is multiplied: data
        data = getattr(node, product[1], None)
        if not isinstance(data, Tensor) or data.dim() < 2 or not bool(data.any()):
            continue  # nothing but zeros is a state at its beginning
        if best is None or data[0].numel() > best[0].numel():
            best = data
    return best
