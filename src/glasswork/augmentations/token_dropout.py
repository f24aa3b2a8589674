"""TokenDropout: a sentence with a word missing mostly says the same thing.

Course: AUG-13.

Letters in shapes: B samples, T tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation
from glasswork.augmentations.randomness import uniform
from glasswork.checks import check_between, check_dimensions, check_whole

__all__ = ["TokenDropout", "token_dropout_formula"]


def token_dropout_formula(tokens_T: Tensor, u_T: Tensor, *, share: float, unknown: int = 1, padding: int = 0) -> Tensor:
    """Hide tokens of one text, token by token; `u_T` is uniform in [0, 1)."""
    hidden = [
        unknown if u < share and t != padding else t for t, u in zip(tokens_T.tolist(), u_T.tolist(), strict=True)
    ]
    return torch.tensor(hidden, dtype=tokens_T.dtype)


class TokenDropout(Augmentation):
    r"""Replace each token by the unknown one, with a probability; padding stays padding, so lengths stay.

    With :math:`u_t` uniform in [0, 1):

    .. math:: \text{out}_t = \begin{cases} \text{unknown} & u_t < p \text{ and } x_t \ne \text{padding} \\
              x_t & \text{else} \end{cases}

    The number at place t depends on the sample's key and on t, so padding a text further changes nothing.

    Args:
        share: :math:`p`, of the tokens to be hidden; from 0 to 1.
        unknown: the code that stands for a hidden token.
        padding: the code that fills up short texts.

    >>> TokenDropout(share=1.0)(torch.tensor([[5, 6, 0]]), keys=torch.tensor([3]))
    tensor([[1, 1, 0]])

    Source: Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic Methods" (word dropout).
    """

    def __init__(self, share: float = 0.1, *, unknown: int = 1, padding: int = 0) -> None:
        super().__init__()
        check_between("TokenDropout", 0, 1, share=share)
        self.share, self.unknown, self.padding = share, unknown, padding

    stream = 13

    def draw(self, keys: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return which places are hidden, (B, T)."""
        return {"hidden": uniform(keys, shape[1], self.stream) < self.share}

    def forward(self, tokens_BT: Tensor, *, keys: Tensor) -> Tensor:
        """Return the texts with tokens hidden; `keys` are one int64 a sample."""
        check_dimensions("TokenDropout", 2, tokens=tokens_BT)
        check_whole("TokenDropout", tokens=tokens_BT)
        hidden = self.draw(keys, tokens_BT.shape)["hidden"] & (tokens_BT != self.padding)
        return tokens_BT.masked_fill(hidden, self.unknown)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"share={self.share}, unknown={self.unknown}, padding={self.padding}"
