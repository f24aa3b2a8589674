"""Tensors: pictures of what goes in and comes out: labels, features, ranges, first weights; and of experiments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from glasswork.doctor.pages.bars import Amount, Span, bars, ranges
from glasswork.doctor.pages.curves import over_steps
from glasswork.doctor.pages.shown import Shown, wide_plot
from glasswork.doctor.pages.words import figure, percent
from glasswork.doctor.trials import outcome, tried
from glasswork.doctor.vitals import BatchVitals, StepVitals, Vitals
from glasswork.drawing import Axis
from glasswork.records import Finding

__all__ = [
    "dropouts",
    "features",
    "first_loss",
    "first_weights",
    "label_runs",
    "labels",
    "outputs",
    "rates",
    "recall",
    "shapes",
    "trial",
]

MOST_BARS = 16
MOST_ROWS = 40


def labels(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return how often each label occurred in the sampled batches."""
    counts: dict[int, int] = {}
    for batch in _batches(vitals):
        for label, count in ((batch.targets.counts if batch.targets else None) or {}).items():
            counts[label] = counts.get(label, 0) + count
    if not counts:
        return None
    whole = sum(counts.values())
    listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    half = MOST_BARS // 2
    shown = sorted(listed) if len(listed) <= MOST_BARS else [*listed[:half], *listed[-half:]]
    rarest = listed[-1][1]
    rare = rarest if rarest < 0.2 * listed[0][1] else 0
    amounts = [
        Amount(f"label {label}", float(n), "warn" if n == rare else "a", f"{n:,} · {percent(n / whole)}")
        for label, n in shown
    ]
    title = "Labels in the sampled batches"
    caption = f"{title}: {whole:,} of {len(counts)} {'kinds' if len(counts) > 1 else 'kind'}"
    caption += f"; the {half} commonest and the {half} rarest." if len(listed) > MOST_BARS else "."
    rows = [[f"label {label}", f"{n:,}", percent(n / whole)] for label, n in listed[:MOST_ROWS]]
    return Shown(title, bars(caption, amounts), caption, ("label", "count", "share"), rows)


