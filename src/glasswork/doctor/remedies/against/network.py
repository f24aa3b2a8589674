"""Against activations, dropout and widths that do not let the network learn."""

from __future__ import annotations

from glasswork.doctor.remedies.against.data import inputs
from glasswork.doctor.remedies.against.steps import calm, faster
from glasswork.doctor.remedies.against.weights import redraw, redraw_all
from glasswork.doctor.remedies.figures import bare, chains, following, layers_with_weights, model_with, paths
from glasswork.doctor.remedies.remedy import Remedy, one
from glasswork.doctor.vitals import LayerFacts, Vitals
from glasswork.records import Finding

__all__ = ["dead", "dropout", "hidden_softmax", "linear", "saturated", "underfitting", "vanishing"]

WIDE = 64
BOUNDED = {"sigmoid", "tanh", "hardsigmoid", "softsign"}
STRONG_DROPOUT = 0.3


def dead(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """ReLUs that never open."""
    model = model_with(vitals, finding.where)
    found = redraw(finding, vitals)[:1]
    rectified = [] if model is None else [layer.name for layer in model.layers.values() if layer.kind.lower() == "relu"]
    if rectified:
        part = ("activation", {"layers": paths(rectified), "kind": "leaky_relu"})
        found.append(one(finding.fault, "Use LeakyReLU instead of ReLU.", part))
    return [*found, *calm(finding, vitals)[:1]]


def saturated(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Bounded activations that are flat nearly everywhere."""
    return [*redraw(finding, vitals)[:1], *_to_relu(finding, vitals, BOUNDED), *inputs(finding, vitals)[:1]]


def vanishing(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Gradients that do not reach the first layers."""
    relu = _to_relu(finding, vitals, BOUNDED | {"softmax"})
    return [*relu, *redraw_all(finding, vitals), *faster(finding, vitals)[:1]]


def hidden_softmax(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """A softmax or sigmoid between layers."""
    model = model_with(vitals, finding.where)
    here = model.layers.get(finding.where) if model is not None else None
    found = _to_relu(finding, vitals, {"softmax", "sigmoid"})
    if here is None or here.family != "activation":
        return found
    part = ("activation", {"layers": paths([here.name]), "kind": "relu"})
    return [one(finding.fault, f"Use ReLU instead of {here.kind} at {here.name}.", part), *found]


def _to_relu(finding: Finding, vitals: Vitals, kinds: set[str]) -> list[Remedy]:
    """ReLU for hidden activations of these kinds, with weights that fit it."""
    model = model_with(vitals, finding.where)
    chosen = [] if model is None else [layer for layer in model.layers.values() if _is_hidden(layer, kinds)]
    if model is None or not chosen:
        return []
    dense = [layer for layer in layers_with_weights(model) if layer.family == "linear"]
    weights = {path: "relu" if kind in kinds else kind for path, kind in following(model, dense).items()}
    named = " and ".join(sorted({layer.kind for layer in chosen}))
    return [
        one(
            finding.fault,
            f"Use ReLU instead of {named} between layers, with weights drawn by Kaiming's rule.",
            ("activation", {"layers": paths([layer.name for layer in chosen]), "kind": "relu"}),
            ("initialise", {"layers": weights}),
        )
    ]


def _is_hidden(layer: LayerFacts, kinds: set[str]) -> bool:
    return layer.kind.lower() in kinds and not layer.last


def linear(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Layers with nothing between them that would bend a line."""
    model = model_with(vitals, finding.where)
    if model is None:
        return []
    bent = {name for layer in model.layers.values() if layer.family == "activation" for name in layer.after}
    straight = [
        layer.name
        for layer in model.layers.values()
        if layer.family == "linear" and not layer.last and layer.name not in bent
    ]
    return [
        one(
            finding.fault,
            f"Put {said} behind each hidden layer.",
            ("insert-activation", {"layers": [bare(name) for name in straight], "kind": kind}),
        )
        for said, kind in (("a ReLU", "relu"), ("a tanh", "tanh"))
        if straight
    ]


def dropout(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Less of it, or none."""
    return [
        one(finding.fault, f"Drop {said}.", ("dropout", {"share": share}))
        for said, share in (("a tenth", 0.1), ("nothing", 0.0))
    ]


def underfitting(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """A wider network, less dropout, larger steps."""
    model = model_with(vitals, finding.where)
    found = []
    if model is not None:
        narrow = [pair for pair, units in chains(model) if units < WIDE]
        part = ("wider", {"chains": narrow, "width": WIDE})
        if narrow:
            found.append(one(finding.fault, f"Make the hidden layers {WIDE} units wide.", part))
        strong = (layer.settings.get("p", 0) for layer in model.layers.values() if layer.family == "dropout")
        if any(share > STRONG_DROPOUT for share in strong):
            found += dropout(finding, vitals)[:1]
    return [*found, *faster(finding, vitals)[:2]]
