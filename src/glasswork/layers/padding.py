"""Padding: what to do about the places behind a sequence's end, so that they never count.

Letters in shapes: B batch, T time (padded), H features.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.checks import check_dimensions, check_size

__all__ = ["check_tokens", "length_mask", "masked_max", "masked_mean", "reverse_by_length"]


def check_tokens(who: str, tokens_BT: Tensor, lengths_B: Tensor | None) -> tuple[Tensor, Tensor]:
    """Require tokens of shape ``(B, T)`` and lengths of shape ``(B,)``; return both.

    Tokens come back at least one place wide. Without lengths, a sequence ends behind its last token that is not 0.

    >>> check_tokens("model", torch.tensor([[4, 0, 7, 0, 0], [0, 0, 0, 0, 0]]), None)[1]
    tensor([3, 0])
    """
    check_dimensions(who, 2, tokens=tokens_BT)
    if not tokens_BT.shape[1]:
        tokens_BT = tokens_BT.new_zeros(len(tokens_BT), 1)
    if lengths_B is None:
        ends_T = torch.arange(1, tokens_BT.shape[1] + 1, device=tokens_BT.device)
        lengths_B = ((tokens_BT != 0) * ends_T).amax(1)
    check_dimensions(who, 1, lengths=lengths_B)
    check_size(who, 0, len(tokens_BT), lengths=lengths_B)
    return tokens_BT, lengths_B


def length_mask(lengths_B: Tensor, time: int) -> Tensor:
    """Return which places hold something: true at ``[b, t]`` where t < lengths[b]; shape ``(B, T)``.

    >>> length_mask(torch.tensor([2, 0]), 3).int().tolist()
    [[1, 1, 0], [0, 0, 0]]
    """
    return torch.arange(time, device=lengths_B.device) < lengths_B.unsqueeze(1)


def masked_mean(x_BTH: Tensor, mask_BT: Tensor) -> Tensor:
    """Mean over the places that hold something, shape ``(B, H)``; 0 for an empty sequence.

    >>> masked_mean(torch.tensor([[[2.0], [4.0], [99.0]]]), torch.tensor([[True, True, False]])).tolist()
    [[3.0]]
    """
    count_B = mask_BT.sum(1, keepdim=True).clamp(min=1)
    return x_BTH.where(mask_BT.unsqueeze(2), 0.0).sum(1) / count_B


def masked_max(x_BTH: Tensor, mask_BT: Tensor) -> Tensor:
    """Largest value over the places that hold something, shape ``(B, H)``; 0 for an empty sequence.

    >>> masked_max(torch.tensor([[[-2.0], [-4.0], [99.0]]]), torch.tensor([[True, True, False]])).tolist()
    [[-2.0]]
    """
    lowest = torch.finfo(x_BTH.dtype).min
    largest_BH = x_BTH.where(mask_BT.unsqueeze(2), lowest).amax(1)
    return largest_BH.where(mask_BT.any(1, keepdim=True), 0.0)


def reverse_by_length(x_BTH: Tensor, lengths_B: Tensor) -> Tensor:
    """Turn each sequence round within its own length; the padding stays where it is. Twice is no change.

    >>> reverse_by_length(torch.tensor([[[1], [2], [3], [0]]]), torch.tensor([3])).flatten().tolist()
    [3, 2, 1, 0]
    """
    place_T = torch.arange(x_BTH.shape[1], device=x_BTH.device)
    mirrored_BT = lengths_B.unsqueeze(1) - 1 - place_T
    index_BT = mirrored_BT.where(mirrored_BT >= 0, place_T)
    return x_BTH.gather(1, index_BT.unsqueeze(2).expand_as(x_BTH))
