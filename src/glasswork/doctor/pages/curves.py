"""Curves: how loss, score, learning rate, gradient and step size went over the training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from statistics import median

from glasswork.doctor.pages.shown import Shown, wide_plot
from glasswork.doctor.pages.words import figure, percent
from glasswork.doctor.vitals import StepVitals, Vitals
from glasswork.drawing import Axis, Plot, running_mean, thinned

__all__ = ["LOSS", "gradient_curve", "loss_curve", "over_steps", "rate_curve", "ratio_curve", "score_curve", "spread"]

LOSS = "Loss over the steps"
KINDS = ("a", "b", "c", "d")
MOST_ROWS = 8


def by_optimizer(vitals: Vitals) -> dict[str, list[StepVitals]]:
    """Return the steps of each optimizer, at most four."""
    found: dict[str, list[StepVitals]] = {}
    for step in vitals.steps:
        found.setdefault(step.optimizer, []).append(step)
    return dict(list(found.items())[: len(KINDS)])


def loss_curve(vitals: Vitals, step: int | None = None, *, title: str = LOSS) -> Shown | None:
    """Return the loss in training and validation, with the loss of guessing where it is known and a step marked."""
    series = {
        name: [(float(s.number), s.loss) for s in steps if s.loss is not None]
        for name, steps in by_optimizer(vitals).items()
    }
    series = {name: points for name, points in series.items() if points}
    asked = [(float(e.step), e.loss) for e in vitals.evaluations if e.loss is not None]
    if not series:
        return None
    guess = _guess(vitals) if len(series) == 1 else None
    seen = [value for points in series.values() for _, value in points] + [value for _, value in asked]
    finite = [value for value in seen if isfinite(value)]
    log = bool(finite) and min(finite) > 0 and max(finite) > 30 * min(finite)
    xs = [x for points in series.values() for x, _ in points]
    y = Axis.around(
        [*finite, guess] if guess is not None and (not log or guess > 0) else finite,
        "loss (powers of ten)" if log else "loss",
        log=log,
    )
    several = len(series) > 1
    plot = wide_plot(_said(title, xs, seen, step), Axis.around(xs, "step", pad=0.0), y, right=96)
    if guess is not None:
        plot.rule(y=guess, kind="rule guess")
        plot.ends.append((plot.width - plot.right + 6, plot.y(guess), "faint", "guessing"))
    for (name, points), kind in zip(series.items(), KINDS, strict=False):
        if len(points) > 60 and not several:
            raw_x, raw_y = thinned([x for x, _ in points], [v for _, v in points], 480)
            plot.line(raw_x, raw_y, "faint")
        smooth = running_mean([v for _, v in points], powers=log) if len(points) > 60 else [v for _, v in points]
        plot.line(*thinned([x for x, _ in points], smooth), kind, name=name if several else "training")
    if asked:
        plot.line(*thinned([x for x, _ in asked], [v for _, v in asked]), "b", name="validation")
        if len(asked) <= 40:
            plot.dots([x for x, _ in asked], [v for _, v in asked], "b")
    _mark(plot, step)
    rows = [[f"step {x:.0f}", figure(value)] for x, value in spread([p for points in series.values() for p in points])]
    rows += [[f"validation after step {x:.0f}", figure(value)] for x, value in spread(asked)]
    if guess is not None:
        rows.append(["guessing", figure(guess)])
    caption = title
    caption += (
        ": single steps faint, their mean strong" if any(len(p) > 60 for p in series.values()) and not several else ""
    )
    caption += "; a cross at the top stands for a loss that is no number" if len(finite) < len(seen) else ""
    return Shown(title, plot.svg(), f"{caption}.", ("when", "loss"), rows)


def score_curve(vitals: Vitals) -> Shown | None:
    """Return the share of right classes in training batches and validation."""
    series = [
        [(float(s.number), s.batch.correct) for s in steps if s.batch is not None and s.batch.correct is not None]
        for steps in by_optimizer(vitals).values()
    ]
    seen = max(series, key=len, default=[])
    asked = [(float(e.step), e.correct) for e in vitals.evaluations if e.correct is not None]
    if len(seen) + len(asked) < 2:
        return None
    xs = [x for x, _ in [*seen, *asked]]
    title = "Right classes over the steps"
    plot = wide_plot(
        _said(title, xs, [v for _, v in [*seen, *asked]], None),
        Axis.around(xs, "step", pad=0.0),
        Axis(0.0, 1.0, "share that is right"),
        right=96,
        height=210,
    )
    plot.line(*thinned([x for x, _ in seen], running_mean([v for _, v in seen])), "a", name="training")
    plot.line(*thinned([x for x, _ in asked], [v for _, v in asked]), "b", name="validation")
    if len(asked) <= 40:
        plot.dots([x for x, _ in asked], [v for _, v in asked], "b")
    rows = [[f"batch of step {x:.0f}", percent(v)] for x, v in spread(seen)]
    rows += [[f"validation after step {x:.0f}", percent(v)] for x, v in spread(asked)]
    return Shown(title, plot.svg(), f"{title}, of sampled batches.", ("when", "right"), rows)


def rate_curve(vitals: Vitals, step: int | None = None) -> Shown | None:
    """Return the highest learning rate of each step."""
    return over_steps(
        vitals,
        "Learning rate over the steps",
        "learning rate",
        lambda s: max(s.learning_rates, default=None),
        step=step,
    )


def gradient_curve(vitals: Vitals, step: int | None = None) -> Shown | None:
    """Return the norm of the whole gradient."""
    return over_steps(
        vitals, "Gradient over the steps", "norm of the gradient", lambda s: s.gradient_norm, step=step, log=True
    )


def ratio_curve(vitals: Vitals, step: int | None = None) -> Shown | None:
    """Return how far each step moved the weights, as a part of their size."""

    def ratio(s: StepVitals) -> float | None:
        return s.update_norm / s.weight_norm if s.update_norm is not None and s.weight_norm else None

    return over_steps(
        vitals,
        "How far a step moves the weights",
        "update / weights",
        ratio,
        step=step,
        log=True,
        band=(1e-5, 0.1, "usual"),
    )


def over_steps(
    vitals: Vitals,
    title: str,
    name: str,
    value: Callable[[StepVitals], float | None],
    *,
    step: int | None = None,
    log: bool = False,
    band: tuple[float, float, str] | None = None,
    zero: bool = False,
) -> Shown | None:
    """Return any figure of the steps as a curve, one for each optimizer; None with fewer than two values."""
    series = {}
    for optimizer, steps in by_optimizer(vitals).items():
        points = [(float(s.number), v) for s in steps if (v := value(s)) is not None]
        if points:
            series[optimizer] = points
    values = [v for points in series.values() for _, v in points]
    if len(values) < 2:
        return None
    positive = [v for v in values if isfinite(v) and v > 0]
    use_log = log and bool(positive) and max(positive) > 30 * min(positive)
    xs = [x for points in series.values() for x, _ in points]
    plot = wide_plot(
        _said(title, xs, values, step),
        Axis.around(xs, "step", pad=0.0),
        Axis.around(
            values,
            f"{name} (powers of ten)" if use_log else name,
            log=use_log,
            zero=not use_log and (zero or not log),
        ),
        height=210,
        right=96 if len(series) > 1 else 20,
    )
    if band is not None:
        plot.band(*band)
    for (optimizer, points), kind in zip(series.items(), KINDS, strict=False):
        curve = thinned([x for x, _ in points], [v for _, v in points])
        plot.line(*curve, kind, name=optimizer if len(series) > 1 else "")
        if len(points) <= 60:
            plot.dots(*curve, kind, radius=2)
    _mark(plot, step)
    rows = [
        [f"{optimizer}, step {x:.0f}" if len(series) > 1 else f"step {x:.0f}", figure(v)]
        for optimizer, points in series.items()
        for x, v in spread(points)
    ]
    caption = f"{title}; {figure(band[0])} to {figure(band[1])} is {band[2]}." if band is not None else f"{title}."
    return Shown(title, plot.svg(), caption, ("when", name), rows)


def spread(points: Sequence[tuple[float, float]], most: int = MOST_ROWS) -> list[tuple[float, float]]:
    """Return a few of many points, first and last among them.

    >>> spread([(1.0, 0.5), (2.0, 0.4), (3.0, 0.3)], 2)
    [(1.0, 0.5), (3.0, 0.3)]
    """
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _guess(vitals: Vitals) -> float | None:
    known = [s.batch.baseline_loss for s in vitals.sampled() if s.batch and s.batch.baseline_loss is not None]
    known = [value for value in known if isfinite(value)]
    return median(known) if known else None


def _mark(plot: Plot, step: int | None) -> None:
    if step is not None and plot.x_axis.low <= step <= plot.x_axis.high:
        plot.rule(x=float(step), name=f"step {step}", kind="rule marked")


def _said(title: str, xs: Sequence[float], values: Sequence[float], step: int | None) -> str:
    """Return a picture in one sentence for people who cannot see it."""
    said = f"{title}: from {figure(values[0])} at step {xs[0]:.0f} to {figure(values[-1])} at step {xs[-1]:.0f}"
    return said + (f"; step {step} is marked" if step is not None else "")
