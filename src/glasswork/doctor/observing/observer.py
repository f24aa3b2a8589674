"""The observer: what is seen at torch's joints comes together here and becomes vitals, step by step.

What it looks at is divided: `forward` (calls of modules), `passes` (evaluations), `backwards` (losses), `optimizing`
(steps), `loaders`, `labels`, `precision`, `replicas`; `keeping` remembers what experiments need.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.backwards import Backwards
from glasswork.doctor.observing.by_hand import ByHand
from glasswork.doctor.observing.code import user_place
from glasswork.doctor.observing.forward import Forward
from glasswork.doctor.observing.keeping import Keeping
from glasswork.doctor.observing.labels import Labels
from glasswork.doctor.observing.loaders import Loaders
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.optimizing import Optimizing
from glasswork.doctor.observing.passes import Passes
from glasswork.doctor.observing.patches import Patches
from glasswork.doctor.observing.post_mortem import crashed
from glasswork.doctor.observing.precision import Precision
from glasswork.doctor.observing.replicas import Replicas
from glasswork.doctor.observing.side_by_side import SideBySide
from glasswork.doctor.observing.steps import Stepping
from glasswork.doctor.observing.workers import Workers
from glasswork.doctor.vitals import StepVitals, Vitals

__all__ = ["Observer"]


class Observer:
    """Watches the trainings of this process from `start` to `stop`.

    Args:
        vitals: where to write.
        on_step: called after every step and every evaluation.
        share: of the training's time that close looks may take; None: as `Budget` says.
    """

    strict = False  # whether a mistake of ours may break the training; in our own tests only

    def __init__(self, vitals: Vitals, on_step: Callable[[], None] | None = None, share: float | None = None) -> None:
        self.vitals = vitals
        self.on_step = on_step
        self.share = share
        self.own = 0.0  # seconds that watching took
        self.deaf = False  # whether what is called now is our own doing
        self.consumed = True  # whether what was seen so far belongs to steps that have ended
        self.wants_ranks = True
        self.steps_taken = 0
        self.epoch: int | None = None
        self.last_output: Any = None
        self.loss_module: str | None = None
        self.steppings: dict[int, Stepping] = {}
        self.waiting: list[tuple[StepVitals, list[Tensor]]] = []
        self.replays = 0
        self.forward = Forward(self)
        self.loaders = Loaders(self)
        self.passes = Passes(self)
        self.labels = Labels(self)
        self.keeping = Keeping(self)
        self.backwards = Backwards(self)
        self.optimizing = Optimizing(self)
        self.precision = Precision(self)
        self.by_hand = ByHand(self)
        self.replicas = Replicas(self)
        self.side_by_side = SideBySide(self)
        self.workers = Workers()
        self.patches = Patches(self)

    # --- beginning and end -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Watch from now on."""
        self.workers.open()
        self.patches.install()

    def stop(self) -> None:
        """Watch no longer; settle what is open."""
        self.patches.remove()
        self.by_hand.end()
        with self.guarded("the end"):
            vitals = self.vitals
            self.passes.close()
            self.settle()
            self.optimizing.close()
            vitals.finished = True
            vitals.scaling = self.passes.scaling.gaps()
            if self.steps_taken and self.passes.restored == self.steps_taken:
                vitals.keeps_best = True
            alike = self.workers.alike()
            if alike is not None:
                vitals.loader["worker_draws_alike"] = alike
            self.workers.close()
            self.replicas.close()

    def settle(self) -> None:
        """Read what still waits: losses on an accelerator, counts of labels."""
        self.labels.settle()
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        with torch.no_grad():
            means = [torch.stack([one.float() for one in losses]).mean() for _, losses in waiting]
            values = torch.stack(means).tolist()
        for (step, _), value in zip(waiting, values, strict=True):
            step.loss = value

    @contextlib.contextmanager
    def patches_out(self) -> Iterator[None]:
        """Within it, torch is as it was."""
        self.patches.remove()
        try:
            yield
        finally:
            self.patches.install()

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def guarded(self, what: str) -> _Guard:
        """Within it, a mistake of ours is noted instead of breaking the training, and nothing we do is observed."""
        return _Guard(self, what)

    def failed(self, what: str, error: Exception) -> None:
        """Note a mistake of ours, which must not be one of the training's."""
        if self.strict:
            raise error
        self.blind(f"Looking at {what} failed ({type(error).__name__}: {' '.join(str(error).split())[:200]}).")

    def on_crash(self, error: BaseException) -> None:
        """See the training end with an exception."""
        with self.guarded("the crash"):
            crashed(self, error)

    def blind(self, sentence: str) -> None:
        """Note what could not be seen."""
        if sentence not in self.vitals.blind:
            self.vitals.blind.append(sentence)

    # --- what there is -----------------------------------------------------------------------------------------------

    def add_model(self, root: nn.Module) -> None:
        """Watch a model before it was called."""
        self.confirm(self.forward.add(root))

    def confirm(self, model: Model) -> None:
        """Take a module that was called for a model that is trained."""
        if not model.confirmed:
            model.confirmed = True
            self.vitals.models[model.name] = model.facts
            if model.place:
                self.vitals.places[model.name], self.vitals.code[model.name] = model.place

    def on_optimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """See an optimizer being made."""
        self.optimizing.on_optimizer(optimizer)

    def place(self, name: str) -> None:
        """Note the line of the user's code that we were called from."""
        found = user_place()
        if found is not None:
            self.vitals.places[name], self.vitals.code[name] = found


class _Guard:
    """Context: mistakes of ours become a note; calls made within are not observed."""

    __slots__ = ("before", "observer", "what")

    def __init__(self, observer: Observer, what: str) -> None:
        self.observer, self.what = observer, what

    def __enter__(self) -> None:
        self.before = self.observer.deaf
        self.observer.deaf = True

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        self.observer.deaf = self.before
        if error is None or not isinstance(error, Exception):
            return False
        self.observer.failed(self.what, error)
        return True
