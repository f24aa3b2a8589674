"""Layers: one figure of the layers, by depth at a step, or over the steps with the sick layer set apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from glasswork.doctor.pages.bars import Amount, bars
from glasswork.doctor.pages.curves import spread
from glasswork.doctor.pages.shown import Shown, wide_plot
from glasswork.doctor.pages.words import figure, percent, short
from glasswork.doctor.vitals import LayerVitals, ModelFacts, StepVitals, Vitals
from glasswork.drawing import Axis, thinned
from glasswork.records import Finding

__all__ = ["broken", "by_depth", "over_time"]

Value = Callable[[LayerVitals], "float | None"]
MOST_NAMED = 8  # layers whose names fit below the axis
MOST_LINES = 24
MOST_ROWS = 40


def by_depth(
    vitals: Vitals,
    finding: Finding,
    title: str,
    name: str,
    value: Value,
    *,
    log: bool = False,
    share: bool = False,
    band: tuple[float, float, str] | None = None,
) -> Shown | None:
    """Return a figure of every layer, first to last, at the finding's step and at the first one looked at."""
    model = _model_of(vitals, finding)
    steps = [s for s in vitals.sampled() if model is not None and any(n in model.layers for n in s.layers)]
    if model is None or not steps:
        return None
    chosen = _nearest(steps, finding.step)
    order = _order(model)
    names = [
        one for one in order if any(one in s.layers and value(s.layers[one]) is not None for s in (steps[0], chosen))
    ]
    if not names:
        return None
    series = [("first look", steps[0], "b"), (f"step {chosen.number}", chosen, "a")]
    series = series[1:] if chosen is steps[0] else series
    columns = [[value(s.layers[one]) if one in s.layers else None for one in names] for _, s, _ in series]
    told = percent if share else figure
    rows = [[one, *(told(column[i]) for column in columns)] for i, one in enumerate(names)]
    headings = ["layer", *(said for said, _, _ in series)]
    if len(names) <= 2:
        amounts = [
            Amount(f"{one}, {said}" if len(series) > 1 else one, column[i], kind, told(column[i]))
            for i, one in enumerate(names)
            for (said, _, kind), column in zip(series, columns, strict=True)
        ]
        return Shown(
            title, bars(_sentence(title, names, columns[-1]), amounts, log=log), f"{title}: {name}.", headings, rows
        )
    values = [v for column in columns for v in column if v is not None]
    positive = [v for v in values if isfinite(v) and v > 0]
    use_log = log and bool(positive)
    y = _axis(name, positive if use_log else values, share=share, log=use_log)
    ticks = [(float(i), short(one, 11 if len(names) > 5 else 16)) for i, one in enumerate(names)]
    if len(names) > MOST_NAMED:
        every = -(-len(names) // 8)
        ticks = [(float(i), str(i + 1)) for i in range(0, len(names), every)]
    plot = wide_plot(
        _sentence(title, names, columns[-1]),
        Axis(-0.3, len(names) - 0.7, "layer, first to last" if len(names) > MOST_NAMED else ""),
        y,
        names=ticks,
        right=92 if len(series) > 1 else 20,
    )
    if band is not None:
        plot.band(*band)
    for (said, _, kind), column in zip(series, columns, strict=True):
        xs = [float(i) for i in range(len(names))]
        plot.line(xs, [None if v == 0 and use_log else v for v in column], kind, name=said if len(series) > 1 else "")
        plot.dots(xs, [None if v == 0 and use_log else v for v in column], kind)
        for i, v in enumerate(column):
            if v == 0 and use_log:
                plot.sign(plot.x(float(i)), plot.height - plot.bottom - 6, "down")
    if finding.where in names:
        plot.rule(x=float(names.index(finding.where)), name=short(finding.where, 18), kind="rule marked")
    caption = f"{title}: {name}, from the first layer to the last"
    caption += f"; {figure(band[0])} to {figure(band[1])} is {band[2]}" if band is not None else ""
    caption += "; a wedge at the foot stands for exactly 0" if use_log and 0 in values else ""
    return Shown(title, plot.svg(), f"{caption}.", headings, _cut(rows))


def over_time(
    vitals: Vitals,
    finding: Finding,
    title: str,
    name: str,
    value: Value,
    *,
    log: bool = False,
    share: bool = False,
    band: tuple[float, float, str] | None = None,
) -> Shown | None:
    """Return a figure of the layers over the steps, the finding's layer strong, the others faint."""
    model = _model_of(vitals, finding)
    if model is None:
        return None
    series: dict[str, list[tuple[float, float]]] = {}
    for step in vitals.sampled():
        for one, layer in step.layers.items():
            if one in model.layers and (v := value(layer)) is not None:
                series.setdefault(one, []).append((float(step.number), v))
    if not series:
        return None
    own = finding.where if finding.where in series else _most_extreme(series)
    others = [one for one in _order(model) if one in series and one != own]
    others = others[:: -(-len(others) // MOST_LINES)] if others else []
    points = [p for one in [own, *others] for p in series[one]]
    values = [v for _, v in points]
    positive = [v for v in values if isfinite(v) and v > 0]
    use_log = log and bool(positive) and max(positive) > 20 * min(positive)
    y = _axis(name, values, share=share, log=use_log)
    plot = wide_plot(
        f"{title}: {own} from {figure(series[own][0][1])} to {figure(series[own][-1][1])}",
        Axis.around([x for x, _ in points], "step", pad=0.0),
        y,
        right=110,
    )
    if band is not None:
        plot.band(*band)
    for one in others:
        curve = thinned([x for x, _ in series[one]], [v for _, v in series[one]], 120)
        plot.line(*curve, "faint", name=short(one, 15) if len(others) <= 5 else "")
    curve = thinned([x for x, _ in series[own]], [v for _, v in series[own]])
    plot.line(*curve, "a", name=short(own, 15))
    if len(series[own]) <= 60:
        plot.dots(*curve, "a", radius=2)
    if finding.step is not None and plot.x_axis.low <= finding.step <= plot.x_axis.high:
        plot.rule(x=float(finding.step), name=f"step {finding.step}", kind="rule marked")
    told = percent if share else figure
    numbers = [x for x, _ in spread(series[own], 6)]
    rows = [
        [one, *(told(dict(series[one]).get(number)) for number in numbers)] for one in [own, *others]
    ]  # fmt: skip
    caption = f"{title}; {own} strong" + (", the other layers faint" if others else "")
    caption += f"; {figure(band[0])} to {figure(band[1])} is {band[2]}" if band is not None else ""
    return Shown(title, plot.svg(), f"{caption}.", ["layer", *(f"step {n:.0f}" for n in numbers)], _cut(rows))


def broken(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return how many numbers were not finite, layer by layer, at the first sampled step that had any."""
    model = _model_of(vitals, finding)
    step = next((s for s in vitals.sampled() if any(x.bad or x.bad_gradient for x in s.layers.values())), None)
    if model is None or step is None:
        return None
    names = [one for one in _order(model) if one in step.layers]
    sick = [one for one in names if step.layers[one].bad or step.layers[one].bad_gradient]
    amounts = []
    for one in sick[:10]:
        layer = step.layers[one]
        if layer.bad:
            amounts.append(Amount(f"{one}, output", float(layer.bad), "bad", f"{layer.bad:,}"))
        if layer.bad_gradient:
            amounts.append(Amount(f"{one}, gradient", float(layer.bad_gradient), "warn", f"{layer.bad_gradient:,}"))
    title = f"Numbers that are NaN or infinite at step {step.number}"
    rows = [[one, f"{step.layers[one].bad:,}", f"{step.layers[one].bad_gradient:,}"] for one in names]
    caption = f"{title}, in the order of the forward pass" + ("; the first ten layers." if len(sick) > 10 else ".")
    return Shown(title, bars(title, amounts, log=True), caption, ["layer", "output", "gradient"], _cut(rows))


def _model_of(vitals: Vitals, finding: Finding) -> ModelFacts | None:
    of_layer = next((m for m in vitals.models.values() if finding.where in m.layers or finding.where == m.name), None)
    return of_layer or next(iter(vitals.models.values()), None)


def _order(model: ModelFacts) -> list[str]:
    return [one for one, layer in model.layers.items() if layer.order is not None] or list(model.layers)


def _nearest(steps: Sequence[StepVitals], number: int | None) -> StepVitals:
    return steps[-1] if number is None else min(steps, key=lambda s: abs(s.number - number))


def _most_extreme(series: dict[str, list[tuple[float, float]]]) -> str:
    def last(one: str) -> float:
        value = series[one][-1][1]
        return abs(value) if isfinite(value) else float("inf")

    return max(series, key=last)


def _axis(name: str, values: list[float], *, share: bool, log: bool) -> Axis:
    """Return the vertical axis of a measure: a share's whole range, else all values, in powers of ten where wanted."""
    if share:
        return Axis(0.0, 1.0, name)
    return Axis.around(values, f"{name} (powers of ten)" if log else name, log=log, zero=not log)


def _sentence(title: str, names: Sequence[str], column: Sequence[float | None]) -> str:
    return f"{title}: from {figure(column[0])} at {names[0]} to {figure(column[-1])} at {names[-1]}"


def _cut(rows: list[list[str]]) -> list[list[str]]:
    if len(rows) <= MOST_ROWS:
        return rows
    return [rows[round(i * (len(rows) - 1) / (MOST_ROWS - 1))] for i in range(MOST_ROWS)]
