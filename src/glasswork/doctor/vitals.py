"""Vitals: what is seen of a training, as plain numbers; all that a rule may look at.

Observers write it while a training runs; rules read it, then or later. Nothing in it needs torch. Where something could
not be seen, the field is None and a rule that needs it abstains: None never means 0.

Names: a layer is its module's path (``encoder.0``), prefixed with the model's name where there are several
(``generator/encoder.0``); an activation that is called as a function is a layer of its own, named by where it is called
and what it is (``net.conv1>relu``). A parameter has its name in ``named_parameters``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from glasswork.doctor.facts import LayerFacts, LossFacts, ModelFacts, OptimizerFacts, ParameterFacts

__all__ = [
    "BatchVitals",
    "Evaluation",
    "LayerFacts",
    "LayerVitals",
    "LossFacts",
    "ModelFacts",
    "OptimizerFacts",
    "ParameterFacts",
    "Probe",
    "StepVitals",
    "TensorVitals",
    "Vitals",
]


@dataclass(slots=True)
class TensorVitals:
    """A tensor of a batch in numbers.

    Args:
        shape: its shape, batch first.
        dtype: ``float32``, ``int64`` …
        mean: over all its elements.
        std: likewise.
        low: its least finite element.
        high: its greatest finite element.
        bad: how many elements are NaN or infinite.
        feature_means: by feature (last dimension of a table, channel of an image), at most 256 of them.
        feature_stds: likewise.
        zeros: fraction of elements that are exactly 0.
        row_sums: least and greatest sum over the last dimension, where it has at most 10,000 elements.
        negative: fraction of elements below 0.
        distinct: how many different values, where there are at most 1,000; else None.
        counts: how often each value occurs, for integers (and floats that are whole) with at most 1,000 values.
        longest_run: of equal neighbours, for one-dimensional integers: labels that are sorted have long ones.
        rows_alike: largest difference between any two rows, divided by the std: 0 where every row is the same.
        neighbours: of images (four dimensions): correlation of values 1, 2, 3 and 4 places apart along the last one.
        scrambled: of images in colours: the share that would make more sense (neighbours and colours more alike) if
            their numbers were read as rows of pixels with the colours last.
        order: of sequences (three dimensions), how much more alike neighbours are, over the batch, than any two places
            of the same row (a difference of correlations): along the second dimension, along the last, and along the
            second if the numbers were read with the last two dimensions exchanged in name alone (``view``); and how
            alike any two places are along the last.
    """

    shape: tuple[int, ...]
    dtype: str
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    bad: int = 0
    feature_means: list[float] | None = None
    feature_stds: list[float] | None = None
    zeros: float | None = None
    row_sums: tuple[float, float] | None = None
    negative: float | None = None
    distinct: int | None = None
    counts: dict[int, int] | None = None
    longest_run: int | None = None
    rows_alike: float | None = None
    neighbours: tuple[float, float, float, float] | None = None
    scrambled: float | None = None
    order: tuple[float, float, float, float] | None = None


@dataclass(slots=True)
class LayerVitals:
    """One layer in one sampled step; each field None where it does not apply.

    Args:
        weight: root mean square of its weights (matrices and filters, not biases) before the step.
        gradient: likewise of their gradient, as the optimizer saw it.
        update: likewise of what the step changed.
        bias: root mean square of its biases.
        gradient_alike: whether the gradient's rows are equal, one a unit.
        decay: root mean square of weight decay times weight, where the optimizer has weight decay; Adam and SGD add it
            to the gradient, AdamW and its like subtract it from the weight, times the learning rate.
        mean: of its output.
        std: of its output.
        low: least element of its output.
        high: greatest element of its output.
        zeros: fraction of its output that is exactly 0.
        saturated: fraction of its output where the slope is below 0.01; bounded activations only.
        silent: units (channels) whose output was 0 for every example and place of this batch, as a bit mask.
        stuck: units saturated on the same side for every example of this batch, as a bit mask; bounded ones only.
        units: how many units the masks are about.
        bad: how many elements of its output are NaN or infinite.
        bad_gradient: likewise of its gradient.
        rank: effective rank of its output (exponential of the entropy of its squared singular values, the mean
            example subtracted), over at most 128 examples; where taken.
        running_gap: a norm layer's distance between running and batch mean, in batch standard deviations.
        running_spread: how many times wider or narrower its running deviation is than the batch's; the middle channel.
        running_zero: whether a norm layer's running mean is still exactly 0.
        given_zeros: of a dense layer whose input is no other layer's output as it was: fraction of it that is exactly
            0, rows and columns of nothing but 0 left out; in the first steps of training.
        given_rank: of a dense layer with one or two outputs: effective rank of its input; where taken.
        training: its mode flag.
    """

    weight: float | None = None
    gradient: float | None = None
    update: float | None = None
    bias: float | None = None
    gradient_alike: bool | None = None
    decay: float | None = None
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    zeros: float | None = None
    saturated: float | None = None
    silent: int | None = None
    stuck: int | None = None
    units: int | None = None
    bad: int = 0
    bad_gradient: int = 0
    rank: float | None = None
    running_gap: float | None = None
    running_spread: float | None = None
    running_zero: bool | None = None
    given_zeros: float | None = None
    given_rank: float | None = None
    training: bool | None = None


@dataclass(slots=True)
class BatchVitals:
    """What went into one sampled step and came out of it.

    Args:
        inputs: the model's floating inputs, by argument (``0``, ``1`` … or keyword).
        tokens: its integer inputs, likewise.
        outputs: what the loss was called with, or the model's output.
        targets: what the loss compared with, or the loader's item that matches the batch; None when neither is known.
        recall: right and all, by class, where outputs are scores and targets classes.
        correct: fraction of examples whose class was predicted rightly.
        baseline_loss: the loss of the best constant prediction for this batch's targets, of the same kind.
        entered: what the first layer with weights to multiply by (dense, convolution, recurrent, attention) was given:
            the model's input, or what the model has made of it; of several that take data, the one with most numbers
            an example. Seen in the first steps only.
    """

    inputs: dict[str, TensorVitals] = field(default_factory=dict)
    tokens: dict[str, TensorVitals] = field(default_factory=dict)
    outputs: TensorVitals | None = None
    targets: TensorVitals | None = None
    recall: dict[int, tuple[int, int]] | None = None
    correct: float | None = None
    baseline_loss: float | None = None
    entered: TensorVitals | None = None


@dataclass(slots=True)
class StepVitals:
    """One call of an optimizer's ``step``; loss and counts are seen at every step, the rest where it was sampled.

    Args:
        number: from 1, per optimizer.
        optimizer: its name.
        loss: the mean of the tensors that ``backward`` was called on since the last step; None when there was none.
        learning_rates: one a group.
        gradient_norm: of the whole gradient as the optimizer saw it; sampled.
        before_clip: of the whole gradient before it was clipped, where clipping was seen.
        update_norm: of the whole update; sampled.
        weight_norm: of all weights; sampled.
        alignment: cosine between the update and the negative gradient; below 0 the step went uphill. Sampled.
        backwards: calls of ``backward`` since the last step.
        zeroed: whether gradients were set to zero or None since the last step.
        carried: whether the gradient still held the earlier step's: fraction of its norm that was there before this
            step's first ``backward``; sampled.
        skipped: whether an AMP scaler left the weights as they were.
        sampled: whether the fields that say so were looked at.
        layers: by name; sampled.
        batch: sampled.
        seconds: since the last step.
        epoch: which pass over the loader, from 0; None without a loader.
        memory: resident megabytes of the process; sampled.
        training: whether any layer that differs between the modes was in training mode in this step's forward pass;
            None where there is none, or no forward pass was seen. At every step.
        graphs: of the last 64 tensors that ``backward`` was called on (later on, of every eighth), how many still have
            their graph: one or two in a sound loop, all where losses are kept with it; sampled, and now and then.
    """

    number: int
    optimizer: str = "optimizer"
    loss: float | None = None
    learning_rates: tuple[float, ...] = ()
    gradient_norm: float | None = None
    before_clip: float | None = None
    update_norm: float | None = None
    weight_norm: float | None = None
    alignment: float | None = None
    backwards: int = 1
    zeroed: bool | None = None
    carried: float | None = None
    skipped: bool = False
    sampled: bool = False
    layers: dict[str, LayerVitals] = field(default_factory=dict)
    batch: BatchVitals | None = None
    seconds: float | None = None
    epoch: int | None = None
    memory: float | None = None
    training: bool | None = None
    graphs: int | None = None


@dataclass(slots=True)
class Evaluation:
    """A run of forward passes without gradient, between two steps: validation.

    Args:
        step: how many steps had been taken.
        loss: mean over its batches of what the loss function returned; None when none was called.
        correct: fraction of right classes, where that can be told.
        batches: how many forward passes.
        training_mode: whether the model was in training mode.
        matters: whether the model has layers that differ between the modes (dropout, batch norm).
        repeated: fraction of its rows that had been seen in training, by hash; None when rows were not hashed.
        learned: how many different rows had been trained on by then; likewise.
        inputs: of its first batch.
        recall: right and all, by class, over its batches; None where that cannot be told.
        dropping: how many dropouts dropped units in a batch of it; None where that was not looked at.
        rows: how many rows its passes had, of the first 200,000; None where they were not hashed.
        different: how many of those were different.
        parts: of a model that is given several tensors, how many different rows of the first had been trained on.
    """

    step: int
    loss: float | None = None
    correct: float | None = None
    batches: int = 0
    training_mode: bool = False
    matters: bool = False
    repeated: float | None = None
    inputs: TensorVitals | None = None
    recall: dict[int, tuple[int, int]] | None = None
    dropping: int | None = None
    learned: int | None = None
    rows: int | None = None
    different: int | None = None
    parts: int | None = None


@dataclass(slots=True)
class Probe:
    """An experiment on a copy: what was tried and what came of it.

    Args:
        name: ``one-batch``, ``learning-rate``, ``scaled-inputs``, ``shuffled-labels``, ``batch-mixing`` …
        seconds: how long it took.
        figures: its numbers; each experiment's file says which.
    """

    name: str
    seconds: float
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Vitals:
    """Everything that is known of one training so far.

    Args:
        models: by name.
        optimizers: by name.
        losses: the kinds that were seen, most frequent first.
        steps: in order; of a very long training, the earlier ones that were not sampled are thinned out.
        evaluations: in order.
        probes: by name; filled after the training, or when asked for.
        planned_steps: how many steps the training was going to make, where that is known.
        finished: whether the training has ended.
        loader: facts of the training loader: ``batch_size``, ``shuffle``, ``workers``, ``worker_draws_alike``,
            ``drop_last``, ``rows`` …
        scheduler: facts of the scheduler: ``kind``, ``steps``, ``before_optimizer`` (stepped first) …; of one that
            waits for a plateau ``watched``, pairs of how many steps had been taken and what it was given.
        amp: whether an AMP scaler or autocast was seen.
        scaled_clip: the first step before which gradients were clipped that an AMP scaler still held multiplied.
        scaled_step: the first step that was made with such gradients.
        scale: what they were multiplied with.
        processes: how many processes train together.
        copies: how many copies of one network are trained side by side in this process and exchange their gradients.
        replicas_differ: largest difference of a weight between processes, or copies; None when not compared.
        replicas_step: the first step after which weights were seen to differ between processes, or copies.
        error: the exception that ended the script, as text, with ``error_shapes`` below.
        error_shapes: layer by layer, the shapes up to where it failed.
        error_layer: the layer that failed.
        blind: sentences about what could not be seen.
        backwards: calls of ``backward`` in all, also where no optimizer ever stepped.
        scaling: of a table whose rows were all seen: ``pooled_gap`` and ``train_gap``, how far training and evaluation
            rows together, and the training rows alone, are from being standardised (or scaled to 0 to 1); ``rows``;
            ``pooled_tie`` and ``train_tie``, the largest correlation of two columns, where all together have none;
            ``series`` (1) where it is about a series under sliding windows.
        keeps_best: whether the weights that validated best are what is kept; None where that is not known.
        recipe: whether a recipe says everything about the training, rather than a script.
        labels: how often each class was a target in the first pass over the data (or the first 100,000 targets), at
            every step; None where targets are not classes. ``ignore_index`` is left out.
        rank: which of the processes this is.
        places: file and line of the user's code, where known: by an optimizer's name (where it was made), ``step``,
            ``backward``, ``loss``, ``scheduler``, ``zero_grad``, ``loader``, ``evaluation``, ``crash``, or a model's
            name (where it was first called).
        code: the text of those lines.
    """

    models: dict[str, ModelFacts] = field(default_factory=dict)
    optimizers: dict[str, OptimizerFacts] = field(default_factory=dict)
    losses: list[LossFacts] = field(default_factory=list)
    steps: list[StepVitals] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    probes: dict[str, Probe] = field(default_factory=dict)
    planned_steps: int | None = None
    finished: bool = False
    loader: dict[str, Any] = field(default_factory=dict)
    scheduler: dict[str, Any] = field(default_factory=dict)
    amp: bool = False
    scaled_clip: int | None = None
    scaled_step: int | None = None
    scale: float | None = None
    processes: int = 1
    copies: int = 1
    replicas_differ: float | None = None
    replicas_step: int | None = None
    error: str | None = None
    error_shapes: list[tuple[str, str]] = field(default_factory=list)
    error_layer: str | None = None
    blind: list[str] = field(default_factory=list)
    backwards: int = 0
    scaling: dict[str, float] = field(default_factory=dict)
    keeps_best: bool | None = None
    recipe: bool = False
    labels: dict[int, int] | None = None
    rank: int = 0
    places: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)

    def sampled(self) -> list[StepVitals]:
        """Return the steps that were looked at closely."""
        return [step for step in self.steps if step.sampled]
