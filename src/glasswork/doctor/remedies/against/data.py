"""Against data of the wrong size, with holes, or with rare classes."""

from __future__ import annotations

from glasswork.doctor.remedies.figures import class_counts, input_figures, target_figures
from glasswork.doctor.remedies.remedy import Remedy, one
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["holes", "imbalance", "inputs", "targets"]

HEAVY = 100.0  # the most that a rare class weighs, relative to the most frequent one
AMOUNTS = {"mse", "l1", "huber", "smooth_l1"}


def inputs(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Inputs in units of their own."""
    figures = input_figures(vitals)
    advice = "Standardise the inputs: subtract each feature's training mean and divide by its standard deviation."
    return [one(finding.fault, advice, ("scale-inputs", {"inputs": figures}))] if figures else []


def holes(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Missing numbers."""
    figures = input_figures(vitals)
    fill = ("scale-inputs", {"inputs": figures, "scale": False})
    skip = one(finding.fault, "Leave out batches with missing numbers.", ("skip-broken", {}))
    filled = one(finding.fault, "Put the feature's mean where a number is missing.", fill)
    return [filled, skip] if figures else [skip]


def targets(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Targets in units of their own."""
    figures = target_figures(vitals)
    loss = vitals.losses[0].kind if vitals.losses else ""
    if figures is None or (class_counts(vitals) and loss not in AMOUNTS):
        return []
    advice = "Standardise the targets, and undo that where the model predicts."
    part = ("scale-outputs", {"mean": figures[0], "std": figures[1], "squared": loss in ("mse", "unknown")})
    return [one(finding.fault, advice, part)]


def imbalance(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Classes that are rare: weighed by how rare."""
    counts = class_counts(vitals)
    if len(counts) < 2 or min(counts) < 0:
        return []
    most = max(counts.values())
    weights = [min(most / counts[code], HEAVY) if counts.get(code) else 1.0 for code in range(max(counts) + 1)]
    mean = sum(weights[code] * count for code, count in counts.items()) / sum(counts.values())
    part = ("class-weights", {"weights": [weight / mean for weight in weights]})
    return [one(finding.fault, "Weigh the classes by how rare they are.", part, same_loss=False)]
