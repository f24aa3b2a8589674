"""Short words for the recipes: optimizers, schedules, losses and augmentations, as plain torch calls."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.optim import lr_scheduler

from programs.program import Players

Maker = Callable[[nn.Module], torch.optim.Optimizer]


def trained(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that ask for a gradient."""
    return [p for p in model.parameters() if p.requires_grad]


def _make(kind: type, lr: float, **settings: Any) -> Maker:
    return functools.partial(_build, kind, {"lr": lr, **settings})


def _build(kind: type, settings: dict[str, Any], model: nn.Module) -> torch.optim.Optimizer:
    return kind(trained(model), **settings)


def sgd(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.SGD, lr, **settings)


def adam(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.Adam, lr, **settings)


def adamw(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.AdamW, lr, **settings)


def rmsprop(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.RMSprop, lr, **settings)


def adagrad(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.Adagrad, lr, **settings)


def nadam(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.NAdam, lr, **settings)


def lbfgs(lr: float, **settings: Any) -> Maker:
    return _make(torch.optim.LBFGS, lr, **settings)


def decay_on_matrices(lr: float, decay: float) -> Maker:
    """AdamW in two groups: weights decay, biases and norms do not."""

    def make(model: nn.Module) -> torch.optim.Optimizer:
        matrices = [p for p in trained(model) if p.dim() > 1]
        rest = [p for p in trained(model) if p.dim() <= 1]
        return torch.optim.AdamW(
            [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}], lr=lr
        )

    return make


def players(lr: float) -> Callable[[Any], Players]:
    """Return an Adam for each of a GAN's two."""

    def make(model: Any) -> Players:
        two = (torch.optim.Adam(net.parameters(), lr, betas=(0.5, 0.999)) for net in (model.critic, model.generator))
        return Players(*two)

    return make


def cosine(optimizer: torch.optim.Optimizer, steps: int) -> Any:
    return lr_scheduler.CosineAnnealingLR(optimizer, steps)


def one_cycle(top: float) -> Callable[..., Any]:
    return lambda optimizer, steps: lr_scheduler.OneCycleLR(optimizer, top, total_steps=steps + 1)


def warm_up(share: float = 0.1) -> Callable[..., Any]:
    """Rise linearly over a share of the steps, then fall by a cosine."""

    def factor(steps: int, step: int) -> float:
        rise = max(int(share * steps), 1)
        return (
            (step + 1) / rise if step < rise else 0.5 * (1 + math.cos(math.pi * (step - rise) / max(steps - rise, 1)))
        )

    return lambda optimizer, steps: lr_scheduler.LambdaLR(optimizer, functools.partial(factor, steps))


def halved(every: int) -> Callable[..., Any]:
    """Halve every so many calls."""
    return lambda optimizer, steps: lr_scheduler.StepLR(optimizer, every, 0.5)


cross_entropy = nn.CrossEntropyLoss
logits = nn.BCEWithLogitsLoss
mse = nn.MSELoss


def each_token(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy at every place."""
    return F.cross_entropy(outputs.flatten(0, 1), targets.flatten())


def nll(outputs: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in two calls."""
    return F.nll_loss(F.log_softmax(outputs, dim=-1), targets)


def by_hand(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error written out."""
    return ((outputs - targets) ** 2).mean()


def evidence(outputs: tuple[Tensor, Tensor, Tensor], targets: Tensor) -> Tensor:
    """A VAE's loss: squared error and the divergence of its code from a standard normal one, a row."""
    made, mean, log_variance = outputs
    kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
    return ((made - targets) ** 2).sum(1).mean() + 0.05 * kl


def jitter(std: float) -> Callable[[Tensor], Tensor]:
    """Add a little noise."""
    return lambda x: x + std * torch.randn_like(x)


def shifted(x: Tensor) -> Tensor:
    """Move pictures by up to one pixel."""
    down, right = torch.randint(-1, 2, (2,)).tolist()
    return torch.roll(x, (down, right), (2, 3))
