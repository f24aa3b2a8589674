"""A network that does not even learn its training data.

Looks at:     the training loss at the end against that of guessing, whether it still falls, the validation loss, and
              the one-batch probe where it was made.
Fires when:   the training has ended, its loss is flat and above HIGH of that of guessing, and the probe could not
              learn even one batch (a warning); without the probe, above VERY_HIGH (a warning of low confidence).
              Likewise a classifier with a hidden layer of fewer than a PART of its classes, if above NARROW.
Why it hurts: the network is too small, too regularised or too badly driven for the task; more steps do not help.
Try first:    a wider or deeper network, less dropout and decay; see whether one batch can be learned by heart.
Can be wrong: where the data hold little to learn: noise cannot be fitted by a sound network either. Where simple
              models do no better on rows they have not seen, it is a note.
Source:       Goodfellow et al. 2016, section 5.2; AUTOTRAINER's not-converge. HIGH, VERY_HIGH: a regression that
              explains less than 30 %, or 20 %, of the variance of its own training data.
Probe:        ``one-batch``: figure ``ratio`` (last loss over first, on one batch learned by heart, without dropout);
              ``shuffled-labels``: figures ``score`` (out-of-sample R2 of a simple model) and ``p``.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from glasswork.doctor.rules._anatomy import weighted
from glasswork.doctor.rules._history import baseline, course, looked_at, main_loss, shown, sober_loss
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["underfitting"]

HIGH = 0.7
VERY_HIGH = 0.8
ENOUGH = 60  # losses
FALLING = 0.95  # of the last quarter's first half
LEARNED = 0.3
PART = 0.25
NARROW = 0.3
RIGHT = 0.85  # of the answers: then it is wide enough
AS_GOOD = 0.1  # of the loss of guessing: so near to what a simple model reaches is as good


def underfitting(vitals: Vitals) -> Iterator[Finding]:
    """Yield, at the end, that little was learned of the training data themselves."""
    seen, guess = course(vitals), baseline(vitals)
    if not vitals.finished or vitals.error or sober_loss(vitals) is None or len(seen) < ENOUGH or not guess:
        return
    width = len(seen) // 8
    now, before = seen.recent(len(seen), width=width), seen.recent(len(seen) - width, width=width)
    probe = vitals.probes.get("one-batch")
    ratio = probe.figures.get("ratio") if probe else None
    learnable = ratio is not None and ratio < LEARNED
    unlearnable = ratio is not None and ratio >= LEARNED
    narrow = _narrow(vitals)
    least = NARROW if narrow else HIGH if unlearnable else VERY_HIGH
    if now < FALLING * before or now > 2 * guess or now < least * guess:
        return
    said = f"; one batch alone was learned to {ratio:.0%} of its loss" if ratio is not None else ""
    asked = vitals.probes.get("shuffled-labels")
    score, chance = (asked.figures.get(name) if asked else None for name in ("score", "p"))
    noisy = score is not None and chance == 0 and now / guess <= 1 - score + AS_GOOD
    yield Finding(
        "underfitting",
        "note" if not narrow and (learnable or noisy) else "warning",
        0.75 if unlearnable or narrow else 0.45,
        "model",
        f"After {seen.numbers[-1]} steps the training loss is flat at {shown(now)}, {now / guess:.0%} of that of "
        "guessing"
        f"{said}{narrow}.",
        "Use a wider or deeper network and less regularisation; see whether one batch can be learned by heart.",
        seen.numbers[-1],
        (
            Treatment("A wider network.", {"model.hidden": [512, 512]}),
            Treatment("No dropout.", {"model.dropout": 0.0}),
        ),
    )


def _narrow(vitals: Vitals) -> str:
    """Return what to say of a classifier's hidden layer that is far narrower than its classes; empty without."""
    loss, right = (
        main_loss(vitals),
        [s.batch.correct for s in looked_at(vitals) if s.batch and s.batch.correct is not None],
    )
    if loss is None or loss.kind not in ("cross_entropy", "nll") or not right or fmean(right[-5:]) > RIGHT:
        return ""
    for model in vitals.models.values():
        layers = [x for x in weighted(model) if x.family == "linear" and x.units]
        last = next((x for x in layers if x.last), None)
        for layer in layers:
            if last is not None and not layer.last and (layer.units or 0) <= PART * (last.units or 0):
                return f"; {layer.name} has {layer.units} units for {last.units} classes"
    return ""
