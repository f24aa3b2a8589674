"""Compare: whether one run's network is better than another's on the validation examples, by more than chance.

Both networks answer the same validation examples. Each example has an error from both (classes: squared distance of the
probabilities from the truth; numbers: squared error in units of the targets' deviation; tokens: nats), so that what is
hard for both falls out of the difference. Better is: the mean difference lies CERTAIN standard errors above 0 (of
independent examples: rows, or windows that do not overlap), and the metric that the run is judged by is no worse. Where
the alarm that was treated is gone as well, two signs agree, and RELIEVED standard errors are enough: on a few dozen
examples, of which both runs kept their luckiest epoch, nothing short of a wreck stands out by more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glasswork.data import Prepared
from glasswork.errors import GlassworkError
from glasswork.evaluation import evaluate_part
from glasswork.runs.folder import RunFolder
from glasswork.runs.infer import infer, inference_batch
from glasswork.runs.judge import future
from glasswork.runs.load import load_network
from glasswork.training import make_source

__all__ = ["Standing", "Verdict", "compare", "standing"]

CERTAIN = 2.0  # standard errors: about one in 40 changes without any effect would pass
RELIEVED = 0.1


@dataclass(frozen=True)
class Standing:
    """How a run's network does on the validation examples.

    Args:
        errors: of each example; None where the run left no network, or one that answers with NaN.
        metric: the name of the figure that decides.
        value: that figure; None likewise.
        direction: ``max`` or ``min``.
    """

    errors: np.ndarray | None
    metric: str
    value: float | None
    direction: str


@dataclass(frozen=True)
class Verdict:
    """Whether a change helped, and by what that was decided, in one sentence."""

    better: bool
    why: str


def standing(folder: RunFolder, prepared: Prepared) -> Standing:
    """Return how a run's network does on its validation examples."""
    metric, direction = "loss", "min"
    try:
        network, task, recipe, _ = load_network(folder)
        metric, direction = task.primary, task.direction
        index = prepared.parts["valid"]
        source = make_source(prepared.examples)
        decoded = infer(network, task, source, index, batch_size=inference_batch(recipe.training.batch_size))
    except GlassworkError:
        return Standing(None, metric, None, direction)
    figures = evaluate_part(task, prepared, decoded, part="valid", bootstrap=0)["metrics"]
    value = figures.get(metric, {}).get("value")
    return Standing(_errors(prepared, index, decoded), metric, value, direction)


def compare(before: Standing, after: Standing, *, relieved: bool = False) -> Verdict:
    """Say whether `after` is better than `before` by more than chance.

    Args:
        before: the run as it was.
        after: the run with the change.
        relieved: whether the alarm that the change was to cure was raised before, and is not raised now.

    >>> before = Standing(np.array([0.5, 0.6, 0.4, 0.5]), "accuracy", 0.5, "max")
    >>> compare(before, Standing(np.array([0.1, 0.2, 0.1, 0.1]), "accuracy", 1.0, "max")).better
    True
    >>> compare(before, Standing(np.array([0.1, 1.2, 0.3, 0.3]), "accuracy", 0.75, "max")).better
    False
    """
    if after.errors is None:
        return Verdict(False, "the new training left no network whose answers are finite")
    figures = _moved(before, after)
    if before.errors is None:
        return Verdict(True, f"before there was no network whose answers are finite; {figures}")
    gain = before.errors - after.errors
    error = float(gain.std(ddof=1)) / math.sqrt(len(gain)) if len(gain) > 1 else math.inf
    mean = float(gain.mean())
    how = "shrank" if mean > 0 else "grew"
    size = f"{abs(mean) / error:.1f}" if error > 0 and math.isfinite(error) else "0" if mean == 0 else "many"
    said = f"{figures}; the errors of {len(gain):,} validation examples {how} by {size} standard errors"
    asked = RELIEVED if relieved else CERTAIN
    if relieved:
        said += ", and the alarm is gone"
    if not mean > asked * error:
        return Verdict(False, f"{said}; {asked:g} are asked for" if mean > 0 else said)
    return Verdict(False, f"{said}, but the metric is worse") if _worse(before, after) else Verdict(True, said)


def _worse(before: Standing, after: Standing) -> bool:
    if before.value is None or after.value is None:
        return False
    return after.value < before.value if after.direction == "max" else after.value > before.value


def _moved(before: Standing, after: Standing) -> str:
    old = "none" if before.value is None else f"{before.value:.4g}"
    new = "none" if after.value is None else f"{after.value:.4g}"
    return f"valid/{after.metric} {old} -> {new}"


def _errors(prepared: Prepared, index: np.ndarray, decoded: dict[str, np.ndarray]) -> np.ndarray:
    """Return one error for each validation example, or for each stretch of windows that overlap."""
    contract = prepared.contract
    if "nats" in decoded:
        return np.asarray(decoded["nats"], np.float64).reshape(len(index), -1).mean(axis=1)
    if "probabilities" in decoded:
        probabilities = np.asarray(decoded["probabilities"], np.float64)
        targets = np.asarray(prepared.examples.targets)[index].astype(np.int64)
        truth = np.eye(probabilities.shape[1])[targets]
        brier: np.ndarray = ((probabilities - truth) ** 2).sum(axis=1)
        return brier
    series = contract.kind == "series"
    targets = future(prepared.examples, index) if series else np.asarray(prepared.examples.targets)[index]
    values = np.asarray(decoded["values"], np.float64)
    wide = targets.reshape(len(index), -1, values.shape[-1] if series else values[0].size)
    deviation = np.maximum(wide.std(axis=(0, 1)), 1e-12)
    squared: np.ndarray = (((values.reshape(wide.shape) - wide) / deviation) ** 2).mean(axis=(1, 2))
    return _apart(squared, index, contract.series.horizon if contract.series else 1) if series else squared


def _apart(errors: np.ndarray, index: np.ndarray, horizon: int) -> np.ndarray:
    """Return the mean error of each stretch of windows that share values: they are no independent examples."""
    stretch = (np.asarray(index) - index[0]) // max(1, horizon)
    sums, counts = np.bincount(stretch, weights=errors), np.bincount(stretch)
    return sums[counts > 0] / counts[counts > 0]
