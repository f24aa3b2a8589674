"""Passes: forward passes without gradient between two steps: evaluations, unless training goes on with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.doctor.observing.losses import LossCall, classes_right, terms
from glasswork.doctor.observing.models import Model
from glasswork.doctor.observing.rounds import tensors_in
from glasswork.doctor.observing.rows import Rows, companions
from glasswork.doctor.observing.scaling import Scaling
from glasswork.doctor.observing.statistics import look_at_tensor
from glasswork.doctor.vitals import Evaluation

if TYPE_CHECKING:
    from glasswork.doctor.observing.observer import Observer

__all__ = ["Passes"]

MOST_JUDGED = 200  # batches of one evaluation whose right answers are counted
MOST_RECALLED = 50  # likewise by class
MOST_CLASSES = 1000
MOST_MARKED = 200_000  # rows of one evaluation
KEPT = 1.2
LOOKS = 6  # batches in evaluation mode whose dropouts are looked at
WHOLE_PASSES = 4  # over the rows of a table; more say nothing of how it was scaled


class Passes:
    """The watch over evaluations.

    Args:
        observer: whom to tell.
    """

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.rows = Rows()
        self.scaling = Scaling()
        self._passed_over = False
        self.open: Evaluation | None = None
        self._losses: list[Tensor] = []
        self._right: list[Tensor] = []
        self._count = 0
        self._key: Any = None
        self._output: Any = None
        self._inputs: list[Tensor] = []
        self._judged = True
        self._from_loader = False
        self._known: list[float] = []
        self._marks: list[float] = []  # of its rows
        self._classes: list[tuple[Tensor, Tensor]] = []
        self._kept = 0  # the step of the last evaluation
        self._looked = -1  # when a single batch was last run without gradient, and nothing was made of it
        self._entry: tuple[nn.Module | None, nn.Module, Any, Any] | None = None
        self._looks = LOOKS
        self.restored = -1  # after which step weights were loaded that were not the last ones

    def on_forward(
        self, model: Model, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
    ) -> None:
        """See one forward pass without gradient."""
        self._judge_by_loader()
        if self.observer.steps_taken - model.last_step > self._recent():
            return  # a teacher, or a copy that follows: not what is trained now
        inputs = tensors_in([*args, *kwargs.values()])
        loaders = self.observer.loaders
        pointers = {tensor.data_ptr() for tensor in loaders.item}
        fed = any(tensor.data_ptr() in pointers for tensor in inputs)
        beside = companions(inputs) if len(inputs) > 1 and inputs[0].dim() else ()
        seen = self.rows.share_known(inputs[0], beside) if inputs else None
        if inputs:
            self.scaling.asked(inputs[0])
        key = (id(model), loaders.iterator if fed else seen is not None and seen > 0.5)
        if self.open is None or key != self._key:
            self.close()
            self.open = Evaluation(self.observer.steps_taken, matters=model.mode_matters)
            self.observer.forward.evaluated = True
            if "evaluation" not in self.observer.vitals.places:
                self.observer.place("evaluation")
            self._key = key
            if inputs:
                self.open.inputs = look_at_tensor(inputs[0])
        evaluation = self.open
        evaluation.batches += 1
        evaluation.training_mode = evaluation.training_mode or module.training
        if seen is not None:
            self._known.append(seen)
        if inputs and len(self._marks) < MOST_MARKED:
            drawn = module.training and model.mode_matters
            self._marks += self.rows.asked or (self.rows.marks(inputs[0]) if drawn else [])
        self._output, self._inputs, self._judged = output, inputs, False
        self._entry = (model.root(), module, args, kwargs)
        self._from_loader = self._from_loader or fed

    def wants_dropouts(self) -> bool:
        """Whether it is of interest which dropouts drop units in the batch that is evaluated now."""
        return self._looks > 0 and self.observer.steps_taken > 0

    def on_dropouts(self, dropping: int) -> None:
        """See how many dropouts dropped units in a batch that was evaluated."""
        self._looks -= 1
        if self.open is not None:
            self.open.dropping = max(self.open.dropping or 0, dropping)

    @contextlib.contextmanager
    def loading(self, module: nn.Module) -> Iterator[None]:
        """See weights being loaded: those of an earlier evaluation, where they differ from what was trained last.

        Args:
            module: into which they are loaded.
        """
        observer = self.observer
        judged = self.open is not None or bool(observer.vitals.evaluations)
        ours = not observer.deaf and judged and any(model.root() is module for model in observer.forward.models)
        some = next((p for p in module.parameters() if p.requires_grad), None) if ours else None
        before = some.detach().clone() if some is not None else None
        yield
        with observer.guarded("weights that were loaded"):
            if some is not None and before is not None and not torch.equal(some, before):
                self.restored = observer.steps_taken

    def wants_batch(self) -> bool:
        """Whether the batch that is trained on now is of interest; to be asked once a batch."""
        rows, scaling = self.rows, self.scaling
        self._passed_over = not rows.complete or rows.passed_over()
        if not self._passed_over:
            return True
        return scaling.whole and (not rows.complete or scaling.rows < WHOLE_PASSES * rows.known)

    def learned(self, inputs: Sequence[Any]) -> None:
        """See a batch that is trained on, and that is of interest: what the model was called with, a tensor first."""
        batch = inputs[0]
        copy = self.scaling.learned(batch)
        if not self._passed_over:
            beside = companions(inputs) if len(inputs) > 1 and batch.dim() else ()
            self.rows.learn(batch if copy is None else copy, ours=copy is not None, beside=beside)

    def _recent(self) -> int:
        """Return how many steps one turn of the loop makes: so recent is a pass of what is trained now."""
        return max(1, len(self.observer.steppings))

    def on_loss(self, call: LossCall) -> None:
        """See a loss that was measured without gradient."""
        if self.open is None:
            return
        if isinstance(call.value, Tensor) and call.value.numel() == 1:
            losses = self.observer.vitals.losses
            # A sum over the examples of an evaluation, where training takes the mean: what it would say is the mean.
            apart = bool(losses) and (losses[0].kind, losses[0].reduction) == (call.facts.kind, "mean")
            self._losses.append(call.value.detach() / (terms(call) if apart else 1))
        joined = self.open.batches > 1 and _rows(call.outputs) > _rows(self._output)
        if joined:  # outputs of many batches: each has been judged already where the loader says its targets
            self._judge_by_loader()
        if not self._judged or (joined and not self._count):
            self._judged = self._judge(call.outputs, call.targets, call.facts.kind)

    def _judge_by_loader(self) -> None:
        """Count right answers of a batch for which no loss was called."""
        if self._judged or self.open is None:
            return
        outputs = [tensor for tensor in tensors_in(self._output) if tensor.is_floating_point()]
        targets = self.observer.loaders.targets_for(self._inputs)
        self._judge(outputs[0] if outputs else None, targets, self.observer.backwards.usual_kind())

    def _judge(self, outputs: Any, targets: Any, kind: str | None) -> bool:
        """Count right answers; return whether these are answers that can be right."""
        self._judged = True
        if self._entry is not None and isinstance(targets, Tensor):
            self.observer.keeping.asked(*self._entry, targets)
            self._entry = None
        if self.open is None or self.open.batches > MOST_JUDGED:
            return True
        found = classes_right(outputs, targets, kind)
        if found is None:
            return False
        guessed, right = found[0].flatten(), found[1].flatten()
        self._right.append((guessed == right).sum())
        self._count += right.numel()
        if self.open.batches <= MOST_RECALLED:
            self._classes.append((guessed == right, right))
        return True

    def before_item(self) -> None:
        """Settle what waits for the loader's batch, before the next one comes."""
        if not self._judged:
            with torch.no_grad():
                self._judge_by_loader()

    def _recall(self) -> dict[int, tuple[int, int]] | None:
        """Return right answers and all, by class."""
        if not self._classes:
            return None
        hits, right = (torch.cat(parts) for parts in zip(*self._classes, strict=True))
        if bool((right < 0).any()) or int(right.max()) >= MOST_CLASSES:
            return None
        shown, good = torch.bincount(right).tolist(), torch.bincount(right[hits]).tolist()
        good += [0] * (len(shown) - len(good))
        return {place: (good[place], count) for place, count in enumerate(shown) if count}

    def close(self, used: list[Tensor] | None = None) -> Evaluation | None:
        """End the evaluation; drop it where training goes on with its output.

        Args:
            used: what training goes on with.
        """
        evaluation, self.open = self.open, None
        if evaluation is None:
            return None
        if not self._judged:
            self.open = evaluation
            self._judge_by_loader()
            self.open = None
        pointers = {tensor.data_ptr() for tensor in tensors_in(self._output) if tensor.numel()}
        fed_on = any(tensor.data_ptr() in pointers for tensor in used or [])
        if self._losses:
            evaluation.loss = float(torch.stack([loss.float() for loss in self._losses]).mean())
        if self._count:
            evaluation.correct = float(torch.stack(self._right).sum()) / self._count
        if self._known:
            evaluation.repeated = sum(self._known) / len(self._known)
            evaluation.learned, evaluation.parts = self.rows.known, self.rows.parts
        if self._marks:
            evaluation.rows, evaluation.different = len(self._marks), len(set(self._marks))
        evaluation.recall = self._recall()
        bare = evaluation.batches == 1 and not self._losses and not self._count
        # One batch between two steps, again and again: a policy that acts, samples that are drawn. Some are kept.
        habit = bare and 0 < evaluation.step - self._looked <= self._recent() and evaluation.step < KEPT * self._kept
        self._looked = evaluation.step if bare else self._looked
        self._kept = self._kept if habit else evaluation.step
        # A teacher's answers to the batch that is learned from now, or the network's own before the step.
        shared = {(tensor.data_ptr(), tensor.numel()) for tensor in used or [] if tensor.numel()}
        same = bare and any((tensor.data_ptr(), tensor.numel()) in shared for tensor in self._inputs)
        dropped = habit or same or (fed_on and not self._losses)
        self._classes, self._marks = [], []
        self._losses, self._right, self._count, self._known = [], [], 0, []
        self._output, self._inputs, self._judged, self._from_loader, self._entry = None, [], True, False, None
        if dropped:
            return None
        self.observer.vitals.evaluations.append(evaluation)
        return evaluation


def _rows(output: Any) -> int:
    """Return how many examples an output is about: the length of its first tensor, 0 without one."""
    made = [tensor for tensor in tensors_in(output) if tensor.dim()]
    return len(made[0]) if made else 0
