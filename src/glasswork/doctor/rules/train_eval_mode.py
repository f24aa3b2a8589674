"""Training in evaluation mode, or evaluation in training mode.

Looks at:     the mode of the layers that differ between the two (batch norm, dropout) at every step, the model's mode
              in passes without gradient, and dropouts that run there.
Fires when:   TIMES steps in a row find all such layers in evaluation mode; a validation pass runs in training mode
              (where neither loss nor score was seen, SEVERAL batches, or the same ROWS held-out rows AGAIN times); or
              units are dropped in validation although the model is in evaluation mode (``F.dropout(x)`` does not know
              the mode, nor does a dropout layer that is made in ``forward``).
Why it hurts: in evaluation mode batch norm does not learn its statistics and dropout does not regularise. In training
              mode a validation result depends on which examples share a batch, is dimmed by dropout, and lets
              validation data into batch norm's statistics.
Try first:    ``model.train()`` before each training pass, also after every validation; ``model.eval()`` before each
              validation; ``F.dropout(x, p, training=self.training)``.
Can be wrong: batch norm of a pretrained network is often frozen on purpose: if it held statistics at the first step,
              or its weights do not learn, it is a note at most. Layers behind which nothing learns any more, as in a
              body under a probe, are in evaluation mode for good reason and do not count. Monte-Carlo dropout
              evaluates in training mode on purpose: silent where the same rows passed DRAWS times or more, and no batch
              norm learned from them. A note where rows that were trained on pass without a loss: so statistics of batch
              norm are measured anew.
Source:       TheDeepChecker (Ben Braiek & Khomh 2022); TIMES: the mode is a fact, one more look excludes a pass
              between.
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import is_batch_norm, needs_mode, ordered, parameters
from glasswork.doctor.rules._data import main_input
from glasswork.doctor.vitals import Evaluation, LayerFacts, ModelFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["train_eval_mode"]

TIMES = 2
DRAWS = 5
AGAIN = 3
ROWS = 20
KNOWN = 0.99  # of the rows
SEVERAL = 2  # batches of a pass without gradient that make it a validation even where no loss or score was seen


def train_eval_mode(vitals: Vitals) -> Iterator[Finding]:
    """Yield a training in evaluation mode, and the first validation in training mode."""
    for model in vitals.models.values():
        yield from _training(model, vitals.steps, alone=len(vitals.models) == 1)
    found = _dropping(vitals)
    if found:
        yield found
    else:
        yield from _validation(vitals)


def _training(model: ModelFacts, steps: list[StepVitals], *, alone: bool) -> Iterator[Finding]:
    layers = [layer for layer in ordered(model) if needs_mode(layer)]
    row, was_training, learning = 0, False, True
    for step in steps:
        flags = [step.layers[x.name].training for x in layers if x.name in step.layers]
        flags = [step.training] if alone and step.training is not None else flags  # the first is seen at every step
        known = [flag for flag in flags if flag is not None]
        if step.skipped or not layers or not known:
            continue
        if any(known):
            row, was_training = 0, True
            continue
        if step.sampled and step.update_norm:
            learning = any(_learns_before(model, layer, step) for layer in layers)
        if was_training and not learning:
            row = 0
            continue
        row += 1
        if row < TIMES:
            continue
        frozen = not was_training and _frozen(model, layers, steps)
        names = ", ".join(layer.name for layer in layers[:3]) + (", …" if len(layers) > 3 else "")
        yield Finding(
            "train-eval-mode",
            "note" if frozen else "critical",
            0.4 if frozen else 0.95,
            "loop",
            f"At step {step.number} all {len(layers)} layers that need training mode ({names}) were in evaluation mode"
            + (", after they had been in training mode before." if was_training else "."),
            "Call model.train() before each training pass, also after every validation.",
            step.number,
        )
        return


def _learns_before(model: ModelFacts, layer: LayerFacts, step: StepVitals) -> bool:
    """Return whether this step changed the layer or one that runs before it: else its mode is of no account."""
    near = [other.name for other in ordered(model) if (other.order or 0) <= (layer.order or 0)]
    return any((step.layers[name].update or 0) > 0 for name in near if name in step.layers)


def _frozen(model: ModelFacts, layers: list[LayerFacts], steps: list[StepVitals]) -> bool:
    """Return whether these are batch norms that were given their statistics and left so on purpose."""
    if not all(is_batch_norm(layer) for layer in layers):
        return False
    scales = [p for layer in layers for p in parameters(model, layer.name)]
    if scales and not any(p.trainable for p in scales):
        return True
    first = [
        step.layers[x.name] for step in [s for s in steps if s.layers][:1] for x in layers if x.name in step.layers
    ]
    return bool(first) and all(layer.running_zero is False for layer in first)


def _dropping(vitals: Vitals) -> Finding | None:
    """Return the finding for units that are dropped although the model was asked not to."""
    for evaluation in vitals.evaluations:
        if not evaluation.dropping or evaluation.training_mode or _drawn(vitals, evaluation):
            continue
        judged = evaluation.loss is not None or evaluation.correct is not None or evaluation.batches >= SEVERAL
        if not judged and not vitals.finished:
            continue
        layers = [layer for model in vitals.models.values() for layer in model.layers.values()]
        called = [layer.name for layer in layers if layer.family == "dropout" and ">" in layer.name]
        which = f" ({', '.join(called[:3])})" if called else ""
        return Finding(
            "train-eval-mode",
            "critical",
            0.9,
            "loop",
            f"In the validation after step {evaluation.step} the model was in evaluation mode, and "
            f"{evaluation.dropping} {'dropout' if evaluation.dropping == 1 else 'dropouts'}{which} went on dropping "
            "units.",
            "Write F.dropout(x, p, training=self.training), or make nn.Dropout in __init__ and call it in forward.",
            evaluation.step,
        )
    return None


def _validation(vitals: Vitals) -> Iterator[Finding]:
    players = len({step.optimizer for step in vitals.steps} | set(vitals.optimizers))
    for evaluation in vitals.evaluations:
        if not (evaluation.training_mode and evaluation.matters):
            continue
        judged = evaluation.loss is not None or evaluation.correct is not None
        if not judged and (players > 1 or (evaluation.batches < SEVERAL and not _held_out(vitals, evaluation))):
            continue  # a look at samples, as in a GAN, or an action chosen by a policy
        if not _drawn(vitals, evaluation):
            settled = evaluation.loss is None and (evaluation.repeated or 0.0) >= KNOWN and _learns_statistics(vitals)
            yield Finding(
                "train-eval-mode",
                "note" if settled else "critical",
                0.4 if settled else 0.95 if judged else 0.75,
                "loop",
                f"The validation after step {evaluation.step} ({evaluation.batches} batches without gradient) ran in "
                "training mode, in which this model's layers drop units or use the batch's own statistics.",
                "Call model.eval() before validation and model.train() after it.",
                evaluation.step,
            )
            return


def _held_out(vitals: Vitals, evaluation: Evaluation) -> bool:
    """Return whether the same rows, like the training's and none of them, are shown time and again: held-out data."""
    shown, data = evaluation.inputs, next(filter(None, map(main_input, vitals.sampled())), None)
    if shown is None or data is None or shown.shape[1:] != data.shape[1:] or evaluation.repeated != 0.0:
        return False
    again = [e for e in vitals.evaluations if e.inputs == shown and e.batches == evaluation.batches]
    return len(again) >= AGAIN and evaluation.learned is not None and shown.shape[0] >= ROWS


def _drawn(vitals: Vitals, evaluation: Evaluation) -> bool:
    """Return whether the same rows passed again and again, so that what dropout leaves of the units is averaged."""
    rows, different = evaluation.rows, evaluation.different
    if not rows or not different:
        return False
    # A loader that is run through anew for each draw makes an evaluation of each.
    same = [e for e in vitals.evaluations if (e.step, e.rows, e.different) == (evaluation.step, rows, different)]
    if len(same) * rows < DRAWS * different:
        return False
    return not (evaluation.training_mode and _learns_statistics(vitals))


def _learns_statistics(vitals: Vitals) -> bool:
    return any(is_batch_norm(layer) for model in vitals.models.values() for layer in model.layers.values())
