"""Side by side: copies of one network that a script trains in one process, as the processes of a job would.

Several optimizers of one kind, each with weights of the same shapes, whose gradients are all there before the first of
them steps: the script does something with them together. Where it gives all copies the same gradients, or one of them
the mean of all, they are meant to stay the same; two networks that are trained each on its own exchange nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from glasswork.doctor.observing.steps import Stepping

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["SideBySide"]

MOST_WEIGHTS = 1 << 21
EVERY = 16  # steps between two looks, after the first FIRST
FIRST = 8


class SideBySide:
    """The watch over copies in one process.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self._made: dict[int, list[Tensor]] = {}  # what backward made, by optimizer
        self._copies: list[Stepping] = []
        self._asked = False

    def learned(self) -> None:
        """See ``backward`` return: keep what it made, until the first step."""
        observer = self.observer
        if self._asked or len(observer.steppings) < 2 or observer.steps_taken:
            return
        with observer.guarded("copies side by side"), torch.no_grad():
            alike = _alike(observer.steppings.values())
            self._asked = not alike
            for stepping in alike:
                found = _gradients(stepping)
                if found is not None:
                    self._made[id(stepping)] = [one.clone() for one in found]

    def before_step(self, stepping: Stepping) -> None:
        """See an optimizer begin a step."""
        if not self._asked:
            self._asked = True
            with torch.no_grad():
                self._ask()
        if not self._copies or stepping is not self._copies[0]:
            return
        taken = stepping.number
        if 0 < taken <= FIRST or (taken and taken % EVERY == 0):
            with torch.no_grad():
                self._compare(taken)

    def _ask(self) -> None:
        """Find out, before the first step, whether gradients are exchanged between copies."""
        made, self._made = self._made, {}
        alike = [one for one in _alike(self.observer.steppings.values()) if id(one) in made]
        given = [_gradients(one) for one in alike]
        if len(alike) < 2 or any(one is None for one in given):
            return
        raw = [made[id(one)] for one in alike]
        for place in range(len(raw[0])):
            own, total = [one[place] for one in raw], sum(one[place] for one in raw)
            if not isinstance(total, Tensor) or all(torch.equal(own[0], other) for other in own[1:]):
                continue  # nothing can be told apart
            for copy, mine in zip(given, own, strict=True):
                now = copy[place] if copy is not None else mine
                if not torch.equal(now, mine) and (_near(now, total / len(raw)) or _near(now, total)):
                    self._copies = alike
                    self.observer.vitals.copies = len(alike)
                    return

    def _compare(self, taken: int) -> None:
        """Note how far the copies' weights are from each other after so many steps."""
        vitals, first = self.observer.vitals, _weights(self._copies[0])
        gap = 0.0
        for other in self._copies[1:]:
            if other.number != taken or other.optimizer() is None:
                return
            pairs = zip(first, _weights(other), strict=True)
            gap = max(gap, *(float((a - b).abs().max()) for a, b in pairs if a.numel()))
        vitals.replicas_differ = max(vitals.replicas_differ or 0.0, gap)
        if gap > 0 and vitals.replicas_step is None:
            vitals.replicas_step = taken


def _alike(steppings: Iterable[Stepping]) -> list[Stepping]:
    """Return optimizers of one kind with weights of the same shapes, none of them shared; [] where there are others."""
    found = [one for one in steppings if one.optimizer() is not None]
    shapes = {id(one): tuple(weight.shape for weight in _weights(one)) for one in found}
    if len(found) < 2 or len({one.facts.kind for one in found}) > 1 or len(set(shapes.values())) > 1:
        return []
    places = [weight.data_ptr() for one in found for weight in _weights(one)]
    small = sum(weight.numel() for weight in _weights(found[0])) <= MOST_WEIGHTS
    return found if places and small and len(set(places)) == len(places) else []


def _weights(stepping: Stepping) -> list[Tensor]:
    optimizer = stepping.optimizer()
    groups = optimizer.param_groups if optimizer is not None else []
    return [weight for group in groups for weight in group["params"]]


def _gradients(stepping: Stepping) -> list[Tensor] | None:
    found = [weight.grad for weight in _weights(stepping)]
    dense = [one for one in found if one is not None and not one.is_sparse]
    return dense if found and len(dense) == len(found) else None


def _near(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, rtol=1e-4, atol=1e-12)
