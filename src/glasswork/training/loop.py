"""train: the loop that every way of learning shares."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least
from glasswork.errors import DataError, UsageError
from glasswork.training.best_so_far import BestSoFar
from glasswork.training.checkpoints import Checkpoints, Position, Saved, Snapshot, take_snapshot
from glasswork.training.ctrl_c import CtrlC
from glasswork.training.evaluate import Metric, TaskLike, batches_of, evaluate
from glasswork.training.history import History
from glasswork.training.order import shuffled
from glasswork.training.processes import Processes
from glasswork.training.progress import Progress
from glasswork.training.randomness import get_randomness, seed_everything, set_randomness

if TYPE_CHECKING:
    from glasswork.learning import Learner
    from glasswork.records import Batch, StepRecord
    from glasswork.training.attendant import Attendant
    from glasswork.training.source import Source

__all__ = ["train"]

_SAVING_SHARE = 0.1  # epoch ends are saved as often as saving takes at most this share of the time


def train(
    learner: Learner,
    source: Source,
    parts: Mapping[str, np.ndarray],
    *,
    task: TaskLike | None = None,
    metrics: Mapping[str, Metric] | None = None,
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int = 32,
    seed: int = 0,
    shuffle: bool = True,
    valid_source: Source | None = None,
    eval_batch_size: int | None = None,
    patience: int | None = None,
    restore_best: bool = True,
    checkpoints: Checkpoints | None = None,
    resume: Saved | None = None,
    checkpoint_seconds: float | None = 60.0,
    checkpoint_steps: int | None = None,
    log: Callable[[dict[str, Any]], None] | None = None,
    log_every: int = 50,
    progress: Progress | None = None,
    watch: Callable[[StepRecord, Batch], None] | None = None,
    attendant: Attendant | None = None,
    processes: Processes | None = None,
) -> History:
    """Train, validate after each epoch, keep the best weights; go on from where a killed run stood.

    The order of examples, their augmentation and the random numbers of dropout come from `seed`, so the same call
    gives the same weights, and a resumed run the same weights as one that was never stopped, bit for bit.

    Args:
        learner: learns from a batch.
        source: gives batches by example number.
        parts: example numbers of ``train`` and, optionally, ``valid``.
        task: names the metric that picks the best weights; without it ``valid/loss`` does.
        metrics: further means by name, ``metric(outputs, targets)``.
        epochs: how often all examples are seen ...
        steps: ... or how many batches; with both, whichever ends first.
        batch_size: examples in a batch, over all processes.
        seed: of order and dropout. Seeds torch's, numpy's and Python's generators.
        shuffle: whether each epoch has its own order.
        valid_source: where ``parts["valid"]`` points into, if not `source`.
        eval_batch_size: examples in a validation batch; default: at least 256.
        patience: stop after this many epochs without a better validation.
        restore_best: leave the learner with the best validated weights rather than the last.
        checkpoints: where to save; None: nowhere.
        resume: a checkpoint to go on from, as ``checkpoints.latest()`` returned it.
        checkpoint_seconds: save within an epoch this often; None: at its end only.
        checkpoint_steps: save within an epoch every so many steps, too.
        log: called with one dict for every logged step and every epoch.
        log_every: log every so many steps (and the first).
        progress: shows a person how it goes; None: nobody is looking.
        watch: called after every step, with tensors still on the device.
        attendant: looks over the training, and changes nothing; the doctor is one.
        processes: of ``torchrun``; each then takes its share of every batch.

    Raises:
        NonFiniteError: a loss, gradient or weight became NaN or infinite; the checkpoints so far stay good.
        KeyboardInterrupt: Ctrl-C, after saving a checkpoint.
    """
    return _Run(**locals()).go()


class _Run:
    """The moving parts of one call of `train`."""

    def __init__(
        self,
        learner: Learner,
        source: Source,
        parts: Mapping[str, np.ndarray],
        *,
        task: TaskLike | None,
        metrics: Mapping[str, Metric] | None,
        epochs: int | None,
        steps: int | None,
        batch_size: int,
        seed: int,
        shuffle: bool,
        valid_source: Source | None,
        eval_batch_size: int | None,
        patience: int | None,
        restore_best: bool,
        checkpoints: Checkpoints | None,
        resume: Saved | None,
        checkpoint_seconds: float | None,
        checkpoint_steps: int | None,
        log: Callable[[dict[str, Any]], None] | None,
        log_every: int,
        progress: Progress | None,
        watch: Callable[[StepRecord, Batch], None] | None,
        attendant: Attendant | None,
        processes: Processes | None,
    ) -> None:
        self.learner, self.source, self.task, self.metrics = learner, source, task, metrics
        self.train = np.array(parts.get("train", ()), dtype=np.int64)
        self.valid = np.array(parts.get("valid", ()), dtype=np.int64)
        self.valid_source = valid_source or source
        self.batch_size, self.seed, self.shuffle = batch_size, seed, shuffle
        self.eval_batch_size = eval_batch_size or max(256, batch_size)
        self.best = BestSoFar.of(task, patience=patience, keep_weights=restore_best)
        self.checkpoints, self.resume = checkpoints, resume
        self.checkpoint_steps = checkpoint_steps
        self.log, self.log_every, self.progress, self.watch = log, log_every, progress, watch
        self.attendant = attendant
        self.processes = processes or Processes()
        # Only a clock that all processes share could tell them to save together.
        self.checkpoint_seconds = checkpoint_seconds if self.processes.world == 1 else None
        self._check(epochs, steps, patience)
        self.batches = -(-len(self.train) // batch_size)
        self.steps = min(math.inf if epochs is None else epochs * self.batches, math.inf if steps is None else steps)
        self.epochs = -(-int(self.steps) // self.batches)
        self._said_epochs = epochs
        self.loss: Callable[..., Tensor] | None = getattr(learner, "loss", None)
        first = next(learner.model.parameters(), None)
        self.device = torch.device("cpu") if first is None else first.device
        self.on_host = self.device.type == "cpu"

        self.history = History()
        self.step, self.epoch, self.batch, self.lines = 0, 1, 0, 0
        self.totals: tuple[Any, int] = (0.0, 0)
        self.norm: Tensor | None = None
        self.waiting_best: Snapshot | None = None  # not yet on disk
        self.earlier = 0.0
        self.ctrl_c = CtrlC(wanted=checkpoints is not None and self.processes.world == 1)
        self.began = self.saved_at = time.monotonic()
        self.save_cost = 0.0

    def _check(self, epochs: int | None, steps: int | None, patience: int | None) -> None:
        check_at_least("train", 1, batch_size=self.batch_size, log_every=self.log_every)
        if epochs is None and steps is None:
            raise UsageError("train: say how long to train, by epochs=... or steps=...; neither was given.")
        for name, value in (("epochs", epochs), ("steps", steps), ("patience", patience)):
            if value is not None:
                check_at_least("train", 1, **{name: value})
        if not len(self.train):
            raise DataError("train: there are no training examples; parts['train'] is empty or missing.")
        if patience is not None and not len(self.valid):
            raise UsageError("train: patience needs validation examples, but parts['valid'] is empty or missing.")

    @property
    def evaluated(self) -> nn.Module:
        return getattr(self.learner, "evaluated", self.learner.model)

    def go(self) -> History:
        self._begin()
        try:
            with self.ctrl_c:
                while not self._finished():
                    self._train_epoch()
                    self._end_epoch()
            if self.progress is not None and self.history.stopped == "patience":
                self.progress.say(self.best.why_stopped(self.history.last["epoch"]))
        finally:
            if self.progress is not None:
                self.progress.close()
        self.best.restore([self.evaluated, self.learner.model], self.checkpoints)
        self.history.best = self.best.line
        self.history.seconds = self._seconds()
        return self.history

    def _begin(self) -> None:
        model = self.learner.model
        if not model.training:
            model.train()
        if getattr(self.learner, "steps", 0) is None:
            self.learner.steps = self._updates()  # type: ignore[attr-defined]
        if getattr(self.learner, "watch_every", 0):
            self.learner.watch_every = self.log_every  # type: ignore[attr-defined]
        if self.processes.world > 1:
            self.learner.together = self.processes  # type: ignore[attr-defined]
        if self.resume is not None:
            self._continue_from(self.resume)
        else:
            seed_everything(self.seed * 1000 + self.processes.rank)
            for one in {id(one): one for one in (model, self.evaluated)}.values():
                self.processes.start_equal(one)
        if self.progress is not None:
            metric = self.best.name if len(self.valid) else "train/loss"
            self.progress.start(steps=int(self.steps), epochs=self._said_epochs, done=self.step, metric=metric)

    def _updates(self) -> int:
        every = getattr(self.learner, "accumulate", 1)
        whole, rest = divmod(int(self.steps), self.batches)
        return whole * -(-self.batches // every) + -(-rest // every)

    def _continue_from(self, saved: Saved) -> None:
        saved.load(self.learner)
        position = saved.position
        self.step, self.epoch, self.batch = position.step, position.epoch, position.batch
        self.lines, self.totals, self.earlier = position.lines, position.totals, position.seconds
        self.best.load_state_dict(saved.state["stopping"])
        self.history.epochs = list(saved.state["epochs"])
        generators = saved.state["random"]
        if len(generators) != self.processes.world:
            raise UsageError(
                f"train: the run was saved by {len(generators)} process(es) and cannot go on with "
                f"{self.processes.world}; start as many as before."
            )
        norm = saved.state.get("norm")
        self.norm = None if norm is None else torch.tensor(norm)
        set_randomness(generators[self.processes.rank])

    def _finished(self) -> bool:
        if self.step >= self.steps:
            enough_epochs = self._said_epochs is not None and self.step >= self._said_epochs * self.batches
            self.history.stopped = "epochs" if enough_epochs else "steps"
        elif self.best.out_of_patience:
            self.history.stopped = "patience"
        else:
            return False
        return True

    def _indices(self) -> list[np.ndarray]:
        order = shuffled(self.train, seed=self.seed, epoch=self.epoch) if self.shuffle else self.train
        arrange = getattr(self.source, "arrange", None)
        if arrange is not None and self.shuffle:
            order = arrange(order, batch_size=self.batch_size, seed=self.seed, epoch=self.epoch)
        count = min(self.batches, self.batch + int(self.steps) - self.step)
        size = self.batch_size
        return [self.processes.share(order[i * size : (i + 1) * size]) for i in range(self.batch, count)]

    def _train_epoch(self) -> None:
        total, examples = self.totals
        if not self.on_host:
            total = torch.tensor(total, dtype=torch.float64, device=self.device)
        learn, log_every, watch, progress, epoch = (
            self.learner.step,
            self.log_every,
            self.watch,
            self.progress,
            self.epoch,
        )
        attendant = self.attendant
        indices = self._indices()
        remaining = len(indices)
        for batch in batches_of(self.source, indices, epoch=epoch):
            if attendant is not None:
                attendant.learning(epoch)
            record = learn(batch)
            if attendant is not None:
                attendant.learned(record, batch)
            self.step += 1
            self.batch += 1
            remaining -= 1
            size = record.examples
            if self.on_host:
                total += record.loss.item() * size
            else:
                total.add_(record.loss, alpha=size)
            examples += size
            if record.gradient_norm is not None:
                self.norm = record.gradient_norm
            if watch is not None:
                watch(record, batch)
            if self.step % log_every == 0 or self.step == 1:
                self._log_step(record)
            if progress is not None:
                progress.step(record, epoch)
            # Gradients that still accumulate are saved too, but only those of one process.
            whole = record.updated or self.processes.world == 1
            if remaining and whole and (self.ctrl_c.pressed or self._time_to_save()):
                self.totals = (float(total), examples)
                self._save(self._snapshot())
                self._stop_if_interrupted()
        flush = getattr(self.learner, "flush", None)
        if flush is not None:
            flush()
        self.totals = (float(total), examples)

    def _time_to_save(self) -> bool:
        if self.checkpoints is None:
            return False
        if self.checkpoint_steps is not None and self.step % self.checkpoint_steps == 0:
            return True
        wait = self.checkpoint_seconds
        return wait is not None and time.monotonic() - self.saved_at >= wait

    def _log_step(self, record: StepRecord) -> None:
        total, count = self.processes.sums([float(record.loss) * record.examples, record.examples], self.device)
        if not self.on_host:
            self._check_finite()
        line = {
            "event": "step",
            "step": self.step,
            "epoch": self.epoch,
            "time": round(self._seconds(), 3),
            "train/loss": total / count,
            "train/learning_rate": record.learning_rate,
        }
        if self.norm is not None:
            line["train/gradient_norm"] = float(self.norm)
        line.update({f"train/{name}": float(value) for name, value in record.extra.items()})
        self.history.steps.append(line)
        self._write_line(line)

    def _check_finite(self) -> None:
        check = getattr(self.learner, "check", None)
        if check is not None:
            check()

    def _write_line(self, line: dict[str, Any]) -> None:
        self.lines += 1
        if self.log is not None and self.processes.first:
            self.log(line)

    def _end_epoch(self) -> None:
        self._check_finite()
        total, examples = self.processes.sums(self.totals, self.device)
        self.processes.share_buffers(self.evaluated)
        line: dict[str, Any] = {
            "event": "epoch",
            "step": self.step,
            "epoch": self.epoch,
            "time": 0.0,
            "train/loss": total / examples,
        }
        if len(self.valid):
            line.update(self.processes.from_first(self._validate() if self.processes.first else None))
        line["time"] = round(self._seconds(), 3)
        if self.attendant is not None:
            self.attendant.validated(line)
        self.history.epochs.append(line)
        self._write_line(line)
        improved = len(self.valid) > 0 and self.best.judge(line, self.evaluated)
        observe = getattr(self.learner, "observe", None)
        if observe is not None and len(self.valid):
            observe(-line[self.best.name] if self.best.largest else line[self.best.name])
        if self.batch >= self.batches:
            self.epoch, self.batch, self.totals = self.epoch + 1, 0, (0.0, 0)
        self._keep(improved)
        if self.progress is not None:
            self.progress.epoch(line, best=improved)
        if self.ctrl_c.pressed:
            self._stop_if_interrupted(save=True)

    def _validate(self) -> dict[str, float]:
        with nullcontext() if self.attendant is None else self.attendant.validating():
            found = evaluate(
                self.evaluated,
                self.valid_source,
                self.valid,
                task=self.task,
                loss=self.loss,
                metrics=self.metrics,
                batch_size=self.eval_batch_size,
            )
        if not found.metrics:
            raise DataError("train: validation found nothing to measure; its examples have no targets or no loss.")
        return {f"valid/{name}": value for name, value in found.metrics.items()}

    def _keep(self, improved: bool) -> None:
        """Save the end of an epoch, unless saving would take too large a share of the time."""
        if self.checkpoints is None:
            return
        at_end = self._finished()
        waited = time.monotonic() - self.saved_at
        due = at_end or self.processes.world > 1 or waited * _SAVING_SHARE >= self.save_cost
        if improved or due:
            snapshot = self._snapshot()
            if improved:
                self.waiting_best = snapshot
            if due:
                self._save(snapshot)

    def _snapshot(self) -> Snapshot:
        """Copy the run; what can be computed again after resuming may be missing, what cannot must be here."""
        position = Position(self.step, self.epoch, self.batch, self.lines, self._seconds(), self.totals)
        self._check_finite()
        return take_snapshot(
            self.learner,
            {
                "position": asdict(position),
                "stopping": self.best.state_dict(),
                "epochs": list(self.history.epochs),
                "random": self.processes.gather(get_randomness()),
                "norm": None if self.norm is None else float(self.norm),
            },
        )

    def _save(self, snapshot: Snapshot) -> None:
        if self.checkpoints is not None and self.processes.first:
            began = time.monotonic()
            waiting, self.waiting_best = self.waiting_best, None
            if waiting is not None and waiting is not snapshot:
                self.checkpoints.save(waiting, best=True, last=False)
            self.checkpoints.save(snapshot, best=waiting is snapshot)
            self.save_cost = time.monotonic() - began
            if self.attendant is not None:
                self.attendant.saved()
        self.saved_at = time.monotonic()

    def _stop_if_interrupted(self, *, save: bool = False) -> None:
        if self.ctrl_c.pressed:
            if save and not self._finished():
                self._save(self._snapshot())
            raise KeyboardInterrupt

    def _seconds(self) -> float:
        return self.earlier + time.monotonic() - self.began