def recall(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return which share of each class was predicted rightly in the last batches."""
    right: dict[int, list[int]] = {}
    for batch in _batches(vitals)[-8:]:
        for label, (good, count) in (batch.recall or {}).items():
            pair = right.setdefault(label, [0, 0])
            pair[0] += good
            pair[1] += count
    if not right:
        return None
    amounts = [
        Amount(f"label {label}", good / count, "a" if good else "warn", f"{good:,} of {count:,}")
        for label, (good, count) in sorted(right.items())[:MOST_BARS]
        if count
    ]
    title = "Rightly predicted in the last batches"
    rows = [[f"label {label}", str(good), str(count)] for label, (good, count) in sorted(right.items())[:MOST_ROWS]]
    return Shown(title, bars(title, amounts), f"{title}, by class.", ("label", "right", "of"), rows)


def features(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return mean and deviation of each input feature."""
    found = next((x for b in _batches(vitals) for x in b.inputs.values() if x.feature_stds), None)
    if found is None or not found.feature_stds:
        return _bad_inputs(vitals)
    stds = list(found.feature_stds)
    means = [abs(value) for value in found.feature_means or stds]
    known = [value for value in [*stds, *means] if isfinite(value) and value > 1e-12]
    scale = Axis.around([*known, 0.5, 2.0], "size (powers of ten)", log=True)
    title = "Scale of each input feature"
    plot = wide_plot(
        f"{title}: {len(stds)} features, deviations from {figure(min(stds))} to {figure(max(stds))}",
        Axis(-0.5, len(stds) - 0.5, "feature"),
        scale,
        names=[(float(i), str(i)) for i in range(0, len(stds), max(1, -(-len(stds) // 10)))],
        right=92,
    )
    plot.band(0.1, 10.0, "usual")
    xs = [float(i) for i in range(len(stds))]
    plot.dots(xs, [v if v > 1e-12 else None for v in means], "b hollow", radius=3.2)
    plot.dots(xs, [v if v > 1e-12 else None for v in stds], "a", radius=3.2)
    for x, value in zip(xs, stds, strict=True):
        if not isfinite(value):
            plot.sign(plot.x(x), plot.top + 5, "x")
        elif value <= 1e-12:
            plot.sign(plot.x(x), plot.height - plot.bottom - 6, "down")
    plot.ends += [
        (plot.width - 86, plot.top + 12, "a", "● deviation"),
        (plot.width - 86, plot.top + 30, "b", "○ |mean|"),
    ]
    caption = (
        "Deviation (full) and size of the mean (hollow) of each feature in the first sampled batch; 0.1 to 10 is usual"
    )
    caption += "; a wedge at the foot: it never changes." if any(v <= 1e-12 for v in stds) else "."
    signed: Sequence[float | None] = found.feature_means or [None] * len(stds)
    rows = [[str(i), figure(mean), figure(std)] for i, (mean, std) in enumerate(zip(signed, stds, strict=False))]
    return Shown(title, plot.svg(), caption, ("feature", "mean", "deviation"), rows[:MOST_ROWS])


def outputs(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return the ranges of outputs and targets on one scale."""
    steps = [s for s in vitals.sampled() if s.batch is not None]
    if not steps:
        return None
    near = min(steps, key=lambda s: abs(s.number - (finding.step or s.number)))
    spans: list[Span] = []
    last = steps[-1]
    for said, step in dict.fromkeys([(f"step {near.number}", near.number), (f"step {last.number}", last.number)]):
        batch = next((s.batch for s in steps if s.number == step), None)
        pair = () if batch is None else (("outputs", batch.outputs, "a"), ("targets", batch.targets, "b"))
        for name, tensor, kind in pair:
            if tensor is not None and tensor.low is not None and tensor.high is not None:
                spans.append(Span(f"{name}, {said}", tensor.low, tensor.high, tensor.mean, kind))
    if not spans:
        return None
    title = "Range of outputs and targets"
    rows = [[s.name, figure(s.low), figure(s.middle), figure(s.high)] for s in spans]
    caption = f"{title}; the stroke is the mean."
    return Shown(title, ranges(_list(title, rows), spans), caption, ("what", "least", "mean", "greatest"), rows)


def first_loss(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return the first loss beside that of guessing and the last one."""
    losses = [s.loss for s in vitals.steps if s.loss is not None]
    probe = vitals.probes.get("first-loss")
    first = losses[0] if losses else probe.figures.get("loss") if probe else None
    guess = next((b.baseline_loss for b in _batches(vitals) if b.baseline_loss is not None), None)
    guess = probe.figures.get("flat") if guess is None and probe else guess
    if first is None:
        return None
    amounts = [Amount("first loss", first, "warn"), Amount("loss of guessing", guess, "b")]
    if len(losses) > 1:
        amounts.append(Amount("last loss", losses[-1], "a"))
    title = "First loss against theory"
    shown = [a for a in amounts if a.value is not None]
    rows = [[a.name, figure(a.value)] for a in shown]
    caption = "The first loss beside that of the best answer that is the same for every row."
    return Shown(title, bars(_list(title, rows), shown, log=True), caption, ("what", "loss"), rows)


def first_weights(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return the deviation of each weight matrix before the first step, times the root of its inputs."""
    found = [
        (p.name, p.std * (p.fan_in or 1) ** 0.5, p.layer)
        for m in vitals.models.values() for p in m.parameters.values() if p.std is not None and p.fan_in
    ]  # fmt: skip
    if not found:
        return None
    chosen = [one for one in found if one[2] == finding.where][:4]
    chosen += [one for one in found if one not in chosen][: MOST_BARS - len(chosen)]
    chosen = [one for one in found if one in chosen]
    amounts = [Amount(name, gain, "warn" if layer == finding.where else "a") for name, gain, layer in chosen]
    title = "Gain of the first weights"
    caption = "Deviation of the first weights times the root of their inputs; 0.6 to 1.4 is usual, 0 means all alike."
    return Shown(
        title,
        bars(title, amounts, log=True),
        caption,
        ("weights", "gain"),
        [[n, figure(g)] for n, g, _ in found][:MOST_ROWS],
    )


def rates(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return the losses that copies reached at other learning rates."""
    probe = vitals.probes.get("learning-rate")
    current = probe.figures.get("current") if probe else None
    if probe is None or not current:
        return None
    ends = sorted((float(name[1:]), loss) for name, loss in probe.figures.items() if name.startswith("x"))
    amounts = [
        Amount(f"{current * factor:.3g}{' (its own)' if factor == 1 else ''}", loss, "warn" if factor == 1 else "a",
               figure(loss) if isfinite(loss) else "it broke")
        for factor, loss in ends
    ]  # fmt: skip
    steps = probe.figures.get("steps")
    title = "Other learning rates, tried on copies"
    caption = f"Loss on the same batches after {figure(steps)} steps at each learning rate." if steps else f"{title}."
    return Shown(
        title, bars(title, amounts, log=True), caption, ("learning rate", "loss"), [[a.name, a.said] for a in amounts]
    )


def trial(name: str) -> Callable[[Vitals, Finding], Shown | None]:
    """Return the picture of an experiment's figures."""

    def picture(vitals: Vitals, finding: Finding) -> Shown | None:
        probe = vitals.probes.get(name)
        if probe is None:
            return None
        wanted = _TRIALS.get(name, ())
        amounts = [Amount(said, probe.figures[key], kind) for key, said, kind in wanted if key in probe.figures]
        if not amounts:
            return None
        rows = [[key.replace("_", " "), figure(value)] for key, value in probe.figures.items()]
        title = f"Experiment: {tried(probe)}"
        return Shown(title, bars(title, amounts, log=True), f"{title}: {outcome(probe)}.", ("figure", "value"), rows)

    return picture


def dropouts(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return the rate of every dropout."""
    found = [
        (layer.name, float(layer.settings["p"]))
        for m in vitals.models.values() for layer in m.layers.values()
        if layer.family == "dropout" and isinstance(layer.settings.get("p"), int | float)
    ]  # fmt: skip
    amounts = [Amount(name, p, "warn" if name == finding.where else "a", percent(p)) for name, p in found[:MOST_BARS]]
    title = "What each dropout drops"
    return (
        Shown(title, bars(title, amounts), f"{title}.", ("layer", "dropped"), [[n, percent(p)] for n, p in found])
        if found
        else None
    )


def label_runs(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return how long the runs of equal labels in a batch were."""

    def run(step: StepVitals) -> float | None:
        targets = step.batch.targets if step.batch else None
        if targets is None or targets.longest_run is None or not targets.shape:
            return None
        return targets.longest_run / max(1, targets.shape[0])

    return over_steps(vitals, "Longest run of equal labels", "share of the batch", run, step=finding.step, zero=True)


def shapes(vitals: Vitals, finding: Finding) -> Shown | None:
    """Return the shapes on the way to where the script ended, as a table alone."""
    if not vitals.error_shapes:
        return None
    rows = [[layer, str(shape)] for layer, shape in vitals.error_shapes[-MOST_ROWS:]]
    return Shown("Shapes on the way to where it ended", "", "The last one is where it ended.", ("layer", "shape"), rows)


def _bad_inputs(vitals: Vitals) -> Shown | None:
    found = [(s.number, name, x) for s in vitals.sampled() if s.batch for name, x in s.batch.inputs.items() if x.bad]
    if not found:
        return None
    amounts = [Amount(f"step {n}, input {name}", float(x.bad), "bad", f"{x.bad:,}") for n, name, x in found[:10]]
    title = "Numbers in the inputs that are NaN or infinite"
    rows = [[a.name, a.said] for a in amounts]
    return Shown(title, bars(title, amounts), f"{title}.", ("where", "how many"), rows)


def _batches(vitals: Vitals) -> list[BatchVitals]:
    return [step.batch for step in vitals.sampled() if step.batch is not None]


def _list(title: str, rows: Sequence[Sequence[str]]) -> str:
    return f"{title}: {'; '.join(f'{row[0]} {row[1]}' for row in rows)}"


_TRIALS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "augmentation": (
        ("clean", "right, clean", "b"),
        ("augmented", "right, varied", "a"),
        ("chance", "chance", "faint"),
    ),
    "batch-mixing": (("leak", "other rows' share", "warn"),),
    "curvature": (
        ("highest", "curvature", "warn"),
        ("limit", "borne by the rate", "b"),
        ("noise_scale", "noise scale", "a"),
    ),
    "label-noise": (("top", "wrong among the surest", "warn"), ("held", "of held-out rows", "a")),
    "leakage": (("best", "best column", "warn"), ("second", "next column", "a"), ("base", "no column", "b")),
    "one-batch": (("first", "first loss", "b"), ("last", "last loss", "a"), ("flat", "one answer for all", "faint")),
    "scaled-inputs": (("as_it_is", "as they are", "warn"), ("scaled", "standardised", "a")),
    "shuffled-labels": (("score", "true targets", "a"), ("chance", "shuffled targets", "b")),
}
