"""Examples of one batch that influence each other.

Looks at:     the last layer's softmax; and the batch-mixing probe: one row of a batch is changed, in evaluation mode,
              and the outputs of all others are compared with what they were.
Fires when:   a softmax over dimension 0 ends the model, whose outputs are rows of scores, or is the first layer whose
              output is not a number; or the others' outputs change by more than LEAK of what the changed row's own
              output does.
Why it hurts: an answer then depends on what happens to share the batch: a softmax or mean over the wrong axis, or a
              reshape that mixes rows. It cannot be used on single examples, and validation is flattered or spoiled.
Try first:    look for ``dim=0`` in softmax, mean or norm, for ``view`` where ``permute`` is meant, and for a batch
              that is not first where a layer expects it (``batch_first=True``).
Can be wrong: where rows are meant to see each other: contrastive losses, graphs in one batch (left out where a matrix
              or a list of edges comes with the rows). Where each place of a sequence has a target and no loader says
              which dimension is the batch, time may come first, and nothing is said. Batch norm in evaluation mode
              does not mix.
Source:       Karpathy 2019; TheDeepChecker's instance-wise test. LEAK: in an unmixed network the change is exactly 0;
              kernels that choose another order of additions change a last digit.
Probe:        ``batch-mixing``: figures ``leak`` (largest change of another row's output over the change of its own),
              ``moved`` (1 where rows were mixed before the model was called), ``order`` (the order of the layer where
              it first shows; optional).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._anatomy import kind, last_layers, ordered
from glasswork.doctor.rules._data import rows_of
from glasswork.doctor.rules._history import looked_at, shown
from glasswork.doctor.vitals import LayerFacts, StepVitals, Vitals
from glasswork.records import Finding

__all__ = ["batch_mixing"]

LEAK = 1e-3
SOFTMAX = ("softmax", "logsoftmax", "softmin")
ADVICE = "Look for dim=0 in a softmax, mean or norm, for view instead of permute, and for batch_first."


def batch_mixing(vitals: Vitals) -> Iterator[Finding]:
    """Yield that rows influence each other, and the layer where that begins if it was found."""
    found = _over_examples(vitals) or _emptied(vitals) or _probed(vitals)
    if found:
        yield found


def _over_examples(vitals: Vitals) -> Finding | None:
    """Return the finding of a softmax over the examples at the model's end."""
    for _, layer in last_layers(vitals):
        if kind(layer) not in SOFTMAX or layer.settings.get("dim") != 0:
            continue
        for step in looked_at(vitals):
            outputs = step.batch.outputs if step.batch else None
            if outputs is not None and len(outputs.shape) == 2 and min(outputs.shape) > 1:
                return Finding(
                    "batch-mixing",
                    "critical",
                    0.96,
                    layer.name,
                    f"{layer.name} ({layer.kind}) goes over dimension 0, the {outputs.shape[0]} examples of the batch, "
                    f"not over the {outputs.shape[1]} scores of each.",
                    f"Let {layer.name} go over the scores of each example: dim=1 (or dim=-1).",
                    step.number,
                )
    return None


def _emptied(vitals: Vitals) -> Finding | None:
    """Return the finding of a softmax over the examples that finds nothing but a mask: the same place in each."""
    step = next(iter(looked_at(vitals)), None)
    if step is None or len(vitals.models) != 1 or step.batch is None:
        return None
    model = next(iter(vitals.models.values()))
    bad = [layer for layer in ordered(model) if layer.name in step.layers and step.layers[layer.name].bad]
    if not bad or kind(bad[0]) not in SOFTMAX or bad[0].settings.get("dim") != 0:
        return None
    rows = rows_of(step) or 0
    if rows < 2:
        return None
    layer = bad[0]
    return Finding(
        "batch-mixing",
        "critical",
        0.98,
        layer.name,
        f"{layer.name} ({layer.kind}) goes over dimension 0, the {rows} examples of the batch: what is masked in all "
        "of them leaves it nothing, and its output is not a number.",
        f"Let {layer.name} go over each example's own scores: dim=-1.",
        step.number,
    )


