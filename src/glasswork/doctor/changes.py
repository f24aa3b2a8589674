"""Changes: what to change in the user's code for a finding, as a person would write it, with file and line where known.

A change is given only where what was seen settles it; elsewhere the finding's advice has to do. Names are the user's
own where the line's text is known, else torch's usual ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import dumps
from math import isfinite

from glasswork.doctor.naming import (
    attribute,
    called,
    layer_of,
    main_loss,
    the_backward,
    the_loss,
    the_optimizer,
    weights_of,
)
from glasswork.doctor.places import line_of
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["change_for"]

Change = Callable[[Vitals, Finding], "str | None"]

MOST_CLASSES = 10  # whose weights are written out
_MODULES = {
    "cross_entropy": "nn.CrossEntropyLoss()",
    "binary_cross_entropy_with_logits": "nn.BCEWithLogitsLoss()",
}
_SIZES = re.compile(r"\((\d+)x(\d+) and (\d+)x(\d+)\)")
_SETTINGS = ("lr", "weight_decay", "eps", "momentum")


def change_for(vitals: Vitals, finding: Finding) -> str | None:
    """Return the change to make in the user's code; None where what was seen does not settle it.

    Args:
        vitals: what was seen.
        finding: what is wrong.

    >>> vitals = Vitals(places={"backward": "train.py:41"})
    >>> change_for(vitals, Finding("missing-zero-grad", "critical", 0.9, "loop", "…", "…"))
    'train.py:41  optimizer.zero_grad()  before  loss.backward()'
    """
    if vitals.recipe:
        return _in_recipe(finding)
    known = _CHANGES.get(finding.fault)
    said = known(vitals, finding) if known is not None else None
    if said is None:
        said = _settings(vitals, finding)
    if said is None:
        return None
    line = line_of(vitals, finding)
    return f"{line}  {said}" if line else said


def _in_recipe(finding: Finding) -> str | None:
    """Return the first treatment's settings, as they are given to ``glasswork train``."""
    changes = next((treatment.changes for treatment in finding.treatments if treatment.changes), {})
    said = (
        f"{path}={value:g}"
        if isinstance(value, float)
        else f"{path}={value if isinstance(value, str) else dumps(value)}"
        for path, value in changes.items()
    )
    return ", ".join(said) or None


# --- loop ------------------------------------------------------------------------------------------------------------


def _zero_grad(vitals: Vitals, finding: Finding) -> str:
    name, facts = the_optimizer(vitals, finding)
    if facts is not None and facts.kind.startswith("by hand"):
        return f"p.grad = None  for each parameter, after the update that follows  {the_backward(vitals)}"
    return f"{name}.zero_grad()  before  {the_backward(vitals)}"


def _modes(vitals: Vitals, finding: Finding) -> str:
    asked = any(seen.training_mode and seen.step == finding.step for seen in vitals.evaluations)
    if asked and "alidation" in finding.evidence:
        return "model.eval()  before each validation, model.train()  after it"
    return "model.train()  at the top of each epoch, after any model.eval()"


def _left_out(vitals: Vitals, finding: Finding) -> str | None:
    name, facts = the_optimizer(vitals, finding)
    if not vitals.steps:
        return f"{name}.step()  after  {the_backward(vitals)}"
    if finding.severity == "note":
        return None  # it may be meant
    kind = facts.kind if facts else "SGD"
    if kind.startswith("by hand"):
        return "update all of model.parameters()"
    layer = layer_of(vitals, finding)
    if layer is None:
        return f"{name} = {kind}(model.parameters(), …)  once the model is complete"
    return f"{name} = {kind}(model.parameters(), …)  so that {attribute(finding.where)} is among them"


def _detached(vitals: Vitals, finding: Finding) -> str | None:
    if "without a call of backward" in finding.evidence:
        return f"loss.backward()  before  {the_optimizer(vitals, finding)[0]}.step()"
    return None


