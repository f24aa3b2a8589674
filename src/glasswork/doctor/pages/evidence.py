"""Evidence: the pictures that show a fault."""

from __future__ import annotations

from collections.abc import Callable

from glasswork.doctor.pages import curves, layers, tensors
from glasswork.doctor.pages.shown import Shown
from glasswork.doctor.vitals import LayerVitals, Vitals
from glasswork.records import Finding

__all__ = ["pictured"]

Picture = Callable[[Vitals, Finding], "Shown | None"]
MOST = 3


def pictured(vitals: Vitals, finding: Finding, *, symptom: bool = False) -> list[Shown]:
    """Return the pictures that show a finding, at most three; the loss where there is none of its own.

    Args:
        vitals: what was seen.
        finding: what is wrong.
        symptom: whether it stands under a cause, whose pictures have the loss already.
    """
    found: list[Shown] = []
    own = _PICTURES.get(finding.fault, ())
    if symptom and own != (_loss,):
        own = tuple(picture for picture in own if picture is not _loss)
    for picture in (*own, _loss):
        if picture is _loss and any(one.title == curves.LOSS for one in found):
            continue
        if picture is _loss and found and _loss not in own:
            continue
        try:
            shown = picture(vitals, finding)
        except (ArithmeticError, ValueError, IndexError, KeyError, TypeError):  # vitals may be odd; the words remain
            shown = None
        if shown is not None and len(found) < MOST:
            found.append(shown)
    return found


