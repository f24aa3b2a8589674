"""Copies: modules of a model's class that are evaluated in its place, as averages of its weights are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from glasswork.doctor.observing.models import Model
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Copies"]

MOST_LOOKS = 20  # calls of copies that are looked at

Norm = nn.modules.batchnorm._NormBase


class Copies:
    """The watch over copies of models that have batch norms.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.kinds: set[type[nn.Module]] = set()
        self._looks = MOST_LOOKS

    def add(self, root: nn.Module) -> None:
        """Look out for modules of this one's class, if it has statistics that a copy may lack."""
        if self._looks and any(isinstance(part, Norm) and part.running_mean is not None for part in root.modules()):
            self.kinds.add(type(root))

    def see(self, module: nn.Module, models: Sequence[Model]) -> None:
        """See a module in evaluation mode that is no model's own: were its statistics ever learned?"""
        roots = [(model, root) for model in models if (root := model.root()) is not None]
        if any(part is module for _, root in roots for part in root.modules()):
            return
        self._looks -= 1
        unfed = [path for path, part in module.named_modules() if isinstance(part, Norm) and _unfed(part)]
        model = next((model for model, root in roots if type(root) is type(module)), None)
        if unfed and model is not None:
            model.facts.unfed = [model.layer_name(path) for path in unfed]
            model.facts.unfed_step = self.observer.steps_taken
        if unfed or self._looks <= 0:
            self._looks = 0
            self.kinds.clear()


def _unfed(norm: Norm) -> bool:
    """Whether scales and shifts have been learned, and the statistics are a new layer's."""
    mean, variance, weight, bias = norm.running_mean, norm.running_var, norm.weight, norm.bias
    if mean is None or variance is None or weight is None or bias is None or len(weight) < 2:
        return False
    with torch.no_grad():
        new = bool((mean == 0).all()) and bool((variance == 1).all())
        return new and all(bool((one != one[0]).any()) for one in (weight, bias))
