"""A network that does not even learn its training data.

Looks at:     the training loss at the end against that of guessing, whether it still falls, the validation loss, and
              the one-batch probe where it was made.
Fires when:   the training has ended, its loss is flat and above HIGH of that of guessing, and the probe could not
              learn even one batch (a warning); without the probe, above VERY_HIGH (a warning of low confidence).
Why it hurts: the network is too small, too regularised or too badly driven for the task; more steps do not help.
Try first:    a wider or deeper network, less dropout and decay; see whether one batch can be learned by heart.
Can be wrong: where the data hold little to learn: noise cannot be fitted by a sound network either.
Source:       Goodfellow et al. 2016, section 5.2; AUTOTRAINER's not-converge. HIGH, VERY_HIGH: a regression that
              explains less than 30 %, or 20 %, of the variance of its own training data.
Probe:        ``one-batch``: figure ``ratio`` (last loss over first, on one batch learned by heart, without dropout).
"""

from __future__ import annotations

from collections.abc import Iterator

from glasswork.doctor.rules._history import baseline, course, shown, sober_loss
from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["underfitting"]

HIGH = 0.7
VERY_HIGH = 0.8
ENOUGH = 60  # losses
FALLING = 0.95  # of the last quarter's first half
LEARNED = 0.3


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
    if now < FALLING * before or now > 2 * guess or now < (HIGH if unlearnable else VERY_HIGH) * guess:
        return
    said = f"; one batch alone was learned to {ratio:.0%} of its loss" if ratio is not None else ""
    yield Finding(
        "underfitting",
        "note" if learnable else "warning",
        0.75 if unlearnable else 0.45,
        "model",
        f"After {seen.numbers[-1]} steps the training loss is flat at {shown(now)}, {now / guess:.0%} of that of "
        "guessing"
        f"{said}.",
        "Use a wider or deeper network and less regularisation; see whether one batch can be learned by heart.",
        seen.numbers[-1],
        (
            Treatment("A wider network.", {"model.hidden": [512, 512]}),
            Treatment("No dropout.", {"model.dropout": 0.0}),
        ),
    )