def _probed(vitals: Vitals) -> Finding | None:
    probe = vitals.probes.get("batch-mixing")
    leak = probe.figures.get("leak") if probe else None
    if probe is None or leak is None or not leak > LEAK:
        return None
    number = vitals.steps[0].number if vitals.steps else None
    if probe.figures.get("moved"):
        rows = probe.figures.get("rows", 0.0)
        evidence = (
            f"The model was called with the numbers of the loader's batch of {rows:.0f} rows, but in other rows: each "
            "row holds pieces of others."
        )
        advice = "Move dimensions with permute or transpose; view and reshape keep the numbers in their old order."
        return Finding("batch-mixing", "critical", 0.95, "data", evidence, advice, number)
    first = next((step for step in looked_at(vitals) if step.batch is not None), None)
    if first is not None and (_related(first) or _time_first(vitals, first)):
        return None
    layer = _where(vitals, probe.figures.get("order"))
    evidence = f"When one row of a batch is changed, the outputs of others change by {shown(leak)} of what its own does"
    advice = ADVICE
    if layer is not None and layer.family == "recurrent":
        evidence += f"; {layer.name} ({layer.kind}) takes the first dimension for time"
        advice = f"Make {layer.name} with batch_first=True, or give it time first: x.transpose(0, 1)."
    elif layer is not None and layer.settings.get("dim") == 0:
        evidence += f"; {layer.name} ({layer.kind}) goes over dimension 0"
        advice = f"Let {layer.name} go over each example's own scores: dim=-1."
    elif layer is not None:
        evidence += f"; it begins at {layer.name}"
    return Finding("batch-mixing", "critical", 0.92, layer.name if layer else "model", f"{evidence}.", advice, number)


def _where(vitals: Vitals, order: float | None) -> LayerFacts | None:
    """Return the layer that mixes: where the probe found it, else one whose settings say so."""
    layers = [layer for model in vitals.models.values() for layer in ordered(model)]
    if order is not None:
        return next((layer for layer in layers if layer.order == order), None)
    for layer in layers:
        if kind(layer) in SOFTMAX and layer.settings.get("dim") == 0:
            return layer
    return next(
        (x for x in layers if x.family in ("recurrent", "attention") and x.settings.get("batch_first") is False), None
    )


def _related(step: StepVitals) -> bool:
    """Return whether something comes with the rows that relates them: a square matrix, or pairs of row numbers."""
    if step.batch is None:
        return False
    inputs = [*step.batch.inputs.values(), *step.batch.tokens.values()]
    rows = {tensor.shape[0] for tensor in inputs if len(tensor.shape) == 2}
    square = any(len(x.shape) == 2 and x.shape[0] == x.shape[1] and x.shape[0] in rows for x in inputs)
    pairs = any(len(x.shape) == 2 and x.shape[0] == 2 and x.shape[1] > 2 for x in step.batch.tokens.values())
    return len(inputs) > 1 and (square or pairs)


def _time_first(vitals: Vitals, step: StepVitals) -> bool:
    """Return whether each place has a target and the first dimension may be time."""
    batch = step.batch
    if batch is None or batch.targets is None or not batch.targets.shape:
        return False
    inputs = [*batch.inputs.values(), *batch.tokens.values()]
    rows = next((tensor.shape[0] for tensor in inputs if tensor.shape), None)
    size = vitals.loader.get("batch_size")
    if rows is None or rows == size:
        return False
    shape = batch.targets.shape
    places = shape[0] != rows or ("int" in batch.targets.dtype and len(shape) > 1 and shape[1] > 1)
    layers = [layer for model in vitals.models.values() for layer in ordered(model)]
    return places and any(
        layer.family in ("recurrent", "attention") and layer.settings.get("batch_first") is False for layer in layers
    )