def _sign(vitals: Vitals, finding: Finding) -> str:
    _, facts = the_optimizer(vitals, finding)
    if facts is not None and any(group.get("maximize") for group in facts.groups):
        return f"{facts.kind}(…, maximize=False)"
    loss = the_loss(vitals)
    bare = loss.strip("()").lstrip("- ")
    if loss != bare:
        return f"{bare}.backward()  instead of  {loss}.backward()"
    return f"minimise the loss itself: {loss} is its negative"


def _schedule(vitals: Vitals, finding: Finding) -> str | None:
    if vitals.scheduler.get("before_optimizer"):
        return f"scheduler.step()  after  {the_optimizer(vitals, finding)[0]}.step()"
    kind = str(vitals.scheduler.get("kind") or "")
    if "let the learning rate fall" in finding.evidence or "is stepped in every step: from" in finding.evidence:
        return "scheduler.step()  once an epoch, outside of the loop over batches"
    if kind == "CosineAnnealingLR" and "climbed" in finding.evidence and vitals.steps:
        return (
            f"CosineAnnealingLR(…, T_max={vitals.planned_steps or len(vitals.steps)})  as it is stepped in each batch"
        )
    return None


def _bookkeeping(vitals: Vitals, finding: Finding) -> str | None:
    kept = finding.where == "loop"
    return f"keep {the_loss(vitals)}.item(), not {the_loss(vitals)}, in lists and running totals" if kept else None


def _clip(vitals: Vitals, finding: Finding) -> str | None:
    wanted = next(
        (t.changes["training.clip_norm"] for t in finding.treatments if "training.clip_norm" in t.changes), None
    )
    if wanted is None:
        return None
    name = the_optimizer(vitals, finding)[0]
    return f"torch.nn.utils.clip_grad_norm_(model.parameters(), {wanted:g})  before  {name}.step()"


# --- loss and outputs ------------------------------------------------------------------------------------------------


def _pair(vitals: Vitals, finding: Finding) -> str | None:
    loss, layer = main_loss(vitals), layer_of(vitals, finding)
    if loss is None:
        return None
    name = loss.name if loss.name.startswith(("F.", "custom")) else f"nn.{loss.name}"
    if layer is not None and layer.family == "activation" and "single" not in finding.evidence:
        if loss.kind in ("cross_entropy", "binary_cross_entropy_with_logits"):
            return f"{name} on {layer.kind.lower()} output: delete {called(layer)}"
        if loss.kind == "nll" and "softmax" in layer.kind.lower():
            return f"{name} wants log-probabilities: LogSoftmax instead of {called(layer)}"
    wanted = next((t.changes["loss.name"] for t in finding.treatments if "loss.name" in t.changes), None)
    return f"{_MODULES[wanted]}  instead of  {name}" if wanted in _MODULES else None


def _reduction(vitals: Vitals, finding: Finding) -> str | None:
    loss = main_loss(vitals)
    for step in vitals.sampled():
        outputs, targets = (step.batch.outputs, step.batch.targets) if step.batch else (None, None)
        if outputs and targets and "every target" in finding.evidence:
            if outputs.shape == (*targets.shape, 1):
                return "outputs.squeeze(-1)  as the loss's first argument: shape " + str(targets.shape)
            if targets.shape == (*outputs.shape, 1):
                return "targets.squeeze(-1)  as the loss's second argument: shape " + str(outputs.shape)
            return f"outputs.reshape{targets.shape}  as the loss's first argument"
    if loss is not None and loss.reduction == "sum" and "summed" in finding.evidence:
        return f'{loss.name}(…, reduction="mean")  instead of  reduction="sum"'
    return "no division of the loss by the batch size: it is a mean already" if "mean" in finding.evidence else None


def _imbalance(vitals: Vitals, finding: Finding) -> str | None:
    loss, counts = main_loss(vitals), _label_counts(vitals)
    if loss is None or not 2 <= len(counts) <= MOST_CLASSES or sorted(counts) != list(range(len(counts))):
        return None
    if loss.settings.get("weight") or loss.settings.get("pos_weight"):
        return None
    if loss.kind == "binary_cross_entropy_with_logits" and len(counts) == 2:
        return f"nn.BCEWithLogitsLoss(pos_weight=torch.tensor({counts[0] / counts[1]:.3g}))"
    if loss.kind != "cross_entropy":
        return None
    whole = sum(counts.values())
    weights = ", ".join(f"{whole / (len(counts) * counts[label]):.2g}" for label in sorted(counts))
    return f"nn.CrossEntropyLoss(weight=torch.tensor([{weights}]))"


