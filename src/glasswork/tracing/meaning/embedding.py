"""Embedding in readable steps: each code picks its row of the table, and the gradient returns to that row."""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.tracing.algebra import Num
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["embedding"]


def embedding(
    steps: Steps,
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor | None:
    """Explain the look-up of rows; the padding row learns nothing."""
    if max_norm is not None or scale_grad_by_freq:
        raise Decline("it rescales rows or gradients")
    steps.title = "embedding"
    table = steps.given("w", weight, ("code", "unit"), "table")
    picked = weight[input]
    padding = None if padding_idx is None else padding_idx % weight.shape[0]
    if padding is not None:
        picked = torch.where((input == padding).unsqueeze(-1), picked.detach(), picked)
        steps.remark(f"Code {padding} is padding: no gradient returns to its row.")
    axes = {0: (), 1: ("n",), 2: ("n", "token")}.get(input.dim(), ("n", *["token"] * (input.dim() - 1)))
    codes = input.detach()
    return steps.name(
        "e", picked, (*axes, "unit"), lambda *at: table[int(codes[at[:-1]]), at[-1]], "row of each code",
        local=lambda at, by: None if int(codes[at[:-1]]) == padding else Num(1.0),
        copy=True,
    ).tensor  # fmt: skip


EXPLAINS = {"embedding": embedding}
