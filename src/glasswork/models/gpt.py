"""GPT: predicts the next token from those before it; asked again and again, it writes.

Letters in shapes: B batch, T time, W width, N heads, D size of a head, V vocabulary.
Source: Radford et al. 2018 and 2019 (GPT, GPT-2). Since then: places as rotations, Su et al. 2021 (RoPE); root mean
square norms, Zhang & Sennrich 2019; norms of queries and keys, Henry et al. 2020; squared ReLU, So et al. 2021.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from glasswork.checks import (
    check_above,
    check_at_least,
    check_between,
    check_dimensions,
    check_divides,
    check_size_at_most,
)
from glasswork.layers.attention import attention

__all__ = ["GPT", "SquaredReLU", "rotate"]

SCALE = 0.2  # of attention scores: queries and keys have length sqrt(D), so scores stay within 0.2 D
SLOWEST = 1000.0  # the slowest pair of numbers turns this many times slower than the fastest


class GPT(nn.Module):
    r"""Token vectors, causal blocks of attention and MLP, and a head over the vocabulary.

    .. math:: x_t = E_{\text{token}(t)}, \qquad x \leftarrow x + \text{attention}(\text{norm}(x)), \qquad
              x \leftarrow x + \text{mlp}(\text{norm}(x)), \qquad \text{logits} = W\, \text{norm}(x)

    Places are told by turning queries and keys (:func:`rotate`), so what counts is how far apart two tokens are. The
    last layer of each block and the head start at zero: at first every block passes its input on, and every next
    token is equally likely. No layer has a bias.

    Args:
        vocabulary: how many token codes there are, V.
        context: the longest stretch of tokens it can see.
        width: features of a token, W.
        heads: attention heads; W / heads must be even.
        layers: how many blocks.
        expansion: hidden units of a block's MLP, in multiples of W.
        activation: the class of the MLP's non-linearity.
        dropout: share silenced in training.

    >>> model = GPT(vocabulary=20, context=16, width=8, heads=2, layers=1)
    >>> sum(p.numel() for p in model.parameters())  # 20*8 + 8*24 + 8*8 + 8*32 + 32*8 + 3 norms of 8 + 8*20
    1112
    >>> model(torch.tensor([[3, 4, 5]])).shape
    torch.Size([1, 3, 20])
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        context: int,
        width: int = 128,
        heads: int = 4,
        layers: int = 4,
        expansion: int = 4,
        activation: type[nn.Module] | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least("GPT", 1, vocabulary=vocabulary, context=context, layers=layers, heads=heads)
        check_at_least("GPT", 1, expansion=expansion)
        check_divides("GPT", width, **{"2 * heads": 2 * heads})
        check_between("GPT", 0, 1, include_high=False, dropout=dropout)
        self.vocabulary, self.context = vocabulary, context
        self.tokens = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.tokens.weight, std=0.5)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            _Block(width, heads, expansion, activation or SquaredReLU, dropout) for _ in range(layers)
        )
        self.norm = nn.RMSNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        nn.init.zeros_(self.head.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits of each next token, shape ``(B, T, V)``, from tokens of shape ``(B, T)``."""
        check_dimensions("GPT", 2, tokens=tokens)
        check_size_at_most("GPT", 1, self.context, tokens=tokens)
        x_BTW = self.dropout(self.tokens(tokens))
        for block in self.blocks:
            x_BTW = block(x_BTW)
        return self.head(self.norm(x_BTW))

    @torch.no_grad()
    def generate(
        self,
        tokens: Tensor,
        *,
        length: int,
        temperature: float = 1.0,
        top_k: int | None = None,
        never: Sequence[int] = (0, 1),
        generator: Generator | None = None,
    ) -> Tensor:
        """Write `length` more tokens behind each row, one at a time, each drawn from the model's own probabilities.

        Args:
            tokens: what to go on from, shape ``(B, T)``, T at least 1.
            length: how many tokens to write.
            temperature: below 1 prefers the likely, above 1 the surprising; 0 always takes the likeliest.
            top_k: draw from the k likeliest only.
            never: codes that are not written: padding and unknown.
            generator: the source of chance; the same seed writes the same text.

        Returns:
            Beginning and continuation, shape ``(B, T + length)``.
        """
        check_dimensions("GPT.generate", 2, tokens=tokens)
        check_at_least("GPT.generate", 1, tokens=tokens.shape[1])
        check_at_least("GPT.generate", 0, length=length, temperature=temperature)
        if top_k is not None:
            check_above("GPT.generate", 0, top_k=top_k)
        was_training = self.training
        self.eval()
        try:
            for _ in range(length):
                logits_BV = self(tokens[:, -self.context :])[:, -1]
                logits_BV[:, [code for code in never if code < self.vocabulary]] = -math.inf
                tokens = torch.cat([tokens, _draw(logits_BV, temperature, top_k, generator).to(tokens.dtype)], dim=1)
        finally:
            self.train(was_training)
        return tokens


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, expansion: int, activation: type[nn.Module], dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm_before_attention = nn.RMSNorm(width)
        self.look = nn.Linear(width, 3 * width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.norm_before_mlp = nn.RMSNorm(width)
        self.widen = nn.Linear(width, expansion * width, bias=False)
        self.activation = activation()
        self.narrow = nn.Linear(expansion * width, width, bias=False)
        for first in (self.look, self.widen):
            nn.init.normal_(first.weight, std=0.5 / math.sqrt(width))
        for last in (self.mix, self.narrow):
            nn.init.zeros_(last.weight)

    def forward(self, x_BTW: Tensor) -> Tensor:
        x_BTW = x_BTW + self._silence(self._attend(self.norm_before_attention(x_BTW)))
        return x_BTW + self._silence(self.narrow(self.activation(self.widen(self.norm_before_mlp(x_BTW)))))

    def _attend(self, x_BTW: Tensor) -> Tensor:
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.look(x_BTW).chunk(3, dim=2)
        )
        size = (query.shape[3],)
        # Of one length, so that no product of two can grow out of bounds however large the weights become.
        query, key = functional.rms_norm(query, size), functional.rms_norm(key, size)
        silenced = self.dropout if self.training else 0.0
        found_BNTD = attention(rotate(query), rotate(key), value, causal=True, dropout=silenced, scale=SCALE)
        return self.mix(found_BNTD.transpose(1, 2).flatten(2))

    def _silence(self, x_BTW: Tensor) -> Tensor:
        return functional.dropout(x_BTW, self.dropout, self.training) if self.dropout else x_BTW


class SquaredReLU(nn.Module):
    r"""Return :math:`\max(0, x)^2`.

    >>> SquaredReLU()(torch.tensor([-2.0, 3.0])).tolist()
    [0.0, 9.0]
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the same shape."""
        return x.relu().square()


def rotate(x_BNTD: Tensor) -> Tensor:
    r"""Turn each pair of numbers by an angle that grows with its place: the product of two tells how far apart.

    .. math:: (a, b) \mapsto (a \cos \theta - b \sin \theta,\; a \sin \theta + b \cos \theta), \qquad
              \theta_{t,i} = t \cdot 1000^{-2i/D}

    Args:
        x_BNTD: queries or keys, shape ``(B, N, T, D)`` with an even D; number i is paired with number i + D/2.

    >>> rotate(torch.tensor([1.0, 0.0]).expand(1, 1, 2, 2))[0, 0]  # place 0: not at all; place 1: by 1 radian
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """
    half = x_BNTD.shape[3] // 2
    speed_I = SLOWEST ** -(torch.arange(half, dtype=torch.float64, device=x_BNTD.device) / half)
    angle_TI = torch.arange(x_BNTD.shape[2], dtype=torch.float64, device=x_BNTD.device).unsqueeze(1) * speed_I
    cos_TI, sin_TI = angle_TI.cos().to(x_BNTD.dtype), angle_TI.sin().to(x_BNTD.dtype)
    a, b = x_BNTD.chunk(2, dim=3)
    return torch.cat([a * cos_TI - b * sin_TI, a * sin_TI + b * cos_TI], dim=3)


def _draw(logits_BV: Tensor, temperature: float, top_k: int | None, generator: Generator | None) -> Tensor:
    if temperature == 0:
        return logits_BV.argmax(1, keepdim=True)
    if top_k is not None and top_k < logits_BV.shape[1]:
        least_B1 = logits_BV.topk(top_k, dim=1).values[:, -1:]
        logits_BV = logits_BV.masked_fill(logits_BV < least_B1, -math.inf)
    return torch.multinomial((logits_BV / temperature).softmax(1), 1, generator=generator)