def _loss(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.loss_curve(vitals, finding.step)


def _score(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.score_curve(vitals)


def _rate(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.rate_curve(vitals, finding.step)


def _gradient(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.gradient_curve(vitals, finding.step)


def _ratio(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.ratio_curve(vitals, finding.step)


def _carried(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.over_steps(
        vitals,
        "Gradient left over from the step before",
        "share of the gradient",
        lambda s: s.carried,
        step=finding.step,
        zero=True,
    )


def _memory(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.over_steps(
        vitals, "Memory of the process", "megabytes", lambda s: s.memory, step=finding.step, zero=True
    )


def _weights_norm(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.over_steps(
        vitals, "Norm of all weights", "norm", lambda s: s.weight_norm, step=finding.step, log=True
    )


def _alignment(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.over_steps(
        vitals,
        "Direction of the update: 1 is straight downhill, below 0 uphill",
        "cosine",
        lambda s: s.alignment,
        step=finding.step,
        zero=True,
    )


def _silent(one: LayerVitals) -> float | None:
    return one.silent.bit_count() / one.units if one.units and one.silent is not None else None


def _gradient_ratio(one: LayerVitals) -> float | None:
    return one.gradient / one.weight if one.gradient is not None and one.weight else None


def _update_ratio(one: LayerVitals) -> float | None:
    return one.update / one.weight if one.update is not None and one.weight else None


def _gradient_by_depth(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.by_depth(
        vitals, finding, "Gradient by depth", "rms of the gradient", lambda one: one.gradient, log=True
    )


def _gradient_over_weight(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.by_depth(
        vitals,
        finding,
        "Gradient over weight by depth",
        "gradient / weight",
        _gradient_ratio,
        log=True,
    )


def _update_by_depth(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.by_depth(
        vitals,
        finding,
        "Update over weight by depth",
        "update / weight",
        _update_ratio,
        log=True,
        band=(1e-5, 0.1, "usual"),
    )


def _output_by_depth(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.by_depth(
        vitals,
        finding,
        "Spread of the outputs by depth",
        "standard deviation",
        lambda one: one.std,
        log=True,
        band=(0.1, 10.0, "usual"),
    )


def _silent_units(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(
        vitals, finding, "Units that are silent for the whole batch", "share of the units", _silent, share=True
    )


def _saturated(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(
        vitals, finding, "Output where the slope is flat", "share", lambda one: one.saturated, share=True
    )


def _saturated_by_depth(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.by_depth(vitals, finding, "Saturated output by depth", "share", lambda one: one.saturated, share=True)


def _layer_ratio(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(
        vitals,
        finding,
        "How far a step moves each layer",
        "update / weight",
        _update_ratio,
        log=True,
        band=(1e-5, 0.1, "usual"),
    )


def _layer_weights(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(vitals, finding, "Size of each layer's weights", "rms", lambda one: one.weight, log=True)


def _layer_gradient(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(vitals, finding, "Gradient of each layer", "rms", lambda one: one.gradient, log=True)


def _rank(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(
        vitals, finding, "Directions that each layer's output uses", "effective rank", lambda one: one.rank
    )


def _running(vitals: Vitals, finding: Finding) -> Shown | None:
    return layers.over_time(
        vitals,
        finding,
        "Distance of running and batch mean",
        "batch deviations",
        lambda one: one.running_gap,
    )


def _outputs_alike(vitals: Vitals, finding: Finding) -> Shown | None:
    return curves.over_steps(
        vitals,
        "How far the outputs of one batch lie apart",
        "largest difference / deviation",
        lambda s: s.batch.outputs.rows_alike if s.batch and s.batch.outputs else None,
        step=finding.step,
        zero=True,
    )


_PICTURES: dict[str, tuple[Picture, ...]] = {
    "batch-mixing": (tensors.trial("batch-mixing"),),
    "batch-size-noise": (_loss, tensors.trial("curvature")),
    "cannot-overfit-one-batch": (tensors.trial("one-batch"), _loss),
    "class-imbalance": (tensors.labels, tensors.recall),
    "collapsed-labels": (tensors.labels,),
    "constant-feature": (tensors.features,),
    "destructive-augmentation": (tensors.trial("augmentation"), _loss),
    "detached-graph": (_gradient_by_depth, _update_by_depth),
    "divergence": (_loss, _ratio),
    "dropout-too-strong": (tensors.dropouts, _loss),
    "duplicate-rows": (_loss, _score),
    "dying-relu": (_silent_units, _loss),
    "edge-of-stability": (tensors.trial("curvature"), _loss),
    "exploding-gradient": (_gradient, _gradient_by_depth),
    "frozen-or-unused-layers": (_update_by_depth, _gradient_by_depth),
    "gradient-ascent": (_loss, _alignment),
    "initial-loss": (tensors.first_loss, _loss),
    "initialisation-scale": (_output_by_depth, tensors.first_weights),
    "label-noise": (tensors.trial("label-noise"), _loss),
    "learning-rate-too-high": (_ratio, _loss, tensors.rates),
    "learning-rate-too-low": (_ratio, _loss, tensors.rates),
    "loss-bookkeeping": (_memory, _loss, _score),
    "loss-output-mismatch": (tensors.outputs, tensors.labels, _loss),
    "loss-reduction": (tensors.first_loss, _loss),
    "missing-nonlinearity": (_loss,),
    "missing-zero-grad": (_carried, _loss),
    "non-finite": (_loss, layers.broken, _gradient),
    "non-finite-data": (tensors.features, _loss),
    "optimizer-settings": (_ratio, _loss),
    "oscillating-loss": (_loss, _ratio),
    "output-range": (tensors.outputs, _loss),
    "over-regularised": (_weights_norm, _loss),
    "overfitting": (_loss, _score),
    "parameters-not-in-optimizer": (_update_by_depth, _loss),
    "plateau": (_loss, _ratio),
    "representation-collapse": (_outputs_alike, _rank, _loss),
    "saturated-activation": (_saturated, _saturated_by_depth),
    "scaled-twice": (tensors.features,),
    "schedule-misuse": (_rate, _loss),
    "shape-mismatch": (tensors.shapes,),
    "shuffled-labels": (tensors.trial("shuffled-labels"), _loss),
    "slow-convergence": (_loss, _ratio),
    "stale-batch-norm": (_running, _loss),
    "symmetric-initialisation": (tensors.first_weights, _loss),
    "target-leakage": (tensors.trial("leakage"), _score),
    "tiny-batch-norm": (_running, _loss),
    "too-few-epochs": (_loss, _score),
    "train-eval-mode": (_loss, _score),
    "underfitting": (_loss, _score),
    "unscaled-inputs": (tensors.features, _layer_ratio),
    "unscaled-targets": (tensors.outputs, _loss),
    "unshuffled-data": (tensors.label_runs, _loss),
    "vanishing-gradient": (_gradient_over_weight, _update_by_depth),
    "weight-growth": (_layer_weights, _loss),
    "zero-initialisation": (tensors.first_weights, _loss),
}
