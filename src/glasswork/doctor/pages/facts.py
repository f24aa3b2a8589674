"""Facts: what was trained, with what, on what, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from glasswork.doctor.pages.words import figure
from glasswork.doctor.vitals import ModelFacts, Vitals
from glasswork.drawing import clean

__all__ = ["facts", "table"]

MOST_LAYERS = 60
MOST_SETTINGS = 8
Row = Sequence[str]


def facts(vitals: Vitals) -> str:
    """Return models, optimizers, losses, data and schedule as HTML; empty where nothing was seen."""
    parts = [_general(vitals)]
    if vitals.optimizers:
        rows = [
            [
                o.name,
                o.kind,
                vitals.places.get(o.name, "–"),
                f"{len(o.parameters):,}",
                _settings(o.groups[0] if o.groups else {}),
            ]
            for o in vitals.optimizers.values()
        ]
        parts += ["<h3>Optimizers</h3>", table("Optimizers", ("name", "kind", "made at", "tensors", "settings"), rows)]
    if vitals.losses:
        rows = [
            [x.name, x.kind.replace("_", " "), x.reduction or "–", x.where or "–", _settings(x.settings)]
            for x in vitals.losses
        ]
        parts += ["<h3>Losses</h3>", table("Losses", ("called", "kind", "reduction", "at", "settings"), rows)]
    for model in vitals.models.values():
        parts.append(_model(model))
    return "".join(part for part in parts if part)


def table(caption: str, headings: Row, rows: Sequence[Row], *, hidden: bool = True) -> str:
    """Return a table in a frame that scrolls and that the keyboard reaches; the first cell names its row."""
    head = "".join(f'<th scope="col">{clean(name)}</th>' for name in headings)
    body = "".join(
        f'<tr><th scope="row">{clean(row[0])}</th>{"".join(f"<td>{clean(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    kind = ' class="hidden"' if hidden else ""
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{clean(caption)}"><table>'
        f"<caption{kind}>{clean(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _general(vitals: Vitals) -> str:
    sampled = len(vitals.sampled())
    pairs: list[tuple[str, str]] = []
    if vitals.steps:
        planned = f" of {vitals.planned_steps:,} planned" if vitals.planned_steps else ""
        pairs.append(("steps", f"{len(vitals.steps):,}{planned}, {sampled:,} of them looked at closely"))
    if vitals.evaluations:
        pairs.append(("validations", f"{len(vitals.evaluations):,}"))
    if vitals.loader:
        pairs.append(("loader", _settings(vitals.loader)))
    if vitals.scheduler:
        plain = {key: value for key, value in vitals.scheduler.items() if not isinstance(value, dict)}
        pairs.append(("schedule", _settings(plain | (vitals.scheduler.get("settings") or {}))))
    if vitals.amp:
        pairs.append(("precision", "mixed: an AMP scaler or autocast was seen"))
    if vitals.processes > 1:
        pairs.append(("processes", f"{vitals.processes:,}"))
    if vitals.places:
        pairs.append(("lines", ", ".join(f"{name} {line}" for name, line in vitals.places.items())))
    if not pairs:
        return ""
    return f"<dl>{''.join(f'<dt>{clean(name)}</dt><dd>{clean(said)}</dd>' for name, said in pairs)}</dl>"


def _model(model: ModelFacts) -> str:
    numbers = sum(prod(p.shape) for p in model.parameters.values())
    learned = sum(prod(p.shape) for p in model.parameters.values() if p.trainable)
    said = f"{len(model.layers):,} layers, {numbers:,} numbers in {len(model.parameters):,} parameters"
    said += f", {learned:,} of them trainable" if learned != numbers else ""
    said += "; compiled, so that only its boundaries were seen" if model.compiled else ""
    layers = list(model.layers.values())
    weights: dict[str, list[str]] = {}
    for p in model.parameters.values():
        marks = "" if p.trainable else " frozen"
        marks += " in no optimizer" if p.optimized is False else ""
        shape = " × ".join(map(str, p.shape)) or "1"
        weights.setdefault(p.layer, []).append(f"{p.name.rpartition('.')[2]} {shape}, std {figure(p.std)}{marks}")
    rows = [
        [
            layer.name,
            layer.kind,
            f"{layer.runs:,}",
            _settings(layer.settings),
            "; ".join(weights.get(layer.name, ())) or "–",
        ]
        for layer in layers[:MOST_LAYERS]
    ]
    more = f"<p>The first {MOST_LAYERS} of {len(layers):,} layers.</p>" if len(layers) > MOST_LAYERS else ""
    caption = f"Layers of {model.name}"
    inner = table(caption, ("layer", "kind", "runs", "settings", "first weights"), rows) if rows else ""
    return (
        f"<h3>{clean(model.name)}: {clean(model.kind)}</h3><p>{clean(said)}.</p>"
        f"<details><summary>{clean(caption)}</summary>{inner}{more}</details>"
    )


def _settings(settings: dict[str, Any]) -> str:
    """Return settings as one writes them, the first few."""
    listed = [f"{key}={_value(value)}" for key, value in settings.items() if value is not None and value is not False]
    more = [f"and {len(listed) - MOST_SETTINGS} more"] if len(listed) > MOST_SETTINGS else []
    return ", ".join([*listed[:MOST_SETTINGS], *more]) or "–"


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
