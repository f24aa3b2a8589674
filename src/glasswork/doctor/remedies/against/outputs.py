"""Against outputs that the loss cannot use, and losses that leave the numbers."""

from __future__ import annotations

from glasswork.doctor.remedies.against.data import holes, targets
from glasswork.doctor.remedies.against.steps import calm
from glasswork.doctor.remedies.figures import class_counts, model_with, paths
from glasswork.doctor.remedies.remedy import Remedy, one
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["mismatch", "non_finite", "output_range"]

AMOUNTS = {"mse", "l1", "smooth_l1", "huber"}


def mismatch(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """An activation on the head that the loss applies again, or the wrong loss."""
    fault = finding.fault
    loss = vitals.losses[0] if vitals.losses else None
    kind = loss.kind if loss else ""
    layers = [layer for model in vitals.models.values() for layer in model.layers.values()]
    ends = [layer for layer in layers if layer.last and layer.family == "activation"]
    off = ("activation", {"layers": paths([layer.name for layer in ends]), "kind": "identity"})
    said = ends[0].kind if ends else ""
    found: list[Remedy] = []
    if ends and kind == "binary_cross_entropy":
        advice = f"Leave {said} out and use binary_cross_entropy_with_logits."
        found.append(one(fault, advice, off, ("with-logits", {}), same_loss=False))
    elif ends:
        found.append(one(fault, f"Leave {said} on the last layer out.", off, same_loss=kind in AMOUNTS))
    elif kind == "cross_entropy":
        advice = "Hand cross_entropy the scores before the softmax (or the logarithm of the probabilities)."
        found.append(one(fault, advice, ("log-of-probabilities", {}), same_loss=False))
    elif kind == "binary_cross_entropy_with_logits":
        advice = "Hand binary_cross_entropy_with_logits the scores before the sigmoid."
        found.append(one(fault, advice, ("with-logits", {"logit": True}), same_loss=False))
    if kind in {*AMOUNTS, "unknown"}:
        part = ("write-loss", {"kind": "cross_entropy"})
        found.append(one(fault, "Use cross_entropy for classes.", part, same_loss=False))
    return found


def output_range(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """A bounded head; where the targets are wide, brought to their size as well."""
    found = [remedy for remedy in mismatch(finding, vitals) if remedy.parts[0].kind == "activation"]
    wide = targets(finding, vitals)
    return found + [
        Remedy(first.fault, f"{first.advice} {second.advice}", (*first.parts, *second.parts))
        for first, second in zip(found, wide, strict=False)
    ]


def non_finite(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """NaN and Inf: of the data, of a layer, of a loss by hand, of single steps."""
    fault = finding.fault
    bad_data = any(one.bad for step in vitals.sampled() if step.batch for one in step.batch.inputs.values())
    found = holes(finding, vitals) if bad_data else []
    model = model_with(vitals, finding.where)
    here = model.layers.get(finding.where) if model is not None else None
    if here is not None and here.family in ("other", "activation"):
        out = ("activation", {"layers": paths([here.name]), "kind": "identity"})
        found.append(one(fault, f"Leave {here.name} out.", out))
    skip = one(fault, "Leave out steps whose loss or gradient is not finite.", ("skip-broken", {}))
    guard = one(fault, "Add 1e-8 under logarithms and roots.", ("guarded-arithmetic", {}), ("skip-broken", {}))
    usual = "cross_entropy" if class_counts(vitals) else "mse"
    write = one(fault, f"Use torch's {usual}, which stays finite.", ("write-loss", {"kind": usual}), same_loss=False)
    broken = [step for step in vitals.steps if step.loss is not None and step.loss != step.loss]
    by_hand = not vitals.losses or vitals.losses[0].kind == "unknown"
    if by_hand and vitals.steps and vitals.steps[0] in broken:
        return [*found, write, guard, skip]
    return [*found, guard, skip, *calm(finding, vitals)[:1], *([write] if by_hand else [])]
