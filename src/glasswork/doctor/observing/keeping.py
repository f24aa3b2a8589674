"""Keeping: a few batches and the loss of the training under observation, for experiments when it has ended."""

from __future__ import annotations

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.doctor.experiments.afterwards import SHARE, afterwards
from glasswork.doctor.experiments.doubt import in_doubt
from glasswork.doctor.experiments.keeper import Keeper
from glasswork.doctor.observing.graph import is_multiple
from glasswork.doctor.observing.hands import Hand
from glasswork.doctor.observing.losses import LossCall

if TYPE_CHECKING:
    from glasswork.doctor.checkup import Checkup
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Keeping"]

LONGEST = 60.0  # seconds that experiments may take after however long a training
_OF_THE_OPTIMIZER = ("learning-rate", "curvature", "fresh-layer", "scaled-inputs")


class Keeping:
    """What is kept of a training, and the experiments on it.

    Args:
        observer: whom to ask.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.wanted = True
        self.keeper = Keeper()
        self.began: float | None = None
        self._penalised = False  # whether something was added to the loss function's value

    # --- while it trains ---------------------------------------------------------------------------------------------

    def learned(self, loss: Tensor, call: LossCall, calls: int) -> None:
        """See a loss that is learned from, on a step that is looked at.

        Args:
            loss: what ``backward`` is called on.
            call: the loss function's call that it comes from.
            calls: how many such calls this loss was made of.
        """
        entry = self.observer.forward.last_inputs
        if not self.wanted or self.keeper.full or entry is None or call.function is None:
            return
        if calls > 1 and call.value is not loss:
            return  # several losses added up: one of them alone is not what was trained
        model, args, kwargs = entry[0](), entry[1], entry[2]
        if model is None or entry[3] is not model:
            return  # a method of the model called a part of it
        outputs, value = self.observer.last_output, call.value
        if not isinstance(value, Tensor) or not isinstance(outputs, Tensor):
            return
        self._penalised = self._penalised or not (value is loss or is_multiple(loss, value))
        given: dict[str, Any] = call.settings or {"input": call.outputs, "target": call.targets}
        number = float(value.detach().mean())
        item = self.observer.loaders.item
        self.keeper.learned(
            _plain(model), args, kwargs, outputs, call.function, given, number, scaled=call.by_hand, item=item
        )

    def asked(self, model: nn.Module | None, module: Any, args: Any, kwargs: Any, targets: Any) -> None:
        """See a batch of an evaluation."""
        if self.wanted and model is not None and module is model:
            self.keeper.asked(_plain(model), args, kwargs, targets)

    # --- afterwards --------------------------------------------------------------------------------------------------

    def experiment(self, checkup: Checkup) -> None:
        """Make the experiments that are in doubt, within a fifth of the training's time, and examine again.

        Args:
            checkup: where to write; its training has ended.
        """
        keeper, self.keeper = self.keeper, Keeper()
        if not self.wanted or self.began is None or checkup.vitals.error is not None:
            return
        seconds = min(time.perf_counter() - self.began, LONGEST / SHARE)
        started = time.perf_counter()
        try:
            with _silence():
                self._experiment(keeper, checkup, seconds)
        except Exception as error:
            self.observer.failed("experiments", error)
        except KeyboardInterrupt:
            self.observer.blind("The experiments were interrupted.")
        checkup.experiment_seconds = time.perf_counter() - started
        if checkup.vitals.probes:
            checkup.examine()

    def _experiment(self, keeper: Keeper, checkup: Checkup, seconds: float) -> None:
        observer, vitals = self.observer, checkup.vitals
        models = [model for model in observer.forward.models if model.confirmed and model.steps]
        stepping = [one for one in observer.steppings.values() if one.number]
        if len(models) != 1 or not stepping or not _alone():
            return
        root = models[0].root()
        if root is None:
            return
        moving = [optimizer for one in stepping if (optimizer := one.optimizer()) is not None]
        same = [one.optimizer(_plain(root)) if isinstance(one, Hand) else one for one in moving]
        optimizers = [optimizer for optimizer in same if optimizer is not None]
        wanted = in_doubt(vitals, checkup.findings)
        optimizer = optimizers[0] if len(optimizers) == 1 and len(stepping) == 1 else None
        if optimizer is None or self._penalised:  # without the penalty, another rate would seem right
            wanted = [name for name in wanted if name not in _OF_THE_OPTIMIZER]
        layers = vitals.models[models[0].name].layers if models[0].name in vitals.models else {}
        suspects = tuple(dict.fromkeys(f.where for f in checkup.findings if f.where in layers))[:3]
        subject = keeper.subject(_plain(root), optimizer, suspects=suspects, pause=self._deaf)
        if subject is not None:
            for probe in afterwards(subject, seconds, wanted):
                vitals.probes[probe.name] = probe

    @contextlib.contextmanager
    def _deaf(self) -> Iterator[None]:
        observer = self.observer
        before, observer.deaf = observer.deaf, True
        try:
            yield
        finally:
            observer.deaf = before


def _plain(model: nn.Module) -> nn.Module:
    """Return a model without what only runs it: a compiler, or the exchange between processes."""
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and isinstance(model, nn.parallel.DistributedDataParallel | nn.DataParallel):
            inner = model.module
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def _alone() -> bool:
    """Whether this process may run a model by itself, or is the first of several."""
    distributed = torch.distributed
    if not distributed.is_available() or not distributed.is_initialized():
        return True
    return distributed.get_rank() == 0 and distributed.get_world_size() == 1


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Within it, models print nothing: what they say is not the script's own."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
