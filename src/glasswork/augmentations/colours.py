r"""Colours: values that change where they are. Each kind is three numbers a sample, and neighbours are one pass.

With :math:`g` the grey image and :math:`\mu` its mean, both shown in every channel, brightness, contrast and
saturation all have the form :math:`\alpha x + \beta g + \gamma \mu`. As the grey of a grey image is itself, one after
another has that form again, so a run of them needs one look at the image, and pixels are rounded once.

Letters in shapes: B samples, C channels, H height, W width.
Source: the weights of grey are those of ITU-R BT.601, as in Pillow and torchvision.
"""

from __future__ import annotations

import torch
from torch import Tensor

from glasswork.augmentations.augmentation import Augmentation
from glasswork.checks import check_between, check_dimensions, check_size
from glasswork.errors import ShapeError

__all__ = ["ColourKind", "grey", "grey_formula", "recolour"]

_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114


class ColourKind(Augmentation):
    r"""A kind :math:`\alpha x + \beta g + \gamma \mu`, with a factor drawn evenly from ``[1 - amount, 1 + amount]``.

    Args:
        amount: how far the factor is from 1 at most; from 0 to 1.
        probability: of a sample to be changed.
    """

    numbers = 2
    needs_grey = False
    needs_mean = False

    def __init__(self, amount: float = 0.2, *, probability: float = 1.0) -> None:
        super().__init__()
        check_between(type(self).__name__, 0, 1, amount=amount)
        check_between(type(self).__name__, 0, 1, probability=probability)
        self.amount, self.probability = amount, probability

    def idle(self) -> bool:
        """Return whether no image is ever changed."""
        return self.probability == 0 or self.amount == 0

    def choose(self, u_BN: Tensor, shape: torch.Size) -> dict[str, Tensor]:
        """Return the factors."""
        factor = 1 + self.amount * (2 * u_BN[:, 0] - 1)
        return {"factor": torch.where(u_BN[:, 1] < self.probability, factor, 1.0)}

    @staticmethod
    def then(factor_B: Tensor, alpha: Tensor, beta: Tensor, gamma: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the three numbers of what came before and this after it."""
        raise NotImplementedError

    def forward(self, x_BCHW: Tensor, *, keys: Tensor) -> Tensor:
        """Return the images, recoloured; `keys` are one int64 a sample."""
        check_dimensions(type(self).__name__, 4, x=x_BCHW)
        check_size(type(self).__name__, 0, len(x_BCHW), keys=keys)
        return x_BCHW if self.idle() else recolour_by([self], [self.draw(keys, x_BCHW.shape)], x_BCHW)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"amount={self.amount}, probability={self.probability}"


def recolour_by(
    kinds: list[ColourKind], drawn: list[dict[str, Tensor]], x_BCHW: Tensor, *, fresh: bool = False
) -> Tensor:
    """Return the images after several kinds, each with what it drew, in one pass."""
    numbers = start(len(x_BCHW), x_BCHW.device)
    for kind, own in zip(kinds, drawn, strict=True):
        numbers = kind.then(own["factor"].to(torch.float64), *numbers)
    alpha, beta, gamma = numbers
    return recolour(
        x_BCHW,
        alpha,
        beta if any(kind.needs_grey for kind in kinds) else None,
        gamma if any(kind.needs_mean for kind in kinds) else None,
        fresh=fresh,
    )


def start(count: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return the three numbers that change nothing."""
    one = torch.ones(count, dtype=torch.float64, device=device)
    return one, torch.zeros_like(one), torch.zeros_like(one)


def recolour(
    x_BCHW: Tensor,
    alpha_B: Tensor,
    beta_B: Tensor | None = None,
    gamma_B: Tensor | None = None,
    *,
    fresh: bool = False,
) -> Tensor:
    r"""Return :math:`\alpha x + \beta g + \gamma \mu` for each image; uint8 is rounded and kept within 0 to 255.

    Args:
        x_BCHW: images of 1 or 3 channels (any number if only `alpha_B` is given), uint8 or float.
        alpha_B: the weight of the image.
        beta_B: the weight of its grey image, or None.
        gamma_B: the weight of the mean of its grey image, or None.
        fresh: nobody else needs the images, so that the result may lie in their memory.

    >>> recolour(torch.tensor([[[[1.0, 3.0]]]]), *(torch.tensor([w]) for w in (0.5, 0.0, 0.5)))  # half the contrast
    tensor([[[[1.5000, 2.5000]]]])
    """
    working = x_BCHW.dtype if x_BCHW.dtype in (torch.float32, torch.float64) else torch.float32
    x = x_BCHW.to(working)
    alpha = alpha_B.to(working).view(-1, 1, 1, 1)
    if beta_B is None and gamma_B is None:
        out = x.mul_(alpha) if fresh else x * alpha
    else:
        added = grey_BHW = grey(x)  # of one channel: the image itself, so it must not be written to
        if beta_B is not None:
            added = grey_BHW * beta_B.to(working).view(-1, 1, 1)
        if gamma_B is not None:
            # Rows first, then in float64: the same bits whatever else is in the batch.
            mean_B = grey_BHW.sum(2).to(torch.float64).sum(1) / max(1, grey_BHW[0].numel() if len(x) else 1)
            mean_B11 = (gamma_B.to(torch.float64) * mean_B).to(working).view(-1, 1, 1)
            added = mean_B11 if beta_B is None else added.add_(mean_B11)
        out = (x.mul_(alpha) if fresh else x * alpha).add_(added[:, None])
    if not x_BCHW.dtype.is_floating_point:
        out = out.round_().clamp_(0, 255)
    return out.to(x_BCHW.dtype)


def grey(x_BCHW: Tensor) -> Tensor:
    """Return the grey image (B, H, W) of 1 or 3 channels.

    >>> grey(torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1))  # 0.299 + 2 x 0.587 + 3 x 0.114
    tensor([[[1.8150]]])
    """
    channels = x_BCHW.shape[1]
    if channels == 1:
        return x_BCHW[:, 0]
    if channels != 3:
        raise ShapeError(f"colours: an image must have 1 channel or 3 (red, green, blue), got {channels}.")
    return (x_BCHW[:, 0] * _RED).add_(x_BCHW[:, 1], alpha=_GREEN).add_(x_BCHW[:, 2], alpha=_BLUE)


def grey_formula(image_CHW: Tensor) -> Tensor:
    """Return the grey image (H, W) of one image."""
    if len(image_CHW) == 1:
        return image_CHW[0]
    red, green, blue = image_CHW
    return _RED * red + _GREEN * green + _BLUE * blue
