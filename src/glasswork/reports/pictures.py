"""Pictures of a run: how it learned, where it errs, what it forecasts; drawn from the run's files alone."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite, sqrt
from typing import Any

import polars as pl
from markupsafe import Markup

from glasswork.drawing import Axis, Plot, running_mean, thinned
from glasswork.reports.numbers import METRICS
from glasswork.reports.run_files import RunFiles

__all__ = [
    "calibration_picture",
    "confusion_picture",
    "forecast_picture",
    "horizon_picture",
    "learning_pictures",
    "picture",
    "position_picture",
    "range_picture",
    "residual_picture",
    "scatter_picture",
]

MOST_DOTS = 700


def picture(plot: Plot) -> Markup:
    """Return a finished plot for a template."""
    return Markup(plot.svg())  # noqa: S704 - a plot escapes every text in it


def learning_pictures(run: RunFiles, primary: str, direction: str) -> list[dict[str, Any]]:
    """Return pictures over the steps: loss, the figure that decides, learning rate, gradient norm."""
    pictures = []
    raw = thinned(*_merged(run, "train/loss"))
    train = (raw[0], running_mean(raw[1]))
    valid = (
        run.series("valid/loss", event="epoch")
        if run.series("valid/loss", event="epoch")[0]
        else run.series("valid/loss")
    )
    shown = run.series(f"valid/{primary}", event="epoch")
    best = _best(shown, direction) or _best(valid, "min")
    if train[0] or valid[0]:
        everything = [*train[1], *valid[1]]
        positive = [v for v in everything if v > 0]
        log = len(positive) == len(everything) and max(positive) > 30 * min(positive)
        usual = sorted(raw[1])[len(raw[1]) // 30 : len(raw[1]) - len(raw[1]) // 30]  # a lone spike sets no scale
        y = Axis.around([*everything, *usual], "loss" + (" (logarithmic)" if log else ""), log=log)
        plot = Plot("Loss during training", Axis.around([*train[0], *valid[0]], "step", pad=0.0), y, right=84)
        if best is not None:
            plot.rule(x=best, name="best")
        plot.line(*raw, "single")  # what lies outside is drawn at the edge
        plot.line(*train, "quiet", name="training")
        plot.line(*valid, "network", name="validation")
        if len(valid[0]) <= 40:
            plot.dots(*valid, "network", radius=2.4)
        caption = "Loss in training" + (" (log points faint, their mean strong)" if raw[1] != train[1] else "")
        caption += " and in validation." if valid[1] else "."
        pictures.append({"svg": picture(plot), "caption": caption})
    if len(shown[0]) > 1 and primary != "loss":
        name = METRICS.get(primary, primary)
        plot = Plot(
            f"Validation {name} during training",
            Axis.around(shown[0], "step", pad=0.0),
            Axis.around(shown[1], f"validation {name}"),
            right=24,
        )
        if best is not None:
            plot.rule(x=best, name="best")
        plot.line(*shown, "network")
        if len(shown[0]) <= 40:
            plot.dots(*shown, "network", radius=2.4)
        pictures.append({"svg": picture(plot), "caption": f"Validation {name} after each epoch."})
    for key, name, log in (
        ("train/learning_rate", "learning rate", False),
        ("train/gradient_norm", "gradient norm", True),
    ):
        steps, values = thinned(*run.series(key, event="step"))
        if len(steps) > 1 and max(values) > 0:
            values = [max(value, max(values) * 1e-6) for value in values] if log else values
            log = log and max(values) > 30 * min(values)
            plot = Plot(
                f"The {name} during training",
                Axis.around(steps, "step", pad=0.0),
                Axis.around(values, name + (" (logarithmic)" if log else ""), log=log, zero=not log),
                height=190,
                right=24,
            )
            plot.line(steps, values, "quiet")
            pictures.append({"svg": picture(plot), "caption": f"{name[0].upper()}{name[1:]}."})
    return pictures


def range_picture(value: float, low: float | None, high: float | None, axis: Axis, kind: str) -> Markup:
    """Return one row of a dot plot as wide as its place: a track, the interval, the value."""

    def at(v: float) -> str:
        return f"{100 * min(1.0, max(0.0, axis.place(v))):.2f}%"

    interval = ""
    if low is not None and high is not None and isfinite(low) and isfinite(high):
        interval = f'<line class="interval {kind}" x1="{at(low)}" x2="{at(high)}" y1="9" y2="9"/>'
    parts = [
        '<svg class="track" width="100%" height="18" aria-hidden="true">',
        '<line class="grid" x1="0" x2="100%" y1="9" y2="9"/>',
        interval,
        f'<circle class="dot {kind}" cx="{at(value)}" cy="9" r="6"/></svg>',
    ]
    return Markup("".join(parts))  # noqa: S704 - numbers and our own class names


def confusion_picture(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> Markup:
    """Return a large confusion matrix as a square of shades; each row is shaded by its shares."""
    size, side = len(classes), 8 if len(classes) > 30 else 14
    cells = []
    for r, row in enumerate(confusion):
        total = sum(row) or 1
        for c, n in enumerate(row):
            if n:
                what = f"{classes[r]} taken for {classes[c]}: {n}" if r != c else f"{classes[r]} recognised: {n}"
                kind = "hit" if r == c else "miss"
                cells.append(
                    f'<rect class="{kind}" x="{c * side}" y="{r * side}" width="{side - 1}" height="{side - 1}" '
                    f'fill-opacity="{0.12 + 0.88 * sqrt(n / total):.2f}"><title>{escape(what)}</title></rect>'
                )
    side *= size
    parts = [
        f'<svg class="plot square" viewBox="0 0 {side} {side}" role="img" ',
        f'aria-label="Confusion matrix of {size} classes">',
        *cells,
        "</svg>",
    ]
    return Markup("".join(parts))  # noqa: S704 - names were escaped above


def calibration_picture(calibration: dict[str, Any]) -> Markup:
    """Return a reliability diagram: a dot on the line is honest, above it too modest, below it too sure."""
    bins = calibration["bins"]
    of = "positive class" if calibration.get("of") == "positive" else "predicted class"
    most = max(b["count"] for b in bins)
    plot = Plot(
        "Calibration: how often it was true against how sure the network was",
        Axis(0.0, 1.0, f"probability of the {of}"),
        Axis(0.0, 1.0, "how often it was true"),
        height=300,
    )
    plot.line([0, 1], [0, 1], "rule")
    xs, ys = [b["confidence"] for b in bins], [b["share"] for b in bins]
    plot.line(xs, ys, "network")
    plot.dots(xs, ys, "network solid", radius=[round(2.5 + 5.5 * sqrt(b["count"] / most), 1) for b in bins])
    return picture(plot)


def residual_picture(summary: dict[str, Any]) -> Markup:
    """Return the histogram of the residuals of one target."""
    histogram = summary["histogram"]
    counts = histogram["counts"]
    low, high = histogram["low"], histogram["high"]
    edges = [low + (high - low) * i / len(counts) for i in range(len(counts) + 1)]
    plot = Plot(
        f"Residuals of {summary['target']}",
        Axis(low, high, "true value − prediction"),
        Axis(0.0, max(counts) * 1.08 or 1.0, "rows"),
        height=300,
    )
    plot.bars(edges, counts, "network")
    if low < 0 < high:
        plot.rule(x=0.0)
    return picture(plot)


def scatter_picture(predictions: pl.DataFrame, target: str, prediction: str, name: str) -> Markup | None:
    """Return predicted against true values, at most 700 of them, with the line on which they would be equal."""
    frame = predictions.select(
        pl.col(target).cast(pl.Float64).alias("t"), pl.col(prediction).cast(pl.Float64).alias("p")
    )
    frame = frame.filter(pl.col("t").is_finite() & pl.col("p").is_finite())
    if frame.height < 2:
        return None
    if frame.height > MOST_DOTS:
        frame = frame.sample(MOST_DOTS, seed=0)
    t, p = frame["t"].to_list(), frame["p"].to_list()
    both = Axis.around([*t, *p])
    plot = Plot(
        f"Predicted against true {name}",
        Axis(both.low, both.high, f"true {name}"),
        Axis(both.low, both.high, f"predicted {name}"),
        height=300,
        left=58,
    )
    plot.line([both.low, both.high], [both.low, both.high], "rule")
    plot.dots(t, p, "network cloud", radius=2.4)
    return picture(plot)


def forecast_picture(window: dict[str, Any]) -> Markup:
    """Return one forecast: what was known, what came, what was forecast."""
    past, truth, forecast = window.get("past") or [], window["truth"], window["prediction"]
    before = [float(i - len(past)) for i in range(len(past))]
    after = [float(i) for i in range(len(truth))]
    plot = Plot(
        f"A {window.get('which', '')} forecast of {window['target']}",
        Axis.around([*before, *after], "rows from the moment of the forecast", pad=0.0),
        Axis.around([*past, *truth, *forecast], str(window["target"])),
        right=72,
        height=240,
    )
    if past:
        plot.rule(x=-0.5, kind="rule faint")
        plot.line([*before, 0.0], [*past, truth[0]], "past")
    plot.line(after, truth, "truth", name="truth")
    plot.line(after, forecast, "network", name="forecast")
    return picture(plot)


def horizon_picture(horizons: Sequence[dict[str, Any]]) -> Markup:
    """Return the error by the distance of the step that was forecast."""
    steps = [float(h["step"]) for h in horizons]
    roots = [sqrt(max(0.0, h["mse"])) for h in horizons]
    plot = Plot(
        "Error by steps ahead",
        Axis.around([0.0, *steps], "steps ahead", pad=0.0),
        Axis.around(roots, "error, in training deviations", zero=True),
        right=56,
        height=250,
    )
    plot.line(steps, roots, "quiet", name="RMSE")
    plot.line(steps, [h["mae"] for h in horizons], "network", name="MAE")
    return picture(plot)


def position_picture(nats: Sequence[float]) -> Markup:
    """Return how the loss of a token falls with the number of tokens before it."""
    xs = [float(i + 1) for i in range(len(nats))]
    plot = Plot(
        "Loss by position in the window",
        Axis.around([0.0, *xs], "tokens seen before", pad=0.0),
        Axis.around(list(nats), "nats per token"),
        right=20,
        height=250,
    )
    plot.line(*thinned(xs, list(nats)), "network")
    return picture(plot)


def _merged(run: RunFiles, key: str) -> tuple[list[float], list[float]]:
    steps, values = run.series(key, event="step")
    return (steps, values) if len(steps) > 1 else run.series(key)


def _best(series: tuple[list[float], list[float]], direction: str) -> float | None:
    steps, values = series
    if len(steps) < 3:
        return None
    pick = max if direction == "max" else min
    return steps[values.index(pick(values))]
