"""Labels of which many are wrong.

Looks at:     the label-noise probe: what simple models say of training rows that they were not fitted on, against the
              labels, among the rows of which they are surest.
Fires when:   the probe estimates that more than SHARE of the labels are wrong, and no fewer than ROWS.
Why it hurts: the network spends itself on learning mistakes by heart; what it then says of new data is worse, and its
              measured accuracy has a ceiling.
Try first:    look at the rows that the probe lists, and correct them; else stop early, smooth the labels, or use a
              loss that forgives (generalised cross-entropy).
Can be wrong: hard examples look like wrong ones to a weak model; so the script's own model must be wrong about held-out
              rows that it is sure of, too, where there are any. A few per cent are found in most data sets and not
              reported.
Source:       Northcutt et al. 2021, "Confident learning"; they find 3.4 % in ten well-kept test sets on average.
              SHARE: benchmarks/doctor, calibration half: classes that overlap have up to 12 % wrong in the surest
              quarter, labels of which 40 % were drawn anew 34 % and more.
Probe:        ``label-noise``: figures ``share`` (estimated part of wrong labels), ``rows`` (how many rows it looked
              at).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from glasswork.doctor.vitals import Vitals
from glasswork.records import Finding, Treatment

__all__ = ["label_noise"]

SHARE = 0.2
GRAVE = 0.3
ROWS = 20
LATE = 5  # sampled steps


def label_noise(vitals: Vitals) -> Iterator[Finding]:
    """Yield how many labels look wrong, when they are many."""
    probe = vitals.probes.get("label-noise")
    share = probe.figures.get("share") if probe else None
    if probe is None or share is None or share <= SHARE:
        return
    rows = probe.figures.get("rows")
    if rows is not None and share * rows < ROWS:
        return
    if "held" not in probe.figures and _learned(vitals, share):
        return
    among = f" of {rows:,.0f}" if rows else ""
    yield Finding(
        "label-noise",
        "warning",
        0.8 if share > GRAVE else 0.65,
        "data",
        f"Among the rows{among} of which models that had not seen them are surest, {share:.0%} have another label.",
        "Look at the listed rows and correct them; else smooth the labels and stop early.",
        vitals.steps[-1].number if vitals.steps else None,
        (Treatment("Smooth the labels.", {"loss.name": "cross_entropy", "loss.label_smoothing": 0.1}),),
    )


def _learned(vitals: Vitals, share: float) -> bool:
    """Return whether the training rows' labels are said rightly in the end: by heart, or because they are right."""
    late = [step.batch.correct for step in vitals.sampled() if step.batch and step.batch.correct is not None][-LATE:]
    return bool(late) and median(late) > 1 - share / 2
