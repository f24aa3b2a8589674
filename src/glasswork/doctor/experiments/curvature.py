"""How sharp is the loss where the weights stand?

Power iteration on the Hessian of one batch, whose products with a vector are differences of two gradients: that needs
no second derivative, which some fused kernels lack. The least eigenvalue is found likewise after a shift by the
greatest.

Figures of the probe ``curvature``: ``highest``: the eigenvalue of greatest size; ``lowest``: the least one;
``gradient_norm``; ``limit``: 2 over the learning rate, above which plain gradient descent is not stable; ``products``
that were taken; ``noise_scale``: the trace of the covariance of the examples' gradients over the squared norm of the
true one, in examples, at the first weights, where there are batches enough to tell (McCandlish et al. 2018, A.1).
Source: Cohen et al. 2021, "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.doctor.experiments.subject import Clock, Subject, aside, twin
from glasswork.doctor.vitals import Probe

__all__ = ["curvature"]

ROUNDS = 20
STEP = 1e-3  # length of the difference, relative to the weights' norm


def curvature(subject: Subject, budget: float) -> Probe:
    """Estimate the greatest and the least eigenvalue of the Hessian where the weights stand now."""
    clock = Clock(budget)
    with aside(subject):
        model, optimizer = twin(subject)
        # Running statistics would move with every pass, and the loss with them.
        model.eval()
        weights = [p for p in model.parameters() if p.requires_grad]
        batch = subject.batches[0]

        def gradient() -> Tensor:
            loss = subject.loss(model(*batch.inputs, **batch.named), batch.targets)
            parts = torch.autograd.grad(loss, weights, allow_unused=True)
            return torch.cat(
                [(torch.zeros_like(w) if g is None else g).flatten() for g, w in zip(parts, weights, strict=True)]
            )

        def product(direction: Tensor) -> Tensor:
            _move(weights, direction, length)
            ahead = gradient()
            _move(weights, direction, -2 * length)
            behind = gradient()
            _move(weights, direction, length)
            return (ahead - behind) / (2 * length)

        here = gradient()
        noise = _noise_scale(subject)
        size = torch.cat([w.detach().flatten() for w in weights]).norm()
        length = STEP * max(float(size), 1e-3)
        top, first = _greatest(product, torch.randn_like(here), clock, budget / 2)
        shifted, second = _greatest(lambda v: product(v) - abs(top) * v, torch.randn_like(here), clock, budget)
        rate = max((float(group["lr"]) for group in optimizer.param_groups), default=0.0)
    figures = {"highest": top, "gradient_norm": float(here.norm()), "products": float(first + second)}
    figures |= {"lowest": shifted + abs(top)} if second else {}
    figures |= {"noise_scale": noise} if noise is not None else {}
    return Probe("curvature", clock.seconds, figures | ({"limit": 2 / rate} if rate > 0 else {}))


def _greatest(product: object, direction: Tensor, clock: Clock, until: float) -> tuple[float, int]:
    value, taken = 0.0, 0
    for _ in range(ROUNDS):
        if clock.seconds > until and taken:
            break
        direction = direction / direction.norm().clamp(min=1e-30)
        image = product(direction)  # type: ignore[operator]
        value, direction, taken = float(direction @ image), image, taken + 1
        if not torch.isfinite(image).all() or float(image.norm()) == 0:
            break
    return value, taken


def _noise_scale(subject: Subject) -> float | None:
    # At the first weights: near a minimum the true gradient vanishes, and any noise is large beside it.
    model, _ = twin(subject, fresh=True)
    weights = [p for p in model.eval().parameters() if p.requires_grad]
    gradients = []
    for batch in subject.batches:
        loss = subject.loss(model(*batch.inputs, **batch.named), batch.targets)
        parts = torch.autograd.grad(loss, weights, allow_unused=True)
        gradients.append(torch.cat([g.flatten() for g in parts if g is not None]))
    sizes = {len(batch) for batch in subject.batches}
    if len(gradients) < 4 or len(sizes) > 1:
        return None
    small, large = sizes.pop(), sum(len(batch) for batch in subject.batches)
    each = float(torch.stack([g.square().sum() for g in gradients]).mean())
    together = float(torch.stack(gradients).mean(0).square().sum())
    signal = (large * together - small * each) / (large - small)
    noise = (each - together) / (1 / small - 1 / large)
    return noise / signal if signal > 0 else None


def _move(weights: list[nn.Parameter], direction: Tensor, length: float) -> None:
    start = 0
    with torch.no_grad():
        for weight in weights:
            weight.add_(direction[start : start + weight.numel()].view_as(weight), alpha=length)
            start += weight.numel()