def _label_counts(vitals: Vitals) -> dict[int, int]:
    counts: dict[int, int] = {}
    for step in vitals.sampled():
        targets = step.batch.targets if step.batch else None
        for label, count in ((targets.counts if targets else None) or {}).items():
            counts[label] = counts.get(label, 0) + count
    return counts


# --- network ---------------------------------------------------------------------------------------------------------


def _instead(replacement: str) -> Change:
    def change(vitals: Vitals, finding: Finding) -> str | None:
        layer = layer_of(vitals, finding)
        return f"{replacement}  instead of  {called(layer)}" if layer and layer.family == "activation" else None

    return change


def _between(vitals: Vitals, finding: Finding) -> str | None:
    layer = layer_of(vitals, finding)
    if layer is None:
        return None
    followers = [one.name for m in vitals.models.values() for one in m.layers.values() if layer.name in one.after]
    return f"nn.ReLU()  between {layer.name} and {followers[0]}" if followers else f"nn.ReLU()  after {layer.name}"


def _bounded_head(vitals: Vitals, finding: Finding) -> str | None:
    layer = layer_of(vitals, finding)
    return (
        f"delete {called(layer)}, so that outputs can be any number" if layer and layer.family == "activation" else None
    )


def _begin_anew(vitals: Vitals, finding: Finding) -> str | None:
    matrix = next((p for p in weights_of(vitals, finding.where) if len(p.shape) > 1), None)
    if matrix is None:
        return None
    path = f"{attribute(finding.where)}.{matrix.name.rpartition('.')[2]}"
    return f"nn.init.kaiming_uniform_({path}, a=5**0.5)  after the model is made"


def _group_norm(vitals: Vitals, finding: Finding) -> str | None:
    layer = layer_of(vitals, finding)
    channels = layer.settings.get("num_features") if layer else None
    if layer is None or not isinstance(channels, int):
        return None
    groups = next(size for size in (8, 4, 2, 1) if channels % size == 0)
    return f"nn.GroupNorm({groups}, {channels})  instead of  {layer.kind}({channels}) at {layer.name}"


def _momentum(vitals: Vitals, finding: Finding) -> str | None:
    layer = layer_of(vitals, finding)
    momentum = layer.settings.get("momentum") if layer else None
    if layer is None or momentum in (None, 0.1):
        return None
    return f"momentum=0.1  instead of  momentum={momentum:g} for {called(layer)}"


def _dropout(vitals: Vitals, finding: Finding) -> str | None:
    layer = layer_of(vitals, finding)
    rate = layer.settings.get("p") if layer else None
    return f"p=0.2  instead of  p={rate:g} for {called(layer)}" if layer and isinstance(rate, float | int) else None


def _unfreeze(vitals: Vitals, finding: Finding) -> str | None:
    if finding.severity == "note":
        return None
    if any(not p.trainable for p in weights_of(vitals, finding.where)):
        return f"{attribute(finding.where)}.requires_grad_(True)"
    return None


def _fitting(vitals: Vitals, finding: Finding) -> str | None:
    layer, sizes = layer_of(vitals, finding), _SIZES.search(vitals.error or "")
    if sizes is None or finding.where == "model" or (layer is not None and layer.kind != "Linear"):
        return None
    return f"nn.Linear({sizes[2]}, {sizes[4]})  instead of  nn.Linear({sizes[3]}, {sizes[4]}) at {finding.where}"


def _mixing(vitals: Vitals, finding: Finding) -> str | None:
    layer = layer_of(vitals, finding)
    if layer is None:
        return None
    if layer.settings.get("dim") == 0:
        return f"dim=-1  instead of  dim=0 for {called(layer)}"
    if layer.family == "recurrent" and layer.settings.get("batch_first") is False:
        return f"nn.{layer.kind}(…, batch_first=True)  at {layer.name}"
    return None


