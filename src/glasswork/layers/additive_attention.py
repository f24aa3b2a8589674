"""Additive attention: a small network scores how well each place answers a decoder's state.

Letters in shapes: B batch, T time, S size of the state that asks, H size of a place that answers, A units in between.

Course: S2S-07.

Source: Bahdanau, Cho & Bengio 2015, "Neural Machine Translation by Jointly Learning to Align and Translate".
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_dimensions, check_size

__all__ = ["AdditiveAttention"]


class AdditiveAttention(nn.Module):
    r"""Weigh the places of a sequence by what a state asks for, and mix them.

    .. math:: e_t = v^\top \tanh(W s + U h_t), \qquad \alpha = \text{softmax}(e), \qquad c = \sum_t \alpha_t h_t

    Args:
        state: size of the state that asks, S.
        memory: size of each place, H.
        hidden: units in between, A.

    Shapes: a state ``(B, S)`` and places ``(B, T, H)`` to the mixture ``(B, H)`` and the weights ``(B, T)``.

    >>> mixture, weights = AdditiveAttention(state=3, memory=4, hidden=5)(torch.zeros(2, 3), torch.zeros(2, 6, 4))
    >>> mixture.shape, weights.shape
    (torch.Size([2, 4]), torch.Size([2, 6]))
    """

    def __init__(self, *, state: int, memory: int, hidden: int) -> None:
        super().__init__()
        check_at_least("AdditiveAttention", 1, state=state, memory=memory, hidden=hidden)
        self.from_state = nn.Linear(state, hidden, bias=False)
        self.from_memory = nn.Linear(memory, hidden, bias=False)
        self.score = nn.Linear(hidden, 1, bias=False)

    def forward(self, s_BS: Tensor, h_BTH: Tensor, mask_BT: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the mixture and the weights; `mask_BT` is true where there is something to look at."""
        check_dimensions("AdditiveAttention", 2, s=s_BS)
        check_dimensions("AdditiveAttention", 3, h=h_BTH)
        check_size("AdditiveAttention", 1, self.from_state.in_features, s=s_BS)
        check_size("AdditiveAttention", 2, self.from_memory.in_features, h=h_BTH)
        check_size("AdditiveAttention", 0, len(s_BS), h=h_BTH)
        e_BT = self.score((self.from_state(s_BS).unsqueeze(1) + self.from_memory(h_BTH)).tanh()).squeeze(2)
        if mask_BT is not None:
            check_size("AdditiveAttention", 1, h_BTH.shape[1], mask=mask_BT)
            e_BT = e_BT.masked_fill(~mask_BT, -math.inf)
        weights_BT = e_BT.softmax(dim=1)
        return torch.einsum("bt,bth->bh", weights_BT, h_BTH), weights_BT
