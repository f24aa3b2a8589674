"""Health through depth and time: what is measured of every layer, and where the usual ends."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

from glasswork.doctor.pages.heat import CLASSES, Measure, heat_map, measured
from glasswork.doctor.pages.shown import Shown
from glasswork.doctor.pages.words import figure, percent
from glasswork.doctor.vitals import LayerVitals, StepVitals, Vitals
from glasswork.drawing import clean

__all__ = ["MEASURES", "legend", "maps"]

MOST_MODELS = 4


def _ratio(layer: LayerVitals, step: StepVitals) -> float | None:
    return layer.update / layer.weight if layer.update is not None and layer.weight else None


def _spread(layer: LayerVitals, step: StepVitals) -> float | None:
    if layer.bad:
        return float("nan")
    if layer.mean is None or layer.std is None:
        return None
    return sqrt(min(layer.mean, 1e150) ** 2 + min(layer.std, 1e150) ** 2) if layer.mean >= -1e150 else 1e150


def _gradient(layer: LayerVitals, step: StepVitals) -> float | None:
    return float("nan") if layer.bad_gradient else layer.gradient


def _part_of_largest(value: float, others: Sequence[float]) -> float:
    largest = max((abs(v) for v in others if isfinite(v)), default=0.0)
    return abs(value) / largest if largest else 0.0


MEASURES = (
    Measure(
        "Update over weight",
        _ratio,
        (1e-7, 1e-5, 1e-4, 1e-2, 0.1, 1.0),
        "How far a step moved each layer, as a part of its weights.",
    ),
    Measure(
        "Gradient",
        _gradient,
        (1e-5, 1e-3, 1e-2, 0.1, 2.0, 3.0),
        "Root mean square of each layer's gradient; classed as a part of the largest of the same step.",
        against=_part_of_largest,
    ),
    Measure(
        "Output that is exactly 0",
        lambda layer, step: layer.zeros,
        (-2.0, -1.0, 0.25, 0.6, 0.9, 0.99),
        "Share of each layer's output that is exactly 0: after a ReLU half is usual, nearly all is a dead layer.",
        share=True,
    ),
    Measure(
        "Output that is saturated",
        lambda layer, step: layer.saturated,
        (-2.0, -1.0, 0.1, 0.25, 0.5, 0.85),
        "Share of a bounded activation's output where its slope is below 0.01, so that hardly a gradient passes.",
        share=True,
    ),
    Measure(
        "Size of the output",
        _spread,
        (1e-8, 1e-5, 0.01, 10.0, 100.0, 1e4),
        "Root mean square of each layer's output.",
    ),
)

_LOW, _HIGH = ("▼", "too low"), ("▲", "too high")
_MARKS = {"lo2": _LOW, "lo1": _LOW, "hi1": _HIGH, "hi2": _HIGH}


def maps(vitals: Vitals, measure: Measure, named: Sequence[str] = ()) -> list[Shown]:
    """Return a measure's heat maps, one a model; empty where it was not seen."""
    found = []
    steps = [step for step in vitals.sampled() if step.layers]
    for model in list(vitals.models.values())[:MOST_MODELS]:
        order = [name for name, layer in model.layers.items() if layer.order is not None]
        order += [name for name in model.layers if name not in set(order)]
        grid = measured(measure, order, steps)
        shown = heat_map(measure, grid, model=model.name if len(vitals.models) > 1 else "", named=named)
        if shown is not None:
            found.append(shown)
    return found


def legend(measure: Measure) -> str:
    """Return what the colours and signs of a measure mean, as a list that is true in light and in dark."""
    items = []
    for place, kind in enumerate(CLASSES):
        low = measure.edges[place - 1] if place else 0.0
        high = measure.edges[place] if place < len(measure.edges) else None
        relative = measure.against is not None
        if (high is not None and high < 0) or (relative and low >= 1):
            continue
        said = _fraction if relative else percent if measure.share else figure
        if low <= 0 and high is not None:
            text = f"below {said(high)}"
        elif high is None or (relative and high >= 1):
            text = f"from {said(low)}"
        else:
            text = f"{said(low)} to {said(high)}"
        mark, said_so = _MARKS.get(kind, ("", ""))
        mark = f'<b aria-hidden="true">{mark}</b>' if mark else ""
        said_so = f'<span class="hidden">, {said_so}</span>' if said_so else ""
        items.append(f'<li><span class="swatch {kind}">{mark}</span>{clean(text)}{said_so}</li>')
    items.append('<li><span class="swatch bad"><b aria-hidden="true">×</b></span>not a number</li>')
    return f'<ul class="legend">{"".join(items)}</ul>'


def _fraction(value: float) -> str:
    return f"1/{round(1 / value):,}"
