"""Attending: the doctor beside a run's training; what it sees of any script, and what a run knows exactly.

The observer that watches scripts watches here, too. Told rather than guessed are: how many steps there will be, which
pass over the data this is, the batch size and the order, the validations, whether the best weights are kept, and the
numbers that reach the model behind the network's own preprocessing. No number of the training changes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from glasswork.data import Prepared
from glasswork.doctor import Checkup, Vitals
from glasswork.doctor.observing.observer import Observer
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.vitals import Evaluation, StepVitals
from glasswork.errors import NonFiniteError, TrainingError
from glasswork.layers import Network
from glasswork.records import Finding
from glasswork.runs.attending_rule import RuleWatch
from glasswork.runs.folder import RunFolder
from glasswork.runs.recipe import Recipe
from glasswork.runs.vitals_file import VITALS, vitals_from_bytes, vitals_to_bytes

if TYPE_CHECKING:
    from glasswork.learning import Learner
    from glasswork.records import Batch, StepRecord

__all__ = ["Attending", "joined"]

_SHARE = 0.005  # of the training's time that rules may take while it runs; and the same again for writing
_RULES, _FILE = 0.02, 0.05  # seconds that one look of the rules and one writing take, until it was seen
_GROWTH = 1.5  # between two looks of the rules
# The inspection of the data has read every row, where a rule sees some, and behind our own encoding of missing values.
_ELSEWHERE = ("class-imbalance", "constant-feature", "duplicate-rows")
_ANYWHERE = ("non-finite", "non-finite-data", "unscaled-inputs", "unscaled-targets", "divergence", "unshuffled-data")


class Attending:
    """The doctor during one training; a context manager, and the `Attendant` that the loop talks to.

    Args:
        folder: where findings go.
        recipe: says batch size and whether the best weights are kept.
        prepared: the data, with what its inspection found.
        learner: what learns.
        resumed: whether it goes on from a checkpoint.
        deadline: a time of ``time.monotonic`` after which no further epoch begins; None: none.
    """

    def __init__(
        self,
        folder: RunFolder,
        recipe: Recipe,
        prepared: Prepared,
        learner: Learner,
        *,
        resumed: bool,
        deadline: float | None = None,
    ) -> None:
        self.folder, self.prepared, self.learner = folder, prepared, learner
        self.vitals = (_earlier(folder) if resumed else None) or Vitals()
        self.checkup = Checkup(self.vitals, _rules(descends=hasattr(learner, "optimizer")))
        self.vitals.recipe = True
        self.vitals.keeps_best = bool(recipe.training.restore_best) and len(prepared.parts["valid"]) > 0
        rows, batch = len(prepared.parts["train"]), recipe.training.batch_size or len(prepared.parts["train"])
        self.vitals.loader.update(batch_size=batch, shuffle=True, rows=rows, workers=0, drop_last=False)
        self._valid_batches = -(-len(prepared.parts["valid"]) // max(batch, 1))
        self._epoch, self._deadline = 1, deadline
        self._started = False
        self._body = learner.model.body if isinstance(learner.model, Network) else None
        self._inputs: dict[str, Tensor] = {}
        self._handle: Any = None
        self._observer: Observer | None = None
        self._rule: RuleWatch | None = None
        if hasattr(learner, "optimizer"):
            self._observer = Observer(self.vitals, self._stepped)
            self.checkup.settle = self._observer.settle
        else:
            self._rule = RuleWatch(learner, self.vitals)
        self._next, self._began = 1, time.perf_counter()
        self._asking, self._writing = _Share(_RULES), _Share(_FILE)

    def __enter__(self) -> Self:
        if self._observer is not None:
            self._observer.passes.rows.complete = False  # which rows are for training is settled by the split
            self._observer.add_model(self.learner.model)
            self._observer.on_optimizer(self.learner.optimizer)  # type: ignore[attr-defined]
            self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unhook()
        if isinstance(error, NonFiniteError):
            self._broke(error)
        elif isinstance(error, Exception):
            self.vitals.error = f"{type(error).__name__}: {error}"
        if self._observer is not None:
            self._observer.stop()
        self.vitals.finished = not isinstance(error, KeyboardInterrupt)
        _forget_places(self.vitals)
        with suppress(Exception) if error is not None else _nothing():  # the training's own error is the one to be told
            self.write()

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the training, causes first."""
        return self.checkup.findings

    def write(self) -> None:
        """Write what was seen, and all findings: those of the data, and those of the training."""
        self.folder.write_bytes(VITALS, vitals_to_bytes(self.vitals))
        listed = joined(self.prepared.findings, self.findings)
        self.folder.write_json("findings.json", {"findings": [finding.to_json() for finding in listed]})

    # --- what the loop says ------------------------------------------------------------------------------------------

    def learning(self, epoch: int) -> None:
        """See a batch coming."""
        self._epoch = epoch
        if not self._started:
            self._begin()
        if self._observer is None:
            with self._guarded():
                if self._rule is not None:
                    self._rule.learning()
        elif self._body is not None and self._observer.forward.looking and self._handle is None:
            self._handle = self._body.register_forward_pre_hook(self._see_inputs, with_kwargs=True)

    def learned(self, record: StepRecord, batch: Batch) -> None:
        """See what came of it."""
        if self._handle is not None:
            self._unhook()
        if self._rule is not None:
            with self._guarded():
                self._rule.learned(record)
                self._stepped()

    @contextmanager
    def validating(self) -> Iterator[None]:
        """Look away: a validation's figures are told by `validated`."""
        if self._observer is None:
            yield
            return
        self._observer.deaf = True
        try:
            yield
        finally:
            self._observer.deaf = False

    def validated(self, line: dict[str, Any]) -> None:
        """Take an epoch's validation, and end the training where its time is up."""
        if "valid/loss" in line:
            self._validated(line)
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TrainingError(
                f"time was up after epoch {line['epoch']}; go on with: glasswork train --resume {self.folder}"
            )

    def _validated(self, line: dict[str, Any]) -> None:
        steps = self.vitals.steps[-1].number if self.vitals.steps else 0
        matters = self._observer is not None and any(model.mode_matters for model in self._observer.forward.models)
        self.vitals.evaluations.append(
            Evaluation(
                steps,
                loss=float(line["valid/loss"]),
                correct=line.get("valid/accuracy"),
                batches=self._valid_batches,
                matters=matters,
            )
        )

    def saved(self) -> None:
        """Write what was seen beside a checkpoint, where that takes a small share of the time."""
        if self._writing.affordable(time.perf_counter() - self._began):
            with self._writing:
                self.folder.write_bytes(VITALS, vitals_to_bytes(self.vitals))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Within it, a mistake of ours ends the watch, not the training."""
        try:
            yield
        except Exception as error:
            self._rule = None
            self.vitals.blind.append(f"Watching the learner failed ({type(error).__name__}: {error}).")

    # --- what is seen ------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Learn how long it will be, and where it stands: the loop has filled that in by now."""
        self._started = True
        done = int(getattr(self.learner, "updates", getattr(self.learner, "number", 0)))
        _cut(self.vitals, done)
        self.vitals.planned_steps = getattr(self.learner, "steps", None)
        if self._observer is not None:
            for stepping in self._observer.steppings.values():
                stepping.number = done
            self._observer.steps_taken = done
        schedule = getattr(self.learner, "schedule", None)
        if schedule is not None:
            self.vitals.scheduler = {"kind": type(schedule).__name__, "steps": done, "before_optimizer": False}

    def _stepped(self) -> None:
        """Add to a step what is known of it; run the rules now and then."""
        step = self.vitals.steps[-1]
        step.epoch = self._epoch - 1
        if self.vitals.scheduler:
            self.vitals.scheduler["steps"] = step.number
        if step.sampled:
            if step.batch is not None and self._inputs:
                step.batch.inputs, step.batch.tokens = _seen(self._inputs)
            _forget_places(self.vitals)
        self._inputs = {}
        count = len(self.vitals.steps)
        if count >= self._next:
            self._next = int(count * _GROWTH) + 1
            if self._asking.affordable(time.perf_counter() - self._began):
                with self._asking:
                    self.checkup.examine()

    def _see_inputs(self, body: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        if not self._inputs:
            self._inputs = {
                name: value.detach()
                for name, value in [*((str(place), value) for place, value in enumerate(args)), *named.items()]
                if isinstance(value, Tensor) and value.dim()
            }

    def _unhook(self) -> None:
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _broke(self, error: NonFiniteError) -> None:
        """Note the step that was not finite: it was refused before an optimizer could take it."""
        said = str(error)
        step = StepVitals((self.vitals.steps[-1].number if self.vitals.steps else 0) + 1, epoch=self._epoch - 1)
        if self._observer is not None:
            stepping = next(iter(self._observer.steppings.values()))
            step.optimizer, step.learning_rates = stepping.facts.name, stepping.rates()
            if self._observer.forward.looking:
                step.sampled, step.layers = True, dict(self._observer.forward.round.captures)
        if "loss" in said:
            step.loss = math.nan
        else:
            step.gradient_norm, step.sampled = math.nan, True
        self.vitals.steps.append(step)
        self.vitals.error = said


def joined(data: tuple[Finding, ...] | list[Finding], training: list[Finding]) -> list[Finding]:
    """Return the findings of the data's inspection and those of the training, each fault of the data told once.

    Inspection has read every row, the training some batches: where both say the same, the inspection's sentence stays.
    """
    from glasswork.doctor.causes import order

    told = {finding.fault for finding in data}
    return list(order([*data, *(finding for finding in training if finding.fault not in told)]))


def _rules(*, descends: bool) -> dict[str, Any]:
    """Return the rules that apply: of a learner without a gradient, only those that ask for none."""
    from glasswork.doctor.rules import rules

    return {code: rule for code, rule in rules().items() if code not in _ELSEWHERE and (descends or code in _ANYWHERE)}


def _earlier(folder: RunFolder) -> Vitals | None:
    """Return what an earlier session saw."""
    path = folder.path / VITALS
    if not path.is_file():
        return None
    try:
        vitals = vitals_from_bytes(path.read_bytes())
    except (OSError, ValueError):
        return None  # a crash may have damaged it: the doctor then begins here, the training does not care
    vitals.finished, vitals.error = False, None
    vitals.optimizers = {}
    return vitals


def _cut(vitals: Vitals, done: int) -> None:
    """Forget what was seen after the checkpoint from which a run goes on."""
    vitals.steps = [step for step in vitals.steps if step.number <= done]
    vitals.evaluations = [evaluation for evaluation in vitals.evaluations if evaluation.step <= done]


def _seen(inputs: dict[str, Tensor]) -> tuple[dict[str, Any], dict[str, Any]]:
    floats: dict[str, Any] = {}
    tokens: dict[str, Any] = {}
    with torch.no_grad():
        for name, tensor in inputs.items():
            (floats if tensor.is_floating_point() else tokens)[name] = look_at_tensor(tensor)
    return floats, tokens


def _forget_places(vitals: Vitals) -> None:
    """Forget lines of code: a run's user wrote none of them."""
    vitals.places.clear()
    for loss in vitals.losses:
        loss.where = None


class _Share:
    """Something that is done now and then, so that it takes a small share of the time; a context that counts it."""

    def __init__(self, cost: float) -> None:
        self.cost, self.spent, self._started = cost, 0.0, 0.0

    def affordable(self, elapsed: float) -> bool:
        return self.spent + self.cost <= _SHARE * elapsed

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.cost = time.perf_counter() - self._started
        self.spent += self.cost


@contextmanager
def _nothing() -> Iterator[None]:
    yield
