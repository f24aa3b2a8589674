"""Against mistakes of the loop: gradients, modes, parameters, schedules, loaders."""

from __future__ import annotations

from glasswork.doctor.remedies.against.steps import faster
from glasswork.doctor.remedies.figures import loader_of
from glasswork.doctor.remedies.remedy import Remedy, one
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding

__all__ = ["modes", "parameters", "schedule", "shuffle", "stale", "workers", "zero_grad"]


def zero_grad(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Gradients that add up."""
    return [one(finding.fault, "Call optimizer.zero_grad() before each backward().", ("zero-grad", {}))]


def modes(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Training and evaluation mode."""
    advice = "Call model.train() where each epoch begins and model.eval() before validation."
    return [one(finding.fault, advice, ("modes", {}))]


def stale(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Running statistics that never move."""
    momentum = one(finding.fault, "Leave batch norm's momentum at 0.1.", ("norm-momentum", {"momentum": 0.1}))
    return [momentum, *modes(finding, vitals)]


def parameters(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Parameters that nobody moves."""
    if not vitals.steps and vitals.backwards:
        return [one(finding.fault, "Call optimizer.step() after backward().", ("step-forgotten", {}))]
    advice = "Make the optimizer of model.parameters(), after the model has been made and changed."
    return [one(finding.fault, advice, ("forgotten-parameters", {}))]


def schedule(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """A schedule that takes the rate away."""
    return [
        one(finding.fault, "Leave the schedule out, or spread it over all steps.", ("schedule", {})),
        *faster(finding, vitals)[-1:],
    ]


def shuffle(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Rows in the order of their classes."""
    loader = loader_of(vitals)
    part = ("loader", {**(loader or {}), "shuffle": True})
    return [one(finding.fault, "Pass shuffle=True to the training DataLoader.", part)] if loader else []


def workers(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Workers that draw the same numbers."""
    advice = "Seed numpy in worker_init_fn by torch.initial_seed()."
    return [one(finding.fault, advice, ("loader", {"seeded": True}))]
