"""Short words for the report half's recipes: more optimizers, schedules and losses, as plain torch calls."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.optim import lr_scheduler

from programs.program import r2
from programs.settings import Maker, trained


def kind(name: str, lr: float, **settings: Any) -> Maker:
    """Return any of torch's optimizers by its name."""
    return lambda model: getattr(torch.optim, name)(trained(model), lr=lr, **settings)


def body_and_head(body: float, head: float) -> Maker:
    """AdamW in two groups: a body that knows something already moves slowly."""

    def make(model: Any) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            [{"params": model.body.parameters(), "lr": body}, {"params": model.head.parameters(), "lr": head}]
        )

    return make


def restarts(times: int) -> Callable[..., Any]:
    """Fall by a cosine, so many times anew; the last fall ends the training."""
    return lambda optimizer, steps: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, math.ceil(steps / times))


def linear(optimizer: torch.optim.Optimizer, steps: int) -> Any:
    """Fall in a straight line to a twentieth."""
    return lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)


def polynomial(optimizer: torch.optim.Optimizer, steps: int) -> Any:
    """Fall to 0, faster at first."""
    return lr_scheduler.PolynomialLR(optimizer, steps, 1.5)


def plateau(optimizer: torch.optim.Optimizer, steps: int) -> Any:
    """Divide the rate by 3 where the validation loss has stopped falling."""
    return lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.33, patience=2)


def rise_then_root(share: float = 0.1) -> Callable[..., Any]:
    """Rise linearly over a share of the steps, then fall with the root of their number."""

    def factor(rise: float, step: int) -> float:
        return min((step + 1) / rise, math.sqrt(rise / (step + 1)))

    return lambda optimizer, steps: lr_scheduler.LambdaLR(optimizer, functools.partial(factor, max(share * steps, 1)))


def milestones(*shares: float) -> Callable[..., Any]:
    """Divide the rate by 5 at these shares of the steps."""
    return lambda optimizer, steps: lr_scheduler.MultiStepLR(optimizer, [int(s * steps) for s in shares], 0.2)


# Losses and what judges them ------------------------------------------------------------------------------------------


def focal(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy that counts what is sure already less."""
    each = F.cross_entropy(outputs, targets, reduction="none")
    return ((1 - (-each).exp()) ** 1.5 * each).mean()


def gaussian(outputs: Tensor, targets: Tensor) -> Tensor:
    """The likelihood of a normal distribution whose mean and log variance are the two outputs."""
    mean, log_variance = outputs[:, :1], outputs[:, 1:].clamp(-6, 4)
    return F.gaussian_nll_loss(mean, targets, log_variance.exp())


def mean_r2(outputs: Tensor, targets: Tensor) -> float:
    """R2 of the mean alone."""
    return r2(outputs[:, :1], targets)


def count_r2(outputs: Tensor, targets: Tensor) -> float:
    """R2 of counts whose logarithm is put out."""
    return r2(outputs.exp(), targets)


def taught(outputs: Tensor, targets: Tensor) -> Tensor:
    """The divergence from a teacher's chances."""
    return F.kl_div(F.log_softmax(outputs, -1), targets, reduction="batchmean")


def as_taught(outputs: Tensor, targets: Tensor) -> float:
    """Fraction of rows whose likeliest class is the teacher's."""
    return (outputs.argmax(-1) == targets.argmax(-1)).float().mean().item()


def pinball(outputs: Tensor, targets: Tensor) -> Tensor:
    """The loss of the median, written out: half of the absolute error."""
    error = targets - outputs
    return torch.maximum(0.5 * error, -0.5 * error).mean()


def free_bits(outputs: tuple[Tensor, Tensor, Tensor], targets: Tensor) -> Tensor:
    """A VAE's loss, summed over a row's points and averaged over rows; the divergence weighs little."""
    made, mean, log_variance = outputs
    divergence = 0.5 * (log_variance.exp() + mean**2 - 1 - log_variance).sum(1).mean()
    return F.mse_loss(made, targets, reduction="sum") / len(targets) + 0.02 * divergence


def overlap(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of pixels and one minus the soft overlap of masks, added."""
    chance = outputs.sigmoid()
    soft = (2 * (chance * targets).sum((1, 2, 3)) + 1) / ((chance + targets).sum((1, 2, 3)) + 1)
    return F.binary_cross_entropy_with_logits(outputs, targets) + (1 - soft).mean()


# Loops ----------------------------------------------------------------------------------------------------------------


def half_precision(model: nn.Module, x: Tensor) -> Tensor:
    """Call the model in bfloat16 where that is safe; what it says is float32 again."""
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(x)
    return outputs.float()


def nudged(x: Tensor) -> Tensor:
    """Move pictures by at most one pixel, and change their brightness a little."""
    down, right = torch.randint(-1, 2, (2,)).tolist()
    return torch.roll(x, (down, right), (2, 3)) * (0.9 + 0.2 * torch.rand(len(x), 1, 1, 1))
