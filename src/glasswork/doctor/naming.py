"""Naming: how the things that a finding speaks of are called in the user's own code."""

from __future__ import annotations

import re

from glasswork.doctor.vitals import LayerFacts, LossFacts, OptimizerFacts, ParameterFacts, Vitals
from glasswork.records import Finding

__all__ = [
    "attribute",
    "called",
    "layer_of",
    "main_loss",
    "the_backward",
    "the_loss",
    "the_optimizer",
    "weights_of",
]

_BACKWARD = re.compile(r"^(?:\w+\s*=\s*)?([\w.\[\]'\"()* /+-]+)\.backward\(")
_STEP = re.compile(r"([\w.]+)\.step\(")


def attribute(path: str, model: str = "model") -> str:
    """Return how code reaches a layer.

    >>> attribute("net.0.norm1"), attribute("2"), attribute("G/main.3")
    ('model.net[0].norm1', 'model[2]', 'G.main[3]')
    """
    owner, slash, inner = path.partition("/")
    parts = (inner if slash else path).partition(">")[0].split(".")
    return (owner if slash else model) + "".join(
        f"[{part}]" if part.isdigit() else f".{part}" for part in parts if part
    )


def _text(vitals: Vitals, place: str) -> str:
    """Return the text of the user's line, where it is known."""
    return vitals.code.get(place, "")


def the_backward(vitals: Vitals) -> str:
    """Return the call of backward, as the user wrote it where that is known and short."""
    text = _text(vitals, "backward")
    return text if "backward(" in text and len(text) < 60 else "loss.backward()"


def the_loss(vitals: Vitals) -> str:
    """Return what backward is called on."""
    found = _BACKWARD.match(_text(vitals, "backward"))
    return found[1] if found else "loss"


def the_optimizer(vitals: Vitals, finding: Finding) -> tuple[str, OptimizerFacts | None]:
    """Return the optimizer's name in the code, and what is known of the one that a finding is about."""
    named = next((name for name in vitals.optimizers if finding.evidence.startswith(f"{name} ")), None)
    facts = vitals.optimizers.get(named or "") or next(iter(vitals.optimizers.values()), None)
    if len(vitals.optimizers) > 1 and facts is not None:
        return facts.name, facts
    found = _STEP.search(_text(vitals, "step"))
    return (found[1] if found and "scaler" not in found[1] else "optimizer"), facts


def layer_of(vitals: Vitals, finding: Finding) -> LayerFacts | None:
    """Return the layer that a finding is about."""
    return next((m.layers[finding.where] for m in vitals.models.values() if finding.where in m.layers), None)


def weights_of(vitals: Vitals, layer: str) -> list[ParameterFacts]:
    """Return the parameters of a layer."""
    return [p for m in vitals.models.values() for p in m.parameters.values() if p.layer == layer]


def main_loss(vitals: Vitals) -> LossFacts | None:
    """Return the loss that was seen most often."""
    return vitals.losses[0] if vitals.losses else None


def called(layer: LayerFacts) -> str:
    """Return a layer as one speaks of it: a module by its path, a function by where it is called."""
    path, function, name = layer.name.partition(">")
    return f"the call of {name} after {path}" if function else f"the {layer.kind} at {layer.name}"
