"""Against first weights that lead nowhere: drawn anew where they are ill, or all of them."""

from __future__ import annotations

from collections.abc import Sequence

from glasswork.doctor.remedies.figures import (
    bare,
    feeding,
    following,
    heads,
    ill_layers,
    layers_with_weights,
    model_with,
)
from glasswork.doctor.remedies.remedy import Remedy, one
from glasswork.doctor.vitals import LayerFacts, ModelFacts, Vitals
from glasswork.records import Finding

__all__ = ["first_loss", "redraw", "redraw_all"]

HOW = "by Kaiming's or Xavier's rule, whichever fits the activation, biases 0"
MOST_NAMED = 3
SHALLOW = 4  # layers: signals keep their size by torch's own rule


def redraw(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """Weights drawn anew: of the layer that was found with all that look as ill, and of all."""
    model = model_with(vitals, finding.where)
    if model is None:
        return []
    weighty = layers_with_weights(model)
    here = [layer for layer in weighty if bare(layer.name) == bare(finding.where)] or feeding(model, finding.where)
    ill = {layer.name for layer in [*here, *ill_layers(model)]}
    chosen = [layer for layer in weighty if layer.name in ill]
    partly = [_drawn(finding, model, chosen)] if chosen and len(chosen) < len(weighty) else []
    return [*partly, *redraw_all(finding, vitals)]


def redraw_all(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """All weights drawn anew."""
    model = model_with(vitals, finding.where)
    weighty = layers_with_weights(model) if model is not None else []
    return [_drawn(finding, model, weighty, "all weights")] if model is not None and weighty else []


def first_loss(finding: Finding, vitals: Vitals) -> list[Remedy]:
    """A first loss that is far from guessing: the head drawn anew, with what else looks ill."""
    model = model_with(vitals, finding.where)
    if model is None:
        return []
    ill = {layer.name for layer in [*heads(model), *ill_layers(model)]}
    chosen = [layer for layer in layers_with_weights(model) if layer.name in ill]
    return [*([_drawn(finding, model, chosen)] if chosen else []), *redraw_all(finding, vitals)]


def _drawn(finding: Finding, model: ModelFacts, layers: Sequence[LayerFacts], said: str = "") -> Remedy:
    names = ", ".join(layer.name for layer in layers[:MOST_NAMED])
    more = f" and {len(layers) - MOST_NAMED} more" if len(layers) > MOST_NAMED else ""
    what = said or f"the weights of {names}{more}"
    if len([layer for layer in layers_with_weights(model) if layer.family == "linear"]) <= SHALLOW:
        part = ("initialise", {"layers": dict.fromkeys(following(model, layers), "")})
        return one(finding.fault, f"Draw {what} anew, as torch does (reset_parameters).", part)
    return one(finding.fault, f"Draw {what} {HOW}.", ("initialise", {"layers": following(model, layers)}))