# --- data ------------------------------------------------------------------------------------------------------------


def _standardise(vitals: Vitals, finding: Finding) -> str:
    return "x = (x - mean) / std  before the model, both per feature of the training rows"


def _standard_targets(vitals: Vitals, finding: Finding) -> str | None:
    for step in vitals.sampled():
        targets = step.batch.targets if step.batch else None
        if targets is not None and targets.mean is not None and targets.std:
            mean, std = _rounded(targets.mean), _rounded(targets.std)
            return f"y = (y - {mean}) / {std}  before the loss; prediction * {std} + {mean}  after training"
    return None


def _rounded(value: float) -> str:
    """Return a number as one types it.

    >>> _rounded(271234.5), _rounded(0.00012345)
    ('271200', '0.0001234')
    """
    return f"{float(f'{value:.4g}'):.10g}"


def _fixed(text: str) -> Change:
    return lambda vitals, finding: text


# --- settings of the optimizer ---------------------------------------------------------------------------------------


def _settings(vitals: Vitals, finding: Finding) -> str | None:
    """Return a treatment's settings of the optimizer as its arguments, beside those that it had."""
    facts = the_optimizer(vitals, finding)[1]
    changes = finding.treatments[0].changes if finding.treatments else {}
    wanted = {
        key.removeprefix("optimizer."): value
        for key, value in changes.items()
        if key.removeprefix("optimizer.") in _SETTINGS and isinstance(value, int | float) and isfinite(value)
    }
    if facts is None or not wanted or finding.where not in ("optimizer", *vitals.optimizers):
        return None
    name = str(changes.get("optimizer.name") or "")
    kind = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}.get(name.lower(), facts.kind)
    group = facts.groups[0] if facts.groups else {}
    given = {key: group.get("initial_lr", group.get(key)) if key == "lr" else group.get(key) for key in wanted}
    if kind == facts.kind and given == wanted:
        return None
    said = ", ".join(f"{key}={value:.3g}" for key, value in wanted.items())
    old = ", ".join(f"{key}={value:.3g}" for key, value in given.items() if isinstance(value, int | float))
    before = f"{facts.kind}(…, {old})" if kind != facts.kind else old
    return f"{kind}(model.parameters(), {said})" + (f"  instead of  {before}" if old else "")


_CHANGES: dict[str, Change] = {
    "batch-mixing": _mixing,
    "channel-order": _fixed("x = x.permute(0, 3, 1, 2)  before the model: channels come second"),
    "class-imbalance": _imbalance,
    "detached-graph": _detached,
    "dropout-too-strong": _dropout,
    "dying-relu": _instead("nn.LeakyReLU()"),
    "exploding-gradient": _clip,
    "frozen-or-unused-layers": _unfreeze,
    "gradient-ascent": _sign,
    "initialisation-scale": _begin_anew,
    "loss-bookkeeping": _bookkeeping,
    "loss-output-mismatch": _pair,
    "loss-reduction": _reduction,
    "missing-nonlinearity": _between,
    "missing-zero-grad": _zero_grad,
    "output-range": _bounded_head,
    "parameters-not-in-optimizer": _left_out,
    "saturated-activation": _instead("nn.ReLU()"),
    "schedule-misuse": _schedule,
    "shape-mismatch": _fitting,
    "softmax-in-hidden-layer": _instead("nn.ReLU()"),
    "stale-batch-norm": _momentum,
    "symmetric-initialisation": _begin_anew,
    "tiny-batch-norm": _group_norm,
    "train-eval-mode": _modes,
    "unscaled-inputs": _standardise,
    "unscaled-targets": _standard_targets,
    "unshuffled-data": _fixed("DataLoader(…, shuffle=True)  for the training data"),
    "worker-seeds": _fixed("DataLoader(…, worker_init_fn=lambda worker: np.random.seed(torch.initial_seed() % 2**32))"),
    "zero-initialisation": _begin_anew,
}
