"""GPT: predicts the next token from those before it; asked again and again, it writes.

Letters in shapes: B batch, T time, W width, V vocabulary.
Source: Radford et al. 2018 and 2019 (GPT-2's pre-norm form); initial weights: GPT-2's, as in nanoGPT (Karpathy 2022).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from glasswork.checks import check_above, check_at_least, check_between, check_dimensions, check_size_at_most
from glasswork.layers.transformer_block import TransformerBlock

__all__ = ["GPT"]


class GPT(nn.Module):
    r"""Token and place vectors, causal blocks of attention and MLP, and a head that shares its weights with the tokens.

    Args:
        vocabulary: how many token codes there are, V.
        context: the longest stretch of tokens it can see.
        width: features of a token, W.
        heads: attention heads; divides W.
        layers: how many blocks.
        expansion: hidden units of a block's MLP, in multiples of W.
        activation: the class of the MLP's non-linearity.
        dropout: share silenced in training.

    >>> model = GPT(vocabulary=20, context=16, width=8, heads=2, layers=1)
    >>> sum(p.numel() for p in model.parameters())  # 20*8 + 16*8 + block 872 + norm 16
    1176
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
        activation: type[nn.Module] = nn.GELU,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least("GPT", 1, vocabulary=vocabulary, context=context, layers=layers)
        check_between("GPT", 0, 1, include_high=False, dropout=dropout)
        self.vocabulary, self.context = vocabulary, context
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(
                width=width, heads=heads, expansion=expansion, activation=activation, causal=True, dropout=dropout
            )
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        for name, weight in self.named_parameters():
            # Both additions of each block: 2 * layers of them must not swell the sum.
            if name.endswith(("mix.weight", "narrow.weight")):
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * layers))

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits of each next token, shape ``(B, T, V)``, from tokens of shape ``(B, T)``."""
        check_dimensions("GPT", 2, tokens=tokens)
        check_size_at_most("GPT", 1, self.context, tokens=tokens)
        place_T = torch.arange(tokens.shape[1], device=tokens.device)
        x_BTW = self.dropout(self.tokens(tokens) + self.places(place_T))
        for block in self.blocks:
            x_BTW = block(x_BTW)
        return nn.functional.linear(self.norm(x_BTW), self.tokens.weight)

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


def _draw(logits_BV: Tensor, temperature: float, top_k: int | None, generator: Generator | None) -> Tensor:
    if temperature == 0:
        return logits_BV.argmax(1, keepdim=True)
    if top_k is not None and top_k < logits_BV.shape[1]:
        least_B1 = logits_BV.topk(top_k, dim=1).values[:, -1:]
        logits_BV = logits_BV.masked_fill(logits_BV < least_B1, -math.inf)
    return torch.multinomial((logits_BV / temperature).softmax(1), 1, generator=generator)
